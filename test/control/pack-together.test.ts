/** Light assigned to several leases at once: a job keeps what lease after lease would lose it, and stands only where there is no light for it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Decision } from '../../src/control/decision.ts';
import { checkCapacity } from '../../src/control/invariants.ts';
import type { JobDemand } from '../../src/control/job.ts';
import type { Plant } from '../../src/control/plant.ts';
import { bareDesign } from '../fabric/designs.ts';
import { plantOf } from './plants.ts';
import type { Play } from './play.ts';
import { ask, job, play, second } from './play.ts';

/** Four single-GPU servers with a port of 400 Gb/s to each of two leaves, plane 0 and plane 1, that nothing joins. */
const planesPlant = (): Plant => plantOf(bareDesign(4, { kind: 'planes', count: 2, plane: { kind: 'leaf-spine', nodesPerLeaf: 4, spines: 1, uplinksPerLeaf: 4 } }));

/** Port of a GPU to a plane, in the order of the GPU's links. */
function portOf({ cluster: { fabric } }: Plant, rank: number, plane: number): number {
  const node = fabric.gpuNode[rank] ?? 0;
  return fabric.linkPort[fabric.outLink[(fabric.outOffset[node] ?? 0) + plane] ?? 0] ?? -1;
}

/** The plane by which each lease of a job leaves, as Gb/s on plane 0 and on plane 1. */
function planesOf({ state }: Play, id: string): readonly number[] {
  const { fabric } = state.plant.cluster;
  const gbps = [0, 0];
  const lease = state.leases.get(id);
  for (const { links, rateGbps } of lease?.grant?.paths ?? []) {
    const first = fabric.outOffset[fabric.gpuNode[lease?.request.fromRank ?? 0] ?? 0] ?? 0;
    const plane = fabric.outLink[first] === links[0] ? 0 : 1;
    gbps[plane] = (gbps[plane] ?? 0) + rateGbps;
  }
  return gbps;
}

/** A port goes dark; the decisions that follow. */
function lose(run: Play, at: { readonly atNs: number; readonly component: number }): readonly Decision[] {
  const facts = run.take(at.atNs, { kind: 'alarm', device: 'd', sequence: at.atNs / second, component: at.component, alarm: 'laserFault', raised: true });
  return facts.flatMap((fact) => (fact.kind === 'decided' ? [fact.decision] : []));
}

const pair = (fromRank: number, toRank: number, rateGbps: number): JobDemand => ({ trafficClass: 'allReduce', fromRank, toRank, rateGbps });

/** A job on all four GPUs that cannot drop a replica. */
function startJob(run: Play, demands: readonly JobDemand[]): void {
  const facts = run.take(0, { kind: 'jobAsked', job: job('j', [0, 1, 2, 3], demands, { replicasMin: 4 }) });
  assert.ok(facts.some(({ kind }) => kind === 'jobAdmitted'), facts.map(({ kind }) => kind).join(' '));
}

test('a lease moves to the other plane to make room for one that has no other plane left', () => {
  const plant = planesPlant();
  const run = play(plant);
  // 210 Gb/s fill three wavelengths by less than three quarters, so both leases share light. They spread over the planes: one each, as
  // 210 + 210 do not fit into the 400 Gb/s of one port of GPU 2.
  startJob(run, [pair(0, 2, 210), pair(1, 2, 210)]);
  const [planeOfFirst, planeOfSecond] = ['j/allReduce/0', 'j/allReduce/1'].map((id) => planesOf(run, id).findIndex((gbps) => gbps > 200));
  assert.ok(planeOfFirst !== undefined && planeOfSecond !== undefined && planeOfFirst !== planeOfSecond);
  // GPU 0 loses the plane it is on. The other one has 190 Gb/s left into GPU 2, and a half of each lease is its floor: lease after lease
  // the first gets 190. Together: the second lease changes planes with it, and nobody loses anything.
  const [decision] = lose(run, { atNs: second, component: portOf(plant, 0, planeOfFirst) });
  assert.ok(decision !== undefined);
  assert.deepEqual(planesOf(run, 'j/allReduce/0')[planeOfSecond], 210);
  assert.deepEqual(planesOf(run, 'j/allReduce/1')[planeOfFirst], 210);
  assert.equal(decision.rung, 'preempt');
  assert.equal(decision.price.lostGpuS, 0);
  const weighed = decision.candidates.find(({ rung }) => rung === 'preempt');
  assert.match(weighed?.reasons.join(' ') ?? '', /assigned together: those of the jobs that were hit get all that they asked for/);
  // 190 of 210 Gb/s slow the job's step already, and together nothing is lost: nobody asks what the rest would cost.
  assert.ok(Number(/Lease after lease it would cost ([\d.]+) GPU s, or more\./.exec(weighed?.reasons.join(' ') ?? '')?.[1] ?? 0) > 0);
  assert.deepEqual(checkCapacity(run.state), []);
});

test('where there is not light for all of a collective, its pairs get the same share, and a lower class yields to its floor', () => {
  const plant = planesPlant();
  const run = play(plant);
  startJob(run, [pair(0, 2, 210), pair(1, 2, 210)]);
  run.take(0, ask('bulk', 'background', 150, [3, 2]));
  // GPU 2 loses one plane: 400 Gb/s lead into it for 420 and background, whose floor is 0. Equal shares are 200 of 210 each.
  lose(run, { atNs: second, component: portOf(plant, 2, 0) });
  const rates = ['j/allReduce/0', 'j/allReduce/1', 'bulk'].map((id) => run.state.leases.get(id)?.grant?.rateGbps ?? 0);
  const [first, other, bulk] = rates;
  assert.ok((first ?? 0) > 190 && (other ?? 0) > 190 && (first ?? 0) + (other ?? 0) <= 400 + 1e-6, `${rates}`);
  assert.equal(bulk, 0);
  assert.equal(run.state.jobs.get('j')?.held, null);
  assert.deepEqual(checkCapacity(run.state), []);
});

test('a job does not stand while there is light for it, though not for its floors', () => {
  const plant = planesPlant();
  const { fabric } = plant.cluster;
  const run = play(plant);
  startJob(run, [pair(0, 3, 210), pair(1, 3, 210)]);
  // GPU 3 loses one plane and, of the other, two of the four lanes that lead into it: 200 Gb/s for two floors of 105.
  lose(run, { atNs: second, component: portOf(plant, 3, 0) });
  const out = fabric.outLink[(fabric.outOffset[fabric.gpuNode[3] ?? 0] ?? 0) + 1] ?? 0;
  const first = fabric.linkWavelength[fabric.linkReverse[out] ?? 0] ?? 0;
  [0, 1].forEach((lane) => void lose(run, { atNs: (2 + lane) * second, component: fabric.wavelengthLaser[first + lane] ?? -1 }));
  const rates = ['j/allReduce/0', 'j/allReduce/1'].map((id) => run.state.leases.get(id)?.grant?.rateGbps ?? 0);
  assert.ok(rates.every((gbps) => gbps > 90 && gbps < 105), `${rates}`);
  assert.equal(run.state.jobs.get('j')?.held, null);
  assert.deepEqual(checkCapacity(run.state), []);
});
