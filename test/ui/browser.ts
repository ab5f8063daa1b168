/** A browser on the application: every complaint of the page and every request beyond the server is a surprise that fails the test. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { packageTest } from '../packages.ts';
import type { LiveServer } from './live-server.ts';

/** Software drawing through the GPU path is thirty times slower than without it. */
const browserArguments = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

export const launch = (executablePath: string): Promise<Browser> => chromium.launch({ executablePath, args: browserArguments });

/** A test with a browser of its own, closed whatever happens; skipped, saying so, where there is none. */
export function browserTest(name: string, run: (browser: Browser) => Promise<void>): void {
  packageTest(name, 'chromium', async (path) => {
    const browser = await launch(path);
    try {
      await run(browser);
    } finally {
      await browser.close();
    }
  });
}

export interface Look {
  readonly theme: 'dark' | 'light';
  readonly width: number;
  readonly height: number;
  /** Enters the administrator's token, so that writes are allowed. */
  readonly withToken: boolean;
}

/** Patience with a machine that runs other tests at the same time. */
const actionTimeoutMs = 60_000;

export const desk: Look = { theme: 'dark', width: 1600, height: 900, withToken: true };

/** A server short of time answers 503 with Retry-After, which the browser itself notes in its console; the page asks again. */
const shed = /^Failed to load resource: the server responded with a status of 503 /;

/** Opens the application at a view, waits until it is live, runs `use`, and fails on any surprise. */
export async function visit(browser: Browser, server: LiveServer, look: Look, hash: string, use: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ viewport: { width: look.width, height: look.height }, colorScheme: look.theme });
  context.setDefaultTimeout(actionTimeoutMs);
  const surprises: string[] = [];
  try {
    const page = await context.newPage();
    page.on('console', (message) => {
      if (!shed.test(message.text())) surprises.push(`console ${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => surprises.push(`error: ${error.message}`));
    page.on('request', (request) => {
      if (!request.url().startsWith(`${server.url}/`) && !request.url().startsWith('data:')) surprises.push(`request beyond the server: ${request.url()}`);
    });
    if (look.withToken) await page.addInitScript(`sessionStorage.setItem('heliostat-token', ${JSON.stringify(server.token)})`);
    await page.goto(`${server.url}/#/${hash}`);
    await page.locator('.connection.live').waitFor();
    await page.locator('h1').first().waitFor({ state: 'attached' });
    await use(page);
  } finally {
    await context.close();
  }
  assert.deepEqual(surprises, []);
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Violations that axe finds in the page as it is, as readable lines. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe);
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations.flatMap(
    ({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 160) + ' ' + failureSummary)))`);
}
