/** The test of the whole, on 1,024 liquid-cooled accelerators: a loop warms by 6 K and within a second everything is named, priced and done. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rungNames } from '../../../src/plan/policy.ts';
import { warmLoop } from '../../../src/study/worth/warm-loop.ts';
import { groundOf } from './ground.ts';

test('within a second of a loop warming by 6 K the decision names lasers, wavelengths, links, classes and jobs with priced candidates, and no job restarts', () => {
  const ground = groundOf('cluster-liquid-1024', 'workload-llama-405b');
  const { afterNs, decision, restarts, stands, stepRatio } = warmLoop({ plant: ground.plant, devices: ground.devices(), job: ground.request(0.6), loop: 'coolantloop0', warmK: 6, seed: 1 });
  assert.ok(decision !== null && afterNs !== null);
  assert.ok(afterNs <= 1e9, `${afterNs}`);
  const { impact, candidates, rung, price, because, plan } = decision;
  const kindOf = ground.cluster.fabric.componentName(impact.component as never);
  assert.match(kindOf, /coolantloop0$/);
  for (const rows of [impact.lasers, impact.wavelengths, impact.links, impact.leases, impact.classes, impact.jobs]) assert.ok(rows.length > 0);
  assert.deepEqual(impact.jobs, ['train']);
  // 35 C of supply become 41 C.
  assert.match(because, /41\.0 °C/);
  assert.deepEqual(candidates.map((candidate) => candidate.rung), rungNames);
  assert.ok(candidates.every(({ price: own, reasons }) => own !== null || reasons.length > 0));
  const chosen = candidates.find((candidate) => candidate.rung === rung);
  assert.ok(chosen?.price !== null && chosen?.price.lostGpuS === price.lostGpuS);
  assert.ok(candidates.every(({ price: own }) => own === null || own.lostGpuS >= price.lostGpuS * (1 - 1e-9)));
  assert.ok(plan.changes.length > 0);
  assert.deepEqual([restarts, stands], [0, false]);
  assert.ok(stepRatio < 1.05, `${stepRatio}`);
});
