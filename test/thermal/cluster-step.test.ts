/** Whole clusters: the exact step against one dense matrix exponential of everything, conservation, settling, and bad input. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import type { ClusterHeat, ClusterHeatSpec, ClusterHeatState, FluidVolume, HeatCell, PackageGroup } from '../../src/thermal/cluster-heat.ts';
import { compileClusterHeat, initialHeatState } from '../../src/thermal/cluster-compile.ts';
import { heatIntoHeldW, heatPutInW, stepClusterHeat } from '../../src/thermal/cluster-step.ts';
import type { HeatLinkSpec, HeatNetworkSpec, HeatNodeSpec } from '../../src/thermal/network.ts';
import { findPackageType } from '../../src/thermal/package-catalogue.ts';
import { convectionFactor } from '../../src/thermal/package-type.ts';
import { denseAfter, denseFromSpec } from './dense-twin.ts';

function group(name: string, typeId: string, count: number, ports: PackageGroup['ports']): PackageGroup {
  const type = findPackageType(typeId);
  assert.ok(type !== null);
  return { name, type, count, flow: { air: 0.9, coolant: 1 }, ports, activity: 0.5 };
}

const volume = (name: string, capacityJPerK: number, from: string, conductanceWPerK: number, loadW = 0): FluidVolume =>
  ({ name, capacityJPerK, sources: [{ from, conductanceWPerK }], loadW });

/** A row with two liquid racks, one odd rack and three air trays on a shared loop and shared room air: 200 nodes in all. */
function row(): ClusterHeatSpec {
  const rack = (name: string, engines: number): HeatCell => ({
    name,
    volumes: [volume('manifold', 800, 'loop', 60), volume('air', 50, 'room', 20, 30)],
    groups: [group('engine', 'cpo-engine-liquid', engines, { coolant: 'manifold' }), group('els', 'els-module', 3, { air: 'air' })],
  });
  const tray = (name: string): HeatCell => ({
    name, volumes: [volume('trayAir', 30, 'room', 15, 100)], groups: [group('module', 'osfp-dsp-800g', 4, { air: 'trayAir' })],
  });
  return {
    held: [{ name: 'facilityWater', temperatureC: 30 }, { name: 'outside', temperatureC: 18 }],
    zones: [{
      name: 'row', volumes: [volume('loop', 4000, 'facilityWater', 300), volume('room', 20000, 'outside', 250, 500)],
      cells: [rack('rack0', 5), tray('tray0'), rack('rack1', 5), rack('odd', 3), tray('tray1'), tray('tray2')],
    }],
  };
}

function compiled(spec: ClusterHeatSpec): ClusterHeat {
  const cluster = compileClusterHeat(spec);
  assert.ok(cluster.ok, JSON.stringify(cluster));
  return cluster.value;
}

interface WrittenOut {
  readonly network: HeatNetworkSpec;
  readonly startC: number[];
  readonly powerW: number[];
  readonly rows: { readonly array: 'node' | 'volume'; readonly row: number }[];
}

/** Every package written out node by node, with the state rows that its nodes stand for. */
function writtenOut(spec: ClusterHeatSpec, cluster: ClusterHeat, state: ClusterHeatState): WrittenOut {
  const nodes: HeatNodeSpec[] = [];
  const links: HeatLinkSpec[] = [];
  const rows: { array: 'node' | 'volume'; row: number }[] = [];
  const addVolume = (prefix: string, own: ReadonlySet<string>, written: FluidVolume, at: number): void => {
    nodes.push({ name: `${prefix}${written.name}`, capacityJPerK: written.capacityJPerK });
    rows.push({ array: 'volume', row: at });
    for (const source of written.sources) links.push({ from: `${prefix}${written.name}`, to: own.has(source.from) ? `${prefix}${source.from}` : source.from, resistanceKPerW: 1 / source.conductanceWPerK });
  };
  const zone = cluster.zones[0];
  const zoneSpec = spec.zones[0];
  assert.ok(zone !== undefined && zoneSpec !== undefined);
  zoneSpec.volumes.forEach((written, at) => addVolume('', new Set(), written, zone.volumeRow + at));
  for (const cell of zone.shapes.flatMap((shape) => shape.cells)) {
    const cellSpec: HeatCell | undefined = zoneSpec.cells.find(({ name }) => name === cell.name);
    assert.ok(cellSpec !== undefined);
    const own = new Set(cellSpec.volumes.map(({ name }) => name));
    cellSpec.volumes.forEach((written, at) => addVolume(`${cell.name}.`, own, written, cell.volumeRow + at));
    cellSpec.groups.forEach((written, groupAt) => {
      for (let unit = 0; unit < written.count; unit++) {
        const name = (node: string): string => `${cell.name}.${written.name}${unit}.${node}`;
        written.type.nodes.forEach((node, at) => {
          nodes.push({ name: name(node.name), capacityJPerK: node.capacityJPerK.value });
          rows.push({ array: 'node', row: (cell.groupNodeRow[groupAt] ?? 0) + unit * written.type.nodes.length + at });
        });
        for (const link of written.type.links) {
          const port = link.convection === undefined ? undefined : written.ports[link.convection];
          const factor = link.convection === undefined ? 1 : convectionFactor(link.convection, written.flow[link.convection]);
          const to = port === undefined ? name(link.to) : own.has(port) ? `${cell.name}.${port}` : port;
          links.push({ from: name(link.from), to, resistanceKPerW: link.resistanceKPerW.value * factor });
        }
      }
    });
  }
  const read = (arrays: { readonly node: Float64Array; readonly volume: Float64Array }): number[] => rows.map(({ array, row: at }) => arrays[array][at] ?? 0);
  return {
    network: { name: 'all', nodes, ports: spec.held.map(({ name }) => name), links },
    startC: read({ node: state.nodeTemperatureC, volume: state.volumeTemperatureC }),
    powerW: read({ node: state.nodePowerW, volume: state.volumeLoadW }),
    rows,
  };
}

test('a step of a whole row agrees with one dense matrix exponential of all its nodes within 1e-6 K', () => {
  const spec = row();
  const cluster = compiled(spec);
  const dice = createDice(2026);
  for (const durationS of [2e-5, 0.3, 45, 3600]) {
    const state = initialHeatState(cluster, spec, { startC: 30 });
    // Every package starts at its own temperature and power, so means alone would not do.
    state.nodeTemperatureC.forEach((_, at) => { state.nodeTemperatureC[at] = 30 + 30 * dice.uniform(); });
    state.nodePowerW.forEach((power, at) => { state.nodePowerW[at] = power * 2 * dice.uniform(); });
    state.volumeTemperatureC.forEach((_, at) => { state.volumeTemperatureC[at] = 20 + 20 * dice.uniform(); });
    const { network, startC, powerW, rows } = writtenOut(spec, cluster, state);
    assert.ok(network.nodes.length >= 150 && network.nodes.length <= 200, `${network.nodes.length} nodes`);
    const { system, sourceW } = denseFromSpec(network, { facilityWater: 30, outside: 18 }, powerW);
    const expected = denseAfter(system, startC, sourceW, durationS);
    stepClusterHeat(cluster, state, durationS);
    const arrays = { node: state.nodeTemperatureC, volume: state.volumeTemperatureC };
    const worstK = Math.max(...rows.map(({ array, row: at }, index) => Math.abs((arrays[array][at] ?? Infinity) - (expected[index] ?? 0))));
    assert.ok(worstK < 1e-6, `${worstK} K after ${durationS} s`);
  }
});

test('one long step equals many short ones for the whole row', () => {
  const spec = row();
  const cluster = compiled(spec);
  const once = initialHeatState(cluster, spec, { startC: 25 });
  const often = initialHeatState(cluster, spec, { startC: 25 });
  stepClusterHeat(cluster, once, 300);
  for (let step = 0; step < 60; step++) stepClusterHeat(cluster, often, 5);
  once.nodeTemperatureC.forEach((value, at) => assert.ok(Math.abs(value - (often.nodeTemperatureC[at] ?? 0)) < 1e-8));
});

test('a settled cluster gives out at its held temperatures every watt put in', () => {
  const spec = row();
  const cluster = compiled(spec);
  const state = initialHeatState(cluster, spec, { startC: 25 });
  stepClusterHeat(cluster, state, Infinity);
  const out = heatIntoHeldW(cluster, state).reduce((sum, heat) => sum + heat, 0);
  const put = heatPutInW(state);
  assert.ok(Math.abs(out - put) < 1e-7 * put, `${put} W in, ${out} W out`);
});

test('a loop alone settles at its supply plus load over m cp', () => {
  // 120 kW into 100 L/min of water: m cp = 100/60 kg/s x 4186 J/kg/K = 6976.67 W/K, rise 17.2002 K (check H04).
  const spec: ClusterHeatSpec = { held: [{ name: 'water', temperatureC: 25 }], zones: [{ name: 'z', volumes: [volume('loop', 1e5, 'water', (100 / 60) * 4186, 120e3)], cells: [] }] };
  const cluster = compiled(spec);
  const state = initialHeatState(cluster, spec, { startC: 25 });
  stepClusterHeat(cluster, state, Infinity);
  assert.ok(Math.abs((state.volumeTemperatureC[0] ?? 0) - 42.20019111323459) < 1e-9);
});

test('a warmer loop warms its engines by the same, once settled', () => {
  // The network is linear: every node that sees only the loop rises by the loop's 6 K.
  const cell: HeatCell = { name: 'rack', volumes: [], groups: [group('engine', 'cpo-engine-liquid', 7, { coolant: 'loop' })] };
  const spec = (loopC: number): ClusterHeatSpec => ({ held: [{ name: 'loop', temperatureC: loopC }], zones: [{ name: 'z', volumes: [], cells: [cell] }] });
  const settle = (loopC: number): Float64Array => {
    const cluster = compiled(spec(loopC));
    const state = initialHeatState(cluster, spec(loopC), { startC: 20 });
    stepClusterHeat(cluster, state, Infinity);
    return state.nodeTemperatureC;
  };
  const before = settle(30);
  settle(36).forEach((value, at) => assert.ok(Math.abs(value - (before[at] ?? 0) - 6) < 1e-8));
});

test('wrong clusters are issues with their place', () => {
  const codes = (spec: ClusterHeatSpec): string[] => {
    const cluster = compileClusterHeat(spec);
    return cluster.ok ? [] : cluster.issues.map((issue) => issue.code);
  };
  const one = (part: Partial<PackageGroup>, held = 30): ClusterHeatSpec => ({
    held: [{ name: 'air', temperatureC: held }],
    zones: [{ name: 'z', volumes: [], cells: [{ name: 'c', volumes: [], groups: [{ ...group('m', 'osfp-dsp-800g', 2, { air: 'air' }), ...part }] }] }],
  });
  assert.deepEqual(codes(one({})), []);
  assert.deepEqual(codes(one({ count: 0 })), ['bad-count']);
  assert.deepEqual(codes(one({ activity: 2 })), ['bad-activity']);
  assert.deepEqual(codes(one({ powerW: -5 })), ['bad-power']);
  assert.deepEqual(codes(one({ ports: {} })), ['open-port']);
  assert.deepEqual(codes(one({ ports: { air: 'sea' } })), ['unknown-volume']);
  assert.deepEqual(codes(one({}, -300)), ['below-absolute-zero']);
  assert.deepEqual(codes(one({ flow: { air: -1, coolant: 1 } })), ['bad-flow']);
  const loop = (capacityJPerK: number, conductanceWPerK: number): ClusterHeatSpec =>
    ({ held: [{ name: 'water', temperatureC: 30 }], zones: [{ name: 'z', volumes: [volume('loop', capacityJPerK, 'water', conductanceWPerK)], cells: [] }] });
  assert.deepEqual(codes(loop(-1, 5)), ['bad-heat-capacity']);
  assert.deepEqual(codes(loop(1, -5)), ['bad-flow']);
});
