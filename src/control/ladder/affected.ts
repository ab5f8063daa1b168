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
export function isOverfull(state: State, view: LightView, link: number): boolean {
  const { linkWavelength } = state.plant.cluster.fabric;
  const shared = state.links.sharedGbps[link] ?? 0;
  if (shared <= shortBy) return false;
  let capacity = 0;
  for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) if ((state.wavelengths.holder[row] ?? -1) < 0) capacity += view.gbps(row);
  return shared > capacity + shortBy;
}

/** Rows of a grant's paths, each once. */
interface Marks {
  readonly short: number[];
  readonly atRisk: number[];
}

const mark = (rows: number[], row: number): void => {
  if (!rows.includes(row)) rows.push(row);
};

/** Marks the paths of one lease over one link. */
function markPaths(state: State, view: LightView, at: { readonly link: number; readonly overfull: boolean; readonly thin: boolean }, { paths }: Grant, marks: Marks): void {
  for (let row = 0; row < paths.length; row++) {
    const path = paths[row];
    const hop = path?.links.indexOf(at.link) ?? -1;
    if (path === undefined || hop < 0) continue;
    const shared = (path.wavelengths[hop] ?? noRows).length === 0;
    if (shared ? at.overfull : heldShort(state, view, path, hop).length > 0) mark(marks.short, row);
    else if (at.thin) mark(marks.atRisk, row);
  }
}

interface Found extends Marks {
  readonly lease: Lease;
  readonly grant: Grant;
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

function lookAtJudged(state: State, view: LightView): OnJudged {
  const found = new Map<number, Found>();
  const overfull: number[] = [];
  let at = { link: -1, overfull: false, thin: false };
  const look = (row: number): void => {
    let marks = found.get(row);
    if (marks === undefined) {
      const lease = state.leases.get(state.leaseRows[row] ?? '');
      if (lease?.grant == null) return;
      found.set(row, (marks = { lease, grant: lease.grant, short: [], atRisk: [] }));
    }
    markPaths(state, view, at, marks.grant, marks);
  };
  for (const link of view.judged) {
    if (!state.leasesOfLink.has(link)) continue;
    at = { link, overfull: isOverfull(state, view, link), thin: isThin(state, link, view.marginDb(link)) };
    if (at.overfull) overfull.push(link);
    state.leasesOfLink.forEachRow(link, look);
  }
  const affected: Affected[] = [];
  for (const { lease, grant, short, atRisk } of found.values()) {
    if (short.length + atRisk.length === 0) continue;
    const { priority } = state.policy.classes[lease.request.trafficClass];
    affected.push({ id: lease.request.id, lease, grant, priority, short: short.sort((a, b) => a - b), atRisk: atRisk.filter((row) => !short.includes(row)).sort((a, b) => a - b) });
  }
  affected.sort((a, b) => a.priority - b.priority || a.lease.row - b.lease.row);
  return { leases: [...found.values()].map(({ lease }) => lease), overfull, affected };
}

/** Leases that lose or may lose light on the links judged anew, highest class first, then by lease row. */
export const affectedLeases = (state: State, view: LightView): readonly Affected[] => onJudgedLinks(state, view).affected;
