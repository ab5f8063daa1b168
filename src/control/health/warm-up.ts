/**
 * Asks physics beforehand what every kind of link carries as the design settles it: the first fault or repair on a link would wait
 * for that otherwise, some tenths of a millisecond for each length of cable that it meets.
 */

import { holdMarginDb } from '../light.ts';
import type { State } from '../state.ts';
import { beliefsWith, bodyAt, judgeLink } from './judge.ts';

/** Changes nothing but what the plant remembers. O(links), with one evaluation for each medium, length and pair of settled cases. */
export function warmUp(state: State): void {
  const { cluster: { fabric }, settledCaseC } = state.plant;
  const beliefs = beliefsWith(state, new Map());
  const seen = new Set<string>();
  for (let link = 0; link < fabric.linkCount; link++) {
    const use = fabric.cableUse[link >> 1] ?? -1;
    if (use < 0) continue;
    // Light passes a circuit switch to the body behind it.
    const onward = fabric.circuitOut[link] ?? -1;
    const last = onward >= 0 ? onward : link;
    const [near, far] = [bodyAt(state, link), bodyAt(state, fabric.linkReverse[last] ?? last)];
    const kind = `${use} ${link & 1} ${settledCaseC[near] ?? NaN} ${settledCaseC[far] ?? NaN}`;
    if (seen.has(kind)) continue;
    seen.add(kind);
    judgeLink(state, beliefs, link);
    holdMarginDb(state, link);
  }
}
