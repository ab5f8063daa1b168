/** The receiving end: what it still costs to reach the photodiode, and the noise there. */

import { weakestKind } from '../../base/figure.ts';
import { attenuate, dbmToMilliwatts } from '../../base/levels.ts';
import { isRefusal } from '../../base/refusal.ts';
import type { Dbm } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import { outOfBandCrosstalkPenalty } from '../formulas/noise.ts';
import { tiaNoiseUa } from '../formulas/receiver.ts';
import { ringTransmission } from '../formulas/ring.ts';
import { nrzEyeQ, tdecqEyeQ } from '../formulas/signal.ts';
import type { Part } from '../part.ts';
import type { Device } from './device.ts';
import { closureDevice, customDevice, lossDevice } from './device.ts';
import type { Detector } from './eye.ts';
import { omaPerHalfEye } from './eye.ts';
import type { Light } from './light.ts';
import { closedEach, reflecting } from './light.ts';
import type { RingFilters } from './link-report.ts';
import { lockRing } from './ring-lock.ts';
import type { RingState } from './ring-lock.ts';
import type { Setting } from './setting.ts';
import { rxBandwidthGhz, signalPlan } from './signal-plan.ts';
import { ringLossDevice } from './transmitter.ts';

export interface Receiver {
  readonly devices: readonly Device[];
  readonly detector: Detector;
  readonly ring: RingState | null;
  readonly filters: RingFilters | null;
}

const endReflection = (part: Part, setting: Setting): readonly Device[] => {
  if (setting.read.text(part, 'medium') !== 'smf-g652') return [];
  const reflectance = setting.read.need(part, 'reflectance_max');
  const note = `returns ${reflectance.value} dB of the light`;
  return [customDevice({ name: 'receiver port', kind: reflectance.kind, note }, (light) => reflecting(light, quantity(reflectance.value)))];
};

/**
 * A receiver known by its standard's stressed sensitivity. Without the stress it decides at SRS - SECQ with eye Q 3.414,
 * which fixes its noise; shot noise is inside that figure.
 */
export function limitedReceiver(part: Part, setting: Setting): Receiver {
  const { read, typical } = setting;
  const stressed = read.need(part, 'srs');
  const stress = read.need(part, 'secq');
  const headroom = typical ? read.find(part, 'rx_headroom')?.value ?? 0 : 0;
  const plan = signalPlan(part, setting);
  const sensitivity = attenuate(attenuate(quantity<Dbm>(stressed.value), quantity(stress.value)), quantity(headroom));
  return {
    devices: endReflection(part, setting),
    detector: {
      signalling: plan.signalling, thermalMw: dbmToMilliwatts(sensitivity) / (omaPerHalfEye.PAM4 * tdecqEyeQ), responsivityAPerW: null,
      bandwidthGhz: rxBandwidthGhz(part, setting), limitBer: plan.limitBer,
    },
    ring: null, filters: null,
  };
}

/** A receiver built up from photodiode and amplifier, with a ring filter where the wavelengths share a fibre; `lineShiftNm` is how far its lines have moved. */
export function builtReceiver(part: Part, setting: Setting, lineShiftNm: number): Receiver {
  const { read } = setting;
  const plan = signalPlan(part, setting);
  const coupling = read.need(part, 'coupling_loss');
  const responsivity = read.need(part, 'responsivity');
  const bandwidthGhz = rxBandwidthGhz(part, setting);
  const stated = read.find(part, 'rx_sens');
  const penalty = stated === null ? read.need(part, 'receiver_penalty') : null;
  const noiseUa = stated === null ? tiaNoiseUa({ densityPaPerRootHz: read.need(part, 'tia_noise').value, bandwidthGhz }) : 0;
  const { devices: filter, ring, filters } = filterDevices(part, setting, lineShiftNm);
  const statedThermal = (level: number): number =>
    dbmToMilliwatts(quantity(level)) / (omaPerHalfEye[plan.signalling] * nrzEyeQ(read.need(part, 'sensitivity_ber').value));
  return {
    devices: [
      ...endReflection(part, setting),
      lossDevice({ name: 'receive coupling', kind: coupling.kind, note: `${coupling.value} dB from the fibre into the receiver` }, coupling.value),
      ...filter,
      ...(penalty === null ? [] : [closureDevice({ name: 'receiver penalty', kind: penalty.kind, note: `${penalty.value} dB against an ideal receiver` }, penalty.value)]),
    ],
    detector: {
      signalling: plan.signalling,
      thermalMw: stated === null ? (noiseUa * 1e-3) / responsivity.value : statedThermal(stated.value),
      responsivityAPerW: stated === null ? responsivity.value : null, bandwidthGhz, limitBer: plan.limitBer,
    },
    ring, filters,
  };
}

function filterDevices(part: Part, setting: Setting, lineShiftNm: number): Pick<Receiver, 'devices' | 'ring' | 'filters'> {
  const { read, caseC } = setting;
  const spacing = read.find(part, 'line_spacing');
  const drop = read.find(part, 'demux_loss');
  if (spacing === null || drop === null) return { devices: [], ring: null, filters: null };
  const fwhm = read.need(part, 'ring_fwhm');
  const modulatorPart = setting.referred(part, 'modulator_part');
  const ringPart = modulatorPart?.id === 'mrm' ? modulatorPart : null;
  const ring = ringPart === null ? null
    : lockRing({ part, ring: ringPart, temperatureC: caseC, wavelengthNm: read.need(part, 'wavelength').value, spacingGhz: spacing.value, lineShiftNm }, read);
  const kind = weakestKind([spacing.kind, fwhm.kind]);
  const grid = { spacingGhz: spacing.value, fwhmGhz: fwhm.value };
  const leak = customDevice({ name: 'neighbour crosstalk', kind, note: `rings of ${grid.fwhmGhz} GHz on a ${grid.spacingGhz} GHz grid` }, (light) => neighbourClosure(light, grid, setting));
  return {
    devices: [
      lossDevice({ name: 'demultiplexer', kind: drop.kind, note: `${drop.value} dB dropped at resonance` }, drop.value),
      ...(ring === null ? [] : [ringLossDevice('filter ring lock', part, ring, setting)]),
      leak,
    ],
    ring,
    filters: ring === null ? null
      : { fwhmGhz: fwhm.value, dropLossDb: quantity(drop.value), detuningGhz: ring.detuningGhz, heaterMw: ring.heaterMw, shiftNm: ring.shiftNm, inRange: ring.inRange },
  };
}

/** Every other line leaks through the filter by its Lorentzian tail, weighted by how strong it is; the leaks add as power. */
function neighbourClosure(light: Light, { spacingGhz, fwhmGhz }: { readonly spacingGhz: number; readonly fwhmGhz: number }, setting: Setting): Light {
  const count = light.powerMw.length;
  const tail = Float64Array.from({ length: count }, (_, step) => ringTransmission({ detuningGhz: step * spacingGhz, fwhmGhz }));
  const closureDb = Float64Array.from({ length: count }, (_, line) => {
    let leak = 0;
    const own = light.powerMw[line] ?? 0;
    for (let other = 0; other < count; other++) if (other !== line) leak += ((light.powerMw[other] ?? 0) / own) * (tail[Math.abs(other - line)] ?? 0);
    const penalty = outOfBandCrosstalkPenalty(leak);
    if (!isRefusal(penalty)) return penalty;
    setting.obstacles.push(penalty);
    return 0;
  });
  return closedEach(light, closureDb);
}
