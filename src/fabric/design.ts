/** What a cluster should be, before anything is compiled: plain data in inner units, one value per decision. */

import type { Figure } from '../base/figure.ts';
import type { FamilyDesign } from './families/family-design.ts';

/** The accelerator as the fabric sees it; its compute figures belong to the workload model. */
export interface AcceleratorDesign {
  readonly name: string;
  /** Power of one accelerator with its share of the server (CPU, memory, fans, conversion), fabric excluded. */
  readonly powerW: Figure;
  readonly costUsd: Figure;
  readonly mtbfH: Figure;
}

/** The fast domain inside a node or rack. A size of 1 means that there is none. */
export interface ScaleUpDesign {
  /** Accelerators in one domain; a multiple or a divisor of the GPUs per node. */
  readonly size: number;
  /** One direction, per accelerator. */
  readonly rateGbpsPerGpu: number;
  /** Electrical lanes of one accelerator, one direction: one wavelength row each. */
  readonly lanesPerGpu: number;
  /** One hop, accelerator to scale-up switch. */
  readonly latencyNs: number;
  readonly part: string;
  readonly pjPerBit: Figure;
  /** Of one scale-up switch plane of the domain, its share of the server or rack. */
  readonly switchMtbfH: Figure;
}

export interface SwitchDesign {
  readonly name: string;
  /** Ports at `portRateGbps`; a port carries one link. */
  readonly radix: number;
  readonly portRateGbps: number;
  /** Switch chip, control and fans, without optics and without host SerDes of the ports. */
  readonly powerW: Figure;
  readonly costUsd: Figure;
  /** Port to port, cut through. */
  readonly latencyNs: number;
  readonly mtbfH: Figure;
}

export interface NicDesign {
  readonly name: string;
  readonly powerW: Figure;
  readonly costUsd: Figure;
  readonly latencyNs: number;
  readonly mtbfH: Figure;
}

export interface OcsDesign {
  readonly name: string;
  readonly part: string;
  /** Duplex ports. */
  readonly radix: number;
  readonly powerW: Figure;
  readonly costUsd: Figure;
  readonly mtbfH: Figure;
}

/** Light that is made outside the engine and brought to it by fibre. */
export interface ExternalSourceDesign {
  readonly part: string;
  /** Link ends that one source module feeds. */
  readonly linksPerSource: number;
  readonly lasersPerSource: number;
}

/** How one end of a link is packaged, and so what fails together. */
export interface TerminalDesign {
  readonly part: string;
  /** A face-plate module, an engine beside the switch chip, or the plug of a copper cable. */
  readonly packaging: 'pluggable' | 'engine' | 'cableEnd';
  /** Link ends that share one module or engine: 2 for a twin-port module. */
  readonly linksPerModule: number;
  /** Lasers (or combs) inside the module or on the engine; their light is shared evenly by its wavelengths. */
  readonly lasersPerModule: number;
  readonly externalSource: ExternalSourceDesign | null;
}

/** One way to make a link. `near` is the end nearer to the accelerator. */
export interface MediumDesign {
  readonly name: string;
  readonly near: TerminalDesign;
  readonly far: TerminalDesign;
  readonly cablePart: string;
  /** Mated connectors between the two ends. */
  readonly connectors: number;
  readonly wavelengthsPerLink: number;
  readonly nominalRateGbps: number;
}

/**
 * Media by tier, in order of preference: at each cable's own length the first medium whose link closes is taken
 * ("copper where it reaches, optics elsewhere"). A link that closes with none keeps the last one at rate zero and is refused.
 */
export interface TierMedia {
  readonly access: readonly MediumDesign[];
  readonly fabric: readonly MediumDesign[];
  readonly core: readonly MediumDesign[];
  readonly dci: readonly MediumDesign[];
}

/** A rectangular hall: racks stand in rows, cables rise to an overhead tray and follow rows and aisles. */
export interface FloorPlan {
  /** Limit of the hall; a plan that needs more is an issue. */
  readonly rows: number;
  readonly racksPerRow: number;
  /** Centre to centre along a row. */
  readonly rackPitchM: number;
  /** Centre to centre across rows, aisle included. */
  readonly rowPitchM: number;
  readonly nodesPerRack: number;
  readonly switchesPerRack: number;
  /** Where a pod's leaf switches stand: racks in its middle, racks at its end, or spread over the racks of its nodes. */
  readonly leafPlacement: 'middleOfPod' | 'endOfPod' | 'topOfRack';
  /** Where switches that serve every pod stand: in the middle of the hall or behind the last pod. */
  readonly spinePlacement: 'middle' | 'end';
  /** Rise from equipment to the overhead tray, paid at both ends. */
  readonly trayRiseM: number;
  /** Slack coiled per cable, both ends together. */
  readonly slackM: number;
  /** Cable between two units of one rack. */
  readonly inRackM: number;
}

/** A shared supply: what hangs on it fails with it. */
export interface FeedDesign {
  readonly per: 'rack' | 'row';
  /** Feeds beyond the one that suffices; with any, no single feed takes what hangs on it along. None when absent. */
  readonly spares?: number;
  readonly mtbfH: Figure;
}

export interface FeedsDesign {
  readonly power: FeedDesign | null;
  readonly coolant: FeedDesign | null;
}

export interface ClusterDesign {
  readonly name: string;
  readonly gpus: number;
  readonly gpusPerNode: number;
  readonly accelerator: AcceleratorDesign;
  readonly scaleUp: ScaleUpDesign;
  /** Scale-out rate of one accelerator, one direction, over all planes. */
  readonly rateGbpsPerGpu: number;
  readonly family: FamilyDesign;
  readonly switch: SwitchDesign;
  /** Circuit switches; `null` for families without any. */
  readonly ocs: OcsDesign | null;
  readonly nic: NicDesign;
  readonly media: TierMedia;
  readonly floor: FloorPlan;
  readonly feeds: FeedsDesign;
  /** Case temperature at which links are evaluated; `null` settles each end's own by the thermal model. */
  readonly caseTemperatureC: number | null;
}
