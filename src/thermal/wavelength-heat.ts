/**
 * From package temperatures to every wavelength's drift loss, heater power and laser output, a million rows at a time.
 *
 * Each wavelength names the node row of its ring's photonic die and of the surface its laser sits on (-1 where it has none).
 * Ring and laser answer in microseconds to milliseconds, far faster than any step here, so they are taken as settled. Laser
 * output against surface temperature is read from a table by linear interpolation: at 0.25 K within 0.01 dB (tested).
 *
 * Cost: O(wavelengths), nothing allocated. Kernel: the bounds hold for every non-null assertion because `rows` holds row numbers of
 * `nodeTemperatureC` or -1, all arrays of a batch have one entry per wavelength, and table reads are clamped to its ends.
 */

import { speedOfLightMps } from '../base/constants.ts';
import { isRefusal } from '../base/refusal.ts';
import type { UnitEmitter } from '../optics/link/emitter.ts';
import type { RingLock } from './light-response.ts';
import { laserChangeDb } from './light-response.ts';

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
  /** Laser output against what it must give, dB; minus infinity beyond rollover. */
  readonly laserChangeDb: Float32Array;
  /** Light lost against a wavelength on its line with all its light: drift loss less laser change, at most `darkLossDb`. */
  readonly lossDb: Float64Array;
}

/** Stands for no light at all, so that what the link model computes from a dark wavelength stays finite. */
export const darkLossDb = 100;

export const createWavelengthHeat = (count: number): WavelengthHeat =>
  ({ heaterMw: new Float32Array(count), driftLossDb: new Float32Array(count), laserChangeDb: new Float32Array(count), lossDb: new Float64Array(count) });

/** Laser output against surface temperature at even steps. */
export interface LaserTable {
  readonly fromC: number;
  readonly stepK: number;
  readonly changeDb: Float64Array;
}

const tableFromC = 0;
const tableToC = 160;
const tableStepK = 0.25;

/** Tabulates a laser between 0 and 160 C. */
export function laserTable(emitter: UnitEmitter): LaserTable {
  const changeDb = Float64Array.from({ length: Math.round((tableToC - tableFromC) / tableStepK) + 1 }, (_, at) => {
    const change = laserChangeDb(emitter, tableFromC + at * tableStepK);
    return isRefusal(change) ? -Infinity : change;
  });
  return { fromC: tableFromC, stepK: tableStepK, changeDb };
}

/** Fills `heat` from the node temperatures for all wavelengths of one ring lock and one laser type. */
export function writeWavelengthHeat(rows: WavelengthRows, nodeTemperatureC: Float64Array, lock: RingLock, table: LaserTable, heat: WavelengthHeat): void {
  const { ringRow, laserRow } = rows;
  const { heaterMw, driftLossDb, laserChangeDb: laserDb, lossDb } = heat;
  const { hotC, ringDriftNmPerK, heaterRangeNm, heaterMwPerNm } = lock;
  const { fromC, stepK, changeDb } = table;
  // Half-widths of detuning per nanometre that the heater is short of (the Lorentzian of `ringDetuningLoss`).
  const widthsPerNm = (2 * (speedOfLightMps / (lock.wavelengthNm * lock.wavelengthNm))) / lock.fwhmGhz;
  const last = changeDb.length - 1;
  for (let w = 0; w < ringRow.length; w++) {
    const ring = ringRow[w]!;
    if (ring < 0) {
      heaterMw[w] = 0;
      driftLossDb[w] = 0;
    } else {
      const wantedNm = ringDriftNmPerK * (hotC - nodeTemperatureC[ring]!);
      const shiftNm = wantedNm < 0 ? 0 : wantedNm > heaterRangeNm ? heaterRangeNm : wantedNm;
      heaterMw[w] = heaterMwPerNm * shiftNm;
      const widths = widthsPerNm * (wantedNm - shiftNm);
      driftLossDb[w] = widths === 0 ? 0 : 10 * Math.log10(1 + widths * widths);
    }
    const laser = laserRow[w]!;
    if (laser < 0) laserDb[w] = 0;
    else {
      const place = Math.min(last, Math.max(0, (nodeTemperatureC[laser]! - fromC) / stepK));
      const at = Math.min(last - 1, Math.floor(place));
      const low = changeDb[at]!;
      const high = changeDb[at + 1]!;
      laserDb[w] = high === -Infinity ? (place === at ? low : -Infinity) : low + (place - at) * (high - low);
    }
    lossDb[w] = Math.min(darkLossDb, driftLossDb[w]! - laserDb[w]!);
  }
}
