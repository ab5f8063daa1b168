/**
 * `placeJob` on seeded random small clusters with faults, heat and other jobs, against the second opinion of `placement-oracle.ts`:
 * who is free, what fits, what each candidate costs and strands, why not elsewhere, and whether any other choice would be cheaper.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dice } from '../../../src/base/dice.ts';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import type { ClusterDesign } from '../../../src/fabric/design.ts';
import type { ComponentIx } from '../../../src/fabric/fabric.ts';
import type { ClusterView } from '../../../src/plan/placement/cluster-view.ts';
import { gpuStates } from '../../../src/plan/placement/cluster-view.ts';
import type { Candidate, PlaceRequest } from '../../../src/plan/placement/place-job.ts';
import { placeJob } from '../../../src/plan/placement/place-job.ts';
import { placedStep } from '../../../src/plan/placement/placed-step.ts';
import type { PlacementIndex } from '../../../src/plan/placement/placement-index.ts';
import { hazardsBeside } from '../../../src/plan/placement/placement-index.ts';
import { orderRanks, rankOrders } from '../../../src/plan/placement/rank-order.ts';
import type { Region } from '../../../src/plan/placement/why-not.ts';
import { planGpus } from '../../../src/traffic/parallel-plan.ts';
import { bareDesign, figure, railDesign } from '../../fabric/designs.ts';
import { bypassRing, indexOf, leafSpine, requestFor, toyJob, viewOf } from './cases.ts';
import type { Moment } from './placement-oracle.ts';
import {
  choices, expectedEdges, expectedLight, expectedOversubscription, expectedStepS, freeOf, hasWalk, heightOf, hitBy, kindOf, linksFrom, litRates, litSum, oracleRisk, partHits, quotaOf, reachOf,
} from './placement-oracle.ts';

/** All cables as long as each other, so that no answer hangs on metres. */
const even = (design: ClusterDesign): ClusterDesign => ({ ...design, floor: { ...design.floor, rackPitchM: 0, rowPitchM: 0, trayRiseM: 2, slackM: 1, inRackM: 5 } });

const rails = (gpusPerNode: number, nodes: number): ClusterDesign => ({
  ...railDesign, name: `rails-${gpusPerNode}`, gpus: gpusPerNode * nodes, gpusPerNode, scaleUp: { ...railDesign.scaleUp, size: gpusPerNode },
  family: { kind: 'rail-optimised', nodesPerPod: 2, spines: 2, uplinksPerLeaf: 2, spinePlanes: 'shared', crossRail: 'scaleUp' },
  floor: { ...railDesign.floor, nodesPerRack: 1, rows: 40 }, feeds: { power: { per: 'rack', mtbfH: figure(100_000, 'h') }, coolant: null },
});

const families: readonly (readonly [name: string, design: ClusterDesign])[] = [
  ['leaves of two servers', leafSpine(6, 2)], ['leaves of four servers', leafSpine(8, 4)], ['rails of servers of two', rails(2, 6)], ['rails of servers of four', rails(4, 4)],
  ['three tiers of pods', bareDesign(16, { kind: 'fat-tree', tiers: 3, k: 4, routing: 'ecmp' }, { radix: 4 })],
  ['torus', bareDesign(12, { kind: 'torus', sizes: [3, 4], twists: [] })], ['ring with bypass', { ...bypassRing(6, 2), gpus: 12, gpusPerNode: 2, scaleUp: { ...railDesign.scaleUp, size: 2 } }],
];
const casesPerFamily = 32;
const failing: ReadonlySet<string> = new Set(['node', 'gpu', 'nic', 'leaf', 'spine', 'core', 'module', 'laser', 'port', 'powerShelf', 'scaleUpSwitch']);

interface Case {
  readonly index: PlacementIndex;
  readonly down: readonly ComponentIx[];
  readonly view: ClusterView;
  readonly moment: Moment;
  readonly request: PlaceRequest;
}

const pick = <T>(dice: Dice, list: readonly T[]): T => list[dice.below(list.length)] ?? assert.fail('nothing to pick from');

/** Up to three faults of any kind, now and then a leaf without its uplinks; two other jobs on single accelerators or whole servers; a hot server. */
function drawMoment(index: PlacementIndex, dice: Dice): Pick<Case, 'down' | 'view' | 'moment'> {
  const { fabric } = index.cluster;
  const gpus = fabric.gpuNode.length;
  const byKind = new Map<string, number[]>();
  for (let row = 0; row < fabric.componentCount; row++) if (failing.has(kindOf(fabric, row))) byKind.set(kindOf(fabric, row), [...byKind.get(kindOf(fabric, row)) ?? [], row]);
  const down = Array.from({ length: dice.below(4) }, () => pick(dice, pick(dice, [...byKind.values()])) as ComponentIx);
  const leaves = [...Array(fabric.nodeCount).keys()].filter((node) => heightOf(fabric, node) === 2);
  if (leaves.length > 0 && dice.uniform() < 0.15) {
    for (const link of linksFrom(fabric, pick(dice, leaves))) if (heightOf(fabric, fabric.linkTarget[link] ?? 0) > 2) down.push((fabric.linkPort[link] ?? 0) as ComponentIx);
  }
  const share = pick(dice, [0, 0.15, 0.4]);
  const stretch = pick(dice, [1, index.domainSize]);
  const owner = Array.from({ length: gpus / stretch }, () => (dice.uniform() < share ? dice.below(2) : -1)).flatMap((own) => new Array<number>(stretch).fill(own));
  const jobs = [0, 1].map((job) => ({ name: `job ${job}`, endsInH: null, ranks: owner.flatMap((own, rank) => (own === job ? [rank] : [])) })).filter(({ ranks }) => ranks.length > 0);
  const hot = dice.uniform() < 0.2 ? [pick(dice, byKind.get('node') ?? []) as ComponentIx] : [];
  const cutBy = (components: readonly number[]): ReadonlySet<number> => new Set(components.flatMap((component) => [...hitBy(fabric, [component]).cut]));
  const rates = litRates(fabric, down);
  const [cut, warm] = [cutBy(down), cutBy(hot)];
  const state = owner.map((own, rank) => (cut.has(rank) ? 'failed' : litSum(fabric, rates, rank, 'network') === 0 ? 'dark' : warm.has(rank) ? 'hot' : own >= 0 ? 'held' : 'free'));
  return { down, view: viewOf(index, { failed: down, hot, jobs, hazards: hazardsBeside(index, down) }), moment: { index, rates, state, isHeld: owner.map((own) => own >= 0) } };
}

function drawCase(index: PlacementIndex, dice: Dice): Case {
  const drawn = drawMoment(index, dice);
  const tensor = pick(dice, [1, index.domainSize, 2 * index.domainSize]);
  const pipeline = dice.uniform() < 0.35 ? 2 : 1;
  const data = 1 + dice.below(Math.max(1, Math.min(6, Math.floor(drawn.moment.state.length / tensor / pipeline))));
  return { index, ...drawn, request: requestFor(toyJob({ data, tensor, pipeline }), { replicasMin: 1 + dice.below(data), candidatesMax: 100 }) };
}

const near = (value: number, expected: number, what: string): void => assert.ok(Math.abs(value - expected) <= 1e-9 * Math.max(Math.abs(expected), 1e-9), `${what}: ${value} against ${expected}`);
const domainsOf = (index: PlacementIndex, ranks: Iterable<number>): ReadonlySet<number> => new Set([...ranks].map((rank) => Math.floor(rank / index.domainSize)));

/** Rest of every whole domain that these accelerators open. */
function restOfOpened({ index, state }: Moment, ranks: readonly number[]): number {
  let rest = 0;
  for (const domain of domainsOf(index, ranks)) {
    const own = [...Array(index.domainSize).keys()].map((local) => domain * index.domainSize + local);
    if (own.every((rank) => state[rank] === 'free')) rest += own.filter((rank) => !ranks.includes(rank)).length;
  }
  return rest;
}

function checkCandidate({ index, moment, request, view }: Case, hits: ReturnType<typeof partHits>, candidate: Candidate): void {
  const { cluster: { fabric } } = index;
  const { plan } = request.job;
  const ranks = [...candidate.ranks];
  assert.equal(new Set(ranks).size, planGpus(plan));
  assert.ok(ranks.every((rank) => moment.state[rank] === 'free'), `${ranks.join(' ')} are free`);
  for (let at = 0; at < ranks.length; at += plan.tensor) assert.equal(domainsOf(index, ranks.slice(at, at + plan.tensor)).size, Math.max(1, plan.tensor / index.domainSize), 'domains of a tensor group');
  const pods = new Set(ranks.map((rank) => index.podOf[Math.floor(rank / index.domainSize)] ?? -1));
  assert.deepEqual(candidate.pods.map(({ pod }) => pod), [...pods].sort((a, b) => a - b));
  const risk = oracleRisk(hits, plan, ranks, { ...request, crosses: pods.size > 1 });
  near(candidate.risk.cutProbability, risk.cut, 'hit');
  near(candidate.risk.stopProbability, risk.stop, 'stop');
  near(candidate.risk.slowProbability, risk.slow, 'slow');
  near(candidate.risk.lostShare, risk.lostShare, 'lost');
  assert.deepEqual([candidate.risk.worst?.replicasLost ?? 0, candidate.risk.worst?.gpusCut ?? 0], [risk.worstReplicas, risk.worstGpus]);
  // 1,000 W an accelerator with its server, 10 W a module, 1,000 W a switch, 25 W a NIC; of the fabric, the job's share.
  const count = (...kinds: readonly string[]): number => [...Array(fabric.componentCount).keys()].filter((row) => kinds.includes(kindOf(fabric, row))).length;
  const powerW = ranks.length * (1000 + (10 * count('module') + 1000 * count('leaf', 'spine', 'core') + 25 * count('nic')) / fabric.gpuNode.length);
  near(candidate.powerKw, powerW / 1000, 'kW');
  near(candidate.energyPerStepMj, (powerW * candidate.step.prediction.stepS) / 1e6, 'MJ');
  const { network, edges } = candidate.step;
  near(network.scaleOut.rateGbps, Math.min(...ranks.map((rank) => litSum(fabric, moment.rates, rank, 'network'))), 'Gb/s into the network');
  near(network.scaleOut.oversubscription, expectedOversubscription(moment, ranks), 'oversubscription');
  assert.deepEqual(edges, expectedEdges(index, request.job, network, ranks));
  near(candidate.step.prediction.stepS, expectedStepS(index, request.job, network, ranks), 'step');
  assert.ok(candidate.step.prediction.stepS > 0 && Number.isFinite(candidate.score));
  if (!index.isDirect) {
    assert.equal(candidate.strandedGpus, restOfOpened(moment, ranks), 'stranded');
    assert.deepEqual(candidate.light, expectedLight(moment, ranks, pods.size > 1));
  }
  near(candidate.score, (candidate.step.prediction.stepS * (ranks.length + candidate.strandedGpus)) / (1 - risk.lostShare), 'score');
  assert.equal(view.index, index);
}

/** The code that a pod deserves, from counts of what whole tensor groups could use if this or that were otherwise. */
function expectedCodes({ index, moment, request }: Case, best: Candidate | undefined, pod: number): readonly string[] {
  const domains = [...Array(index.domainCount).keys()].filter((domain) => index.podOf[domain] === pod);
  const ranks = domains.flatMap((domain) => [...Array(index.domainSize).keys()].map((local) => domain * index.domainSize + local));
  const { plan } = request.job;
  const usable = (isFree: (rank: number) => boolean): number => domains.reduce((sum, domain) => sum + quotaOf(index, plan, domain, isFree), 0);
  const isFree = (rank: number): boolean => moment.state[rank] === 'free';
  const wanted = planGpus(plan);
  if (ranks.some((rank) => best?.ranks.includes(rank))) return ['chosen'];
  if (usable(isFree) >= wanted) return ['ranks-lower', 'would-fragment'];
  if (usable(() => true) < wanted) return ['too-small'];
  const alone = ['held', 'failed', 'hot', 'dark'].filter((cause) => usable((rank) => isFree(rank) || (moment.state[rank] === cause && (cause === 'held' || moment.isHeld[rank] === false))) >= wanted);
  if (alone.length > 0) return alone;
  const free = ranks.filter(isFree).length;
  return free === ranks.length || free >= wanted ? ['broken-groups'] : ['not-enough-healthy'];
}

function checkElsewhere(asked: Case, best: Candidate | undefined, regions: readonly Region[]): void {
  // Lines of direct networks and blocks of pods are named otherwise.
  for (const { name, code } of regions.filter((region) => region.name.startsWith('pod '))) {
    const expected = expectedCodes(asked, best, Number(name.slice(4)));
    assert.ok(expected.includes(code), `${name}: ${code} instead of ${expected.join(' or ')}`);
  }
}

/** The cheapest of every choice of domains, each taken whole but for one, in row order, in both rank orders. */
function leastScore({ index, view, moment, request }: Case, hits: ReturnType<typeof partHits>): number {
  const { plan } = request.job;
  const wanted = planGpus(plan);
  const quota = [...Array(index.domainCount).keys()].map((domain) => quotaOf(index, plan, domain, (rank) => moment.state[rank] === 'free'));
  const reach = reachOf(moment);
  const usable = [...quota.keys()].filter((domain) => (quota[domain] ?? 0) > 0);
  const sumOf = (set: readonly number[]): number => set.reduce((sum, domain) => sum + (quota[domain] ?? 0), 0);
  let least = Infinity;
  for (const set of usable.flatMap((_, more) => choices(usable, more + 1))) {
    if (sumOf(set) < wanted || set.some((domain) => sumOf(set) - (quota[domain] ?? 0) >= wanted) || new Set(set.map((domain) => reach[domain])).size > 1) continue;
    for (const last of set) {
      const taken = [...set.filter((domain) => domain !== last), last].flatMap((domain) => freeOf(moment, domain).slice(0, quota[domain])).slice(0, wanted);
      for (const order of rankOrders) {
        const ranks = orderRanks(Int32Array.from(taken), plan, order);
        const crosses = new Set(set.map((domain) => index.podOf[domain])).size > 1;
        const { lostShare } = oracleRisk(hits, plan, [...ranks], { ...request, crosses });
        least = Math.min(least, (placedStep(view, request.job, ranks).prediction.stepS * (wanted + restOfOpened(moment, taken))) / (1 - lostShare));
      }
    }
  }
  return least;
}

const tally = { cases: 0, refused: 0, candidates: 0, searched: 0, codes: new Set<string>() };

function checkCase(asked: Case, where: string): void {
  const { index, view, moment, request, down } = asked;
  tally.cases++;
  assert.deepEqual([...view.state].map((state) => gpuStates[state]), moment.state, where);
  const answer = placeJob(view, request);
  const wanted = planGpus(request.job.plan);
  const quota = [...Array(index.domainCount).keys()].map((domain) => quotaOf(index, request.job.plan, domain, (rank) => moment.state[rank] === 'free'));
  const reach = reachOf(moment);
  const fits = quota.some((_, lead) => quota.reduce((sum, own, domain) => sum + (reach[domain] === lead ? own : 0), 0) >= wanted);
  if (isRefusal(answer)) {
    tally.refused++;
    // On direct networks a job needs a walk from neighbour to neighbour, which a count does not see.
    if (index.isDirect) assert.ok(wanted <= index.domainSize || !hasWalk(moment, Math.ceil(wanted / index.domainSize)), `${where}: refused (${answer.code}) though a walk exists`);
    else assert.ok(!fits, `${where}: refused (${answer.code}) though it fits`);
    checkElsewhere(asked, undefined, answer.elsewhere?.regions ?? []);
    return;
  }
  assert.ok(fits, `${where}: placed though it does not fit`);
  const hits = partHits(index, 1e6, down);
  const [best] = answer.candidates;
  for (const candidate of answer.candidates) checkCandidate(asked, hits, candidate);
  tally.candidates += answer.candidates.length;
  checkElsewhere(asked, best, answer.elsewhere.regions);
  for (const { code } of answer.elsewhere.regions) tally.codes.add(code);
  if (index.isDirect || index.domainCount > 8) return;
  tally.searched++;
  // What is left are orders of domains that the search does not try: a broken one before whole ones shifts which stage it is in.
  assert.ok((best?.score ?? Infinity) <= leastScore(asked, hits) * 1.02, `${where}: ${best?.score} against ${leastScore(asked, hits)}`);
}

for (const [name, design] of families) {
  test(`placement on ${name} is as a second opinion finds it, with faults, heat and other jobs`, () => {
    const index = indexOf(even(design));
    const dice = createDice(77).fork(name);
    for (let round = 0; round < casesPerFamily; round++) checkCase(drawCase(index, dice), `${name}, case ${round}`);
  });
}

test('the random cases reach refusals, searches and most of the reasons', () => {
  assert.ok(tally.cases >= 200 && tally.refused >= 40 && tally.candidates >= 250 && tally.searched >= 50, JSON.stringify(tally));
  for (const code of ['chosen', 'ranks-lower', 'would-fragment', 'too-small', 'held', 'failed', 'hot', 'not-enough-healthy']) assert.ok(tally.codes.has(code), code);
});
