import { expect, test } from 'vitest';
import { foldLedger, parseLedger } from './ledger.ts';
import type { Fact, LedgerEntry } from './ledger-entry.ts';
import type { EventType, ServiceName, ServiceTotals } from './topology.ts';

const traceId = 'a'.repeat(32);

function line(service: ServiceName, fact: Fact): LedgerEntry {
  return { v: 1, service, timeMs: 1_700_000_000_000, ...fact };
}

function published(type: EventType, registration: string, spanId: string): LedgerEntry {
  const of = { message: `message-${spanId}`, registration, delivered: true, traceId, spanId };
  return line('registration', { entry: 'published', type, ...of });
}

function totals(service: ServiceName, final: boolean, ended: number, exported: number): LedgerEntry {
  const spans = { started: ended, ended, exported, failed: 0, unsettled: ended - exported };
  const all: ServiceTotals = { published: {}, consumed: 0, dropped: 0, spans };
  return line(service, { entry: 'totals', final, totals: all });
}

const registration = [
  published('registration.requested', 'R-1', '01'),
  published('registration.requested', 'R-3', '02'),
  published('registration.requested', 'R-2', '03'),
  published('customer.registered', 'R-1', '04'),
  published('registration.rejected', 'R-2', '05'),
  totals('registration', false, 3, 1),
  line('registration', { entry: 'export', result: 'success', spanIds: ['01', '02'] }),
  line('registration', { entry: 'export', result: 'failed', spanIds: ['03'], error: 'gone' }),
  line('registration', { entry: 'span', name: 'send', parentSpanId: null, traceId, spanId: '01' }),
  totals('registration', true, 5, 4),
];
const lost = { type: 'registration.requested', message: 'message-02', registration: 'R-3' } as const;
const creditCheck = [
  line('credit-check', { entry: 'dropped', reason: 'silent', ...lost }),
  totals('credit-check', false, 7, 7),
];

test('the ledgers of the services together tell what became of each registration', () => {
  const ledger = foldLedger([registration, creditCheck]);
  expect([...ledger.requested]).toEqual(['R-1', 'R-2', 'R-3']);
  expect([...ledger.registered]).toEqual(['R-1']);
  expect([...ledger.rejected]).toEqual(['R-2']);
  expect([...ledger.open]).toEqual(['R-3']);
  expect([...ledger.dropped]).toEqual([['R-3', 'silent']]);
});

test('totals are those of the newest line of each service, and closed only when all are final', () => {
  const ledger = foldLedger([registration, creditCheck]);
  expect(ledger.spans).toEqual({ started: 12, ended: 12, exported: 11, failed: 0, unsettled: 1 });
  expect(ledger.closed).toBe(false);
  expect(foldLedger([registration]).closed).toBe(true);
  expect(foldLedger([]).closed).toBe(false);
});

test('exported and failed spans are known by their ids', () => {
  const { spanIds } = foldLedger([registration]);
  expect([...spanIds.ended]).toEqual(['01']);
  expect([...spanIds.exported]).toEqual(['01', '02']);
  expect([...spanIds.failed]).toEqual(['03']);
});

test('a line that a kill has torn is left out, any other broken line is named', () => {
  const text = registration.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  expect(parseLedger(text, 'x')).toEqual(registration);
  expect(parseLedger(text.slice(0, -5), 'x')).toEqual(registration.slice(0, -1));
  expect(() => parseLedger('{"v":1}\n{"v"\n{"v":1}\n', 'x')).toThrow('x line 2 is no ledger entry');
  expect(() => parseLedger('{"v":2}\n', 'x')).toThrow('version 2 is not 1');
});
