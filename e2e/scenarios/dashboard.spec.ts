import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { type Ledger, readLedger } from '../landscape/ledger.ts';
import { Api } from '../stack/api.ts';
import { type CollectorProcess, startCollectorProcess } from '../stack/collector-process.ts';
import { runLandscape } from '../stack/landscape-process.ts';

const FLOW = 'customer-registration';
const directory = mkdtempSync(join(tmpdir(), 'throughline-browser-'));
let collector: CollectorProcess;
let ledger: Ledger;

test.beforeAll(async () => {
  const demo = fileURLToPath(new URL('../landscape/throughline.yaml', import.meta.url));
  const config = join(directory, 'throughline.yaml');
  writeFileSync(config, readFileSync(demo, 'utf8').replaceAll('within: 20s', 'within: 5s'));
  collector = await startCollectorProcess({ dataDir: join(directory, 'data'), config });
  const ledgerDir = join(directory, 'ledger');
  const args = ['--count', '80', '--rate', '30', '--seed', '7', '--speed', '5'];
  await runLandscape([...args, '--ledger', ledgerDir, '--endpoint', collector.otlpHttp]);
  ledger = readLedger(ledgerDir);
  const api = new Api(collector.http);
  await api.until(
    () => api.stuck(FLOW),
    (page) => page.total >= ledger.dropped.size,
  );
});

test.afterAll(async () => {
  await collector.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function accessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map((violation) => `${violation.id}: ${violation.nodes[0]?.html}`)).toEqual([]);
}

test('the map shows the chain of the demo, with its counts and its parallel checks', async ({ page }) => {
  await page.goto(collector.http);
  await page.locator(`[data-testid="flow-tile"][data-flow="${FLOW}"] a`).first().click();
  const nodes = page.getByTestId('map-node');
  await expect(nodes).toHaveCount(5);
  const requested = page.locator('[data-testid="map-node"][data-activity="Registration requested"]');
  await expect(requested).toContainText(String(ledger.requested.size));
  const edges = await page
    .getByTestId('map-edge')
    .evaluateAll((list) =>
      list.map((edge) => `${edge.getAttribute('data-from')} > ${edge.getAttribute('data-to')}`),
    );
  expect(edges).toContain('Registration requested > Address checked');
  expect(edges).toContain('Registration requested > Credit checked');
  expect(edges).toContain('Credit checked > Customer registered');
  expect(edges).not.toContain('Address checked > Credit checked');
  // Beside each other: the map runs from left to right on a wide screen, so parallel branches share their x.
  const address = await page
    .locator('[data-testid="map-node"][data-activity="Address checked"]')
    .boundingBox();
  const credit = await page.locator('[data-testid="map-node"][data-activity="Credit checked"]').boundingBox();
  expect(Math.abs((address?.x ?? 0) - (credit?.x ?? 999))).toBeLessThan(30);
  expect(Math.abs((address?.y ?? 0) - (credit?.y ?? 0))).toBeGreaterThan(30);
  await accessible(page);
});

test('the stuck list is the ledger of what was dropped, and says whose turn it is', async ({ page }) => {
  await page.goto(`${collector.http}/stuck`);
  const rows = page.getByTestId('stuck-row');
  await expect(rows).toHaveCount(ledger.dropped.size);
  for (const registration of ledger.dropped.keys()) {
    await expect(page.getByTestId('stuck-list')).toContainText(registration);
  }
  await expect(rows.first().getByTestId('stuck-waits-for')).toContainText('Credit checked');
  await expect(rows.first().getByTestId('stuck-turn')).toContainText('credit-check');
  await accessible(page);
});

test('a stuck registration opens, and its page says what it waits for and who has to act', async ({
  page,
}) => {
  const [registration = '', reason] = [...ledger.dropped][0] ?? [];
  await page.goto(`${collector.http}/search?key=registration:${registration}`);
  await page
    .getByRole('link', { name: new RegExp(registration) })
    .first()
    .click();
  await expect(page.getByTestId('instance-state')).toContainText(/stuck/i);
  const main = page.locator('main');
  await expect(main).toContainText('Credit checked');
  await expect(main).toContainText('credit-check');
  if (reason === 'after-error') await expect(main).toContainText('scoring bureau timed out');
  await expect(page.getByTestId('instance-timeline')).toBeVisible();
  await accessible(page);
});

test('the pages hold on a phone', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  for (const path of ['/', `/flows/${FLOW}`, '/stuck']) {
    await page.goto(collector.http + path);
    await expect(page.locator('main')).toBeVisible();
    const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    expect(overflow, `${path} is wider than the screen`).toBeLessThanOrEqual(0);
  }
});
