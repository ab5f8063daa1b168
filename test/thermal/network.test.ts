/** Heat networks: the exact step against a dense matrix exponential, closed forms by hand, conservation, and bad input. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeatNetwork, HeatNetworkSpec } from '../../src/thermal/network.ts';
import { compileHeatNetwork, heatNodesMax, powerIssues, temperatureIssues } from '../../src/thermal/network.ts';
import { evaluateSum, nodeCourse, portHeatW, steadyTemperaturesC, temperaturesAfterC } from '../../src/thermal/response.ts';
import { denseAfter, denseFromSpec, randomNetwork } from './dense-twin.ts';

function compiled(spec: HeatNetworkSpec): HeatNetwork {
  const network = compileHeatNetwork(spec);
  assert.ok(network.ok, JSON.stringify(network));
  return network.value;
}

const codes = (spec: HeatNetworkSpec): string[] => {
  const network = compileHeatNetwork(spec);
  return network.ok ? [] : network.issues.map((issue) => issue.code);
};

const single: HeatNetworkSpec = {
  name: 'module', nodes: [{ name: 'case', capacityJPerK: 40 }], ports: ['air'], links: [{ from: 'case', to: 'air', resistanceKPerW: 1.5 }],
};

test('one node follows the closed form of a lumped module', () => {
  // Check H01 (JESD51): 40 + 15 x 1.5 x (1 - exp(-60 / 60)) = 40 + 22.5 x 0.6321205588 = 54.2227125726 C.
  const after = temperaturesAfterC(compiled(single), Float64Array.of(40), { powerW: Float64Array.of(15), portC: Float64Array.of(40) }, 60);
  assert.ok(Math.abs((after[0] ?? 0) - 54.222712573642546) < 1e-12);
});

test('two resistances in series settle at the sum of their drops', () => {
  // Check H02: 35 + 25 x (0.6 + 0.9) = 72.5 C at the junction; the case between them at 35 + 25 x 0.9 = 57.5 C.
  const network = compiled({
    name: 'series', nodes: [{ name: 'junction', capacityJPerK: 0.01 }, { name: 'case', capacityJPerK: 40 }], ports: ['air'],
    links: [{ from: 'junction', to: 'case', resistanceKPerW: 0.6 }, { from: 'case', to: 'air', resistanceKPerW: 0.9 }],
  });
  const steady = steadyTemperaturesC(network, { powerW: Float64Array.of(25, 0), portC: Float64Array.of(35) });
  assert.ok(Math.abs((steady[0] ?? 0) - 72.5) < 1e-10);
  assert.ok(Math.abs((steady[1] ?? 0) - 57.5) < 1e-10);
});

for (const { seed, nodeCount } of [{ seed: 1, nodeCount: 2 }, { seed: 2, nodeCount: 12 }, { seed: 3, nodeCount: 40 }, { seed: 4, nodeCount: 200 }]) {
  test(`a step of a ${nodeCount}-node network agrees with the dense matrix exponential within 1e-6 K`, () => {
    const { spec, powerW, startC } = randomNetwork({ seed, nodeCount });
    const network = compiled(spec);
    const { system, sourceW } = denseFromSpec(spec, { air: 27, coolant: 35 }, powerW);
    const input = { powerW: Float64Array.from(powerW), portC: Float64Array.of(27, 35) };
    for (const durationS of nodeCount > 100 ? [30] : [1e-5, 0.02, 3, 600]) {
      const expected = denseAfter(system, startC, sourceW, durationS);
      const got = temperaturesAfterC(network, Float64Array.from(startC), input, durationS);
      const worstK = Math.max(...expected.map((value, at) => Math.abs(value - (got[at] ?? Infinity))));
      assert.ok(worstK < 1e-6, `${worstK} K after ${durationS} s`);
    }
  });
}

test('one long step equals many short ones', () => {
  const { spec, powerW, startC } = randomNetwork({ seed: 5, nodeCount: 10 });
  const network = compiled(spec);
  const input = { powerW: Float64Array.from(powerW), portC: Float64Array.of(20, 40) };
  let inSteps: Float64Array = Float64Array.from(startC);
  for (let step = 0; step < 50; step++) inSteps = temperaturesAfterC(network, inSteps, input, 2);
  const atOnce = temperaturesAfterC(network, Float64Array.from(startC), input, 100);
  atOnce.forEach((value, at) => assert.ok(Math.abs(value - (inSteps[at] ?? 0)) < 1e-9));
});

test('in steady state every watt in is a watt out at the ports', () => {
  for (let seed = 10; seed < 30; seed++) {
    const { spec, powerW } = randomNetwork({ seed, nodeCount: 3 + (seed % 10) });
    const network = compiled(spec);
    const portC = Float64Array.of(27, 45);
    const heat = portHeatW(network, steadyTemperaturesC(network, { powerW: Float64Array.from(powerW), portC }), portC);
    const outW = heat.reduce((sum, value) => sum + value, 0);
    const inW = powerW.reduce((sum, value) => sum + value, 0);
    assert.ok(Math.abs(outW - inW) < 1e-8 * inW, `seed ${seed}: ${inW} W in, ${outW} W out`);
  }
});

test('the course of a node is its temperature at every time', () => {
  const { spec, powerW, startC } = randomNetwork({ seed: 6, nodeCount: 8 });
  const network = compiled(spec);
  const input = { powerW: Float64Array.from(powerW), portC: Float64Array.of(27, 35) };
  for (const timeS of [0, 1e-3, 1, 100]) {
    const direct = temperaturesAfterC(network, Float64Array.from(startC), input, timeS);
    for (let node = 0; node < 8; node++) {
      assert.ok(Math.abs(evaluateSum(nodeCourse(network, Float64Array.from(startC), input, node), timeS) - (direct[node] ?? 0)) < 1e-9);
    }
  }
});

test('resistances and capacities that are zero, negative or not finite are issues with their place', () => {
  for (const bad of [0, -1, Number.NaN, Infinity]) {
    assert.deepEqual(codes({ ...single, links: [{ from: 'case', to: 'air', resistanceKPerW: bad }] }), ['bad-thermal-resistance']);
    assert.deepEqual(codes({ ...single, nodes: [{ name: 'case', capacityJPerK: bad }] }), ['bad-heat-capacity']);
  }
});

test('a node cut off from every port has no steady state and is named', () => {
  const islands = [{ name: 'island', capacityJPerK: 1 }, { name: 'islet', capacityJPerK: 1 }];
  const network = compileHeatNetwork({ ...single, nodes: [...single.nodes, ...islands], links: [...single.links, { from: 'island', to: 'islet', resistanceKPerW: 1 }] });
  assert.ok(!network.ok);
  assert.deepEqual(network.issues.map((issue) => [issue.code, issue.value]), [['no-steady-state', 'island'], ['no-steady-state', 'islet']]);
});

test('unknown ends, twin names, loops and empty networks are issues', () => {
  assert.deepEqual(codes({ ...single, links: [{ from: 'case', to: 'sea', resistanceKPerW: 1 }] }), ['unknown-heat-node']);
  assert.deepEqual(codes({ ...single, nodes: [...single.nodes, ...single.nodes] }), ['duplicate-heat-node']);
  assert.deepEqual(codes({ ...single, links: [...single.links, { from: 'case', to: 'case', resistanceKPerW: 1 }] }), ['bad-thermal-link']);
  assert.deepEqual(codes({ name: 'void', nodes: [], ports: ['air'], links: [] }), ['empty-heat-network']);
});

test('a network beyond its named size is an issue, not a long wait', () => {
  const nodes = Array.from({ length: heatNodesMax + 1 }, (_, at) => ({ name: `n${at}`, capacityJPerK: 1 }));
  const links = nodes.map((node, at) => ({ from: node.name, to: at === 0 ? 'air' : `n${at - 1}`, resistanceKPerW: 1 }));
  assert.deepEqual(codes({ name: 'long', nodes, ports: ['air'], links }), ['heat-network-too-large']);
});

test('temperatures below absolute zero and powers below zero are issues', () => {
  assert.deepEqual(temperatureIssues({ inlet: -300, room: 27, loop: Number.NaN }).map((issue) => [issue.path, issue.code]), [['inlet', 'below-absolute-zero'], ['loop', 'not-finite']]);
  assert.deepEqual(temperatureIssues({ inlet: -273.15 }), []);
  assert.deepEqual(powerIssues({ laser: -1, dsp: 5, driver: Infinity }).map((issue) => issue.path), ['laser', 'driver']);
});
