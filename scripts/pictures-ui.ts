/** Takes the pictures of the browser application for the documents from a real server: `node scripts/pictures-ui.ts` writes docs/images/{map,decision,whatif}.png. */

import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { findCommand } from '../test/packages.ts';
import { desk, launch, visit } from '../test/ui/browser.ts';
import { startLive } from '../test/ui/live-server.ts';

const images = fileURLToPath(new URL('../docs/images/', import.meta.url));
const look = { ...desk, width: 1440, height: 860 };
/** A machine that is busy with other things lets emulated devices fall silent; the picture waits until all of them speak. */
async function whenAllSpeak(page: Page): Promise<void> {
  await page.locator('.figure', { hasText: 'devices' }).filter({ hasNotText: 'silent' }).waitFor({ timeout: 120_000 });
}

/** What was asked for is on the page by then; pictures need no more than the eye does. */
const settleMs = 1500;

async function take(page: Page, name: string): Promise<void> {
  await whenAllSpeak(page);
  await page.waitForTimeout(settleMs);
  await page.screenshot({ path: `${images}${name}.png` });
  console.log(`wrote docs/images/${name}.png`);
}

const path = findCommand('chromium');
if (path === null) throw new Error('chromium is not on PATH; scripts/install-test-packages.sh installs it');
const server = await startLive({ jobs: true });
const browser = await launch(path);
try {
  await visit(browser, server, look, 'whatif', async (page) => {
    await page.getByRole('button', { name: 'Fork the live state' }).click();
    const form = page.locator('form').filter({ hasText: 'Perturb the fork' });
    await form.getByLabel('Component').fill('site0/coolantloop1');
    await form.getByLabel('Let pass, seconds').fill('5');
    await form.getByRole('button', { name: 'Perturb', exact: true }).click();
    await page.getByRole('region', { name: 'Decisions of the fork' }).getByText('coolantloop1', { exact: false }).first().waitFor();
    await take(page, 'whatif');
  });
  await server.post('faults', { component: 'site0/coolantloop1', fault: 'warm', by: 6 });
  await visit(browser, server, look, 'map', async (page) => {
    await page.locator('.figure.bad').waitFor();
    await page.evaluate(`location.hash = '#/map/${await rowOf(page, 'site0/row1/rack17/spine3')}'`);
    await take(page, 'map');
    await page.evaluate(`location.hash = '#/decisions'`);
    await page.getByRole('list', { name: 'Causal chain' }).waitFor();
    await take(page, 'decision');
  });
} finally {
  await browser.close();
  await server.stop();
}

async function rowOf(page: Page, component: string): Promise<number> {
  const answer = await page.evaluate(`fetch('api/v1/components/${encodeURIComponent(component)}').then((answer) => answer.json())`);
  return (answer as { readonly row: number }).row;
}
