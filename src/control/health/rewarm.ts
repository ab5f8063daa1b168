/** Bodies that are to light more lanes than before warm up again: what is believed of them follows the orders that are on their way. */

import type { Fact } from '../fact.ts';
import type { State } from '../state.ts';
import type { Belief } from './belief.ts';
import { believedFact, believedNow, newsK, settlingC } from './belief.ts';
import { beliefsWith, bodyAt, judgeLinks, linksOf } from './judge.ts';

/** Orders that raise light are in open plans: those that were taken back, and those that are lifted. */
function bodiesOfRaised(state: State): ReadonlySet<number> {
  const { wavelengthLink } = state.plant.cluster.fabric;
  const bodies = new Set<number>();
  for (const { changes } of state.openPlans.values()) {
    for (const change of changes) if (change.kind === 'setRate' && change.toGbps > change.fromGbps) bodies.add(bodyAt(state, wavelengthLink[change.wavelength] ?? 0));
  }
  return bodies;
}

export function decideRewarmed(state: State): readonly Fact[] {
  const changed = new Map<number, Belief>();
  for (const body of bodiesOfRaised(state)) {
    const now = believedNow(state, body);
    const caseC = settlingC(state, body);
    if (!Number.isNaN(now.caseC) && caseC > now.caseC + newsK) changed.set(body, { ...now, caseC });
  }
  if (changed.size === 0) return [];
  const groups = judgeLinks(state, beliefsWith(state, changed), linksOf(state, changed.keys()));
  return [believedFact(changed), ...(groups.length > 0 ? [{ kind: 'judged', groups } as const] : [])];
}
