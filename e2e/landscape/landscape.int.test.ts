import { beforeAll, describe, expect, test } from 'vitest';
import { fateOf, registrationNumber } from './fate.ts';
import type { Ledger } from './ledger.ts';
import type { SinkSpan } from './testdata/otlp-sink.ts';
import { onStage } from './testdata/run-landscape.ts';

const limitMs = 60_000;
const seed = 53;

type Outcome = {
  readonly ledger: Ledger;
  readonly spans: readonly SinkSpan[];
  readonly done: Record<string, unknown>;
};

/** Runs a counted landscape to its own end. */
function runCounted(count: number, ...flags: string[]): Promise<Outcome> {
  return onStage(async ({ sink, start, ledger }) => {
    const size = [
      '--count',
      String(count),
      '--rate',
      '50',
      '--speed',
      '20',
      '--seed',
      String(seed),
      '--run',
      'test',
    ];
    const landscape = start(...size, ...flags);
    await landscape.line();
    const done = await landscape.line();
    expect(await landscape.exit).toEqual({ code: 0, signal: null });
    return { ledger: ledger(), spans: sink.spans, done };
  });
}

const named = (spans: readonly SinkSpan[], name: string) => spans.filter((span) => span.name === name);
const keyOf = (span: SinkSpan) => String(span.attributes['registration.id']);

describe('a counted landscape with both checks in parallel', () => {
  let ledger: Ledger;
  let spans: readonly SinkSpan[];
  let done: Record<string, unknown>;

  beforeAll(async () => {
    ({ ledger, spans, done } = await runCounted(60));
  }, limitMs);

  test('exports exactly the spans that its ledgers know, and none fails', () => {
    expect(ledger.closed).toBe(true);
    expect(ledger.spans).toMatchObject({ failed: 0, unsettled: 0 });
    expect(ledger.spans.started).toBe(ledger.spans.exported);
    expect(new Set(spans.map((span) => span.spanId))).toEqual(ledger.spanIds.ended);
    expect(ledger.spanIds.exported).toEqual(ledger.spanIds.ended);
    expect(spans).toHaveLength(ledger.spans.ended);
  });

  test('drops and rejects the registrations that the seed says', () => {
    const fates = [...ledger.requested].map((id) => ({ id, fate: fateOf(seed, registrationNumber(id)) }));
    expect(fates).toHaveLength(60);
    const dropped = fates.filter(({ fate }) => fate.drop !== 'none');
    expect(ledger.dropped).toEqual(new Map(dropped.map(({ id, fate }) => [id, fate.drop])));
    expect(ledger.open).toEqual(new Set(ledger.dropped.keys()));
    const rejected = fates.filter(({ fate }) => fate.drop === 'none' && !fate.approved);
    expect(ledger.rejected).toEqual(new Set(rejected.map(({ id }) => id)));
    expect(done).toMatchObject({
      landscape: 'done',
      requested: 60,
      registered: ledger.registered.size,
      rejected: ledger.rejected.size,
      dropped: ledger.dropped.size,
      spans: ledger.spans,
    });
  });

  test('links both answers from the span that decides', () => {
    const sent = new Map(spans.map((span) => [span.spanId, span]));
    const deciding = named(spans, 'decide registration');
    expect(deciding).toHaveLength(ledger.registered.size + ledger.rejected.size);
    for (const span of deciding) {
      const linked = span.links.map((link) => sent.get(link.spanId));
      expect(linked.map((each) => each?.name).sort()).toEqual([
        'send address.checked',
        'send credit.checked',
      ]);
      expect(new Set(linked.map((each) => each && keyOf(each)))).toEqual(new Set([keyOf(span)]));
    }
  });

  test('gives every messaging span the attributes of the conventions and the business key', () => {
    const messaging = spans.filter((span) => span.kind === 4 || span.kind === 5);
    expect(messaging.length).toBeGreaterThan(400);
    for (const span of messaging) {
      const operation = span.kind === 4 ? 'send' : 'process';
      expect(span.schemaUrl).toBe('https://opentelemetry.io/schemas/1.40.0');
      expect(span.name).toBe(`${operation} ${span.attributes['messaging.destination.name']}`);
      expect(span.attributes).toMatchObject({
        'messaging.system': 'landscape',
        'messaging.operation.name': operation,
        'messaging.operation.type': operation,
        'messaging.message.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        'registration.id': expect.stringMatching(/^R-test-\d{6}$/),
      });
    }
  });

  test('hangs every consumer span under the producer span of the same message', () => {
    const producers = new Map(spans.filter((span) => span.kind === 4).map((span) => [span.spanId, span]));
    for (const consumer of spans.filter((span) => span.kind === 5)) {
      const producer = producers.get(consumer.parentSpanId);
      expect(producer?.attributes['messaging.message.id']).toBe(consumer.attributes['messaging.message.id']);
      expect(producer?.traceId).toBe(consumer.traceId);
      expect(producer?.service).not.toBe(consumer.service);
    }
    expect(named(spans, 'process registration.requested').length).toBeGreaterThan(110);
  });

  test('leaves an error where the bureau timed out, and nothing at all where a message vanished', () => {
    const processed = named(spans, 'process registration.requested').filter(
      (span) => span.service === 'credit-check',
    );
    for (const [id, reason] of ledger.dropped) {
      const own = processed.filter((span) => keyOf(span) === id);
      const seen = own.map((span) => [span.status, span.statusMessage, span.events.join()]);
      expect(seen).toEqual(reason === 'silent' ? [] : [[2, 'scoring bureau timed out', 'exception']]);
      expect(named(spans, 'send credit.checked').some((span) => keyOf(span) === id)).toBe(false);
      expect(named(spans, 'send address.checked').some((span) => keyOf(span) === id)).toBe(true);
    }
    expect(new Set(ledger.dropped.values())).toEqual(new Set(['silent', 'after-error']));
  });
});

test(
  'a sequential landscape checks the credit of what was address-checked',
  async () => {
    const { ledger, spans } = await runCounted(20, '--sequential');
    const parents = new Map(spans.map((span) => [span.spanId, span]));
    const checked = named(spans, 'process address.checked');
    expect(checked.length).toBeGreaterThan(15);
    expect(new Set(checked.map((span) => span.service))).toEqual(new Set(['credit-check']));
    for (const span of checked) expect(parents.get(span.parentSpanId)?.name).toBe('send address.checked');
    for (const span of named(spans, 'decide registration')) expect(span.links).toHaveLength(1);
    expect(ledger.open).toEqual(new Set(ledger.dropped.keys()));
    expect(ledger.spans.failed).toBe(0);
  },
  limitMs,
);

test(
  'a landscape without links decides under the last answer alone',
  async () => {
    const { spans } = await runCounted(10, '--no-links');
    const parents = new Map(spans.map((span) => [span.spanId, span]));
    const deciding = named(spans, 'decide registration');
    expect(deciding.length).toBeGreaterThan(7);
    for (const span of deciding) {
      expect(span.links).toEqual([]);
      expect(parents.get(span.parentSpanId)?.name).toMatch(/^process (address|credit)\.checked$/);
    }
  },
  limitMs,
);

test.each(['SIGTERM', 'disconnect'])(
  'an endless landscape ends within 10 s after %s, and all is exported',
  async (how) => {
    await onStage(async ({ sink, start, ledger }) => {
      const landscape = start();
      const { services } = (await landscape.line()) as { services: Record<string, { pid: number }> };
      await sink.received(100);
      const askedAtMs = performance.now();
      if (how === 'SIGTERM') landscape.child.kill('SIGTERM');
      else landscape.child.disconnect();
      expect(await landscape.exit).toEqual({ code: 0, signal: null });
      expect(performance.now() - askedAtMs).toBeLessThan(10_000);
      const { closed, requested, open, dropped, spans, spanIds } = ledger();
      expect(closed).toBe(true);
      expect(requested.size).toBeGreaterThan(5);
      expect(spans).toMatchObject({ failed: 0, unsettled: 0 });
      expect(new Set(sink.spans.map((span) => span.spanId))).toEqual(spanIds.ended);
      expect(open).toEqual(new Set(dropped.keys()));
      for (const { pid } of Object.values(services)) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    });
  },
  limitMs,
);
