/** Decides on what a device says its lanes are set to: heard, compared with the intent, told again where they differ. */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { lanesApart } from '../commands/lanes.ts';
import { valuesMax } from '../devices/check-telemetry.ts';
import { hear } from '../devices/hear.ts';
import type { Fact } from '../fact.ts';
import type { Reading } from '../reading.ts';
import type { State } from '../state.ts';

type LanesObserved = Extract<Reading, { kind: 'lanesObserved' }>;

/** The first impossible thing in a report, or `null`. */
function lanesProblem({ plant }: State, { device, sequence, wavelengths, gbps, tunedNm }: LanesObserved): Refusal | null {
  const { wavelengthCount } = plant.cluster.fabric;
  if (!Number.isInteger(sequence) || sequence < 0) return refuse('impossible-sequence', 'never', `${device} numbers a message ${sequence}.`);
  const isWhole = wavelengths.length > 0 && wavelengths.length <= valuesMax && gbps.length === wavelengths.length && tunedNm.length === wavelengths.length;
  if (!isWhole) return refuse('impossible-shape', 'never', `${device} reports ${gbps.length} rates and ${tunedNm.length} tunings of ${wavelengths.length} lanes; 1 to ${valuesMax} of each belong together.`);
  for (const [at, wavelength] of wavelengths.entries()) {
    const isKnown = Number.isInteger(wavelength) && wavelength >= 0 && wavelength < wavelengthCount;
    if (!isKnown) return refuse('unknown-wavelength', 'never', `${device} reports of wavelength ${wavelength}; there are ${wavelengthCount}.`);
    const [rate, tuned] = [gbps[at] ?? 0, tunedNm[at] ?? 0];
    if (!(Number.isFinite(rate) && rate >= 0 && Number.isFinite(tuned))) return refuse('impossible-value', 'never', `${device} reports ${rate} Gb/s and ${tuned} nm of wavelength ${wavelength}.`);
  }
  return null;
}

export function decideLanesObserved(state: State, reading: LanesObserved): readonly Fact[] {
  const { device, sequence } = reading;
  const { facts, counts } = hear(state, { device, sequence, problem: lanesProblem(state, reading) });
  if (!counts) return facts;
  const { rates, tunings } = lanesApart(state, reading);
  return rates.length + tunings.length === 0 ? facts : [...facts, { kind: 'lanesApart', device, rates, tunings }];
}
