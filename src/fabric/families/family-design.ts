/** The parameters of every fabric family: a tagged union, so that a design names exactly the knobs its family has. */

import type { LinkTier, NodeKind } from '../fabric.ts';

/**
 * One leaf per GPU index ("rail") and pod, spines above (NVIDIA DGX SuperPOD reference architecture).
 * Traffic on one rail of one pod stays on its leaf.
 */
export interface RailOptimisedDesign {
  readonly kind: 'rail-optimised';
  /** Nodes of one scalable unit: the down ports of a leaf. */
  readonly nodesPerPod: number;
  /** Spines in all (`shared`) or per rail (`perRail`). */
  readonly spines: number;
  /** Uplinks of one leaf; a multiple of the spines it sees. */
  readonly uplinksPerLeaf: number;
  readonly spinePlanes: 'shared' | 'perRail';
  /**
   * Traffic between rails: `scaleUp` first crosses the sender's scale-up domain to the GPU on the receiver's rail (as NCCL's
   * PXN does; the usual default), `spine` stays on the network. Without a scale-up domain or with rail planes only one works.
   */
  readonly crossRail: 'scaleUp' | 'spine';
}

/** One switch per rail, no spine; traffic between rails is forwarded inside the scale-up domain (Rail-only, arXiv 2307.12169). */
export interface RailOnlyDesign {
  readonly kind: 'rail-only';
}

/** Every GPU of a node on one leaf, leaves under spines. */
export interface LeafSpineDesign {
  readonly kind: 'leaf-spine';
  readonly nodesPerLeaf: number;
  readonly spines: number;
  /** A multiple of the spines. */
  readonly uplinksPerLeaf: number;
}

/**
 * k-ary fat tree (Al-Fares et al., SIGCOMM 2008): three tiers join k^3/4 GPUs, two tiers k^2/2, from switches of k ports.
 * Pods (or leaves) that no GPU needs are left out; the top tier stands in full.
 */
export interface FatTreeDesign {
  readonly kind: 'fat-tree';
  readonly tiers: 2 | 3;
  /** Ports used of each switch; even. */
  readonly k: number;
  /** `dModK` picks up-ports by the destination (Zahavi, 2012): edge d mod k/2, aggregation floor(d / (k/2)) mod k/2. */
  readonly routing: 'ecmp' | 'dModK';
}

/** Groups of fully meshed switches, groups fully meshed by global links (Kim et al., ISCA 2008). */
export interface DragonflyDesign {
  readonly kind: 'dragonfly';
  readonly groups: number;
  readonly switchesPerGroup: number;
  readonly gpusPerSwitch: number;
  readonly globalLinksPerSwitch: number;
  /** `valiant` first goes to a random group (Valiant, 1982); `adaptive` takes that way where the shorter one is loaded (UGAL, Singh 2005). */
  readonly routing: 'minimal' | 'valiant' | 'adaptive';
}

/** Groups of leaves and spines; spines of different groups are joined by global links (Shpiner et al., HiPINEB 2017). */
export interface DragonflyPlusDesign {
  readonly kind: 'dragonfly-plus';
  readonly groups: number;
  readonly leavesPerGroup: number;
  readonly spinesPerGroup: number;
  readonly gpusPerLeaf: number;
  readonly globalLinksPerSpine: number;
  readonly routing: 'minimal' | 'valiant' | 'adaptive';
}

/** 2^dimensions switches; neighbours differ in one bit. */
export interface HypercubeDesign {
  readonly kind: 'hypercube';
  readonly dimensions: number;
  readonly gpusPerSwitch: number;
}

/** A grid of switches that is fully meshed along each dimension (Ahn et al., SC 2009). */
export interface HyperXDesign {
  readonly kind: 'hyperx';
  readonly sizes: readonly number[];
  readonly gpusPerSwitch: number;
}

/** What crossing the wrap of one dimension adds to the other coordinates. */
export interface TorusTwist {
  readonly dimension: number;
  /** One entry per dimension; that of `dimension` itself is 0. */
  readonly shift: readonly number[];
}

/** GPUs joined directly in a torus; rank = (x * Y + y) * Z + z. */
export interface TorusDesign {
  readonly kind: 'torus';
  readonly sizes: readonly number[];
  readonly twists: readonly TorusTwist[];
}

/** A random regular graph of switches (Jellyfish, NSDI 2012), drawn by seeded dice. */
export interface ExpanderDesign {
  readonly kind: 'expander';
  readonly switches: number;
  /** Links of a switch to other switches. */
  readonly degree: number;
  readonly gpusPerSwitch: number;
  readonly seed: number;
}

export interface CustomNode {
  /** Unique; used by links and in issues. */
  readonly name: string;
  readonly kind: NodeKind;
  /** Pod for the floor plan, -1 for what serves all. */
  readonly zone: number;
}

export interface CustomLink {
  /** The end nearer to the accelerators. */
  readonly a: string;
  readonly b: string;
  readonly tier: Exclude<LinkTier, 'scaleUp'>;
  /** Parallel cables. */
  readonly count: number;
  /** `null` where the floor plan measures it. */
  readonly lengthM: number | null;
}

/** Any graph. */
export interface CustomDesign {
  readonly kind: 'custom';
  readonly nodes: readonly CustomNode[];
  readonly links: readonly CustomLink[];
}

/** Cubes of accelerators whose faces meet in 3 * side^2 circuit switches (TPU v4, ISCA 2023). */
export interface OcsCubesDesign {
  readonly kind: 'ocs-cubes';
  /** Accelerators along an edge of a cube: 4 for TPU v4. */
  readonly cubeSide: number;
  /** Cubes along each of three dimensions. */
  readonly cubes: readonly number[];
  /** In accelerators; multiples of the side. */
  readonly twists: readonly TorusTwist[];
}

/** Leaf and aggregation blocks joined by circuits in a uniform mesh (Jupiter Evolving, SIGCOMM 2022). */
export interface DirectBlocksDesign {
  readonly kind: 'direct-blocks';
  readonly blocks: number;
  readonly leavesPerBlock: number;
  readonly aggregationsPerBlock: number;
  readonly gpusPerLeaf: number;
  readonly uplinksPerAggregation: number;
  /** `valiant` passes one other block. */
  readonly routing: 'direct' | 'valiant';
}

/** One switched scale-up domain and no network (NVL72 style). */
export interface ScaleUpOnlyDesign {
  readonly kind: 'scale-up';
}

/** A fibre between every two accelerators. */
export interface PhotonicMeshDesign {
  readonly kind: 'photonic-mesh';
}

/** A ring of nodes with links to the `neighbours` next nodes on each side (InfiniteHBD, SIGCOMM 2025). */
export interface BypassRingDesign {
  readonly kind: 'bypass-ring';
  readonly neighbours: number;
}

/** Switches under arrayed waveguide gratings, one per uplink, with tunable lasers (Sirius, SIGCOMM 2020). */
export interface AwgrDesign {
  readonly kind: 'awgr';
  readonly switches: number;
  readonly gpusPerSwitch: number;
  readonly uplinksPerSwitch: number;
}

/** Switches under rotors, one per uplink, that step through matchings (RotorNet, SIGCOMM 2017; Opera, NSDI 2020). */
export interface RotorDesign {
  readonly kind: 'rotor';
  readonly switches: number;
  readonly gpusPerSwitch: number;
  readonly uplinksPerSwitch: number;
  /** The slot whose circuits are compiled. */
  readonly slot: number;
  readonly slotNs: number;
  readonly reconfigureNs: number;
}

/** One circuit switch per rail, its circuits a ring. */
export interface OcsRailsDesign {
  readonly kind: 'ocs-rails';
}

/** Regional circuit switches beside a packet fabric (MixNet, SIGCOMM 2025). */
export interface RegionalOcsDesign {
  readonly kind: 'regional-ocs';
  readonly nodesPerRegion: number;
  readonly circuitsPerNode: number;
  readonly packets: RailOptimisedDesign | LeafSpineDesign | FatTreeDesign;
}

/** Memory nodes attached evenly to the leaves of a leaf-spine fabric. */
export interface PooledMemoryDesign {
  readonly kind: 'pooled-memory';
  readonly memoryNodes: number;
  readonly network: LeafSpineDesign;
}

/** Equal networks over the same GPUs. */
export interface PlanesDesign {
  readonly kind: 'planes';
  readonly count: number;
  readonly plane: FamilyDesign;
}

/** Equal sites joined over long-haul links between gateways. */
export interface SitesDesign {
  readonly kind: 'sites';
  readonly count: number;
  readonly site: FamilyDesign;
  readonly gateways: number;
  /** Between gateway g of one site and gateway g of another. */
  readonly linksPerGatewayPair: number;
  readonly distanceM: number;
}

export type FamilyDesign =
  | RailOptimisedDesign | RailOnlyDesign | LeafSpineDesign | FatTreeDesign | DragonflyDesign | DragonflyPlusDesign
  | HypercubeDesign | HyperXDesign | TorusDesign | ExpanderDesign | CustomDesign
  | OcsCubesDesign | DirectBlocksDesign | ScaleUpOnlyDesign | PhotonicMeshDesign | BypassRingDesign | AwgrDesign | RotorDesign
  | OcsRailsDesign | RegionalOcsDesign | PooledMemoryDesign | PlanesDesign | SitesDesign;

export type FamilyKind = FamilyDesign['kind'];
