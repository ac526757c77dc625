import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { OtlpSink } from '../testdata/otlp-sink.ts';
import { runLandscape } from '../testdata/run-landscape.ts';

const data = mkdtempSync(join(tmpdir(), 'order-fulfilment-'));
afterAll(() => rmSync(data, { recursive: true, force: true }));

type Ready = {
  readonly engine: { pid: number };
  readonly services: Readonly<Record<string, { pid: number }>>;
};

test.each(['SIGTERM', 'disconnect'])(
  'an endless landscape ends within 8 s after %s, leaves no process behind, and its engine can go on',
  async (how) => {
    const sink = new OtlpSink();
    await sink.open();
    const flags = ['--data', data, '--endpoint', sink.endpoint, '--rate', '20', '--speed', '10'];
    const landscape = runLandscape('../order-fulfilment/main.ts', ...flags);
    const { engine, services } = (await landscape.line()) as Ready;
    await sink.received(30);
    const askedAtMs = performance.now();
    if (how === 'SIGTERM') landscape.child.kill('SIGTERM');
    else landscape.child.disconnect();
    expect(await landscape.exit).toEqual({ code: 0, signal: null });
    expect(performance.now() - askedAtMs).toBeLessThan(8_000);
    expect(Object.keys(services)).toEqual(['order', 'payment', 'shipping']);
    for (const { pid } of [engine, ...Object.values(services)]) {
      expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    }
    await sink.close();
  },
  60_000,
);
