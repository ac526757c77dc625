import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type Fact, type LedgerEntry, ledgerSuffix } from './ledger-entry.ts';
import type { EventType, ServiceName, ServiceTotals } from './topology.ts';

const totalsEveryMs = 2_000;

/**
 * What one service knows about itself: it counts, and with a directory it also appends every fact to
 * `<service>.ledger.jsonl` there, one write each, so that a kill leaves at most the last line torn.
 */
export class LedgerBook {
  readonly #service: ServiceName;
  readonly #file: number | null;
  readonly #published = new Map<EventType, number>();
  readonly #timer: NodeJS.Timeout;
  #consumed = 0;
  #dropped = 0;
  #started = 0;
  #ended = 0;
  #exported = 0;
  #failed = 0;
  #lastTotals = '';

  constructor(service: ServiceName, directory: string | null) {
    this.#service = service;
    if (directory !== null) mkdirSync(directory, { recursive: true });
    this.#file = directory === null ? null : openSync(join(directory, service + ledgerSuffix), 'a');
    this.#timer = setInterval(() => this.#writeTotalsIfChanged(), totalsEveryMs);
    this.#timer.unref();
  }

  spanStarted(): void {
    this.#started += 1;
  }

  record(fact: Fact): void {
    this.#count(fact);
    if (this.#file === null) return;
    const entry: LedgerEntry = { v: 1, service: this.#service, timeMs: Date.now(), ...fact };
    writeSync(this.#file, `${JSON.stringify(entry)}\n`);
  }

  totals(): ServiceTotals {
    const spans = {
      started: this.#started,
      ended: this.#ended,
      exported: this.#exported,
      failed: this.#failed,
    };
    return {
      published: Object.fromEntries(this.#published),
      consumed: this.#consumed,
      dropped: this.#dropped,
      spans: { ...spans, unsettled: spans.ended - spans.exported - spans.failed },
    };
  }

  /** Writes the final totals; nothing may be recorded after it. */
  close(): ServiceTotals {
    clearInterval(this.#timer);
    const totals = this.totals();
    this.record({ entry: 'totals', final: true, totals });
    if (this.#file !== null) closeSync(this.#file);
    return totals;
  }

  #writeTotalsIfChanged(): void {
    const totals = this.totals();
    const text = JSON.stringify(totals);
    if (text === this.#lastTotals) return;
    this.#lastTotals = text;
    this.record({ entry: 'totals', final: false, totals });
  }

  #count(fact: Fact): void {
    if (fact.entry === 'published') this.#published.set(fact.type, (this.#published.get(fact.type) ?? 0) + 1);
    else if (fact.entry === 'consumed') this.#consumed += 1;
    else if (fact.entry === 'dropped') this.#dropped += 1;
    else if (fact.entry === 'span') this.#ended += 1;
    else if (fact.entry === 'export' && fact.result === 'success') this.#exported += fact.spanIds.length;
    else if (fact.entry === 'export') this.#failed += fact.spanIds.length;
  }
}
