/** Published and recomputed figures of fabrics, reproduced by our builders. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { CompiledFabric } from '../../src/fabric/compiled.ts';
import type { TorusTwist } from '../../src/fabric/families/family-design.ts';
import { allToAllLoads } from '../../src/fabric/link-loads.ts';
import { sliceGoodput } from '../../src/fabric/slice-goodput.ts';
import { sharedTest } from '../shared.ts';
import { bareDesign, reachRule } from './designs.ts';

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
