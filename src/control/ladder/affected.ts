/** Which grants the light no longer carries, or soon may not: their paths over links that were judged anew. */

import type { Grant, GrantPath } from '../../plan/plan.ts';
import type { Lease, State } from '../state.ts';
import { holdMarginDb } from '../light.ts';
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
export function heldShort(state: State, view: LightView, path: GrantPath, hop: number): readonly number[] {
  const rows = path.wavelengths[hop] ?? noRows;
  return rows.length === 0 ? noRows : rows.filter((row) => view.gbps(row) < (state.wavelengths.rateGbps[row] ?? 0) - shortBy || view.gbps(row) <= 0);
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

interface Marks {
  readonly short: Set<number>;
  readonly atRisk: Set<number>;
}

/** Marks the paths of one lease over one link. */
function markPaths(state: State, view: LightView, at: { readonly link: number; readonly overfull: boolean; readonly thin: boolean }, grant: Grant, marks: Marks): void {
  grant.paths.forEach((path, row) => {
    const hop = path.links.indexOf(at.link);
    if (hop < 0) return;
    const shared = (path.wavelengths[hop] ?? []).length === 0;
    if (shared ? at.overfull : heldShort(state, view, path, hop).length > 0) marks.short.add(row);
    else if (at.thin) marks.atRisk.add(row);
  });
}

/** Leases that lose or may lose light on the links judged anew, highest class first, then by lease row. */
export function affectedLeases(state: State, view: LightView): readonly Affected[] {
  const found = new Map<string, Marks>();
  for (const link of view.judged) {
    const ids = state.leasesOfLink.get(link);
    if (ids === undefined) continue;
    const at = { link, overfull: isOverfull(state, view, link), thin: view.marginDb(link) < holdMarginDb(state, link) };
    for (const id of ids) {
      const grant = state.leases.get(id)?.grant;
      if (grant == null) continue;
      const marks = found.get(id) ?? { short: new Set<number>(), atRisk: new Set<number>() };
      markPaths(state, view, at, grant, marks);
      if (marks.short.size + marks.atRisk.size > 0) found.set(id, marks);
    }
  }
  const ascending = (rows: Set<number>): readonly number[] => [...rows].sort((a, b) => a - b);
  const affected = [...found].flatMap(([id, { short, atRisk }]): Affected[] => {
    const lease = state.leases.get(id);
    if (lease?.grant == null) return [];
    const { priority } = state.policy.classes[lease.request.trafficClass];
    return [{ id, lease, grant: lease.grant, priority, short: ascending(short), atRisk: ascending(atRisk).filter((row) => !short.has(row)) }];
  });
  return affected.sort((a, b) => a.priority - b.priority || a.lease.row - b.lease.row);
}
