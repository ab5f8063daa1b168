/** Where new light goes while parts are on trial after a fault, on the tree plant: leaf 0 reaches leaf 1 over four spines, 400 Gb/s each. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkInvariants } from '../../src/control/invariants.ts';
import { defaultPolicy } from '../../src/plan/policy.ts';
import { ask, play, second } from './play.ts';
import { treePlant } from './plants.ts';

test('new light keeps off a port on trial while another way has the room, and uses it when none has', () => {
  const plant = treePlant();
  const { fabric } = plant.cluster;
  const { state, take, log } = play(plant);
  const uplink = (id: string): number => state.leases.get(id)?.grant?.paths[0]?.links[1] ?? -1;
  take(0, ask('before', 'background', 400, [0, 4]));
  const tried = uplink('before');
  take(0, { kind: 'leaseReleased', id: 'before' });
  const alarm = (atNs: number, sequence: number, raised: boolean): void => void take(atNs, { kind: 'alarm', device: 'leaf', sequence, component: fabric.linkPort[tried] ?? -1, alarm: 'lossOfLight', raised });
  alarm(second, 1, true);
  alarm(2 * second, 2, false);
  // Its light is back and its hold-down has begun. Three of the four uplinks are sound, and each of these leases fills one.
  for (const [rank, id] of ['a', 'b', 'c'].entries()) take(3 * second, ask(id, 'background', 400, [rank, rank + 4]));
  assert.ok(['a', 'b', 'c'].every((id) => uplink(id) >= 0 && uplink(id) !== tried));
  take(3 * second, ask('d', 'background', 400, [3, 7]));
  assert.equal(uplink('d'), tried);
  // Once sound it is as good as the others: the first way again.
  for (const id of ['a', 'b', 'c', 'd']) take(4 * second, { kind: 'leaseReleased', id });
  take(3 * second + defaultPolicy.health.holdDownNs, { kind: 'tick' });
  take(4 * second + defaultPolicy.health.holdDownNs, ask('after', 'background', 400, [0, 4]));
  assert.equal(uplink('after'), tried);
  assert.deepEqual(checkInvariants(state, log), []);
});
