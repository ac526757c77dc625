import { readCloudEvents } from '../cloudevents/read.ts';
import type { LineFormat } from './line-format.ts';
import type { Rejection } from './report.ts';

const ENCODING = { encoding: 'structured' } as const;
const [COMMA, START, END] = [Buffer.from(','), Buffer.from('['), Buffer.from(']')];

/** CloudEvents in JSON, one a line. */
export const cloudEventLines: LineFormat = {
  name: 'cloudevents',
  skippedNote: '',
  matches: (firstLine) => /^\s*\{/.test(firstLine) && /"specversion"\s*:/.test(firstLine),
  read({ bytes, number }, nowUs) {
    const rejections: Rejection[] = [];
    try {
      readCloudEvents({ ...ENCODING, receivedAtUs: nowUs }, bytes, {
        event: () => undefined,
        refused: (fault) => rejections.push({ line: number, reason: fault.message }),
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'unreadable', reason: `the line is no CloudEvent in JSON: ${reason}` };
    }
    return { kind: 'kept', wire: 'cloudevents', bytes, items: 1, rejections };
  },
  /** A batch: that is the array of its lines. */
  record(lines) {
    const parts = lines.flatMap((line, index) => (index === 0 ? [line] : [COMMA, line]));
    return { head: { wire: 'cloudevents', encoding: 'batch' }, body: Buffer.concat([START, ...parts, END]) };
  },
};
