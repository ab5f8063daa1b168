/** What a thermal event does to all wavelengths of a cluster together: how many lose light, and how many go dark. */

import type { CompiledCluster } from '../fabric/compiled.ts';
import type { HeatPlan } from '../fabric/heat-plan.ts';
import { createFaultDomains } from '../fabric/fault-domain.ts';
import { componentHeatRows, wavelengthHeatRows } from '../fabric/heat-rows.ts';
import type { EvaluateMedium } from '../fabric/medium.ts';
import { memoised } from '../fabric/medium.ts';
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
  readonly evaluateMedium: EvaluateMedium;
}

/** Case temperatures are told apart to this, so that parts of equal heat share one evaluation. */
const caseStepK = 0.01;

const noRates: readonly number[] = [];

/** Finds the usable rate of each wavelength of a directed link at the hotter case of its two ends, circuit switches passed. */
function createRatesAt({ cluster: { fabric }, state, evaluateMedium }: WavelengthQuestion, caseRow: Int32Array): (link: number) => readonly number[] | null {
  const evaluate = memoised(evaluateMedium);
  const caseAt = (link: number): number => {
    const row = caseRow[fabric.componentParent[fabric.linkPort[link] ?? 0] ?? 0] ?? -1;
    return row < 0 ? -Infinity : state.nodeTemperatureC[row] ?? -Infinity;
  };
  return (link) => {
    const use = fabric.uses[fabric.cableUse[link >> 1] ?? -1];
    if (use === undefined) return null;
    let last = link;
    // A light path passes each cable once, so this ends.
    for (let onward = fabric.circuitOut[last] ?? -1; onward >= 0; onward = fabric.circuitOut[last] ?? -1) last = onward;
    const caseC = Math.max(caseAt(link), caseAt(fabric.linkReverse[last] ?? last));
    if (caseC === -Infinity) return null;
    const answer = evaluate({ medium: use.medium, lengthM: use.lengthM, throughPart: use.throughPart, caseTemperatureC: Math.round(caseC / caseStepK) * caseStepK });
    return answer.refusal === null ? answer.rateGbps : noRates;
  };
}

/** The case row of each component, and by wavelength whether it is light at all and whether its laser gives none. */
interface LightRows {
  readonly caseRow: Int32Array;
  readonly isLit: Uint8Array;
  readonly isDark: Uint8Array;
}

/** Wavelengths that carry nothing, and what their links take with them. */
function countStopped(question: WavelengthQuestion, { caseRow, isLit, isDark }: LightRows): Pick<WavelengthSummary, 'stopped' | 'linksStopped' | 'gpusCut' | 'gpusSlowed'> {
  const { fabric } = question.cluster;
  const ratesAt = createRatesAt(question, caseRow);
  const lost: number[] = [];
  let stopped = 0;
  for (let link = 0; link < fabric.linkCount; link++) {
    const first = fabric.linkWavelength[link] ?? 0;
    const end = fabric.linkWavelength[link + 1] ?? first;
    if (first === end || isLit[first] !== 1) continue;
    const rates = ratesAt(link);
    let here = 0;
    for (let wavelength = first; wavelength < end; wavelength++) {
      if (isDark[wavelength] === 1 || (rates !== null && (rates[wavelength - first] ?? 0) <= 0)) here++;
    }
    stopped += here;
    if (here === end - first) lost.push(link);
  }
  if (lost.length === 0) return { stopped, linksStopped: 0, gpusCut: 0, gpusSlowed: 0 };
  const { linksLost, gpusCut, gpusSlowed } = createFaultDomains(fabric).measureLinks(lost);
  return { stopped, linksStopped: linksLost / 2, gpusCut, gpusSlowed };
}

/** Sums up the wavelengths of a cluster in a heat state; electrical lanes are not counted. */
export function summariseWavelengths(question: WavelengthQuestion): WavelengthSummary {
  const { cluster, catalogue, plan, heat, state } = question;
  const { fabric } = cluster;
  const places = componentHeatRows(fabric, plan, heat);
  const rows = wavelengthHeatRows(fabric, places);
  const laser = catalogue.find(laserPart);
  const emitter = laser === undefined ? null : emitterOf(laser);
  const summary = { optical: 0, losingLight: 0, dark: 0, worstLossDb: 0, heaterW: 0 };
  if (emitter?.ok !== true) return { ...summary, stopped: 0, linksStopped: 0, gpusCut: 0, gpusSlowed: 0 };
  const isLit = new Uint8Array(fabric.wavelengthCount);
  const isDark = new Uint8Array(fabric.wavelengthCount);
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
      isLit[wavelength] = 1;
      summary.optical++;
      summary.heaterW += (answer.heaterMw[wavelength] ?? 0) / 1e3;
      if (lossDb > lossFloorDb) summary.losingLight++;
      if (lossDb >= darkLossDb) {
        isDark[wavelength] = 1;
        summary.dark++;
      }
      summary.worstLossDb = Math.max(summary.worstLossDb, lossDb);
    }
  }
  return { ...summary, ...countStopped(question, { caseRow: places.caseRow, isLit, isDark }) };
}

/** Stands in where no part has rings: its rows are all -1, so none of its figures is read. */
const noRing: RingLock = { wavelengthNm: 1310, hotC: 0, ringDriftNmPerK: 0, lineDriftNmPerK: 0, heaterRangeNm: 0, heaterMwPerNm: 0, fwhmGhz: 1 };
