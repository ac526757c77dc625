import { applyEvent } from '../src/apply/appliers.ts';
import type { LogReader } from '../src/log/index.ts';
import { decodeBatch } from '../src/protocol/batch-codec.ts';
import type { EngineRecord } from '../src/protocol/record.ts';
import { dumpState } from '../src/state/dump.testkit.ts';
import { createEngineState, type ReadState } from '../src/state/engine-state.ts';
import type { Laws } from './laws.ts';
import { Violation } from './violation.ts';

/** Everything that one partition ever made durable, and the state of an engine that was never restarted. */
export class History {
  readonly #partitionId: number;
  readonly #laws: Laws;
  readonly records: EngineRecord[] = [];
  readonly #state = createEngineState();

  constructor(partitionId: number, laws: Laws) {
    this.#partitionId = partitionId;
    this.#laws = laws;
  }

  get state(): ReadState {
    return this.#state.tables;
  }

  /** Notes what a listener was told. Throws Violation. */
  note(records: readonly EngineRecord[]): void {
    for (const record of records) this.#note(record);
    this.#state.store.commit();
  }

  /**
   * Compares with the log after a restart, and notes what is durable there although nobody was told before the end.
   * Throws Violation when anything is missing that somebody was told.
   */
  noteLog(reader: LogReader): void {
    let last = 0;
    for (let from = reader.start; ; ) {
      const stored = reader.read(from, 2 ** 20);
      const end = stored.at(-1);
      if (end === undefined) break;
      from = end.next;
      for (const { payload } of stored) {
        for (const record of decodeBatch(payload).records) {
          last = record.position;
          if (last > this.records.length) this.#note(record);
          else this.#compare(record);
        }
      }
    }
    this.#state.store.commit();
    if (last < this.records.length && (last > 0 || reader.start === 0)) {
      this.#fail(`the log ends at record ${last}, though ${this.records.length} were durable`);
    }
  }

  /** Throws Violation when a running engine has other rows. */
  compareState(running: ReadState): void {
    const expected = dumpState(this.state);
    const actual = dumpState(running);
    for (const table of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const missing = expected[table]?.filter((row) => !actual[table]?.includes(row)) ?? [];
      const added = actual[table]?.filter((row) => !expected[table]?.includes(row)) ?? [];
      if (missing.length + added.length === 0) continue;
      this.#fail(`table ${table} lacks ${missing.slice(0, 3).join()} and has ${added.slice(0, 3).join()}`);
    }
  }

  #note(record: EngineRecord): void {
    if (record.position !== this.records.length + 1) {
      this.#fail(`record ${record.position} came after ${this.records.length}`);
    }
    this.records.push(record);
    if (record.recordType === 'EVENT') applyEvent(this.#state.tables, record);
    this.#laws.observe(record);
  }

  #compare(record: EngineRecord): void {
    const known = this.records[record.position - 1];
    const isSame =
      known?.key === record.key &&
      known.intent === record.intent &&
      known.valueType === record.valueType &&
      known.timestamp === record.timestamp &&
      known.sourceRecordPosition === record.sourceRecordPosition;
    if (!isSame) this.#fail(`record ${record.position} was ${known?.intent} and is now ${record.intent}`);
  }

  #fail(what: string): never {
    throw new Violation(`Partition ${this.#partitionId}: ${what}`);
  }
}
