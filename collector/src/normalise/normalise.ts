import type { KeyReader } from '../config/flow.ts';
import type { Normalised } from '../event/event.ts';
import type { IntakeRecord } from '../intake/record.ts';
import { normaliseOtlp } from './otlp.ts';
import { normaliseRows } from './rows.ts';

/** Accepted record → events and dead letters. Pure: the same record and the same key readers give the same answer. */
export function normalise(record: IntakeRecord, keyReaders: readonly KeyReader[]): Normalised {
  const { head, body } = record;
  switch (head.wire) {
    case 'otlp':
      return normaliseOtlp(head, body, keyReaders);
    case 'rows':
      return normaliseRows(head, body, keyReaders);
  }
}
