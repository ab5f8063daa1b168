/** Bills of materials, counted and priced by hand on the 1,024-GPU rail-optimised fabric. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { makeBill } from '../../src/fabric/bill.ts';
import type { Bill } from '../../src/fabric/bill.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { ClusterDesign } from '../../src/fabric/design.ts';
import type { FindPartFigures } from '../../src/fabric/part-figures.ts';
import { copper, figure, opticalAccess, opticalFabric, railDesign, reachRule } from './designs.ts';

/** 800 Gb/s optical parts of 16 W, 640 $ and 1e6 h; copper of 0 W, 80 $ and 1e8 h; SerDes of 5 pJ/bit. */
const figures: FindPartFigures = (part) => {
  if (part === 'unknown') return null;
  const isCopper = part.startsWith('dac');
  return {
    ratedGbps: part.includes('400') ? 400 : 800,
    powerW: figure(isCopper ? 0 : part.includes('400') ? 8 : 16, 'W'),
    powerShares: isCopper ? [] : [{ name: 'laser', share: 0.25 }, { name: 'dsp', share: 0.75 }],
    costUsd: figure(isCopper ? 80 : part.includes('400') ? 320 : 640, '$'),
    mtbfH: figure(isCopper ? 1e8 : 1e6, 'h'), mtbfGbps: part.includes('400') ? 400 : 800, laserFailureShare: 0.5, hostSerdesPjPerBit: figure(5, 'pJ/bit'),
  };
};

function billOf(design: ClusterDesign, find = figures): Bill {
  const compiled = compileFabric(design, { evaluateMedium: reachRule });
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
  const { bill, issues } = makeBill(compiled.value, find);
  assert.deepEqual(issues, []);
  return bill;
}

const near = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.abs(expected), `${actual} is not ${expected}`);

test('counts: 2.5 transceivers and 16 lasers per GPU, 48 switches', () => {
  // Per GPU: one 400G module at the NIC, half a twin-port module at the leaf, and a half at each end of one uplink. 4 lasers per 400G end.
  const bill = billOf(railDesign);
  assert.equal(bill.transceivers, 1024 + 512 + 512 + 512);
  assert.equal(bill.transceiversPerGpu, 2.5);
  assert.equal(bill.lasersPerGpu, 4 * 4);
  assert.equal(bill.switches, 48);
  assert.equal(bill.cables, 2048);
  assert.equal(bill.engines, 0);
  // 32 server racks of 4 nodes, 4 leaf racks and 2 spine racks of 8 switches.
  assert.equal(bill.racks, 38);
});

test('power and money add up by hand', () => {
  const bill = billOf(railDesign);
  // Modules: 1024 x 8 W + 1536 x 16 W; SerDes: 4096 ends x 400 Gb/s x 5 pJ/bit = 2 W each; switches 48 x 1000 W; NICs 1024 x 25 W.
  const powerW = 1024 * 8 + 1536 * 16 + 4096 * 2 + 48_000 + 25_600;
  near(bill.fabricPowerW.value, powerW);
  near(bill.powerParts.reduce((sum, part) => sum + part.powerW, 0), powerW);
  near(bill.powerParts.find((part) => part.name === 'laser')?.powerW ?? 0, 0.25 * (1024 * 8 + 1536 * 16));
  near(bill.clusterPowerW.value, powerW + 1024 * 1000);
  near(bill.fabricCostUsd.value, 1024 * 320 + 1536 * 640 + 48 * 30_000 + 1024 * 1_500);
  near(bill.rackPowerW.reduce((sum, rack) => sum + rack, 0), bill.clusterPowerW.value);
  // Failures: 2560 modules, 1024 NICs at 1e6 h; 48 switches at 3e5 h.
  near(bill.failuresPerDay.value, 24 * (2560 / 1e6 + 1024 / 1e6 + 48 / 3e5));
});

test('twin-port copper counts as cables, not transceivers', () => {
  const floor = { ...railDesign.floor, leafPlacement: 'topOfRack' } as const;
  const bill = billOf({ ...railDesign, floor, media: { ...railDesign.media, access: [copper, opticalAccess] } });
  // 128 copper links: 128 plugs at NICs (400G) and 64 twin plugs at leaves; each plug is half a cable.
  const plugs = bill.rows.find((row) => row.role === 'plug');
  assert.equal(plugs?.count, 128 + 64);
  near(plugs?.costUsd.value ?? 0, 128 * 0.5 * (400 / 800) * 80 + 64 * 0.5 * 80);
  assert.equal(bill.rows.filter((row) => row.role === 'module').reduce((sum, row) => sum + row.count, 0), 896 + 448 + 512 + 512);
});

test('external light is booked once: failures split between engine and source, power inside the engine', () => {
  const source = { part: 'els-elsfp', linksPerSource: 8, lasersPerSource: 8 } as const;
  const engine = { part: 'engine', packaging: 'engine', linksPerModule: 16, lasersPerModule: 0, externalSource: source } as const;
  const bill = billOf({ ...railDesign, media: { ...railDesign.media, access: [{ ...opticalAccess, far: engine }], fabric: [{ ...opticalFabric, near: engine, far: engine }] } });
  // 48 switches x 64 ports / 16 = 192 engines of 6.4 Tb/s, 384 sources with 8 lasers, and 1,024 pluggables with 4 at the NICs.
  assert.equal(bill.engines, 192);
  assert.equal(bill.rows.find((row) => row.role === 'laserSource')?.count, 384);
  assert.equal(bill.lasers, 384 * 8 + 1024 * 4);
  const perDay = (role: string): number => bill.rows.find((row) => row.role === role)?.failuresPerDay.value ?? 0;
  // An engine of 6400 Gb/s is 8 times the 800 Gb/s that fails once in 1e6 h; half of that is light.
  near(perDay('engine') + perDay('laserSource'), 24 * 192 * 8 * 1e-6);
  near(perDay('laserSource'), 24 * 192 * 4 * 1e-6);
});

test('a part without figures is an issue that names it', () => {
  const compiled = compileFabric({ ...railDesign, media: { ...railDesign.media, access: [{ ...opticalAccess, near: { ...opticalAccess.near, part: 'unknown' } }] } }, { evaluateMedium: reachRule });
  if (!compiled.ok) assert.fail();
  assert.deepEqual(makeBill(compiled.value, figures).issues.map((issue) => issue.value), ['unknown']);
});
