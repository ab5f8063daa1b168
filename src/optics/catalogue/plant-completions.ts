/** What the link model needs of cables, fibre, lasers, circuit switches and coherent modules. */

import type { Params } from './completion-terms.ts';
import { inWords, signal } from './completion-terms.ts';
import { between, estimate, recalled } from './evidence.ts';

const coherentCommon: Params = {
  medium: estimate('smf-g652', '', inWords),
  lanes: estimate(1, 'wavelength', 'one DP-16QAM carrier'),
  fec_scheme: estimate('cfec', '', inWords),
  osnr: estimate(26, 'dB/0.1 nm', '400ZR implementation agreement class'),
  ber_prefec: estimate(0.0125, '', '400ZR CFEC limit'),
  tx: estimate(between(-10, -6), 'dBm', '400ZR class'),
  loss_budget: estimate(11, 'dB unamplified', '400ZR class'),
  cd: estimate(2400, 'ps/nm', '400ZR class'),
  amplifier_nf: estimate(5.5, 'dB', 'erbium amplifier'),
  amplified_launch: estimate(0, 'dBm per channel', 'near the GN optimum of one 80 km span at 64 GBd'),
  tx_osnr: estimate(36, 'dB', 'transmitter OSNR of ZR class modules with booster'),
  fibre_loss: estimate(0.2, 'dB/km at 1550 nm', 'G.652 in the C band'),
  fibre_dispersion: estimate(16.7, 'ps/nm/km', 'G.652 at 1550 nm'),
  wavelength: estimate(1550, 'nm', 'C band'),
  host_fec: estimate('kp4', '', 'the host electrical lanes stay KP4 coded and are decoded in the module'),
  electrical_loss: estimate(16, 'dB', 'chip-to-module channel'),
  power_split: estimate(
    { dsp: 0.5, laser: 0.12, tec: 0.05, driver_tia: 0.23, other: 0.1 }, 'fraction of module power',
    'coherent DSP about half; a tunable laser of about 2 W with its cooler of about 1 W; drivers and TIAs',
  ),
};

/** Full time to usable of a circuit, besides what the switch itself takes. */
const circuit = (relockMs: number): Params => ({
  drain_time: estimate(1, 'ms', 'a few round trips of a paused queue'),
  programming: estimate(5, 'ms', 'management call and controller of the switch'),
  relock_time: estimate(relockMs, 'ms', 'receiver signal detect, clock recovery and equaliser adaptation of a pluggable; vendors publish none'),
  fec_align_time: estimate(1, 'ms', 'lane alignment markers and FEC lock'),
});

/** Estimates by part id. */
export const plantCompletions: Readonly<Record<string, Params>> = {
  'dac-800g-passive': {
    ...signal('PAM4', 'kp4'),
    cable_loss: estimate(8, 'dB/m at 26.56 GHz', 'so that 2 m uses the 19.75 dB of IEEE 802.3ck clause 162 with the plugs; 26 AWG twinax'),
    plug_loss: estimate(1.7, 'dB per end', 'paddle card and contacts'),
    loss_budget: recalled(19.75, 'dB at 26.56 GHz', 'IEEE 802.3ck clause 162 cable assembly'),
  },
  'aec-800g': {
    ...signal('PAM4', 'kp4'),
    cable_loss: estimate(5.4, 'dB/m at 26.56 GHz', 'so that 7 m uses the reach of a 40 dB long-reach retimer'),
    plug_loss: estimate(1, 'dB per end', 'the retimer sits in the plug'),
    loss_budget: estimate(40, 'dB at 26.56 GHz', 'long-reach retimer DSP, plug to plug'),
    electrical_loss: estimate(16, 'dB', 'chip-to-module channel of a 100G lane'),
  },
  'nvlink5-copper-nvl72': {
    ...signal('PAM4', 'kp4'),
    lanes: estimate(4, 'of 200 Gb/s', '1.8 TB/s both ways over 18 NVLinks is 400 Gb/s each way, two lanes; one part here is an 800G pair of links'),
    cable_loss: estimate(9, 'dB/m at 53 GHz', '30 AWG twinax at 200G lanes'),
    plug_loss: estimate(2, 'dB per end', 'backplane connector'),
    loss_budget: estimate(18, 'dB at 53 GHz', 'so that the stated 1.5 m closes with half a decibel'),
    power_end: estimate(0, 'W', 'no active parts'),
    latency: estimate(5, 'ns/m', 'twinax velocity about 0.7c gives 4.8 ns/m'),
    mtbf: estimate(1e8, 'h', 'copper class of this catalogue'),
  },
  'host-channel-pluggable': {
    serdes_energy_long: estimate(between(4, 6), 'pJ/bit, both ends, at the pluggable insertion loss', 'the NVLink 5 lane figure of this catalogue'),
    serdes_energy_short: estimate(between(1, 2), 'pJ/bit, both ends, at the co-packaged insertion loss', 'extra-short-reach SerDes'),
  },
  'els-elsfp': { emitter: estimate('dfb-cw', '', 'rows of high-power DFB lasers'), ref_case_temp: estimate(50, 'C', 'the wall-plug entry is stated at 50 °C') },
  'xscape-chromx': { emitter: estimate('dfb-cw', '', 'one CW pump') },
  'scintil-leaf': { emitter: estimate('dfb-cw', '', 'III-V on silicon DFB lasers') },
  'qd-comb': { emitter: estimate('qd-laser', '', 'quantum-dot gain') },
  quintessent: { emitter: estimate('qd-laser', '', 'quantum-dot gain') },
  mrm: { heater_per_fsr: estimate(between(20, 40), 'mW', 'the heater entry states it in words') },
  'fso-dc': {
    transceiver: estimate('dr8-800g', '', 'FireFly and ProjecToR drive the beam from a standard module'),
    beam_waist: estimate(2, 'mm', 'the waist of check O04'),
    aperture_radius: estimate(12.5, 'mm', 'one-inch optics'),
    steering_loss: estimate(1, 'dB per end', 'collimator and steering mirror'), wavelength: estimate(1311, 'nm', 'as the module'),
  },
  'zr-400': { ...coherentCommon, lane_rate: estimate(400, 'Gb/s', 'client rate'), baud: estimate(59.84375, 'GBd', 'the rate entry') },
  'zr-800': {
    ...coherentCommon,
    lane_rate: estimate(800, 'Gb/s', 'client rate'),
    baud: estimate(118, 'GBd', 'the rate entry'),
    loss_budget: estimate(11, 'dB unamplified', 'as 400ZR'),
  },
  'coherent-lite': {
    ...coherentCommon,
    lane_rate: estimate(1600, 'Gb/s', 'name of the part'),
    baud: estimate(236, 'GBd', 'two 118 GBd carriers counted as one'),
    loss_budget: estimate(8, 'dB unamplified', '20 km at 1310 to 1550 nm plus connectors'),
    amplified: estimate(false, '', 'unamplified by intent'),
  },
  'google-palomar': { ...circuit(50) },
  'lumentum-r300': { ...circuit(50) },
  'coherent-ocs': { ...circuit(50) },
  polatis: { ...circuit(50) },
  'calient-s320': { ...circuit(50) },
  'sip-ocs': { ...circuit(50) },
  'ucsd-24x24': { drain_time: estimate(0.001, 'ms', 'prototype with host pause'), fec_align_time: estimate(0, 'ms', 'the prototype ran without FEC') },
  telescent: { ...circuit(50) },
  circulator: { directivity: estimate(50, 'dB', 'leak of the own transmitter into the own receiver, circulator class') },
  'mpo-connector': { reflectance_clean: recalled(-35, 'dB SM', 'IEEE 802.3bs clause 124 discrete reflectance; the reflectance entry is the weaker ISO 11801 limit') },
  'dfb-cw': {
    ith0: estimate(10, 'mA at 25 C', 'threshold of check S01'),
    eta0: estimate(0.3, 'W/A at 25 C', 'slope of check S02'),
    v0: estimate(1, 'V', 'check S04'),
    rs: estimate(4, 'ohm', 'check S04'),
    rth: estimate(60, 'K/W', 'narrow-ridge DFB on submount'),
    nominal_output: estimate(20, 'mW', 'unit emitter; larger sources scale area and current together'),
    ageing_rate: estimate(between(0.005, 0.02), 'change a year on a submount at 50 C', 'GR-468 practice: end of life at 20 to 50 % more drive after one or two decades'),
    i_max: estimate(180, 'mA', 'absolute maximum class'),
  },
  'smf-g652': {
    modes: estimate('single-mode', '', 'name of the part'),
    group_index: estimate(1.468, '', 'the group_delay entry'),
    zero_dispersion: recalled(between(1300, 1324), 'nm', 'ITU-T G.652'),
    dispersion_slope: recalled(0.093, 'ps/nm2/km', 'ITU-T G.652'),
  },
  hcf: { modes: estimate('single-mode', '', 'guided as single-mode fibre'), loss: estimate(0.3, 'dB/km', 'current production hollow-core cables') },
};
