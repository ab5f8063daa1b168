/** Families over circuit switches: counts by hand, circuits that conserve, routes that follow them, faults that pass through them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { CompiledFabric } from '../../src/fabric/compiled.ts';
import type { NodeIx } from '../../src/fabric/fabric.ts';
import { linkTiers, nodeKinds } from '../../src/fabric/fabric.ts';
import type { FamilyDesign } from '../../src/fabric/families/family-design.ts';
import { opponentOf, roundOf, roundsOf } from '../../src/fabric/families/matchings.ts';
import { createFaultDomains } from '../../src/fabric/fault-domain.ts';
import { bareDesign, ocs, reachRule } from './designs.ts';
import { countKinds, routeOf } from './routes.ts';

function compiled(gpus: number, family: FamilyDesign): CompiledFabric {
  const result = compileFabric({ ...bareDesign(gpus, family), ocs }, { evaluateMedium: reachRule });
  if (!result.ok) assert.fail(JSON.stringify(result.issues));
  assert.deepEqual(result.value.findings, []);
  return result.value.fabric;
}

const cablesOf = (fabric: CompiledFabric, tier: (typeof linkTiers)[number]): number => fabric.linkTier.filter((at) => at === linkTiers.indexOf(tier)).length / 2;

/** A route, checked to leave every circuit switch by the circuit it came in on. */
function circuitRoute(fabric: CompiledFabric, from: number, to: number, flow: number): number[] {
  const route = routeOf(fabric, fabric.gpuNode[from] as NodeIx, fabric.gpuNode[to] as NodeIx, flow);
  route.forEach((link, index) => {
    if (fabric.nodeKind[fabric.linkTarget[link] ?? 0] === nodeKinds.indexOf('ocs')) assert.equal(fabric.circuitOut[link], route[index + 1]);
  });
  return route;
}

test('round-robin matchings pair everyone once, for even and odd numbers of players', () => {
  fc.assert(fc.property(fc.integer({ min: 2, max: 41 }), (players) => {
    for (let one = 0; one < players; one++) {
      const met = new Set<number>();
      for (let round = 0; round < roundsOf(players); round++) {
        const other = opponentOf(players, one, round);
        if (other < 0) continue;
        assert.notEqual(other, one);
        assert.equal(opponentOf(players, other, round), one);
        assert.equal(roundOf(players, one, other), round);
        met.add(other);
      }
      assert.equal(met.size, players - 1);
    }
  }), { seed: 7 });
});

test('64 cubes of 64 over 48 circuit switches of 128 used ports', () => {
  const fabric = compiled(4096, { kind: 'ocs-cubes', cubeSide: 4, cubes: [4, 4, 4], twists: [] });
  assert.deepEqual(countKinds(fabric), { gpu: 4096, ocs: 48 });
  // A cube has 3 x 4 x 4 x 3 = 144 inner cables and 6 x 16 = 96 face fibres.
  assert.equal(cablesOf(fabric, 'fabric'), 64 * 144);
  assert.equal(cablesOf(fabric, 'core'), 64 * 96);
  fabric.nodeKind.forEach((kind, node) => {
    const degree = (fabric.outOffset[node + 1] ?? 0) - (fabric.outOffset[node] ?? 0);
    assert.equal(degree, nodeKinds[kind] === 'ocs' ? 128 : 6);
  });
  for (let flow = 0; flow < 500; flow++) circuitRoute(fabric, (flow * 577) % 4096, (flow * 1301 + 17) % 4096, flow);
  // Opposite corner of a 16-torus: 8 hops per dimension; every 4th crosses a circuit and costs one link more.
  const corner = (8 * 16 + 8) * 16 + 8;
  assert.equal(circuitRoute(fabric, 0, corner, 0).length, 24 + 6);
});

test('a twisted slice of cubes follows its twist through the circuits', () => {
  const fabric = compiled(128, { kind: 'ocs-cubes', cubeSide: 4, cubes: [1, 1, 2], twists: [{ dimension: 0, shift: [0, 0, 4] }, { dimension: 1, shift: [0, 0, 4] }] });
  for (let from = 0; from < 128; from++) for (let to = 0; to < 128; to++) circuitRoute(fabric, from, to, from ^ to);
  // The wrap of x leads half way along z: place (3,0,0) to (0,0,4) is one step, two links.
  assert.equal(circuitRoute(fabric, 3 * 32, 4, 0).length, 2);
});

test('a circuit switch takes both fibres of each of its circuits with it', () => {
  const fabric = compiled(512, { kind: 'ocs-cubes', cubeSide: 4, cubes: [2, 2, 2], twists: [] });
  const domains = createFaultDomains(fabric);
  const find = (name: string) => fabric.findComponent(name) as Exclude<ReturnType<typeof fabric.findComponent>, -1>;
  // 8 cubes: 16 fibres, 32 directed links, 8 circuits between 16 accelerators.
  const whole = domains.blast(find('ocs0'));
  assert.deepEqual([whole.linksLost, whole.gpusCut, whole.gpusSlowed], [32, 0, 16]);
  // One fibre: its circuit's other fibre is dark as well; two accelerators lose a neighbour.
  const core = fabric.linkTier.indexOf(linkTiers.indexOf('core'));
  const fibre = domains.blast(find(`cable${core >> 1}`));
  assert.deepEqual([fibre.linksLost, fibre.gpusSlowed], [4, 2]);
});

test('direct-connect blocks: every pair of blocks has its share of circuits', () => {
  // 6 blocks, 4 aggregation switches x 5 uplinks = 20 uplinks over 5 rounds: 4 circuits per pair, 15 pairs.
  const family = { kind: 'direct-blocks', blocks: 6, leavesPerBlock: 4, aggregationsPerBlock: 4, gpusPerLeaf: 4, uplinksPerAggregation: 5, routing: 'direct' } as const;
  const fabric = compiled(96, family);
  assert.deepEqual(countKinds(fabric), { gpu: 96, leaf: 24, spine: 24, ocs: 1 });
  assert.equal(cablesOf(fabric, 'core'), 120);
  assert.equal(fabric.circuitOut.filter((out) => out >= 0).length, 2 * 60);
  for (let from = 0; from < 96; from++) for (let to = 0; to < 96; to += 5) assert.ok(circuitRoute(fabric, from, to, from * to).length <= 6);
  const twoHop = compiled(96, { ...family, routing: 'valiant' });
  assert.equal(circuitRoute(twoHop, 0, 95, 3).length, 10);
  // Odd numbers of blocks sit out in turn: 5 blocks, 5 rounds, 20 uplinks of which 4 are dark in each block.
  const odd = compiled(80, { ...family, blocks: 5 });
  assert.equal(odd.circuitOut.filter((out) => out >= 0).length, 2 * 10 * 4);
});

test('circuit families without a circuit switch, or with too small a one, are issues', () => {
  const codeOf = (design: Parameters<typeof compileFabric>[0]): string => {
    const result = compileFabric(design, { evaluateMedium: reachRule });
    return result.ok ? 'compiled' : `${result.issues[0]?.code} ${result.issues[0]?.path}`;
  };
  const cubes: FamilyDesign = { kind: 'ocs-cubes', cubeSide: 4, cubes: [5, 5, 5], twists: [] };
  assert.equal(codeOf(bareDesign(8000, cubes)), 'no-circuit-switch ocs');
  assert.equal(codeOf({ ...bareDesign(8000, cubes), ocs }), 'radix-too-small ocs.radix');
});
