/** What a thermal event does to all wavelengths of a cluster together: how many lose light, and how many go dark. */

import type { CompiledCluster } from '../fabric/compiled.ts';
import type { HeatPlan } from '../fabric/heat-plan.ts';
import { componentHeatRows, wavelengthHeatRows } from '../fabric/heat-rows.ts';
import type { Catalogue } from '../optics/catalogue/catalogue.ts';
import type { ClusterHeat, ClusterHeatState } from '../thermal/cluster-heat.ts';
import type { RingLock } from '../thermal/light-response.ts';
import { emitterOf, ringLockOf } from '../thermal/light-response.ts';
import { createWavelengthHeat, darkLossDb, laserTable, writeWavelengthHeat } from '../thermal/wavelength-heat.ts';
import type { WavelengthSummary } from './thermal-result.ts';
import { laserPart, ringPart } from './thermal-outcome.ts';

/** Less than this is nobody's loss. */
const lossFloorDb = 0.01;

/** Locks of the engines in use, by part; parts without ring figures have none. */
function locksByPart(cluster: CompiledCluster, catalogue: Catalogue): ReadonlyMap<string, RingLock> {
  const ring = catalogue.find(ringPart);
  const locks = new Map<string, RingLock>();
  for (const { medium } of cluster.fabric.uses) {
    for (const { part } of [medium.near, medium.far]) {
      const engine = catalogue.find(part);
      const lock = engine === undefined || ring === undefined ? null : ringLockOf({ engine, ring });
      if (lock?.ok === true) locks.set(part, lock.value);
    }
  }
  return locks;
}

/** Part that sends each wavelength, as a row of the component table's parts. */
function senderParts({ fabric }: CompiledCluster): Int32Array {
  return Int32Array.from(fabric.wavelengthLink, (link) => fabric.components.part[fabric.componentParent[fabric.linkPort[link] ?? 0] ?? 0] ?? 0);
}

export interface WavelengthQuestion {
  readonly cluster: CompiledCluster;
  readonly catalogue: Catalogue;
  readonly plan: HeatPlan;
  readonly heat: ClusterHeat;
  readonly state: ClusterHeatState;
}

/** Sums up the wavelengths of a cluster in a heat state; electrical lanes are not counted. */
export function summariseWavelengths({ cluster, catalogue, plan, heat, state }: WavelengthQuestion): WavelengthSummary {
  const { fabric } = cluster;
  const rows = wavelengthHeatRows(fabric, componentHeatRows(fabric, plan, heat));
  const laser = catalogue.find(laserPart);
  const emitter = laser === undefined ? null : emitterOf(laser);
  const summary = { optical: 0, losingLight: 0, dark: 0, worstLossDb: 0, heaterW: 0 };
  if (emitter?.ok !== true) return summary;
  const table = laserTable(emitter.value);
  const answer = createWavelengthHeat(fabric.wavelengthCount);
  const locks = locksByPart(cluster, catalogue);
  const sender = senderParts(cluster);
  // One pass per ring part, and one without rings for all the others; a pass sees only its own wavelengths.
  for (const part of [...locks.keys(), null]) {
    const lock = locks.get(part ?? '') ?? noRing;
    const isMine = (wavelength: number): boolean => {
      const name = fabric.components.parts[sender[wavelength] ?? 0] ?? '';
      return part === null ? !locks.has(name) : name === part;
    };
    const mine = { ringRow: rows.ringRow.map((row, at) => (part !== null && isMine(at) ? row : -1)), laserRow: rows.laserRow };
    writeWavelengthHeat(mine, state.nodeTemperatureC, lock, table, answer);
    for (let wavelength = 0; wavelength < fabric.wavelengthCount; wavelength++) {
      const isOptical = (fabric.wavelengthLaser[wavelength] ?? -1) >= 0 || (rows.ringRow[wavelength] ?? -1) >= 0;
      if (!isOptical || !isMine(wavelength)) continue;
      const lossDb = answer.lossDb[wavelength] ?? 0;
      summary.optical++;
      summary.heaterW += (answer.heaterMw[wavelength] ?? 0) / 1e3;
      if (lossDb > lossFloorDb) summary.losingLight++;
      if (lossDb >= darkLossDb) summary.dark++;
      summary.worstLossDb = Math.max(summary.worstLossDb, lossDb);
    }
  }
  return summary;
}

/** Stands in where no part has rings: its rows are all -1, so none of its figures is read. */
const noRing: RingLock = { wavelengthNm: 1310, hotC: 0, ringDriftNmPerK: 0, lineDriftNmPerK: 0, heaterRangeNm: 0, heaterMwPerNm: 0, fwhmGhz: 1 };
