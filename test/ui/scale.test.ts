/** The map of twelve thousand cables: panned to and fro it is what it was, and what a frame took is told. */

import assert from 'node:assert/strict';
import { startMapServer } from '../../bench/workloads/map-server.ts';
import { lookAt, p95, panFrames, panViews } from '../../bench/workloads/pan-frames.ts';
import { browserTest } from './browser.ts';

/** To and fro once: the hand ends where it began. */
const framesThereAndBack = 40;

browserTest('a pan over 12,288 links ends on the picture that it began with', async (browser) => {
  const server = await startMapServer(4096);
  try {
    // Three links for each accelerator: to its server's switch, to its leaf, and from the leaf to a spine.
    assert.equal(server.cables, 3 * 4096);
    for (const view of panViews.filter(({ closer }) => closer > 0)) {
      const page = await browser.newPage({ viewport: { width: 1600, height: 900 } });
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      await lookAt(page, server.url, view);
      await page.mouse.move(2, 2);
      await page.waitForTimeout(300);
      const picture = `document.querySelector('canvas').toDataURL()`;
      const before = await page.evaluate(picture);
      // The page is served under a policy that allows no inline script and no inline style element. (Reading pixels back draws a remark.)
      assert.deepEqual(complaints, []);
      const times = await panFrames(page, framesThereAndBack);
      await page.waitForTimeout(600);
      const after = await page.evaluate(picture);
      assert.ok(before === after, `${view.name}: the picture differs`);
      console.log(`pan redraw of 12,288 links, ${view.name}: p95 ${p95(times).toFixed(0)} ms (software drawing, two turns of the display's clock included)`);
      await page.close();
    }
  } finally {
    await server.close();
  }
});
