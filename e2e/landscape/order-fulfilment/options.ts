import { parseArgs } from 'node:util';
import { defaultSeed } from '../fate.ts';
import { UsageError } from '../options.ts';
import type { Settings } from './service.ts';

export type Options = Omit<Settings, 'engine'> & {
  /** Where to export spans to; null leaves it to the OTEL_ variables. */
  readonly endpoint: string | null;
  /** Where the engine keeps its log. */
  readonly data: string;
  /** Where the engine writes its records as lines of JSON; null: nowhere. */
  readonly records: string | null;
  /** The collector that the engine sends its records to; null: none. */
  readonly collector: string | null;
};

export const usage = `usage: node main.js --data DIR [options]
  --data DIR        where the engine keeps its log
  --rate PER_S      orders a second (0.5)
  --count N         end after N orders and print a summary (no end)
  --seed N          decides which payments fail and which goods are late or lost (${defaultSeed})
  --speed FACTOR    shortens all waits by this factor (1)
  --run NAME        part of every order id (a new one each start)
  --endpoint URL    OTLP/HTTP base address (OTEL_EXPORTER_OTLP_ENDPOINT, or http://127.0.0.1:4318)
  --records DIR     let the engine write its records there
  --collector URL   let the engine send its records to this collector`;

/** `now` (epoch milliseconds) names the run where nothing else does. Throws UsageError. */
export function parseOptions(args: readonly string[], now: number): Options {
  const text = { type: 'string' } as const;
  let values: Partial<Record<string, string>>;
  try {
    values = parseArgs({
      args: [...args],
      options: {
        data: text,
        rate: text,
        count: text,
        seed: text,
        speed: text,
        run: text,
        endpoint: text,
        records: text,
        collector: text,
      },
    }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
  if (values['data'] === undefined) throw new UsageError('--data DIR is missing');
  const count = values['count'];
  return {
    data: values['data'],
    rate: numberOf('rate', values['rate'] ?? '0.5', 0.01),
    count: count === undefined ? null : Math.ceil(numberOf('count', count, 1)),
    seed: Math.ceil(numberOf('seed', values['seed'] ?? String(defaultSeed), 0)),
    speed: numberOf('speed', values['speed'] ?? '1', 0.01),
    run: values['run'] ?? Math.floor(now / 1_000).toString(36),
    endpoint: values['endpoint'] ?? null,
    records: values['records'] ?? null,
    collector: values['collector'] ?? null,
  };
}

function numberOf(name: string, text: string, min: number): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= min) return number;
  throw new UsageError(`--${name} should be a number from ${min} on, not '${text}'`);
}
