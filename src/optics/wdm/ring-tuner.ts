/** What a ring's heater can do: reach, power and the temperature range that it absorbs. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { plainNumber } from '../../base/plain-number.ts';
import { heaterPowerMw } from '../formulas/ring.ts';

/** A micro-ring with its heater, which can only move the resonance to longer wavelengths. */
export interface RingTuner {
  readonly fsrNm: number;
  /** Drift of the resonance with temperature. */
  readonly driftNmPerK: number;
  readonly heaterPerFsrMw: number;
  readonly heaterMaxMw: number;
}

const demands: readonly (readonly [key: keyof RingTuner, unit: string])[] = [['fsrNm', 'nm'], ['driftNmPerK', 'nm/K'], ['heaterPerFsrMw', 'mW'], ['heaterMaxMw', 'mW']];

/** Checks a tuner. Issues: `bad-ring` for values that are not above 0, `ring-without-range` when the heater cannot cross one channel spacing. */
export function checkRingTuner(tuner: RingTuner, { spacingNm }: { readonly spacingNm: number }): Parsed<RingTuner> {
  const issues: Issue[] = [];
  for (const [key, unit] of demands) {
    if (Number.isFinite(tuner[key]) && tuner[key] > 0) continue;
    const code = key === 'heaterMaxMw' && tuner[key] === 0 ? 'ring-without-range' : 'bad-ring';
    issues.push({ code, path: key, message: `The ring needs a ${key} above 0 ${unit}`, remedy: `Give ${key} as a finite number of ${unit} above 0`, value: String(tuner[key]) });
  }
  if (issues.length > 0) return rejected(...issues);
  const reachNm = heaterReachNm(tuner);
  if (reachNm < spacingNm) {
    return rejected({
      code: 'ring-without-range', path: 'heaterMaxMw', message: `The heater reaches ${reachNm.toPrecision(3)} nm, less than one channel spacing of ${spacingNm.toPrecision(3)} nm, so some rings can lock to no line`,
      remedy: 'Raise the heater power or its efficiency, or space the channels more closely', value: `${plainNumber(tuner.heaterMaxMw)} mW`,
    });
  }
  return parsed(tuner);
}

/** The furthest red-shift, never more than one free spectral range, beyond which the next resonance takes over. */
export const heaterReachNm = ({ fsrNm, heaterPerFsrMw, heaterMaxMw }: RingTuner): number => Math.min(fsrNm, (heaterMaxMw / heaterPerFsrMw) * fsrNm);

export const heaterForShiftMw = ({ fsrNm, heaterPerFsrMw }: RingTuner, shiftNm: number): number => heaterPowerMw({ powerPerFsrMw: heaterPerFsrMw, shiftNm, fsrNm });

/** How far the temperature may fall before the heater is at its end, and rise before it is off, from a present shift. */
export function temperatureRangeK(tuner: RingTuner, shiftNm: number): { readonly fallK: number; readonly riseK: number } {
  return { fallK: (heaterReachNm(tuner) - shiftNm) / tuner.driftNmPerK, riseK: shiftNm / tuner.driftNmPerK };
}
