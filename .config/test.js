// npm test: builds, runs every test (pure, integration, browser), and ends with one plain line of sums.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const results = join(root, 'test-results');
const only = process.argv.slice(2);

function run(command, args, env = {}) {
  return (
    spawnSync(command, args, { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1
  );
}

const sums = { passed: 0, failed: 0, skipped: 0 };

function addVitest(file, status) {
  if (!existsSync(file)) {
    sums.failed += 1;
    return;
  }
  const report = JSON.parse(readFileSync(file, 'utf8'));
  sums.passed += report.numPassedTests;
  sums.failed += report.numFailedTests;
  sums.skipped += report.numPendingTests + (report.numTodoTests ?? 0);
  // A file that did not load, or an error outside of any test, has no failed test to count.
  if (status !== 0 && report.numFailedTests === 0) sums.failed += 1;
}

function addPlaywright(file, status) {
  if (!existsSync(file)) {
    sums.failed += 1;
    return;
  }
  const { stats } = JSON.parse(readFileSync(file, 'utf8'));
  sums.passed += stats.expected;
  sums.failed += stats.unexpected + stats.flaky;
  sums.skipped += stats.skipped;
  if (status !== 0 && stats.unexpected + stats.flaky === 0) sums.failed += 1;
}

rmSync(results, { recursive: true, force: true });
if (run(process.execPath, ['.config/build.js']) !== 0) {
  process.stdout.write('0 passed, 1 failed, 0 skipped\n');
  process.exit(1);
}
const unit = run('node_modules/.bin/vitest', ['run', '--config', '.config/vitest.config.ts', ...only]);
addVitest(join(results, 'vitest.json'), unit);

if (only.length === 0) {
  const browser = chromium();
  if (browser === undefined) {
    process.stdout.write(
      'The browser tests were left out: no Chromium was found. Set THROUGHLINE_CHROMIUM to one, install the package ' +
        "'chromium', or run 'npx playwright install chromium'.\n",
    );
    sums.skipped += 1;
  } else {
    const status = run('node_modules/.bin/playwright', ['test', '--config', '.config/playwright.config.ts'], {
      THROUGHLINE_CHROMIUM: browser,
    });
    addPlaywright(join(results, 'playwright.json'), status);
  }
}
process.stdout.write(`${sums.passed} passed, ${sums.failed} failed, ${sums.skipped} skipped\n`);
process.exit(sums.failed === 0 ? 0 : 1);

/** A Chromium that is there: named, Debian's, Chrome's usual places, or Playwright's own (its path is asked for). */
function chromium() {
  const named = process.env.THROUGHLINE_CHROMIUM;
  const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
  for (const path of named === undefined ? places : [named]) if (existsSync(path)) return path;
  const asked = spawnSync(
    process.execPath,
    ['-e', "process.stdout.write(require('@playwright/test').chromium.executablePath())"],
    { cwd: root, encoding: 'utf8' },
  );
  return asked.status === 0 && existsSync(asked.stdout) ? asked.stdout : undefined;
}
