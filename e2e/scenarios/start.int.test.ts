import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { Api } from '../stack/api.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

it('npm start shows the demo, and ends with everything it started on SIGTERM', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'throughline-start-'));
  const npm = spawn('npm', ['start', '--silent'], {
    cwd: root,
    env: {
      ...process.env,
      THROUGHLINE_DATA_DIR: dataDir,
      THROUGHLINE_HTTP_PORT: '0',
      THROUGHLINE_OTLP_HTTP_PORT: '0',
      THROUGHLINE_OTLP_GRPC_PORT: '0',
      THROUGHLINE_BUILD: 'off',
    },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const closed = once(npm.stdout, 'close');
  const [line] = (await once(createInterface({ input: npm.stdout }), 'line')) as [string];
  const api = new Api((JSON.parse(line) as { http: string }).http);
  const chain = await api.until(
    async () => (await api.flows()).items.find((flow) => flow.flow === 'customer-registration'),
    (flow) => (flow?.activities ?? 0) >= 4,
  );
  expect(chain?.instances.total).toBeGreaterThan(0);

  const startMs = performance.now();
  npm.kill('SIGTERM');
  // The pipe closes when the last process that has it is gone, however they were started.
  await closed;
  expect(performance.now() - startMs).toBeLessThan(10_000);
  await expect(api.status()).rejects.toThrow();
  rmSync(dataDir, { recursive: true, force: true });
}, 60_000);
