/** Why a record can't be read. */
export class RecordProblem extends Error {
  override readonly name = 'RecordProblem';
}

export type Fields = Readonly<Record<string, unknown>>;

const KEY_MAX = 2n ** 63n - 1n;
const QUOTED_MAX = 80;

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A key as decimal digits; empty for -1 and 0, which stand for none. */
export function keyOrNone(fields: Fields, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined || value === null || value === -1 || value === 0) return '';
  return keyText(value) ?? fail(name, 'a key', value);
}

export function key(fields: Fields, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return keyText(value) ?? fail(name, 'a key', value);
}

function keyText(value: unknown): string | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value > 0 ? String(value) : undefined;
  // What is beyond 2^53 comes as digits, from whoever can't write it as a number and from whoever can't read it so.
  return typeof value === 'string' && /^[1-9]\d{0,18}$/.test(value) && BigInt(value) <= KEY_MAX
    ? value
    : undefined;
}

export function integer(fields: Fields, name: string, min: number, max: number): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
  return fail(name, `an integer from ${min} to ${max}`, value);
}

/** A text that is there and not empty. */
export function text(fields: Fields, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === 'string' && value !== '' ? value : fail(name, 'a text', value);
}

/** A text, empty where there is none. */
export function textOrNone(fields: Fields, name: string): string {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === 'string' ? value : '';
}

/** A JSON object, empty where there is none. */
export function document(fields: Fields, name: string): Fields {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return isFields(value) ? value : {};
}

export function fail(name: string, expected: string, value: unknown): never {
  throw new RecordProblem(`${name}: expected ${expected}, got ${quoted(value)}`);
}

function quoted(value: unknown): string {
  const json = JSON.stringify(value);
  if (json === undefined) return 'nothing';
  return json.length > QUOTED_MAX ? `${json.slice(0, QUOTED_MAX)}…` : json;
}
