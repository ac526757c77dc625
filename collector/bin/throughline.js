#!/usr/bin/env node
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

// In a source checkout the program is built when it was changed (unless THROUGHLINE_BUILD=off); an installed package is built.
const checkout = fileURLToPath(new URL('../../', import.meta.url));
if (process.env.THROUGHLINE_BUILD !== 'off' && existsSync(`${checkout}.config/build.js`)) {
  const build = spawnSync(process.execPath, [`${checkout}.config/build.js`], { stdio: ['ignore', 2, 2] });
  if (build.status !== 0) process.exit(build.status ?? 1);
}
const { run } = await import('../dist/cli/cli.js');
const code = await run(process.argv.slice(2));
if (code !== undefined) process.exit(code);
