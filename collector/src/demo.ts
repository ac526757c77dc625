import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export type Demo = { stop(): Promise<void> };

const STOP_MS = 6_000;

/**
 * The demo landscapes: services of their own in processes of their own, which know of the collector only where to send
 * their spans, and the engine of one of them its records. They are part of a source checkout, not of the installed package.
 */
export function startDemo(otlpHttp: string, dataDir: string): Demo {
  const registration = start('main.js', '--endpoint', otlpHttp, '--ledger', join(dataDir, 'demo-ledger'));
  const orders = start(
    'order-fulfilment/main.js',
    ...['--endpoint', otlpHttp, '--collector', otlpHttp, '--data', join(dataDir, 'demo-engine')],
  );
  return {
    async stop() {
      await Promise.all([stop(registration), stop(orders)]);
    },
  };
}

function start(file: string, ...args: string[]): ChildProcess {
  const main = fileURLToPath(new URL(`../../e2e/dist/landscape/${file}`, import.meta.url));
  if (!existsSync(main)) {
    throw new Error(
      `the demo landscape is not here (${main}): it runs from a source checkout, after 'npm run build'`,
    );
  }
  return spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.once('exit', () => {
      clearTimeout(force);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
