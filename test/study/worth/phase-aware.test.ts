/** Phase-aware is never worse than static, over seeds; where it wins is named. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { phaseStudy } from '../../../src/study/worth/phase-aware.ts';
import { drawShiftedJobs, shiftOutcome } from '../../../src/study/worth/shifted-jobs.ts';
import { networkView } from '../../../src/study/fabric-view.ts';
import { defaultCalibration } from '../../../src/traffic/calibration.ts';
import { communicationPhases } from '../../../src/traffic/phases.ts';
import { computeParts, phaseDurations } from '../../../src/traffic/step-time.ts';
import { groundOf } from './ground.ts';

test('shifted steps are never slower on the flow engine than steps as they fall, over 80 draws of jobs', () => {
  const dice = createDice(2026);
  const outcomes = Array.from({ length: 80 }, (_, draw) => shiftOutcome(drawShiftedJobs(dice.fork(`draw${draw}`))));
  for (const { staticSlowdown, shiftedSlowdown } of outcomes) assert.ok(shiftedSlowdown <= staticSlowdown * (1 + 1e-6), `${shiftedSlowdown} ${staticSlowdown}`);
  assert.ok(outcomes.filter(({ staticSlowdown, shiftedSlowdown }) => shiftedSlowdown < staticSlowdown - 0.01).length >= 20);
});

test('two jobs of 100 ms that both send for the last 40 ms are 40 % slower together, and not at all when shifted', () => {
  // Both want the whole link at once: 40 ms of bits take 80 ms, so a step lasts 140 ms; apart, 100 ms.
  const job = { accelerators: 8, periodNs: 100e6, burstNs: 40e6, originNs: 0 };
  const { staticSlowdown, shiftedSlowdown } = shiftOutcome([job, job]);
  assert.ok(Math.abs(staticSlowdown - 1.4) < 1e-6 && Math.abs(shiftedSlowdown - 1) < 1e-6, `${staticSlowdown} ${shiftedSlowdown}`);
});

test('changing circuits inside collectives and sharing rails are never slower than standing still, and win where light is quick or bits are many', () => {
  const { cluster, job } = groundOf('cluster-1024', 'workload-mixtral');
  const network = networkView(cluster);
  const phases = communicationPhases(job.model, job.plan, network, defaultCalibration);
  const { circuits, rails } = phaseStudy({
    seed: 4, draws: 0, scaleUpSize: network.scaleUp.size,
    step: {
      plan: job.plan, phases, durations: phaseDurations(phases, network, defaultCalibration), contention: defaultCalibration.network.contention,
      compute: computeParts(job.model, job.plan, job.accelerator, { scaleUpSize: network.scaleUp.size }),
    },
  });
  assert.equal(circuits.length, 98);
  for (const { staticNs, plannedNs } of circuits) assert.ok(plannedNs <= staticNs * (1 + 1e-9));
  for (const { boundNs, plannedNs } of circuits) assert.ok(boundNs === null || plannedNs >= boundNs * (1 - 1e-9));
  for (const { staticNs, plannedNs } of rails) assert.ok(plannedNs <= staticNs * (1 + 1e-9));
  const largest = circuits.filter(({ collective, bits, darkNs }) => collective === 'all-to-all' && bits > 8e9 && darkNs < 2e3);
  assert.ok(largest.every(({ staticNs, plannedNs }) => plannedNs < 0.6 * staticNs));
  assert.ok(rails.some(({ isShared }) => isShared));
});
