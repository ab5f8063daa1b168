/** Small clusters of several families for simulated play: few parts, real physics, every kind of fault domain that the controller knows. */

import type { Figure } from '../../base/figure.ts';
import type { Plant } from '../../control/plant.ts';
import { createClusterPlant } from '../../control/cluster-plant.ts';
import type { ClusterDesign, ExternalSourceDesign, MediumDesign, TerminalDesign } from '../../fabric/design.ts';
import type { FamilyDesign } from '../../fabric/families/family-design.ts';
import { compileWithPhysics } from '../../fabric/physics.ts';
import { createCatalogue } from '../../optics/catalogue/catalogue.ts';

/** Power, cost and life do not matter to what is checked; they stand so that the design is whole. */
const guess = (value: number, unit: string): Figure => ({ value, unit, kind: 'estimate', source: 'engineering estimate: of no influence on what simulated play checks' });

const plug = (part: string, linksPerModule: number, lasersPerModule: number): TerminalDesign => ({ part, packaging: 'pluggable', linksPerModule, lasersPerModule, externalSource: null });
const dr4 = plug('dr4-400g', 1, 4);
const dr8 = plug('dr8-800g', 2, 8);
const fr4 = plug('2xfr4-800g', 2, 8);

const medium = (near: TerminalDesign, far: TerminalDesign, wavelengthsPerLink: number): MediumDesign =>
  ({ name: `${near.part} to ${far.part}`, near, far, cablePart: 'smf-g652', connectors: 2, wavelengthsPerLink, nominalRateGbps: 400 });

const externalSource: ExternalSourceDesign = { part: 'els-elsfp', lasersPerSource: 2, linksPerSource: 2 };
/** Ring engines beside the switch chip, lit by swappable lasers: they feel the coolant. */
const engine: TerminalDesign = { part: 'nv-quantum-x-photonics', packaging: 'engine', linksPerModule: 16, lasersPerModule: 0, externalSource };

interface Shape {
  readonly gpus: number;
  readonly gpusPerNode: number;
  /** Accelerators of one fast domain, 1 for none. */
  readonly scaleUp: number;
  readonly family: FamilyDesign;
  readonly fabric?: MediumDesign;
  readonly core?: MediumDesign;
  /** Ports of a circuit switch, 136 when absent. */
  readonly ocsRadix?: number;
}

function designOf(name: string, { gpus, gpusPerNode, scaleUp, family, fabric = medium(dr8, dr8, 4), core = medium(dr8, dr8, 4), ocsRadix = 136 }: Shape): ClusterDesign {
  return {
    name, gpus, gpusPerNode, rateGbpsPerGpu: 400, family, caseTemperatureC: null,
    accelerator: { name: 'accelerator', powerW: guess(1250, 'W'), costUsd: guess(32_000, '$'), mtbfH: guess(82_944, 'h') },
    scaleUp: { size: scaleUp, rateGbpsPerGpu: 400, lanesPerGpu: 4, latencyNs: 250, part: 'nvlink5-copper-nvl72', pjPerBit: guess(5, 'pJ/bit'), switchMtbfH: guess(2e6, 'h') },
    switch: { name: 'packet switch', radix: 128, portRateGbps: 400, powerW: guess(768, 'W'), costUsd: guess(45_000, '$'), latencyNs: 700, mtbfH: guess(300_000, 'h') },
    ocs: { name: 'circuit switch', part: 'google-palomar', radix: ocsRadix, powerW: guess(108, 'W'), costUsd: guess(50_000, '$'), mtbfH: guess(200_000, 'h') },
    nic: { name: 'adapter', powerW: guess(25, 'W'), costUsd: guess(1_600, '$'), latencyNs: 600, mtbfH: guess(3e6, 'h') },
    media: { access: [medium(dr4, dr8, 4)], fabric: [fabric], core: [core], dci: [] },
    floor: {
      rows: 8, racksPerRow: 4, rackPitchM: 0.6, rowPitchM: 2.4, nodesPerRack: 2, switchesPerRack: 4, leafPlacement: 'middleOfPod', spinePlacement: 'middle', trayRiseM: 2, slackM: 2, inRackM: 2,
    },
    feeds: { power: { per: 'rack', mtbfH: guess(500_000, 'h') }, coolant: { per: 'row', mtbfH: guess(300_000, 'h') } },
  };
}

const shapes = {
  'leaf-spine': { gpus: 8, gpusPerNode: 2, scaleUp: 1, family: { kind: 'leaf-spine', nodesPerLeaf: 2, spines: 2, uplinksPerLeaf: 2 } },
  'cpo-rails': {
    gpus: 8, gpusPerNode: 2, scaleUp: 2, fabric: medium(engine, engine, 2),
    family: { kind: 'rail-optimised', nodesPerPod: 2, uplinksPerLeaf: 2, spines: 2, spinePlanes: 'shared', crossRail: 'scaleUp' },
  },
  'ocs-rails': { gpus: 8, gpusPerNode: 2, scaleUp: 2, family: { kind: 'ocs-rails' } },
  'ocs-cubes': { gpus: 8, gpusPerNode: 4, scaleUp: 1, family: { kind: 'ocs-cubes', cubeSide: 2, cubes: [1, 1, 1], twists: [] } },
  torus: { gpus: 9, gpusPerNode: 1, scaleUp: 1, family: { kind: 'torus', sizes: [3, 3], twists: [] } },
  dragonfly: { gpus: 12, gpusPerNode: 2, scaleUp: 1, family: { kind: 'dragonfly', groups: 3, switchesPerGroup: 2, gpusPerSwitch: 2, globalLinksPerSwitch: 1, routing: 'adaptive' } },
  // Each block has uplinks to spare on every switch, so that new circuits are made; light to spare over them, two wavelengths each way on one fibre.
  'ocs-blocks': {
    gpus: 6, gpusPerNode: 1, scaleUp: 1, core: { ...medium(fr4, fr4, 4), connectors: 0 }, ocsRadix: 6,
    family: { kind: 'direct-blocks', blocks: 3, leavesPerBlock: 2, aggregationsPerBlock: 1, gpusPerLeaf: 1, uplinksPerAggregation: 6, routing: 'valiant' },
  },
  // One uplink for two accelerators: jobs of neighbours share it from rail to rail, and may take turns with it.
  'thin-rails': { gpus: 8, gpusPerNode: 2, scaleUp: 1, family: { kind: 'rail-optimised', nodesPerPod: 2, uplinksPerLeaf: 1, spines: 1, spinePlanes: 'shared', crossRail: 'spine' } },
} as const satisfies Readonly<Record<string, Shape>>;

export type SimClusterName = keyof typeof shapes;
export const simClusterNames = Object.keys(shapes) as readonly SimClusterName[];

/** Seeds below draw from the clusters that there were when seeds were first pinned by number, so that they play what they played. */
const allFromSeed = 30_000_000;
const firstNames = simClusterNames.filter((name) => name !== 'ocs-blocks' && name !== 'thin-rails');

/** Clusters that a seed draws from. */
export const simClustersOf = (seed: number): readonly SimClusterName[] => (seed < allFromSeed ? firstNames : simClusterNames);

/** Compiles one of the small clusters with the physics of the catalogue. */
export function createSimPlant(name: SimClusterName): Plant {
  const catalogue = createCatalogue();
  const compiled = compileWithPhysics(designOf(name, shapes[name]), catalogue);
  if (!compiled.ok) throw new Error(`the cluster ${name} of simulated play does not compile: ${compiled.issues.map(({ message }) => message).join('; ')}`);
  return createClusterPlant(compiled.value, catalogue);
}
