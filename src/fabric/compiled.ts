/** The compiled fabric with everything that fault domains, bills and reports need beside the network tables. */

import type { Issue } from '../base/issue.ts';
import type { ComponentTable } from './components.ts';
import type { ClusterDesign } from './design.ts';
import type { Fabric } from './fabric.ts';
import type { Placement } from './floor-plan.ts';
import type { MediumUse } from './medium.ts';

export interface CompiledFabric extends Fabric {
  readonly components: ComponentTable;
  /** The port at the source end of each directed link; the twin's port is the other end. */
  readonly linkPort: Int32Array;
  /** The cable of link l is linkCable[l >> 1]; -1 for traces inside one server. */
  readonly linkCable: Int32Array;
  /** The laser (or comb) that lights a wavelength, -1 for electrical lanes and behind passive switches. */
  readonly wavelengthLaser: Int32Array;
  /** Row of `uses`, -1 for scale-up links, per cable. */
  readonly cableUse: Int32Array;
  /** Where the cross-connect of a circuit switch sends the light of a link that enters it: the link that leaves; -1 elsewhere. */
  readonly circuitOut: Int32Array;
  readonly nodeUnit: Int32Array;
  readonly uses: readonly MediumUse[];
  readonly placement: Placement;
}

/** Links of one medium and length that do not close: kept in the tables at rate zero. */
export interface RefusedCables {
  readonly use: MediumUse;
  /** Cables, each a link in both directions. */
  readonly count: number;
  readonly tier: string;
  /** Up to three, e.g. `leaf3 to spine2`. */
  readonly examples: readonly string[];
}

export interface CompiledCluster {
  readonly design: ClusterDesign;
  readonly summary: string;
  readonly fabric: CompiledFabric;
  readonly refused: readonly RefusedCables[];
  /** What the conservation checks found; empty for a sound plan. */
  readonly findings: readonly Issue[];
}
