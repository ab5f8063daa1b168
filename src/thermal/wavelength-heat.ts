/**
 * From package temperatures to every wavelength's drift loss, heater power and laser output, a million rows at a time.
 *
 * Each wavelength names the node row of its ring's photonic die and of its laser junction (-1 where it has none). Ring and
 * line answer in microseconds, far faster than any step here, so they are taken as settled. Laser output against junction
 * temperature is read from a table with linear interpolation: at 0.05 K the error is below 1e-5 dB (tested).
 *
 * Cost: O(wavelengths), nothing allocated. Kernel: the non-null assertions hold because `rows` holds row numbers of
 * `nodeTemperatureC` or -1, all arrays of a batch have one entry per wavelength, and table reads are clamped to its ends.
 */

import { speedOfLightMps } from '../base/constants.ts';
import type { LaserSetting, RingLock } from './light-response.ts';
import { laserChangeAtJunctionDb } from './light-response.ts';
import { isRefusal } from '../base/refusal.ts';

/** Where each wavelength's light is made and filtered: rows of the node temperatures, -1 for none. */
export interface WavelengthRows {
  readonly ringRow: Int32Array;
  readonly laserRow: Int32Array;
}

/** What the link model subtracts, one entry per wavelength. */
export interface WavelengthHeat {
  readonly heaterMw: Float32Array;
  /** Loss of the detuning that the heater could not take up, dB. */
  readonly driftLossDb: Float32Array;
  /** Laser output against its reference, dB; minus infinity where the junction is too hot to lase. */
  readonly laserChangeDb: Float32Array;
}

export const createWavelengthHeat = (count: number): WavelengthHeat =>
  ({ heaterMw: new Float32Array(count), driftLossDb: new Float32Array(count), laserChangeDb: new Float32Array(count) });

/** Laser output change against junction temperature at even steps. */
export interface LaserTable {
  readonly fromC: number;
  readonly stepK: number;
  readonly changeDb: Float64Array;
}

const tableFromC = -20;
const tableToC = 160;
const tableStepK = 0.05;

/** Tabulates a laser between -20 and 160 C around the junction temperature at which it counts as 0 dB. */
export function laserTable(laser: Pick<LaserSetting, 'params' | 'currentMa'>, referenceJunctionC: number): LaserTable {
  const changeDb = Float64Array.from({ length: Math.round((tableToC - tableFromC) / tableStepK) + 1 }, (_, at) => {
    const change = laserChangeAtJunctionDb(laser, { nowC: tableFromC + at * tableStepK, referenceC: referenceJunctionC });
    return isRefusal(change) ? -Infinity : change;
  });
  return { fromC: tableFromC, stepK: tableStepK, changeDb };
}

/** Fills `heat` from the node temperatures for all wavelengths of one ring lock and one laser type. */
export function writeWavelengthHeat(rows: WavelengthRows, nodeTemperatureC: Float64Array, lock: RingLock, table: LaserTable, heat: WavelengthHeat): void {
  const { ringRow, laserRow } = rows;
  const { heaterMw, driftLossDb, laserChangeDb } = heat;
  const { referenceC, ringDriftNmPerK, heaterNmPerMw, heaterBiasMw, heaterMaxMw } = lock;
  const { fromC, stepK, changeDb } = table;
  // Half-widths of detuning per milliwatt that the heater is short of (the Lorentzian of `ringDetuningLoss`).
  const widthsPerMw = (2 * heaterNmPerMw * (speedOfLightMps / (lock.wavelengthNm * lock.wavelengthNm))) / lock.fwhmGhz;
  const milliwattPerK = ringDriftNmPerK / heaterNmPerMw;
  const last = changeDb.length - 1;
  for (let w = 0; w < ringRow.length; w++) {
    const ring = ringRow[w]!;
    if (ring < 0) {
      heaterMw[w] = 0;
      driftLossDb[w] = 0;
    } else {
      const wantedMw = heaterBiasMw - milliwattPerK * (nodeTemperatureC[ring]! - referenceC);
      const givenMw = wantedMw < 0 ? 0 : wantedMw > heaterMaxMw ? heaterMaxMw : wantedMw;
      heaterMw[w] = givenMw;
      const widths = widthsPerMw * (wantedMw - givenMw);
      driftLossDb[w] = widths === 0 ? 0 : 10 * Math.log10(1 + widths * widths);
    }
    const laser = laserRow[w]!;
    if (laser < 0) laserChangeDb[w] = 0;
    else {
      const place = Math.min(last, Math.max(0, (nodeTemperatureC[laser]! - fromC) / stepK));
      const at = Math.min(last - 1, Math.floor(place));
      const low = changeDb[at]!;
      const high = changeDb[at + 1]!;
      laserChangeDb[w] = high === -Infinity ? (place === at ? low : -Infinity) : low + (place - at) * (high - low);
    }
  }
}
