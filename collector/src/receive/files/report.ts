/** A row that did not become an event, by the line at which it begins in the decompressed file. */
export type Rejection = { readonly line: number; readonly reason: string };

/** `read = appended + rejected + skipped`. */
export type ImportReport = {
  /** Rows or events found in the file. */
  readonly read: number;
  /** Rows in the intake log that become events. */
  readonly appended: number;
  /** Rows that become dead letters: they are in the intake log too, so that nothing is lost. */
  readonly rejected: number;
  /** Rows left out on request (`lifecycle: 'complete'`). */
  readonly skipped: number;
  /** The first 10. */
  readonly firstRejections: readonly Rejection[];
  /** What was done to read the file: cases named by their place, attributes left out. */
  readonly notes: readonly string[];
  /** Bytes of the file as stored that were read. */
  readonly bytes: number;
  readonly durationMs: number;
};
