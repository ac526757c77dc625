import { LogError, type LogRecord, logPosition } from '@throughline/engine/log';
import { describe, expect, it } from 'vitest';
import {
  decodeIntakeRecord,
  encodeIntakeRecord,
  type IntakeHead,
  type IntakeRecord,
} from '../intake/record.ts';
import { NOW_US } from './http/receiver.testkit.ts';
import { malformed } from './http/refused.ts';
import type { HttpWire } from './http/wire.ts';
import { type LetterPlace, replayLetters } from './replay.ts';

const SPANS: IntakeHead = { wire: 'otlp', encoding: 'json', receivedAtUs: NOW_US, mode: 'live' };
const REFUSED: IntakeHead = {
  wire: 'refused',
  name: 'picky',
  reason: 'not good',
  method: 'POST',
  path: '/picky',
  query: '',
  headers: {},
  cut: false,
  receivedAtUs: NOW_US,
  mode: 'live',
};

/** Takes what says good. */
const PICKY: HttpWire = {
  name: 'picky',
  path: '/picky',
  check: () => undefined,
  accept({ body }) {
    if (!Buffer.from(body).includes('good')) throw malformed('bad', 'not good');
    return { record: encodeIntakeRecord(SPANS, body), answer: { status: 200, headers: {}, body: '' } };
  },
  refusal: () => ({ contentType: 'text/plain', body: '' }),
};

async function replay(
  log: ReadonlyMap<number, readonly [IntakeHead, string]>,
  letters: readonly LetterPlace[],
) {
  const appended: IntakeRecord[] = [];
  const read = (from: number): LogRecord[] => {
    const found = log.get(from);
    if (found === undefined) throw new LogError('truncated', 'gone');
    const payload = encodeIntakeRecord(found[0], Buffer.from(found[1]));
    return [{ position: logPosition(from), next: logPosition(from + 1), payload }];
  };
  const append = async (record: Uint8Array) => appended.push(decodeIntakeRecord(record));
  const report = await replayLetters(letters, { read }, append, [PICKY]);
  return { report, appended: appended.map(({ head, body }) => [head, Buffer.from(body).toString()]) };
}

describe('dead letters that are read again', () => {
  it('have their record appended once more, once for all of them', async () => {
    const { report, appended } = await replay(new Map([[5, [SPANS, 'body']]]), [
      { id: 'a', position: 5 },
      { id: 'b', position: 5 },
    ]);
    expect(report).toEqual({ replayed: 2, gone: 0 });
    expect(appended).toEqual([[{ ...SPANS, again: ['a', 'b'] }, 'body']]);
  });

  it('are reported gone where the log no longer has their record', async () => {
    const { report, appended } = await replay(new Map(), [{ id: 'a', position: 5 }]);
    expect([report, appended]).toEqual([{ replayed: 0, gone: 1 }, []]);
  });

  it('that were refused bodies are offered to their wire again', async () => {
    const log = new Map([
      [1, [REFUSED, 'now good']],
      [2, [REFUSED, 'still bad']],
      [3, [{ ...REFUSED, cut: true }, 'good, but cut']],
    ] as const);
    const letters = [1, 2, 3].map((position) => ({ id: String(position), position }));
    const { appended } = await replay(log, letters);
    expect(appended).toEqual([
      [{ ...SPANS, again: ['1'] }, 'now good'],
      [{ ...REFUSED, again: ['2'] }, 'still bad'],
      [{ ...REFUSED, cut: true, again: ['3'] }, 'good, but cut'],
    ]);
  });
});
