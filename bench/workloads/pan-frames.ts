/** Pans the map of an open page as a hand would and times every frame from the move to its drawn pixels. */

import type { Page } from 'playwright-core';

/** Where the map is looked at from while it is panned. */
export interface PanView {
  readonly name: string;
  /** Turns of the wheel towards the middle before panning. */
  readonly closer: number;
  readonly everyLink: boolean;
}

export const panViews: readonly PanView[] = [
  { name: 'all of it', closer: 0, everyLink: false }, { name: 'racks close by', closer: 5, everyLink: false }, { name: 'trays open', closer: 11, everyLink: false },
  { name: 'all of it, every link a line', closer: 0, everyLink: true },
];

export async function lookAt(page: Page, url: string, { closer, everyLink }: PanView): Promise<void> {
  await page.goto(`${url}/`);
  await page.locator('canvas[data-version]').waitFor({ timeout: 60_000 });
  if (everyLink) await page.getByLabel('every link').check();
  const box = await page.locator('canvas').boundingBox();
  await page.mouse.move((box?.x ?? 0) + (box?.width ?? 0) / 2, (box?.y ?? 0) + (box?.height ?? 0) * 0.45);
  for (let turn = 0; turn < closer; turn++) {
    await page.mouse.wheel(0, -240);
    await page.waitForTimeout(60);
  }
  await page.waitForTimeout(400);
}

/** Reading one pixel makes a software canvas draw all that it was told; it is part of the frame's time. */
const frames = `async (count) => {
  const canvas = document.querySelector('canvas');
  const box = canvas.getBoundingClientRect();
  const at = { x: box.left + box.width / 2, y: box.top + box.height / 2 };
  const send = (kind) => canvas.dispatchEvent(new PointerEvent(kind, { bubbles: true, pointerId: 1, isPrimary: true, clientX: at.x, clientY: at.y, buttons: 1 }));
  canvas.setPointerCapture = () => {};
  send('pointerdown');
  const times = [];
  for (let frame = 0; frame < count; frame++) {
    const begun = performance.now();
    at.x += frame % 40 < 20 ? 24 : -24;
    at.y += frame % 40 < 20 ? 10 : -10;
    send('pointermove');
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    canvas.getContext('2d').getImageData(0, 0, 1, 1);
    times.push(performance.now() - begun);
  }
  send('pointerup');
  return times;
}`;

/** Milliseconds of each of `count` frames of a pan to and fro, about half a view wide. Two turns of the display's clock (33 ms) are in each. */
export const panFrames = (page: Page, count: number): Promise<readonly number[]> => page.evaluate(`(${frames})(${count})`);

export const p95 = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.95) - 1] ?? NaN;
