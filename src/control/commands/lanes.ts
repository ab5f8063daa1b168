/** Lanes as their device shows them against the intent: which of them differ, and the orders that set them right. */

import type { Change } from '../../plan/plan.ts';
import type { DeviceAction } from '../fact.ts';
import type { State } from '../state.ts';

export interface LanesApart {
  /** Wavelengths whose rate, and whose tuning, is not what is intended. */
  readonly rates: readonly number[];
  readonly tunings: readonly number[];
}

export interface LanesShown {
  readonly wavelengths: readonly number[];
  /** Gb/s; `null` for light of a device that knows no rates. */
  readonly gbps: readonly (number | null)[];
  /** `null` where the device does not say. */
  readonly tunedNm: readonly (number | null)[];
}

const lanesOf = (action: DeviceAction): readonly number[] => (action.kind === 'setRates' || action.kind === 'tune' ? action.wavelengths : []);

/** Wavelengths that an open plan changes or an open command names: what their devices show may be out of date. */
function lanesUnderWay({ openPlans, commands }: State): ReadonlySet<number> {
  const lanes = new Set<number>();
  for (const { changes } of openPlans.values()) for (const change of changes) if (change.kind === 'setRate' || change.kind === 'tune') lanes.add(change.wavelength);
  for (const { action } of commands.values()) for (const wavelength of lanesOf(action)) lanes.add(wavelength);
  return lanes;
}

/** What differs, but for lanes with an order on its way. */
export function lanesApart(state: State, { wavelengths, gbps, tunedNm }: LanesShown): LanesApart {
  const underWay = lanesUnderWay(state);
  const [rates, tunings]: [number[], number[]] = [[], []];
  wavelengths.forEach((wavelength, at) => {
    if (underWay.has(wavelength)) return;
    const intended = state.wavelengths.rateGbps[wavelength] ?? 0;
    const shown = gbps[at] ?? null;
    if (shown === null ? intended <= 0 : shown !== intended) rates.push(wavelength);
    const tuned = tunedNm[at] ?? null;
    if (tuned !== null && Math.fround(tuned) !== state.wavelengths.tunedNm[wavelength]) tunings.push(wavelength);
  });
  return { rates, tunings };
}

/** The intent as changes, for those who are to be told it again. */
export const intendedLanes = ({ wavelengths: { rateGbps, tunedNm } }: State, { rates, tunings }: LanesApart): readonly Change[] => [
  ...rates.map((wavelength): Change => ({ kind: 'setRate', wavelength, fromGbps: 0, toGbps: rateGbps[wavelength] ?? 0 })),
  ...tunings.map((wavelength): Change => ({ kind: 'tune', wavelength, fromNm: 0, toNm: tunedNm[wavelength] ?? 0 })),
];
