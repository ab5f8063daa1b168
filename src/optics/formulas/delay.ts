/** Delay, energy and density of light on the move. */

import { speedOfLightMps } from '../../base/constants.ts';
import type { Gbps, Nanoseconds, PicojoulesPerBit } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { Formula } from './formula.ts';
import { countFrom, defineFormula, input, nonNegative, positive } from './formula.ts';

/** Group index of G.652 fibre near 1310 nm. */
export const g652GroupIndex = 1.468;
/** Group index of hollow-core fibre. */
export const hollowCoreGroupIndex = 1.003;

/** t = L n/c. */
export const fibreDelayNs = ({ lengthM, groupIndex }: { readonly lengthM: number; readonly groupIndex: number }): Nanoseconds =>
  quantity((lengthM * groupIndex * 1e9) / speedOfLightMps);

/** Time to put a block on the line. */
export const serialisationNs = ({ bytes, rate }: { readonly bytes: number; readonly rate: Gbps }): Nanoseconds => quantity((8 * bytes) / rate);

/** mW over Gb/s is pJ/bit. */
export const energyPerBit = ({ powerMw, rate }: { readonly powerMw: number; readonly rate: Gbps }): PicojoulesPerBit => quantity(powerMw / rate);

/** Rate that leaves one millimetre of chip edge through one row of fibres. */
export const shorelineDensityGbpsPerMm = ({ wavelengths, rate, pitchMm }: { readonly wavelengths: number; readonly rate: Gbps; readonly pitchMm: number }): number =>
  (wavelengths * rate) / pitchMm;

const groupIndex = { says: 'at least 1, since nothing outruns light', holds: (value: number): boolean => value >= 1 };

export const delayFormulas: readonly Formula[] = [
  defineFormula({
    name: 'fibre-delay', computes: 'fibre delay', expression: 't = L*n/c',
    inputs: { L: input('m', nonNegative), n: input('', groupIndex) }, resultUnit: 'ns', source: 'definition (G.652 group index about 1.468)',
    compute: ({ L, n }) => fibreDelayNs({ lengthM: L, groupIndex: n }),
  }),
  defineFormula({
    name: 'hollow-core-saving', computes: 'delay saved by hollow-core fibre', expression: 'dt = L*(1.468-1.003)/c',
    inputs: { L: input('m', nonNegative) }, resultUnit: 'ns', source: 'definition',
    compute: ({ L }) => fibreDelayNs({ lengthM: L, groupIndex: g652GroupIndex }) - fibreDelayNs({ lengthM: L, groupIndex: hollowCoreGroupIndex }),
  }),
  defineFormula({
    name: 'serialisation-delay', computes: 'serialisation delay', expression: 't = 8*B/R',
    inputs: { B: input('B', nonNegative), R: input('Gb/s', positive) }, resultUnit: 'ns', source: 'definition',
    compute: ({ B, R }) => serialisationNs({ bytes: B, rate: quantity(R) }),
  }),
  defineFormula({
    name: 'span-latency', computes: 'span latency', expression: 't = L*n/c',
    inputs: { L: input('km', nonNegative), n: input('', groupIndex) }, resultUnit: 'ms',
    source: 'Telecominfraproject/oopt-gnpy (BSD-3-Clause), commit d65865b (2026-06-25) reports 0.39 ms for 80 km',
    compute: ({ L, n }) => fibreDelayNs({ lengthM: L * 1e3, groupIndex: n }) / 1e6,
  }),
  defineFormula({
    name: 'energy-per-bit', computes: 'energy per bit of a module', expression: 'e = P/R',
    inputs: { P: input('W', nonNegative), R: input('Gb/s', positive) }, resultUnit: 'pJ/bit', source: 'definition',
    compute: ({ P, R }) => energyPerBit({ powerMw: P * 1e3, rate: quantity(R) }),
  }),
  defineFormula({
    name: 'tuning-energy-per-bit', computes: 'wall power of thermal tuning per bit', expression: 'e = N*P_heat/(N*R)',
    inputs: { P_heat: input('mW', nonNegative), R: input('Gb/s', positive) }, resultUnit: 'pJ/bit', source: 'definition',
    compute: ({ P_heat, R }) => energyPerBit({ powerMw: P_heat, rate: quantity(R) }),
  }),
  defineFormula({
    name: 'shoreline-density', computes: 'shoreline density, WDM fibres', expression: 'd = lambdas*R/pitch',
    inputs: { lambdas: input('', countFrom(1)), R: input('Gb/s', positive), pitch: input('mm', positive) }, resultUnit: 'Gb/s/mm', source: 'definition (one fibre row, one direction per fibre)',
    compute: ({ lambdas, R, pitch }) => shorelineDensityGbpsPerMm({ wavelengths: lambdas, rate: quantity(R), pitchMm: pitch }),
  }),
];
