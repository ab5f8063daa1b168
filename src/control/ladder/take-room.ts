/** Room on other ways for leases that must not lose light: lower classes there yield down to their floors. */

import type { Grant } from '../../plan/plan.ts';
import { seekFurther } from '../leases/seek-further.ts';
import { Draft, seekLight } from '../leases/seek-light.ts';
import type { State } from '../state.ts';
import type { Affected } from './affected.ts';
import { unfit } from './fitness.ts';
import type { LightView } from './view.ts';

/** A lease that would lose light, and what it would keep where it is. */
export interface Losing {
  readonly affected: Affected;
  readonly keepsGbps: number;
}

/**
 * Grants after: those of `moved`, those of the losing leases that found more than they would keep, and those of who yielded to them.
 * Leases seek in the order given, highest class first; nothing new is put on links that are short of margin or of sound parts. `null`
 * when a job's lease keeps nothing where it is and finds nothing elsewhere: other rungs have to help.
 */
export function roomFor(state: State, view: LightView, moved: ReadonlyMap<string, Grant>, losing: readonly Losing[]): ReadonlyMap<string, Grant | null> | null {
  const { linkCount, wavelengthLink } = state.plant.cluster.fabric;
  const isUnfit = unfit(state, view);
  // By link: 0 not asked yet, 1 fit, 2 not.
  const known = new Uint8Array(linkCount);
  const avoid = (link: number): boolean => {
    if (known[link] === 0) known[link] = isUnfit(link) ? 2 : 1;
    return known[link] === 2;
  };
  const draft = new Draft(state, null, { ...view, gbps: (row) => (avoid(wavelengthLink[row] ?? 0) ? 0 : view.gbps(row)) });
  const changed = new Set<string>();
  for (const [id, grant] of moved) {
    draft.regrant(id, grant);
    changed.add(id);
  }
  for (const { affected: { id, lease }, keepsGbps } of losing) {
    const usual = seekLight(draft, lease.request, { mayPreempt: true });
    const sought = usual.kind === 'found' ? usual : seekFurther(draft, lease.request, { aboveGbps: keepsGbps, mayBreakFloor: false });
    if (sought === null) {
      if (keepsGbps > 0) continue;
      if (lease.request.job !== null) return null;
      // What keeps nothing where it is and finds nothing elsewhere waits, so that its floor holds up nobody else.
      draft.regrant(id, null);
      changed.add(id);
      continue;
    }
    for (const change of sought.changes) {
      if (change.kind === 'add' || change.kind === 'drop') changed.add(change.grant.id);
      else if (change.kind === 'move') changed.add(change.to.id);
    }
    changed.add(id);
  }
  return new Map([...changed].map((id) => [id, draft.grantOf(id)]));
}
