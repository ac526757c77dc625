import type { Pending } from '../../correlate/instance.ts';
import type { OverdueRow } from '../store.ts';
import { rowsOf, viewOf } from './chain-query.ts';
import type { Names } from './names.ts';
import type { Readable } from './readers.ts';
import { CAUSAL_BIT, TEMPORAL_BIT } from './schema.ts';

/** How it went on before, after the same step to the same expected ones. */
export type History = {
  readonly expected: OverdueRow['expected'];
  /** How many earlier waits there are. */
  readonly waits: number;
  /** Every n-th of them in ascending order, beginning with the shortest. */
  readonly sample: readonly number[];
  readonly every: number;
};

/** At most about twice as many of the earlier waits are kept: a tenth of a percent is exact enough for a percentile. */
const SAMPLE = 1000;
/** What takes less is asked anew each time. */
const CHEAP_MS = 5;
/** A history is taken again after this many times what it cost: it never takes more than a twentieth of the time. */
const KEPT_TIMES = 20;

/** What has the same history has the same key. */
export function historyKey(flow: number, pending: Pending): string {
  return JSON.stringify([flow, pending.activity, pending.next]);
}

/** Histories, of which the expensive ones are kept for a while. */
export class Histories {
  readonly #names: Names;
  readonly #nowMs: () => number;
  readonly #kept = new Map<string, { readonly history: History; readonly untilMs: number }>();

  /** @param nowMs a monotonic clock. */
  constructor(names: Names, nowMs: () => number) {
    this.#names = names;
    this.#nowMs = nowMs;
  }

  async of(reader: Readable, flow: number, pending: Pending): Promise<History> {
    const key = historyKey(flow, pending);
    const startMs = this.#nowMs();
    const kept = this.#kept.get(key);
    if (kept !== undefined && startMs < kept.untilMs) return kept.history;
    const history = await this.#read(reader, flow, pending);
    const tookMs = this.#nowMs() - startMs;
    if (tookMs <= CHEAP_MS) this.#kept.delete(key);
    else this.#kept.set(key, { history, untilMs: startMs + tookMs * KEPT_TIMES });
    return history;
  }

  async #read(reader: Readable, flow: number, pending: Pending): Promise<History> {
    const next = pending.next.map((activity) => this.#names.find(activity)).join(', ');
    const view = await viewOf(reader, flow, undefined);
    // Sorting once is some thirty times cheaper than asking for a thousand quantiles.
    const rows = await rowsOf(
      reader,
      `SELECT wait, n FROM
         (SELECT wait_us + work_us AS wait, row_number() OVER (ORDER BY wait_us + work_us) - 1 AS place, count(*) OVER () AS n
          FROM transitions WHERE flow = ${flow} AND from_activity = ${this.#names.find(pending.activity)} AND to_activity IN (${next})
            AND views & ${view === 'causal' ? CAUSAL_BIT : TEMPORAL_BIT} <> 0)
       WHERE place % greatest(1, n // ${SAMPLE}) = 0 ORDER BY wait`,
      [],
    );
    const waits = Number(rows[0]?.[1] ?? 0);
    return {
      expected: await this.#expected(reader, flow, pending, next),
      waits,
      sample: rows.map((row) => Number(row[0])),
      every: Math.max(1, Math.floor(waits / SAMPLE)),
    };
  }

  async #expected(
    reader: Readable,
    flow: number,
    pending: Pending,
    next: string,
  ): Promise<History['expected']> {
    const done = await rowsOf(
      reader,
      `SELECT activity, first(service ORDER BY n DESC, service), max(n) / sum(n) FROM
         (SELECT activity, service, count(*) AS n FROM steps
          WHERE flow = ${flow} AND activity IN (${next}) AND service <> 0 GROUP BY activity, service)
       GROUP BY activity ORDER BY sum(n) DESC, activity`,
      [],
    );
    const expected = done.map((row) => ({
      activity: this.#names.word(row[0]),
      service: this.#names.word(row[1]),
      share: Number(row[2]),
    }));
    for (const activity of pending.next) {
      if (!expected.some((each) => each.activity === activity))
        expected.push({ activity, service: '', share: 0 });
    }
    return expected;
  }
}

/** 0 to 100: how many of the earlier waits were shorter; undefined where there are none. */
export function percentileOf(elapsedUs: number, { waits, sample, every }: History): number | undefined {
  if (waits === 0) return undefined;
  let low = 0;
  let high = sample.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sample[middle] ?? 0) < elapsedUs) low = middle + 1;
    else high = middle;
  }
  return Math.min(100, ((low * every) / waits) * 100);
}
