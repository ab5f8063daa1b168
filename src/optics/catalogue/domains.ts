/** The values that a figure may have at all: outside them it is a slip of the pen or in the wrong unit, and physics would give nonsense. */

import { fecSchemes } from '../link/fec-scheme.ts';
import type { Param } from '../part.ts';

export interface Domain {
  readonly low: number;
  readonly high: number;
  /** True where `low` itself is not allowed. */
  readonly isOpen?: true;
  readonly isWhole?: true;
  /** What a value outside usually means. */
  readonly hint: string;
}

const ratio: Domain = { low: 0, high: 100, hint: 'a loss or penalty in dB, positive' };
const level: Domain = { low: -60, high: 40, hint: 'a level in dBm' };
const reflection: Domain = { low: -100, high: 0, hint: 'returned over sent power in dB, negative' };
const intensityNoise: Domain = { low: -200, high: -90, hint: 'dB/Hz; RIN lies between -170 and -120, relative to mean power, and RIN_OMA relative to half the OMA goes under rin_oma_max' };
const errorRatio: Domain = { low: 0, high: 0.4, isOpen: true, hint: 'a bit error ratio above 0 and below one half; 0 and 1 ask for endless or no light' };
const positive = (high: number, hint: string): Domain => ({ low: 0, high, isOpen: true, hint });
const atLeastZero = (high: number, hint: string): Domain => ({ low: 0, high, hint });

/** By figure name; a figure that is not listed may have any finite value. */
export const domains: Readonly<Record<string, Domain>> = {
  lanes: { low: 1, high: 4096, isWhole: true, hint: 'lanes or wavelengths of one link' },
  spare_channels: { low: 0, high: 4096, isWhole: true, hint: 'channels' },
  lanes_per_laser: { low: 1, high: 4096, hint: 'lanes that share one laser' },
  unretimed_ends: { low: 0, high: 2, isWhole: true, hint: 'ends without a retimer' },
  lane_rate: positive(2000, 'Gb/s'), payload_rate: positive(2000, 'Gb/s'), baud: positive(1000, 'GBd'), rx_bandwidth: positive(1000, 'GHz'),
  er: positive(40, 'dB; at 0 dB there is no modulation'), er_min: positive(40, 'dB; at 0 dB there is no modulation'),
  rin: intensityNoise, laser_rin: intensityNoise, rin_oma_max: intensityNoise,
  tdecq_max: ratio, secq: ratio, eye_closure: ratio, receiver_penalty: ratio, coupling_loss: ratio, laser_connector_loss: ratio, laser_split_loss: ratio, modulator_loss: ratio,
  mux_loss: ratio, demux_loss: ratio, insertion_loss: ratio, awgr_il: ratio, il: ratio, flatness: ratio, steering_loss: ratio, cable_loss: ratio, plug_loss: ratio, loss_budget: ratio,
  fibre_loss: ratio, loss: ratio, electrical_loss: ratio, electrical_loss_max: ratio, return_loss: ratio, directivity: ratio, tx_headroom: ratio, rx_headroom: ratio,
  oma_minus_tdecq_min: level, srs: level, laser_launch: level, launch: level, power_per_line: level, rx_sens: level, amplified_launch: level,
  reflectance_max: reflection, reflectance_clean: reflection, crosstalk: reflection, grating_crosstalk: reflection,
  ber_limit: errorRatio, ber_prefec: errorRatio, sensitivity_ber: errorRatio,
  responsivity: positive(2, 'A/W; one electron per photon is 1.06 A/W at 1310 nm'), tia_noise: positive(1000, 'pA/sqrt(Hz)'),
  wpe: positive(1, 'light over electrical power'), group_index: { low: 1, high: 5, hint: 'nothing outruns light' },
  wavelength: { low: 200, high: 3000, hint: 'nm' }, line_spacing: positive(1e5, 'GHz; a grid without spacing overlaps'), ring_fwhm: positive(1e5, 'GHz'),
  fsr: positive(1000, 'nm; a ring without range'), heater_range: positive(1000, 'nm; a ring without heater range cannot be locked'), heater_per_fsr: atLeastZero(1e4, 'mW'),
  lock_error: atLeastZero(1e4, 'GHz'), dlambda_dT: atLeastZero(10, 'nm/K'), bandwidth: positive(1e4, 'GHz km or GHz'),
  power: atLeastZero(1e6, 'W'), power_typ: atLeastZero(1e6, 'W'), power_end: atLeastZero(1e6, 'W'), pj_bit: atLeastZero(1e6, 'pJ/bit'), driver_tia_energy: atLeastZero(1e6, 'pJ/bit'),
  t0: positive(1e4, 'K'), t1: positive(1e4, 'K'), ith0: atLeastZero(1e5, 'mA'), eta0: positive(5, 'W/A; one photon per electron is 0.95 W/A at 1310 nm'), v0: atLeastZero(20, 'V'),
  rs: atLeastZero(1e5, 'ohm'), rth: atLeastZero(1e5, 'K/W'), nominal_output: positive(1e5, 'mW'), i_max: positive(1e5, 'mA'),
  laser_rise: atLeastZero(200, 'K'), laser_set_point: { low: -60, high: 200, hint: 'C; the submount temperature that a cooler holds' }, ageing_rate: atLeastZero(10, 'fraction a year'), ea: atLeastZero(5, 'eV'),
  beam_waist: positive(1e3, 'mm'), aperture_radius: positive(1e3, 'mm'), osnr: { low: 0, high: 80, hint: 'dB in 0.1 nm' }, tx_osnr: { low: 0, high: 80, hint: 'dB in 0.1 nm' },
  mtbf: positive(1e12, 'h'), mttr: atLeastZero(1e6, 'h'), cost_per_gbps: atLeastZero(1e6, '$/Gb/s'), temp_case: { low: -273.15, high: 1000, hint: 'C; nothing is colder than -273.15 °C' },
};

/** Why a value cannot be, or `null` when it can. */
export function outsideDomain(name: string, value: number): string | null {
  if (!Number.isFinite(value)) return `${name} is not a finite number`;
  const domain = Object.hasOwn(domains, name) ? domains[name] : undefined;
  if (domain === undefined) return null;
  const { low, high, isOpen, isWhole, hint } = domain;
  const inside = (isOpen === true ? value > low : value >= low) && value <= high && (isWhole !== true || Number.isInteger(value));
  return inside ? null : `${name} = ${value} must be ${isWhole === true ? 'a whole number ' : ''}${isOpen === true ? 'above' : 'at least'} ${low} and at most ${high} (${hint})`;
}

/** Named choices that a model reads: a word outside these would be taken for the default in silence. */
const choices: Readonly<Record<string, readonly string[]>> = {
  fec_scheme: fecSchemes, signalling: ['NRZ', 'PAM4'], laser_placement: ['module', 'integrated', 'external'], laser_cooling: ['held', 'semi-cooled'],
};

/** Why a parameter cannot be: a number or an end of a range outside its domain, a word outside its choices; `null` for what is fine. */
export function implausible(name: string, { value }: Param): string | null {
  if (typeof value === 'string') {
    const known = Object.hasOwn(choices, name) ? choices[name] : undefined;
    return known === undefined || known.includes(value) ? null : `${name} = "${value}" must be one of ${known.join(', ')}`;
  }
  const numbers = typeof value === 'number' ? [value] : Array.isArray(value) ? (value as readonly number[]) : [];
  return numbers.map((number) => outsideDomain(name, number)).find((reason) => reason !== null) ?? null;
}
