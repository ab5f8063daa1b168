/** A large cluster under a realistic load, for benches of the controller: liquid-cooled engines, external lasers, regional circuit switches, jobs and leases of all classes. */

import assert from 'node:assert/strict';
import type { Figure } from '../src/base/figure.ts';
import { createDice } from '../src/base/dice.ts';
import { createClusterPlant } from '../src/control/cluster-plant.ts';
import { createState } from '../src/control/create-state.ts';
import { warmUp } from '../src/control/health/warm-up.ts';
import type { JobRequest } from '../src/control/job.ts';
import type { Plant } from '../src/control/plant.ts';
import type { LeaseRequest, Reading } from '../src/control/reading.ts';
import { takeReading } from '../src/control/run.ts';
import type { State } from '../src/control/state.ts';
import type { ClusterDesign, MediumDesign, TerminalDesign } from '../src/fabric/design.ts';
import { opponentOf } from '../src/fabric/families/matchings.ts';
import { compileWithPhysics } from '../src/fabric/physics.ts';
import { createCatalogue } from '../src/optics/catalogue/catalogue.ts';
import { syntheticRequest } from '../src/study/play/synthetic-job.ts';

const figure = (value: number, unit: string): Figure => ({ value, unit, kind: 'estimate', source: 'chosen for this bench' });
const plug = (part: string, linksPerModule: number, lasersPerModule: number): TerminalDesign => ({ part, packaging: 'pluggable', linksPerModule, lasersPerModule, externalSource: null });
const engine: TerminalDesign = {
  part: 'nv-quantum-x-photonics', packaging: 'engine', linksPerModule: 16, lasersPerModule: 0, externalSource: { part: 'els-elsfp', lasersPerSource: 8, linksPerSource: 16 },
};
const access: MediumDesign = { name: 'access', near: plug('dr4-400g', 1, 4), far: plug('dr8-800g', 2, 8), cablePart: 'smf-g652', connectors: 2, wavelengthsPerLink: 4, nominalRateGbps: 400 };
const between: MediumDesign = { name: 'fabric', near: engine, far: engine, cablePart: 'smf-g652', connectors: 2, wavelengthsPerLink: 4, nominalRateGbps: 800 };

const gpusPerNode = 8;
const nodesPerRegion = 32;
const circuitsPerNode = 4;

/** Rail planes with co-packaged ring engines between leaves and spines, a coolant loop per row of 12 racks, and a circuit switch for every 32 nodes. */
function design(gpus: number): ClusterDesign {
  return {
    name: `replan-${gpus}`, gpus, gpusPerNode,
    accelerator: { name: 'accelerator', powerW: figure(1200, 'W'), costUsd: figure(32_000, '$'), mtbfH: figure(80_000, 'h') },
    scaleUp: { size: 8, rateGbpsPerGpu: 3600, lanesPerGpu: 18, latencyNs: 250, part: 'nvlink5-copper-nvl72', pjPerBit: figure(5, 'pJ/bit'), switchMtbfH: figure(2e6, 'h') },
    rateGbpsPerGpu: 400,
    family: {
      kind: 'regional-ocs', nodesPerRegion, circuitsPerNode,
      packets: { kind: 'rail-optimised', nodesPerPod: 128, spines: 128, uplinksPerLeaf: 128, spinePlanes: 'perRail', crossRail: 'scaleUp' },
    },
    switch: { name: '204.8T', radix: 256, portRateGbps: 800, powerW: figure(3000, 'W'), costUsd: figure(90_000, '$'), latencyNs: 700, mtbfH: figure(300_000, 'h') },
    ocs: { name: 'circuit switch', part: 'google-palomar', radix: 136, powerW: figure(108, 'W'), costUsd: figure(50_000, '$'), mtbfH: figure(200_000, 'h') },
    nic: { name: 'nic', powerW: figure(25, 'W'), costUsd: figure(1_600, '$'), latencyNs: 600, mtbfH: figure(3e6, 'h') },
    media: { access: [access], fabric: [between], core: [between], dci: [] },
    floor: { rows: 400, racksPerRow: 12, rackPitchM: 0.6, rowPitchM: 2.4, nodesPerRack: 4, switchesPerRack: 8, leafPlacement: 'middleOfPod', spinePlacement: 'middle', trayRiseM: 2, slackM: 2, inRackM: 2 },
    feeds: { power: { per: 'rack', mtbfH: figure(500_000, 'h') }, coolant: { per: 'row', mtbfH: figure(300_000, 'h') } },
    caseTemperatureC: 45,
  };
}

export interface LoadedPlant {
  readonly plant: Plant;
  readonly gpus: number;
  /** Wavelengths of light, without electrical lanes. */
  readonly light: number;
}

export function loadedPlant(gpus: number): LoadedPlant {
  const catalogue = createCatalogue();
  const compiled = compileWithPhysics(design(gpus), catalogue);
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues));
  assert.deepEqual([compiled.value.findings, compiled.value.refused], [[], []]);
  // Per GPU: 4 wavelengths to its leaf, 4 of its uplink, 4 x 4/8 of circuits; each both ways.
  const light = compiled.value.fabric.wavelengthSlot.reduce((count, slot) => count + (slot >= 0 ? 1 : 0), 0);
  assert.equal(light, 2 * gpus * (4 + 4 + (4 * circuitsPerNode) / gpusPerNode));
  return { plant: createClusterPlant(compiled.value, catalogue), gpus, light };
}

const hour = 3600e9;
const nodesPerJob = 64;
const busyShare = 0.75;

/** Places of a job's servers are shuffled by this odd stride, so that none of its rings has two neighbours in one region. */
const placeStride = 25;

/** A job on every so-many-th server, so that its rings cross pods: all-reduce, expert exchange and parameters, on three rails. */
function jobOf(index: number, jobs: number): JobRequest {
  const nodes = Array.from({ length: nodesPerJob }, (_, at) => ((at * placeStride) % nodesPerJob) * jobs + index);
  const ranks = nodes.flatMap((node) => Array.from({ length: gpusPerNode }, (_, gpu) => node * gpusPerNode + gpu));
  const pairs = (rail: number, step: number, every = 1): readonly (readonly [number, number])[] => nodes.flatMap((_, at) => (at % every === 0
    ? [[at * gpusPerNode + (rail % gpusPerNode), ((at + step) % nodesPerJob) * gpusPerNode + (rail % gpusPerNode)] as const] : []));
  return syntheticRequest({
    id: `job${index}`, tenant: `tenant${index % 7}`, ranks, computeNs: 80e6, replicas: 8, replicaBlock: 64, replicasMin: 4, steps: 1_000_000, checkpointNs: 60e9, restartNs: 600e9,
    phases: [
      { trafficClass: 'allReduce', timeNs: 20e6, rateGbps: 200, pairs: pairs(index, 1) },
      { trafficClass: 'allToAll', timeNs: 10e6, rateGbps: 40, pairs: pairs(index + 1, 7) },
      { trafficClass: 'parameterSync', timeNs: 5e6, rateGbps: 20, pairs: pairs(index + 2, 2, 2) },
    ],
  });
}

/** Leases beside the jobs, seeded: half of them between servers that a circuit joins, half anywhere on one rail. */
function leaseOf(index: number, gpus: number, dice: ReturnType<typeof createDice>): LeaseRequest {
  const isCircuit = index % 2 === 0;
  const fromNode = dice.below(gpus / gpusPerNode);
  const gpu = dice.below(isCircuit ? circuitsPerNode : gpusPerNode);
  const anywhere = (fromNode + 1 + dice.below(gpus / gpusPerNode - 1)) % (gpus / gpusPerNode);
  const toNode = isCircuit ? fromNode - (fromNode % nodesPerRegion) + opponentOf(nodesPerRegion, fromNode % nodesPerRegion, gpu) : anywhere;
  const trafficClass = (['inferenceFanout', 'checkpoint', 'background'] as const)[index % 3] ?? 'background';
  const ends = { fromRank: fromNode * gpusPerNode + gpu, toRank: toNode * gpusPerNode + gpu };
  return { id: `lease${index}`, tenant: `tenant${index % 7}`, job: null, trafficClass, ...ends, rateGbps: 5 + dice.below(40), bits: null, floorGbps: 0, startNs: 0, endNs: 2 * hour };
}

const take = (state: State, reading: Reading): void => void takeReading(state, state.nowNs + 1000, reading);

/** A state with 96 jobs and 22,000 leases at 65,536 GPUs, and as many for each GPU at other sizes. */
export function loadedState({ plant, gpus }: LoadedPlant): State {
  const state = createState(plant);
  const jobs = Math.round((gpus / gpusPerNode / nodesPerJob) * busyShare);
  for (let index = 0; index < jobs; index++) take(state, { kind: 'jobAsked', job: jobOf(index, jobs) });
  assert.equal(state.jobs.size, jobs);
  for (let index = 0; index < jobs; index++) take(state, { kind: 'jobReported', id: `job${index}`, steps: 1000 + index, stepNs: 115e6 });
  const dice = createDice(11);
  for (let index = 0; index < gpus / 10; index++) take(state, { kind: 'leaseAsked', request: leaseOf(index, gpus, dice) });
  // As the server does before it takes the first reading.
  warmUp(state);
  return state;
}
