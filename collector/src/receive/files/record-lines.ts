import { RecordProblem } from '../records/fields.ts';
import { readRecord } from '../records/read-record.ts';
import { senderOf } from '../records/sender.ts';
import type { LineFormat } from './line-format.ts';

const NEWLINE = Buffer.from('\n');

/** Exporter records of Zeebe and of our own engine, one a line. Those that say nothing of process instances are kept and become no events. */
export const recordLines: LineFormat = {
  name: 'records',
  skippedNote: '',
  matches: (firstLine) => /^\s*\{/.test(firstLine) && /"valueType"\s*:/.test(firstLine),
  read({ bytes, number }) {
    try {
      readRecord(bytes.toString('utf8'));
      return { kind: 'kept', wire: 'records', bytes, items: 1, rejections: [] };
    } catch (error) {
      if (!(error instanceof RecordProblem)) throw error;
      // It is an engine's all the same: its wire keeps it, and says why, as if it came by HTTP.
      const rejections = [{ line: number, reason: error.message }];
      return { kind: 'kept', wire: 'records', bytes, items: 1, rejections };
    }
  },
  record: (lines, _wire, { source, environment }) => {
    const query = new URLSearchParams({
      ...(source && { source }),
      ...(environment && { environment }),
    }).toString();
    return {
      head: { wire: 'records', encoding: 'json-lines', ...senderOf({ query }) },
      body: Buffer.concat(lines.flatMap((line) => [line, NEWLINE])),
    };
  },
};
