/** The shapes of fabrics whose links are circuits of optical switches, gratings or rotors, and what all fabric shapes share. */

import { z } from 'zod';
import type { FamilyKind } from '../../fabric/families/family-design.ts';
import { choiceField, quantityField, wholeField } from './fields.ts';

export const radixMax = 4096;
export const countMax = 1_048_576;
export const dimensionsMax = 16;

export const kind = <const K extends FamilyKind>(name: K, about: string): z.ZodLiteral<K> => z.literal(name).meta({ description: about });
export const count = (about: string, example: number): z.ZodInt => wholeField({ about, example, min: 1, max: countMax });

export const twistShape = z
  .strictObject({
    dimension: wholeField({ about: 'Dimension whose wrap is twisted, counted from 0.', example: 0, min: 0, max: dimensionsMax - 1 }),
    shift: z.array(wholeField({ about: 'What the wrap adds to one coordinate.', example: 4, min: -countMax, max: countMax })).max(dimensionsMax)
      .meta({ description: 'What the wrap adds to each coordinate; 0 for its own.', examples: [[0, 4, 0]] }),
  })
  .meta({ description: 'A twisted wrap.' });

export const ocsCubesShape = z.strictObject({
  kind: kind('ocs-cubes', 'Cubes of accelerators whose faces meet in 3 side^2 circuit switches (TPU v4, ISCA 2023).'),
  cubeSide: count('Accelerators along an edge of a cube.', 4),
  cubes: z.array(count('Cubes along one dimension.', 4)).min(3).max(3).meta({ description: 'Cubes along each of three dimensions.', examples: [[4, 4, 4]] }),
  twists: z.array(twistShape).max(dimensionsMax).prefault([]).meta({ description: 'Twisted wraps, in accelerators; multiples of the side.' }),
});

export const directBlocksShape = z.strictObject({
  kind: kind('direct-blocks', 'Leaf and aggregation blocks joined by circuits in a uniform mesh (Jupiter Evolving, SIGCOMM 2022).'),
  blocks: count('Blocks.', 8),
  leavesPerBlock: count('Leaves of one block.', 8),
  aggregationsPerBlock: count('Aggregation switches of one block.', 8),
  gpusPerLeaf: count('Accelerators of one leaf.', 16),
  uplinksPerAggregation: count('Uplinks of one aggregation switch.', 32),
  routing: choiceField(['direct', 'valiant'], { about: 'Straight to the block, or by way of one other.' }).prefault('direct'),
});

const switched = {
  switches: count('Switches.', 128),
  gpusPerSwitch: count('Accelerators of one switch.', 8),
  uplinksPerSwitch: count('Uplinks of one switch.', 8),
};

export const awgrShape = z.strictObject({
  kind: kind('awgr', 'Switches under arrayed waveguide gratings, one per uplink, with tunable lasers (Sirius, SIGCOMM 2020).'), ...switched,
});

export const rotorShape = z.strictObject({
  kind: kind('rotor', 'Switches under rotors, one per uplink, that step through matchings (RotorNet, SIGCOMM 2017; Opera, NSDI 2020).'), ...switched,
  slot: wholeField({ about: 'The slot whose circuits are compiled, counted from 0.', example: 0, min: 0, max: countMax }).prefault(0),
  slotTime: quantityField('time', { about: 'Time that a matching stands.', example: '100us', above: 0 }),
  reconfigureTime: quantityField('time', { about: 'Time a rotor takes to step to the next matching.', example: '10us', min: 0 }),
});

export const ocsRailsShape = z.strictObject({ kind: kind('ocs-rails', 'One circuit switch per rail, its circuits a ring.') });
