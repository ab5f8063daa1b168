/** Optical switching: what dead time costs, where a grating sends a wavelength, how a free-space beam spreads. */

import type { Formula } from './formula.ts';
import { countFrom, defineFormula, input, keyIssue, nonNegative, positive } from './formula.ts';

export interface SwitchingDutySetting {
  readonly holdMs: number;
  readonly switchMs: number;
  readonly lockMs: number;
}

/** Useful fraction of the time when every hold is followed by switching and receiver lock. */
export const switchingDuty = ({ holdMs, switchMs, lockMs }: SwitchingDutySetting): number => holdMs / (holdMs + switchMs + lockMs);

/** Useful fraction of a slot with a guard interval (Sirius, SIGCOMM 2020). */
export const slotEfficiency = ({ guardNs, slotNs }: { readonly guardNs: number; readonly slotNs: number }): number => 1 - guardNs / slotNs;

/** Hold time from which a circuit that is down for `switchMs` reaches a useful fraction: the inverse of the switching duty. */
export const breakEvenHoldMs = ({ switchMs, duty }: { readonly switchMs: number; readonly duty: number }): number => switchMs / (1 - duty) - switchMs;

export interface AwgrRoute {
  readonly inputPort: number;
  readonly wavelength: number;
  readonly ports: number;
}

/** A cyclic arrayed waveguide grating router sends wavelength w from input i to output (i + w) mod N. */
export const awgrOutputPort = ({ inputPort, wavelength, ports }: AwgrRoute): number => (inputPort + wavelength) % ports;

export interface BeamSetting {
  /** Radius at the waist. */
  readonly waistMm: number;
  readonly distanceM: number;
  readonly wavelengthNm: number;
}

/** Gaussian beam: w = w0 sqrt(1 + (z/zR)^2), zR = pi w0^2/l. Saleh and Teich, Fundamentals of Photonics, ch. 3. */
export function beamRadiusMm({ waistMm, distanceM, wavelengthNm }: BeamSetting): number {
  const rayleighM = (Math.PI * waistMm * waistMm * 1e-6) / (wavelengthNm * 1e-9);
  return waistMm * Math.hypot(1, distanceM / rayleighM);
}

const dutyBelowOne = { says: 'from 0 to below 1', holds: (value: number): boolean => value >= 0 && value < 1 };

export const switchingFormulas: readonly Formula[] = [
  defineFormula({
    name: 'switching-duty', computes: 'useful fraction with circuit switching dead time', expression: 'u = T_hold/(T_hold+T_sw+T_lock)',
    inputs: { T_hold: input('s', positive), T_sw: input('ms', nonNegative), T_lock: input('ms', nonNegative) }, resultUnit: '', source: 'definition',
    compute: ({ T_hold, T_sw, T_lock }) => switchingDuty({ holdMs: T_hold * 1e3, switchMs: T_sw, lockMs: T_lock }),
  }),
  defineFormula({
    name: 'slot-efficiency', computes: 'slot efficiency of a slotted optical switch', expression: 'u = 1-guard/slot',
    inputs: { guard: input('ns', nonNegative), slot: input('ns', positive) }, resultUnit: '',
    source: 'guard/slot design rule; 3.84 ns end-to-end reconfiguration demonstrated (Sirius, SIGCOMM 2020)',
    compute: ({ guard, slot }) => slotEfficiency({ guardNs: guard, slotNs: slot }),
    check: ({ guard, slot }) => (guard <= slot ? [] : [keyIssue('guard', `The guard is longer than the slot of ${slot} ns`, 'Give a guard no longer than the slot', guard)]),
  }),
  defineFormula({
    name: 'awgr-output', computes: 'AWGR cyclic output port', expression: 'out = (in + wavelength) mod N',
    inputs: { in: input('', countFrom(0)), wavelength: input('', countFrom(0)), N: input('', countFrom(1)) }, resultUnit: '', source: 'cyclic AWGR',
    compute: (values) => awgrOutputPort({ inputPort: values.in, wavelength: values.wavelength, ports: values.N }),
    check: (values) => (values.in < values.N ? [] : [keyIssue('in', `There is no input port ${values.in} among ${values.N}`, 'Count ports from 0 to N-1', values.in)]),
  }),
  defineFormula({
    name: 'beam-radius', computes: 'free-space beam radius', expression: 'w = w0*sqrt(1+(z/zR)^2), zR = pi*w0^2/l',
    inputs: { w0: input('mm', positive), z: input('m', nonNegative), l: input('nm', positive) }, resultUnit: 'mm', source: 'Saleh & Teich, Fundamentals of Photonics, ch. 3',
    compute: ({ w0, z, l }) => beamRadiusMm({ waistMm: w0, distanceM: z, wavelengthNm: l }),
  }),
  defineFormula({
    name: 'breakeven-hold', computes: 'hold time at which a tight reservation breaks even', expression: 'T = T_sw/(1-u) - T_sw',
    inputs: { T_sw: input('ms', nonNegative), u: input('', dutyBelowOne) }, resultUnit: 'ms', source: 'the switching duty solved for the hold time',
    compute: ({ T_sw, u }) => breakEvenHoldMs({ switchMs: T_sw, duty: u }),
  }),
];
