/** The heat plan of a cluster: every watt of the bill becomes heat once, packages stand where their components do. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBill } from '../../src/fabric/bill.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { CompiledCluster } from '../../src/fabric/compiled.ts';
import { componentKinds } from '../../src/fabric/components.ts';
import type { ClusterDesign, TerminalDesign } from '../../src/fabric/design.ts';
import type { HeatPlan, HeatPlanOptions } from '../../src/fabric/heat-plan.ts';
import { planHeat } from '../../src/fabric/heat-plan.ts';
import { componentHeatRows, wavelengthHeatRows } from '../../src/fabric/heat-rows.ts';
import type { FindPartFigures } from '../../src/fabric/part-figures.ts';
import { compileClusterHeat } from '../../src/thermal/cluster-compile.ts';
import { placedPackages } from '../../src/thermal/cluster-course.ts';
import { findPackageType } from '../../src/thermal/package-catalogue.ts';
import { fullFlow } from '../../src/thermal/package-type.ts';
import { figure, opticalAccess, opticalFabric, railDesign, reachRule } from './designs.ts';

/** 800G parts of 16 W, a quarter of it laser, and no host SerDes. */
const find: FindPartFigures = () => ({
  ratedGbps: 800, powerW: figure(16, 'W'), powerShares: [{ name: 'laser', share: 0.25 }, { name: 'module', share: 0.75 }],
  costUsd: figure(500, '$'), mtbfH: figure(1e6, 'h'), mtbfGbps: 800, laserFailureShare: 0.5, hostSerdesPjPerBit: figure(0, 'pJ/bit'),
});

const engine: TerminalDesign = { part: 'engine', packaging: 'engine', linksPerModule: 4, lasersPerModule: 0, externalSource: { part: 'els', lasersPerSource: 8, linksPerSource: 16 } };
const engineDesign: ClusterDesign = { ...railDesign, media: { ...railDesign.media, access: [{ ...opticalAccess, far: engine }], fabric: [{ ...opticalFabric, near: engine, far: engine }] } };

function planned(design: ClusterDesign, options: Partial<HeatPlanOptions> = {}): { readonly cluster: CompiledCluster; readonly plan: HeatPlan; readonly billW: number } {
  const compiled = compileFabric(design, { evaluateMedium: reachRule });
  assert.ok(compiled.ok);
  const { bill } = makeBill(compiled.value, find);
  const plan = planHeat(compiled.value, {
    find, packageOf: (part) => findPackageType(part === 'engine' ? 'cpo-engine-liquid' : 'osfp-dsp-800g'), rackPowerW: bill.rackPowerW,
    acceleratorW: 700, airC: 27, coolantC: 35, flow: fullFlow, activity: 1, ...options,
  });
  return { cluster: compiled.value, plan, billW: bill.clusterPowerW.value };
}

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

test('a busy cluster turns exactly its bill into heat', () => {
  for (const design of [railDesign, engineDesign, { ...railDesign, feeds: { power: null, coolant: null } }]) {
    const { plan, billW } = planned(design);
    assert.ok(Math.abs(sum(plan.ownPowerW) - billW) < 1e-6 * billW, `${sum(plan.ownPowerW)} W of heat, ${billW} W on the bill`);
  }
});

test('an idle cluster makes less heat', () => {
  const busy = planned(railDesign);
  const idle = planned(railDesign, { activity: 0 });
  assert.ok(sum(idle.plan.ownPowerW) < sum(busy.plan.ownPowerW));
});

test('every package of the plan names the component that it stands for, each once', () => {
  const { cluster, plan } = planned(engineDesign);
  const named = [...plan.componentsOf.values()].flatMap((components) => [...components]);
  assert.equal(new Set(named).size, named.length);
  const count = (kind: string): number => named.filter((row) => componentKinds[cluster.fabric.componentKind[row] ?? 0] === kind).length;
  assert.equal(count('gpu'), 1024);
  assert.equal(count('nic'), 1024);
  // 1,024 access links end at leaves, 1,024 uplinks at leaves and spines: 3,072 ends on engines of 4 links.
  assert.equal(count('engine'), 768);
  // Every switch of 64 links needs 4 sources of 16 links: 48 switches.
  assert.equal(count('laserSource'), 192);
});

test('external light warms its sources and not the engines', () => {
  // An engine of 4 x 400G draws 16 W x 2 = 32 W with its light; a quarter of it, 8 W, is lit outside. A source feeds 16 links = 4 engines: 32 W.
  const { cluster, plan } = planned(engineDesign);
  const row = (kind: string): number => cluster.fabric.componentKind.findIndex((value) => componentKinds[value] === kind);
  assert.ok(Math.abs((plan.ownPowerW[row('laserSource')] ?? 0) - 32) < 1e-9);
  assert.ok(Math.abs((plan.ownPowerW[row('engine')] ?? 0) - 24) < 0.01);
  // The chip beside its engines belongs to the switch: 16 engines of one 22 W share each.
  assert.ok(Math.abs((plan.ownPowerW[row('leaf')] ?? 0) - 16 * 22) < 1e-9);
});

test('every wavelength finds the rings that send it and the laser that lights it', () => {
  const { cluster, plan } = planned(engineDesign);
  const { fabric } = cluster;
  const heat = compileClusterHeat(plan.spec);
  assert.ok(heat.ok);
  // Each row of the state is marked with the component whose package owns it.
  const owner = new Int32Array(heat.value.nodeCount).fill(-1);
  const rows = componentHeatRows(fabric, plan, heat.value);
  for (const placed of placedPackages(heat.value)) {
    const component = plan.componentsOf.get(`${placed.zone.name}/${placed.cell.name}/${placed.group.group.name}`)?.[placed.unit] ?? -1;
    owner.fill(component, placed.row, placed.row + placed.group.network.nodeCount);
  }
  const { ringRow, laserRow } = wavelengthHeatRows(fabric, rows);
  const kindOf = (component: number): string => componentKinds[fabric.componentKind[component] ?? 0] ?? '';
  let ringed = 0;
  for (let wavelength = 0; wavelength < fabric.wavelengthCount; wavelength++) {
    const sender = fabric.componentParent[fabric.linkPort[fabric.wavelengthLink[wavelength] ?? 0] ?? 0] ?? -1;
    const laser = fabric.wavelengthLaser[wavelength] ?? -1;
    if (kindOf(sender) === 'engine') {
      ringed++;
      assert.equal(owner[ringRow[wavelength] ?? -1], sender);
      assert.equal(owner[laserRow[wavelength] ?? -1], fabric.componentParent[laser]);
      assert.equal(kindOf(fabric.componentParent[laser] ?? -1), 'laserSource');
    } else assert.equal(ringRow[wavelength], -1);
    if (kindOf(sender) === 'module') assert.equal(owner[laserRow[wavelength] ?? -1], sender);
  }
  // 3,072 link ends on engines, 4 wavelengths each.
  assert.equal(ringed, 3072 * 4);
});

test('the plan compiles to a heat model with one loop per row', () => {
  const { cluster, plan } = planned(railDesign);
  const heat = compileClusterHeat(plan.spec);
  assert.ok(heat.ok, JSON.stringify(heat));
  assert.equal(heat.value.zones.length, cluster.fabric.placement.rowCount);
  assert.equal(heat.value.heldNames.length, 1 + cluster.fabric.placement.rowCount);
});
