/** The laser behind a link: its submount and what holds it there, its drive, its wear, and how far its lines have moved. */

import type { EvidenceKind, Figure } from '../../base/figure.ts';
import { absoluteZeroC } from '../../base/constants.ts';
import { isRefusal, refuse } from '../../base/refusal.ts';
import type { Celsius } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { Part } from '../part.ts';
import { figureOf } from '../catalogue/catalogue.ts';
import { cwdm4 } from '../wdm/grid.ts';
import type { EmitterState } from './emitter.ts';
import { aged, driveEmitter, readEmitter, readWear } from './emitter.ts';
import type { Chosen } from './figures.ts';
import type { Setting } from './setting.ts';
import { referenceCaseC, standardPart } from './setting.ts';

/** The laser at this temperature, against the same laser at the temperature where its part's power is stated. */
export interface LaserLoad {
  readonly state: EmitterState;
  /** Electrical power over that at the case temperature where the part's power is stated. */
  readonly electricalRatio: number;
  /** Electrical power over that at the submount temperature where wall-plug efficiencies are stated. */
  readonly wallPlugRatio: number;
  readonly wallPlugEfficiency: Chosen | null;
  /** Light that must leave the source per wavelength, in mW. */
  readonly sourceMwPerLane: number;
  /** `null` for a laser that runs as warm as its module. */
  readonly cooler: CoolerLoad | null;
}

/** A thermoelectric cooler under the lasers, as power over the lasers' electrical power. */
export interface CoolerLoad {
  readonly setPointC: number;
  /** How much warmer the submount would be without it; negative where it heats. */
  readonly liftK: number;
  readonly ratio: number;
  /** The same where the part's power is stated. */
  readonly referenceRatio: number;
}

/** How far the lines of a source stand from where they are at the reference temperature. */
export interface LineShift {
  readonly shiftNm: number;
  readonly kind: EvidenceKind;
  readonly note: string;
}

export const unmovedLines: LineShift = { shiftNm: 0, kind: 'estimate', note: 'lines held by the temperature of their laser' };

/** Wall-plug efficiencies of the catalogue are stated for a submount near 50 C. */
const wallPlugSubmountC = 50;

/** What small coolers reach of the Carnot limit. */
export const coolerCarnotShare: Figure = { value: 0.1, unit: '', kind: 'estimate', source: 'bismuth telluride coolers of ZT near 1 at 10 to 30 K of lift: 10 % of Carnot' };

interface Submount {
  readonly temperatureC: number;
  readonly liftK: number;
  readonly setPointC: number | null;
}

/** A held submount stays at its set point; a semi-cooled one is free below it. */
function submountAt(part: Part, { caseC, riseK }: { readonly caseC: number; readonly riseK: number }, { read }: Setting): Submount {
  const setPoint = read.find(part, 'laser_set_point');
  const free = caseC + riseK;
  if (setPoint === null) return { temperatureC: free, liftK: 0, setPointC: null };
  if (read.text(part, 'laser_cooling') === 'semi-cooled' && free <= setPoint.value) return { temperatureC: free, liftK: 0, setPointC: setPoint.value };
  return { temperatureC: setPoint.value, liftK: free - setPoint.value, setPointC: setPoint.value };
}

/** Below this rise a submount would be held against a perfect conductor, which no heater can. */
const riseMinK = 1;

/**
 * Power of the cooler per unit of heat that the lasers make. Pumping heat q over a lift d from an absolute temperature T takes
 * q d/(s T), s being the share of Carnot (Rowe, CRC Handbook of Thermoelectrics, 1995, ch. 1). Warming a submount by d against
 * the conductance q/rise takes q d/rise, of which the cooler as heat pump draws one part in 1 + s T/d.
 */
export function coolerPowerPerHeat({ setPointC, liftK, riseK }: { readonly setPointC: number; readonly liftK: number; readonly riseK: number }): number {
  if (liftK === 0) return 0;
  const carnot = coolerCarnotShare.value * (setPointC - absoluteZeroC);
  return liftK > 0 ? liftK / carnot : -liftK / Math.max(riseMinK, riseK) / (1 + carnot / -liftK);
}

interface Drives {
  readonly now: EmitterState;
  readonly reference: EmitterState | null;
}

function coolerOf(submount: Submount, reference: Submount, riseK: number, { now, reference: then }: Drives, nominalMw: number): CoolerLoad | null {
  const { setPointC } = submount;
  if (setPointC === null) return null;
  const heatShare = ({ outputRatio, electricalMw }: EmitterState): number => Math.max(0, 1 - (outputRatio * nominalMw) / electricalMw);
  const ratio = (at: Submount, state: EmitterState): number => coolerPowerPerHeat({ setPointC, liftK: at.liftK, riseK }) * heatShare(state);
  return { setPointC, liftK: submount.liftK, ratio: ratio(submount, now), referenceRatio: then === null ? 0 : ratio(reference, then) };
}

/** Submount over case, and the case temperature where the part's power is stated. */
function warmth(part: Part, { read }: Setting): { readonly riseK: number; readonly referenceC: number } {
  return {
    riseK: read.or(part, 'laser_rise', { value: 10, because: 'submount over case, default' }).value,
    referenceC: read.or(part, 'ref_case_temp', { value: referenceCaseC, because: 'default reference case temperature' }).value,
  };
}

/** The emitter behind a part, driven at the case temperature; its obstacles are noted. */
export function driveLaser(part: Part, laserPart: Part, setting: Setting): Omit<LaserLoad, 'sourceMwPerLane'> | null {
  const { read, caseC, obstacles, request } = setting;
  const family = read.text(laserPart, 'emitter');
  const emitterPart = family === null ? laserPart : standardPart(request.catalogue, family);
  const emitter = readEmitter(emitterPart, read);
  const { riseK, referenceC } = warmth(part, setting);
  const years = request.ageYears ?? 0;
  const wear = years > 0 ? readWear(emitterPart, read) : null;
  if (read.missing.length > 0 || read.impossible.length > 0) return null;
  const submount = submountAt(part, { caseC, riseK }, setting);
  const referenceSubmount = submountAt(part, { caseC: referenceC, riseK }, setting);
  const submountC = quantity<Celsius>(submount.temperatureC);
  const now = driveEmitter(wear === null ? emitter : aged(emitter, wear, { years, submountC }), submountC);
  if (isRefusal(now)) {
    obstacles.push(now);
    return null;
  }
  const at = (temperatureC: number): EmitterState | null => {
    const then = driveEmitter(emitter, quantity(temperatureC));
    return isRefusal(then) ? null : then;
  };
  const reference = at(referenceSubmount.temperatureC);
  const stated = at(wallPlugSubmountC);
  return {
    state: now,
    electricalRatio: reference === null ? 1 : now.electricalMw / reference.electricalMw,
    wallPlugRatio: stated === null ? 1 : now.electricalMw / stated.electricalMw,
    wallPlugEfficiency: read.find(laserPart, 'wpe', 'wpe_25c'),
    cooler: coolerOf(submount, referenceSubmount, riseK, { now, reference }, emitter.nominalOutputMw),
  };
}

/**
 * How far the lines have moved to the red since they were set at the reference temperature: the laser's drift times the change
 * of its submount, none where a cooler holds it. A source that states no drift of its own drifts as its emitter family does.
 */
export function lineShiftOf(part: Part, laserPart: Part, setting: Setting): LineShift {
  const { read, caseC, request } = setting;
  const family = read.text(laserPart, 'emitter');
  const drift = read.find(laserPart, 'dlambda_dT') ?? (family === null ? null : read.find(standardPart(request.catalogue, family), 'dlambda_dT'));
  if (drift === null) return unmovedLines;
  const { riseK, referenceC } = warmth(part, setting);
  const now = submountAt(part, { caseC, riseK }, setting);
  const then = submountAt(part, { caseC: referenceC, riseK }, setting);
  const changeK = now.temperatureC - then.temperatureC;
  if (changeK === 0) return { ...unmovedLines, kind: drift.kind };
  return { shiftNm: drift.value * changeK, kind: drift.kind, note: `lines ${(drift.value * changeK).toFixed(2)} nm from where they are at a case of ${referenceC} °C, ${drift.value} nm/K` };
}

/** How far off its nominal wavelength a laser may be when it is chosen for its window. */
export const laserSelectionNm: Figure = { value: 2, unit: 'nm', kind: 'estimate', source: 'wavelength binning of CWDM and DR lasers: +-2 nm (engineering estimate)' };

/** Half of the window that a standard gives each line, or `null` where it gives none: a CWDM slot, or the range of a parallel fibre's only line. */
function halfWindowNm(part: Part, { read }: Setting): number | null {
  const listed = read.text(part, 'wavelengths')?.split(',').map(Number);
  if (listed !== undefined && listed.every(Number.isFinite)) return cwdm4.halfWindowNm;
  const range = figureOf(part, 'wavelength');
  return range === null || range.high <= range.low ? null : (range.high - range.low) / 2;
}

/** Notes an obstacle where a line has drifted out of the window of its standard, which the receiver's filter or the fibre plan relies on. */
export function holdWindow(part: Part, { shiftNm }: LineShift, setting: Setting): void {
  const halfNm = halfWindowNm(part, setting);
  if (halfNm === null || shiftNm === 0) return;
  const strayNm = Math.abs(shiftNm) + laserSelectionNm.value;
  if (strayNm <= halfNm) return;
  setting.obstacles.push(refuse(
    'line-outside-window', 'wait',
    `The lines of ${part.id} stray up to ${strayNm.toFixed(1)} nm (${Math.abs(shiftNm).toFixed(1)} nm of drift, ${laserSelectionNm.value} nm of selection) from a window of +-${halfNm} nm.`,
    'Cool the module, or use lasers that a cooler holds.',
  ));
}
