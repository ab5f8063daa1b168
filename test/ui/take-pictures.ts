/**
 * Takes the pictures of the documents from what `npm start` shows: the example cluster with its three jobs, a coolant loop warmed by
 * 6 K, the decision on it, and a fork. `node test/ui/take-pictures.ts [FOLDER]` writes to docs/images, or every view at every size and
 * in both themes to FOLDER, for looking at all of them.
 */

import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { findCommand } from '../packages.ts';
import { desk, launch, visit } from './browser.ts';
import type { Look } from './browser.ts';
import { startLive } from './live-server.ts';
import type { LiveServer } from './live-server.ts';

const images = fileURLToPath(new URL('../../docs/images/', import.meta.url));
/** Jobs that `npm start` starts. */
const exampleJobs = 3;
const sizes = [[1280, 800], [1600, 900], [1920, 1080]] as const;

const show = async (page: Page, hash: string): Promise<void> => {
  await page.evaluate(`location.hash = '#/${hash}'`);
  await page.locator('#main').filter({ hasText: /Reading[^.]*…/ }).waitFor({ state: 'detached' });
  await page.waitForTimeout(700);
};

/** Warms the first loop through the page, as an operator would, and answers the number of the decision when its devices have confirmed. */
async function warm(browser: Browser, server: LiveServer): Promise<number> {
  let n = -1;
  await visit(browser, server, desk, 'inject', async (page) => {
    await page.getByLabel('Component').fill('site0/coolantloop0');
    await page.getByLabel('Amount, K').fill('6');
    await page.getByRole('button', { name: 'Inject', exact: true }).click();
    const decision = page.getByRole('list', { name: 'Decisions since' }).getByRole('link').filter({ hasText: 'coolantloop0' }).first();
    await decision.getByText('confirmed').waitFor();
    n = Number(/\d+$/.exec(await decision.getAttribute('href') ?? '')?.[0]);
  });
  assert.ok(n > 0);
  return n;
}

/** Drains a module of a server without a job, so that something is in maintenance. */
const drain = (server: LiveServer): Promise<object> => server.post('maintenance', { component: 'site0/row2/rack34/node124/nic999/module0', action: 'drain' });

/** Forks, and warms the second loop in the fork. */
async function fork(browser: Browser, server: LiveServer): Promise<void> {
  await visit(browser, server, desk, 'whatif', async (page) => {
    await page.getByRole('button', { name: 'Fork the live state' }).click();
    const form = page.locator('form').filter({ hasText: 'Perturb the fork' });
    await form.getByLabel('Component').fill('site0/coolantloop1');
    await form.getByRole('button', { name: 'Perturb', exact: true }).click();
    await page.getByRole('region', { name: 'Decisions of the fork' }).getByText('coolantloop1').first().waitFor();
  });
}

/** The loop of pictures for looking at: every view as a reader meets it. */
async function takeAll(browser: Browser, server: LiveServer, n: number, folder: string): Promise<void> {
  const { row: leaf } = await server.read<{ readonly row: number }>(`components/${encodeURIComponent('site0/row0/rack8/leaf0')}`);
  const pages = ['map', `map/${leaf}/near`, `map/decision/${n}`, 'wavelengths', 'wavelengths/4118', 'circuits', 'jobs', 'leases', `decisions/${n}`, 'alarms', 'repairs', 'timeline', 'whatif', 'inject',
    'runbook/component-degraded'];
  for (const [width, height] of sizes) {
    for (const theme of ['dark', 'light'] as const) {
      const look: Look = { ...desk, theme, width, height };
      await visit(browser, server, look, 'map', async (page) => {
        for (const hash of pages) {
          await show(page, hash);
          await page.screenshot({ path: `${folder}/${hash.replaceAll('/', '-')}-${width}-${theme}.png` });
        }
      });
    }
  }
}

/** A machine that is short of time makes emulated devices late; they have so long to catch up before the picture is taken as it is. */
const calmMs = 40_000;

async function calm(server: LiveServer): Promise<void> {
  for (const begunMs = performance.now(); performance.now() - begunMs < calmMs; await new Promise((resolve) => setTimeout(resolve, 300))) {
    const { items } = await server.read<{ readonly items: readonly { readonly health: string }[] }>('alarms');
    const { devices } = await server.read<{ readonly devices: { readonly silent: number } }>('cluster');
    if (devices.silent === 0 && items.every(({ health }) => health === 'degraded' || health === 'drained')) return;
  }
}

async function takeForDocuments(browser: Browser, server: LiveServer, n: number): Promise<void> {
  const take = async (page: Page, hash: string, name: string): Promise<void> => {
    await show(page, hash);
    await calm(server);
    // The figures in the head follow a second later.
    await page.waitForTimeout(1200);
    await page.screenshot({ path: `${images}${name}.png` });
  };
  await visit(browser, server, desk, 'map', async (page) => {
    await take(page, 'map', 'map');
    await take(page, `decisions/${n}`, 'decision');
    await take(page, 'jobs', 'jobs');
    await take(page, 'alarms', 'alarms');
    await take(page, 'whatif', 'whatif');
    await take(page, 'repairs', 'repairs');
  });
  await visit(browser, server, { ...desk, theme: 'light' }, 'map', async (page) => {
    const { row } = await server.read<{ readonly row: number }>(`components/${encodeURIComponent('site0/row0/rack8/leaf0')}`);
    await take(page, `map/${row}/near`, 'leaf');
  });
}

const chromium = findCommand('chromium');
assert.ok(chromium !== null, 'chromium is not on PATH; scripts/install-test-packages.sh installs it');
const folder = process.argv[2] ?? null;
const server = await startLive({ jobs: 'example' });
const browser = await launch(chromium);
try {
  while ((await server.read<{ readonly items: readonly object[] }>('jobs')).items.length < exampleJobs) await new Promise((resolve) => setTimeout(resolve, 500));
  const n = await warm(browser, server);
  await fork(browser, server);
  await drain(server);
  if (folder === null) await takeForDocuments(browser, server, n);
  else {
    mkdirSync(folder, { recursive: true });
    await takeAll(browser, server, n, folder);
  }
} finally {
  await browser.close();
  await server.stop();
}
