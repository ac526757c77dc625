import { parseArgs } from 'node:util';
import { defaultSeed } from './fate.ts';
import type { Settings } from './topology.ts';

export type Options = Settings & {
  /**
   * Where to export to; null leaves it to the OTEL_ variables, and without them to the collector's usual
   * address.
   */
  readonly endpoint: string | null;
};

export const usage = `usage: node main.js [options]
  --rate PER_S      registrations a second after a first burst of 40 (2)
  --count N         end after N registrations and print a summary (no end)
  --seed N          decides which registrations are dropped, rejected, slow (${defaultSeed})
  --speed FACTOR    shortens all waits by this factor (1)
  --run NAME        part of every registration id (a new one each start)
  --ledger DIR      write what really happened there, one file a service
  --endpoint URL    OTLP/HTTP base address (OTEL_EXPORTER_OTLP_ENDPOINT, or http://127.0.0.1:4318)
  --sequential      credit check after address check instead of beside it
  --no-links        the deciding span links nothing
Each can be set by the environment, too: LANDSCAPE_RATE, LANDSCAPE_SEQUENTIAL=on, …`;

const flags = {
  rate: { type: 'string' },
  count: { type: 'string' },
  seed: { type: 'string' },
  speed: { type: 'string' },
  run: { type: 'string' },
  ledger: { type: 'string' },
  endpoint: { type: 'string' },
  sequential: { type: 'boolean' },
  'no-links': { type: 'boolean' },
} as const;

/** Wrong use: the message says what is allowed. */
export class UsageError extends Error {}

/** Flags win over LANDSCAPE_ variables; `now` (epoch milliseconds) names the run where nothing else does. */
export function parseOptions(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
  now: number,
): Options {
  const given = parseFlags(args);
  const text = (name: keyof typeof flags): string | undefined => {
    const value = given[name] ?? environment[`LANDSCAPE_${name.toUpperCase().replaceAll('-', '_')}`];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const on = (name: 'sequential' | 'no-links') => given[name] === true || text(name) === 'on';
  return {
    run: text('run') ?? Math.floor(now / 1_000).toString(36),
    seed: numberOf('seed', text('seed'), 0, true) ?? defaultSeed,
    speed: numberOf('speed', text('speed'), 0.01, false) ?? 1,
    rate: numberOf('rate', text('rate'), 0.01, false) ?? 2,
    count: numberOf('count', text('count'), 1, true) ?? null,
    sequential: on('sequential'),
    links: !on('no-links'),
    ledger: text('ledger') ?? null,
    endpoint: text('endpoint') ?? null,
  };
}

function parseFlags(args: readonly string[]): Partial<Record<keyof typeof flags, string | boolean>> {
  try {
    return parseArgs({ args: [...args], options: flags, strict: true, allowPositionals: false }).values;
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

function numberOf(name: string, value: string | undefined, min: number, whole: boolean): number | undefined {
  if (value === undefined) return undefined;
  const number = Number(value);
  if (Number.isFinite(number) && number >= min && (!whole || Number.isSafeInteger(number))) return number;
  throw new UsageError(
    `--${name} should be ${whole ? 'a whole number' : 'a number'} from ${min} on, not '${value}'`,
  );
}
