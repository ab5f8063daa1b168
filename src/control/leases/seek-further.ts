/**
 * Light from wherever there is any, for a lease that its own ways cannot serve: over peers of the scale-up domains too, in as many
 * pieces as needed, free light first and then what lower classes hold above their floors.
 *
 * Pieces share light that nobody holds alone: a demand that is scattered so holds no whole wavelengths.
 */

import type { Change, Grant, GrantPath } from '../../plan/plan.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { askedGbps, floorGbpsOf, rateStepGbps } from '../lease-terms.ts';
import type { LeaseRequest } from '../reading.ts';
import { candidateRoutes, peerRoutes } from './routes.ts';
import type { Draft, Found, MayUse } from './seek-light.ts';
import { gather } from './seek-light.ts';
import { makeRoom, reachableGbps } from './yielding.ts';

/** What one call has changed so far, so that it can be taken back. */
interface Trial {
  readonly paths: GrantPath[];
  readonly changes: Change[];
  readonly before: { readonly id: string; readonly from: Grant | null }[];
}

const sumGbps = (paths: readonly GrantPath[]): number => paths.reduce((sum, { rateGbps }) => sum + rateGbps, 0);

interface Wanted {
  readonly routes: readonly (readonly number[])[];
  readonly rateGbps: number;
  readonly priority: number;
  readonly asker: string;
  readonly level?: { readonly job: string; readonly trafficClass: TrafficClassName | null; readonly share: number };
}

/** One more piece, on the way that reaches most; false when none reaches anything. */
function takePiece(draft: Draft, trial: Trial, wanted: Wanted): boolean {
  let best: { readonly links: readonly number[]; readonly gbps: number } | null = null;
  for (const links of wanted.routes) {
    const gbps = reachableGbps(draft, links, wanted);
    if (gbps > (best?.gbps ?? 0) + rateStepGbps) best = { links, gbps };
    if (gbps >= wanted.rateGbps - rateStepGbps) break;
  }
  if (best === null) return false;
  const { links, gbps } = best;
  const room = makeRoom(draft, { ...wanted, routes: [links], rateGbps: gbps, alone: false });
  if (room === null) return false;
  for (const { id, to } of room) {
    trial.before.push({ id, from: draft.grantOf(id) });
    const change = draft.regrant(id, to);
    if (change !== null) trial.changes.push(change);
  }
  const path: GrantPath = { links, wavelengths: links.map(() => []), rateGbps: gbps };
  draft.ledger.take(path);
  trial.paths.push(path);
  return true;
}

/** Pieces until the rate is there or nothing more is reached. What the asker holds must have been released from the ledger. */
function collect(draft: Draft, wanted: Wanted): Trial {
  const trial: Trial = { paths: [...gather(draft, { routes: wanted.routes, alone: false }, wanted.rateGbps)], changes: [], before: [] };
  for (let left = wanted.rateGbps - sumGbps(trial.paths); left > rateStepGbps; left = wanted.rateGbps - sumGbps(trial.paths)) {
    if (!takePiece(draft, trial, { ...wanted, rateGbps: left })) break;
  }
  return trial;
}

function undo(draft: Draft, { paths, before }: Trial): void {
  for (const path of paths) draft.ledger.release(path);
  for (const { id, from } of before.toReversed()) draft.regrant(id, from);
}

/** Common levels that are tried, highest first. */
const levels = [0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.4, 0.3, 0.2, 0.1] as const;

/** All pieces of a lease that its job's other leases make room for down to a level; `null` when they are not reached. */
function atLevel(draft: Draft, wanted: Wanted, level: NonNullable<Wanted['level']>): Trial | null {
  const trial = collect(draft, { ...wanted, level });
  if (sumGbps(trial.paths) >= wanted.rateGbps - rateStepGbps) return trial;
  undo(draft, trial);
  return null;
}

/** The highest of these levels, which fall, that can be had: one that can be had can be had lower too, so it is found by halving. */
function highest(draft: Draft, shares: readonly number[], trialAt: (share: number) => Trial | null): Trial | null {
  let [low, high] = [0, shares.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const trial = trialAt(shares[middle] ?? 0);
    if (trial !== null) undo(draft, trial);
    if (trial === null) low = middle + 1;
    else high = middle;
  }
  const share = shares[low];
  return share === undefined ? null : trialAt(share);
}

/** The most that can be had, alone or at the highest level that the lease and its like can share; what is returned stands in the ledger. */
function most(draft: Draft, request: LeaseRequest, { leastGbps, floorGbps, mayUse }: { readonly leastGbps: number; readonly floorGbps: number; readonly mayUse: MayUse }): Trial | null {
  const { state } = draft;
  const asked = askedGbps(request);
  const ways = [...candidateRoutes(state, request), ...peerRoutes(state, request)];
  const routes = mayUse === null ? ways : ways.filter(mayUse);
  const wanted: Wanted = { routes, rateGbps: asked, priority: state.policy.classes[request.trafficClass].priority, asker: request.id };
  const alone = collect(draft, wanted);
  const aloneGbps = sumGbps(alone.paths);
  if (aloneGbps >= asked - rateStepGbps) return alone;
  undo(draft, alone);
  const { job, trafficClass } = request;
  if (job !== null) {
    const beats = Math.max(leastGbps, aloneGbps) + rateStepGbps;
    const shared = highest(draft, levels.filter((share) => share * asked > beats), (share) => atLevel(draft, { ...wanted, rateGbps: share * asked }, { job, trafficClass, share }));
    if (shared !== null) return shared;
  }
  if (aloneGbps > leastGbps + rateStepGbps) return collect(draft, wanted);
  // A job stands for want of any of its leases: the floor of this one comes before what the others hold above theirs, of whatever class.
  if (job === null || draft.grantOf(request.id) !== null || floorGbps <= rateStepGbps) return null;
  return highest(draft, levels, (share) => atLevel(draft, { ...wanted, rateGbps: floorGbps }, { job, trafficClass: null, share }));
}

export interface FurtherOptions {
  /** Only more than this is worth it. */
  readonly aboveGbps: number;
  /** Less than the floor is better than nothing: after a fault, for a job that would stand. */
  readonly mayBreakFloor: boolean;
  readonly mayUse?: MayUse;
}

/** As much as can be had of what is asked, if it is worth it; `null` leaves the draft as it was. */
export function seekFurther(draft: Draft, request: LeaseRequest, { aboveGbps, mayBreakFloor, mayUse = null }: FurtherOptions): Found | null {
  const { state, ledger } = draft;
  const floorGbps = floorGbpsOf(state.policy, request);
  const held = draft.grantOf(request.id);
  if (held !== null) ledger.releaseAll(held);
  const trial = most(draft, request, { leastGbps: Math.max(aboveGbps, mayBreakFloor && request.job !== null ? 0 : floorGbps - 2 * rateStepGbps), floorGbps, mayUse });
  for (const path of trial?.paths ?? []) ledger.release(path);
  for (const path of held?.paths ?? []) ledger.take(path);
  if (trial === null) return null;
  const rateGbps = Math.min(askedGbps(request), sumGbps(trial.paths));
  const grant: Grant = {
    id: request.id, tenant: request.tenant, job: request.job, trafficClass: request.trafficClass, rateGbps, floorGbps: Math.min(floorGbps, rateGbps), startNs: request.startNs,
    endNs: Math.max(request.endNs, state.leases.get(request.id)?.endNs ?? 0), paths: trial.paths,
  };
  const change = draft.regrant(request.id, grant);
  return { kind: 'found', grant, changes: change === null ? trial.changes : [...trial.changes, change] };
}
