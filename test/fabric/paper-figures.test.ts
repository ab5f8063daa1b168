/** Published and recomputed figures of fabrics, reproduced by our builders. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { CompiledFabric } from '../../src/fabric/compiled.ts';
import type { TorusTwist } from '../../src/fabric/families/family-design.ts';
import { allToAllLoads } from '../../src/fabric/link-loads.ts';
import { sliceGoodput } from '../../src/fabric/slice-goodput.ts';
import { createDice } from '../../src/base/dice.ts';
import { makeBill } from '../../src/fabric/bill.ts';
import type { Bill } from '../../src/fabric/bill.ts';
import { engineerMesh, gravityDemand, splitTraffic } from '../../src/fabric/block-mesh.ts';
import type { ClusterDesign } from '../../src/fabric/design.ts';
import type { CustomDesign, FamilyDesign } from '../../src/fabric/families/family-design.ts';
import { createEvaluateMedium, createFindPartFigures } from '../../src/fabric/physics.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import { sharedTest } from '../shared.ts';
import { bareDesign, ocs, opticalFabric, railDesign, railFamily, reachRule, terminal } from './designs.ts';
import { countKinds } from './routes.ts';

const file = 'facts/paper-figures.json';

function figureOf<T>(path: string, id: string): T {
  const rows = JSON.parse(readFileSync(path, 'utf8')) as { id: string; value: T }[];
  const row = rows.find((candidate) => candidate.id === id);
  assert.ok(row !== undefined, id);
  return row.value;
}

function torus(sizes: readonly number[], twists: readonly TorusTwist[]): CompiledFabric {
  const gpus = sizes.reduce((product, size) => product * size, 1);
  const result = compileFabric(bareDesign(gpus, { kind: 'torus', sizes, twists }), { evaluateMedium: reachRule });
  if (!result.ok) assert.fail(JSON.stringify(result.issues));
  return result.value.fabric;
}

const within = (actual: number, expected: number, share: number): void => assert.ok(Math.abs(actual - expected) <= share * expected, `${actual} is not within ${share * 100} % of ${expected}`);

const busiest = (fabric: CompiledFabric): number => allToAllLoads(fabric).load.reduce((most, load) => Math.max(most, load), 0);

/** Mean hops as the figure counts them: over all ordered pairs, a GPU to itself included. */
const meanHops = (fabric: CompiledFabric): number => (allToAllLoads(fabric).meanHops * (fabric.gpuNode.length - 1)) / fabric.gpuNode.length;

sharedTest('twisted tori gain 1.745 and 1.391 in ideal all-to-all throughput (tpu4-twist-ideal)', file, (path) => {
  const expected = figureOf<Record<string, unknown>>(path, 'tpu4-twist-ideal') as { '4x4x8': number; '4x8x8': number; 'avg_hops_4x4x8': [number, number]; 'avg_hops_4x8x8': [number, number] };
  const small = [torus([4, 4, 8], []), torus([4, 4, 8], [{ dimension: 0, shift: [0, 0, 4] }, { dimension: 1, shift: [0, 0, 4] }])] as const;
  within(busiest(small[0]) / busiest(small[1]), expected['4x4x8'], 0.005);
  within(meanHops(small[0]), expected['avg_hops_4x4x8'][0], 0.005);
  within(meanHops(small[1]), expected['avg_hops_4x4x8'][1], 0.005);
  const large = [torus([4, 8, 8], []), torus([4, 8, 8], [{ dimension: 0, shift: [0, 4, 4] }])] as const;
  within(busiest(large[0]) / busiest(large[1]), expected['4x8x8'], 0.005);
  within(meanHops(large[0]), expected['avg_hops_4x8x8'][0], 0.005);
  within(meanHops(large[1]), expected['avg_hops_4x8x8'][1], 0.005);
});

for (const availability of [0.99, 0.999]) {
  sharedTest(`slice goodput with and without OCS at host availability ${availability} (tpu4-goodput-${availability})`, file, (path) => {
    const expected = figureOf<Record<string, { ocs: number; static: number }>>(path, `tpu4-goodput-${availability}`);
    for (const [chips, { ocs, static: fixed }] of Object.entries(expected)) {
      const ours = sliceGoodput({ blocks: 64, blocksPerSlice: Number(chips) / 64, hostsPerBlock: 16, hostAvailability: availability });
      assert.ok(Math.abs(ours.withCircuits - ocs) <= 0.01, `${chips}: ${ours.withCircuits}`);
      assert.ok(Math.abs(ours.fixed - fixed) <= 0.01, `${chips}: ${ours.fixed}`);
    }
  });
}

sharedTest('engineered block meshes carry gravity traffic mostly direct at the load of a Clos (jup-stretch)', file, (path) => {
  const expected = figureOf<{ direct_share: number; avg_path_blocks: number }>(path, 'jup-stretch');
  const perBlock = 256;
  for (const [blocks, seed] of [[16, 1], [32, 2], [64, 3]] as const) {
    // Block weights spread tenfold. In a Clos the heaviest block fills its uplinks to 80 %; the mesh must do with the same.
    const dice = createDice(seed);
    const weights = Array.from({ length: blocks }, (_, block) => (block === 0 ? 10 : block === 1 ? 1 : 10 ** dice.uniform()));
    const loadMax = 0.8;
    const demand = gravityDemand(weights, loadMax * perBlock * 400);
    const mesh = engineerMesh(demand, { perBlock, circuitGbps: 400 });
    for (let block = 0; block < blocks; block++) {
      assert.ok(mesh.circuits.subarray(block * blocks, (block + 1) * blocks).reduce((sum, count) => sum + count, 0) <= perBlock);
    }
    const split = splitTraffic(demand, mesh, { loadMax });
    assert.ok(split.unplacedShare < 1e-9, `${split.unplacedShare} of the traffic has no room`);
    assert.ok(split.loadMax <= loadMax + 1e-9);
    assert.ok(split.directShare >= expected.direct_share && split.stretch <= expected.avg_path_blocks, JSON.stringify(split));
  }
});

/** The same blocks under a spine: every aggregation switch spreads its uplinks over the spine switches. */
function closOfBlocks(shape: Readonly<Record<'blocks' | 'leaves' | 'aggregations' | 'gpusPerLeaf' | 'uplinks' | 'spines', number>>): CustomDesign {
  const { blocks, leaves, aggregations, gpusPerLeaf, uplinks, spines } = shape;
  const nodes: CustomDesign['nodes'][number][] = [];
  const links: CustomDesign['links'][number][] = [];
  for (let block = 0; block < blocks; block++) {
    for (let leaf = 0; leaf < leaves; leaf++) {
      nodes.push({ name: `l${block}.${leaf}`, kind: 'leaf', zone: block });
      for (let gpu = 0; gpu < gpusPerLeaf; gpu++) {
        nodes.push({ name: `g${block}.${leaf}.${gpu}`, kind: 'gpu', zone: block });
        links.push({ a: `g${block}.${leaf}.${gpu}`, b: `l${block}.${leaf}`, tier: 'access', count: 1, lengthM: null });
      }
      for (let at = 0; at < aggregations; at++) links.push({ a: `l${block}.${leaf}`, b: `a${block}.${at}`, tier: 'fabric', count: 1, lengthM: null });
    }
    for (let at = 0; at < aggregations; at++) {
      nodes.push({ name: `a${block}.${at}`, kind: 'spine', zone: block });
      for (let uplink = 0; uplink < uplinks; uplink++) {
        links.push({ a: `a${block}.${at}`, b: `s${(at * uplinks + uplink) % spines}`, tier: 'core', count: 1, lengthM: null });
      }
    }
  }
  for (let spine = 0; spine < spines; spine++) nodes.push({ name: `s${spine}`, kind: 'core', zone: -1 });
  return { kind: 'custom', nodes, links };
}

sharedTest('removing the spine under circuit switches saves 30 to 50 % of fabric power (jup-power)', file, (path) => {
  const expected = figureOf<{ power_reduction: number }>(path, 'jup-power');
  // 8 blocks of 32 leaves and 8 aggregation switches with 32 uplinks each: 2,048 uplinks; 64-port switches, so 32 spine switches.
  const optics = { ...opticalFabric, name: 'fr4', near: terminal('fr4-400g', 1, 4), far: terminal('fr4-400g', 1, 4), connectors: 2 };
  const catalogue = createCatalogue();
  const options = { catalogue, view: 'typical', caseTemperatureC: 40 } as const;
  // 8 W for each 400G port, the usual engineering figure.
  const switch64 = { ...railDesign.switch, powerW: { ...railDesign.switch.powerW, value: 64 * 8 } };
  const bill = (family: FamilyDesign): Bill => {
    const media = { access: [optics], fabric: [optics], core: [optics], dci: [] };
    const design: ClusterDesign = { ...bareDesign(8 * 32 * 4, family), ocs, switch: switch64, media, caseTemperatureC: 40 };
    const compiled = compileFabric(design, { evaluateMedium: createEvaluateMedium(options) });
    if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
    assert.deepEqual(compiled.value.refused.map((group) => group.use.answer.refusal), []);
    return makeBill(compiled.value, createFindPartFigures(options)).bill;
  };
  // The DCN layer: aggregation switches with their uplinks, and what joins the blocks; leaves and everything below are the same.
  const layerW = (places: Bill['powerPlaces']): number => places.filter((place) => ['core', 'spine', 'ocs'].includes(place.name)).reduce((sum, place) => sum + place.powerW, 0);
  const direct = bill({ kind: 'direct-blocks', blocks: 8, leavesPerBlock: 32, aggregationsPerBlock: 8, gpusPerLeaf: 4, uplinksPerAggregation: 32, routing: 'direct' });
  const clos = bill(closOfBlocks({ blocks: 8, leaves: 32, aggregations: 8, gpusPerLeaf: 4, uplinks: 32, spines: 32 }));
  const reduction = 1 - layerW(direct.powerPlaces) / layerW(clos.powerPlaces);
  assert.ok(reduction >= 0.3 && reduction <= 0.5, `${reduction} against ${expected.power_reduction}`);
});

sharedTest('switch counts of the published cost table (dsv3-topo-cost)', file, (path) => {
  const { switches } = figureOf<{ switches: Record<string, number> }>(path, 'dsv3-topo-cost');
  const count = (design: ClusterDesign): number => {
    const result = compileFabric(design, { evaluateMedium: reachRule });
    if (!result.ok) assert.fail(JSON.stringify(result.issues));
    const kinds = countKinds(result.value.fabric);
    return (kinds['leaf'] ?? 0) + (kinds['spine'] ?? 0) + (kinds['core'] ?? 0);
  };
  assert.equal(count(bareDesign(2048, { kind: 'fat-tree', tiers: 2, k: 64, routing: 'ecmp' })), switches['ft2']);
  // Eight planes of 2,048 nodes, one per GPU index of a node.
  const family: FamilyDesign = { ...railFamily, nodesPerPod: 32, spines: 32, uplinksPerLeaf: 32, spinePlanes: 'perRail' };
  const planes: ClusterDesign = { ...railDesign, gpus: 16_384, floor: { ...railDesign.floor, rows: 1000 }, family };
  assert.equal(count(planes), switches['mpft']);
  assert.equal(count(bareDesign(65_536, { kind: 'fat-tree', tiers: 3, k: 64, routing: 'ecmp' })), switches['ft3']);
});
