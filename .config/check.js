// npm run check: format and lint, types, layers, dead code. Stops at nothing, says all that is wrong, exits 1 when something is.
import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

const checks = [
  ['format and lint', 'biome', ['check', '.']],
  ['types', 'tsc', ['-b']],
  ['types of the dashboard', 'tsc', ['--noEmit', '-p', 'web']],
  [
    'layers',
    'depcruise',
    ['--config', '.config/dependency-cruiser.cjs', 'engine', 'collector', 'web/src', 'e2e'],
  ],
  ['dead code', 'knip', ['--config', '.config/knip.json']],
];

let failed = 0;
for (const [name, command, args] of checks) {
  const result = spawnSync(`node_modules/.bin/${command}`, args, { cwd: root, encoding: 'utf8' });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}`;
  let ok = result.status === 0;
  // A cruiser that found nothing to cruise is also content.
  if (name === 'layers' && !/\((?!0 modules)\d+ modules, [1-9]\d* dependencies cruised\)/.test(output))
    ok = false;
  process.stdout.write(`${ok ? '✔' : '✘'} ${name}\n`);
  if (ok) continue;
  failed += 1;
  process.stdout.write(output);
}
process.stdout.write(`${checks.length - failed} checks passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
