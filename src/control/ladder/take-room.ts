/** Room on other ways for leases that must not lose light: lower classes there yield down to their floors. */

import type { Grant } from '../../plan/plan.ts';
import { seekFurther } from '../leases/seek-further.ts';
import { Draft, seekLight } from '../leases/seek-light.ts';
import type { Affected } from './affected.ts';
import { usable } from './fitness.ts';
import type { LadderQuestion } from './proposal.ts';

/** A lease that would lose light, and what it would keep where it is. */
export interface Losing {
  readonly affected: Affected;
  readonly keepsGbps: number;
}

/** Asked each time that a lease has been served: whether the grants so far, and all that the `rest` could hope for, are still worth going on. */
export type IsWorth = (grants: ReadonlyMap<string, Grant | null>, rest: readonly Losing[]) => boolean;

/**
 * Grants after: those of `moved`, those of the losing leases that found more than they would keep, and those of who yielded to them.
 * Leases seek in the order given, highest class first; nothing new is put on links that are short of margin or of sound parts. `null`
 * when a job's lease keeps nothing where it is and finds nothing elsewhere, so that other rungs have to help, and when it is no longer
 * worth going on.
 */
export function roomFor({ state, view }: Pick<LadderQuestion, 'state' | 'view'>, moved: ReadonlyMap<string, Grant>, losing: readonly Losing[], isWorth: IsWorth): ReadonlyMap<string, Grant | null> | null {
  const isUsable = usable(state, view);
  const mayUse = (links: readonly number[]): boolean => links.every(isUsable);
  const draft = new Draft(state, null, view);
  const changed = new Set<string>();
  for (const [id, grant] of moved) {
    draft.regrant(id, grant);
    changed.add(id);
  }
  const grants = (): ReadonlyMap<string, Grant | null> => new Map([...changed].map((id) => [id, draft.grantOf(id)]));
  for (const [at, { affected: { id, lease }, keepsGbps }] of losing.entries()) {
    const usual = seekLight(draft, lease.request, { mayPreempt: true, mayUse });
    const sought = usual.kind === 'found' ? usual : seekFurther(draft, lease.request, { aboveGbps: keepsGbps, mayBreakFloor: false, mayUse });
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
    if (!isWorth(grants(), losing.slice(at + 1))) return null;
  }
  return grants();
}
