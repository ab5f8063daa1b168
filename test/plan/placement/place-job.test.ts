/** Where a job fits: against the whole-cluster closed form, a search that tries every set, and cases worked out by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import type { ClusterView } from '../../../src/plan/placement/cluster-view.ts';
import { freeState } from '../../../src/plan/placement/cluster-view.ts';
import { placedStep } from '../../../src/plan/placement/placed-step.ts';
import { placementRisk } from '../../../src/plan/placement/placement-risk.ts';
import type { Placement, PlaceRequest } from '../../../src/plan/placement/place-job.ts';
import { placeJob } from '../../../src/plan/placement/place-job.ts';
import { hazardsBeside } from '../../../src/plan/placement/placement-index.ts';
import { orderRanks, rankOrders, ranksByReplica } from '../../../src/plan/placement/rank-order.ts';
import { networkView } from '../../../src/study/fabric-view.ts';
import { planGpus } from '../../../src/traffic/parallel-plan.ts';
import { predictStep } from '../../../src/traffic/step-time.ts';
import { copper, figure, railDesign } from '../../fabric/designs.ts';
import { bypassRing, component, indexOf, leafSpine, partFigures, requestFor, toyJob, viewOf } from './cases.ts';

function place(view: ClusterView, request: PlaceRequest): Placement {
  const answer = placeJob(view, request);
  if (isRefusal(answer)) assert.fail(answer.reasons.join(' '));
  return answer;
}

const identity = (gpus: number): Int32Array => Int32Array.from({ length: gpus }, (_, rank) => rank);

test('a job that fills a sound cluster in rank order has the closed-form step of the whole cluster', () => {
  const jobs = [toyJob({ data: 64, tensor: 8, pipeline: 2 }), toyJob({ data: 128, tensor: 4, pipeline: 2 })];
  for (const job of jobs) {
    const index = indexOf(railDesign);
    const step = placedStep(viewOf(index), job, identity(1024));
    assert.equal(step.prediction.stepS, predictStep(job.model, job.plan, job.accelerator, networkView(index.cluster)).stepS);
  }
});

test('ranks of a replica stand together in one order and stages in the other', () => {
  // tensor 2, data 2, pipeline 2: rank = t + 2 (d + 2 p). Replica 1 is ranks 2, 3 (stage 0) and 6, 7 (stage 1).
  const { plan } = toyJob({ data: 2, pipeline: 2 });
  const sequence = Int32Array.of(10, 11, 12, 13, 14, 15, 16, 17);
  assert.deepEqual([...orderRanks(sequence, plan, 'byStage')], [10, 11, 12, 13, 14, 15, 16, 17]);
  assert.deepEqual([...orderRanks(sequence, plan, 'byReplica')], [10, 11, 14, 15, 12, 13, 16, 17]);
  assert.deepEqual(ranksByReplica(orderRanks(sequence, plan, 'byReplica'), plan).map((ranks) => [...ranks]), [[10, 11, 12, 13], [14, 15, 16, 17]]);
});

/** The least accelerator-seconds per step over every set of whole or broken domains in every order of domains. */
function leastScore(view: ClusterView, request: PlaceRequest): number {
  const { index } = view;
  const { plan } = request.job;
  const gpus = planGpus(plan);
  const free = (domain: number): readonly number[] => [0, 1].map((local) => domain * 2 + local).filter((rank) => view.state[rank] === freeState);
  const isWhole = (domain: number): boolean => free(domain).length === 2;
  const domains = Array.from({ length: index.domainCount }, (_, domain) => domain).filter(isWhole);
  let least = Infinity;
  const extend = (taken: readonly number[]): void => {
    if (taken.length * 2 < gpus) {
      for (const domain of domains) if (!taken.includes(domain)) extend([...taken, domain]);
      return;
    }
    const sequence = Int32Array.from(taken.flatMap(free));
    for (const order of rankOrders) {
      const ranks = orderRanks(sequence, plan, order);
      const { stepS } = placedStep(view, request.job, ranks).prediction;
      const crosses = new Set(taken.map((domain) => index.podOf[domain])).size > 1;
      const { lostShare } = placementRisk(view, plan, ranks, { ...request, crosses });
      // Only whole domains are taken, so nothing is stranded.
      least = Math.min(least, (stepS * gpus) / (1 - lostShare));
    }
  };
  extend([]);
  return least;
}

test('no set of domains in any order costs the cluster less than the best candidate', () => {
  const dice = createDice(11);
  const index = indexOf(leafSpine(6, 2));
  for (let round = 0; round < 40; round++) {
    const held = [...Array(6).keys()].filter(() => dice.uniform() < 0.25).flatMap((domain) => [2 * domain, 2 * domain + 1]);
    const view = viewOf(index, { jobs: [{ name: 'other', ranks: held, endsInH: null }] });
    const job = round % 2 === 0 ? toyJob({ data: 2 }) : toyJob({ data: 2, pipeline: 2 });
    const request = requestFor(job, { replicasMin: 1 + (round % 3 === 0 ? 0 : 1) });
    const answer = placeJob(view, request);
    if (12 - held.length < planGpus(job.plan)) {
      assert.ok(isRefusal(answer));
      continue;
    }
    assert.ok(!isRefusal(answer));
    const least = leastScore(view, request);
    const best = answer.candidates[0]?.score ?? Infinity;
    // Candidates are compared to four digits.
    assert.ok(best <= least * 1.001, `round ${round}: ${best} against ${least}`);
  }
});

test('asking changes nothing, and the same question has the same answer', () => {
  const index = indexOf(leafSpine(8, 2));
  const view = viewOf(index, { jobs: [{ name: 'a', ranks: [0, 1, 6], endsInH: 3 }], hot: [component(index, 'node5')] });
  const before = structuredClone({ state: view.state, holder: view.holder, rates: view.linkRateGbps, access: view.accessGbps, jobs: view.jobs, quota: index.hazards.perH });
  const ask = (): string => JSON.stringify(placeJob(view, requestFor(toyJob({ data: 4 }))), (_, value: unknown) => (ArrayBuffer.isView(value) ? [...(value as Int32Array)] : value));
  assert.equal(ask(), ask());
  placeJob(view, requestFor(toyJob({ data: 16 })));
  assert.deepEqual({ state: view.state, holder: view.holder, rates: view.linkRateGbps, access: view.accessGbps, jobs: view.jobs, quota: index.hazards.perH }, before);
});

test('the smallest pod that holds the job is taken, and a broken domain before a whole one', () => {
  // Pods of 4 servers (8 GPUs). Pod 0 is free, pod 1 has 4 free: a job of 4 goes to pod 1.
  const index = indexOf(leafSpine(8, 4));
  const view = viewOf(index, { jobs: [{ name: 'a', ranks: [8, 9, 10, 11], endsInH: null }] });
  const fitted = place(view, requestFor(toyJob({ data: 2 })));
  assert.deepEqual([...(fitted.candidates[0]?.ranks ?? [])], [12, 13, 14, 15]);
  assert.deepEqual(fitted.elsewhere.regions.map(({ code }) => code), ['would-fragment', 'chosen']);
  // One GPU of server 2 is held: a job of one GPU takes the other one and strands nothing; elsewhere it would strand one.
  const broken = viewOf(index, { jobs: [{ name: 'a', ranks: [4], endsInH: null }] });
  const answer = place(broken, requestFor(toyJob({ data: 1, tensor: 1 })));
  assert.deepEqual([...(answer.candidates[0]?.ranks ?? [])], [5]);
  assert.equal(answer.candidates[0]?.strandedGpus, 0);
});

test('every region says why the job is not there', () => {
  // Four pods of 4 GPUs, a job of 4: pod 0 held, pod 1 too hot, pod 2 with a failed server and a held one, pod 3 free.
  const index = indexOf(leafSpine(8, 2));
  const view = viewOf(index, {
    jobs: [{ name: 'a', ranks: [0, 1], endsInH: null }, { name: 'b', ranks: [2, 3, 8, 9], endsInH: null }], hot: [component(index, 'node2'), component(index, 'node3')], failed: [component(index, 'node5')],
  });
  const { elsewhere, candidates } = place(view, requestFor(toyJob({ data: 2 })));
  assert.deepEqual([...(candidates[0]?.ranks ?? [])], [12, 13, 14, 15]);
  assert.deepEqual(elsewhere.regions.map(({ code }) => code), ['held', 'hot', 'not-enough-healthy', 'chosen']);
  assert.deepEqual(elsewhere.regions[0]?.heldBy, [{ job: 'a', gpus: 2 }, { job: 'b', gpus: 2 }]);
  assert.deepEqual(elsewhere.regions[2]?.counts, { free: 0, failed: 2, dark: 0, hot: 0, held: 2 });
});

test('what does not fit is refused with offers that hold', () => {
  // 16 GPUs, 6 held by a (ends in 9 h) and 2 by b (2 h): a job of 12 fits with 4 of 6 replicas, or when a has ended.
  const index = indexOf(leafSpine(8, 2));
  const view = viewOf(index, { jobs: [{ name: 'a', ranks: [0, 1, 2, 3, 4, 5], endsInH: 9 }, { name: 'b', ranks: [8, 9], endsInH: 2 }] });
  const answer = placeJob(view, requestFor(toyJob({ data: 6, globalBatch: 240 })));
  assert.ok(isRefusal(answer) && answer.kind === 'refusal');
  assert.equal(answer.code, 'no-room');
  assert.equal(answer.remedy, 'wait');
  assert.deepEqual(answer.offers.map((offer) => (offer.kind === 'wait-for-jobs' ? [offer.kind, ...offer.jobs, offer.inH] : offer.kind === 'fewer-replicas' ? [offer.kind, offer.data] : offer.kind)),
    [['fewer-replicas', 4], ['wait-for-jobs', 'a', 9]]);
  // 16 with a failed server: repair alone suffices, and no number of ended jobs does.
  const broken = placeJob(viewOf(index, { failed: [component(index, 'node0')] }), requestFor(toyJob({ data: 8 })));
  assert.ok(isRefusal(broken));
  assert.deepEqual(broken.offers.map(({ kind }) => kind), ['fewer-replicas', 'wait-for-repair']);
  // More than there is: never.
  const never = placeJob(viewOf(index), requestFor(toyJob({ data: 16 })));
  assert.ok(isRefusal(never) && never.remedy === 'never');
});

test('the chance of a hit is that of the accelerators where nothing else fails', () => {
  // 4 GPUs of 50,000 h for 100 h: 1 - exp(-4 x 100 / 50,000). Of two replicas each failure takes one, so a job that goes on with one never stops;
  // it loses 0.5 h and half of its pace for the 4 h of a repair: 4 / 50,000 x (0.5 + 4 / 2).
  const rare = figure(1e30, 'h');
  const design = leafSpine(8, 2);
  const index = indexOf({
    ...design, switch: { ...design.switch, mtbfH: rare }, nic: { ...design.nic, mtbfH: rare }, scaleUp: { ...design.scaleUp, switchMtbfH: rare }, feeds: { power: null, coolant: null },
  }, partFigures(1e30));
  const [best] = place(viewOf(index), requestFor(toyJob({ data: 2 }), { replicasMin: 1 })).candidates;
  assert.ok(best !== undefined);
  const near = (value: number, expected: number): void => assert.ok(Math.abs(value / expected - 1) < 1e-9, `${value} against ${expected}`);
  near(best.risk.cutProbability, 1 - Math.exp(-400 / 50_000));
  assert.ok(best.risk.stopProbability < 1e-20);
  near(best.risk.lostShare, (4 / 50_000) * (0.5 + 4 / 2));
  // The worst hazard is the leaf, however rare: it takes both.
  assert.equal(best.risk.worst?.replicasLost, 2);
});

test('hazard rates sum to the failures of the bill, accelerators, scale-up and feeds beside it', () => {
  // Beside the bill: 1,024 GPUs of 50,000 h, 128 domain switches of 1e6 h, a shelf of 1e6 h per rack and a loop of 200,000 h per row.
  const index = indexOf(railDesign);
  const { rackCount, rowCount } = index.cluster.fabric.placement;
  const total = index.hazards.perH.reduce((sum, perH) => sum + perH, 0);
  const beside = 1024 / 50_000 + 128 / 1e6 + rackCount / 1e6 + rowCount / 200_000;
  assert.ok(Math.abs(total - beside - index.bill.failuresPerDay.value / 24) < 1e-9 * total, `${total} against ${beside + index.bill.failuresPerDay.value / 24}`);
});

test('spreading replicas over racks keeps a job alive that packing would stop, at a price in step time', () => {
  // Racks of 4 servers behind one leaf and one shelf, switches in racks of their own. Packed, a job of 4 replicas of 2 servers stands in two racks, so that a shelf takes 2 replicas;
  // over 4 racks it takes one. With 3 replicas enough, only the packed job is stopped by a shelf or a leaf.
  const design = leafSpine(16, 4);
  const index = indexOf({ ...design, floor: { ...design.floor, nodesPerRack: 4, switchesPerRack: 1 } });
  const job = toyJob({ data: 4, pipeline: 2 });
  const { trade, candidates } = place(viewOf(index), requestFor(job, { replicasMin: 3, prefer: 'spread' }));
  assert.equal(trade.safest.spreadOver, 'rack');
  assert.equal(trade.safest.risk.worst?.replicasLost, 1);
  assert.equal(trade.safest.pods.length, 4);
  assert.ok(trade.closest.pods.length === 2 && (trade.closest.risk.worst?.replicasLost ?? 0) > 1);
  assert.ok(trade.safest.risk.stopProbability < trade.closest.risk.stopProbability);
  assert.ok(trade.safest.step.prediction.stepS >= trade.closest.step.prediction.stepS);
  assert.equal(candidates[0], trade.safest);
  // A job that cannot lose any replica gains nothing from spreading.
  const rigid = place(viewOf(index), requestFor(job, { replicasMin: 4 }));
  assert.ok(rigid.trade.closest.risk.stopProbability <= rigid.trade.safest.risk.stopProbability * (1 + 1e-9));
});

test('a tensor group larger than a server is cut along the links of a ring, round its dead servers', () => {
  // 12 servers of 8, links to the next 2. Servers 3 and 4 are down, so the line runs 5 .. 11, 0 .. 2: groups of 16 take two servers each.
  const index = indexOf(bypassRing(12, 2));
  const view = viewOf(index, { failed: [component(index, 'node3'), component(index, 'node4')] });
  const [best] = place(view, requestFor(toyJob({ data: 5, tensor: 16 }))).candidates;
  assert.deepEqual([...new Set([...(best?.ranks ?? [])].map((rank) => Math.floor(rank / 8)))], [5, 6, 7, 8, 9, 10, 11, 0, 1, 2]);
  // With one dead server between, its neighbours are joined: 11 servers hold 5 groups and strand one server.
  const one = place(viewOf(index, { failed: [component(index, 'node3')] }), requestFor(toyJob({ data: 5, tensor: 16 })));
  assert.equal(one.candidates[0]?.ranks.length, 80);
});

test('accelerators whose links do not close are dark, and the refusal says what to wait for', () => {
  // Copper reaches 2 m in this rule and no leaf is that near: every access link is refused.
  const design = leafSpine(4, 2);
  const index = indexOf({ ...design, media: { ...design.media, access: [copper] } });
  const answer = placeJob(viewOf(index), requestFor(toyJob({ data: 2 })));
  assert.ok(isRefusal(answer));
  assert.deepEqual(answer.offers.map(({ kind }) => kind), ['wait-for-light']);
  assert.deepEqual(answer.elsewhere?.regions.map(({ code }) => code), ['dark', 'dark']);
});

test('counter-offers hold: the job fits as soon as what they say is done', () => {
  const dice = createDice(29);
  for (const design of [leafSpine(12, 3), bypassRing(12, 2)]) {
    const index = indexOf(design);
    const { domainSize } = index;
    let offered = 0;
    for (let round = 0; round < 30; round++) {
      const owner = Array.from({ length: 12 }, () => Math.floor(dice.uniform() * 5));
      const jobs = [1, 2, 3].map((job) => ({
        name: `job ${job}`, endsInH: job === 3 ? null : 10 * job, ranks: owner.flatMap((own, domain) => (own === job ? Array.from({ length: domainSize }, (_, at) => domain * domainSize + at) : [])),
      }));
      const failed = owner.flatMap((own, domain) => (own === 4 && domain < 2 ? [component(index, `node${domain}`)] : []));
      const job = toyJob({ data: 5, tensor: 2 * domainSize, globalBatch: 240 });
      const answer = placeJob(viewOf(index, { jobs, failed }), requestFor(job));
      if (!isRefusal(answer)) continue;
      for (const offer of answer.offers) {
        offered++;
        const smaller = offer.kind === 'fewer-replicas' ? toyJob({ data: offer.data, tensor: 2 * domainSize, globalBatch: 240 }) : job;
        const gone = offer.kind === 'wait-for-jobs' ? offer.jobs : [];
        const then = viewOf(index, { jobs: jobs.filter(({ name }) => !gone.includes(name)), failed: offer.kind === 'wait-for-repair' ? [] : failed });
        // A route may still be dark on a ring whose shorter way leads through a dead server; room there is.
        const after = placeJob(then, requestFor(smaller));
        assert.ok(!isRefusal(after) || after.code === 'no-route', `round ${round}: ${offer.reason}`);
      }
    }
    assert.ok(offered > 10, `${offered}`);
  }
});

test('of placements that cost the same, one that is heard comes first; where none is, silence refuses nothing', () => {
  // Four servers of two, two to a leaf: jobs of four fill a pod, and both pods are alike.
  const index = indexOf(leafSpine(4, 2));
  const { fabric } = index.cluster;
  const unheardFrom = (ranks: readonly number[]): Uint8Array => {
    const links = new Uint8Array(fabric.linkCount);
    for (const rank of ranks) for (let edge = fabric.outOffset[fabric.gpuNode[rank] ?? 0] ?? 0; edge < (fabric.outOffset[(fabric.gpuNode[rank] ?? 0) + 1] ?? 0); edge++) links[fabric.outLink[edge] ?? 0] = 1;
    return links;
  };
  const job = requestFor(toyJob({ data: 2, tensor: 2 }));
  const first = (ranks: readonly number[] | null): Placement => place(viewOf(index, ranks === null ? {} : { unheardLinks: unheardFrom(ranks) }), job);
  assert.deepEqual([...first(null).candidates[0]?.ranks ?? []], [0, 1, 2, 3]);
  const [best, ...others] = first([2, 3]).candidates;
  assert.deepEqual([[...best?.ranks ?? []], best?.unheardLinks], [[4, 5, 6, 7], 0]);
  assert.ok(others.some(({ ranks, unheardLinks }) => ranks[0] === 0 && unheardLinks === 2));
  const everywhere = first([0, 1, 2, 3, 4, 5, 6, 7]).candidates[0];
  // Each accelerator has one link of its own into the network.
  assert.deepEqual([[...everywhere?.ranks ?? []], everywhere?.unheardLinks], [[0, 1, 2, 3], 4]);
  // Inside a pod, a server that is heard comes first.
  const lone = place(viewOf(index, { unheardLinks: unheardFrom([0, 1, 4, 5]) }), requestFor(toyJob({ data: 1, tensor: 2 })));
  assert.deepEqual([...lone.candidates[0]?.ranks ?? []], [2, 3]);
});

test('where light joins only parts of the cluster, a job that no part holds is told what would fit in one', () => {
  // Two pods of 4 GPUs and no spine left: 4 replicas of 2 need both pods, 2 replicas fit in one. A job of one pod is placed.
  const index = indexOf(leafSpine(4, 2));
  const view = viewOf(index, { failed: [component(index, 'spine0'), component(index, 'spine1')] });
  const answer = placeJob(view, requestFor(toyJob({ data: 4 })));
  assert.ok(isRefusal(answer) && answer.kind === 'refusal');
  assert.equal(answer.code, 'no-route');
  assert.deepEqual(answer.offers.map((offer) => (offer.kind === 'fewer-replicas' ? [offer.data, offer.gpus] : offer.kind)), [[2, 4]]);
  assert.deepEqual([...place(view, requestFor(toyJob({ data: 2 }))).candidates[0]?.ranks ?? []], [0, 1, 2, 3]);
});

test('a server whose scale-up switch is down is passed by while another has room, and counts as lone accelerators where none has', () => {
  // One leaf, three servers of 2: without server 0's switch, a job of 2 x 2 stands on servers 1 and 2; one of 3 x 2 needs it and takes longer than on a sound cluster.
  const index = indexOf(leafSpine(3, 3));
  const view = viewOf(index, { failed: [component(index, 'scaleupswitch0')] });
  assert.deepEqual([...place(view, requestFor(toyJob({ data: 2 }))).candidates[0]?.ranks ?? []], [2, 3, 4, 5]);
  const [all] = place(view, requestFor(toyJob({ data: 3 }))).candidates;
  const [sound] = place(viewOf(index), requestFor(toyJob({ data: 3 }))).candidates;
  assert.equal(all?.step.network.scaleUp.size, 1);
  assert.ok((all?.step.prediction.stepS ?? 0) > (sound?.step.prediction.stepS ?? Infinity));
});

test('with one spine of two down, the failure of the other stops a job that crosses pods', () => {
  // Every part but the switches never fails. Sound, a spine only slows; with spine 1 down, spine 0 cuts all: 300,000 h, as each of the two leaves. Server boards stand for 8 GPUs of 50,000 h.
  const rare = figure(1e30, 'h');
  const design = leafSpine(4, 2);
  const index = indexOf({ ...design, nic: { ...design.nic, mtbfH: rare }, scaleUp: { ...design.scaleUp, switchMtbfH: rare }, feeds: { power: null, coolant: null } }, partFigures(1e30));
  const spine = component(index, 'spine1');
  const stopOf = (view: ClusterView): number => place(view, requestFor(toyJob({ data: 4 }))).candidates[0]?.risk.stopProbability ?? NaN;
  const chance = (perH: number): number => 1 - Math.exp(-perH * 100);
  const near = (value: number, expected: number): void => assert.ok(Math.abs(value / expected - 1) < 1e-9, `${value} against ${expected}`);
  near(stopOf(viewOf(index)), chance(8 / 50_000 + 2 / 300_000));
  near(stopOf(viewOf(index, { failed: [spine], hazards: hazardsBeside(index, [spine]) })), chance(8 / 50_000 + 3 / 300_000));
});
