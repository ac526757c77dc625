import type { KeyReader } from '../config/flow.ts';
import {
  type AttributeValue,
  DEFAULT_SCOPE,
  type DeadLetter,
  type EventFlag,
  type Normalised,
  type NormalisedEvent,
} from '../event/event.ts';
import type { RowsHead, RowValue } from '../intake/record.ts';
import { boundAttributes, boundKey, cutText } from './bounds.ts';
import { type RowCore, readRow, rowLayout } from './rows-check.ts';
import { typedValue } from './rows-value.ts';

/** Columns that say which service an event belongs to, the first one with a value wins. */
export const SERVICE_COLUMNS = ['service.name', 'service', 'org:group'];
/** They only repeat what `service` says; `org:group` is the log's own word and stays an attribute. */
const SERVICE_ONLY_COLUMNS = new Set(['service.name', 'service']);
/** Not a name that a plain object can carry. */
const FORBIDDEN_NAME = '__proto__';
const CONTENT_LENGTH_MAX = 16_384;
const decoder = new TextDecoder();

/**
 * The rows of an accepted run as events, one a row; rows that cannot be one (no case, no activity, no readable time, ragged),
 * as dead letters that name row, column and value. Pure.
 *
 * The key type is the flow's name, so that case `1` of two logs never meet; rules with source `file` read further keys from
 * columns. An id is `file:IMPORT:ROW`.
 *
 * @throws SyntaxError when the body is not the JSON of `RowValue[][]`: only a damaged record is that.
 */
export function normaliseRows(
  head: RowsHead,
  body: Uint8Array,
  keyReaders: readonly KeyReader[] = [],
  scope: string = DEFAULT_SCOPE,
): Normalised {
  const rows = JSON.parse(decoder.decode(body)) as readonly (readonly RowValue[])[];
  const layout = rowLayout(head.columns, head.mapping);
  const plan = attributePlan(head, keyReaders);
  const events: NormalisedEvent[] = [];
  const deadLetters: DeadLetter[] = [];
  let number = head.firstRow;
  for (const row of rows) {
    const core = readRow(row, layout);
    if (typeof core === 'string') deadLetters.push(deadLetterOf(row, number, core, head));
    else events.push(eventOf(row, number, core, plan, head, scope));
    number += 1;
  }
  return { events, deadLetters };
}

type AttributePlan = {
  readonly names: readonly string[];
  readonly indexes: readonly number[];
  readonly serviceIndexes: readonly number[];
  /** Columns that hold keys, beside the case. */
  readonly keys: readonly { readonly keyType: string; readonly index: number }[];
};

function attributePlan(head: RowsHead, keyReaders: readonly KeyReader[]): AttributePlan {
  const { mapping, columns } = head;
  const used = new Set([mapping.case, mapping.activity, mapping.time, mapping.order]);
  const names: string[] = [];
  const indexes: number[] = [];
  for (const [index, name] of columns.entries()) {
    if (used.has(name) || SERVICE_ONLY_COLUMNS.has(name) || name === FORBIDDEN_NAME) continue;
    names.push(name);
    indexes.push(index);
  }
  const serviceIndexes = SERVICE_COLUMNS.map((name) => columns.indexOf(name)).filter((index) => index >= 0);
  const keys = keyReaders
    .filter((reader) => reader.source === 'file')
    .filter((reader) => columns.includes(reader.attribute))
    .map((reader) => ({ keyType: reader.keyType, index: columns.indexOf(reader.attribute) }));
  return { names, indexes, serviceIndexes, keys };
}

function eventOf(
  row: readonly RowValue[],
  number: number,
  core: RowCore,
  plan: AttributePlan,
  head: RowsHead,
  scope: string,
): NormalisedEvent {
  const key = boundKey(core.case);
  const type = boundKey(core.activity);
  const bounded = boundAttributes(attributesOf(row, plan));
  let flags: readonly EventFlag[] = bounded.flags;
  const further = furtherKeys(row, plan);
  if (key.cut || further.cut) flags = [...flags, 'key-cut'];
  if (type.cut && !flags.includes('value-cut')) flags = [...flags, 'value-cut'];
  return {
    id: `file:${head.importId}:${number}`,
    scope,
    source: head.source,
    type: type.value,
    kind: 'event',
    timeUs: core.time.us,
    timeNs: core.time.ns,
    durationUs: 0,
    service: serviceOf(row, plan),
    peer: '',
    status: 'unset',
    error: undefined,
    trace: undefined,
    message: undefined,
    keys: plan.keys.length === 0 ? { [head.flow]: [key.value] } : joined(head.flow, key.value, further.keys),
    attributes: bounded.attributes,
    sequence: core.order ?? number,
    receivedAtUs: head.receivedAtUs,
    flags,
    declaredFlow: head.flow,
  };
}

const NONE = { keys: [], cut: false };

/** The keys that rules find in this row, as type and value. */
function furtherKeys(row: readonly RowValue[], plan: AttributePlan) {
  if (plan.keys.length === 0) return NONE;
  const keys: [keyType: string, value: string][] = [];
  let cut = false;
  for (const { keyType, index } of plan.keys) {
    const text = String(row[index] ?? '').trim();
    if (text === '') continue;
    const bounded = boundKey(text);
    cut ||= bounded.cut;
    keys.push([keyType, bounded.value]);
  }
  return { keys, cut };
}

function joined(flow: string, caseKey: string, further: readonly (readonly [string, string])[]) {
  const keys = new Map([[flow, [caseKey]]]);
  for (const [keyType, value] of further) {
    const values = keys.get(keyType);
    if (values === undefined) keys.set(keyType, [value]);
    else if (!values.includes(value)) values.push(value);
  }
  return Object.fromEntries(keys);
}

function attributesOf(row: readonly RowValue[], plan: AttributePlan): Record<string, AttributeValue> {
  const { names, indexes } = plan;
  const attributes: Record<string, AttributeValue> = {};
  for (let position = 0; position < names.length; position += 1) {
    const name = names[position];
    const cell = row[indexes[position] ?? -1];
    if (name === undefined || cell === undefined || cell === null || cell === '') continue;
    const value = typedValue(cell);
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
}

function serviceOf(row: readonly RowValue[], plan: AttributePlan): string {
  for (const index of plan.serviceIndexes) {
    const value = row[index];
    if (value !== undefined && value !== null && value !== '') return boundKey(String(value)).value;
  }
  return '';
}

function deadLetterOf(row: readonly RowValue[], number: number, reason: string, head: RowsHead): DeadLetter {
  return {
    id: `file:${head.importId}:${number}`,
    source: head.source,
    receivedAtUs: head.receivedAtUs,
    reason: `row ${number}: ${reason}`,
    content: cutText(JSON.stringify(row), CONTENT_LENGTH_MAX),
  };
}
