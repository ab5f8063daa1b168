/** Orders that lowered light, lifted again when every part on the way is sound. */

import type { Change } from '../../plan/plan.ts';
import { healthNames } from '../fact.ts';
import { partsOfLink } from '../ladder/fitness.ts';
import type { State } from '../state.ts';
import { linksOf } from './judge.ts';

/** Changes that bring wavelengths told less than their design back to it, on links whose every part is sound once `returned` are. */
export function liftedOrders(state: State, returned: ReadonlySet<number>): readonly Change[] {
  const { fabric } = state.plant.cluster;
  const changes: Change[] = [];
  const isSound = (part: number): boolean => returned.has(part) || healthNames[state.components.health[part] ?? 0] === 'sound';
  for (const link of linksOf(state, returned)) {
    if (!partsOfLink(state, link).every(isSound)) continue;
    for (let row = fabric.linkWavelength[link] ?? 0; row < (fabric.linkWavelength[link + 1] ?? 0); row++) {
      const told = state.wavelengths.rateGbps[row] ?? 0;
      const design = fabric.wavelengthRateGbps[row] ?? 0;
      if (told < design) changes.push({ kind: 'setRate', wavelength: row, fromGbps: told, toGbps: design });
    }
  }
  return changes;
}
