// npm run dev: compiles and restarts on every change of a service, and serves the dashboard from its sources with reload.
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const first = spawnSync(process.execPath, ['.config/build.js'], { cwd: root, stdio: 'inherit' });
if (first.status !== 0) process.exit(first.status ?? 1);

const serve = [
  'collector/bin/throughline.js',
  'serve',
  '--demo',
  '--config',
  'e2e/landscape/throughline.yaml',
];
const parts = [
  [['node_modules/typescript/bin/tsc', '-b', '--watch', '--preserveWatchOutput'], root],
  [['--watch', '--watch-preserve-output', ...serve], root],
  [[join(root, 'node_modules/vite/bin/vite.js')], join(root, 'web')],
].map(([args, cwd]) =>
  spawn(process.execPath, args, { cwd, stdio: 'inherit', env: { ...process.env, THROUGHLINE_BUILD: 'off' } }),
);

function end() {
  for (const part of parts) part.kill('SIGTERM');
}
process.on('SIGINT', end);
process.on('SIGTERM', end);
for (const part of parts) part.once('exit', end);
