/** What is asked of the link model. */

import type { Catalogue } from '../catalogue/catalogue.ts';
import type { Part } from '../part.ts';
import type { Choose } from './figures.ts';

/**
 * `worst-case` is the standard's promise: limits at their limits, no credit for how much better shipped parts are, and
 * no use beyond the stated reach. `typical` adds the middle of each part's headroom and lets physics alone decide reach.
 * Figures known only as ranges stand at their midpoint in both.
 */
export type BudgetView = 'worst-case' | 'typical';

/** A circuit switch in the path. */
export interface CircuitRequest {
  readonly switchPart: Part;
  /** Both directions on one fibre: two circulators in the path, and the own reflections in the own receiver. */
  readonly bidirectional: boolean;
}

export interface LinkRequest {
  readonly part: Part;
  /** The part at the other end where it differs, e.g. a pluggable facing a co-packaged switch. */
  readonly farPart?: Part;
  readonly catalogue: Catalogue;
  readonly lengthM: number;
  /** Fibre connections between the two ends. */
  readonly connectors: number;
  readonly caseTemperatureC: number;
  /** A laser part in place of the one that the part names. */
  readonly laserPart?: Part;
  /** A fibre part in place of the one that the part names. */
  readonly fibrePart?: Part;
  readonly circuit?: CircuitRequest;
  /** Further loss in the path: dirt, bends, ageing. */
  readonly extraLossDb?: number;
  /** Years that the lasers have run at this temperature. */
  readonly ageYears?: number;
  /** Channels that have failed; spares take over first. */
  readonly failedChannels?: number;
  readonly view?: BudgetView;
  readonly choose?: Choose;
}
