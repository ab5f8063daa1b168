/**
 * Light from wherever there is any, for a lease that its own ways cannot serve: over peers of the scale-up domains too, in as many
 * pieces as needed, free light first and then what lower classes hold above their floors.
 *
 * Pieces share light that nobody holds alone: a demand that is scattered so holds no whole wavelengths.
 */

import type { Change, Grant, GrantPath } from '../../plan/plan.ts';
import { askedGbps, floorGbpsOf, rateStepGbps } from '../lease-terms.ts';
import type { LeaseRequest } from '../reading.ts';
import { candidateRoutes, peerRoutes } from './routes.ts';
import type { Draft, Found } from './seek-light.ts';
import { gather } from './seek-light.ts';
import { makeRoom, reachableGbps } from './yielding.ts';

/** What one call has changed so far, so that it can be taken back. */
interface Trial {
  readonly paths: GrantPath[];
  readonly changes: Change[];
  readonly before: { readonly id: string; readonly from: Grant | null }[];
}

const sumGbps = (paths: readonly GrantPath[]): number => paths.reduce((sum, { rateGbps }) => sum + rateGbps, 0);

/** One more piece, on the way that reaches most; false when none reaches anything. */
function takePiece(draft: Draft, trial: Trial, wanted: { readonly routes: readonly (readonly number[])[]; readonly leftGbps: number; readonly priority: number; readonly asker: string }): boolean {
  let best: { readonly links: readonly number[]; readonly gbps: number } | null = null;
  for (const links of wanted.routes) {
    const gbps = Math.min(wanted.leftGbps, reachableGbps(draft, links, wanted));
    if (gbps > (best?.gbps ?? 0) + rateStepGbps) best = { links, gbps };
  }
  if (best === null) return false;
  const { links, gbps } = best;
  const room = makeRoom(draft, { routes: [links], rateGbps: gbps, alone: false, priority: wanted.priority, asker: wanted.asker });
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

/** As much as can be had of what is asked, if that is more than `aboveGbps` and not below the floor; `null` leaves the draft as it was. */
export function seekFurther(draft: Draft, request: LeaseRequest, { aboveGbps }: { readonly aboveGbps: number }): Found | null {
  const { state, ledger } = draft;
  const asked = askedGbps(request);
  const floorGbps = floorGbpsOf(state.policy, request);
  const { priority } = state.policy.classes[request.trafficClass];
  const routes = [...candidateRoutes(state, request), ...peerRoutes(state, request)];
  const held = draft.grantOf(request.id);
  if (held !== null) ledger.releaseAll(held);
  const trial: Trial = { paths: [...gather(draft, { routes, alone: false }, asked)], changes: [], before: [] };
  for (let leftGbps = asked - sumGbps(trial.paths); leftGbps > rateStepGbps; leftGbps = asked - sumGbps(trial.paths)) {
    if (!takePiece(draft, trial, { routes, leftGbps, priority, asker: request.id })) break;
  }
  const rateGbps = Math.min(asked, sumGbps(trial.paths));
  for (const path of trial.paths) ledger.release(path);
  const isWorth = rateGbps > aboveGbps + rateStepGbps && rateGbps >= floorGbps - rateStepGbps;
  if (!isWorth) for (const { id, from } of trial.before.toReversed()) draft.regrant(id, from);
  for (const path of held?.paths ?? []) ledger.take(path);
  if (!isWorth) return null;
  const grant: Grant = {
    id: request.id, tenant: request.tenant, job: request.job, trafficClass: request.trafficClass, rateGbps, floorGbps, startNs: request.startNs,
    endNs: Math.max(request.endNs, state.leases.get(request.id)?.endNs ?? 0), paths: trial.paths,
  };
  const change = draft.regrant(request.id, grant);
  return { kind: 'found', grant, changes: change === null ? trial.changes : [...trial.changes, change] };
}
