/** The shape of a fabric: one alternative per family, each with exactly its own knobs. */

import { z } from 'zod';
import { nodeKinds } from '../../fabric/fabric.ts';
import { awgrShape, count, countMax, dimensionsMax, directBlocksShape, kind, ocsCubesShape, ocsRailsShape, radixMax, rotorShape, twistShape } from './circuit-fabric-shape.ts';
import { choiceField, nameField, quantityField, wholeField } from './fields.ts';

const railOptimisedShape = z.strictObject({
  kind: kind('rail-optimised', 'One leaf per accelerator index ("rail") and pod, spines above (NVIDIA DGX SuperPOD reference architecture).'),
  nodesPerPod: count('Nodes of one pod: the down ports of a leaf. By default half the switch radix, at most all nodes.', 64).optional(),
  uplinksPerLeaf: wholeField({
    about: 'Uplinks of one leaf. By default as many as it has down links, so that the fabric does not block.', example: 64, min: 1, max: radixMax,
  }).optional(),
  spines: count('Spines in all, or of each rail when planes are per rail. By default as few as the uplinks need.', 8).optional(),
  spinePlanes: choiceField(['shared', 'perRail'], { about: 'Whether spines join all rails or each rail has its own.' }).prefault('shared'),
  crossRail: choiceField(['scaleUp', 'spine'], {
    about: 'Traffic between rails crosses the sender’s fast domain first (as NCCL’s PXN does), or stays on the network.',
  }).prefault('scaleUp'),
});

const railOnlyShape = z.strictObject({ kind: kind('rail-only', 'One switch per rail and no spine (arXiv 2307.12169).') });

const leafSpineShape = z.strictObject({
  kind: kind('leaf-spine', 'Every accelerator of a node on one leaf, leaves under spines.'),
  nodesPerLeaf: count('Nodes of one leaf.', 8),
  uplinksPerLeaf: wholeField({ about: 'Uplinks of one leaf; a multiple of the spines.', example: 64, min: 1, max: radixMax }),
  spines: count('Spines in all.', 8),
});

const fatTreeShape = z.strictObject({
  kind: kind('fat-tree', 'k-ary fat tree (Al-Fares et al., SIGCOMM 2008).'),
  tiers: z.union([z.literal(2), z.literal(3)]).prefault(2).meta({ description: 'Tiers of switches: 2 join k^2/2 accelerators, 3 join k^3/4.', examples: [2] }),
  k: wholeField({ about: 'Ports used of each switch; even.', example: 64, min: 2, max: radixMax }),
  routing: choiceField(['ecmp', 'dModK'], { about: 'Up-ports by hash, or by destination (Zahavi, 2012).' }).prefault('ecmp'),
});

const routing = choiceField(['minimal', 'valiant', 'adaptive'], {
  about: 'Shortest paths, by way of a random group (Valiant, 1982), or whichever of the two is less loaded (UGAL; Singh, 2005).',
}).prefault('minimal');

const dragonflyShape = z.strictObject({
  kind: kind('dragonfly', 'Groups of fully meshed switches, groups fully meshed by global links (Kim et al., ISCA 2008).'),
  groups: count('Groups.', 9),
  switchesPerGroup: count('Switches of one group.', 8),
  gpusPerSwitch: count('Accelerators of one switch.', 4),
  globalLinksPerSwitch: count('Global links of one switch.', 4),
  routing,
});

const dragonflyPlusShape = z.strictObject({
  kind: kind('dragonfly-plus', 'Groups of leaves and spines, spines of different groups joined by global links (Shpiner et al., HiPINEB 2017).'),
  groups: count('Groups.', 5),
  leavesPerGroup: count('Leaves of one group.', 8),
  spinesPerGroup: count('Spines of one group.', 8),
  gpusPerLeaf: count('Accelerators of one leaf.', 16),
  globalLinksPerSpine: count('Global links of one spine.', 8),
  routing,
});

const hypercubeShape = z.strictObject({
  kind: kind('hypercube', '2^dimensions switches; neighbours differ in one bit.'),
  dimensions: wholeField({ about: 'Dimensions.', example: 7, min: 1, max: dimensionsMax }),
  gpusPerSwitch: count('Accelerators of one switch.', 8),
});

const sizes = z.array(count('Size of one dimension.', 8)).min(1).max(dimensionsMax).meta({ description: 'Size of each dimension.', examples: [[8, 8, 16]] });

const hyperXShape = z.strictObject({
  kind: kind('hyperx', 'A grid of switches, fully meshed along each dimension (Ahn et al., SC 2009).'),
  sizes,
  gpusPerSwitch: count('Accelerators of one switch.', 8),
});

const torusShape = z.strictObject({
  kind: kind('torus', 'Accelerators joined directly in a torus.'),
  sizes,
  twists: z.array(twistShape).max(dimensionsMax).prefault([]).meta({ description: 'Twisted wraps.' }),
});

const expanderShape = z.strictObject({
  kind: kind('expander', 'A random regular graph of switches (Jellyfish, NSDI 2012).'),
  switches: count('Switches.', 128),
  degree: wholeField({ about: 'Links of a switch to other switches.', example: 24, min: 1, max: radixMax }),
  gpusPerSwitch: count('Accelerators of one switch.', 8),
  seed: wholeField({ about: 'Seed of the dice that draw the graph.', example: 1, min: 0, max: 0xffff_ffff }).prefault(1),
});

const customNodeShape = z
  .strictObject({
    name: nameField({ about: 'Unique name; links and issues use it.', example: 'spine0' }),
    kind: choiceField(nodeKinds, { about: 'What the node is.' }),
    zone: wholeField({ about: 'Pod for the floor plan, -1 for what serves all.', example: 0, min: -1, max: countMax }).prefault(-1),
  })
  .meta({ description: 'One node.' });

const customLinkShape = z
  .strictObject({
    a: nameField({ about: 'The end nearer to the accelerators.', example: 'leaf0' }),
    b: nameField({ about: 'The other end.', example: 'spine0' }),
    tier: choiceField(['access', 'fabric', 'core', 'dci'], { about: 'Tier whose media make the link.' }),
    count: count('Parallel cables.', 1).prefault(1),
    length: quantityField('length', { about: 'Length of the cable. By default the floor plan measures it.', example: '35m', above: 0 }).optional(),
  })
  .meta({ description: 'One cable, or several side by side.' });

const customShape = z.strictObject({
  kind: kind('custom', 'Any graph: nodes and links here, or an edge list beside this file.'),
  nodes: z.array(customNodeShape).min(1).max(countMax).meta({ description: 'Nodes; not with `edgeList`.', examples: [[{ name: 'leaf0', kind: 'leaf' }]] }).optional(),
  links: z.array(customLinkShape).min(1).max(countMax).meta({ description: 'Cables; not with `edgeList`.', examples: [[{ a: 'leaf0', b: 'spine0', tier: 'fabric' }]] }).optional(),
  edgeList: nameField({ about: 'A file with one cable per line, relative to this file: `a,b,tier,count,length`, the last three if need be. `leaf3` is a leaf.', example: 'edges.csv' }).optional(),
});

const scaleUpOnlyShape = z.strictObject({ kind: kind('scale-up', 'One switched fast domain and no network (NVL72 style).') });
const photonicMeshShape = z.strictObject({ kind: kind('photonic-mesh', 'A fibre between every two accelerators.') });
const bypassRingShape = z.strictObject({
  kind: kind('bypass-ring', 'A ring of nodes with links to the next nodes on each side (InfiniteHBD, SIGCOMM 2025).'),
  neighbours: count('Next nodes on each side that a node is linked to.', 2),
});

const pooledMemoryShape = z.strictObject({
  kind: kind('pooled-memory', 'Memory nodes attached evenly to the leaves of a leaf-spine fabric.'),
  memoryNodes: count('Memory nodes.', 16),
  network: leafSpineShape.meta({ description: 'The leaf-spine fabric.', examples: [{ kind: 'leaf-spine', nodesPerLeaf: 8, uplinksPerLeaf: 64, spines: 8 }] }),
});

/** Inside another fabric no knob follows from the cluster, so each is stated. */
const statedRailOptimisedShape = z.strictObject({
  ...railOptimisedShape.shape,
  nodesPerPod: count('Nodes of one pod: the down ports of a leaf.', 64),
  uplinksPerLeaf: wholeField({ about: 'Uplinks of one leaf.', example: 64, min: 1, max: radixMax }),
  spines: count('Spines in all, or of each rail when planes are per rail.', 8),
});

const regionalOcsShape = z.strictObject({
  kind: kind('regional-ocs', 'Regional circuit switches beside a packet fabric (MixNet, SIGCOMM 2025).'),
  nodesPerRegion: count('Nodes of one region.', 16),
  circuitsPerNode: count('Circuits of one node.', 4),
  packets: z.discriminatedUnion('kind', [statedRailOptimisedShape, leafSpineShape, fatTreeShape])
    .meta({ description: 'The packet fabric.', examples: [{ kind: 'fat-tree', tiers: 2, k: 64 }] }),
});

const alike = [
  railOnlyShape, leafSpineShape, fatTreeShape, dragonflyShape, dragonflyPlusShape, hypercubeShape, hyperXShape, torusShape, expanderShape, customShape,
  ocsCubesShape, directBlocksShape, scaleUpOnlyShape, photonicMeshShape, bypassRingShape, awgrShape, rotorShape, ocsRailsShape, regionalOcsShape, pooledMemoryShape,
] as const;

/** A fabric inside another one. */
const innerShape = z.discriminatedUnion('kind', [statedRailOptimisedShape, ...alike]);

const planesShape = z.strictObject({
  kind: kind('planes', 'Equal networks over the same accelerators.'),
  count: count('Planes.', 2),
  plane: innerShape.meta({ description: 'The fabric of one plane.', examples: [{ kind: 'fat-tree', tiers: 2, k: 64 }] }),
});

const sitesShape = z.strictObject({
  kind: kind('sites', 'Equal sites joined over long-haul links between gateways.'),
  count: count('Sites.', 2),
  site: innerShape.meta({ description: 'The fabric of one site.', examples: [{ kind: 'fat-tree', tiers: 2, k: 64 }] }),
  gateways: count('Gateways of one site.', 4),
  linksPerGatewayPair: count('Links between gateway g of one site and gateway g of another.', 8),
  distance: quantityField('length', { about: 'Fibre between two sites.', example: '40km', above: 0 }),
});

export const fabricShape = z
  .discriminatedUnion('kind', [railOptimisedShape, ...alike, planesShape, sitesShape])
  .meta({ description: 'The network topology and its knobs.', examples: [{ kind: 'rail-optimised' }] });

export type FabricDocument = z.output<typeof fabricShape>;
export type RailOptimisedDocument = z.output<typeof railOptimisedShape>;
