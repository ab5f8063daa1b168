/** The shape of a fabric: one alternative per family, each with exactly its own knobs. */

import { z } from 'zod';
import type { FamilyDesign } from '../../fabric/families/family-design.ts';
import { choiceField, wholeField } from './fields.ts';

export const radixMax = 4096;
const countMax = 1_048_576;
const dimensionsMax = 16;

const kind = <const K extends FamilyDesign['kind']>(name: K, about: string): z.ZodLiteral<K> => z.literal(name).meta({ description: about });
const count = (about: string, example: number): z.ZodInt => wholeField({ about, example, min: 1, max: countMax });

export const railOptimisedShape = z.strictObject({
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

const routing = choiceField(['minimal', 'valiant'], { about: 'Shortest paths, or by way of a random group (Valiant, 1982).' }).prefault('minimal');

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

const twistShape = z
  .strictObject({
    dimension: wholeField({ about: 'Dimension whose wrap is twisted, counted from 0.', example: 0, min: 0, max: dimensionsMax - 1 }),
    shift: z.array(wholeField({ about: 'What the wrap adds to one coordinate.', example: 4, min: -countMax, max: countMax })).max(dimensionsMax)
      .meta({ description: 'What the wrap adds to each coordinate; 0 for its own.', examples: [[0, 4, 0]] }),
  })
  .meta({ description: 'A twisted wrap.' });

const torusShape = z.strictObject({
  kind: kind('torus', 'Accelerators joined directly in a torus.'),
  sizes,
  twists: z.array(twistShape).max(dimensionsMax).prefault([]).meta({ description: 'Twisted wraps.' }),
});

export const fabricShape = z
  .discriminatedUnion('kind', [railOptimisedShape, railOnlyShape, leafSpineShape, fatTreeShape, dragonflyShape, dragonflyPlusShape, hypercubeShape, hyperXShape, torusShape])
  .meta({ description: 'The network topology and its knobs.', examples: [{ kind: 'rail-optimised' }] });

export type FabricDocument = z.output<typeof fabricShape>;
export type RailOptimisedDocument = z.output<typeof railOptimisedShape>;
