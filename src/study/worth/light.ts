/**
 * Light lost under a mix of all six classes: the critical job's step under our controller, under a network that knows no classes, and
 * with a restart on what is whole, as more and more wavelengths go dark.
 *
 * Truth is the flow engine on the light that is left. Losses are nested: what is lost at 10 % is lost at 20 % too.
 */

import { createDice } from '../../base/dice.ts';
import { stepNs } from '../../control/job.ts';
import { classShares } from '../../control/jobs/class-shares.ts';
import type { Plant } from '../../control/plant.ts';
import type { ClassFloor } from '../../sim/flow-program.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import { defaultPolicy } from '../../plan/policy.ts';
import type { TrainingJob } from '../training-run.ts';
import { ControlledLight, soundNodes, spreadWays } from './light-arms.ts';
import { leastStreamingNs } from './light-bound.ts';
import type { LossKind } from './light-loss.ts';
import { domainBound, lightLeft, lossOrder } from './light-loss.ts';
import type { Truth } from './mix-truth.ts';
import { runMix, stepOf } from './mix-truth.ts';
import type { MixShares, ReferenceMix } from './reference-mix.ts';
import { referenceMix, sharesAt } from './reference-mix.ts';

export interface LightPoint {
  /** Share of all wavelengths that are dark. */
  readonly lost: number;
  /** Step over the step with all light, by arm; Infinity where the job stands. */
  readonly ours: number;
  readonly classBlind: number;
  readonly restart: number;
  /** What our controller's own step model says of the light it has leased. */
  readonly believed: number;
  /** Share of what the critical classes ask that no plan of standing leases could exceed: what the ports of the poorest server still carry. */
  readonly boundShare: number;
  /** Step that no plan could beat, over the step with all light (`light-bound.ts`). */
  readonly least: number;
  /** What classes that no job waits for get of what they ask. */
  readonly carried: Partial<Record<TrafficClassName, number>>;
  readonly carriedBlind: Partial<Record<TrafficClassName, number>>;
  /** Share of the job's replicas that our controller keeps running. */
  readonly replicaShare: number;
  /** Jobs that our controller restarted so far. */
  readonly restarts: number;
  /** Servers without any dark lane. */
  readonly soundServers: number;
}

export interface LightCurve {
  readonly kind: LossKind;
  readonly seed: number;
  readonly criticalShare: number;
  readonly healthyStepS: number;
  readonly points: readonly LightPoint[];
  /** How often each rung was taken. */
  readonly rungs: readonly { readonly rung: string; readonly count: number }[];
}

export interface LightQuestion {
  readonly plant: Plant;
  readonly job: TrainingJob;
  readonly kind: LossKind;
  readonly seed: number;
  readonly criticalShare: number;
  /** Ascending. */
  readonly losses: readonly number[];
}

/** Floors of classes as shares of a link, by the policy and what the mix asks. */
const floorsOf = (shares: MixShares): readonly ClassFloor[] =>
  trafficClassNames.map((name) => ({ priority: defaultPolicy.classes[name].priority, share: defaultPolicy.classes[name].floorShare * shares[name] }));

interface Healthy {
  readonly mix: ReferenceMix;
  readonly stepS: number;
  readonly streamingNs: readonly number[];
  readonly busyNs: number;
  readonly shares: MixShares;
}

/** The mix with the durations that its collectives have, paced, when all light is there: the flow engine's, so that belief and truth start from one figure. */
function healthyMix({ plant, job, criticalShare }: LightQuestion): Healthy {
  const { cluster } = plant;
  const shares = sharesAt(criticalShare);
  const plain = referenceMix(cluster, job, { shares, checkpointNs: 60e9, restartNs: 600e9 });
  const waysOf = spreadWays(cluster, cluster.fabric.linkRateGbps);
  const alone = runMix(cluster, { ...plain, others: [] }, { linkRateGbps: cluster.fabric.linkRateGbps, waysOf, isClassBlind: false, classFloors: [], busyNs: 0 });
  const { durations, stepS } = stepOf(plain.request.profile, alone.streamingNs);
  if (!Number.isFinite(stepS)) throw new Error('the job has no light although none is lost');
  const mix = { ...plain, request: { ...plain.request, profile: { ...plain.request.profile, durations } } };
  return { mix, stepS, shares, streamingNs: alone.streamingNs, busyNs: alone.streamingNs.reduce((sum, ns) => sum + ns, 0) };
}

/** One seed, one kind of loss, all arms. */
export function lightCurve(question: LightQuestion): LightCurve {
  const { plant, kind, seed, criticalShare, losses } = question;
  const { cluster } = plant;
  const { mix, stepS, busyNs, shares, streamingNs } = healthyMix(question);
  const controlled = new ControlledLight(plant, mix);
  const order = lossOrder(cluster, plant.domains, kind, createDice(seed).fork(kind));
  const dark = new Uint8Array(cluster.fabric.wavelengthCount);
  const common = { classFloors: floorsOf(shares), busyNs };
  const servers = cluster.design.gpus / cluster.design.gpusPerNode;
  const critical = mix.request.demands.filter(({ trafficClass }) => trafficClass === 'allReduce' || trafficClass === 'allToAll');
  const least = (linkRateGbps: Float64Array): number =>
    stepOf(mix.request.profile, mix.phases.map((phase, row) => Math.max(streamingNs[row] ?? 0, leastStreamingNs(cluster, linkRateGbps, phase)))).stepS / stepS;
  const points: LightPoint[] = [];
  let darkCount = 0;
  let at = 0;
  for (const lost of losses) {
    // A job that stands does not go on with less light.
    if (points.at(-1)?.ours === Infinity && points.at(-1)?.classBlind === Infinity) break;
    for (let step = order.steps[at]; step !== undefined && darkCount < lost * order.litCount; step = order.steps[at]) {
      for (const row of step.wavelengths) if (dark[row] !== 1) {
        dark[row] = 1;
        darkCount += 1;
      }
      controlled.fail(step.component);
      at += 1;
    }
    controlled.settle();
    const linkRateGbps = lightLeft(cluster, dark);
    const replicaShare = controlled.replicaShare(mix.request.id);
    const run = (ours: boolean): Truth => runMix(cluster, mix, {
      ...common, linkRateGbps, waysOf: ours ? controlled.ways() : spreadWays(cluster, linkRateGbps), isClassBlind: !ours, replicaShare: ours ? replicaShare : 1,
    });
    const [ours, blind] = [run(true), run(false)];
    const soundServers = soundNodes(cluster, dark);
    const job = controlled.state.jobs.get(mix.request.id);
    points.push({
      lost: darkCount / order.litCount, ours: ours.stepS / stepS, classBlind: blind.stepS / stepS, restart: soundServers === 0 ? Infinity : servers / soundServers,
      believed: job === undefined ? Infinity : stepNs(mix.request.profile, classShares(controlled.state, job)) / 1e9 / stepS / replicaShare,
      carried: ours.carried, carriedBlind: blind.carried, restarts: controlled.restarts, soundServers, replicaShare, boundShare: domainBound(cluster, linkRateGbps, critical), least: least(linkRateGbps),
    });
  }
  return { kind, seed, criticalShare, healthyStepS: stepS, points, rungs: [...controlled.rungs].map(([rung, count]) => ({ rung, count })) };
}

/** What the experiment holds a network to: the step may grow by less than this at this loss. */
export const growthGoal = 0.05;
export const lossGoal = 0.3;
/** The goal's loss in steps. */
const goalSteps = [lossGoal / 3, (2 * lossGoal) / 3, lossGoal] as const;

/** The goal's loss at another load of the critical classes: the worst of the seeds. */
export interface LoadPoint {
  readonly kind: LossKind;
  readonly criticalShare: number;
  /** All of it lost before light that gave way is sought again. */
  readonly ours: number;
  /** Lost in `goalSteps`, with time to settle between them. */
  readonly oursInSteps: number;
  /** Step that no plan could beat. */
  readonly least: number;
  readonly classBlind: number;
}

export interface LightStudy {
  readonly criticalShare: number;
  readonly seeds: readonly number[];
  readonly curves: readonly LightCurve[];
  readonly loads: readonly LoadPoint[];
  /** By kind: the largest loss of the sweep at which every seed's step grew by less than the goal, and the largest load at the goal's loss; `null` for none. */
  readonly holds: readonly { readonly kind: LossKind; readonly upToLoss: number | null; readonly upToLoad: number | null }[];
}

export interface LightStudyQuestion extends Pick<LightQuestion, 'plant' | 'job' | 'criticalShare' | 'losses'> {
  readonly seeds: readonly number[];
  readonly kinds: readonly LossKind[];
  /** Loads of the critical classes, ascending, at which the goal's loss is tried too. */
  readonly loads: readonly number[];
  readonly onProgress?: (done: number, of: number) => void;
}

const isHeld = (step: number): boolean => step < 1 + growthGoal;

/** The last value before the goal is missed for the first time. */
function heldUpTo(values: readonly { readonly at: number; readonly isHeld: boolean }[]): number | null {
  const missed = values.findIndex((value) => !value.isHeld);
  return values.slice(0, missed < 0 ? values.length : missed).at(-1)?.at ?? null;
}

/** All seeds and kinds of loss at the reference load, and the goal's loss at other loads. */
export function lightStudy(question: LightStudyQuestion): LightStudy {
  const { plant, job, criticalShare, losses, seeds, kinds, loads, onProgress } = question;
  const total = kinds.length * seeds.length * (1 + 2 * loads.length);
  let done = 0;
  const run = (kind: LossKind, one: { readonly seed: number; readonly share: number }, at: readonly number[]): LightCurve => {
    const curve = lightCurve({ plant, job, kind, seed: one.seed, criticalShare: one.share, losses: at });
    onProgress?.(++done, total);
    return curve;
  };
  const curves = kinds.flatMap((kind) => seeds.map((seed) => run(kind, { seed, share: criticalShare }, losses)));
  const worst = (ofKind: readonly LightCurve[], arm: 'ours' | 'classBlind' | 'least'): number => Math.max(...ofKind.map(({ points }) => points.at(-1)?.[arm] ?? Infinity));
  const loadPoints = kinds.flatMap((kind) => loads.map((share): LoadPoint => {
    const ofKind = seeds.map((seed) => run(kind, { seed, share }, [lossGoal]));
    const inSteps = seeds.map((seed) => run(kind, { seed, share }, goalSteps));
    return { kind, criticalShare: share, ours: worst(ofKind, 'ours'), oursInSteps: worst(inSteps, 'ours'), least: worst(ofKind, 'least'), classBlind: worst(ofKind, 'classBlind') };
  }));
  const holds = kinds.map((kind) => {
    const ofKind = curves.filter((curve) => curve.kind === kind);
    return {
      kind, upToLoss: heldUpTo(losses.map((at, row) => ({ at, isHeld: ofKind.every(({ points }) => isHeld(points[row]?.ours ?? Infinity)) }))),
      upToLoad: heldUpTo(loadPoints.filter((point) => point.kind === kind).map((point) => ({ at: point.criticalShare, isHeld: isHeld(Math.max(point.ours, point.oursInSteps)) }))),
    };
  });
  return { criticalShare, seeds, curves, loads: loadPoints, holds };
}
