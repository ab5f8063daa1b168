/** What would make a job fit that does not: fewer replicas now, or the same job after something ends, is repaired, cools or gets light. */

import { countText, numberText } from '../../base/number-text.ts';
import { memoryUse, refuseMemory } from '../../traffic/memory.ts';
import type { ParallelPlan } from '../../traffic/parallel-plan.ts';
import { checkPlan, planGpus } from '../../traffic/parallel-plan.ts';
import type { ClusterView, GpuState } from './cluster-view.ts';
import { freeState, gpuStates, statesWithout, withStates } from './cluster-view.ts';
import type { PlacedJob } from './placed-step.ts';
import { replicaGpus } from './rank-order.ts';
import { hasRoom, roomFor } from './sequences.ts';

export type CounterOffer =
  | { readonly kind: 'fewer-replicas'; readonly data: number; readonly gpus: number; readonly reason: string }
  | { readonly kind: 'wait-for-jobs'; readonly jobs: readonly string[]; readonly inH: number | null; readonly reason: string }
  | { readonly kind: 'wait-for-repair' | 'wait-for-cooling' | 'wait-for-light'; readonly gpus: number; readonly reason: string };

/** Smaller replica counts that are tried, from the largest that room could hold. */
const shrinkTriesMax = 64;
/** Jobs that are thought away one by one. */
const jobTriesMax = 64;

const fits = (view: ClusterView, plan: ParallelPlan): boolean => hasRoom(roomFor(view, plan));

/** The plan with another number of replicas; what was sharded over all of them still is. */
export const withReplicas = (plan: ParallelPlan, data: number): ParallelPlan => ({ ...plan, data, shard: plan.shard === plan.data ? data : plan.shard });

/** The most replicas, fewer than asked for, that there is room for now. */
export function fewerReplicas(view: ClusterView, { model, plan, accelerator }: PlacedJob): readonly CounterOffer[] {
  const free = roomFor(view, plan).quota.reduce((sum, own) => sum + own, 0);
  const most = Math.min(plan.data - 1, Math.floor(free / replicaGpus(plan)));
  let tries = 0;
  for (let data = most; data >= 1 && tries < shrinkTriesMax; data--) {
    const smaller = withReplicas(plan, data);
    const gpus = planGpus(smaller);
    if (checkPlan(model, smaller, gpus).length > 0 || refuseMemory(memoryUse(model, smaller, accelerator), smaller) !== null) continue;
    tries++;
    if (fits(view, smaller)) return [{ kind: 'fewer-replicas', data, gpus, reason: `It fits now with ${countText(data, 'data-parallel replica')} instead of ${plan.data}, on ${gpus} accelerators.` }];
  }
  return [];
}

/** The view once some jobs have gone; what is failed, dark or hot stays so. */
function without(view: ClusterView, gone: ReadonlySet<number>): ClusterView {
  const held = gpuStates.indexOf('held');
  return withStates(view, view.state.map((state, rank) => (state === held && gone.has(view.holder[rank] ?? -1) ? freeState : state)));
}

/** The one job whose end suffices and comes first, else the jobs up to the one whose end does; unknown ends come last, small jobs first. */
function waitForJobs(view: ClusterView, plan: ParallelPlan): readonly CounterOffer[] {
  const order = [...view.jobs.keys()].sort((a, b) => {
    const [one, other] = [view.jobs[a], view.jobs[b]];
    const [endA, endB] = [one?.endsInH ?? Infinity, other?.endsInH ?? Infinity];
    return (endA === endB ? 0 : endA - endB) || (one?.gpus ?? 0) - (other?.gpus ?? 0) || a - b;
  }).slice(0, jobTriesMax);
  const offer = (rows: readonly number[]): CounterOffer => {
    const jobs = rows.map((row) => view.jobs[row]?.name ?? '');
    const ends = rows.map((row) => view.jobs[row]?.endsInH ?? null);
    const inH = ends.some((end) => end === null) ? null : Math.max(...ends.map((end) => end ?? 0));
    return { kind: 'wait-for-jobs', jobs, inH, reason: `It fits when ${jobs.join(', ')} ${jobs.length === 1 ? 'ends' : 'have ended'}${inH === null ? '' : `, expected in ${numberText(inH)} h`}.` };
  };
  const lone = order.find((row) => fits(without(view, new Set([row])), plan));
  if (lone !== undefined) return [offer([lone])];
  const gone = new Set<number>();
  for (const row of order) {
    gone.add(row);
    if (fits(without(view, gone), plan)) return [offer([...gone])];
  }
  return [];
}

const waits: readonly (readonly [GpuState, 'wait-for-repair' | 'wait-for-cooling' | 'wait-for-light', string])[] = [
  ['failed', 'wait-for-repair', 'failed accelerators are repaired'], ['hot', 'wait-for-cooling', 'hot accelerators have cooled'], ['dark', 'wait-for-light', 'accelerators without light have links that close'],
];

/** Every offer that holds by itself, the soonest kind first; empty when nothing short of another cluster helps. */
export function counterOffers(view: ClusterView, job: PlacedJob): readonly CounterOffer[] {
  const { plan } = job;
  const after = waits.flatMap(([name, kind, words]): readonly CounterOffer[] => {
    const wanted = gpuStates.indexOf(name);
    const gpus = view.state.reduce((sum, state) => sum + (state === wanted ? 1 : 0), 0);
    if (gpus === 0) return [];
    return fits(withStates(view, statesWithout(view, name)), plan) ? [{ kind, gpus, reason: `It fits once ${gpus} ${words}.` }] : [];
  });
  return [...fewerReplicas(view, job), ...after, ...waitForJobs(view, plan)];
}
