import type { KeyReader } from '../../config/flow.ts';
import type { DeadLetter, NormalisedEvent } from '../../event/event.ts';
import { decodeIntakeRecord, type IntakeHead } from '../../intake/record.ts';
import { normalise } from '../../normalise/normalise.ts';
import { ocelRefusal } from '../../normalise/ocel.ts';
import { rowRefusal } from '../../normalise/rows-check.ts';
import { type ImportFile, type ImportOptions, importLogFile } from './import.ts';
import type { ImportReport } from './report.ts';

/** What a classic directly-follows map of a log says; maps are `name → count`, transitions named `from>to`. */
export type Folded = {
  readonly events: number;
  readonly cases: number;
  readonly activities: number;
  readonly variants: number;
  readonly starts: Readonly<Record<string, number>>;
  readonly ends: Readonly<Record<string, number>>;
  readonly follows: Readonly<Record<string, number>>;
};

type Step = readonly [timeUs: number, timeNs: number, sequence: number, activity: string];

export type Imported = {
  readonly report: ImportReport;
  readonly heads: readonly IntakeHead[];
  readonly events: readonly NormalisedEvent[];
  readonly deadLetters: readonly DeadLetter[];
};

/** Imports the file and normalises what was appended. */
export async function importInto(
  path: string,
  options: ImportOptions,
  changes: Partial<ImportFile> = {},
  keyReaders: readonly KeyReader[] = [],
): Promise<Imported> {
  const heads: IntakeHead[] = [];
  const events: NormalisedEvent[] = [];
  const deadLetters: DeadLetter[] = [];
  const report = await importLogFile({
    path,
    options,
    rowRefusal,
    ocelRefusal,
    run: 'run',
    resumeAfter: () => Promise.resolve(0),
    nowUs: () => 1_800_000_000_000_000,
    append: async (bytes) => {
      const record = decodeIntakeRecord(bytes);
      heads.push(record.head);
      const normalised = normalise(record, { keyReaders });
      for (const event of normalised.events) events.push(event);
      for (const letter of normalised.deadLetters) deadLetters.push(letter);
    },
    ...changes,
  });
  return { report, heads, events, deadLetters };
}

/** The shortest way from a file to a map. */
export async function importAndFold(
  path: string,
  options: ImportOptions,
): Promise<{ readonly report: ImportReport; readonly folded: Folded }> {
  const { report, events } = await importInto(path, options);
  const cases = new Map<string, Step[]>();
  for (const event of events) {
    const key = event.keys[options.flow ?? '']?.[0] ?? '';
    const steps = cases.get(key) ?? [];
    steps.push([event.timeUs, event.timeNs, event.sequence, event.type]);
    cases.set(key, steps);
  }
  return { report, folded: fold(cases) };
}

function fold(cases: ReadonlyMap<string, Step[]>): Folded {
  const starts: Record<string, number> = {};
  const ends: Record<string, number> = {};
  const follows: Record<string, number> = {};
  const activities = new Set<string>();
  const variants = new Set<string>();
  let events = 0;
  for (const steps of cases.values()) {
    steps.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    const names = steps.map((step) => step[3]);
    events += names.length;
    variants.add(JSON.stringify(names));
    count(starts, names[0]);
    count(ends, names[names.length - 1]);
    for (const [index, name] of names.entries()) {
      activities.add(name);
      const next = names[index + 1];
      if (next !== undefined) count(follows, `${name}>${next}`);
    }
  }
  const sizes = { events, cases: cases.size, activities: activities.size, variants: variants.size };
  return { ...sizes, starts, ends, follows };
}

function count(counts: Record<string, number>, name: string | undefined): void {
  if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1;
}
