import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importInto } from './fold.testkit.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'throughline-otlp-lines-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function request(trace: number, spans: number, name = 'GET /'): string {
  const list = Array.from({ length: spans }, (_, index) => ({
    traceId: trace.toString(16).padStart(32, '0'),
    spanId: (index + 1).toString(16).padStart(16, '0'),
    name,
    kind: 2,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000000000001000',
    attributes: [{ key: 'big', value: { intValue: '9007199254740993' } }],
  }));
  return JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: list }] }] });
}

describe('an import of OTLP lines', () => {
  it('gives every span the id that it has over the wire, and leaves other signals out', async () => {
    const lines = [
      request(1, 2),
      '{"resourceMetrics":[{"resource":{}}]}',
      request(2, 3, 'line\nbreak'),
      '{"resourceLogs":[]}',
    ];
    const path = join(folder, 'traces.json.gz');
    await writeFile(path, gzipSync(`${lines.join('\n')}\n`));
    const { report, events, heads } = await importInto(path, {});
    expect(report).toMatchObject({ format: 'otlp', read: 7, appended: 5, skipped: 2, rejected: 0 });
    expect(report.notes).toEqual([
      '2 lines hold neither spans nor log records of a trace (metrics, for one), and are left out',
    ]);
    expect(events.map(({ id }) => id.slice(28))).toEqual([
      '0001:0000000000000001',
      '0001:0000000000000002',
      '0002:0000000000000001',
      '0002:0000000000000002',
      '0002:0000000000000003',
    ]);
    expect(new Set(events.map(({ attributes }) => attributes['big']))).toEqual(new Set(['9007199254740993']));
    expect(heads).toMatchObject([
      { wire: 'otlp', encoding: 'json-lines', mode: 'backfill', imported: { first: 1, count: 4 } },
    ]);
  });

  it('keeps a line that it cannot read as a dead letter, names it, and goes on', async () => {
    const bad = request(3, 1).replace('"spanId":"0000000000000001"', '"spanId":"0000"');
    const path = join(folder, 'bad.json');
    await writeFile(path, `${request(1, 1)}\n{"resourceSpans":[{\n\n"x"\n${bad}\n${request(2, 1)}`);
    const { report, events, deadLetters } = await importInto(path, {});
    expect(report).toMatchObject({ read: 5, appended: 2, rejected: 3 });
    expect(report.firstRejections.map(({ line }) => line)).toEqual([2, 4, 5]);
    expect(report.firstRejections[1]?.reason).toBe(
      'the line is no OTLP request: it has neither resourceSpans nor resourceLogs',
    );
    expect(events).toHaveLength(2);
    expect(deadLetters.map(({ content }) => content).slice(0, 2)).toEqual(['{"resourceSpans":[{', '"x"']);
    expect(deadLetters).toHaveLength(3);
  });

  it('goes on behind what an earlier import brought in', async () => {
    const path = join(folder, 'long.json');
    await writeFile(path, Array.from({ length: 9000 }, (_, index) => request(index + 1, 1)).join('\n'));
    const { report, heads } = await importInto(path, {}, { resumeAfter: () => Promise.resolve(4000) });
    const [first] = heads;
    expect(report.read).toBe(9000);
    expect(report.appended + report.present).toBe(9000);
    expect(report.present).toBe((first?.imported?.first ?? 0) - 1);
    expect(first?.imported?.first).toBeGreaterThan(2000);
    expect(first?.imported?.first).toBeLessThanOrEqual(4001);
  });

  it('takes log records that belong to a trace, in the order of their wire', async () => {
    const logs = (traceId: string) =>
      JSON.stringify({
        resourceLogs: [
          {
            scopeLogs: [
              {
                logRecords: [
                  {
                    timeUnixNano: '1700000000000000000',
                    traceId,
                    spanId: '0000000000000001',
                    body: { stringValue: 'order placed' },
                    attributes: [{ key: 'order.id', value: { stringValue: '7' } }],
                  },
                ],
              },
            ],
          },
        ],
      });
    const path = join(folder, 'mixed.json');
    const trace = '1'.padStart(32, '0');
    await writeFile(path, [logs(trace), request(1, 1), logs(''), logs(trace)].join('\n'));
    const keyReaders = [{ keyType: 'order', source: 'otlp', attribute: 'order.id' }] as const;
    const { report, events, heads } = await importInto(path, {}, {}, keyReaders);
    expect(report).toMatchObject({ read: 4, appended: 3, skipped: 1 });
    expect(heads.map(({ wire, imported }) => [wire, imported?.count])).toEqual([
      ['otlp-logs', 0],
      ['otlp', 4],
    ]);
    expect(events.map(({ type, keys }) => [type, keys])).toEqual([
      ['order placed', { order: ['7'] }],
      ['order placed', { order: ['7'] }],
      ['GET /', {}],
    ]);
    expect(events[0]?.id).toBe(events[1]?.id);
  });

  it('refuses JSON of another kind, and says what is read', async () => {
    const path = join(folder, 'other.json');
    await writeFile(path, '{"hello":1}\n');
    await expect(importInto(path, {})).rejects.toMatchObject({
      code: 'unknown-format',
      hint: expect.stringContaining('otlp'),
    });
  });
});
