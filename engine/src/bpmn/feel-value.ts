import { FeelDate, FeelDateTime, FeelDuration, FeelRange, FeelTime } from 'feelin';

export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** Zeebe's words for the type of a result; they appear in the messages of incidents. */
export type FeelTypeName =
  | 'NULL'
  | 'BOOLEAN'
  | 'NUMBER'
  | 'STRING'
  | 'ARRAY'
  | 'OBJECT'
  | 'DATE'
  | 'TIME'
  | 'DATE_TIME'
  | 'DURATION'
  | 'PERIOD'
  | 'RANGE'
  | 'FUNCTION';

/** Deeper values than any worker sends; bounds the recursion below. */
const maxDepth = 500;

/** Values and characters in one; more than any batch of the log may hold. */
const maxSize = 20_000_000;

/** Thrown inside this room only, where `evaluate` turns it into a failed outcome. */
export class NotJson extends Error {}

/**
 * What a FEEL result is as a variable. Temporal values and ranges become the strings that FEEL prints, as in Zeebe.
 * @throws NotJson for functions, numbers that are not finite, values nested deeper than 500, and such that are too
 * large: a short expression can hold one list in itself a million times.
 */
export function toJson(value: unknown): JsonValue {
  return new ToJson().convert(value, 0);
}

class ToJson {
  #left = maxSize;

  convert(value: unknown, depth: number): JsonValue {
    this.#take(typeof value === 'string' ? 1 + value.length : 1);
    if (value === null || value === undefined) return null;
    if (typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) throw new NotJson('the number is not finite');
      // JSON knows no -0: a replayed value would differ from the first.
      return value === 0 ? 0 : value;
    }
    if (depth > maxDepth) throw new NotJson(`the value is nested deeper than ${maxDepth}`);
    if (Array.isArray(value)) return value.map((item) => this.convert(item, depth + 1));
    if (isTemporal(value) || value instanceof FeelRange) return value.toString();
    if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
      // Object.fromEntries defines `__proto__` as an own key, assignment would not.
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => {
          this.#take(key.length);
          return [key, this.convert(item, depth + 1)];
        }),
      );
    }
    throw new NotJson('a function is no value of a variable');
  }

  #take(size: number): void {
    this.#left -= size;
    if (this.#left < 0) throw new NotJson(`the value has more than ${maxSize} characters and values`);
  }
}

export function typeNameOf(value: unknown): FeelTypeName {
  if (value === null || value === undefined) return 'NULL';
  if (typeof value === 'boolean') return 'BOOLEAN';
  if (typeof value === 'number') return 'NUMBER';
  if (typeof value === 'string') return 'STRING';
  if (Array.isArray(value)) return 'ARRAY';
  if (value instanceof FeelDate) return 'DATE';
  if (value instanceof FeelTime) return 'TIME';
  if (value instanceof FeelDateTime) return 'DATE_TIME';
  if (value instanceof FeelDuration) return value.yearsMonths ? 'PERIOD' : 'DURATION';
  if (value instanceof FeelRange) return 'RANGE';
  return Object.getPrototypeOf(value) === Object.prototype ? 'OBJECT' : 'FUNCTION';
}

function isTemporal(value: unknown): value is FeelDate | FeelTime | FeelDateTime | FeelDuration {
  return (
    value instanceof FeelDate ||
    value instanceof FeelTime ||
    value instanceof FeelDateTime ||
    value instanceof FeelDuration
  );
}
