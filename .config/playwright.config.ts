import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';

/** The browser tests, in a Chromium that is already there: Playwright's own is not downloaded for them. */
const root = fileURLToPath(new URL('..', import.meta.url));

export default defineConfig({
  testDir: `${root}e2e/scenarios`,
  testMatch: '*.spec.ts',
  outputDir: `${root}test-results/browser`,
  timeout: 120_000,
  workers: 1,
  retries: 0,
  reporter: [['list'], ['json', { outputFile: `${root}test-results/playwright.json` }]],
  use: {
    video: 'off',
    trace: 'retain-on-failure',
    launchOptions: {
      executablePath: process.env.THROUGHLINE_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
    },
  },
});
