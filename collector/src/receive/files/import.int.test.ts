import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decodeIntakeRecord, type RowsHead } from '../../intake/record.ts';
import { ocelRefusal } from '../../normalise/ocel.ts';
import { normaliseRows } from '../../normalise/rows.ts';
import { rowRefusal } from '../../normalise/rows-check.ts';
import { type ImportFile, importLogFile } from './import.ts';
import { ImportError } from './import-error.ts';
import type { ImportReport } from './report.ts';

const ONCE = { run: 'run', ocelRefusal, resumeAfter: () => Promise.resolve(0) };
const HEADER = 'case:concept:name,concept:name,time:timestamp\n';
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'throughline-import-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

function rowsOf(count: number): string {
  return Array.from(
    { length: count },
    (_, index) => `c${index % 7},A,2024-01-01T00:00:00.${1e6 + index}\n`,
  ).join('');
}

type Imported = {
  readonly report: ImportReport | undefined;
  readonly error: unknown;
  readonly ids: string[];
};

async function importContent(
  name: string,
  content: string | Uint8Array,
  changes: Partial<ImportFile> = {},
): Promise<Imported & { readonly heads: RowsHead[]; readonly deadLetters: string[] }> {
  const path = join(folder, name);
  await writeFile(path, content);
  const ids: string[] = [];
  const heads: RowsHead[] = [];
  const deadLetters: string[] = [];
  const append = async (bytes: Uint8Array): Promise<void> => {
    const { head, body } = decodeIntakeRecord(bytes);
    if (head.wire !== 'rows') throw new Error('not rows');
    heads.push(head);
    const result = normaliseRows(head, body);
    ids.push(...result.events.map((event) => event.id));
    deadLetters.push(...result.deadLetters.map((letter) => letter.reason));
  };
  const nowUs = (): number => 1_700_000_000_000_000;
  const file: ImportFile = { path, options: { flow: 'f' }, append, rowRefusal, nowUs, ...ONCE, ...changes };
  try {
    return { report: await importLogFile(file), error: undefined, ids, heads, deadLetters };
  } catch (error) {
    const report = error instanceof ImportError ? error.report : undefined;
    return { report, error, ids, heads, deadLetters };
  }
}

describe('importLogFile', () => {
  it('finds gzip by content, and gives the same file the same ids', async () => {
    const content = HEADER + rowsOf(9001);
    const first = await importContent('a.log', gzipSync(content));
    const again = await importContent('b.csv', gzipSync(content), { name: 'upload.csv' });
    const otherwise = await importContent('c.csv', gzipSync(content), { options: { flow: 'g' } });
    expect(first.report).toMatchObject({ read: 9001, appended: 9001, rejected: 0 });
    expect(new Set(first.ids).size).toBe(9001);
    expect(again.ids).toEqual(first.ids);
    expect(otherwise.ids).not.toEqual(first.ids);
    expect(again.heads.map(({ source, firstRow }) => [source, firstRow])).toEqual([
      ['file:upload.csv', 1],
      ['file:upload.csv', 4001],
      ['file:upload.csv', 8001],
    ]);
  });

  it('reports every row that becomes a dead letter, by line, and appends it all the same', async () => {
    const content = `${HEADER}1,A,2024-01-01\n\n ,A,2024-01-01\n1,A\n1,A,soon\nNA,A,2024-01-01\n1,"x"y,2024-01-01\n`;
    const { report, ids, deadLetters } = await importContent('bad.csv', content);
    expect(report).toMatchObject({ read: 6, appended: 2, rejected: 4 });
    expect(report?.firstRejections).toEqual([
      { line: 4, reason: 'column "case:concept:name" (case) is empty' },
      { line: 5, reason: 'it has 2 cells, the columns are 3' },
      { line: 6, reason: 'column "time:timestamp" (time) holds "soon", which is not a time' },
      { line: 8, reason: 'a quote is opened and never closed' },
    ]);
    expect(ids).toHaveLength(2);
    expect(deadLetters).toHaveLength(4);
  });

  it('shows at most ten rejections and counts them all', async () => {
    const { report } = await importContent('many.csv', HEADER + '1,A,never\n'.repeat(50));
    expect(report).toMatchObject({ read: 50, appended: 0, rejected: 50 });
    expect(report?.firstRejections).toHaveLength(10);
  });

  it.each<[string, string, string | Uint8Array, Partial<ImportError>]>([
    ['an empty file', 'e.csv', '', { code: 'empty' }],
    ['an empty gzip', 'e.gz', gzipSync(''), { code: 'empty' }],
    [
      'binary rubbish',
      'r.csv',
      new Uint8Array(5000).map((_, index) => index * 37),
      { code: 'unknown-format' },
    ],
    ['JSON', 'j.csv', '{"a":1}', { code: 'unknown-format' }],
    ['a log compressed twice', 't.csv.gz', gzipSync(gzipSync(HEADER)), { code: 'unknown-format' }],
    ['UTF-16', 'u.csv', Buffer.from(`\ufeff${HEADER}`, 'utf16le'), { code: 'wrong-encoding' }],
    [
      'Latin-1',
      'l.csv',
      Buffer.from(`${HEADER}caf\u00e9,A,2024-01-01\n`, 'latin1'),
      { code: 'wrong-encoding', line: 2 },
    ],
    ['an XES that is not XML', 'x.xes', 'case;activity\n', { code: 'malformed-xml', line: 1 }],
    ['an XES with a DOCTYPE', 'd.xes', '<!DOCTYPE log>\n<log/>', { code: 'refused-xml' }],
    ['a gzip without content', 'g.gz', gzipSync(HEADER).subarray(0, 8), { code: 'truncated-gzip' }],
    ['a CSV without the columns', 'c.csv', 'a,b,c\n1,2,3\n', { code: 'missing-column', line: 1 }],
    ['an XES without the column', 'n.xes', '<log><trace><event/></trace></log>', { code: 'missing-column' }],
  ])('refuses %s before its first row, with what to do about it', async (_, name, content, expected) => {
    const { error, ids, report } = await importContent(name, content);
    expect(error).toBeInstanceOf(ImportError);
    expect(error).toMatchObject({ ...expected, hint: expect.stringMatching(/.{10}/) });
    expect(ids).toEqual([]);
    expect(report?.read ?? 0).toBe(0);
  });

  it('refuses a file that is not there', async () => {
    await expect(
      importLogFile({
        path: join(folder, 'missing.csv'),
        options: { flow: 'f' },
        append: async () => undefined,
        rowRefusal,
        ...ONCE,
        nowUs: () => 0,
      }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });

  it('keeps what came before the end of a truncated gzip, and says how much that is', async () => {
    const bytes = gzipSync(HEADER + rowsOf(50_000));
    const { error, report, ids } = await importContent('cut.csv.gz', bytes.subarray(0, bytes.length >> 1));
    expect(error).toMatchObject({ code: 'truncated-gzip' });
    expect(ids.length).toBeGreaterThan(1000);
    expect(report).toMatchObject({ read: ids.length, appended: ids.length });
    expect(ids[0]?.endsWith(':1')).toBe(true);
  });

  it('keeps what came before malformed XML, and names the place', async () => {
    const event =
      '<event><string key="concept:name" value="A"/><date key="time:timestamp" value="2024-01-01"/></event>\n';
    const { error, report, ids } = await importContent(
      'broken.xes',
      `<log><trace>\n${event.repeat(5000)}<event></trace>`,
    );
    expect(error).toMatchObject({ code: 'malformed-xml', line: 5002 });
    expect(report).toMatchObject({ read: 5000, appended: 5000 });
    expect(ids).toHaveLength(5000);
  });

  it('keeps at most four appends in flight, in order, and waits for all of them', async () => {
    let inFlight = 0;
    let most = 0;
    const order: number[] = [];
    const append = async (bytes: Uint8Array): Promise<void> => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      const { head } = decodeIntakeRecord(bytes);
      if (head.wire === 'rows') order.push(head.firstRow);
      await new Promise((resolve) => setImmediate(resolve));
      inFlight -= 1;
    };
    await importContent('flight.csv', HEADER + '1,A,0\n'.repeat(40_000), { append });
    expect(most).toBe(4);
    expect(inFlight).toBe(0);
    expect(order).toEqual(Array.from({ length: 10 }, (_, index) => index * 4000 + 1));
  });

  it('ends with what the intake log says when it refuses', async () => {
    const refused = new Error('the disk is full');
    const append = (): Promise<void> => Promise.reject(refused);
    const { error } = await importContent('full.csv', HEADER + rowsOf(40_000), { append });
    expect(error).toBe(refused);
  });

  it('stops between two runs when it is told to', async () => {
    const abort = new AbortController();
    const onProgress = (): void => abort.abort(new Error('enough'));
    const { error, ids } = await importContent('stop.csv', HEADER + rowsOf(40_000), {
      signal: abort.signal,
      onProgress,
    });
    expect(error).toMatchObject({ message: 'enough' });
    expect(ids).toHaveLength(4000);
  });
});
