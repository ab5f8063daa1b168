/** Groups cut from compiled fabrics: whole, healthy, apart, joined by links; and what they strand on the published fault trace. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readServerFaults } from '../../../src/adapters/traces/server-faults.ts';
import { createDice } from '../../../src/base/dice.ts';
import { freeState, gpuStates, withStates } from '../../../src/plan/placement/cluster-view.ts';
import { cutGroups, refuseGroupSize, usableOnFabric } from '../../../src/plan/placement/fabric-groups.ts';
import { replayFaults } from '../../../src/plan/placement/fault-replay.ts';
import { usableGpus } from '../../../src/plan/placement/group-cut.ts';
import { sharedPath, sharedTest } from '../../shared.ts';
import { bypassRing, indexOf, leafSpine, viewOf } from './cases.ts';

const failed = gpuStates.indexOf('failed');

test('groups of a ring are healthy, apart, and joined by links of at most its hops; their number is that of the closed form', () => {
  const dice = createDice(3);
  const servers = 24;
  const view = viewOf(indexOf(bypassRing(servers, 3)));
  for (let round = 0; round < 40; round++) {
    const isUp = Uint8Array.from({ length: servers }, () => (dice.uniform() < 0.6 ? 1 : 0));
    const state = view.state.map((own, rank) => (isUp[Math.floor(rank / 8)] === 1 ? own : failed));
    const perGroup = round % 2 === 0 ? 16 : 32;
    const groups = cutGroups(withStates(view, state), perGroup);
    const all = groups.flatMap((group) => [...group]);
    assert.equal(new Set(all).size, all.length);
    assert.ok(all.every((rank) => state[rank] === freeState));
    for (const group of groups) {
      assert.equal(group.length, perGroup);
      const line = [...new Set([...group].map((rank) => Math.floor(rank / 8)))];
      assert.ok(line.every((server, at) => at === 0 || (server - (line[at - 1] ?? 0) + servers) % servers <= 3), line.join());
    }
    assert.equal(all.length, usableGpus({ kind: 'ring', hops: 3 }, isUp, { gpusPerServer: 8, gpusPerGroup: perGroup }));
  }
});

test('a switched fabric holds groups up to its scale-up domain and refuses larger ones', () => {
  const index = indexOf(leafSpine(4, 2));
  assert.equal(refuseGroupSize(index, 2), null);
  assert.equal(refuseGroupSize(index, 4)?.code, 'group-larger-than-domain');
  // Four servers of 2; one GPU is held: three groups of 2, and 7 groups of 1.
  const view = viewOf(index, { jobs: [{ name: 'a', ranks: [3], endsInH: null }] });
  assert.deepEqual(cutGroups(view, 2).map((group) => [...group]), [[0, 1], [4, 5], [6, 7]]);
  assert.equal(cutGroups(view, 1).length, 7);
});

sharedTest('our placement strands at most 1.1 times what the 3-hop ring of the trace does', 'data/infinitehbd/fault_trace.json', (path) => {
  const facts = JSON.parse(readFileSync(sharedPath('facts/paper-figures.json') ?? '', 'utf8')) as readonly { readonly id: string; readonly value: Readonly<Record<string, number>> }[];
  const faults = readServerFaults(path);
  assert.ok(faults.ok);
  const view = viewOf(indexOf(bypassRing(400, 3)));
  for (const gpusPerGroup of [16, 32]) {
    const result = replayFaults({ faults: faults.value, servers: 400, gpusPerServer: 8, draws: 2, dice: createDice(1), machines: [usableOnFabric(view, 8, gpusPerGroup)] });
    const floorPct = facts.find(({ id }) => id === `ihbd-waste-tp${gpusPerGroup}`)?.value['ring_k3_pct'] ?? NaN;
    const ourPct = 100 * (result.machines[0]?.stranded ?? NaN);
    assert.ok(ourPct <= 1.1 * floorPct, `groups of ${gpusPerGroup}: ${ourPct} % against ${floorPct} %`);
  }
});
