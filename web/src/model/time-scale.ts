/** A time in which nothing happened anywhere, long enough to be folded away. */
export type Gap = { readonly startUs: number; readonly endUs: number };
type Span = { readonly startUs: number; readonly endUs: number };

/** A folded gap takes this share of the whole width, whatever its length. */
const foldedShare = 0.045;
/** A gap is folded where it is this many times as long as all work and all shorter gaps together. */
const squeeze = 1.5;
const mostFolded = 12;

/** Marks closer together than this share of the whole can't be told apart. */
const closest = 0.008;

/**
 * The times in which no bar runs that would squeeze everything else: so an ordinary wait keeps its proportion, and a night
 * of silence does not. None where all `marks`, the times that one wants to tell apart, are apart anyway.
 */
export function idleGaps(
  bars: readonly Span[],
  startUs: number,
  endUs: number,
  marks: readonly number[] = bars.map((bar) => bar.startUs),
): Gap[] {
  if (
    !isSqueezed(
      [...marks, bars.reduce((latest, bar) => Math.max(latest, bar.endUs), startUs)],
      endUs - startUs,
    )
  )
    return [];
  const spans = [...bars].sort((a, b) => a.startUs - b.startUs);
  const idle: Gap[] = [];
  let busyUntil = startUs;
  for (const span of spans) {
    if (span.startUs > busyUntil) idle.push({ startUs: busyUntil, endUs: span.startUs });
    busyUntil = Math.max(busyUntil, span.endUs);
  }
  if (endUs > busyUntil) idle.push({ startUs: busyUntil, endUs });
  const length = (gap: Gap) => gap.endUs - gap.startUs;
  const shortest = idle.sort((a, b) => length(a) - length(b));
  let rest = endUs - startUs - idle.reduce((sum, gap) => sum + length(gap), 0);
  // Where nothing takes any time, the shortest wait is what the others are measured by.
  if (rest === 0) rest = shortest[0] ? length(shortest[0]) : 0;
  const first = shortest.findIndex((gap) => {
    if (length(gap) > squeeze * rest) return true;
    rest += length(gap);
    return false;
  });
  const folded = first < 0 ? [] : shortest.slice(Math.max(first, shortest.length - mostFolded));
  return folded.sort((a, b) => a.startUs - b.startUs);
}

function isSqueezed(marks: readonly number[], lengthUs: number): boolean {
  const sorted = [...new Set(marks)].sort((a, b) => a - b);
  return sorted.some((mark, at) => at > 0 && mark - (sorted[at - 1] ?? mark) < closest * lengthUs);
}

/** From time to place (0 to 1) and back, with the folded gaps at their fixed width. Both directions are monotonous. */
export type TimeScale = {
  readonly place: (us: number) => number;
  readonly time: (place: number) => number;
};

export function timeScale(startUs: number, endUs: number, folded: readonly Gap[]): TimeScale {
  const gaps = [...folded].sort((a, b) => a.startUs - b.startUs);
  const unfolded = endUs - startUs - gaps.reduce((sum, gap) => sum + gap.endUs - gap.startUs, 0);
  // Where nothing took any time, the gaps are all there is to show.
  const most = unfolded > 0 ? Math.min(foldedShare, 0.5 / gaps.length) : 1 / gaps.length;
  const share = gaps.length === 0 ? 0 : most;
  const perUs = unfolded > 0 ? (1 - share * gaps.length) / unfolded : 0;
  const knots: { us: number; place: number }[] = [{ us: startUs, place: 0 }];
  let [us, place] = [startUs, 0];
  for (const gap of gaps) {
    place += (gap.startUs - us) * perUs;
    knots.push({ us: gap.startUs, place });
    place += share;
    us = gap.endUs;
    knots.push({ us, place });
  }
  knots.push({ us: Math.max(endUs, startUs + 1), place: 1 });
  return {
    place: (at) =>
      between(
        knots,
        (knot) => knot.us,
        (knot) => knot.place,
        at,
      ),
    time: (at) =>
      between(
        knots,
        (knot) => knot.place,
        (knot) => knot.us,
        at,
      ),
  };
}

type Knot = { readonly us: number; readonly place: number };

function between(
  knots: readonly Knot[],
  from: (knot: Knot) => number,
  to: (knot: Knot) => number,
  at: number,
): number {
  let [low, high] = [0, knots.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    const knot = knots[middle];
    if (knot && from(knot) <= at) low = middle;
    else high = middle;
  }
  const [left, right] = [knots[low], knots[high]];
  if (!left || !right) return 0;
  const length = from(right) - from(left);
  const share = length === 0 ? 1 : Math.min(1, Math.max(0, (at - from(left)) / length));
  // At the knot itself exactly its place: the sum below may be off by a rounding.
  if (share === 1) return to(right);
  return to(left) + share * (to(right) - to(left));
}
