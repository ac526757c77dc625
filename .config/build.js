// Builds what has changed: the TypeScript projects (incremental), and the dashboard when its sources are newer than its build.
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function run(name, args, cwd) {
  const result = spawnSync(process.execPath, [join(root, 'node_modules', name), ...args], {
    cwd,
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (result.status !== 0) {
    process.stderr.write(`the build failed in ${name}; run 'npm ci' first if packages are missing\n`);
    process.exit(result.status ?? 1);
  }
}

function newest(path) {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return 0;
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))));
}

run('typescript/bin/tsc', ['-b'], root);
const web = join(root, 'web');
const sources = ['src', 'index.html', 'vite.config.ts', 'package.json', 'public'].map((name) =>
  join(web, name),
);
const built = statSync(join(web, 'dist', 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
if (Math.max(...sources.map(newest)) > built) run('vite/bin/vite.js', ['build', '--logLevel', 'warn'], web);
