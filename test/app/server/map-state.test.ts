/** The columns of the map's state: links that orders keep dark are told from links that have failed, whole and in deltas. */

import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { createPlayHost } from '../../../src/app/scenario-host.ts';
import { deltaOf } from '../../../src/app/server/streams.ts';
import { mapStateView } from '../../../src/app/server/views/map-view.ts';
import { World, usualTimes } from '../../../src/study/closed-loop/world.ts';

const second = 1e9;

test('a link that a warm loop has switched off is off by plan, and one whose port has failed is not', () => {
  const folder = fileURLToPath(new URL('../../scenarios/', import.meta.url));
  const read = createPlayHost(`${folder}any.play`).readCluster('clusters/liquid-32.yaml');
  if (!read.ok) assert.fail(JSON.stringify(read.issues));
  const world = new World({ plant: read.value.plant, devices: read.value.devices, seed: 1, ...usualTimes }, () => undefined);
  for (let rank = 0; rank < 8; rank++) {
    world.tell({ kind: 'leaseAsked', request: { id: `l${rank}`, tenant: 't', job: null, trafficClass: 'allReduce', fromRank: rank, toRank: 16 + rank, rateGbps: 60, bits: null, floorGbps: 0, startNs: 0, endNs: 1e15 } });
  }
  world.advance(2 * second);
  const before = mapStateView(world.state);
  assert.ok(before.links.offByPlan.every((off) => off === 0));
  world.inject({ device: 'coolantloop0', fault: 'warm', by: 6 });
  world.advance(5 * second);
  const { fabric } = world.devices.cluster;
  const after = mapStateView(world.state);
  // What it must say, from the orders alone: nothing is told to be lit in one direction or the other.
  const isToldDark = (link: number): boolean => {
    const told = world.state.wavelengths.rateGbps.subarray(fabric.linkWavelength[link] ?? 0, fabric.linkWavelength[link + 1] ?? 0);
    return told.length > 0 && told.every((rate) => rate === 0);
  };
  const expected = after.links.offByPlan.map((_, row) => (isToldDark(2 * row) || isToldDark(2 * row + 1) ? 1 : 0));
  assert.ok(expected.includes(1));
  assert.deepEqual(after.links.offByPlan, expected);
  const delta = deltaOf(before, after);
  assert.deepEqual(delta?.links.row.filter((_, at) => delta.links.offByPlan[at] === 1), expected.flatMap((off, row) => (off === 1 ? [row] : [])));
  // A port that fails is no plan, even where its light is off.
  const row = expected.indexOf(1);
  const port = fabric.linkPort[2 * row] ?? -1;
  world.tell({ kind: 'alarm', device: 'somebody', sequence: 1, component: port, alarm: 'partFault', raised: true });
  assert.equal(mapStateView(world.state).links.offByPlan[row], 0);
});
