/** What temperature does to light: ring drift and its heater, and laser output with rollover. */

import { ratioToDb } from '../base/levels.ts';
import type { Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { Db } from '../base/units.ts';
import { quantity } from '../base/units.ts';
import { detuningAtLossGhz, ringDetuningLoss, ringLinewidthNm } from '../optics/formulas/ring.ts';
import { wavelengthStepAtGhz } from '../optics/formulas/spectrum.ts';
import type { UnitEmitter } from '../optics/link/emitter.ts';
import { driveEmitter, readEmitter } from '../optics/link/emitter.ts';
import { chooseMidpoint, createFigureReader } from '../optics/link/figures.ts';
import { readRingTuner } from '../optics/link/ring-lock.ts';
import type { Part } from '../optics/part.ts';
import { heaterForShiftMw, heaterReachNm } from '../optics/wdm/ring-tuner.ts';

/**
 * A ring held on its line by a heater that can only warm it. It is made to sit on the line, heater off, at `hotC`; when the
 * photonic die is cooler the heater makes up for it, within its range. This is the catalogue's own convention (`ring_hot`,
 * `heater_range`), followed here on one line in time; the link model chooses the line when a link is brought up.
 */
export interface RingLock {
  readonly wavelengthNm: number;
  /** Photonic-die temperature at which the heater is off. */
  readonly hotC: number;
  readonly ringDriftNmPerK: number;
  /** Drift of the laser line per kelvin of the laser; 0 for a temperature-locked source. */
  readonly lineDriftNmPerK: number;
  readonly heaterRangeNm: number;
  readonly heaterMwPerNm: number;
  readonly fwhmGhz: number;
}

/** O band, where every ring of the catalogue works. */
const ringWavelengthNm = 1310;

/** Reads the lock of an engine from the catalogue, with the same tuner as the link model: the ring's drift and heater, the engine's range and linewidth. Issue code: `missing-figure`. */
export function ringLockOf({ engine, ring }: { readonly engine: Part; readonly ring: Part }): Parsed<RingLock> {
  const read = createFigureReader(chooseMidpoint);
  const { tuner, hotC } = readRingTuner({ part: engine, ring }, read);
  const lock: RingLock = {
    wavelengthNm: ringWavelengthNm,
    hotC,
    ringDriftNmPerK: tuner.driftNmPerK,
    lineDriftNmPerK: 0,
    heaterRangeNm: heaterReachNm(tuner),
    heaterMwPerNm: heaterForShiftMw(tuner, 1),
    fwhmGhz: read.find(engine, 'ring_fwhm')?.value ?? wavelengthStepAtGhz({ atNm: ringWavelengthNm, stepNm: ringLinewidthNm({ wavelengthNm: ringWavelengthNm, loadedQ: read.need(ring, 'q').value }) }),
  };
  if (read.missing.length === 0) return parsed(lock);
  return rejected(...read.missing.map((figure) => ({ code: 'missing-figure', path: figure, message: 'The catalogue lacks a figure that the ring lock needs', remedy: 'Add the figure to the part', value: figure })));
}

export interface RingState {
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

/** How far an unheated ring moves for a change of its die's temperature; positive to the red. */
export const ringDriftGhz = (lock: RingLock, changeK: number): number => Math.sign(changeK) * stepGhz(lock, lock.ringDriftNmPerK * Math.abs(changeK));

/** The state of a ring whose photonic die is at `ringC` and whose laser is `lineShiftK` warmer than when the lock was set up. */
export function ringStateAt(lock: RingLock, { ringC, lineShiftK = 0 }: { readonly ringC: number; readonly lineShiftK?: number }): RingState {
  const wantedNm = lock.ringDriftNmPerK * (lock.hotC - ringC) + lock.lineDriftNmPerK * lineShiftK;
  const shiftNm = Math.min(lock.heaterRangeNm, Math.max(0, wantedNm));
  const detuningGhz = stepGhz(lock, Math.abs(wantedNm - shiftNm));
  return {
    heaterMw: lock.heaterMwPerNm * shiftNm,
    exhausted: wantedNm < 0 ? 'hot' : wantedNm > lock.heaterRangeNm ? 'cold' : 'none',
    detuningGhz,
    driftLossDb: ringDetuningLoss({ detuningGhz, fwhmGhz: lock.fwhmGhz }),
  };
}

/** The warmest photonic die at which the drift loss still fits into a link's margin. */
export function marginSpentC(lock: RingLock, margin: Db): number {
  const allowedGhz = margin <= 0 ? 0 : detuningAtLossGhz({ loss: margin, fwhmGhz: lock.fwhmGhz });
  return lock.hotC + allowedGhz / stepGhz(lock, lock.ringDriftNmPerK);
}

/** Reads a laser from the catalogue. Issue code: `missing-figure`. */
export function emitterOf(laser: Part): Parsed<UnitEmitter> {
  const read = createFigureReader(chooseMidpoint);
  const emitter = readEmitter(laser, read);
  if (read.missing.length === 0) return parsed(emitter);
  return rejected(...read.missing.map((figure) => ({ code: 'missing-figure', path: figure, message: 'The catalogue lacks a figure that the laser model needs', remedy: 'Add the figure to the part', value: figure })));
}

/**
 * Light of a laser relative to what it must give, on a surface of known temperature: 0 dB while its control loop can hold it,
 * negative when even the largest current falls short. Its own heat is found by fixed point. Refusals of `driveEmitter`, such as
 * `laser-beyond-rollover`.
 */
export function laserChangeDb(emitter: UnitEmitter, surfaceC: number): Db | Refusal {
  const state = driveEmitter(emitter, quantity(surfaceC));
  return isRefusal(state) ? state : ratioToDb(state.outputRatio);
}

/** Electrical power of a laser on a warm surface over that on a cooler one: its loop pays for heat with current. */
export function laserPowerRatio(emitter: UnitEmitter, surface: { readonly nowC: number; readonly referenceC: number }): number | Refusal {
  const now = driveEmitter(emitter, quantity(surface.nowC));
  const reference = driveEmitter(emitter, quantity(surface.referenceC));
  if (isRefusal(now)) return now;
  return isRefusal(reference) ? reference : now.electricalMw / reference.electricalMw;
}

/** Surface temperatures between which a laser's limit is sought; real submounts stay inside. */
const limitSearchC = { low: 0, high: 200 } as const;
const limitToleranceK = 1e-6;

/** The warmest surface at which a laser loses no more than `lossMax`, by bisection; rollover is beyond every loss. */
export function laserLimitC(emitter: UnitEmitter, lossMax: Db): number {
  const holds = (surfaceC: number): boolean => {
    const change = laserChangeDb(emitter, surfaceC);
    return !isRefusal(change) && change >= -lossMax;
  };
  let low: number = limitSearchC.low;
  let high: number = limitSearchC.high;
  while (high - low > limitToleranceK) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
