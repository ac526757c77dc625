import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RowsHead, RowValue } from '../intake/record.ts';
import { normaliseRows } from './rows.ts';
import { rowRefusal } from './rows-check.ts';
import { typedValue } from './rows-value.ts';

const COLUMNS = ['case', 'activity', 'time', 'amount', 'note'];
const MAPPING = { case: 'case', activity: 'activity', time: 'time' };

function headWith(changes: Partial<RowsHead> = {}): RowsHead {
  return {
    wire: 'rows',
    mode: 'backfill',
    receivedAtUs: 1_700_000_000_000_000,
    source: 'file:fines.csv',
    importId: 'abc',
    flow: 'fines',
    mapping: MAPPING,
    columns: COLUMNS,
    firstRow: 1,
    ...changes,
  };
}

function bodyOf(rows: readonly (readonly RowValue[])[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(rows));
}

describe('normaliseRows', () => {
  it('makes a row an event of the declared flow', () => {
    const head = headWith({ firstRow: 41 });
    const result = normaliseRows(head, bodyOf([['A1', 'Send Fine', '2006-07-24', '350.0', '']]));
    expect(result).toEqual({
      events: [
        {
          id: 'file:abc:41',
          scope: 'default/default',
          source: 'file:fines.csv',
          type: 'Send Fine',
          kind: 'event',
          timeUs: Date.UTC(2006, 6, 24) * 1000,
          timeNs: 0,
          durationUs: 0,
          service: '',
          peer: '',
          status: 'unset',
          error: undefined,
          trace: undefined,
          message: undefined,
          keys: { fines: ['A1'] },
          attributes: { amount: 350 },
          sequence: 41,
          receivedAtUs: 1_700_000_000_000_000,
          flags: [],
          declaredFlow: 'fines',
        },
      ],
      deadLetters: [],
    });
  });

  it('reads further keys from the columns that rules with source file name', () => {
    const readers = [
      { keyType: 'payment', source: 'file', attribute: 'note' },
      { keyType: 'fines', source: 'file', attribute: 'amount' },
      { keyType: 'order', source: 'file', attribute: 'not there' },
      { keyType: 'span', source: 'otlp', attribute: 'note' },
    ] as const;
    const rows = [
      ['A1', 'A', '2024-01-01', '350', ' p7 '],
      ['A2', 'B', '2024-01-01', 'A2', ''],
    ];
    const { events } = normaliseRows(headWith(), bodyOf(rows), readers);
    expect(events.map((event) => event.keys)).toEqual([
      { fines: ['A1', '350'], payment: ['p7'] },
      { fines: ['A2'] },
    ]);
  });

  it('keeps a case that is really called NA', () => {
    const { events } = normaliseRows(headWith(), bodyOf([['NA', 'A', '2024-01-01', null, null]]));
    expect(events[0]?.keys).toEqual({ fines: ['NA'] });
  });

  it.each<[string, readonly RowValue[], string]>([
    ['a blank case', [' ', 'A', '2024-01-01', null, null], 'row 7: column "case" (case) is empty'],
    ['no activity', ['1', null, '2024-01-01', null, null], 'row 7: column "activity" (activity) is empty'],
    ['no time', ['1', 'A', '', null, null], 'row 7: column "time" (time) is empty'],
    [
      'a time that is none',
      ['1', 'A', 'soon', null, null],
      'row 7: column "time" (time) holds "soon", which is not a time',
    ],
    ['too few cells', ['1'], 'row 7: it has 1 cell, the columns are 5'],
  ])('keeps a row with %s as a dead letter', (_, row, reason) => {
    const { events, deadLetters } = normaliseRows(
      headWith({ firstRow: 6 }),
      bodyOf([['1', 'A', '2024-01-01', null, null], row, ['1', 'B', '2024-01-02', null, null]]),
    );
    expect(events.map((event) => event.id)).toEqual(['file:abc:6', 'file:abc:8']);
    expect(deadLetters).toEqual([
      {
        id: 'file:abc:7',
        source: 'file:fines.csv',
        receivedAtUs: 1_700_000_000_000_000,
        reason,
        content: JSON.stringify(row),
      },
    ]);
    expect(`row 7: ${rowRefusal(COLUMNS, MAPPING)(row)}`).toBe(reason);
  });

  it('takes the order column, and the row number where that is empty', () => {
    const head = headWith({ mapping: { ...MAPPING, order: 'amount' }, firstRow: 10 });
    const rows = ['3', '', 2, 'last'].map((order) => ['1', 'A', '2024-01-01', order, '']);
    const { events, deadLetters } = normaliseRows(head, bodyOf(rows));
    expect(events.map((event) => event.sequence)).toEqual([3, 11, 2]);
    expect(events[0]?.attributes).toEqual({});
    expect(deadLetters[0]?.reason).toBe(
      'row 13: column "amount" (order) holds "last", which is not a number',
    );
  });

  it('takes the service from service.name, service or org:group, and keeps org:resource as an attribute', () => {
    const columns = ['case', 'activity', 'time', 'org:resource', 'org:group', 'service.name'];
    const { events } = normaliseRows(
      headWith({ columns }),
      bodyOf([
        ['1', 'A', '2024-01-01', 'Pete', 'Group 1', 'billing'],
        ['1', 'B', '2024-01-01', 'Pete', 'Group 1', null],
        ['1', 'C', '2024-01-01', 'Pete', null, null],
      ]),
    );
    expect(events.map((event) => event.service)).toEqual(['billing', 'Group 1', '']);
    expect(events[0]?.attributes).toEqual({ 'org:resource': 'Pete', 'org:group': 'Group 1' });
  });

  it('bounds and flags, and keeps long cases and activities apart', () => {
    const columns = [
      'case',
      'activity',
      'time',
      ...Array.from({ length: 200 }, (_, index) => `c${index}`),
      '__proto__',
    ];
    const long = 'x'.repeat(9000);
    const rest = Array.from({ length: 201 }, () => long);
    const { events } = normaliseRows(
      headWith({ columns }),
      bodyOf([
        [`${long}1`, `${long}1`, '2024-01-01', ...rest],
        [`${long}2`, `${long}2`, '2024-01-01', ...rest],
      ]),
    );
    const [first, second] = events;
    expect([...(first?.flags ?? [])].sort()).toEqual(['attributes-cut', 'key-cut', 'value-cut']);
    expect(Object.keys(first?.attributes ?? {})).toHaveLength(128);
    expect(first?.keys).not.toEqual(second?.keys);
    expect(first?.type).not.toBe(second?.type);
  });
});

describe('typedValue', () => {
  it.each([
    ['42', 42],
    ['-0.5', -0.5],
    ['350.0', 350],
    ['0', 0],
    ['true', true],
    ['false', false],
    ['007', '007'],
    ['1e5', '1e5'],
    ['1.10', '1.10'],
    ['+3', '+3'],
    ['-0', '-0'],
    ['-0.0', '-0.0'],
    ['12345678901234567890', '12345678901234567890'],
    ['12345678901234567890.0', '12345678901234567890.0'],
    ['True', 'True'],
    ['', undefined],
    [null, undefined],
    [3, 3],
  ])('reads %j as %j', (cell, value) => {
    expect(typedValue(cell)).toBe(value);
  });

  it('loses nothing: a number is written the same way again', () => {
    const cells = fc.oneof(
      fc.string(),
      fc.stringMatching(/^-?[0-9]{1,18}(\.[0-9]{0,12})?$/),
      fc.double().map(String),
    );
    fc.assert(
      fc.property(cells, (cell) => {
        const value = typedValue(cell);
        if (typeof value === 'number') expect([cell, cell.replace(/\.0$/, '')]).toContain(String(value));
        else if (value !== undefined) expect(String(value)).toBe(cell);
      }),
      { numRuns: 1000 },
    );
  });
});
