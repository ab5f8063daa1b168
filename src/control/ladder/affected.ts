/** Which grants the light no longer carries, or soon may not: their paths over links that were judged anew. */

import type { Grant, GrantPath } from '../../plan/plan.ts';
import type { Lease, State } from '../state.ts';
import { isThin } from '../light.ts';
import type { LightView } from './view.ts';

/** A lease whose light is taken or threatened. */
export interface Affected {
  readonly id: string;
  readonly lease: Lease;
  readonly grant: Grant;
  readonly priority: number;
  /** Paths, by index, that cross a link which falls short of what is granted on it. */
  readonly short: readonly number[];
  /** Paths that are carried still, over a link with less margin than the policy holds. */
  readonly atRisk: readonly number[];
}

const shortBy = 1e-6;
const noRows: readonly number[] = [];

/** Held wavelengths of a path on one hop that no longer carry what they were told to. */
export function heldShort({ wavelengths: { rateGbps } }: State, view: LightView, path: GrantPath, hop: number): readonly number[] {
  const rows = path.wavelengths[hop] ?? noRows;
  let short: number[] | null = null;
  for (let place = 0; place < rows.length; place++) {
    const row = rows[place] ?? -1;
    const gbps = view.gbps(row);
    if (gbps < (rateGbps[row] ?? 0) - shortBy || gbps <= 0) (short ??= []).push(row);
  }
  return short ?? noRows;
}

/** True where shared light of a link does not carry what is granted on it. */
export function isOverfull({ links: { sharedGbps } }: State, view: LightView, link: number): boolean {
  const shared = sharedGbps[link] ?? 0;
  return shared > shortBy && shared > view.poolGbps(link) + shortBy;
}

/** What stands on the links that a view judges anew. */
interface OnJudged {
  /** Leases with a grant over them, in the order of the links and of their coming, each once. */
  readonly leases: readonly Lease[];
  /** Links that carry less shared light than is granted on them. */
  readonly overfull: readonly number[];
  readonly affected: readonly Affected[];
}

/** Answers by view; a view is of one state as it stands while one decision is taken. */
const known = new WeakMap<LightView, OnJudged>();

/** Which leases pass over the links judged anew, and what of their light falls short there. */
export function onJudgedLinks(state: State, view: LightView): OnJudged {
  let answer = known.get(view);
  if (answer === undefined) known.set(view, (answer = lookAtJudged(state, view)));
  return answer;
}

/** What a link is, by directed link: 0 where nobody looked at it. */
const [judgedLink, overfullLink, thinLink] = [1, 2, 4];

/** Which paths of a lease fall short or may on links that were judged anew; `null` where none does. */
function affectedOn(state: State, view: LightView, stands: Uint8Array, lease: Lease, grant: Grant): Affected | null {
  let short: number[] | null = null;
  let atRisk: number[] | null = null;
  const { paths } = grant;
  for (let row = 0; row < paths.length; row++) {
    const path = paths[row];
    if (path === undefined) break;
    let [isShort, isAtRisk] = [false, false];
    for (let hop = 0; hop < path.links.length && !isShort; hop++) {
      const stand = stands[path.links[hop] ?? 0] ?? 0;
      if (stand === 0) continue;
      isShort = (path.wavelengths[hop] ?? noRows).length === 0 ? (stand & overfullLink) !== 0 : heldShort(state, view, path, hop).length > 0;
      isAtRisk ||= (stand & thinLink) !== 0;
    }
    if (isShort) (short ??= []).push(row);
    else if (isAtRisk) (atRisk ??= []).push(row);
  }
  if (short === null && atRisk === null) return null;
  return { id: lease.request.id, lease, grant, priority: state.policy.classes[lease.request.trafficClass].priority, short: short ?? noRows, atRisk: atRisk ?? noRows };
}

function lookAtJudged(state: State, view: LightView): OnJudged {
  const stands = new Uint8Array(state.plant.cluster.fabric.linkCount);
  const isSeen = new Uint8Array(state.leaseRows.length);
  const leases: Lease[] = [];
  const overfull: number[] = [];
  const see = (row: number): void => {
    if (isSeen[row] === 1) return;
    isSeen[row] = 1;
    const lease = state.leases.get(state.leaseRows[row] ?? '');
    if (lease !== undefined && lease.grant !== null) leases.push(lease);
  };
  for (const link of view.judged) {
    if (!state.leasesOfLink.has(link)) continue;
    const isFull = isOverfull(state, view, link);
    if (isFull) overfull.push(link);
    stands[link] = judgedLink | (isFull ? overfullLink : 0) | (isThin(state, link, view.marginDb(link)) ? thinLink : 0);
    state.leasesOfLink.forEachRow(link, see);
  }
  const affected: Affected[] = [];
  for (const lease of leases) {
    const one = lease.grant === null ? null : affectedOn(state, view, stands, lease, lease.grant);
    if (one !== null) affected.push(one);
  }
  affected.sort((a, b) => a.priority - b.priority || a.lease.row - b.lease.row);
  return { leases, overfull, affected };
}

/** Leases that lose or may lose light on the links judged anew, highest class first, then by lease row. */
export const affectedLeases = (state: State, view: LightView): readonly Affected[] => onJudgedLinks(state, view).affected;
