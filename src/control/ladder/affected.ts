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
  for (const row of rows) {
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

/** Leases that lose or may lose light on the links judged anew, highest class first, then by lease row. */
export function affectedLeases(state: State, view: LightView): readonly Affected[] {
  const found = new Map<string, Found>();
  for (const link of view.judged) {
    const ids = state.leasesOfLink.get(link);
    if (ids === undefined) continue;
    const at = { link, overfull: isOverfull(state, view, link), thin: isThin(state, link, view.marginDb(link)) };
    for (const id of ids) {
      let marks = found.get(id);
      if (marks === undefined) {
        const lease = state.leases.get(id);
        if (lease?.grant == null) continue;
        found.set(id, (marks = { lease, grant: lease.grant, short: [], atRisk: [] }));
      }
      markPaths(state, view, at, marks.grant, marks);
    }
  }
  const affected: Affected[] = [];
  for (const [id, { lease, grant, short, atRisk }] of found) {
    if (short.length + atRisk.length === 0) continue;
    const { priority } = state.policy.classes[lease.request.trafficClass];
    affected.push({ id, lease, grant, priority, short: short.sort((a, b) => a - b), atRisk: atRisk.filter((row) => !short.includes(row)).sort((a, b) => a - b) });
  }
  return affected.sort((a, b) => a.priority - b.priority || a.lease.row - b.lease.row);
}
