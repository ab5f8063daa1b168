/** What one installed part draws, costs and how often it fails, as the bill of materials needs it. */

import type { Figure } from '../base/figure.ts';
import type { TerminalDesign } from './design.ts';
import type { RateBasis } from '../optics/reliability/mechanism.ts';

/** One sub-part's share of a module's power. */
export interface PowerShare {
  /** `laser`, `dsp`, `driver`, `tia`, `heater`, `module`, ... */
  readonly name: string;
  /** 0 to 1; the shares of a part sum to 1. */
  readonly share: number;
}

export interface PartFigures {
  /** Capacity, one direction, that the power and cost below belong to. A module of another size is scaled by its capacity. */
  readonly ratedGbps: number;
  /** One end, host SerDes excluded, its light included wherever the laser sits. */
  readonly powerW: Figure;
  readonly powerShares: readonly PowerShare[];
  readonly costUsd: Figure;
  /** Of `mtbfGbps` of capacity. */
  readonly mtbfH: Figure;
  readonly mtbfGbps: number;
  /** Where that rate comes from; read from the figure's own source where absent. */
  readonly failureBasis?: RateBasis | 'mixed';
  /** Share of the part's failures that are failures of its lasers, 0 to 1. */
  readonly laserFailureShare: number;
  /** Hands-on time to exchange it; absent where the catalogue states none. */
  readonly repairH?: Figure;
  /** SerDes of the host that drives this part, one end; its power is counted with the link and not with the switch. */
  readonly hostSerdesPjPerBit: Figure;
}

/** Figures of a catalogue part, or `null` when the catalogue lacks the part or a figure that the bill cannot do without. */
export type FindPartFigures = (partId: string) => PartFigures | null;

/**
 * How many of the rated part one installed body is. A face-plate module is bought, fails and draws as a whole even where its
 * links leave lanes unused; an engine is built to the capacity that its ports need.
 */
export function installedScale(packaging: TerminalDesign['packaging'], sizes: { readonly capacityGbps: number; readonly ratedGbps: number }): number {
  const share = sizes.capacityGbps / sizes.ratedGbps;
  return packaging === 'pluggable' ? Math.max(1, share) : share;
}
