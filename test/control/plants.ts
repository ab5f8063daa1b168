/** Small plants that the controller's tests share: every wavelength carries 100 Gb/s, every link four of them. */

import assert from 'node:assert/strict';
import { createPlant } from '../../src/control/plant.ts';
import type { Plant } from '../../src/control/plant.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { ClusterDesign } from '../../src/fabric/design.ts';
import { bareDesign, ocs, reachRule, terminal } from '../fabric/designs.ts';

export function plantOf(design: ClusterDesign): Plant {
  const compiled = compileFabric(design, { evaluateMedium: reachRule });
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
  return createPlant(compiled.value, { evaluateWithLoss: () => reachRule, bodyOfPart: () => null, settledCaseC: new Float32Array(compiled.value.fabric.componentCount).fill(NaN) });
}

/** Eight single-GPU servers, two leaves of four, four spines: 400 Gb/s from each GPU to its leaf and from each leaf to each spine. */
export const treePlant = (): Plant => plantOf(bareDesign(8, { kind: 'fat-tree', tiers: 2, k: 8, routing: 'ecmp' }));

/** Four single-GPU servers on one rail: each has two ports to one circuit switch, whose circuits are a ring. */
export const ringPlant = (): Plant => plantOf({ ...bareDesign(4, { kind: 'ocs-rails' }), ocs, media: circuitMedia });

const circuitMedia: ClusterDesign['media'] = (() => {
  const { media } = bareDesign(4, { kind: 'ocs-rails' });
  return { ...media, access: media.access.map((medium) => ({ ...medium, far: terminal('dr4-400g', 1, 4) })) };
})();
