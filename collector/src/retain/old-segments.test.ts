import { LOG_START, type LogRecord, logPosition } from '@throughline/engine/log';
import { describe, expect, it } from 'vitest';
import { encodeIntakeRecord } from '../intake/record.ts';
import { endOfOld } from './old-segments.ts';

/** Segments of 100, each with the receptions of its records. */
function logOf(...receptions: readonly (readonly number[])[]) {
  const segments = receptions.map((_, place) => logPosition(place * 100));
  const read = (from: number): LogRecord[] =>
    (receptions[from / 100] ?? []).map((receivedAtUs, i) => ({
      position: logPosition(from + i),
      next: logPosition(from + i + 1),
      payload: encodeIntakeRecord({ wire: 'discard', mode: 'live', receivedAtUs }, new Uint8Array()),
    }));
  return { end: (beforeUs: number, done: number) => endOfOld(segments, { read }, beforeUs, done) };
}

describe('the old part of the intake log', () => {
  it('ends where something begins that is not old', () => {
    const log = logOf([1], [10], [20], [30]);
    expect(log.end(5, 1000)).toBe(LOG_START);
    expect(log.end(20, 1000)).toBe(100);
    expect(log.end(21, 1000)).toBe(200);
  });

  it('keeps the newest segment, however old it is', () => {
    expect(logOf([1], [10], [20]).end(1000, 1000)).toBe(200);
    expect(logOf([1]).end(1000, 1000)).toBe(LOG_START);
  });

  it('ends before what a restart would read again', () => {
    const log = logOf([1], [10], [20]);
    expect(log.end(1000, 99)).toBe(LOG_START);
    expect(log.end(1000, 100)).toBe(100);
    expect(log.end(1000, 199)).toBe(100);
  });

  it('takes a segment that begins with something replayed for as new as what stands beside it', () => {
    expect(logOf([1], [2, 50], [60]).end(40, 1000)).toBe(LOG_START);
  });

  it('keeps what nothing says the age of', () => {
    expect(logOf([1], []).end(1000, 1000)).toBe(LOG_START);
  });
});
