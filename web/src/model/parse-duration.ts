const units: Readonly<Record<string, number>> = {
  us: 1,
  µs: 1,
  ms: 1_000,
  s: 1_000_000,
  sec: 1_000_000,
  m: 60_000_000,
  min: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
  w: 7 * 86_400_000_000,
  y: 365 * 86_400_000_000,
};

/** Microseconds of what a person types: `90 s`, `3 min 12 s`, `1.5h`, `2,000 ms`. Null where it is none of these. */
export function parseDuration(text: string): number | null {
  const trimmed = text
    .trim()
    .toLowerCase()
    .replaceAll(/(\d),(?=\d{3})/g, '$1');
  if (!/^(\d+(\.\d+)?\s*[a-zµ]+\s*)+$/.test(trimmed)) return null;
  let sum = 0;
  for (const [, number = '', unit = ''] of trimmed.matchAll(/(\d+(?:\.\d+)?)\s*([a-zµ]+)/g)) {
    const size = Object.hasOwn(units, unit) ? units[unit] : undefined;
    if (size === undefined) return null;
    sum += Number(number) * size;
  }
  return Math.round(sum);
}
