import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIntakeRecord, encodeIntakeRecord, type IntakeHead } from './record.ts';

const ROWS: IntakeHead = {
  wire: 'rows',
  receivedAtUs: 1_764_000_000_000_000,
  mode: 'backfill',
  source: 'file:naïve ✓.csv',
  importId: 'a1',
  flow: 'fines',
  mapping: { case: 'case', activity: 'activity', time: 'time' },
  columns: ['case', 'activity', 'time'],
  firstRow: 1,
};

describe('a record of the intake log', () => {
  it('comes back as it was written, wherever it lies in memory', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(20), (body, before) => {
        const bytes = encodeIntakeRecord(ROWS, body);
        const within = new Uint8Array(before + bytes.length);
        within.set(bytes, before);
        const record = decodeIntakeRecord(within.subarray(before));
        expect(record.head).toEqual(ROWS);
        expect([...record.body]).toEqual([...body]);
      }),
    );
  });

  it('keeps its form: what was written once must always be readable', () => {
    const head: IntakeHead = { wire: 'otlp', encoding: 'json', receivedAtUs: 7, mode: 'live' };
    const text = '{"wire":"otlp","encoding":"json","receivedAtUs":7,"mode":"live"}';
    const bytes = Buffer.concat([
      Buffer.from([1, text.length, 0, 0, 0]),
      Buffer.from(text),
      Buffer.from('{}'),
    ]);
    expect(Buffer.from(encodeIntakeRecord(head, Buffer.from('{}')))).toEqual(bytes);
    expect(decodeIntakeRecord(bytes).head).toEqual(head);
  });

  it('of a newer version is refused and says what to do', () => {
    const bytes = encodeIntakeRecord(ROWS, new Uint8Array());
    bytes[0] = 2;
    expect(() => decodeIntakeRecord(bytes)).toThrow(
      'intake record has version 2, this program reads version 1: use the version that wrote it',
    );
  });
});
