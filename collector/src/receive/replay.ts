import { LogError, type LogReader, logPosition } from '@throughline/engine/log';
import { decodeIntakeRecord, encodeIntakeRecord, type IntakeRecord } from '../intake/record.ts';
import type { HttpWire } from './http/wire.ts';

/** A dead letter and the position of the record that it came from. */
export type LetterPlace = { readonly id: string; readonly position: number };

export type ReplayReport = {
  /** Dead letters whose record is read again. */
  readonly replayed: number;
  /** Those whose record the intake log no longer has. */
  readonly gone: number;
};

/**
 * Appends the records that these dead letters came from once more: what is read by today's rules becomes events, what still is not
 * stays a dead letter, and events that were read the first time are known by their ids. A body that was refused is offered to its
 * wire again.
 */
export async function replayLetters(
  letters: readonly LetterPlace[],
  log: Pick<LogReader, 'read'>,
  append: (record: Uint8Array) => Promise<unknown>,
  wires: readonly HttpWire[],
): Promise<ReplayReport> {
  const byPosition = new Map<number, string[]>();
  for (const { id, position } of letters) {
    const ids = byPosition.get(position);
    if (ids === undefined) byPosition.set(position, [id]);
    else ids.push(id);
  }
  let replayed = 0;
  let gone = 0;
  for (const [position, ids] of byPosition) {
    const record = recordAt(log, position);
    if (record === undefined) gone += ids.length;
    else {
      await append(againOf(record, ids, wires));
      replayed += ids.length;
    }
  }
  return { replayed, gone };
}

function recordAt(log: Pick<LogReader, 'read'>, position: number): IntakeRecord | undefined {
  try {
    const [record] = log.read(logPosition(position), 1);
    return record?.position === position ? decodeIntakeRecord(record.payload) : undefined;
  } catch (error) {
    if (error instanceof LogError && (error.code === 'truncated' || error.code === 'invalid'))
      return undefined;
    throw error;
  }
}

function againOf(
  { head, body }: IntakeRecord,
  again: readonly string[],
  wires: readonly HttpWire[],
): Uint8Array {
  const wire =
    head.wire === 'refused' && !head.cut ? wires.find(({ name }) => name === head.name) : undefined;
  if (head.wire === 'refused' && wire !== undefined) {
    try {
      const { record } = wire.accept({ ...head, body });
      if (record !== undefined) {
        const accepted = decodeIntakeRecord(record);
        return encodeIntakeRecord({ ...accepted.head, again }, accepted.body);
      }
    } catch {
      // It is refused as it was: its dead letter stays.
    }
  }
  return encodeIntakeRecord({ ...head, again }, body);
}
