/** Where a cluster is heading: courses against steps, the hottest packages, and times to threshold by hand. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { compileClusterHeat, initialHeatState } from '../../src/thermal/cluster-compile.ts';
import { caseRow, coursesFrom, nearestToLimit, placedPackages } from '../../src/thermal/cluster-course.ts';
import type { ClusterHeat, ClusterHeatSpec, ClusterHeatState } from '../../src/thermal/cluster-heat.ts';
import { stepClusterHeat } from '../../src/thermal/cluster-step.ts';
import { findPackageType } from '../../src/thermal/package-catalogue.ts';
import type { PackageType } from '../../src/thermal/package-type.ts';
import { evaluateSum } from '../../src/thermal/response.ts';

function typeOf(id: string): PackageType {
  const type = findPackageType(id);
  assert.ok(type !== null);
  return type;
}

const full = { air: 1, coolant: 1 };

const spec: ClusterHeatSpec = {
  held: [{ name: 'water', temperatureC: 30 }, { name: 'inlet', temperatureC: 27 }],
  zones: [{
    name: 'row0', volumes: [{ name: 'loop', capacityJPerK: 3000, sources: [{ from: 'water', conductanceWPerK: 200 }], loadW: 0 }],
    cells: [0, 1, 2].map((at) => ({
      name: `rack${at}`, volumes: [{ name: 'air', capacityJPerK: 40, sources: [{ from: 'inlet', conductanceWPerK: 25 }], loadW: 20 }],
      groups: [
        { name: 'engine', type: typeOf('cpo-engine-liquid'), count: 6, flow: full, ports: { coolant: 'loop' }, activity: 0.5 },
        { name: 'module', type: typeOf('osfp-dsp-800g'), count: 4, flow: full, ports: { air: 'air' }, activity: 1 },
      ],
    })),
  }],
};

function prepared(): { readonly cluster: ClusterHeat; readonly state: ClusterHeatState } {
  const cluster = compileClusterHeat(spec);
  assert.ok(cluster.ok);
  const state = initialHeatState(cluster.value, spec, { startC: 28 });
  const dice = createDice(9);
  state.nodePowerW.forEach((power, at) => { state.nodePowerW[at] = power * (0.5 + dice.uniform()); });
  state.nodeTemperatureC.forEach((_, at) => { state.nodeTemperatureC[at] = 28 + 20 * dice.uniform(); });
  return { cluster: cluster.value, state };
}

test('the course of every case passes through what the step computes', () => {
  const { cluster, state } = prepared();
  const courses = coursesFrom(cluster, state);
  const packages = [...placedPackages(cluster)];
  assert.equal(packages.length, 30);
  for (const durationS of [0.01, 4, 90, 2000]) {
    const stepped: ClusterHeatState = { ...state, nodeTemperatureC: Float64Array.from(state.nodeTemperatureC), volumeTemperatureC: Float64Array.from(state.volumeTemperatureC) };
    stepClusterHeat(cluster, stepped, durationS);
    for (const placed of packages) {
      const predicted = evaluateSum(courses.courseOf(placed, placed.group.group.type.caseNode), durationS);
      assert.ok(Math.abs(predicted - (stepped.nodeTemperatureC[caseRow(placed)] ?? 0)) < 1e-8, placed.name);
    }
  }
});

test('a case stands exactly at its limit at its time to threshold', () => {
  const { cluster, state } = prepared();
  const courses = coursesFrom(cluster, state);
  const [placed] = nearestToLimit(cluster, state, { countMax: 1, accepts: ({ group }) => group.group.name === 'module' });
  assert.ok(placed !== undefined);
  const now = state.nodeTemperatureC[caseRow(placed)] ?? 0;
  const end = evaluateSum(courses.courseOf(placed, 'case'), 1e9);
  const limitC = (now + end) / 2;
  const direction = end > now ? 'rising' : 'falling';
  const seconds = courses.timeToThresholdS(placed, 'case', { limitC, direction, horizonS: Infinity });
  assert.ok(seconds !== null && seconds > 0);
  stepClusterHeat(cluster, state, seconds);
  assert.ok(Math.abs((state.nodeTemperatureC[caseRow(placed)] ?? 0) - limitC) < 1e-7);
});

test('a single module after its fans stop reaches 70 C when the closed form says', () => {
  // One module without its sink: 25 J/K shell on a held 40 C through 1.5 K/W, 30 W: 85 - 45 exp(-t/37.5) = 70 at 37.5 ln 3 = 41.198 s.
  const shell: PackageType = {
    ...typeOf('osfp-dsp-800g'), id: 'shell',
    nodes: [{ name: 'case', capacityJPerK: { value: 25, unit: 'J/K', kind: 'estimate', source: 'this test' } }],
    links: [{ from: 'case', to: 'air', resistanceKPerW: { value: 1.5, unit: 'K/W', kind: 'estimate', source: 'this test' }, convection: 'air' }],
    sources: [{ name: 'module', node: 'case', idleW: { value: 30, unit: 'W', kind: 'estimate', source: 'this test' }, dynamicW: { value: 0, unit: 'W', kind: 'estimate', source: 'this test' }, neighbour: false }],
    laserNode: null,
  };
  const cell = { name: 'c', volumes: [], groups: [{ name: 'm', type: shell, count: 1, flow: full, ports: { air: 'air' }, activity: 0 }] };
  const one: ClusterHeatSpec = { held: [{ name: 'air', temperatureC: 40 }], zones: [{ name: 'z', volumes: [], cells: [cell] }] };
  const cluster = compileClusterHeat(one);
  assert.ok(cluster.ok);
  const state = initialHeatState(cluster.value, one, { startC: 40 });
  const [placed] = placedPackages(cluster.value);
  assert.ok(placed !== undefined);
  const seconds = coursesFrom(cluster.value, state).timeToThresholdS(placed, 'case', { limitC: 70, direction: 'rising', horizonS: 1e5 });
  assert.ok(seconds !== null && Math.abs(seconds - 37.5 * Math.log(3)) < 1e-8);
});

test('the nearest to its limit comes first and the list is as long as asked', () => {
  const { cluster, state } = prepared();
  const nearest = nearestToLimit(cluster, state, { countMax: 7 });
  assert.equal(nearest.length, 7);
  const margins = [...placedPackages(cluster)].map((placed) => placed.group.group.type.caseLimitC.value - (state.nodeTemperatureC[caseRow(placed)] ?? 0)).sort((a, b) => a - b);
  assert.deepEqual(nearest.map((placed) => placed.group.group.type.caseLimitC.value - (state.nodeTemperatureC[caseRow(placed)] ?? 0)), margins.slice(0, 7));
});
