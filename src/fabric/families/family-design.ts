/** The parameters of every fabric family: a tagged union, so that a design names exactly the knobs its family has. */

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

export type FamilyDesign = RailOptimisedDesign;

export type FamilyKind = FamilyDesign['kind'];
