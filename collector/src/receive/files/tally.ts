/** What a reader counts beside the rows that it hands out. */
export type ReadingTally = {
  /** Rows left out because their life cycle transition is not `complete`. */
  skipped: number;
  /** Lines left out because they hold no events. */
  skippedLines: number;
  /** XES traces without `concept:name`, named by their place. */
  unnamedCases: number;
  /** XES attributes nested too deep, or too many in one element. */
  attributesLeftOut: number;
  /** XES trace attributes that came after events already handed out. */
  lateAttributes: number;
};

export function emptyTally(): ReadingTally {
  return { skipped: 0, skippedLines: 0, unnamedCases: 0, attributesLeftOut: 0, lateAttributes: 0 };
}

/** The tally as sentences for a person, only what happened. @param skippedLines what lines that were skipped are. */
export function notesOf(tally: ReadingTally, skippedLines: string): readonly string[] {
  const notes: string[] = [];
  const note = (count: number, text: string): void => {
    if (count > 0) notes.push(`${count} ${text}`);
  };
  note(
    tally.unnamedCases,
    'cases have no concept:name and are named by their place in the log (trace-1 is the first)',
  );
  note(
    tally.attributesLeftOut,
    'attributes are left out: nested deeper than 8 levels, or beyond 1000 in one element',
  );
  note(
    tally.lateAttributes,
    'trace attributes came too late, after thousands of events of their trace, for those events',
  );
  note(tally.skippedLines, skippedLines);
  note(tally.skipped, 'events are left out: their lifecycle:transition is not complete');
  return notes;
}
