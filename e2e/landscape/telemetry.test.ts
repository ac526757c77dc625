import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { expect, test } from 'vitest';
import type { Fact } from './ledger-entry.ts';
import { CountingExporter } from './telemetry.ts';

type Answer = Parameters<Parameters<SpanExporter['export']>[1]>[0];

/** Answers only when told to. */
function openEnded() {
  const answers: ((answer: Answer) => void)[] = [];
  const exporter: SpanExporter = {
    export: (_spans, whenExported) => answers.push(whenExported),
    shutdown: async () => {},
  };
  return { exporter, answers };
}

const span = (spanId: string) => ({ spanContext: () => ({ spanId }) }) as unknown as ReadableSpan;

test('each batch is in the ledger with what the exporter said of it, and the SDK is told the same', () => {
  const { exporter, answers } = openEnded();
  const facts: Fact[] = [];
  const told: number[] = [];
  const counting = new CountingExporter(exporter, { record: (fact) => facts.push(fact) });
  counting.export([span('01'), span('02')], ({ code }) => told.push(code));
  counting.export([span('03')], ({ code }) => told.push(code));
  expect(facts).toEqual([]);
  answers[1]?.({ code: 1, error: new Error('Export failed with retryable status') });
  answers[0]?.({ code: 0 });
  expect(told).toEqual([1, 0]);
  expect(facts).toEqual([
    { entry: 'export', result: 'failed', spanIds: ['03'], error: 'Export failed with retryable status' },
    { entry: 'export', result: 'success', spanIds: ['01', '02'] },
  ]);
});

test('it is settled only when no batch is under way', async () => {
  const { exporter, answers } = openEnded();
  const counting = new CountingExporter(exporter, { record: () => {} });
  await counting.settled();
  counting.export([span('01')], () => {});
  let settled = false;
  const settling = counting.settled().then(() => {
    settled = true;
  });
  await Promise.resolve();
  expect(settled).toBe(false);
  answers[0]?.({ code: 0 });
  await settling;
});
