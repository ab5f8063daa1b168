/** Tables that the state keeps for speed say what a scan over everything says, whatever happened before. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { createState, forkState } from '../../src/control/create-state.ts';
import { healthNames } from '../../src/control/fact.ts';
import { partsOfLink } from '../../src/control/ladder/fitness.ts';
import { idleRanks } from '../../src/control/ladder/rank-light.ts';
import { viewWith } from '../../src/control/ladder/view.ts';
import { linkGbps, sharedCapacityGbps } from '../../src/control/light.ts';
import { takeReading } from '../../src/control/run.ts';
import type { State } from '../../src/control/state.ts';
import { syntheticRequest } from '../../src/study/play/synthetic-job.ts';
import { trafficClassNames } from '../../src/traffic/classes.ts';
import { treePlant } from './plants.ts';

/** Each table worked out from what it follows from. */
function checkTables(state: State): void {
  const { fabric } = state.plant.cluster;
  const serves = new Set(['sound', 'suspect']);
  const busy = new Set([...state.jobs.values()].flatMap(({ ranks }) => ranks));
  for (let link = 0; link < fabric.linkCount; link++) {
    assert.equal(state.links.poolGbps[link], sharedCapacityGbps(state, link));
    assert.equal(state.darkLinks.has(link), linkGbps(state, link) === 0);
    const out = partsOfLink(state, link).filter((part) => !serves.has(healthNames[state.components.health[part] ?? 0] ?? ''));
    assert.equal((state.links.partsOut[link] ?? 0) > 0, out.length > 0);
  }
  assert.deepEqual([...state.busyRanks.keys()].filter((rank) => state.busyRanks[rank] === 1), [...busy].sort((a, b) => a - b));
  // An idle rank is one that no job uses, whose server's part is sound, and each of whose links carries something.
  const idle = [...fabric.gpuNode.keys()].filter((rank) => {
    const node = fabric.gpuNode[rank] ?? 0;
    const links = [...fabric.outLink.subarray(fabric.outOffset[node], fabric.outOffset[node + 1])];
    return !busy.has(rank) && state.components.health[fabric.nodeComponent[node] ?? 0] === 0 && links.every((link) => linkGbps(state, link) > 0);
  });
  const nextIdle = idleRanks(state, viewWith(state, []));
  const told: number[] = [];
  for (let rank = nextIdle(); rank >= 0; rank = nextIdle()) told.push(rank);
  assert.deepEqual(told, idle);
}

test('tables kept for speed agree with scans after leases, jobs, faults and repairs in any order', () => {
  const dice = createDice(5);
  const state = createState(treePlant());
  const { componentCount } = state.plant.cluster.fabric;
  checkTables(state);
  for (let turn = 0; turn < 400; turn++) {
    const atNs = turn * 10e9;
    const component = dice.below(componentCount);
    const [fromRank, toRank] = [dice.below(4), 4 + dice.below(4)];
    switch (dice.below(6)) {
      case 0: case 1: {
        const trafficClass = trafficClassNames[dice.below(6)] ?? 'background';
        takeReading(state, atNs, { kind: 'leaseAsked', request: {
          id: `l${turn}`, tenant: 't', job: null, trafficClass, fromRank, toRank, rateGbps: 50 * (1 + dice.below(6)), bits: null, floorGbps: 0, startNs: 0, endNs: atNs + 600e9,
        } });
        break;
      }
      case 2: takeReading(state, atNs, { kind: 'alarm', device: 'd', sequence: turn, component, alarm: 'partFault', raised: dice.below(2) === 0 }); break;
      case 3: {
        const phase = { trafficClass: 'allReduce', timeNs: 10e6, rateGbps: 100, pairs: [[0, 1], [1, 0]] } as const;
        takeReading(state, atNs, { kind: 'jobAsked', job: syntheticRequest({
          id: `j${turn}`, tenant: 't', ranks: [fromRank, toRank], computeNs: 50e6, phases: [phase], replicas: 2, replicaBlock: 1, replicasMin: 1, steps: 1e6, checkpointNs: 1e9, restartNs: 10e9,
        }) });
        break;
      }
      case 4: for (const id of [...state.jobs.keys()].slice(0, 1)) takeReading(state, atNs, { kind: 'jobEnded', id }); break;
      default: takeReading(state, atNs, { kind: 'tick' });
    }
    checkTables(state);
  }
  assert.ok(state.darkLinks.size > 0);
  checkTables(forkState(state));
});
