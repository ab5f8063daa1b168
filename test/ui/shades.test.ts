/** What parts and links show on the map when somebody took them out on purpose. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MapState } from '../../src/app/contract/cluster.ts';
import type { Floor } from '../../ui/src/map/floor.ts';
import { shadeMap } from '../../ui/src/map/shades.ts';

/** Three modules under one tray; link 0 ends at module 1, link 1 at module 2, both from module 3. */
const map = {
  components: { kind: [0, 1, 1, 1], parent: [-1, 0, 0, 0], ordinal: [0, 0, 1, 2] }, nodes: { component: [0, 0], kind: [0, 0], rack: [0, 0], slot: [0, 1] },
  links: { from: [0, 0], to: [1, 1], tier: [0, 0], designGbps: [400, 400], lengthM: [1, 1], nearBody: [3, 3], farBody: [1, 2], wavelengths: [2, 2] },
};
const part = (row: number, health: 'drained' | 'failed'): MapState['components'][number] => ({ row, health, caseC: null, lossDb: 0, isDead: true });
const state: MapState = {
  version: 1, nowNs: 0, components: [part(1, 'drained'), part(2, 'failed')],
  links: { usableGbps: [0, 0], grantedGbps: [0, 0], marginDb: [3, 3], topClass: [-1, -1], offByPlan: [0, 0] },
};

test('a drained part and its dark link are in maintenance, a failed part and its link have failed', () => {
  const { own, link, worst } = shadeMap({ map } as unknown as Floor, state, 'health');
  // Steps of the health colouring: 1 is in maintenance, 4 failed and dark. The tray shows the most concerning of what it holds.
  assert.deepEqual([...own], [0, 1, 4, 0]);
  assert.deepEqual([...link], [1, 4]);
  assert.equal(worst[0], 4);
});
