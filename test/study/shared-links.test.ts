/** Phases whose flows share links: how far that slows them and on which link, against what the flows themselves say. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readCluster, readWorkload } from '../../src/adapters/spec/read-spec.ts';
import { planOn } from '../../src/adapters/spec/workload.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import { compileWithPhysics } from '../../src/fabric/physics.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import { runTraining, slowedFrom } from '../../src/study/training-run.ts';

const example = (name: string): string => fileURLToPath(new URL(`../../examples/${name}`, import.meta.url));
const cluster = readCluster(example('cluster-1024.yaml'));
const workload = readWorkload(example('workload-llama-405b.yaml'));
assert.ok(cluster.ok && workload.ok);
const plan = planOn(workload.value, cluster.value.design.gpus);
const compiled = compileWithPhysics(cluster.value.design, createCatalogue());
assert.ok(plan.ok && compiled.ok);
const run = runTraining(compiled.value, { model: workload.value.model, plan: plan.value, accelerator: cluster.value.accelerator });
assert.ok(!isRefusal(run));
const phase = (name: string) => run.phases.find((one) => one.name === name);

// Pipeline neighbours are 128 ranks apart, so their flows pass from pod to pod: all are of one size and start together, and a link
// with k of them is busy, from start to end, for k times what one flow takes alone at 400 Gb/s.
test('The busiest link of equal flows is busy as long as the phase streams', () => {
  const pipeline = phase('pipeline activations');
  const link = pipeline?.busiestLink;
  assert.ok(pipeline && link);
  assert.equal(pipeline.tier, 'fabric');
  assert.match(link.name, /^(leaf\d+ to spine\d+|spine\d+ to leaf\d+)$/);
  assert.ok(link.flows > 1 && pipeline.slowedBy > slowedFrom);
  assert.ok(Math.abs(link.busyNs / pipeline.streamingNs - 1) < 1e-9);
  assert.ok(Math.abs(pipeline.slowedBy - (pipeline.latencyNs + pipeline.streamingNs) / pipeline.closedFormNs) < 1e-12);
});

// Groups of tensor parallelism fill a node; context groups of 2 x 8 ranks and data groups stay below one leaf of 64 nodes.
test('Phases that stay on their leaves are not slowed and are called access', () => {
  assert.equal(phase('tensor all-gather')?.tier, 'scaleUp');
  for (const name of ['context key-value exchange', 'gradients', 'parameters']) {
    const timing = phase(name);
    assert.equal(timing?.tier, 'access', name);
    assert.ok((timing?.slowedBy ?? NaN) < slowedFrom, name);
  }
  assert.deepEqual(run.exposed.map((part) => part.tier), run.phases.map((timing) => timing.tier));
});
