import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { onStage } from './testdata/run-landscape.ts';

const outageMs = 5_000;

test('no span fails when the receiver is away for five seconds under load and loses an answer', async () => {
  await onStage(async ({ sink, start, ledger }) => {
    const landscape = start('--count', '150', '--rate', '20', '--speed', '10');
    await landscape.line();
    await sink.received(100);
    sink.loseNextAnswer = true;
    await sink.received(200);
    await sink.close();
    await delay(outageMs);
    const arrivedBefore = sink.spans.length;
    await sink.open();
    await landscape.line();
    expect(await landscape.exit).toEqual({ code: 0, signal: null });

    const { spans, spanIds, open, dropped } = ledger();
    expect(spans).toMatchObject({ failed: 0, unsettled: 0 });
    const arrived = sink.spans.map((span) => span.spanId);
    expect(new Set(arrived)).toEqual(spanIds.ended);
    expect(arrivedBefore).toBeLessThan(arrived.length - 400); // there was a load to be lost
    expect(arrived.length).toBeGreaterThan(spanIds.ended.size); // what was stored but not answered came again
    expect(open).toEqual(new Set(dropped.keys()));
  });
}, 60_000);
