/** The warm-loop story of the design, in the browser, against a real server process; then what if, and back in time. */

import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { DecisionView, JobView } from '../../src/app/contract/work.ts';
import type { MapState } from '../../src/app/contract/cluster.ts';
import { packageTest } from '../packages.ts';
import { desk, launch, visit } from './browser.ts';
import { startLive } from './live-server.ts';
import type { LiveServer } from './live-server.ts';

let started: Promise<LiveServer> | null = null;
const live = (): Promise<LiveServer> => (started ??= startLive({ jobs: true }));
after(async () => (await started)?.stop());

interface Page<T> { readonly items: readonly T[] }

packageTest('a coolant loop is warmed by 6 K: the decision names lasers, wavelengths, links, classes and jobs, prices every plan, and restarts no job', 'chromium', async (path) => {
  const server = await live();
  const browser = await launch(path);
  try {
    await visit(browser, server, desk, 'inject', async (page) => {
      await page.getByLabel('Component').fill('site0/coolantloop1');
      await page.getByLabel('Amount, K').fill('6');
      await page.getByRole('button', { name: 'Inject', exact: true }).click();
      await page.getByText('warm by 6 K at site0/coolantloop1', { exact: false }).waitFor();
      let n = -1;
      for (let waited = 0; n < 0 && waited < 60; waited++) {
        await page.waitForTimeout(500);
        const { items } = await server.read<Page<{ readonly n: number; readonly because: string }>>('decisions?limit=500');
        n = items.find(({ because }) => because.includes('coolantloop1'))?.n ?? -1;
      }
      assert.ok(n > 0, 'the loop is decided on');
      await page.evaluate(`location.hash = '#/decisions/${n}'`);
      const chain = page.getByRole('list', { name: 'Causal chain' });
      await chain.waitFor();
      const decision = await server.read<DecisionView>(`decisions/${n}`);
      assert.match(decision.because, /coolantloop1/);
      // Every spine has 8 engines of 16 links with one external laser line each way: the loop reaches lasers, wavelengths and links.
      for (const named of [decision.impact.lasers, decision.impact.wavelengths, decision.impact.links, decision.impact.classes]) assert.ok(named.length > 0);
      assert.deepEqual(decision.impact.jobs, ['mixtral-pretrain']);
      const text = await chain.textContent() ?? '';
      assert.ok(text.includes('mixtral-pretrain') && text.includes('coolantloop1') && text.includes(decision.rung) && text.includes('all-reduce'));
      assert.ok(text.includes(`${decision.impact.wavelengths.length.toLocaleString('en-US')} λ`) && text.includes(decision.impact.links[0] ?? 'no link'));
      // All nine rungs of the ladder are weighed; each shows a price or says that it cannot serve, and one is chosen.
      const plans = page.getByRole('list', { name: 'Plans weighed' }).getByRole('listitem');
      assert.equal(await plans.count(), decision.candidates.length);
      assert.equal(await plans.filter({ hasText: '(chosen)' }).count(), 1);
      assert.equal(await plans.filter({ hasText: /\((?:cannot serve|not worked out)\)/ }).count(), decision.candidates.filter(({ price }) => price === null).length);
      const { items } = await server.read<Page<JobView>>('jobs');
      assert.deepEqual(items.map(({ id, restarts, held }) => ({ id, restarts, held })), [{ id: 'mixtral-pretrain', restarts: 0, held: null }]);
      await page.evaluate(`location.hash = '#/jobs'`);
      await page.getByRole('region', { name: 'Job mixtral-pretrain' }).waitFor();
    });
  } finally {
    await browser.close();
  }
});

packageTest('the timeline is rewound to before the loop was warmed and comes back to now', 'chromium', async (path) => {
  const server = await live();
  const browser = await launch(path);
  try {
    const { items } = await server.read<Page<{ readonly n: number }>>('decisions?limit=500');
    const firstN = Math.min(...items.map(({ n }) => n));
    const before = await server.read<MapState>(`history?at=${firstN - 1}`);
    assert.equal(before.version, firstN - 1);
    await visit(browser, server, desk, 'timeline', async (page) => {
      const slider = page.getByLabel('Entry of the log');
      await slider.fill(String(firstN - 1));
      await page.getByText(`As it was after entry ${(firstN - 1).toLocaleString('en-US')}`).waitFor();
      await page.locator(`canvas[data-version="${firstN - 1}"]`).waitFor();
      await page.getByRole('button', { name: 'Live', exact: true }).click();
      await page.locator('.map-stage[data-at="live"]').waitFor();
    });
  } finally {
    await browser.close();
  }
});

packageTest('a fork is warmed, compared beside the live state, and a drain in it adopted', 'chromium', async (path) => {
  const server = await live();
  const browser = await launch(path);
  try {
    const before = (await server.read<Page<object>>('decisions')).items.length;
    await visit(browser, server, desk, 'whatif', async (page) => {
      await page.getByRole('button', { name: 'Fork the live state' }).click();
      const form = page.locator('form').filter({ hasText: 'Perturb the fork' });
      await form.getByLabel('Component').fill('site0/coolantloop0');
      await form.getByLabel('Amount, K').fill('6');
      await form.getByLabel('Let pass, seconds').fill('5');
      await form.getByRole('button', { name: 'Perturb', exact: true }).click();
      const decided = page.getByRole('region', { name: 'Decisions of the fork' });
      await decided.getByText('coolantloop0', { exact: false }).first().waitFor();
      await page.getByRole('region', { name: 'Fork', exact: true }).locator('canvas').waitFor();
      // What is tried in the fork is not done: the live controller has decided nothing more.
      assert.equal((await server.read<Page<object>>('decisions')).items.length, before);
      await form.getByRole('button', { name: 'drain' }).click();
      await form.getByLabel('Component').fill('site0/row1/rack17/spine7');
      await form.getByRole('button', { name: 'Perturb', exact: true }).click();
      await decided.getByText('Adopting sends: drain site0/row1/rack17/spine7.').waitFor();
      await decided.getByRole('button', { name: 'Adopt' }).click();
      await page.getByText('Sent to the live controller: drain site0/row1/rack17/spine7.').waitFor();
      const maintenance = await server.read<Page<{ readonly component: string }>>('maintenance');
      assert.deepEqual(maintenance.items.map(({ component }) => component), ['site0/row1/rack17/spine7']);
    });
  } finally {
    await browser.close();
  }
});

packageTest('when the server is gone the page says that what it shows is not current', 'chromium', async (path) => {
  const server = await live();
  const browser = await launch(path);
  try {
    const page = await browser.newPage();
    await page.goto(`${server.url}/#/map`);
    await page.locator('.connection.live').waitFor();
    await server.stop();
    await page.locator('.connection.offline').getByText('disconnected').waitFor({ timeout: 120_000 });
    await page.getByText('Not current.').waitFor();
  } finally {
    await browser.close();
  }
});
