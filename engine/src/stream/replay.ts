import { applyEvent } from '../apply/appliers.ts';
import type { LogPosition, LogReader } from '../log/index.ts';
import { decodeBatch, type RecordBatch } from '../protocol/batch-codec.ts';
import type { CommandRecord } from '../protocol/record.ts';
import type { EngineState } from '../state/engine-state.ts';
import type { Counters } from './step.ts';

/** A follow-up command that is written but not processed. */
export type LeftOver = { readonly command: CommandRecord; readonly chainLength: number };

/** Where a partition stands beside its tables. Part of every snapshot. */
export type Progress = Counters & {
  /** In the order in which they are to be processed. */
  readonly leftOver: readonly LeftOver[];
  /** The first batch in the log that is not in the state. */
  readonly next: LogPosition;
};

const READ_BYTES = 4 * 2 ** 20;

/** Brings the state up to the end of the log from its events alone; no processor runs. */
export function replay(state: EngineState, from: Progress, reader: LogReader): Progress {
  let { lastPosition, keyCounter, next } = from;
  let leftOver = [...from.leftOver];
  for (;;) {
    const stored = reader.read(next, READ_BYTES);
    if (stored.length === 0) return { lastPosition, keyCounter, leftOver, next };
    for (const { payload, next: after } of stored) {
      const batch = decodeBatch(payload);
      for (const record of batch.records) {
        if (record.recordType === 'EVENT') applyEvent(state.tables, record);
      }
      leftOver = leftOverAfter(leftOver, batch);
      lastPosition = batch.records.at(-1)?.position ?? lastPosition;
      keyCounter = batch.keyCounter;
      next = after;
    }
    state.store.commit();
  }
}

/** What is still to be processed after a batch: not what it processed, but what it left over. */
function leftOverAfter(leftOver: LeftOver[], batch: RecordBatch): LeftOver[] {
  const isAmong = leftOver.findIndex(({ command }) => command.position === batch.processed);
  if (isAmong < 0 && batch.leftOver.length === 0) return leftOver;
  const rest = leftOver.filter((_, index) => index !== isAmong);
  const positions = new Set<number>(batch.leftOver);
  for (const record of batch.records) {
    if (record.recordType !== 'COMMAND' || !positions.has(record.position)) continue;
    rest.push({ command: record, chainLength: batch.chainLength + 1 });
  }
  return rest;
}
