import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { chain, element, processFile, start } from '../../bpmn/bpmn.testkit.ts';
import type { EngineRecord } from '../../protocol/record.ts';
import { ORDER, type RestStage, restStage } from './rest.testkit.ts';

let stage: RestStage;
const records: EngineRecord[] = [];

beforeAll(async () => {
  stage = await restStage({ onRecords: (batch) => records.push(...batch) });
  await stage.post('/deployments', { resources: [{ name: 'order.bpmn', content: ORDER }] });
});
afterAll(() => stage.close());

/** What a bad request must not have disturbed. */
async function expectUndisturbed(): Promise<void> {
  const result = stage.post('/process-instances/with-result', { bpmnProcessId: 'order' });
  const { body } = await stage.post('/jobs/activate', {
    type: 'pay',
    maxJobs: 1,
    timeoutMs: 60_000,
    waitMs: 5000,
  });
  await stage.post(`/jobs/${body.jobs[0]?.key}/complete`, { variables: { ok: true } });
  expect(await result).toMatchObject({ status: 200, body: { variables: { ok: true } } });
}

const namesAndTypes = ({ headers }: { readonly headers: Headers }) => [
  [...headers.keys()],
  headers.get('content-type'),
];

const deploy = (content: string, name = 'x.bpmn') =>
  stage.post('/deployments', { resources: [{ name, content }] });

describe('a request that is refused says what was expected, and disturbs nothing', () => {
  test.each<[what: string, method: string, path: string, body: unknown, status: number, detail: string]>([
    ['an unknown process', 'POST', '/process-instances', { bpmnProcessId: 'none' }, 404, "process ID 'none'"],
    [
      'no process',
      'POST',
      '/process-instances',
      {},
      400,
      "'bpmnProcessId' or 'processDefinitionKey', but got neither",
    ],
    ['a stale job key', 'POST', '/jobs/2251799813685999/complete', {}, 404, 'but no such job was found'],
    ['a key of no partition', 'POST', '/jobs/99-1/complete', {}, 404, 'to be of one of the partitions'],
    [
      'no key',
      'POST',
      '/jobs/abc/complete',
      {},
      400,
      "'jobKey' to be a key such as 2251799813685249, but got 'abc'",
    ],
    [
      'variables that are a list',
      'POST',
      '/process-instances',
      { bpmnProcessId: 'order', variables: [1] },
      400,
      "'variables' to be a JSON object, but got a list",
    ],
    [
      'variables that are a text',
      'PUT',
      '/element-instances/1-1/variables',
      { variables: 'x' },
      400,
      "'variables' to be a JSON object, but got 'x'",
    ],
    [
      'a forbidden variable name',
      'POST',
      '/process-instances',
      '{"bpmnProcessId":"order","variables":{"__proto__":{}}}',
      400,
      "without a name '__proto__'",
    ],
    ['an unknown field', 'POST', '/messages', { name: 'a', ttl: 5 }, 400, "known fields only, but got 'ttl'"],
    [
      'an unknown field inside',
      'POST',
      '/deployments',
      { resources: [{ name: 'a', content: '', x: 1 }] },
      400,
      "'resources.0.x'",
    ],
    [
      'an unknown parameter',
      'POST',
      '/messages?dry=1',
      { name: 'a' },
      400,
      "known parameters only, but got 'dry'",
    ],
    [
      'a wrong type',
      'POST',
      '/jobs/activate',
      { type: 'pay', maxJobs: '5', timeoutMs: 1 },
      400,
      "'maxJobs' to be a number, but got '5'",
    ],
    [
      'a fraction',
      'POST',
      '/jobs/activate',
      { type: 'pay', maxJobs: 1.5, timeoutMs: 1 },
      400,
      "'maxJobs' to be a whole number, but got 1.5",
    ],
    [
      'too small a number',
      'POST',
      '/jobs/activate',
      { type: 'pay', maxJobs: 0, timeoutMs: 1 },
      400,
      "'maxJobs' to be at least 1, but got 0",
    ],
    [
      'a missing field',
      'POST',
      '/jobs/activate',
      { type: 'pay', maxJobs: 1 },
      400,
      "'timeoutMs' to be a number, but got nothing",
    ],
    [
      'an empty name',
      'POST',
      '/signals',
      { name: '' },
      400,
      "'name' to have a length of at least 1, but got ''",
    ],
    ['bad JSON', 'POST', '/messages', '{"name": ', 400, 'a body of JSON, but'],
    ['no object', 'POST', '/messages', '[]', 400, 'the body to be a JSON object, but got a list'],
    ['no object at all', 'POST', '/messages', 'null', 400, 'the body to be a JSON object, but got null'],
    ['blanks', 'POST', '/messages', '  ', 400, 'a body of JSON, but'],
    ['a body where none is expected', 'POST', '/incidents/1-1/resolve', { a: 1 }, 400, "only, but got 'a'"],
    ['another method', 'PUT', '/messages', { name: 'a' }, 404, 'but got PUT /engine/v1/messages'],
    ['no key at all', 'POST', '/jobs//complete', {}, 404, 'but got POST /engine/v1/jobs//complete'],
    ['an unknown path', 'POST', '/nothing', {}, 404, 'Expected one of the paths in /engine/v1/openapi.json'],
    ['a broken path', 'POST', '/jobs/%E0%A4%A/complete', {}, 400, 'Expected'],
  ])('%s', async (_what, method, path, body, status, detail) => {
    const answer = await stage.send(method, path, body);
    expect(answer.body.detail).toContain(detail);
    expect(answer.body.detail).toMatch(/^Expected .*, but/);
    expect(answer).toMatchObject({ status, body: { status, code: expect.any(String), type: 'about:blank' } });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    // What a page sends takes the way through Express, a plain request the direct one.
    const byExpress = await stage.send(method, path, body, { origin: stage.url });
    expect(byExpress.body).toEqual(answer.body);
    expect(namesAndTypes(byExpress)).toEqual(namesAndTypes(answer));
    await expectUndisturbed();
  });

  test('a field that is wrong is named for programs too', async () => {
    const { body } = await stage.post('/jobs/activate', { type: 'pay', maxJobs: 0, timeoutMs: 1 });
    expect(body).toMatchObject({ code: 'INVALID_ARGUMENT', field: 'maxJobs' });
  });

  test('a job is completed once only', async () => {
    await stage.post('/process-instances', { bpmnProcessId: 'order' });
    const { body } = await stage.post('/jobs/activate', { type: 'pay', maxJobs: 1, timeoutMs: 60_000 });
    const complete = () => stage.post(`/jobs/${body.jobs[0]?.key}/complete`);
    const answers = await Promise.all([complete(), complete(), complete()]);
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404]);
    await expectUndisturbed();
  });

  test('variables of 10 MB, as they are, packed, or within the body limit', async () => {
    const large = { bpmnProcessId: 'order', variables: { text: 'x'.repeat(10 * 2 ** 20) } };
    expect(await stage.post('/process-instances', large)).toMatchObject({
      status: 413,
      body: { code: 'TOO_LARGE', detail: 'Expected a body of at most 8388608 bytes, but it was larger' },
    });
    const packed = gzipSync(JSON.stringify(large));
    expect(packed.length).toBeLessThan(20_000);
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const url = `${stage.url}/engine/v1/process-instances`;
    expect((await fetch(url, { method: 'POST', headers, body: packed })).status).toBe(413);
    const within = { bpmnProcessId: 'order', variables: { text: 'x'.repeat(5 * 2 ** 20) } };
    const refused = await stage.post('/process-instances', within);
    expect(refused.body.detail).toMatch(/^Expected variables of at most 4194304 characters, but got 52\d+$/);
    await expectUndisturbed();
  });

  test('variables nested a million deep', async () => {
    const depth = 1_000_000;
    const nested = `{"bpmnProcessId":"order","variables":{"a":${'['.repeat(depth)}${']'.repeat(depth)}}}`;
    expect((await stage.post('/process-instances', nested)).status).toBe(400);
    await expectUndisturbed();
  });

  test('a client that goes in the middle of its body', async () => {
    const { hostname, port } = new URL(stage.url);
    const socket = connect({ host: hostname, port: Number(port) });
    const head = 'POST /engine/v1/messages HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';
    await new Promise<void>((resolve) => {
      socket.write(`${head}Content-Length: 100\r\n\r\n{"name":`, () => resolve());
    });
    await expectUndisturbed(); // what was sent has been read meanwhile
    socket.resetAndDestroy();
    await expectUndisturbed();
  });

  test('another kind of body, and a page of another origin', async () => {
    const text = { 'content-type': 'text/plain' };
    expect((await stage.post('/messages', '{"name":"a"}', text)).status).toBe(415);
    const origin = { origin: 'https://evil.example' };
    expect((await stage.post('/messages', { name: 'a' }, origin)).body.code).toBe('FORBIDDEN');
    await expectUndisturbed();
  });

  test('broken XML, with its place', async () => {
    const { status, body } = await deploy('<bpmn:definitions>\n<a></b>');
    expect(status).toBe(400);
    expect(body.detail).toMatch(/^Expected to deploy new resources, but .*'x\.bpmn'/);
    await expectUndisturbed();
  });

  test('entity bombs', async () => {
    const entities = Array.from({ length: 9 }, (_, n) => `<!ENTITY e${n + 1} "${`&e${n};`.repeat(10)}">`);
    const bomb = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e0 "ha">${entities.join('')}]><x>&e9;</x>`;
    const startedMs = performance.now();
    const { status, body } = await deploy(bomb);
    expect(status).toBe(400);
    expect(body.detail).toMatch(/^Expected .*, but .*DOCTYPE/);
    expect(performance.now() - startedMs).toBeLessThan(1000);
    await expectUndisturbed();
  });

  test('a BPMN with a loop that never waits is bounded: it becomes an incident', async () => {
    const tasks = [element('task', { id: 'a' }), element('task', { id: 'b' })];
    const loop = processFile('loop', start(), ...tasks, chain('start', 'a', 'b', 'a'));
    expect((await deploy(loop, 'loop.bpmn')).status).toBe(200);
    const endless = stage.post('/process-instances/with-result', { bpmnProcessId: 'loop', waitMs: 2000 });
    await expectUndisturbed();
    expect((await endless).body).toMatchObject({ status: 504, code: 'TIMEOUT' });
    const incidents = records.filter(
      ({ valueType, intent }) => valueType === 'INCIDENT' && intent === 'CREATED',
    );
    expect(incidents.map(({ value }) => value)).toEqual([
      expect.objectContaining({ bpmnProcessId: 'loop', errorType: 'STEP_LIMIT_EXCEEDED' }),
    ]);
    await expectUndisturbed();
  });
});
