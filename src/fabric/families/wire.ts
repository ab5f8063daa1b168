/** Draws the family that a design asks for. */

import type { Parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { Wiring } from '../draft.ts';
import { wireRailOptimised } from './rail-optimised.ts';

/** Issues of a family name the parameter, its value and what would fit. */
export function wireFamily(design: ClusterDesign): Parsed<Wiring> {
  const { family } = design;
  switch (family.kind) {
    case 'rail-optimised':
      return wireRailOptimised(design, family);
  }
}
