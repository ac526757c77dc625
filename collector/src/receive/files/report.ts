import type { FileFormat } from './format.ts';

/** A row, line or event that cannot become an event, by the line at which it begins in the decompressed file; 0 where there are none. */
export type Rejection = { readonly line: number; readonly reason: string };

/** `read = appended + present + rejected + skipped`, in what the format has of events: rows, spans, records. */
export type ImportReport = {
  readonly format: FileFormat;
  /** Found in the file. */
  readonly read: number;
  /** Appended to the intake log by this import. */
  readonly appended: number;
  /** Left out because an earlier import of the same file appended them. */
  readonly present: number;
  /** What becomes a dead letter: it is in the intake log too, so that nothing is lost. */
  readonly rejected: number;
  /** Left out on request (`lifecycle: 'complete'`), or because they are no events (metrics among spans). */
  readonly skipped: number;
  /** The first 10. */
  readonly firstRejections: readonly Rejection[];
  /** What was done to read the file: cases named by their place, attributes left out. */
  readonly notes: readonly string[];
  /** Bytes of the file as stored that were read. */
  readonly bytes: number;
  readonly durationMs: number;
};
