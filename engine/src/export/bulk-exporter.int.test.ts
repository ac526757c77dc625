import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { eventLoop, systemClock } from '../host/system.ts';
import { type BulkOptions, bulkExporter } from './bulk-exporter.ts';
import { collectorExporter } from './collector-exporter.ts';
import { recordAt } from './export.testkit.ts';
import type { Exporter, ExporterContext } from './exporter.ts';

type Request = {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly lines: readonly string[];
};
type Answer = { readonly status: number; readonly body: object; readonly headers?: Record<string, string> };

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A server that notes what it is sent; `answer` undefined lets the client wait. */
async function serve(answer: (request: Request) => Answer | undefined) {
  const requests: Request[] = [];
  const respond = (incoming: IncomingMessage, body: Buffer, response: ServerResponse): void => {
    const { method, url: path, headers } = incoming;
    const text = (headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
    const request = { method, path, headers, lines: text.split('\n').slice(0, -1) };
    requests.push(request);
    const given = answer(request);
    if (given === undefined) return;
    response.writeHead(given.status, { 'content-type': 'application/json', ...given.headers });
    response.end(JSON.stringify(given.body));
  };
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => respond(incoming, Buffer.concat(chunks), response));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const fine = (): Answer => ({ status: 200, body: { errors: false, items: [] } });

function contextOf(memo?: string) {
  const refused: [number, string][] = [];
  const abort = new AbortController();
  const context: ExporterContext = {
    partitionId: 1,
    memo,
    clock: systemClock,
    scheduler: eventLoop,
    signal: abort.signal,
    refused: (position, reason) => refused.push([position, reason]),
  };
  return { context, refused, abort };
}

async function exported(exporter: Exporter, positions: readonly number[]): Promise<string | undefined> {
  for (const position of positions) exporter.export(recordAt(position));
  return exporter.flush();
}

async function opened(options: BulkOptions, memo?: string) {
  const { context, refused, abort } = contextOf(memo);
  const exporter = bulkExporter(options)();
  await exporter.open(context);
  return { exporter, refused, abort };
}

test('a bulk request has the lines of Zeebe, after GET / and with sequences that go on after a restart', async () => {
  const { requests, url } = await serve(fine);
  const { exporter } = await opened({ url: `${url}/`, headers: { authorization: 'ApiKey x' } });
  const memo = await exported(exporter, [20, 21]);
  await exporter.close();
  const again = await opened({ url }, memo);
  await exported(again.exporter, [22]);
  expect(requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
    'GET /',
    'PUT /_index_template/zeebe-record',
    'POST /_bulk',
    'GET /',
    'PUT /_index_template/zeebe-record',
    'POST /_bulk',
  ]);
  const [, , first, , , second] = requests;
  expect(first?.headers).toMatchObject({
    'content-type': 'application/x-ndjson',
    authorization: 'ApiKey x',
  });
  expect(first?.lines.filter((_, index) => index % 2 === 0)).toEqual([
    '{"index":{"routing":"1","_index":"zeebe-record_job_0.1.0_2023-11-14","_id":"1-20"}}',
    '{"index":{"routing":"1","_index":"zeebe-record_job_0.1.0_2023-11-14","_id":"1-21"}}',
  ]);
  expect(first?.lines[1]).toMatchSnapshot();
  expect(second?.lines[1]).toContain('"sequence":2251799813685251');
});

test('a template that is refused is said at the opening, and one that is not wished is not put', async () => {
  const { requests, url } = await serve(({ method }) =>
    method === 'PUT' ? { status: 405, body: { error: 'no templates here' } } : fine(),
  );
  await expect(opened({ url })).rejects.toThrow('_index_template/zeebe-record: answered 405');
  requests.length = 0;
  const { exporter } = await opened({ url, putsTemplate: false });
  await exported(exporter, [1]);
  expect(requests.map(({ method }) => method)).toEqual(['GET', 'POST']);
});

test('the body is compressed when that is wished', async () => {
  const { requests, url } = await serve(fine);
  const { exporter } = await opened({ url, gzip: true, indexPrefix: 'engine' });
  await exported(exporter, [1]);
  expect(requests[2]?.headers['content-encoding']).toBe('gzip');
  expect(requests[2]?.lines[0]).toContain('"_index":"engine_job_');
});

test('429, 503 and errors that pass are failures, with the wait that the server asks for', async () => {
  const answers: Answer[] = [
    { status: 200, body: {} },
    { status: 200, body: {} },
    { status: 429, body: { error: 'busy' }, headers: { 'retry-after': '7' } },
    { status: 503, body: {} },
    { status: 403, body: {} },
    {
      status: 200,
      body: {
        errors: true,
        items: [{ index: { status: 400 } }, { index: { status: 429, error: { type: 'x' } } }],
      },
    },
  ];
  const { url } = await serve(() => answers.shift() ?? fine());
  const { exporter, refused } = await opened({ url });
  await expect(exported(exporter, [1, 2])).rejects.toMatchObject({
    message: expect.stringContaining('answered 429 {"error":"busy"}'),
    retryAfterMs: 7000,
  });
  await expect(exporter.flush()).rejects.toThrow('answered 503');
  await expect(exporter.flush()).rejects.toThrow('answered 403');
  await expect(exporter.flush()).rejects.toThrow('2 of 2 records were not taken: 429 x');
  expect(refused).toEqual([]);
});

test('a record that can never be taken is reported and left out', async () => {
  const error = { type: 'mapper_parsing_exception', reason: 'not a date' };
  const items = [{ index: { status: 201 } }, { index: { status: 400, error } }];
  const { url } = await serve(({ path }) =>
    path !== '/_bulk' ? fine() : { status: 200, body: { errors: true, items } },
  );
  const { exporter, refused } = await opened({ url });
  await exported(exporter, [1, 2]);
  expect(refused).toEqual([[2, '400 mapper_parsing_exception not a date']]);
});

test('a request that is too large is sent in parts', async () => {
  const { requests, url } = await serve(({ lines }) =>
    lines.length > 4 ? { status: 413, body: {} } : fine(),
  );
  const { exporter, refused } = await opened({ url });
  await exported(exporter, [1, 2, 3, 4, 5]);
  const taken = requests.filter(({ lines }) => lines.length > 0 && lines.length <= 4);
  const ids = taken.flatMap(({ lines }) => lines.flatMap((line) => /"_id":"([^"]+)"/.exec(line)?.[1] ?? []));
  expect(ids).toEqual(['1-1', '1-2', '1-3', '1-4', '1-5']);
  expect(refused).toEqual([]);
});

test('a server that is away, or never answers, is an error that says so', async () => {
  const gone = await serve(fine);
  servers.splice(0).forEach((server) => void server.close());
  await expect(opened({ url: gone.url })).rejects.toThrow(/GET http.*: .*ECONNREFUSED/);
  const { url } = await serve(({ path }) => (path !== '/_bulk' ? fine() : undefined));
  const { exporter } = await opened({ url, timeoutMs: 300 });
  await expect(exported(exporter, [1])).rejects.toThrow('no answer within 300 ms');
  const patient = await opened({ url });
  const flushed = exported(patient.exporter, [1]);
  patient.abort.abort();
  await expect(flushed).rejects.toThrow('POST');
});

test('the collector is sent the same lines as a file, and any refusal is a failure', async () => {
  const answers: Answer[] = [{ status: 401, body: { error: 'token' } }];
  const { requests, url } = await serve(() => answers.shift() ?? { status: 202, body: {} });
  const exporter = collectorExporter({ url, headers: { authorization: 'Bearer t' } })();
  await exporter.open(contextOf().context);
  await expect(exported(exporter, [1, 2])).rejects.toThrow('/api/v1/records?source=engine: answered 401');
  await exporter.flush();
  expect(requests[1]).toMatchObject({ method: 'POST', path: '/api/v1/records?source=engine' });
  expect(requests[1]?.lines.map((line) => (JSON.parse(line) as { position: number }).position)).toEqual([
    1, 2,
  ]);
});
