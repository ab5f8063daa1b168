/** Every view of the browser application against a real server: silent, complete, accessible in both themes, at both widths, and by keyboard. */

import assert from 'node:assert/strict';
import { after } from 'node:test';
import type { Look } from './browser.ts';
import { browserTest, desk, violations, visit } from './browser.ts';
import { startLive } from './live-server.ts';
import type { LiveServer } from './live-server.ts';

let started: Promise<LiveServer> | null = null;
/** One server for all tests of the file, with something in every view: a warm loop, a decision, a fork. */
const live = (): Promise<LiveServer> => (started ??= (async () => {
  const server = await startLive({ jobs: 'one' });
  await server.post('faults', { component: 'site0/coolantloop1', fault: 'warm', by: 6 });
  await server.post('forks', {});
  return server;
})());
after(async () => (await started)?.stop());

const views: readonly (readonly [string, string])[] = [
  ['map', 'Map of the cluster'], ['wavelengths', 'Wavelengths'], ['wavelengths/4096', 'Wavelengths'], ['circuits', 'Circuits'], ['jobs', 'Jobs'], ['leases', 'Leases'], ['decisions', 'Decisions'],
    ['alarms', 'Alarms'], ['repairs', 'Repairs'], ['repairs/1322', 'Repairs'], ['runbook/component-degraded', 'Runbook'],
  ['timeline', 'Timeline'], ['whatif', 'What if'], ['inject', 'Inject a fault'],
];

for (const look of [{ ...desk, width: 1280, height: 800 }, { ...desk, theme: 'light', width: 1920, height: 1080 }] as const satisfies readonly Look[]) {
  browserTest(`every view in ${look.theme} at ${look.width} is silent, fits and has no accessibility violation`, async (browser) => {
    const server = await live();
    await visit(browser, server, look, 'map', async (page) => {
      const found: string[] = [];
      for (const [hash, heading] of views) {
        await page.evaluate(`location.hash = '#/${hash}'`);
        await page.getByRole('heading', { level: 1, name: heading }).waitFor({ state: 'attached' });
        // What is being fetched says so; a view is looked at when it has all it shows.
        await page.locator('#main').filter({ hasText: /Reading[^.]*…/ }).waitFor({ state: 'detached' });
        found.push(...(await violations(page)).map((line) => `${hash}: ${line}`));
        if (await page.evaluate('document.documentElement.scrollWidth > document.documentElement.clientWidth')) found.push(`${hash} scrolls sideways`);
      }
      assert.deepEqual(found, []);
    });
  });
}

browserTest('the map is walked, opened and zoomed by keyboard, and its table says the same', async (browser) => {
  const server = await live();
  await visit(browser, server, desk, 'map', async (page) => {
    const map = page.getByRole('application', { name: 'Map of the cluster' });
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the view');
    await page.keyboard.press('Enter');
    assert.equal(await page.evaluate('document.activeElement.id'), 'main');
    await map.focus();
    const told = page.locator('.map-focus');
    assert.match(await told.textContent() ?? '', /^site0\/row0\/rack0 /);
    await page.keyboard.press('ArrowRight');
    assert.match(await told.textContent() ?? '', /^site0\/row0\/rack1 /);
    await page.keyboard.press('PageDown');
    // Racks are drawn with their highest unit on top: rack 1 holds servers 4 to 7.
    assert.match(await told.textContent() ?? '', /^site0\/row0\/rack1\/node7 /);
    await page.keyboard.press('ArrowDown');
    assert.match(await told.textContent() ?? '', /^site0\/row0\/rack1\/node6 /);
    await page.keyboard.press('Enter');
    await page.getByRole('complementary').getByRole('heading', { name: 'site0/row0/rack1/node6' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary').getByRole('heading', { name: 'liquid-1024' }).waitFor();
    await page.getByLabel('as a table').check();
    // The rings of all eight spines no longer close (their loop is 6 K warmer), so the table says of each what the map draws.
    const row = page.getByRole('row', { name: /rack17\/spine0/ });
    await row.getByText('degraded, derated', { exact: true }).waitFor();
  });
});

browserTest('a write without a token says so and what to do, and works once the token is entered', async (browser) => {
  const server = await live();
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  const page = await context.newPage();
  await page.goto(`${server.url}/#/leases`);
  // Before anything is refused the page says that it is read only, and where.
  await page.getByRole('button', { name: 'Read only: enter a token for writes' }).getByText('read only').waitFor();
  const ask = page.locator('form').filter({ hasText: 'Ask for light' });
  await ask.getByRole('button', { name: 'Dry run' }).click();
  await ask.getByRole('alert').getByText('Enter a token', { exact: false }).waitFor();
  await ask.getByRole('alert').getByRole('button', { name: 'Enter a token' }).click();
  // A token whose role is not enough is told before anything is asked with it.
  const reader = await server.post<{ readonly token: string }>('tokens', { role: 'viewer', name: 'reader' });
  const enter = async (token: string): Promise<void> => {
    await page.getByLabel('Token', { exact: true }).fill(token);
    await page.getByRole('button', { name: 'Use token' }).click();
  };
  await enter(reader.token);
  await page.getByText('read only').waitFor({ state: 'detached' });
  await ask.getByText('This needs the role scheduler; the token of reader has the role viewer').waitFor();
  await ask.getByRole('button', { name: 'enter another' }).click();
  await enter(server.token);
  await ask.getByText('This needs the role scheduler').waitFor({ state: 'detached' });
  await ask.getByRole('button', { name: 'Dry run' }).click();
  await ask.getByText('It would be granted').waitFor();
  // Far more than the 400 Gb/s of an accelerator's link: refused, with offers that one click asks for.
  await ask.getByLabel('Rate, Gb/s').fill('900');
  await ask.getByRole('button', { name: 'Dry run' }).click();
  await ask.getByText('Would be refused').waitFor();
  await context.close();
});

browserTest('an alarm is followed to its decision and on to the map by keyboard alone, and the focus is never lost', async (browser) => {
  const server = await live();
  await visit(browser, server, desk, 'alarms', async (page) => {
    const cause = page.locator('.alarm-group').filter({ hasText: 'coolantloop1' });
    await cause.waitFor();
    const focused = (): Promise<string> => page.evaluate(`(() => {
      const at = document.activeElement;
      return (at?.id || at?.getAttribute('aria-label') || at?.textContent || (at?.matches('input, select') ? 'a field' : '')).trim();
    })()`);
    /** Goes on with Tab until what has the focus says this; the whole page has far fewer stops than this. */
    const tabTo = async (text: RegExp): Promise<void> => {
      for (let stop = 0; stop < 200; stop++) {
        await page.keyboard.press('Tab');
        const said = await focused();
        assert.notEqual(said, '', 'something has the focus');
        if (text.test(said)) return;
      }
      assert.fail(`no stop says ${String(text)}`);
    };
    await tabTo(/^decision \d+: /);
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: 'Causal chain' }).waitFor();
    // The link that was followed is gone with its view: the keyboard goes on in the new one.
    assert.equal(await focused(), 'main');
    assert.equal(await page.evaluate(`document.getElementById('main').scrollTop`), 0);
    await tabTo(/^on the map$/);
    await page.keyboard.press('Enter');
    await page.getByText('Dashed frames hold', { exact: false }).waitFor();
    await tabTo(/^Back to it$/);
    await page.keyboard.press('Enter');
    await page.getByRole('list', { name: 'Causal chain' }).waitFor();
  });
});

browserTest('the runbook is read also while the server answers nothing, and the notice leads to its section', async (browser) => {
  const server = await live();
  const page = await browser.newPage();
  await page.route('**/api/v1/**', (route) => route.abort());
  await page.goto(`${server.url}/#/map`);
  const notice = page.getByRole('alert').filter({ hasText: 'Not current.' });
  await notice.getByText('Nothing has been read yet', { exact: false }).waitFor();
  await notice.getByRole('link', { name: 'What to do' }).click();
  await page.getByRole('heading', { name: 'Server down' }).waitFor();
  await page.close();
});
