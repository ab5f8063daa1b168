/** Which grants the light no longer carries: what each of their paths still gets where links were judged anew. */

import type { Grant, GrantPath } from '../../plan/plan.ts';
import type { Lease, State } from '../state.ts';
import type { LightView } from './view.ts';

/** A lease with light that physics takes from it. */
export interface Affected {
  readonly id: string;
  readonly lease: Lease;
  readonly grant: Grant;
  readonly priority: number;
  /** Paths that cross a link that falls short, by index. */
  readonly paths: readonly number[];
}

const shortBy = 1e-6;

/** Held wavelengths of a path on one hop that no longer carry what they were told to. */
export const heldShort = (state: State, view: LightView, path: GrantPath, hop: number): readonly number[] =>
  (path.wavelengths[hop] ?? []).filter((row) => view.gbps(row) < (state.wavelengths.rateGbps[row] ?? 0) - shortBy || view.gbps(row) <= 0);

/** True where shared light of a link does not carry what is granted on it. */
export function isOverfull(state: State, view: LightView, link: number): boolean {
  const { linkWavelength } = state.plant.cluster.fabric;
  let capacity = 0;
  for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) if ((state.wavelengths.holder[row] ?? -1) < 0) capacity += view.gbps(row);
  return (state.links.sharedGbps[link] ?? 0) > capacity + shortBy;
}

/** Leases that lose light on the links judged anew, highest class first, then by lease row. */
export function affectedLeases(state: State, view: LightView): readonly Affected[] {
  const found = new Map<string, Set<number>>();
  for (const link of view.judged) {
    const ids = state.leasesOfLink.get(link);
    if (ids === undefined) continue;
    const overfull = isOverfull(state, view, link);
    for (const id of ids) {
      const grant = state.leases.get(id)?.grant;
      grant?.paths.forEach((path, at) => {
        const hop = path.links.indexOf(link);
        if (hop < 0) return;
        const shared = (path.wavelengths[hop] ?? []).length === 0;
        if (shared ? !overfull : heldShort(state, view, path, hop).length === 0) return;
        const paths = found.get(id);
        if (paths === undefined) found.set(id, new Set([at]));
        else paths.add(at);
      });
    }
  }
  const affected = [...found].flatMap(([id, paths]): Affected[] => {
    const lease = state.leases.get(id);
    if (lease?.grant == null) return [];
    return [{ id, lease, grant: lease.grant, priority: state.policy.classes[lease.request.trafficClass].priority, paths: [...paths].sort((a, b) => a - b) }];
  });
  return affected.sort((a, b) => a.priority - b.priority || a.lease.row - b.lease.row);
}
