import type { ImportOptions } from './columns.ts';
import type { Line } from './lines.ts';
import type { PortionHead, PortionRecord } from './portion.ts';
import type { Rejection } from './report.ts';

/** What one line is: kept with others in one intake record, or no part of it. */
export type ReadLine =
  | {
      readonly kind: 'kept';
      /** As the format's `record` takes it. */
      readonly bytes: Buffer;
      /** Lines of one wire make one record. */
      readonly wire: PortionHead['wire'];
      /** How many of what the report counts it holds. */
      readonly items: number;
      /** Of those, what becomes a dead letter. */
      readonly rejections: readonly Rejection[];
    }
  /** Says nothing of events, as metrics do. */
  | { readonly kind: 'skipped' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/** A format of one JSON document a line, which has a wire of its own: the same record by either way is one event. */
export type LineFormat = {
  readonly name: 'otlp' | 'records' | 'cloudevents';
  /** By the first line that is not blank, or by what the sample has of it. */
  matches(firstLine: string): boolean;
  /** Pure. */
  read(line: Line, nowUs: number): ReadLine;
  /** The intake record of lines of one wire that were kept, at least one, as the wire itself would have made it. */
  record(lines: readonly Buffer[], wire: PortionHead['wire'], options: ImportOptions): PortionRecord;
  /** What lines that are skipped are, for the report: `lines hold metrics or logs`. */
  readonly skippedNote: string;
};
