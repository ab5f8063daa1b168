/** A micro-ring held on its line by a heater: how far it must be shifted, what that costs, and what is left when it cannot. */

import type { EvidenceKind } from '../../base/figure.ts';
import { weakestKind } from '../../base/figure.ts';
import type { Celsius } from '../../base/units.ts';
import { heaterPowerMw } from '../formulas/ring.ts';
import { frequencyStepToWavelengthNm, wavelengthStepAtGhz } from '../formulas/spectrum.ts';
import type { Part } from '../part.ts';
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
}

/**
 * Heaters only shift to the red, so rings are made to sit on their line at the hottest engine (`ring_hot`) and are heated
 * when it is cooler. With several lines a ring takes the nearest line to its red (cyclic assignment), with one line it
 * must wait for its next resonance, one free spectral range away. Half a spacing is added for fabrication.
 * What the heater's range cannot reach stays as detuning, besides the residual error of the locking loop.
 */
export function lockRing({ part, ring, temperatureC, wavelengthNm, spacingGhz }: RingSetting, read: FigureReader): RingState {
  const drift = read.need(ring, 'dlambda_dT');
  const fsr = read.need(ring, 'fsr');
  const perFsr = read.need(ring, 'heater_per_fsr');
  const hot = read.need(part, 'ring_hot');
  const range = read.need(part, 'heater_range');
  const lockError = read.need(part, 'lock_error');
  const spacingNm = spacingGhz === null ? fsr.value : Math.min(fsr.value, frequencyStepToWavelengthNm({ atNm: wavelengthNm, stepGhz: spacingGhz }));
  const fabricationNm = spacingGhz === null ? 0 : spacingNm / 2;
  const wantedAtNm = (engineC: number): number => {
    const coolerNm = (hot.value - engineC) * drift.value;
    return coolerNm - Math.floor(coolerNm / spacingNm) * spacingNm + fabricationNm;
  };
  const heaterAtMw = (shiftNm: number): number => heaterPowerMw({ powerPerFsrMw: perFsr.value, shiftNm, fsrNm: fsr.value });
  const wantedNm = wantedAtNm(temperatureC);
  const shiftNm = Math.min(wantedNm, range.value);
  const referenceC = read.or(part, 'ref_case_temp', { value: referenceCaseC, because: 'default reference case temperature' });
  return {
    detuningGhz: wavelengthStepAtGhz({ atNm: wavelengthNm, stepNm: wantedNm - shiftNm }) + lockError.value,
    heaterMw: heaterAtMw(shiftNm),
    referenceHeaterMw: heaterAtMw(Math.min(wantedAtNm(referenceC.value), range.value)),
    shiftNm,
    inRange: wantedNm <= range.value,
    kind: weakestKind([drift.kind, fsr.kind, perFsr.kind, hot.kind, range.kind, lockError.kind]),
  };
}
