import type { RowMapping } from '../../intake/record.ts';
import { ImportError } from './import-error.ts';

export type ImportOptions = {
  /** The flow that the log belongs to; also the key type of its cases. Not of formats whose events say that themselves. */
  readonly flow?: string | undefined;
  /** A column; of an object-centric log a type of objects. */
  readonly case?: string | undefined;
  readonly activity?: string | undefined;
  readonly time?: string | undefined;
  /** Column that orders events of equal time; without it the row does. */
  readonly order?: string | undefined;
  /** CSV only: one character, or `tab`, `comma`, `semicolon`, `pipe`; found by looking when not given. */
  readonly separator?: string | undefined;
  /** Keeps only events whose `lifecycle:transition` is `complete` or missing. */
  readonly lifecycle?: 'complete' | undefined;
  /** Of times that do not say it: `+01:00`, `Europe/Berlin`; without it they are UTC. */
  readonly timezone?: string | undefined;
  /** Of an engine's records: the cluster that they come from, and the second part of the scope. */
  readonly source?: string | undefined;
  readonly environment?: string | undefined;
};

export const DEFAULT_CASE = 'case:concept:name';
export const LIFECYCLE_COLUMN = 'lifecycle:transition';
const DEFAULT_ACTIVITY = 'concept:name';
const DEFAULT_TIME = 'time:timestamp';
const COLUMNS_SHOWN = 40;

/** How people name these columns, best first; only to propose, never taken unasked. */
const LIKELY_NAMES = {
  case: ['case', 'caseid', 'traceid', 'casename', 'caseconceptname', 'instanceid', 'orderid', 'id'],
  activity: [
    'activity',
    'activityname',
    'conceptname',
    'event',
    'eventname',
    'task',
    'action',
    'step',
    'type',
    'status',
  ],
  time: [
    'timestamp',
    'time',
    'completetimestamp',
    'timetimestamp',
    'eventtime',
    'datetime',
    'date',
    'createdat',
    'at',
  ],
  order: ['order', 'sequence', 'index', 'eventindex', 'position', 'row'],
} as const;

type Role = keyof typeof LIKELY_NAMES;

export function mappingOf(options: ImportOptions): RowMapping {
  const mapping = {
    case: options.case ?? DEFAULT_CASE,
    activity: options.activity ?? DEFAULT_ACTIVITY,
    time: options.time ?? DEFAULT_TIME,
  };
  return {
    ...mapping,
    ...(options.order !== undefined && { order: options.order }),
    ...(options.timezone !== undefined && { timezone: options.timezone }),
  };
}

/** @throws ImportError that names the first column that is missing, those that exist, and the closest ones. */
export function checkColumns(columns: readonly string[], mapping: RowMapping, fileName: string): void {
  for (const role of ['case', 'activity', 'time', 'order'] as const) {
    const name = mapping[role];
    if (name === undefined || columns.includes(name)) continue;
    throw new ImportError({
      code: 'missing-column',
      message: `${fileName} has no column "${name}" (${role}); it has ${listed(columns)}`,
      hint: hintFor(columns, mapping),
      line: 1,
    });
  }
}

/** Trimmed; an empty name becomes `column_5`, a repeated one `name_2`. */
export function columnNames(header: readonly string[]): string[] {
  const taken = new Set<string>();
  return header.map((cell, index) => {
    const base = cell.trim() === '' ? `column_${index + 1}` : cell.trim();
    let name = base;
    for (let count = 2; taken.has(name); count += 1) name = `${base}_${count}`;
    taken.add(name);
    return name;
  });
}

function listed(columns: readonly string[]): string {
  const shown = columns.slice(0, COLUMNS_SHOWN).map((name) => JSON.stringify(name));
  const more = columns.length - shown.length;
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function hintFor(columns: readonly string[], mapping: RowMapping): string {
  if (columns.length === 1) return 'The file has one column only: give its separator with --separator.';
  const proposed: string[] = [];
  for (const role of ['case', 'activity', 'time', 'order'] as const) {
    const name = mapping[role];
    if (name === undefined || columns.includes(name)) continue;
    const closest = closestColumn(columns, name, role);
    proposed.push(`--${role} ${closest === undefined ? 'COLUMN' : JSON.stringify(closest)}`);
  }
  return `Say which columns to take, for example: ${proposed.join(' ')}`;
}

function closestColumn(columns: readonly string[], name: string, role: Role): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
  for (const likely of [plain(name), ...LIKELY_NAMES[role]]) {
    const found = columns.find((column) => plain(column) === likely);
    if (found !== undefined) return found;
  }
  for (const likely of LIKELY_NAMES[role]) {
    const found = likely.length < 3 ? undefined : columns.find((column) => plain(column).includes(likely));
    if (found !== undefined) return found;
  }
  return undefined;
}
