/** A fabric while it is being drawn: nodes in units and zones, cables between them; no lengths, media or components yet. */

import type { Growing } from '../base/growing.ts';
import { growingBytes, growingFloats, growingInts } from '../base/growing.ts';
import type { LinkTier, NodeIx, NodeKind, Routing } from './fabric.ts';
import { linkTiers, nodeKinds } from './fabric.ts';

/** A unit is what is racked as one piece: a server or a switch. */
export interface UnitDraft {
  readonly isServer: boolean;
  /** The pod (or block, group, cube) that the unit stands with; -1 for what serves them all. */
  readonly zone: number;
  readonly site: number;
}

export interface CableDraft {
  /** The end nearer to the accelerator. */
  readonly near: NodeIx;
  readonly far: NodeIx;
  readonly tier: LinkTier;
  /** Route length where the floor plan cannot know it (between sites). */
  readonly lengthM?: number;
}

/** Cable c becomes the directed links 2c (near to far) and 2c + 1 (far to near), so families compute link rows instead of searching. */
export interface GraphDraft {
  readonly nodeKind: Growing<Uint8Array<ArrayBuffer>>;
  readonly nodeUnit: Growing<Int32Array<ArrayBuffer>>;
  readonly unitIsServer: Growing<Uint8Array<ArrayBuffer>>;
  readonly unitZone: Growing<Int32Array<ArrayBuffer>>;
  readonly unitSite: Growing<Int32Array<ArrayBuffer>>;
  readonly cableNear: Growing<Int32Array<ArrayBuffer>>;
  readonly cableFar: Growing<Int32Array<ArrayBuffer>>;
  readonly cableTier: Growing<Uint8Array<ArrayBuffer>>;
  /** -1 where the floor plan decides. */
  readonly cableLengthM: Growing<Float64Array<ArrayBuffer>>;
  /** GPU rank to node row. */
  readonly gpuNode: Growing<Int32Array<ArrayBuffer>>;
  addUnit(unit: UnitDraft): number;
  addNode(kind: NodeKind, unit: number): NodeIx;
  addCable(cable: CableDraft): number;
  /** Cross-connects two cables that end (far) at the same circuit switch; each cable is in at most one circuit. */
  addCircuit(ends: { readonly one: number; readonly other: number }): void;
  /** Ends of circuits: [one0, other0, one1, other1, ...]. */
  readonly circuitCable: Growing<Int32Array<ArrayBuffer>>;
}

export function createDraft(): GraphDraft {
  const draft = {
    nodeKind: growingBytes(), nodeUnit: growingInts(),
    unitIsServer: growingBytes(), unitZone: growingInts(), unitSite: growingInts(),
    cableNear: growingInts(), cableFar: growingInts(), cableTier: growingBytes(), cableLengthM: growingFloats(),
    gpuNode: growingInts(), circuitCable: growingInts(),
  };
  return {
    ...draft,
    addUnit(unit) {
      draft.unitIsServer.push(unit.isServer ? 1 : 0);
      draft.unitZone.push(unit.zone);
      draft.unitSite.push(unit.site);
      return draft.unitZone.length - 1;
    },
    addNode(kind, unit) {
      const node = draft.nodeKind.length as NodeIx;
      draft.nodeKind.push(nodeKinds.indexOf(kind));
      draft.nodeUnit.push(unit);
      if (kind === 'gpu') draft.gpuNode.push(node);
      return node;
    },
    addCable(cable) {
      draft.cableNear.push(cable.near);
      draft.cableFar.push(cable.far);
      draft.cableTier.push(linkTiers.indexOf(cable.tier));
      draft.cableLengthM.push(cable.lengthM ?? -1);
      return draft.cableTier.length - 1;
    },
    addCircuit(ends) {
      draft.circuitCable.push(ends.one);
      draft.circuitCable.push(ends.other);
    },
  };
}

/** The graph after drawing, as the routing of a family sees it. */
export interface WiredGraph {
  readonly nodeCount: number;
  readonly nodeKind: Uint8Array;
  readonly gpuNode: Int32Array;
  readonly linkSource: Int32Array;
  readonly linkTarget: Int32Array;
  readonly outOffset: Int32Array;
  readonly outLink: Int32Array;
}

/** What a family hands to the compiler. */
export interface Wiring {
  readonly draft: GraphDraft;
  /** One line for reports, e.g. `rail-optimised, 4 pods of 32 nodes, 32 leaves, 16 spines`. */
  readonly summary: string;
  createRouting(graph: WiredGraph): Routing;
}
