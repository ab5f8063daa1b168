/**
 * What the link model needs and no source gives: estimates that fill the gaps, each with its reasoning.
 *
 * A sourced figure always wins over a completion of the same name. `signalling`, `fec_scheme`, `medium` and `laser_source`
 * repeat in one fixed vocabulary what the sources say in words.
 */

import type { Param } from '../part.ts';
import { between, estimate, recalled } from './evidence.ts';

type Params = Readonly<Record<string, Param>>;

const inWords = 'the sources of this part, in one vocabulary';
const drPmd = 'same physical layer as 400GBASE-DR4 (IEEE 802.3bs), lane by lane';
const headroom = 'shipped parts stand above the standard\'s limit; the worst-case budget counts none of it';

const signal = (signalling: 'PAM4' | 'NRZ', fecScheme: string): Params => ({
  signalling: estimate(signalling, '', inWords),
  fec_scheme: estimate(fecScheme, '', inWords),
});

const singleMode = { medium: estimate('smf-g652', '', inWords) };

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

const engine = 'co-packaged engine design point';
/** An engine lit by an external laser: one fibre split over several lanes. */
const externallyLit: Params = {
  ...singleMode,
  laser_source: estimate('els-elsfp', '', inWords),
  laser_placement: estimate('external', '', inWords),
  laser_launch: estimate(20, 'dBm per fibre', 'OIF ELSFP very-high-power class, 20 dBm'),
  laser_connector_loss: estimate(1, 'dB', 'two polarisation-maintaining connections'),
  laser_split_loss: estimate(0.4, 'dB', 'excess loss of the on-chip splitter tree'),
  laser_rise: estimate(10, 'K', 'laser submount over the face-plate module case'),
  coupling_loss: estimate(between(1, 2), 'dB per facet', 'edge couplers on silicon photonics'),
  wavelength: estimate(1311, 'nm', 'ELSFP single-wavelength option'),
  responsivity: estimate(0.85, 'A/W', 'germanium photodiode at 1311 nm'),
  electrical_loss: estimate(4, 'dB', 'host-channel-pluggable of this catalogue, co-packaged figure'),
  reflectance_max: estimate(-30, 'dB', 'angled edge couplers'),
  receiver_penalty: estimate(2.5, 'dB', 'equaliser noise enhancement and decision ambiguity against an ideal receiver'),
};
const ringEngine: Params = {
  modulator_part: estimate('mrm', '', inWords),
  modulator_loss: estimate(4.5, 'dB', 'midpoint of the ring modulator entry'),
  er: estimate(4.5, 'dB', engine),
  ring_spacing: estimate(2, 'K', 'ring over engine temperature spread that the loop must follow'),
  ring_hot: estimate(85, 'C', 'the engine temperature at which the coldest heater setting still locks'),
  heater_range: estimate(8, 'nm', 'about 15 to 20 mW at 25 mW per free spectral range of 13 nm'),
  ring_fwhm: estimate(45, 'GHz', 'loaded Q near 5000'),
  lock_error: estimate(1.5, 'GHz', 'residual of the wavelength-locking loop'),
};
const pamEngine = (laneGbps: 100 | 200): Params => ({
  ...signal('PAM4', 'kp4'), ...externallyLit,
  lanes_per_laser: estimate(8, 'lanes', 'one ELSFP fibre split over eight lanes'),
  eye_closure: estimate(3, 'dB', 'transmitter eye closure (TDECQ) of a good engine'),
  tia_noise: estimate(16, 'pA/sqrt(Hz)', 'input-referred noise of current PAM4 TIAs'),
  rx_bandwidth: estimate(laneGbps === 200 ? 53 : 27, 'GHz', 'half of the symbol rate'),
  power_split: estimate({ laser: 0.22, heater: 0.03, driver_tia: 0.65, other: 0.1 }, 'fraction of engine and laser power', 'NVIDIA\'s 7 W engine and 2 W laser; heater at 3 mW per lane'),
});

const io = 'optical I/O design point';
/** NRZ rings on a DWDM grid lit by an external multi-wavelength source. */
const dwdmIo = (lanes: number, spacingGhz: number, bandwidthGhz: number): Params => ({
  ...externallyLit, ...ringEngine,
  lanes: estimate(lanes, 'wavelengths per fibre', io),
  laser_launch: estimate(5, 'dBm per line', 'midpoint of the comb entries'),
  lanes_per_laser: estimate(1, 'ports per line', 'each line feeds one port'),
  line_spacing: estimate(spacingGhz, 'GHz', io),
  mux_loss: estimate(1, 'dB', 'through loss of the other rings on the bus'),
  demux_loss: estimate(1, 'dB', 'drop loss at resonance'),
  eye_closure: estimate(1.5, 'dB', 'NRZ eye closure of a ring transmitter'),
  receiver_penalty: estimate(1.5, 'dB', 'NRZ receiver without equaliser'),
  tia_noise: estimate(12, 'pA/sqrt(Hz)', 'small photodiode capacitance after hybrid bonding'),
  rx_bandwidth: estimate(bandwidthGhz, 'GHz', '0.7 of the symbol rate'),
  laser_rin: estimate(-140, 'dB/Hz per line', 'CW-WDM class source'),
  power_split: estimate({ laser: 0.25, heater: 0.1, driver_tia: 0.45, other: 0.2 }, 'fraction of the stated energy per bit', io),
});

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
};

/** Full time to usable of a circuit, besides what the switch itself takes. */
const circuit = (relockMs: number): Params => ({
  drain_time: estimate(1, 'ms', 'a few round trips of a paused queue'),
  programming: estimate(5, 'ms', 'management call and controller of the switch'),
  relock_time: estimate(relockMs, 'ms', 'receiver signal detect, clock recovery and equaliser adaptation of a pluggable; vendors publish none'),
  fec_align_time: estimate(1, 'ms', 'lane alignment markers and FEC lock'),
});

/** Estimates by part id. */
export const completions: Readonly<Record<string, Params>> = {
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
  },
  'dr8-800g': { ...drLimits, channel_il: estimate(3, 'dB', drPmd) },
  '2xfr4-800g': { ...frLimits, lane_rate: estimate(100, 'Gb/s', '800G over eight lanes'), channel_il: estimate(4, 'dB', frPmd) },
  'dr8-1600g': { ...dr200gLimits },
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
  'nv-quantum-x-photonics': { ...pamEngine(200), ...ringEngine, lanes: estimate(4, 'per 800G port', '800G port of 200G lanes') },
  'nv-spectrum-x-photonics': { ...pamEngine(200), ...ringEngine, lanes: estimate(4, 'per 800G port', '800G port of 200G lanes') },
  'bcm-bailly': {
    ...pamEngine(100), lanes: estimate(8, 'per 800G port', '800G of 100G lanes'),
    modulator_part: estimate('mzm-si', '', inWords), modulator_loss: estimate(3.4, 'dB', 'midpoint of the Mach-Zehnder entry'),
    er: estimate(5, 'dB', engine), laser_launch: estimate(18, 'dBm per fibre', 'high-power ELSFP class'),
    power_split: estimate({ laser: 0.22, driver_tia: 0.68, other: 0.1 }, 'fraction of engine and laser power', 'as NVIDIA\'s split, without heaters'),
  },
  'bcm-davisson': {
    ...pamEngine(200),
    ...ringEngine,
    lanes: estimate(4, 'per 800G port', '800G of 200G lanes'),
    modulator: estimate('micro-ring (MRM)', '', 'TSMC COUPE engines'),
  },
  'lightmatter-l20': {
    ...pamEngine(200),
    ...ringEngine,
    lanes: estimate(4, 'per 800G', '800G of 200G lanes'),
    electrical_loss: estimate(8, 'dB', 'near package: between 4 dB and the face plate'),
  },
  'els-elsfp': { emitter: estimate('dfb-cw', '', 'rows of high-power DFB lasers'), ref_case_temp: estimate(50, 'C', 'the wall-plug entry is stated at 50 C') },
  'xscape-chromx': { emitter: estimate('dfb-cw', '', 'one CW pump') },
  'scintil-leaf': { emitter: estimate('dfb-cw', '', 'III-V on silicon DFB lasers') },
  'qd-comb': { emitter: estimate('qd-laser', '', 'quantum-dot gain') },
  quintessent: { emitter: estimate('qd-laser', '', 'quantum-dot gain') },
  mrm: { heater_per_fsr: estimate(between(20, 40), 'mW', 'the heater entry states it in words') },
  'ayar-teraphy-g3': { ...signal('NRZ', 'none'), ...dwdmIo(16, 200, 22.4), lanes: estimate(16, 'wavelengths per port', 'the wavelengths entry') },
  'lightmatter-m1000': {
    ...signal('NRZ', 'kp4'),
    ...dwdmIo(8, 400, 39),
    lane_rate: estimate(56, 'Gb/s', '114 Tb/s over 256 fibres is 445 Gb/s per fibre, 8 lines of 56 Gb/s'),
  },
  'lightmatter-l200': {
    ...signal('PAM4', 'kp4'),
    ...dwdmIo(16, 200, 29),
    lane_rate: estimate(100, 'Gb/s payload', '16 lines of 112G class make the stated 1.6 Tb/s per fibre'),
    eye_closure: estimate(2.5, 'dB', 'PAM4 ring transmitter'),
    laser_launch: estimate(8, 'dBm per line', 'PAM4 needs about 3x the light of NRZ (multilevel penalty)'),
  },
  'celestial-pf': {
    ...signal('NRZ', 'none'), ...dwdmIo(16, 200, 35), lane_rate: estimate(50, 'Gb/s', '16 Tb/s chiplet; NRZ electro-absorption lanes'),
    modulator_part: estimate('eml', '', 'electro-absorption modulator'), sensitivity_ber: recalled(1e-8, '', 'the rx_sens entry'),
    ber_limit: recalled(1e-8, '', 'the rx_sens entry'), laser_launch: estimate(8, 'dBm per line', 'EAM loss and the stated -10 dBm sensitivity'),
    power_split: estimate({ laser: 0.226, driver_tia: 0.6, other: 0.174 }, 'fraction of the stated energy per bit', '0.7 pJ/bit of 3.1 pJ/bit is laser'),
    pj_bit_total: estimate(3.1, 'pJ/bit', 'pj_bit_elec + pj_bit_laser'),
  },
  'oci-msa-gen1': {
    ...signal('NRZ', 'kp4'),
    ...dwdmIo(4, 399, 37),
    payload_rate: estimate(50, 'Gb/s', '53.125 Gb/s is 50 Gb/s with 257/256 transcoding and KP4 (check F01)'),
    laser_launch: estimate(5, 'dBm per line', 'ELSFP four-line option'),
  },
  'nv-dwdm-isscc26': { ...signal('NRZ', 'none'), ...dwdmIo(8, 200, 22.4) },
  'vcsel-1060-wide': {
    ...signal('NRZ', 'none'), lanes: estimate(20, 'of 40 Gb/s', '800G'), spare_channels: estimate(2, 'channels', 'slow-and-wide arrays carry spares'),
    medium: estimate('om4', '', inWords),
    wavelength: estimate(1060, 'nm', 'name of the part'),
    laser_source: estimate('vcsel', '', inWords),
    laser_rise: estimate(10, 'K', 'VCSEL junction over package'),
    launch: estimate(1.5, 'dBm mean', '1060 nm VCSEL at reduced current'),
    er: estimate(4, 'dB', 'direct modulation'),
    coupling_loss: estimate(1.5, 'dB per facet', 'lensed array'),
    laser_rin: estimate(-140, 'dB/Hz', 'VCSEL class'), eye_closure: estimate(1.5, 'dB', 'NRZ'), receiver_penalty: estimate(2, 'dB', 'no equaliser'),
    responsivity: estimate(0.6, 'A/W', 'InGaAs at 1060 nm, top illuminated'),
    tia_noise: estimate(14, 'pA/sqrt(Hz)', 'CMOS TIA'),
    rx_bandwidth: estimate(28, 'GHz', '0.7 of the symbol rate'),
    electrical_loss: estimate(4, 'dB', 'near or co-packaged'), reflectance_max: estimate(-20, 'dB', 'multimode'),
    fibre_loss: estimate(0.0015, 'dB/m', 'OM4 at 1060 nm'),
    power_split: estimate({ laser: 0.5, driver_tia: 0.4, other: 0.1 }, 'fraction of the stated energy per bit', 'VCSEL links spend half in the laser'),
  },
  'mosaic-800g': {
    ...signal('NRZ', 'none'),
    lanes: estimate(400, 'channels of 2 Gb/s', '800G at the prototype\'s channel rate'),
    lane_rate: estimate(2, 'Gb/s', 'prototype entry'),
    spare_channels: estimate(16, 'channels', '4 % spares'),
    medium: estimate('imaging-fibre', '', inWords),
    wavelength: estimate(430, 'nm', 'blue microLED'),
    laser_source: estimate('micro-led', '', inWords),
    laser_rise: estimate(10, 'K', 'LED over package'),
    launch: estimate(-8, 'dBm mean', 'microLED at tens of microamperes'),
    er: estimate(8, 'dB', 'LED switched nearly off'),
    coupling_loss: estimate(2, 'dB per end', 'imaging lens'),
    laser_rin: estimate(-150, 'dB/Hz', 'incoherent light'), eye_closure: estimate(1, 'dB', 'NRZ at 2 Gb/s'), receiver_penalty: estimate(1, 'dB', 'no equaliser'),
    responsivity: estimate(0.25, 'A/W', 'silicon at 430 nm'),
    tia_noise: estimate(2.5, 'pA/sqrt(Hz)', 'low-rate CMOS TIA'),
    rx_bandwidth: estimate(1.4, 'GHz', '0.7 of the symbol rate'),
    electrical_loss: estimate(16, 'dB', 'pluggable'), reflectance_max: estimate(-14, 'dB', 'incoherent light does not beat'),
    fibre_loss: estimate(0.12, 'dB/m', 'imaging fibre in the blue'),
    power_split: estimate({ laser: 0.3, driver_tia: 0.4, other: 0.3 }, 'fraction of module power', 'gearbox and channel electronics'),
  },
  'avicena-ekit': {
    ...signal('NRZ', 'none'),
    lanes: estimate(256, 'active channels', 'the channels entry'),
    spare_channels: estimate(64, 'channels', 'the channels entry'),
    ber_limit: estimate(1e-9, '', 'the ber entry'),
    medium: estimate('imaging-fibre', '', inWords),
    wavelength: estimate(430, 'nm', 'blue microLED'),
    laser_source: estimate('micro-led', '', inWords),
    laser_rise: estimate(10, 'K', 'LED over package'),
    launch: estimate(-10, 'dBm mean', '0.1 pJ/bit at a few per cent efficiency'),
    er: estimate(8, 'dB', 'LED switched nearly off'),
    coupling_loss: estimate(2, 'dB per end', 'imaging lens'),
    laser_rin: estimate(-150, 'dB/Hz', 'incoherent light'),
    eye_closure: estimate(1.5, 'dB', 'NRZ at 3.5 Gb/s from an LED'),
    receiver_penalty: estimate(1, 'dB', 'no equaliser'),
    responsivity: estimate(0.25, 'A/W', 'silicon at 430 nm'),
    tia_noise: estimate(2.5, 'pA/sqrt(Hz)', 'low-rate CMOS TIA'),
    rx_bandwidth: estimate(2.5, 'GHz', '0.7 of the symbol rate'),
    electrical_loss: estimate(4, 'dB', 'beside the die'), reflectance_max: estimate(-14, 'dB', 'incoherent light does not beat'),
    fibre_loss: estimate(0.3, 'dB/m', 'multicore bundle in the blue'), pj_bit: estimate(between(0.5, 1), 'pJ/bit', 'the LED figure plus receiver and channel logic'),
    power_split: estimate({ laser: 0.2, driver_tia: 0.5, other: 0.3 }, 'fraction of the stated energy per bit', 'the LED entry over the total'),
  },
  'sirius-awgr': {
    ...signal('PAM4', 'kp4'),
    ...singleMode,
    lanes: estimate(1, 'tunable wavelength', 'one lane per port'),
    wavelength: estimate(1550, 'nm', 'C band'),
    reach: estimate(500, 'm', 'rack to grating inside a hall'),
    ports: estimate(16, '', 'grating of the prototype class'),
    laser_source: estimate('dfb-cw', '', 'tunable laser of the same family'),
    laser_rise: estimate(8, 'K', 'as pluggables'),
    laser_placement: estimate('module', '', inWords),
    laser_launch: estimate(13, 'dBm', 'tunable laser bank with semiconductor optical amplifier'),
    lanes_per_laser: estimate(1, 'lane', inWords),
    laser_connector_loss: estimate(0, 'dB', 'inside the module'),
    laser_split_loss: estimate(0, 'dB', 'not split'),
    coupling_loss: estimate(1, 'dB per facet', 'packaged'),
    modulator_part: estimate('mzm-si', '', inWords),
    modulator_loss: estimate(3.4, 'dB', 'midpoint of the Mach-Zehnder entry'),
    er: estimate(5, 'dB', 'Mach-Zehnder'),
    laser_rin: estimate(-145, 'dB/Hz', 'tunable laser'),
    eye_closure: estimate(2.5, 'dB', 'PAM4'),
    receiver_penalty: estimate(1.5, 'dB', 'PAM4 receiver'),
    responsivity: estimate(0.9, 'A/W', 'InGaAs at 1550 nm'),
    tia_noise: estimate(14, 'pA/sqrt(Hz)', '25 GBd TIA'),
    rx_bandwidth: estimate(13, 'GHz', 'half of the symbol rate'),
    reflectance_max: estimate(-30, 'dB', 'angled'),
    electrical_loss: estimate(16, 'dB', 'pluggable'),
    latency: estimate(between(5, 20), 'ns per end', 'burst-mode receiver without DSP'),
    pj_bit: estimate(20, 'pJ/bit', 'tunable laser of about 1 W per 50G lane'),
    power_split: estimate({ laser: 0.6, driver_tia: 0.3, other: 0.1 }, 'fraction of the stated energy per bit', 'the tunable laser dominates'),
    grating_crosstalk: estimate(-35, 'dB per neighbour', 'cyclic grating class'), temp_case: estimate(between(0, 70), 'C', 'pluggable class'),
  },
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
    i_max: estimate(180, 'mA', 'absolute maximum class'),
  },
  'smf-g652': {
    group_index: estimate(1.468, '', 'the group_delay entry'),
    zero_dispersion: recalled(between(1300, 1324), 'nm', 'ITU-T G.652'),
    dispersion_slope: recalled(0.093, 'ps/nm2/km', 'ITU-T G.652'),
  },
  hcf: { loss: estimate(0.3, 'dB/km', 'current production hollow-core cables') },
};
