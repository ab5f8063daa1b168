/** What a family is to the compiler: a checked plan that draws its switches and cables onto a plot and routes between GPU ranks. */

import type { ClusterDesign } from '../design.ts';
import type { GraphDraft, WiredGraph } from '../draft.ts';
import type { NodeIx, NodeKind } from '../fabric.ts';
import type { ServerDraft } from '../servers.ts';

/** Where a network is drawn: ranks [firstRank, firstRank + gpus) of one site. */
export interface Plot {
  readonly draft: GraphDraft;
  readonly design: ClusterDesign;
  readonly servers: ServerDraft;
  readonly firstRank: number;
  readonly gpus: number;
  readonly site: number;
}

/**
 * Appends the links from rank `from` to rank `to` at `into[at]` and returns the new length; -1 when there is no way.
 * Ranks count through the cluster; they are different, and the call is only made for ranks of different scale-up domains.
 */
export type RankRoute = (from: number, to: number, flowHash: number, into: Int32Array, at: number) => number;

export interface Network {
  /** Longest network part of a route, scale-up hops excluded. */
  readonly hopsMax: number;
  readonly routingName: string;
  /** Switches to which gateways between sites are attached. */
  readonly top: Int32Array;
  createRoute(graph: WiredGraph): RankRoute;
  /** Longer routes beside those of `createRoute`, for a family whose traffic chooses by load. */
  createLongerRoute?(graph: WiredGraph): RankRoute;
  /** The GPU of the sender's scale-up domain through which the traffic enters the network; the sender itself when absent. */
  entryOf?(from: number, to: number): number;
  /** The GPU of the receiver's scale-up domain at which it leaves the network; the receiver itself when absent. */
  exitOf?(from: number, to: number): number;
}

export interface FamilyPlan {
  /** One line with the counts, e.g. `leaf-spine: 4 leaves, 2 spines`. */
  readonly summary: string;
  /** Pod of a server, for the floor plan. */
  zoneOf(server: number): number;
  siteOf?(server: number): number;
  draw(plot: Plot): Network;
}

/** Adds `count` switches, each a unit of its own; `zoneOf` says with which pod it stands, -1 for all. */
export function addSwitches(plot: Plot, kind: NodeKind, count: number, zoneOf: (index: number) => number): Int32Array {
  const nodes = new Int32Array(count);
  for (let index = 0; index < count; index++) {
    nodes[index] = plot.draft.addNode(kind, plot.draft.addUnit({ isServer: false, zone: zoneOf(index), site: plot.site }));
  }
  return nodes;
}

/** One access cable per GPU of the plot; index 0 is `firstRank`. */
export function addAccess(plot: Plot, switchOf: (index: number) => number): Int32Array {
  const cables = new Int32Array(plot.gpus);
  for (let index = 0; index < plot.gpus; index++) {
    cables[index] = plot.draft.addCable({ near: (plot.servers.gpu[plot.firstRank + index] ?? 0) as NodeIx, far: switchOf(index) as NodeIx, tier: 'access' });
  }
  return cables;
}
