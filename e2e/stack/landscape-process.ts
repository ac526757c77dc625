import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** Runs a landscape until its count is done. @throws Error with its output when it fails. */
export async function runLandscape(args: readonly string[], file = 'main.js'): Promise<void> {
  const main = fileURLToPath(new URL(`../dist/landscape/${file}`, import.meta.url));
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`the landscape ended with ${code}:\n${output}`);
}
