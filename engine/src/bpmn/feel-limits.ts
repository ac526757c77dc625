import { createContext, Script } from 'node:vm';
import { FeelFunction, FeelRange } from 'feelin';
import { typeNameOf } from './feel-value.ts';

/** Elements that the loops and filters of one evaluation may go through together: bounds the memory they take. */
const STEPS_MAX = 250_000;

/**
 * How long one evaluation may take: bounds what has no steps to count, such as regular expressions. Several times what
 * the steps take, since it is not the processor's time.
 */
const TIME_MS_MAX = 2_000;

/** Of the evaluation that is under way; undefined: none of ours is. */
let stepsLeft: number | undefined;

/**
 * Runs the function, which evaluates with feelin, within bounds; `isQuick`: it takes no longer than its variables are
 * long, so no clock is set, which costs 70 µs. Throws what the function throws, or that it was too much.
 */
export function withinLimits<Value>(isQuick: boolean, evaluate: () => Value): Value {
  stepsLeft = STEPS_MAX;
  try {
    return isQuick ? evaluate() : withinTime(evaluate);
  } finally {
    stepsLeft = undefined;
  }
}

const slot = createContext({ evaluate: undefined as (() => unknown) | undefined });
const script = new Script('evaluate()');

/** The engine's thread can't look at the clock meanwhile: V8 ends what runs in the script, regular expressions too. */
function withinTime<Value>(evaluate: () => Value): Value {
  slot['evaluate'] = evaluate;
  try {
    return script.runInContext(slot, { timeout: TIME_MS_MAX }) as Value;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new Error(`Expected the evaluation to take at most ${TIME_MS_MAX} ms, but it takes longer`);
  } finally {
    slot['evaluate'] = undefined;
  }
}

function takeSteps(count: number): void {
  if (stepsLeft === undefined) return;
  stepsLeft -= count;
  if (stepsLeft >= 0) return;
  throw new Error(
    `Expected loops and filters to go through at most ${STEPS_MAX} elements, but there are more`,
  );
}

/** FEEL functions that `feel-source.ts` puts into an expression; names that no text in backticks has by chance. */
export const GUARDS = { eachOf: '#each of', ordered: '#ordered' } as const;

/** What the guards do, for the scope of an expression. */
export const guardFunctions: Readonly<Record<string, FeelFunction>> = {
  /** Around what a loop or filter goes through. */
  [GUARDS.eachOf]: new FeelFunction(
    (list: unknown) => {
      if (Array.isArray(list)) takeSteps(list.length);
      return list;
    },
    ['list'],
  ),
  /** Around the right side of `<`: null, which compares as null, instead of what feelin throws at. */
  [GUARDS.ordered]: new FeelFunction(
    (value: unknown) => (UNORDERED.has(typeNameOf(value)) ? null : value),
    ['value'],
  ),
};

const UNORDERED: ReadonlySet<string> = new Set(['BOOLEAN', 'ARRAY', 'OBJECT', 'RANGE', 'FUNCTION']);

/* feelin has no hooks for what follows. Other users of it in this process get what it does itself. */

const countThrough = FeelRange.prototype.map;
/** It counts through 1..1e9 as long as it takes, and in 1..1.5 it misses the end and never stops. */
FeelRange.prototype.map = function map<T>(this: FeelRange, each: (value: unknown) => T): T[] {
  if (stepsLeft !== undefined && typeof this.start === 'number' && typeof this.end === 'number') {
    takeSteps(stepsOf(this.start, this.end));
  }
  return countThrough.call(this, each) as T[];
};

function stepsOf(start: number, end: number): number {
  if (!Number.isSafeInteger(start) || !Number.isSafeInteger(end)) {
    throw new Error(`Expected a range to count from one whole number to another, but got ${start}..${end}`);
  }
  return Math.abs(end - start) + 1;
}

const includes = FeelRange.prototype.includes;
/**
 * Every `<`, `between` and `in` of a range comes here. Values of different types have no order: null in DMN,
 * where feelin compares as JavaScript does, `"12" > 10` with true.
 */
FeelRange.prototype.includes = function includesSame(this: FeelRange, value: unknown): boolean | null {
  if (stepsLeft !== undefined && !(value instanceof FeelRange)) {
    const { start, end } = this;
    const type = typeNameOf(value);
    if (start !== null && typeNameOf(start) !== type) return null;
    if (end !== null && typeNameOf(end) !== type) return null;
  }
  return includes.call(this, value);
};
