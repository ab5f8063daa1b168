/**
 * The compiled fabric: parallel typed arrays for nodes, directed links, wavelengths and components.
 *
 * Names live outside; inside every table is indexed by a branded row. A link is one physical hop in one direction;
 * `linkReverse` names its twin. A wavelength is one carrier of a link (a grid slot, a fibre lane, or an electrical lane
 * whose slot is -1), stored in link order so that a link's wavelengths are the rows
 * [linkWavelength[link], linkWavelength[link + 1]). A link's rate is the sum of its wavelengths' usable rates.
 */

declare const row: unique symbol;
type Row<T extends string> = number & { readonly [row]: T };

export type NodeIx = Row<'node'>;
export type LinkIx = Row<'link'>;
export type ComponentIx = Row<'component'>;

export const nodeKinds = ['gpu', 'scaleUpSwitch', 'leaf', 'spine', 'core', 'ocs', 'awgr', 'memory', 'gateway'] as const;
export type NodeKind = (typeof nodeKinds)[number];

/** Tiers in which traffic is accounted: inside a scale-up domain, accelerator to leaf, between switches, between sites. */
export const linkTiers = ['scaleUp', 'access', 'fabric', 'core', 'dci'] as const;
export type LinkTier = (typeof linkTiers)[number];

/** How a class of links is made: the part at each end and what lies between, evaluated once per distinct length. */
export interface Medium {
  readonly name: string;
  /** Catalogue ids: `near` sits at the node nearer to the accelerator. */
  readonly nearPart: string;
  readonly farPart: string;
  readonly cablePart: string;
  readonly wavelengthsPerLink: number;
  readonly nominalRateGbps: number;
}

/** Finds the directed links from node to node for one flow. */
export interface Routing {
  readonly name: string;
  /** Longest route in hops, so that callers can size `into` once. */
  readonly hopsMax: number;
  /** Writes link rows into `into` and returns how many; -1 when there is no route. Equal inputs give equal routes. */
  route(from: NodeIx, to: NodeIx, flowHash: number, into: Int32Array): number;
  /** A longer way that avoids the links of the usual one, where the routing lets load decide between the two (`routing/load-aware.ts`). */
  longerRoute?(from: NodeIx, to: NodeIx, flowHash: number, into: Int32Array): number;
}

export interface Fabric {
  readonly name: string;
  readonly nodeCount: number;
  /** Index into `nodeKinds`. */
  readonly nodeKind: Uint8Array;
  readonly nodeComponent: Int32Array;
  /** GPU rank to node row. */
  readonly gpuNode: Int32Array;
  readonly gpusPerScaleUpDomain: number;

  readonly linkCount: number;
  readonly linkSource: Int32Array;
  readonly linkTarget: Int32Array;
  readonly linkReverse: Int32Array;
  /** Index into `linkTiers`. */
  readonly linkTier: Uint8Array;
  readonly linkMedium: Uint16Array;
  readonly linkLengthM: Float64Array;
  readonly linkLatencyNs: Float64Array;
  /** Usable rate: the sum over the link's wavelengths. Zero where the link does not close. */
  readonly linkRateGbps: Float64Array;
  /** Links leaving node n are outLink[outOffset[n] .. outOffset[n + 1]). */
  readonly outOffset: Int32Array;
  readonly outLink: Int32Array;
  readonly media: readonly Medium[];

  readonly wavelengthCount: number;
  readonly wavelengthLink: Int32Array;
  readonly wavelengthSlot: Int16Array;
  readonly wavelengthRateGbps: Float64Array;
  /** linkCount + 1 entries. */
  readonly linkWavelength: Int32Array;

  readonly componentCount: number;
  /** Index into `componentKinds` of `components.ts`. */
  readonly componentKind: Uint8Array;
  /** Containment: the component that holds this one, -1 for a root. */
  readonly componentParent: Int32Array;
  /** Human path of a component, e.g. `site/row2/rack7/leaf3/module12/laser0`; built on demand. */
  componentName(component: ComponentIx): string;
  /** Row of a named component, or -1. */
  findComponent(name: string): ComponentIx | -1;

  readonly routing: Routing;
}
