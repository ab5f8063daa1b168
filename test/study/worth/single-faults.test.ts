/** Every engine, laser source and circuit port of two small clusters, each broken by itself in the closed loop. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faultTargets, singleFaultStudy } from '../../../src/study/worth/single-faults.ts';
import { groundOf } from './ground.ts';

for (const [cluster, share, counts] of [
  // 16 leaves and 4 spines with an engine and a source that lights it each.
  ['worth/cluster-engines-32', 0.6, { engine: 20, laserSource: 20 }],
  // Four switches, one per rail, each with two ports to each of four servers.
  ['worth/cluster-circuits-16', 0.2, { ocsPort: 32 }],
] as const) {
  test(`no single fault on ${cluster} restarts the job, and each costs less than one step`, () => {
    const ground = groundOf(cluster, 'worth/workload-dense-8b');
    const targets = faultTargets(ground.plant);
    for (const [kind, count] of Object.entries(counts)) assert.equal(targets.filter((target) => target.kind === kind).length, count);
    const faults = singleFaultStudy({ plant: ground.plant, createDevices: () => ground.devices(), job: ground.request(share), seed: 1 });
    for (const { name, restarts, stands, lostSteps } of faults) assert.ok(restarts === 0 && !stands && lostSteps < 1, `${name}: ${restarts} restarts, ${lostSteps} steps`);
    // The faults are felt: leases moved, and some work was lost while they did.
    assert.ok(faults.some(({ rungs, lostSteps }) => rungs.length > 0 && lostSteps > 0));
  });
}
