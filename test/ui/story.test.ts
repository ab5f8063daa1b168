/** The warm-loop story of the design, in the browser, against a real server process; then what if, and back in time. */

import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { DecisionView, JobView } from '../../src/app/contract/work.ts';
import type { MapState } from '../../src/app/contract/cluster.ts';
import { browserTest, desk, visit } from './browser.ts';
import { startLive } from './live-server.ts';
import type { LiveServer } from './live-server.ts';

let started: Promise<LiveServer> | null = null;
const live = (): Promise<LiveServer> => (started ??= startLive({ jobs: 'one' }));
after(async () => (await started)?.stop());

interface Page<T> { readonly items: readonly T[] }

browserTest('a coolant loop is warmed by 6 K: the decision names lasers, wavelengths, links, classes and jobs, prices every plan, and restarts no job', async (browser) => {
  const server = await live();
  await visit(browser, server, desk, 'inject', async (page) => {
    await page.getByLabel('Component').fill('site0/coolantloop1');
    await page.getByLabel('Amount, K').fill('6');
    await page.getByRole('button', { name: 'Inject', exact: true }).click();
    await page.getByText('warm by 6 K at site0/coolantloop1', { exact: false }).waitFor();
    // All eight spines and their leaves are commanded: some fifty events come after the decision within a moment, and must not carry it off.
    const followed = page.getByRole('list', { name: 'Decisions since' }).getByRole('link').filter({ hasText: 'coolantloop1' }).first();
    await followed.waitFor();
    await followed.getByText('confirmed').waitFor();
    const n = Number(/\d+$/.exec(await followed.getAttribute('href') ?? '')?.[0]);
    await followed.click();
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
    // The trace tells how soon after the reading the decision came.
    await page.getByText(/^decided on the reading itself|^decided .* after the reading/).waitFor();
    // All nine rungs of the ladder are weighed; each shows a price or says that it cannot serve, and one is chosen.
    const plans = page.getByRole('list', { name: 'Plans weighed' }).getByRole('listitem');
    assert.equal(await plans.count(), decision.candidates.length);
    assert.equal(await plans.filter({ hasText: 'chosen' }).count(), 1);
    assert.equal(await plans.filter({ hasText: /cannot serve|not worked out/ }).count(), decision.candidates.filter(({ price }) => price === null).length);
    const { items } = await server.read<Page<JobView>>('jobs');
    assert.deepEqual(items.map(({ id, restarts, held }) => ({ id, restarts, held })), [{ id: 'mixtral-pretrain', restarts: 0, held: null }]);
    await page.evaluate(`location.hash = '#/jobs'`);
    await page.getByRole('region', { name: 'Job mixtral-pretrain' }).waitFor();
    // What began with one reading is one cause, however many engines it touches, and leads to the decision that answers it.
    await page.evaluate(`location.hash = '#/alarms'`);
    const cause = page.locator('.alarm-group').filter({ hasText: 'coolantloop1' });
    await cause.getByRole('link', { name: `decision ${n}: ${decision.rung}` }).waitFor();
    assert.equal(await cause.count(), 1);
    await cause.getByRole('button', { name: /^Show \d+ components$/ }).click();
    await cause.getByRole('row', { name: /^spine0 engine0 / }).waitFor();
  });
});

browserTest('the timeline is rewound to before the loop was warmed and comes back to now', async (browser) => {
  const server = await live();
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
});

browserTest('a fork is warmed, compared beside the live state, and a drain in it adopted', async (browser) => {
  const server = await live();
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
});

browserTest('a part is drained, worked on, tested and returned under Repairs, and a wrong address breaks nothing', async (browser) => {
  const server = await live();
  // A server of the second pod has no rank of the job, which holds ranks 384 to 639; nothing but itself hangs on its port.
  const name = 'site0/row2/rack34/node124/nic999/module0';
  const { row } = await server.read<{ readonly row: number }>(`components/${encodeURIComponent(name)}`);
  await visit(browser, server, desk, `repairs/${row}`, async (page) => {
    const drain = page.locator('form').filter({ hasText: 'Take out of service' });
    assert.equal(await drain.getByLabel('Component').inputValue(), name);
    await drain.getByRole('button', { name: 'Dry run' }).click();
    await drain.getByText('It would be done').waitFor();
    assert.deepEqual((await server.read<Page<{ readonly component: string }>>('maintenance')).items.filter(({ component }) => component === name), []);
    await drain.getByRole('button', { name: 'Drain', exact: true }).click();
    const held = page.getByRole('region', { name: 'In maintenance' }).getByRole('row', { name: /nic999 module0/ });
    await held.getByRole('button', { name: 'Begin work' }).click();
    await held.getByRole('button', { name: 'Work is done: test it' }).click();
    // A finding sends it back to the repair; what passes returns by itself.
    await held.getByLabel(/found$/).fill('3 dB over budget');
    await held.getByRole('button', { name: 'It failed' }).click();
    await held.getByText('failed its test', { exact: true }).waitFor();
    await held.getByRole('button', { name: 'Begin work again' }).click();
    await held.getByRole('button', { name: 'Work is done: test it' }).click();
    await held.getByRole('button', { name: 'It passed' }).click();
    await held.waitFor({ state: 'detached' });
    await page.evaluate(`location.hash = '#/jobs/%E0%A4%A'`);
    await page.getByRole('heading', { name: 'Jobs', level: 1 }).waitFor();
  });
});

/** The page asks after 4.5 s of silence and waits 4 s for an answer; the rest is patience with a busy machine. */
const noticedMs = 20_000;

browserTest('a server that stands still is noticed within seconds, and what happened meanwhile is shown when it goes on', async (browser) => {
  const server = await live();
  try {
    await visit(browser, server, desk, 'alarms', async (page) => {
      await page.getByRole('list').first().waitFor();
      server.freeze();
      const begunMs = performance.now();
      await page.getByText('Not current.').waitFor({ timeout: noticedMs });
      console.log(`a server that stands still was noticed after ${((performance.now() - begunMs) / 1000).toFixed(1)} s`);
      server.thaw();
      await page.locator('.connection.live').waitFor();
      await page.getByText('Not current.').waitFor({ state: 'detached' });
      // The stream is heard again: a new alarm appears without anything being asked for by hand.
      await server.post('faults', { component: 'site0/coolantloop2', fault: 'warm', by: 6 });
      await page.locator('.alarm-group').filter({ hasText: 'coolantloop2' }).first().waitFor();
    });
  } finally {
    server.thaw();
  }
});

browserTest('when the server is gone the page says within seconds that what it shows is not current', async (browser) => {
  const server = await live();
  const page = await browser.newPage();
  await page.goto(`${server.url}/#/map`);
  await page.locator('.connection.live').waitFor();
  await server.stop();
  const begunMs = performance.now();
  await page.locator('.connection.offline').getByText('disconnected').waitFor({ timeout: noticedMs });
  await page.getByText('Not current.').waitFor();
  console.log(`a server that ended was noticed after ${((performance.now() - begunMs) / 1000).toFixed(1)} s`);
});
