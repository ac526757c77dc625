import { encodeIntakeRecord, type ImportPlace, type IntakeHead } from '../../intake/record.ts';
import type { Rejection } from './report.ts';

/** The head of an intake record but for what the import adds to it. */
export type PortionHead = IntakeHead extends infer Head
  ? Head extends IntakeHead
    ? Omit<Head, 'receivedAtUs' | 'mode' | 'imported'>
    : never
  : never;

export type PortionRecord = { readonly head: PortionHead; readonly body: Uint8Array };

/** A piece of a file that is appended, or known to be there, as a whole: the unit of an import. */
export type Portion = {
  /** 1-based number of its first row, line or element. */
  readonly first: number;
  /** How many of those it covers. */
  readonly count: number;
  /** What the report counts: rows, spans, records; without those that the reader skipped. */
  readonly read: number;
  /** Those of them that become dead letters. */
  readonly rejections: readonly Rejection[];
  /** What is appended, in this order. Called once, and not at all when the portion is in the log already. */
  records(): readonly PortionRecord[];
};

/** @param place of the portion: only its last record counts as covering it, so that a crash between two leaves it to be done again. */
export function encodePortion(
  records: readonly PortionRecord[],
  place: ImportPlace,
  receivedAtUs: number,
): Uint8Array[] {
  return records.map(({ head, body }, index) => {
    const imported = index === records.length - 1 ? place : { ...place, count: 0 };
    return encodeIntakeRecord({ ...head, receivedAtUs, mode: 'backfill', imported } as IntakeHead, body);
  });
}
