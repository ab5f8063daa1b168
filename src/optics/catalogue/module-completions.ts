/** What the link model needs of pluggable modules, and the standards that say it lane by lane. */

import type { Params } from './completion-terms.ts';
import { inWords, signal, singleMode } from './completion-terms.ts';
import { between, estimate, recalled } from './evidence.ts';

const drPmd = 'same physical layer as 400GBASE-DR4 (IEEE 802.3bs), lane by lane';
const headroom = 'shipped parts stand above the standard\'s limit; the worst-case budget counts none of it';

/** How far shipped ends stand above the limits; the worst-case view takes the low end, the typical view the middle. */
const shippedHeadroom: Params = {
  tx_headroom: estimate(between(0, 2), 'dB', headroom),
  rx_headroom: estimate(between(0, 2), 'dB', headroom),
};

/** Laser placement for parts that carry their lasers inside the module. */
const moduleLaser: Params = {
  laser_source: estimate('dfb-cw', '', 'single-mode pluggables carry CW or electro-absorption modulated DFB lasers'),
  laser_rise: estimate(8, 'K', 'laser submount over module case: about 0.2 W through 40 K/W'),
  electrical_loss: estimate(16, 'dB', 'chip-to-module channel of a 100G lane (IEEE 802.3ck C2M class)'),
};

/** Electro-absorption modulated lasers are cooled only when they would grow too warm. */
const semiCooled: Params = {
  laser_set_point: estimate(58, 'C', 'the eml entry: cooling often needed above 50 °C, less 8 K of rise'),
  laser_cooling: estimate('semi-cooled', '', inWords),
};

const drLimits: Params = {
  ...signal('PAM4', 'kp4'), ...singleMode, ...shippedHeadroom, ...moduleLaser,
  wavelength: estimate(between(1304.5, 1317.5), 'nm', drPmd),
  oma_minus_tdecq_min: estimate(-2.2, 'dBm', drPmd),
  tdecq_max: estimate(3.4, 'dB', drPmd),
  er_min: estimate(3.5, 'dB', drPmd),
  rin_oma_max: estimate(-136, 'dB/Hz', drPmd),
  srs: estimate(-1.9, 'dBm at SECQ 3.4 dB', drPmd),
  secq: estimate(3.4, 'dB', drPmd),
  reflectance_max: estimate(-26, 'dB', drPmd),
};

const frPmd = 'same physical layer as 400GBASE-FR4 (IEEE 802.3cu)';
const frLimits: Params = {
  ...signal('PAM4', 'kp4'), ...singleMode, ...shippedHeadroom, ...moduleLaser,
  wavelengths: estimate('1271,1291,1311,1331', 'nm', frPmd),
  oma_minus_tdecq_min: estimate(-1.7, 'dBm (ER>=4.5 dB)', frPmd),
  tdecq_max: estimate(3.4, 'dB', frPmd),
  er_min: estimate(3.5, 'dB', frPmd),
  rin_oma_max: estimate(-136, 'dB/Hz', frPmd),
  srs: estimate(-2.6, 'dBm at SECQ 3.4 dB', frPmd),
  secq: estimate(3.4, 'dB', frPmd),
  reflectance_max: estimate(-26, 'dB', frPmd),
};

const lanes200g = 'no 802.3dj limit was found; DR4 limits with the receiver 1.5 dB worse (thermal noise of twice the bandwidth) and the transmitter raised so that the 3.0 dB channel still closes';
const dr200gLimits: Params = {
  ...drLimits,
  oma_minus_tdecq_min: estimate(-0.5, 'dBm', lanes200g),
  srs: estimate(-0.4, 'dBm at SECQ 3.4 dB', lanes200g),
  rin_oma_max: estimate(-139, 'dB/Hz', 'same noise in twice the bandwidth as 802.3bs allows'),
  electrical_loss: estimate(22, 'dB', 'host-channel-pluggable of this catalogue'),
};

/** An unretimed end adds the host's electrical channel to the optical link. */
const unretimed = (ends: number): Params => ({
  unretimed_ends: estimate(ends, 'of 2 directions at each module', 'no DSP between the host SerDes and the light'),
  electrical_loss: estimate(12, 'dB', 'hosts qualified for linear optics keep the channel short'),
  electrical_loss_max: estimate(16, 'dB', 'beyond this the host SerDes has no equalisation left for the light'),
  electrical_penalty: estimate(0.03, 'dB/dB per unretimed end', 'residual host ISI that reaches the eye; about 0.7 dB over both ends at 12 dB'),
  host_equalisation: estimate(1, 'pJ/bit', 'extra host SerDes taps that replace the module DSP, both ends'),
});

/** Short-wave multimode as in IEEE 802.3db. */
const db = 'IEEE 802.3db 100GBASE-VR1/SR1: OMA - TDECQ at least -4.4 dBm, sensitivity SECQ - 6.4 dBm';
const srLimits: Params = {
  ...signal('PAM4', 'kp4'), ...shippedHeadroom,
  medium: estimate('om4', '', inWords),
  oma_minus_tdecq_min: recalled(-4.4, 'dBm', db),
  tdecq_max: recalled(4.4, 'dB', db),
  er_min: recalled(2.5, 'dB', db),
  rin_oma_max: estimate(-131, 'dB/Hz', '802.3db class VCSEL'),
  srs: recalled(-2, 'dBm at SECQ 4.4 dB', db),
  secq: recalled(4.4, 'dB', db),
  reflectance_max: estimate(-12, 'dB', '802.3 multimode receivers return up to -12 dB; VCSEL light is incoherent enough that it does not beat'),
  wavelength: estimate(between(844, 863), 'nm', '802.3db'),
  laser_source: estimate('vcsel', '', inWords),
  laser_rise: estimate(10, 'K', 'VCSEL junction over module case'),
  electrical_loss: estimate(16, 'dB', 'chip-to-module channel of a 100G lane (IEEE 802.3ck C2M class)'),
  power_split: estimate({ dsp: 0.55, laser: 0.1, driver_tia: 0.25, other: 0.1 }, 'fraction of module power', 'as the single-mode modules, with the smaller laser share of a VCSEL'),
};

/** Estimates by part id. */
export const moduleCompletions: Readonly<Record<string, Params>> = {
  'sr8-800g': { ...srLimits },
  'aoc-800g': {
    ...srLimits,
    lanes: estimate(8, '', 'as sr8-800g'),
    lane_rate: estimate(100, 'Gb/s', 'as sr8-800g'),
    blind_connectors: estimate(true, '', 'the fibre is fixed in both plugs'),
  },
  'dr4-400g': { ...drLimits },
  'fr4-400g': { ...frLimits },
  'lr4-400g': {
    ...frLimits,
    lane_rate: estimate(100, 'Gb/s', '400G over four lanes'),
    oma_minus_tdecq_min: estimate(-1.1, 'dBm', 'the tx_oma entry: -1.1 dBm + TDECQ'),
    srs: estimate(-3.9, 'dBm at SECQ 3.9 dB', 'so that the 6.3 dB channel closes with 0.4 dB, as FR4 closes with 0.3 dB'),
    secq: estimate(3.9, 'dB', 'equal to the TDECQ limit, as in DR4 and FR4'),
    ...semiCooled,
  },
  'dr8-800g': { ...drLimits, channel_il: estimate(3, 'dB', drPmd) },
  '2xfr4-800g': { ...frLimits, lane_rate: estimate(100, 'Gb/s', '800G over eight lanes'), channel_il: estimate(4, 'dB', frPmd) },
  'dr8-1600g': { ...dr200gLimits, ...semiCooled },
  'tro-1600g': {
    ...dr200gLimits, ...unretimed(1),
    lanes: estimate(8, '', '1.6T of 200G lanes'),
    electrical_loss: estimate(12, 'dB', 'the unretimed direction needs a short host channel'),
  },
  'lro-800g': { ...drLimits, ...unretimed(1), lanes: estimate(8, '', '800G of 100G lanes'), lane_rate: estimate(100, 'Gb/s', '800G class') },
  'lpo-800g': { ...drLimits, ...unretimed(2) },
  'lpo-1600g': {
    ...dr200gLimits, ...unretimed(2),
    lanes: estimate(8, '', '1.6T of 200G lanes'),
    lane_rate: estimate(200, 'Gb/s', 'MSA work item'),
    electrical_loss: estimate(10, 'dB', '200G lanes leave less host channel'),
  },
  'smvcsel-lpo-800g': { ...drLimits, ...unretimed(2), laser_source: estimate('vcsel', '', inWords), laser_rise: estimate(10, 'K', 'VCSEL junction over module case') },
  'mesh-optical': { ...drLimits, ...unretimed(2), lanes: estimate(8, '', '800G class'), lane_rate: estimate(100, 'Gb/s', '800G class') },
};
