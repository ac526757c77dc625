import { type TimeZone, timeZoneOf } from '../event/time-zone.ts';
import type { RowMapping, RowValue } from '../intake/record.ts';
import { type Instant, parseTime } from './time.ts';

/** Where a run of rows keeps what an event needs; -1 for a column that the run does not have. */
export type RowLayout = {
  readonly mapping: RowMapping;
  readonly width: number;
  readonly case: number;
  readonly activity: number;
  readonly time: number;
  readonly order: number;
  readonly zone: TimeZone | undefined;
};

/** The parts of a row that make it an event. `order` is `undefined` where the row leaves it to its number. */
export type RowCore = {
  readonly case: string;
  readonly activity: string;
  readonly time: Instant;
  readonly order: number | undefined;
};

const SHOWN_LENGTH = 80;

export function rowLayout(columns: readonly string[], mapping: RowMapping): RowLayout {
  return {
    mapping,
    width: columns.length,
    case: columns.indexOf(mapping.case),
    activity: columns.indexOf(mapping.activity),
    time: columns.indexOf(mapping.time),
    order: mapping.order === undefined ? -1 : columns.indexOf(mapping.order),
    zone: mapping.timezone === undefined ? undefined : timeZoneOf(mapping.timezone),
  };
}

/** What the row says, or, as text, why it cannot become an event: it names column and value. */
export function readRow(row: readonly RowValue[], layout: RowLayout): RowCore | string {
  const { mapping, width } = layout;
  if (row.length !== width) {
    return `it has ${count(row.length, 'cell')}, the columns are ${width}`;
  }
  const caseText = textAt(row, layout.case);
  if (caseText === undefined) return `column "${mapping.case}" (case) is empty`;
  const activity = textAt(row, layout.activity);
  if (activity === undefined) return `column "${mapping.activity}" (activity) is empty`;
  const timeText = textAt(row, layout.time);
  if (timeText === undefined) return `column "${mapping.time}" (time) is empty`;
  const time = parseTime(timeText, layout.zone);
  if (time === undefined)
    return `column "${mapping.time}" (time) holds ${shown(timeText)}, which is not a time`;
  const orderText = textAt(row, layout.order);
  if (orderText === undefined) return { case: caseText, activity, time, order: undefined };
  const order = Number(orderText);
  if (!Number.isFinite(order)) {
    return `column "${mapping.order}" (order) holds ${shown(orderText)}, which is not a number`;
  }
  return { case: caseText, activity, time, order };
}

/**
 * The check of an import: for a run's columns, a function that says why a row will become a dead letter, or `undefined` when
 * it will become an event. It is the very check of `normaliseRows`, so that an import's report tells what really happens.
 */
export function rowRefusal(
  columns: readonly string[],
  mapping: RowMapping,
): (row: readonly RowValue[]) => string | undefined {
  const layout = rowLayout(columns, mapping);
  return (row) => {
    const result = readRow(row, layout);
    return typeof result === 'string' ? result : undefined;
  };
}

/** As text, exactly as it came; `undefined` when nothing or only white space is there. */
function textAt(row: readonly RowValue[], index: number): string | undefined {
  const value = row[index];
  if (value === undefined || value === null) return undefined;
  const text = typeof value === 'string' ? value : String(value);
  return text === '' || text.trim() === '' ? undefined : text;
}

function shown(text: string): string {
  return JSON.stringify(text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text);
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
