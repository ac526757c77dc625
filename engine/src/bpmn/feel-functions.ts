import { FeelFunction, parseDate, parseDateTime } from 'feelin';
import { NotJson, toJson } from './feel-value.ts';

/**
 * Functions of Camunda's FEEL that feelin lacks, and `now` and `today` on the engine's clock instead of the machine's.
 * `uuid` and `random number` are not among them: results must follow from the log's records alone.
 * Source: Camunda 8 documentation, "FEEL: built-in functions".
 */
export function camundaFunctions(nowMs: () => number): Readonly<Record<string, FeelFunction>> {
  const instant = () => new Date(nowMs()).toISOString();
  return {
    now: new FeelFunction(() => parseDateTime(instant()), []),
    today: new FeelFunction(() => parseDate(instant().slice(0, 10)), []),
    'get or else': new FeelFunction((value: unknown, other: unknown) => value ?? other, ['value', 'default']),
    'is defined': new FeelFunction((value: unknown) => value !== null && value !== undefined, ['value']),
    'is blank': new FeelFunction(
      (text: unknown) => (typeof text === 'string' ? text.trim() === '' : null),
      ['string'],
    ),
    trim: new FeelFunction((text: unknown) => (typeof text === 'string' ? text.trim() : null), ['string']),
    'is empty': new FeelFunction(
      (list: unknown) => (Array.isArray(list) ? list.length === 0 : null),
      ['list'],
    ),
    'to json': new FeelFunction((value: unknown) => JSON.stringify(toJson(value)), ['value']),
    'from json': new FeelFunction(fromJson, ['value']),
    'duplicate values': new FeelFunction(duplicateValues, ['list']),
    partition: new FeelFunction(partition, ['list', 'size']),
  };
}

function fromJson(text: unknown): unknown {
  if (typeof text !== 'string') return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new NotJson('from json() was given text that is not JSON');
  }
}

function duplicateValues(list: unknown): unknown {
  if (!Array.isArray(list)) return null;
  const seen = new Map<string, number>();
  const counted = list.map((item) => {
    const key = JSON.stringify(toJson(item));
    seen.set(key, (seen.get(key) ?? 0) + 1);
    return { item, key };
  });
  const emitted = new Set<string>();
  return counted
    .filter(({ key }) => (seen.get(key) ?? 0) > 1 && !emitted.has(key) && emitted.add(key))
    .map(({ item }) => item);
}

function partition(list: unknown, size: unknown): unknown {
  if (!Array.isArray(list) || typeof size !== 'number' || !Number.isInteger(size) || size < 1) return null;
  return Array.from({ length: Math.ceil(list.length / size) }, (_, index) =>
    list.slice(index * size, (index + 1) * size),
  );
}
