/** Installs sites, rows, racks, servers and switches as components, with the feeds that rack and row hang on. */

import type { ComponentDraft, ComponentKind } from './components.ts';
import { createComponentDraft } from './components.ts';
import type { ClusterDesign, FeedDesign, MediumDesign } from './design.ts';
import type { GraphDraft, WiredGraph } from './draft.ts';
import type { NodeKind } from './fabric.ts';
import { nodeKinds } from './fabric.ts';
import type { Placement } from './floor-plan.ts';
import type { MediumUse } from './medium.ts';
import type { TerminalInstaller } from './terminals.ts';
import { createTerminalInstaller } from './terminals.ts';

export interface Installation {
  readonly components: ComponentDraft;
  readonly nodeComponent: Int32Array;
  readonly rackComponent: Int32Array;
  readonly siteComponent: Int32Array;
  readonly placement: Placement;
  readonly terminals: TerminalInstaller;
  /** The server component of a unit, or the switch component itself. */
  readonly unitComponent: Int32Array;
  /** Media and uses in the order in which cables first needed them; filled while cabling. */
  readonly media: MediumDesign[];
  readonly uses: MediumUse[];
  /** The medium row that stands for scale-up links. */
  readonly scaleUpMedium: MediumDesign;
  nextNic: number;
}

interface Plan {
  readonly design: ClusterDesign;
  readonly draft: GraphDraft;
  readonly graph: WiredGraph;
  readonly placement: Placement;
}

function scaleUpMedium(design: ClusterDesign): MediumDesign {
  const end = { part: design.scaleUp.part, packaging: 'cableEnd', linksPerModule: 1, lasersPerModule: 0, externalSource: null } as const;
  return {
    name: 'scale-up', near: end, far: end, cablePart: design.scaleUp.part, connectors: 0,
    wavelengthsPerLink: design.scaleUp.lanesPerGpu, nominalRateGbps: design.scaleUp.rateGbpsPerGpu,
  };
}

interface Hall {
  readonly site: Int32Array;
  readonly row: Int32Array;
  readonly rack: Int32Array;
}

function addFeeds(components: ComponentDraft, feed: FeedDesign | null, kind: ComponentKind, hall: Hall): void {
  if (feed === null) return;
  const fedRows = feed.per === 'rack' ? hall.rack : hall.row;
  // A rack's shelf stands in the rack; a row's loop stands beside the row, so that it is found under the site.
  fedRows.forEach((fed, index) => {
    const parent = feed.per === 'rack' ? fed : components.parent.at(fed);
    const copies = 1 + (feed.spares ?? 0);
    for (let copy = 0; copy < copies; copy++) {
      const feeder = components.add(kind, parent, index * copies + copy);
      // What hangs on several feeds outlives each of them.
      if (copies === 1) components.addFeed(feeder, fed);
    }
  });
}

function addHall(components: ComponentDraft, placement: Placement): Hall {
  const site = new Int32Array(placement.siteCount);
  for (let at = 0; at < site.length; at++) site[at] = components.add('site', -1, at);
  const row = placement.rowSite.map((siteAt, at) => components.add('row', site[siteAt] ?? 0, at));
  const rack = placement.rackRow.map((rowAt, at) => components.add('rack', row[rowAt] ?? 0, at));
  return { site, row, rack };
}

/**
 * Components of all units and nodes. Servers hold their GPUs and a domain switch inside the server; a switch is one component.
 * Servers, GPUs and switches are numbered through the cluster.
 */
export function installUnits(plan: Plan): Installation {
  const { design, draft, graph, placement } = plan;
  const components = createComponentDraft();
  const hall = addHall(components, placement);
  addFeeds(components, design.feeds.power, 'powerShelf', hall);
  addFeeds(components, design.feeds.coolant, 'coolantLoop', hall);
  const unitComponent = new Int32Array(placement.unitRack.length).fill(-1);
  const nodeComponent = new Int32Array(graph.nodeCount);
  const count = new Map<ComponentKind, number>();
  const next = (kind: ComponentKind): number => {
    const ordinal = count.get(kind) ?? 0;
    count.set(kind, ordinal + 1);
    return ordinal;
  };
  for (let node = 0; node < graph.nodeCount; node++) {
    const kind: NodeKind = nodeKinds[graph.nodeKind[node] ?? 0] ?? 'gpu';
    const unit = draft.nodeUnit.at(node);
    const rack = hall.rack[placement.unitRack[unit] ?? 0] ?? 0;
    const inServer = draft.unitIsServer.at(unit) === 1;
    if (inServer && unitComponent[unit] === -1) unitComponent[unit] = components.add('node', rack, next('node'));
    const component = components.add(kind, inServer ? (unitComponent[unit] ?? rack) : rack, next(kind));
    if (!inServer) unitComponent[unit] = component;
    nodeComponent[node] = component;
  }
  return {
    components, nodeComponent, rackComponent: hall.rack, siteComponent: hall.site, placement, unitComponent,
    terminals: createTerminalInstaller(components), scaleUpMedium: scaleUpMedium(design), media: [], uses: [], nextNic: 0,
  };
}
