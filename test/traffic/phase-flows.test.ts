/** Flows of a phase carry what the closed form says: same bytes on the same tiers, same time where nothing contends. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultCalibration } from '../../src/traffic/calibration.ts';
import { groupCollective } from '../../src/traffic/collectives/group-collective.ts';
import { deepSeekV3, llama31x405b } from '../../src/traffic/model-presets.ts';
import type { ModelSpec } from '../../src/traffic/model.ts';
import type { NetworkView } from '../../src/traffic/network-view.ts';
import type { ParallelPlan } from '../../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../../src/traffic/parallel-plan.ts';
import { phaseFlows } from '../../src/traffic/phase-flows.ts';
import { communicationPhases } from '../../src/traffic/phases.ts';

const network: NetworkView = {
  scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 },
  scaleOut: { rateGbps: 400, latencyNs: 2000, podSize: 4096, oversubscription: 1, coreLatencyNs: 4000 },
};
const dense: ParallelPlan = {
  tensor: 4, sequenceParallel: true, pipeline: 8, schedule: '1f1b', interleave: 4, data: 16, zero: 1, shard: 16, expert: 1, context: 2,
  microbatch: 1, globalBatch: 512, recompute: 'none', precision: 'fp8', software: softwareStacks.megatronCore,
};
const expert: ParallelPlan = { ...dense, tensor: 1, context: 1, pipeline: 8, interleave: 1, data: 128, shard: 128, expert: 32, globalBatch: 4096 };

/** Time of simultaneous flows when every accelerator has one scale-up port and one NIC each way: the fullest port sets it. */
function portTimeNs(flows: ReturnType<typeof phaseFlows>): number {
  const load = new Map<string, number>();
  for (let flow = 0; flow < flows.flowCount; flow++) {
    const source = flows.sourceRank[flow] ?? 0;
    const target = flows.targetRank[flow] ?? 0;
    const inside = Math.floor(source / network.scaleUp.size) === Math.floor(target / network.scaleUp.size);
    const ns = (flows.flowBits[flow] ?? 0) / (inside ? network.scaleUp.rateGbps : network.scaleOut.rateGbps);
    for (const port of [`${inside} out ${source}`, `${inside} in ${target}`]) load.set(port, (load.get(port) ?? 0) + ns);
  }
  return Math.max(...load.values());
}

for (const [model, plan] of [[llama31x405b, dense], [deepSeekV3, expert]] as readonly (readonly [ModelSpec, ParallelPlan])[]) {
  test(`Flows of ${model.name} take as long on bare ports as the closed form streams`, () => {
    for (const phase of communicationPhases(model, plan, network, defaultCalibration)) {
      const closed = groupCollective(phase, network, defaultCalibration.network);
      if (closed.algorithm === 'tree') continue;
      const flows = phaseFlows(phase, { network, constants: defaultCalibration.network });
      const streamingNs = closed.timeNs - closed.latencyNs;
      assert.ok(flows.flowCount > 0, phase.name);
      assert.ok(Math.abs(portTimeNs(flows) - streamingNs) <= 0.02 * streamingNs, `${phase.name}: ports ${portTimeNs(flows)} ns, closed form ${streamingNs} ns`);
    }
  });
}

test('Every rank of the cluster takes part in the tensor groups exactly once', () => {
  const [phase] = communicationPhases(llama31x405b, dense, network, defaultCalibration);
  assert.ok(phase);
  const flows = phaseFlows(phase, { network, constants: defaultCalibration.network });
  // 8 x 16 x 2 x 4 = 1024 ranks in 256 groups of four; one ring of four edges each.
  assert.equal(phase.groups, 256);
  assert.deepEqual([...flows.sourceRank].sort((a, b) => a - b), Array.from({ length: 1024 }, (_, rank) => rank));
});

test('Rings between domains stay on their rail', () => {
  const gradients = communicationPhases(llama31x405b, dense, network, defaultCalibration).find((phase) => phase.name === 'gradients');
  assert.ok(gradients);
  const flows = phaseFlows(gradients, { network, constants: defaultCalibration.network, groupCount: 1 });
  // 32 ranks, two per domain, so 16 domains: two rings of 32 edges, 16 of each leave a domain.
  assert.equal(flows.flowCount, 64);
  let crossing = 0;
  for (let flow = 0; flow < flows.flowCount; flow++) {
    const [source, target] = [flows.sourceRank[flow] ?? 0, flows.targetRank[flow] ?? 0];
    if (Math.floor(source / 8) === Math.floor(target / 8)) continue;
    crossing++;
    assert.equal(source % 8, target % 8);
  }
  assert.equal(crossing, 32);
});
