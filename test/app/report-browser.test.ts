/** Reports in a real browser: from disk, without a network, in both themes, by keyboard and on paper. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { chromium } from 'playwright-core';
import { renderCompareHtml } from '../../src/app/report/compare-html.ts';
import { renderLinkHtml } from '../../src/app/report/link-html.ts';
import { packageTest } from '../packages.ts';
import { comparison, hostileComparison } from './compare-fixture.ts';

const origin = { generatedAt: '2026-01-02T03:04:05Z', command: 'heliostat compare study.yaml', version: '0.0.0-test' };
const browserArguments = [
  '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

interface Visit {
  readonly page: Page;
  /** Everything the browser complained about or asked for beyond the file itself. */
  readonly surprises: string[];
}

interface View {
  readonly width: number;
  readonly colorScheme: 'light' | 'dark';
}

/** Opens `html` from disk with the network off, runs `look`, and fails on any console message, error, dialog or request. */
async function visit(executablePath: string, html: string, view: View, look: (visit: Visit) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-report-'));
  const browser = await chromium.launch({ executablePath, args: browserArguments });
  try {
    const file = join(folder, 'report.html');
    writeFileSync(file, html);
    const context = await browser.newContext({ viewport: { width: view.width, height: 900 }, colorScheme: view.colorScheme, offline: true });
    const page = await context.newPage();
    const surprises: string[] = [];
    const address = pathToFileURL(file).href;
    page.on('console', (message) => surprises.push(`console ${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => surprises.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      surprises.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (request.url() !== address) surprises.push(`request: ${request.url()}`);
    });
    await page.goto(address);
    await look({ page, surprises });
    assert.deepEqual(surprises, []);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Sections and charts that take no room or reach beyond the page, by name. */
const misplaced = `[...document.querySelectorAll('main > section, main svg.chart')].filter((node) => {
  const box = node.getBoundingClientRect();
  return box.height < 20 || box.width < 100 || box.left < 0 || box.right > document.documentElement.clientWidth + 0.5;
}).map((node) => node.id || node.getAttribute('aria-label'))`;
const widthBeyondPage = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
/** Texts of charts that stick out of their picture. */
const clippedTexts = `[...document.querySelectorAll('main svg.chart')].flatMap((svg) => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter((text) => {
    const box = text.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1;
  }).map((text) => svg.getAttribute('aria-label') + ': ' + text.textContent);
})`;
const background = 'getComputedStyle(document.body).backgroundColor';

const views: readonly View[] = [{ width: 1280, colorScheme: 'light' }, { width: 1920, colorScheme: 'dark' }];
for (const view of views) {
  packageTest(`a comparison opens from disk at ${view.width} in ${view.colorScheme}, silent, complete and without scrolling sideways`, 'chromium', async (path) => {
    await visit(path, renderCompareHtml(comparison, origin), view, async ({ page }) => {
      assert.equal(await page.locator('main > section').count(), 13);
      assert.deepEqual(await page.evaluate(misplaced), []);
      assert.equal(await page.evaluate(widthBeyondPage), 0);
      assert.deepEqual(await page.evaluate(clippedTexts), []);
    });
  });
}

packageTest('a comparison with hostile names runs nothing, loads nothing and keeps its layout', 'chromium', async (path) => {
  await visit(path, renderCompareHtml(hostileComparison(), origin), { width: 1280, colorScheme: 'light' }, async ({ page }) => {
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.evaluate(widthBeyondPage), 0);
    assert.deepEqual(await page.evaluate(clippedTexts), []);
    assert.equal(await page.evaluate(`JSON.parse(document.getElementById('heliostat-result').textContent).schema`), 'heliostat/compare/1');
  });
});

packageTest('link reports open from disk without complaint', 'chromium', async (path) => {
  const reports = comparison.choices.flatMap((choice) => choice.budgets.map((budget) => budget.report));
  const overLoss = [0, 1, 2, 3].map((lossDb) => ({ lossDb, preFecBer: 10 ** (lossDb - 9) }));
  const overTemperature = [20, 45, 70].map((caseTemperatureC) => ({ caseTemperatureC, preFecBer: 10 ** (caseTemperatureC / 20 - 10) }));
  const html = renderLinkHtml(reports, { ...origin, sweeps: [{ name: 'dr8-invented', overLoss, overTemperature }], berLimit: { name: 'limit', preFecBer: 2.4e-4 } });
  await visit(path, html, { width: 1280, colorScheme: 'dark' }, async ({ page }) => {
    assert.deepEqual(await page.evaluate(misplaced), []);
    assert.deepEqual(await page.evaluate(clippedTexts), []);
  });
});

packageTest('the keyboard reaches the content, the theme and the tables', 'chromium', async (path) => {
  await visit(path, renderCompareHtml(comparison, origin), { width: 1280, colorScheme: 'light' }, async ({ page }) => {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the content');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.id'), 'theme-auto');
    const before = await page.evaluate(background);
    await page.keyboard.press('ArrowRight');
    assert.equal(await page.evaluate(background), before, 'light looks like auto on a light system');
    await page.keyboard.press('ArrowRight');
    assert.notEqual(await page.evaluate(background), before, 'dark does not');
    await page.locator('summary').first().focus();
    await page.keyboard.press('Enter');
    assert.ok(await page.locator('details table').first().isVisible());
  });
});

packageTest('on paper every table is open, every chart fits and the page is light', 'chromium', async (path) => {
  await visit(path, renderCompareHtml(comparison, origin), { width: 1000, colorScheme: 'dark' }, async ({ page }) => {
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    assert.equal(await page.evaluate(background), 'rgb(251, 250, 247)');
    assert.deepEqual(await page.evaluate(misplaced), []);
    assert.equal(await page.evaluate(widthBeyondPage), 0);
    assert.ok((await page.evaluate(`document.querySelector('details table').getBoundingClientRect().height`) as number) > 50);
  });
});
