/** A micro-ring held on its line by a heater: how far it must be shifted, what that costs, and what is left when it cannot. */

import type { EvidenceKind } from '../../base/figure.ts';
import { weakestKind } from '../../base/figure.ts';
import type { Celsius } from '../../base/units.ts';
import { frequencyStepToWavelengthNm, wavelengthStepAtGhz } from '../formulas/spectrum.ts';
import type { Part } from '../part.ts';
import { redShiftNm } from '../wdm/ring-assignment.ts';
import type { RingTuner } from '../wdm/ring-tuner.ts';
import { heaterForShiftMw, heaterReachNm } from '../wdm/ring-tuner.ts';
import type { FigureReader } from './figures.ts';
import { referenceCaseC } from './setting.ts';

export interface RingState {
  /** Distance between ring and line that the loop leaves. */
  readonly detuningGhz: number;
  readonly heaterMw: number;
  /** The same heater at the case temperature where the part's power is stated. */
  readonly referenceHeaterMw: number;
  readonly shiftNm: number;
  readonly inRange: boolean;
  readonly kind: EvidenceKind;
}

export interface RingSetting {
  /** The part whose engine carries the ring. */
  readonly part: Part;
  /** The ring modulator entry, for drift, free spectral range and heater. */
  readonly ring: Part;
  readonly temperatureC: Celsius;
  readonly wavelengthNm: number;
  /** Line spacing; the free spectral range where there is one line only. */
  readonly spacingGhz: number | null;
  /** How far the lines have moved to the red since the rings were made for them. */
  readonly lineShiftNm: number;
}

/** A tuner as the catalogue describes it, with the weakest evidence of its figures. */
export interface CatalogueTuner {
  readonly tuner: RingTuner;
  /** Engine temperature at which the ring sits on its line with its heater off. */
  readonly hotC: number;
  readonly kind: EvidenceKind;
}

/** Reads what a ring's heater can do: drift, free spectral range and heater of the ring entry, heater range and hottest engine of the part. */
export function readRingTuner({ part, ring }: Pick<RingSetting, 'part' | 'ring'>, read: FigureReader): CatalogueTuner {
  const drift = read.need(ring, 'dlambda_dT');
  const fsr = read.need(ring, 'fsr');
  const perFsr = read.need(ring, 'heater_per_fsr');
  const hot = read.need(part, 'ring_hot');
  const range = read.need(part, 'heater_range');
  return {
    tuner: { fsrNm: fsr.value, driftNmPerK: drift.value, heaterPerFsrMw: perFsr.value, heaterMaxMw: (range.value / fsr.value) * perFsr.value },
    hotC: hot.value, kind: weakestKind([drift.kind, fsr.kind, perFsr.kind, hot.kind, range.kind]),
  };
}

/** From one line that a ring can lock to, to the next: rings on a grid may each take their neighbour's line (cyclic assignment), one line is met again a free spectral range away. */
const stepNm = ({ spacingGhz, wavelengthNm, fsrNm }: { readonly spacingGhz: number | null; readonly wavelengthNm: number; readonly fsrNm: number }): number =>
  (spacingGhz === null ? fsrNm : Math.min(fsrNm, frequencyStepToWavelengthNm({ atNm: wavelengthNm, stepGhz: spacingGhz })));

/** The same for the rings of a part of the catalogue. */
export const lockStepNm = ({ part, ...ring }: { readonly part: Part; readonly wavelengthNm: number; readonly fsrNm: number }, read: FigureReader): number =>
  stepNm({ ...ring, spacingGhz: read.find(part, 'line_spacing')?.value ?? null });

/**
 * Heaters only shift to the red, so rings are made to sit on their line at the hottest engine (`ring_hot`) and are heated
 * when it is cooler. With several lines a ring takes the nearest line to its red (cyclic assignment), with one line it
 * must wait for its next resonance, one free spectral range away. Half a spacing is added for fabrication.
 * What the heater's range cannot reach stays as detuning, besides the residual error of the locking loop.
 */
export function lockRing({ part, ring, temperatureC, wavelengthNm, spacingGhz, lineShiftNm }: RingSetting, read: FigureReader): RingState {
  const { tuner, hotC, kind } = readRingTuner({ part, ring }, read);
  const lockError = read.need(part, 'lock_error');
  const spacingNm = stepNm({ spacingGhz, wavelengthNm, fsrNm: tuner.fsrNm });
  const fabricationNm = spacingGhz === null ? 0 : spacingNm / 2;
  const wantedAtNm = (engineC: number, lineNm: number): number =>
    redShiftNm({ fromNm: (engineC - hotC) * tuner.driftNmPerK, toNm: lineNm, fsrNm: spacingNm }) + fabricationNm;
  const reachNm = heaterReachNm(tuner);
  const wantedNm = wantedAtNm(temperatureC, lineShiftNm);
  const shiftNm = Math.min(wantedNm, reachNm);
  const referenceC = read.or(part, 'ref_case_temp', { value: referenceCaseC, because: 'default reference case temperature' });
  return {
    detuningGhz: wavelengthStepAtGhz({ atNm: wavelengthNm, stepNm: wantedNm - shiftNm }) + lockError.value,
    heaterMw: heaterForShiftMw(tuner, shiftNm),
    referenceHeaterMw: heaterForShiftMw(tuner, Math.min(wantedAtNm(referenceC.value, 0), reachNm)),
    shiftNm,
    inRange: wantedNm <= reachNm,
    kind: weakestKind([kind, lockError.kind]),
  };
}
