/** What temperature does to light: ring drift and its heater, laser output with rollover, and the hazard of failure. */

import type { Figure } from '../base/figure.ts';
import { ratioToDb } from '../base/levels.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import type { Celsius, Db } from '../base/units.ts';
import { quantity } from '../base/units.ts';
import type { LaserParams } from '../optics/formulas/laser.ts';
import { laserOutputMw, selfHeatedLaser, thresholdCurrentMa } from '../optics/formulas/laser.ts';
import { arrheniusFactor } from '../optics/formulas/reliability.ts';
import { detuningAtLossGhz, heaterRangeK, ringDetuningLoss } from '../optics/formulas/ring.ts';
import { wavelengthStepAtGhz } from '../optics/formulas/spectrum.ts';

/** A ring held on its line by a heater that can only warm it: heat from outside is answered by heating less. */
export interface RingLock {
  readonly wavelengthNm: number;
  /** Photonic-die temperature at which the heater runs at its bias. */
  readonly referenceC: number;
  readonly ringDriftNmPerK: number;
  /** Drift of the laser line with the laser's own temperature; 0 for a locked comb or source. */
  readonly lineDriftNmPerK: number;
  readonly heaterNmPerMw: number;
  readonly heaterBiasMw: number;
  readonly heaterMaxMw: number;
  readonly fwhmGhz: number;
}

/** Figures of a silicon micro-ring in the O band, each with its evidence. */
export const ringFigures = {
  wavelengthNm: { value: 1310, unit: 'nm', kind: 'published', source: 'O band' },
  ringDriftNmPerK: { value: 0.065, unit: 'nm/K', kind: 'published', source: 'silicon rings 0.06 to 0.11 nm/K; 11.36 GHz/K at 1310 nm (check T02)' },
  heaterNmPerMw: { value: 0.52, unit: 'nm/mW', kind: 'estimate', source: '25 mW per FSR of 13 nm (checks T03, T05)' },
  heaterBiasMw: { value: 3, unit: 'mW', kind: 'estimate', source: 'micro-ring heater 1 to 5 mW typical' },
  heaterMaxMw: { value: 10, unit: 'mW', kind: 'estimate', source: 'engineering estimate: two fifths of an FSR' },
  fwhmGhz: { value: 40, unit: 'GHz', kind: 'estimate', source: 'ring filter of 40 GHz, as in check X07' },
} as const satisfies Record<string, Figure>;

/** A ring lock from the figures above, biased at a reference temperature; the line is locked unless a drift is given. */
export const typicalRingLock = (referenceC: number, lineDriftNmPerK = 0): RingLock => ({
  wavelengthNm: ringFigures.wavelengthNm.value, referenceC, ringDriftNmPerK: ringFigures.ringDriftNmPerK.value, lineDriftNmPerK,
  heaterNmPerMw: ringFigures.heaterNmPerMw.value, heaterBiasMw: ringFigures.heaterBiasMw.value, heaterMaxMw: ringFigures.heaterMaxMw.value, fwhmGhz: ringFigures.fwhmGhz.value,
});

export interface RingState {
  /** How far the ring would sit from its line without the heater's answer; positive to the red. */
  readonly driftGhz: number;
  readonly heaterMw: number;
  /** `hot`: the heater is off and the ring still too red; `cold`: it is at its limit and the ring still too blue. */
  readonly exhausted: 'none' | 'hot' | 'cold';
  /** What the heater could not take up. */
  readonly detuningGhz: number;
  /** Lorentzian loss of that detuning, to be spent from the link's margin. */
  readonly driftLossDb: Db;
}

/** Magnitude of a small wavelength step as a frequency step at the line. */
const stepGhz = (lock: RingLock, stepNm: number): number => wavelengthStepAtGhz({ atNm: lock.wavelengthNm, stepNm });

/** The state of a ring whose photonic die is at `ringC` and whose laser is `lineShiftK` warmer than at its reference. */
export function ringStateAt(lock: RingLock, { ringC, lineShiftK = 0 }: { readonly ringC: number; readonly lineShiftK?: number }): RingState {
  const driftNm = lock.ringDriftNmPerK * (ringC - lock.referenceC) - lock.lineDriftNmPerK * lineShiftK;
  const wantedMw = lock.heaterBiasMw - driftNm / lock.heaterNmPerMw;
  const heaterMw = Math.min(lock.heaterMaxMw, Math.max(0, wantedMw));
  const detuningGhz = stepGhz(lock, Math.abs(heaterMw - wantedMw) * lock.heaterNmPerMw);
  return {
    driftGhz: Math.sign(driftNm) * stepGhz(lock, Math.abs(driftNm)),
    heaterMw,
    exhausted: wantedMw < 0 ? 'hot' : wantedMw > lock.heaterMaxMw ? 'cold' : 'none',
    detuningGhz,
    driftLossDb: ringDetuningLoss({ detuningGhz, fwhmGhz: lock.fwhmGhz }),
  };
}

/** The warmest photonic die at which the heater still holds the lock (its power reaches zero there). */
export const heaterExhaustedC = (lock: RingLock): number =>
  lock.referenceC + heaterRangeK({ powerMaxMw: lock.heaterBiasMw, efficiencyNmPerMw: lock.heaterNmPerMw, driftNmPerK: lock.ringDriftNmPerK });

/** The warmest photonic die at which the drift loss still fits into a link's margin. */
export function marginSpentC(lock: RingLock, margin: Db): number {
  const allowedGhz = margin <= 0 ? 0 : detuningAtLossGhz({ loss: margin, fwhmGhz: lock.fwhmGhz });
  return heaterExhaustedC(lock) + allowedGhz / stepGhz(lock, lock.ringDriftNmPerK);
}

/** A laser at a fixed current on a surface of known temperature. */
export interface LaserSetting {
  readonly params: LaserParams;
  readonly currentMa: number;
  /** Surface to junction, of one laser. */
  readonly thermalResistanceKPerW: number;
  /** Surface temperature at which its output counts as 0 dB. */
  readonly referenceC: number;
}

/** A continuous-wave 1.3 um DFB laser: check S05's device, driven for about 20 mW. */
export const typicalLaser = (referenceC: number): LaserSetting => ({
  params: { thresholdMa: 10, t0K: 60, slopeWPerA: 0.3, t1K: 150, referenceC: 25, turnOnV: 1, seriesOhm: 4 },
  currentMa: 100, thermalResistanceKPerW: 50, referenceC,
});

/**
 * Output at a surface temperature relative to the reference, in dB (negative when warmer). Refusals of
 * `selfHeatedLaser`: `laser-rollover`, `laser-below-threshold`, `laser-creates-energy`.
 */
export function laserChangeDb(laser: LaserSetting, surfaceC: number): Db | Refusal {
  const drive = { currentMa: laser.currentMa, thermalResistanceKPerW: laser.thermalResistanceKPerW };
  const reference = selfHeatedLaser(laser.params, { ambientC: laser.referenceC, ...drive });
  if (isRefusal(reference)) return reference;
  const now = selfHeatedLaser(laser.params, { ambientC: surfaceC, ...drive });
  return isRefusal(now) ? now : ratioToDb(now.outputMw / reference.outputMw);
}

/**
 * Output change where the heat network already gives the junction: no fixed point, the junction carries its own heat.
 * Refuses with `laser-below-threshold` when the junction is so hot that the drive makes no light.
 */
export function laserChangeAtJunctionDb(laser: Pick<LaserSetting, 'params' | 'currentMa'>, junction: { readonly nowC: number; readonly referenceC: number }): Db | Refusal {
  const output = (temperatureC: number): number => laserOutputMw(laser.params, { currentMa: laser.currentMa, temperatureC });
  for (const temperatureC of [junction.referenceC, junction.nowC]) {
    if (output(temperatureC) > 0) continue;
    const threshold = thresholdCurrentMa(laser.params, temperatureC);
    return refuse('laser-below-threshold', 'wait', `At a junction of ${temperatureC.toFixed(1)} C the threshold is ${threshold.toPrecision(4)} mA, above the drive of ${laser.currentMa} mA: no laser light until it cools.`);
  }
  return ratioToDb(output(junction.nowC) / output(junction.referenceC));
}

/** The warmest surface at which the laser loses no more than `lossMax`, by bisection; rollover ends the search below `hotC`. */
export function laserLimitC(laser: LaserSetting, lossMax: Db, { hotC = 200 }: { readonly hotC?: number } = {}): number | Refusal {
  const atReference = laserChangeDb(laser, laser.referenceC);
  if (isRefusal(atReference)) return atReference;
  const holds = (surfaceC: number): boolean => {
    const change = laserChangeDb(laser, surfaceC);
    return !isRefusal(change) && change >= -lossMax;
  };
  if (holds(hotC)) return hotC;
  let low = laser.referenceC;
  let high = hotC;
  while (high - low > 1e-9) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** Default wear-out activation energy and reference case temperature of the failure rates in the catalogue. */
export const hazardFigures = {
  activationEnergyEv: { value: 0.4, unit: 'eV', kind: 'published', source: 'Telcordia GR-468 / JEDEC JEP122 wear-out default' },
  referenceC: { value: 40, unit: 'C', kind: 'estimate', source: 'modelling default: catalogue rates hold at a case of 40 C' },
} as const satisfies Record<string, Figure>;

/** How many times the catalogue's failure rate a part has at a case temperature (Arrhenius). */
export const hazardFactor = (caseC: Celsius, activationEnergyEv: number = hazardFigures.activationEnergyEv.value): number =>
  arrheniusFactor({ activationEnergyEv, referenceC: quantity(hazardFigures.referenceC.value), temperatureC: caseC });
