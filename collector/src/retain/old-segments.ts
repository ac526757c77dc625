import { LOG_START, type LogPosition, type LogReader } from '@throughline/engine/log';
import { decodeIntakeRecord } from '../intake/record.ts';

/** Of these bytes of a segment the newest record says how old it is: what is read again has the time of when it was first received. */
const SAMPLE_BYTES = 256 * 1024;

/**
 * Where the old part of the intake log ends: whole segments whose records were all received before, none of which lies behind
 * `checkpointed`. A segment is as old as what follows it.
 *
 * @param segments where they begin, the oldest first.
 */
export function endOfOld(
  segments: readonly LogPosition[],
  log: Pick<LogReader, 'read'>,
  beforeUs: number,
  checkpointed: number,
): LogPosition {
  let end: LogPosition = LOG_START;
  for (const start of segments.slice(1)) {
    if (start > checkpointed) break;
    const times = log
      .read(start, SAMPLE_BYTES)
      .map(({ payload }) => decodeIntakeRecord(payload).head.receivedAtUs);
    if (times.length === 0 || Math.max(...times) >= beforeUs) break;
    end = start;
  }
  return end;
}
