import { FeelRange } from 'feelin';

/** Numbers that the ranges of one evaluation may count through together: some tenths of a second. */
const STEPS_MAX = 100_000;

/** Of the evaluation that is under way; undefined: none of ours is. */
let stepsLeft: number | undefined;

/**
 * Bounds how far the ranges of `for`, `some` and `every` count while the function runs: feelin counts through 1..1e9 as
 * long as it takes, and in 1..1.5 it misses the end and never stops. Throws what the function throws, or that it was too
 * much.
 */
export function withBoundedRanges<Value>(evaluate: () => Value): Value {
  stepsLeft = STEPS_MAX;
  try {
    return evaluate();
  } finally {
    stepsLeft = undefined;
  }
}

/** feelin has no hook for it. Other users of feelin in this process get what it does itself. */
const countThrough = FeelRange.prototype.map;
FeelRange.prototype.map = function map<T>(this: FeelRange, each: (value: unknown) => T): T[] {
  if (stepsLeft !== undefined && typeof this.start === 'number' && typeof this.end === 'number') {
    stepsLeft -= stepsOf(this.start, this.end);
    if (stepsLeft < 0) {
      throw new Error(`Expected ranges to count through at most ${STEPS_MAX} numbers, but there are more`);
    }
  }
  return countThrough.call(this, each) as T[];
};

function stepsOf(start: number, end: number): number {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) {
    throw new Error(`Expected a range to count from one whole number to another, but got ${start}..${end}`);
  }
  return Math.abs(end - start) + 1;
}
