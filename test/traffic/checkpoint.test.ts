/** Checkpoints against Young, Daly and published sizes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { checkpointDemand, datasetDemand, paceGbps, siteSyncDemand, weightLoadDemand } from '../../src/traffic/background-demand.ts';
import { acceleratorMtbfH, checkpointState, dalyIntervalS, goodput, planCheckpoints, youngIntervalS } from '../../src/traffic/checkpoint.ts';
import { gpt3x175b, llama31x405b } from '../../src/traffic/model-presets.ts';
import type { ParallelPlan } from '../../src/traffic/parallel-plan.ts';
import { softwareStacks } from '../../src/traffic/parallel-plan.ts';

const plan: ParallelPlan = {
  tensor: 8, sequenceParallel: true, pipeline: 16, schedule: '1f1b', interleave: 8, data: 128, zero: 1, shard: 128, expert: 1, context: 1,
  microbatch: 1, globalBatch: 2048, recompute: 'none', precision: 'bf16', software: softwareStacks.megatronCore,
};

test('Young\'s interval is sqrt(2CM), Daly\'s is shorter by his correction', () => {
  // M = 3 h, C = 60 s. Young: sqrt(2 x 60 x 10,800) = sqrt(1,296,000) = 1,138.4 s. Daly: C/2M = 1/360, its root 0.052705, so
  // 1,138.42 x (1 + 0.017568 + 0.000309) - 60 = 1,098.8 s.
  const failures = { mtbfS: 10_800, costS: 60 };
  assert.ok(Math.abs(youngIntervalS(failures) - 1138.42) < 0.01);
  assert.ok(Math.abs(dalyIntervalS(failures) - 1098.77) < 0.01);
  // A checkpoint longer than twice the time between failures: Daly gives M.
  assert.equal(dalyIntervalS({ mtbfS: 100, costS: 300 }), 100);
});

test('Goodput gives the published shares for slow and fast recovery and cheap checkpoints', () => {
  // The three settings of the failure notes, each at its own Daly interval: 84.97 %, 88.8 % and 90.6 %.
  const share = (costS: number, restartS: number): number => goodput({ mtbfS: 10_800, costS, restartS }, dalyIntervalS({ mtbfS: 10_800, costS }));
  assert.ok(Math.abs(share(60, 600) - 0.8497) < 5e-5, `${share(60, 600)}`);
  assert.ok(Math.abs(share(60, 120) - 0.888) < 5e-4, `${share(60, 120)}`);
  assert.ok(Math.abs(share(10, 600) - 0.906) < 5e-4, `${share(10, 600)}`);
});

test('Daly\'s interval is within a hundredth of a per cent of the best goodput', () => {
  for (const [costS, mtbfS] of [[10, 10_800], [60, 10_800], [300, 3600]] as const) {
    const failures = { costS, mtbfS, restartS: 600 };
    let best = 0;
    for (let interval = costS / 10; interval < mtbfS; interval *= 1.002) best = Math.max(best, goodput(failures, interval));
    const daly = goodput(failures, dalyIntervalS(failures));
    assert.ok(best - daly < 1e-4, `${best} and ${daly}`);
  }
});

test('A run with dice that fail ends as often as the closed form says', () => {
  // The dumb twin: 20,000 segments of work, failures by exponential dice at any time, restarts that may fail themselves.
  const failures = { mtbfS: 10_800, costS: 60, restartS: 600 };
  const intervalS = 1100;
  const dice = createDice(11);
  let clockS = 0;
  let failS = dice.exponential() * failures.mtbfS;
  const segments = 20_000;
  for (let done = 0; done < segments;) {
    if (clockS + intervalS + failures.costS <= failS) { clockS += intervalS + failures.costS; done++; continue; }
    clockS = failS;
    for (;;) {
      failS = clockS + dice.exponential() * failures.mtbfS;
      if (clockS + failures.restartS <= failS) { clockS += failures.restartS; break; }
      clockS = failS;
    }
  }
  const share = (segments * intervalS) / clockS;
  // About 2,400 failures: 2 % of 15 points lost is 0.3 points; three of them.
  assert.ok(Math.abs(share - goodput(failures, intervalS)) < 0.01, `${share} and ${goodput(failures, intervalS)}`);
});

test('State is 14 bytes a parameter, written by every shard', () => {
  // GPT-3 has 175 billion parameters (Brown et al. 2020): 2.45 TB, over 8 x 16 x 128 writers with a sharded optimiser.
  const sharded = checkpointState(gpt3x175b, plan);
  assert.equal(sharded.writers, 16_384);
  assert.ok(Math.abs(sharded.totalBits / 8 / 2.45e12 - 1) < 0.01);
  assert.equal(checkpointState(gpt3x175b, { ...plan, zero: 0 }).writers, 128);
  // Copies of hybrid shards do not write: 16 ranks of 128 hold one copy.
  assert.equal(checkpointState(gpt3x175b, { ...plan, zero: 3, shard: 16 }).writers, 2048);
});

test('Bandwidth keeps the deadline and a job that does not wait needs far less of it', () => {
  const state = checkpointState(llama31x405b, plan);
  const common = { state, mtbfS: (acceleratorMtbfH.value / 16_384) * 3600, restartS: 600, storageGbps: 16_000, writerGbps: 400, intervalS: null };
  const waiting = planCheckpoints({ ...common, hostCopyGbps: null });
  const draining = planCheckpoints({ ...common, hostCopyGbps: 400 });
  // 405.85e9 x 14 B = 5.68 TB at 2 TB/s: 2.84 s.
  assert.ok(Math.abs(waiting.drainS - 2.84) < 0.01 && waiting.failures.costS === waiting.drainS);
  assert.ok(Math.abs(waiting.neededGbps - 16_000) < 1);
  assert.ok(draining.failures.costS < 0.01 && draining.goodput > waiting.goodput);
  assert.ok(draining.deadlineS === draining.intervalS && draining.intervalS >= draining.drainS && draining.neededGbps <= 16_000);
  assert.ok(Math.abs(paceGbps(checkpointDemand(state, draining)) - draining.neededGbps) < 1e-6);
  // Effective training time above 90 % at 16,384 accelerators, as the same paper reports.
  assert.ok(waiting.goodput > 0.9);
});

test('Sync between sites, dataset and weights are bits over their deadline', () => {
  // 1e9 parameters in 2 bytes between two sites: each sends 2 x 1/2 x 16 Gbit, both 32 Gbit; every 500 steps of 2 s, due in 5.
  const sync = siteSyncDemand({ parameters: 1e9, bytesPerParameter: 2, sites: 2, innerSteps: 500, overlapSteps: 5, stepS: 2, sendersPerSite: 8 });
  assert.deepEqual([sync.bits, sync.periodS, sync.deadlineS, sync.senders, paceGbps(sync)], [32e9, 1000, 10, 16, 3.2]);
  // 1,000 tokens of 4 bytes each 2 s: 16 kbit/s.
  assert.ok(Math.abs(paceGbps(datasetDemand({ tokensPerStep: 1000, bytesPerToken: 4, stepS: 2, readers: 1 })) - 16e-6) < 1e-15);
  assert.equal(weightLoadDemand({ parameters: 1e9, bytesPerParameter: 2, replicas: 3, senders: 24, deadlineS: 60 }).bits, 48e9);
});
