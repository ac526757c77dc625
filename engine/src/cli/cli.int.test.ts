import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { chain, end, processFile, serviceTask, start } from '../bpmn/bpmn.testkit.ts';
import { connectEngine } from '../client/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'engine-cli-'));
afterAll(() => rmSync(directory, { recursive: true }));

function runCli(...args: string[]) {
  const file = fileURLToPath(new URL('testdata/run-cli.ts', import.meta.url));
  return spawn(process.execPath, ['--import', 'tsx', '--conditions=source', file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

async function serve(...args: string[]) {
  const child = runCli('serve', '--data', join(directory, 'data'), '--port', '0', ...args);
  const exit = once(child, 'exit');
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  const ready = JSON.parse(line) as { ready: boolean; http: string; partitions: number };
  return { child, exit, ready, client: connectEngine({ url: ready.http }) };
}

test('it says where it is ready, keeps what was acknowledged over a restart, and exports its records', async () => {
  const files = join(directory, 'records');
  const first = await serve('--partitions', '2', '--export-files', files);
  expect(first.ready).toMatchObject({ ready: true, partitions: 2 });
  const order = processFile('order', start(), serviceTask('pay'), end(), chain('start', 'pay', 'end'));
  await first.client.deploy([{ name: 'order.bpmn', content: order }]);
  const { processInstanceKey } = await first.client.createInstance({ bpmnProcessId: 'order' });
  first.child.kill('SIGTERM');
  expect(await first.exit).toEqual([0, null]);

  const second = await serve('--partitions', '2', '--export-files', files);
  const [job] = await second.client.activateJobs({ type: 'pay', maxJobs: 1, timeoutMs: 1000, waitMs: 5000 });
  expect(job).toMatchObject({ processInstanceKey });
  const twice = runCli('serve', '--data', join(directory, 'data'), '--port', '0');
  const refusal: string[] = [];
  twice.stderr.on('data', (text) => refusal.push(String(text)));
  expect(await once(twice, 'close')).toEqual([1, null]);
  expect(refusal.join('')).toMatch(/^throughline-engine: /);
  second.child.kill('SIGINT');
  expect(await second.exit).toEqual([0, null]);

  const lines = readdirSync(files).flatMap((file) =>
    readFileSync(join(files, file), 'utf8').trim().split('\n'),
  );
  expect(lines.filter((line) => line.includes('"intent":"ACTIVATED"'))).toHaveLength(1);
});

test('wrong use ends with 2 and says what is allowed', async () => {
  const child = runCli('serve');
  const said: string[] = [];
  child.stderr.on('data', (text) => said.push(String(text)));
  expect(await once(child, 'close')).toEqual([2, null]);
  expect(said.join('')).toContain('throughline-engine serve --data DIR [options]');
});
