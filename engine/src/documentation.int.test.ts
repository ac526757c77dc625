import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { chain, end, processFile, serviceTask, start } from './bpmn/bpmn.testkit.ts';
import { openEngine } from './gateway/engine.ts';
import { serveRest } from './gateway/rest/index.ts';

const page = readFileSync(new URL('../../docs/engine.md', import.meta.url), 'utf8');
const order = processFile(
  'order',
  start(),
  serviceTask('pay', 'retrieve-payment'),
  end(),
  chain('start', 'pay', 'end'),
);

/** A folder as a reader of the page would have it. */
const directory = mkdtempSync(join(tmpdir(), 'engine-documentation-'));
mkdirSync(join(directory, 'node_modules', '@throughline'), { recursive: true });
symlinkSync(
  fileURLToPath(new URL('..', import.meta.url)),
  join(directory, 'node_modules/@throughline/engine'),
);
writeFileSync(join(directory, 'order.bpmn'), order);
afterAll(() => rmSync(directory, { recursive: true }));

/** The code under the comment with this name. */
function codeOf(name: string): string {
  const match = new RegExp(`<!-- ${name} -->\n\n\`\`\`ts\n(.*?)\`\`\``, 's').exec(page);
  return match?.[1] ?? expect.fail(`docs/engine.md has no code '${name}'`);
}

/** What it prints. Errors of the program end up in the test's output. */
async function run(name: string, environment: Readonly<Record<string, string>> = {}): Promise<string> {
  const file = join(directory, `${name}.mts`);
  writeFileSync(file, codeOf(name));
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), '--conditions=source', file],
    {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, FORCE_COLOR: '0', ...environment },
    },
  );
  let output = '';
  child.stdout.on('data', (text) => {
    output += text;
  });
  expect(await once(child, 'close')).toEqual([0, null]);
  return output.trim();
}

/** What the page says that the code prints. */
const promised = (name: string) => /console\.log\(.*\); \/\/ (.*)/.exec(codeOf(name))?.[1];

test('the engine in twenty lines does what docs/engine.md says', async () => {
  expect(codeOf('library').trim().split('\n').length).toBeLessThanOrEqual(20);
  expect(await run('library')).toBe(promised('library'));
  // And again, in the directory that is there now.
  expect(await run('library')).toBe(promised('library'));
});

test('the worker in another process does what docs/engine.md says', async () => {
  const engine = openEngine({ directory: join(directory, 'served') });
  await engine.deploy([{ name: 'order.bpmn', content: order }]);
  const server = await serveRest(engine, { port: 0 });
  expect(await run('worker', { ENGINE_URL: server.url })).toBe(promised('worker'));
  await server.close();
  await engine.close();
});
