import { RecordProblem } from './fields.ts';
import { eachRecord, type RecordEncoding } from './lines.ts';
import { readRecord } from './read-record.ts';

export type CheckedRecord = {
  /** The line that stood before it. */
  readonly action: string;
  /** Why it can't be read; empty when it can. */
  readonly reason: string;
};

export type Checked = {
  /** In the order of the body. */
  readonly records: readonly CheckedRecord[];
  /** Say something of process instances. */
  readonly accepted: number;
  /** The same record more than once in this body. */
  readonly duplicates: number;
  /** Commands, rejections, bookkeeping: nothing of process instances that other records do not say. */
  readonly ignored: number;
};

/** Reads every record of a body, only to tell its sender. @throws SyntaxError when the body as a whole can't be read. */
export function checkRecords(body: Uint8Array, encoding: RecordEncoding): Checked {
  const records: CheckedRecord[] = [];
  const seen = new Set<string>();
  let [accepted, duplicates, ignored] = [0, 0, 0];
  eachRecord(body, encoding, (line, _index, action) => {
    try {
      const { kind, partition, position } = readRecord(line);
      const id = `${partition}-${position}`;
      if (kind === 'ignored') ignored += 1;
      else if (seen.has(id)) duplicates += 1;
      else accepted += 1;
      seen.add(id);
      records.push({ action, reason: '' });
    } catch (error) {
      if (!(error instanceof RecordProblem)) throw error;
      records.push({ action, reason: error.message });
    }
  });
  return { records, accepted, duplicates, ignored };
}
