/** Speed of the thermal room: one time step of a 100,000-node cluster, and a million wavelengths after a thermal step. */

import assert from 'node:assert/strict';
import { isRefusal } from '../src/base/refusal.ts';
import { createCatalogue } from '../src/optics/catalogue/catalogue.ts';
import { evaluateLink } from '../src/optics/link/evaluate-link.ts';
import type { WavelengthBatch } from '../src/optics/link/wavelength-kernel.ts';
import { createWavelengthAnswer, createWavelengthBatch, enterWavelength, evaluateWavelengths } from '../src/optics/link/wavelength-kernel.ts';
import { compileClusterHeat, initialHeatState } from '../src/thermal/cluster-compile.ts';
import type { ClusterHeat, ClusterHeatSpec, ClusterHeatState, FluidVolume, PackageGroup } from '../src/thermal/cluster-heat.ts';
import { placedPackages } from '../src/thermal/cluster-course.ts';
import { heatIntoHeldW, heatPutInW, stepClusterHeat } from '../src/thermal/cluster-step.ts';
import type { RingLock } from '../src/thermal/light-response.ts';
import { ringStateAt } from '../src/thermal/light-response.ts';
import { findPackageType } from '../src/thermal/package-catalogue.ts';
import { fullFlow, laserSurfaceNode, nodeRow } from '../src/thermal/package-type.ts';
import { createWavelengthHeat, laserTable, writeWavelengthHeat } from '../src/thermal/wavelength-heat.ts';
import type { Bench } from './measure.ts';

interface Hall {
  readonly rows: number;
  readonly racksPerRow: number;
  readonly enginesPerRack: number;
}

const modulesPerRack = 10;
const sourcesPerRack = 8;
const wavelengthsPerEngine = 8;

function groupOf(name: string, typeId: string, count: number, ports: PackageGroup['ports']): PackageGroup {
  const type = findPackageType(typeId);
  if (type === null) throw new Error(`no package type ${typeId}`);
  return { name, type, count, flow: fullFlow, ports, activity: 0.5 };
}

const volume = (name: string, capacityJPerK: number, from: string, conductanceWPerK: number): FluidVolume => ({ name, capacityJPerK, sources: [{ from, conductanceWPerK }], loadW: 0 });

/** Rows of like racks, each with its manifold and air, on a row loop and row air: every level of the model is coupled. */
function hall({ rows, racksPerRow, enginesPerRack }: Hall): ClusterHeatSpec {
  const groups = [
    groupOf('engine', 'cpo-engine-liquid', enginesPerRack, { coolant: 'manifold' }),
    groupOf('source', 'els-module', sourcesPerRack, { air: 'air' }),
    groupOf('module', 'osfp-dsp-800g', modulesPerRack, { air: 'air' }),
  ];
  const cells = Array.from({ length: racksPerRow }, (_, rack) => ({ name: `rack${rack}`, volumes: [volume('manifold', 5e4, 'loop', 2000), volume('air', 1e5, 'rowAir', 400)], groups }));
  return {
    held: [{ name: 'water', temperatureC: 30 }, { name: 'outside', temperatureC: 20 }],
    zones: Array.from({ length: rows }, (_, row) => ({ name: `row${row}`, volumes: [volume('loop', 1e6, 'water', 3e4), volume('rowAir', 2e6, 'outside', 1e4)], cells })),
  };
}

function prepared(spec: ClusterHeatSpec): { readonly cluster: ClusterHeat; readonly state: ClusterHeatState } {
  const cluster = compileClusterHeat(spec);
  if (!cluster.ok) throw new Error(JSON.stringify(cluster.issues));
  const state = initialHeatState(cluster.value, spec, { startC: 30 });
  // Uneven powers, so that every package has a deviation of its own to step.
  state.nodePowerW.forEach((power, at) => { state.nodePowerW[at] = power * (0.5 + ((at * 7919) % 1000) / 1000); });
  return { cluster: cluster.value, state };
}

const lock: RingLock = { wavelengthNm: 1310, hotC: 85, ringDriftNmPerK: 0.085, lineDriftNmPerK: 0, heaterRangeNm: 8, heaterMwPerNm: 30 / 13, fwhmGhz: 33 };

/** 18,432 packages of 4 to 6 nodes: 97,280 nodes and 1,056 volumes. */
const hundredThousand: Hall = { rows: 16, racksPerRow: 32, enginesPerRack: 18 };
/** 125,280 engines of 8 wavelengths: 1,002,240 wavelengths on 894,360 nodes. */
const million: Hall = { rows: 40, racksPerRow: 87, enginesPerRack: 36 };

/** Step lengths in turn, from below the ring's time constant to settling for ever. */
const stepLengthsS: readonly number[] = [1e-5, 0.1, 10, 600, 86_400, Infinity];

function stepBench(): () => number {
  const { cluster, state } = prepared(hall(hundredThousand));
  assert.equal(cluster.nodeCount + cluster.volumeCount, 97_280 + 1056);
  // Settled, every watt in is a watt out.
  stepClusterHeat(cluster, state, Infinity);
  const out = heatIntoHeldW(cluster, state).reduce((sum, heat) => sum + heat, 0);
  assert.ok(Math.abs(out / heatPutInW(state) - 1) < 1e-6);
  let turn = 0;
  return () => {
    stepClusterHeat(cluster, state, stepLengthsS[turn++ % stepLengthsS.length] ?? 1);
    return state.nodeTemperatureC[0] ?? 0;
  };
}

/** Every wavelength of the hall as the link model reports one lane of a ring engine. */
function batchOf(count: number): WavelengthBatch {
  const catalogue = createCatalogue();
  const part = catalogue.find('nv-quantum-x-photonics');
  const report = part === undefined ? null : evaluateLink({ part, catalogue, lengthM: 50, connectors: 2, caseTemperatureC: 45 });
  if (report === null || isRefusal(report)) throw new Error('the ring engine has no link report');
  const batch = createWavelengthBatch(count);
  for (let row = 0; row < count; row++) {
    const wavelength = report.wavelengths[row % report.wavelengths.length];
    if (wavelength === undefined || !enterWavelength(batch, row, wavelength, 200)) throw new Error(`no eye for row ${row}`);
  }
  return batch;
}

/** A loop warms, the whole cluster steps, every wavelength gets its heater power, drift loss and laser output, and from these its usable rate. */
function wavelengthBench(): () => number {
  const { cluster, state } = prepared(hall(million));
  const ringRow: number[] = [];
  const laserRow: number[] = [];
  const sources = [...placedPackages(cluster)].filter(({ group }) => group.group.type.id === 'els-module');
  for (const placed of placedPackages(cluster)) {
    const { type } = placed.group.group;
    if (type.ringNode === null) continue;
    const source = sources[ringRow.length % sources.length];
    const surface = source === undefined ? null : laserSurfaceNode(source.group.group.type);
    for (let wavelength = 0; wavelength < wavelengthsPerEngine; wavelength++) {
      ringRow.push(placed.row + nodeRow(type, type.ringNode));
      laserRow.push(source === undefined || surface === null ? -1 : source.row + nodeRow(source.group.group.type, surface));
    }
  }
  const rows = { ringRow: Int32Array.from(ringRow), laserRow: Int32Array.from(laserRow) };
  const table = laserTable({
    laser: { thresholdMa: 10, t0K: 60, slopeWPerA: 0.3, t1K: 150, referenceC: 25, turnOnV: 1, seriesOhm: 4 },
    thermalResistanceKPerW: 60, nominalOutputMw: 20, currentMaxMa: 180, kind: 'estimate',
  });
  const count = rows.ringRow.length;
  const heat = createWavelengthHeat(count);
  const batch = batchOf(count);
  const links = createWavelengthAnswer(count);
  const run = (): number => {
    state.heldC[0] = (state.heldC[0] ?? 30) === 30 ? 36 : 30;
    stepClusterHeat(cluster, state, 600);
    writeWavelengthHeat(rows, state.nodeTemperatureC, lock, table, heat);
    evaluateWavelengths(batch, heat.lossDb, links);
    return links.usableRateGbps[0] ?? 0;
  };
  assert.ok(count > 1_000_000);
  run();
  // The first wavelength's heater, asked for alone.
  assert.ok(Math.abs((heat.heaterMw[0] ?? NaN) - ringStateAt(lock, { ringC: state.nodeTemperatureC[rows.ringRow[0] ?? 0] ?? NaN }).heaterMw) < 1e-4);
  assert.ok(links.marginDb.every(Number.isFinite));
  return run;
}

/** Compiling counts as set-up; it is measured so that it stays small. */
function compileBench(): () => number {
  const spec = hall(hundredThousand);
  return () => prepared(spec).cluster.nodeCount;
}

export const thermalBenches: readonly Bench[] = [
  { name: 'thermal step of any length, 100,000 nodes', goalMs: 100, prepare: stepBench },
  { name: 'thermal step to usable rates, 1,000,000 wavelengths', goalMs: 1500, prepare: wavelengthBench },
  { name: 'compile the heat of 100,000 nodes', goalMs: null, prepare: compileBench },
];
