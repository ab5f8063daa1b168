/**
 * Parts that the facts do not list and the link model needs: multimode and imaging fibre, lasers by family, and links composed
 * of catalogue devices.
 *
 * Links composed from catalogue devices that nobody sells as one part yet: 800G over one fibre pair, 16 lines of 50 Gb/s
 * NRZ from a comb, ring modulators and ring filters, KP4 in the ASIC. The two differ only in where the comb sits, so that
 * integrated and external lasers can be compared like with like.
 */

import type { Param, Part } from '../part.ts';
import { between, estimate, recalled } from './evidence.ts';
import { halfComb, lpo400 } from './half-ports.ts';

const design = 'composed of catalogue devices: comb laser, ring modulators and filters, NRZ receivers';
const asCoPackaged = 'as the co-packaged parts of this catalogue';
const asOpticalIo = 'as the optical I/O parts of this catalogue';

const combLink: Readonly<Record<string, Param>> = {
  lanes: estimate(16, 'wavelengths per fibre', design),
  lane_rate: estimate(50, 'Gb/s payload', '16 x 50 Gb/s is one 800G port; 53.125 Gb/s on the line with KP4'),
  signalling: estimate('NRZ', '', design),
  fec_scheme: estimate('kp4', '', 'the switch ASIC decodes KP4 as for any 800G port'),
  fec: estimate('KP4 in the ASIC', '', asCoPackaged),
  medium: estimate('smf-g652', '', design),
  wavelength: estimate(1311, 'nm', 'O-band comb'),
  line_spacing: estimate(200, 'GHz', 'CW-WDM 16-line grid'),
  reach: estimate(500, 'm', asCoPackaged),
  coupling_loss: estimate(between(1, 2), 'dB per facet', 'edge couplers on silicon photonics'),
  modulator_part: estimate('mrm', '', design),
  modulator_loss: estimate(4.5, 'dB', 'midpoint of the ring modulator entry'),
  er: estimate(4.5, 'dB', 'ring modulator'),
  eye_closure: estimate(1.5, 'dB', 'NRZ eye closure of a ring transmitter'),
  mux_loss: estimate(1, 'dB', 'through loss of the other rings on the bus'),
  demux_loss: estimate(1, 'dB', 'drop loss at resonance'),
  ring_fwhm: estimate(45, 'GHz', 'loaded Q near 5000'),
  ring_spacing: estimate(2, 'K', 'ring over engine temperature spread that the loop must follow'),
  ring_hot: estimate(85, 'C', 'the engine temperature at which the coldest heater setting still locks'),
  heater_range: estimate(8, 'nm', 'about 15 to 20 mW at 25 mW per free spectral range of 13 nm'),
  lock_error: estimate(1.5, 'GHz', 'residual of the wavelength-locking loop'),
  responsivity: estimate(0.85, 'A/W', 'germanium photodiode at 1311 nm'),
  tia_noise: estimate(14, 'pA/sqrt(Hz)', 'input-referred noise of a 53 GBd NRZ TIA'),
  rx_bandwidth: estimate(37, 'GHz', '0.7 of the symbol rate'),
  receiver_penalty: estimate(1.5, 'dB', 'NRZ receiver without equaliser'),
  reflectance_max: estimate(-30, 'dB', 'angled edge couplers'),
  lanes_per_laser: estimate(1, 'ports per line', 'one comb, or one row of lasers, per port'),
  laser_launch: estimate(8, 'dBm per line', 'a row of DFB lasers in place of the comb (`--laser els-elsfp`)'),
  electrical_loss: estimate(4, 'dB', 'co-packaged, as host-channel-pluggable states'),
  driver_tia_energy: estimate(between(1.2, 2), 'pJ/bit', 'ring driver, TIA, clocking and locking electronics; the ISSCC 2026 and OCI class entries are 2 to 5 pJ/bit with laser'),
  latency: estimate(between(5, 20), 'ns (no module DSP)', asCoPackaged),
  temp_case: estimate(between(10, 55), 'C coolant-limited', asCoPackaged),
  ref_case_temp: estimate(40, 'C', asCoPackaged),
  ea: estimate(0.4, 'eV', asCoPackaged),
  cost_per_gbps: estimate(between(0.3, 0.8), '$/Gb/s target', asOpticalIo),
  density: estimate(between(400, 1600), 'Gb/s/mm of die edge', asCoPackaged),
  flap_mtbf: estimate(1e6, 'h', asCoPackaged),
};

const integratedTrade = 'no fibre connection and no separate package between laser and modulator, at the price of engine heat and an engine swap on failure';

const bulk = (id: string, kind: string, name: string, params: Part['params']): Part => ({ id, kind, name, year: 2020, params });

const integratedComb: Part = {
  id: 'wdm-comb-800g', kind: 'optical-io', year: 2026,
  name: '800G WDM engine, comb laser integrated on the engine',
  params: {
    ...combLink,
    laser_source: estimate('scintil-leaf', '', 'single-chip multi-wavelength laser made with the silicon photonics'),
    laser_placement: estimate('integrated', '', integratedTrade),
    laser_connector_loss: estimate(0, 'dB', integratedTrade),
    laser_split_loss: estimate(0.5, 'dB', 'laser to silicon waveguide taper'),
    laser_rise: estimate(25, 'K', 'laser on the hot engine over its case'),
    mtbf: estimate(between(0.7e6, 2e6), 'h per 800G port', 'co-packaged class less the laser that can no longer be swapped'),
    mttr: estimate(8, 'h', 'a dead laser means an engine, which means the switch tray'),
    fru: estimate('switch tray', '', integratedTrade),
    blast_radius: estimate(between(8, 64), 'ports for an engine', asCoPackaged),
  },
};

export const composedParts: readonly Part[] = [
  bulk('om4', 'fibre', 'OM4 multimode fibre at 850 nm', {
    modes: estimate('multimode', '', 'name of the part'),
    loss: recalled(3, 'dB/km at 850 nm', 'TIA-568 cabled OM4'),
    group_index: estimate(1.482, '', 'graded-index silica core'),
    bandwidth: estimate(2.6, 'GHz km', 'effective modal bandwidth 4.7 GHz km with the chromatic dispersion of a 0.6 nm wide VCSEL'),
  }),
  bulk('imaging-fibre', 'fibre', 'Multicore imaging fibre', { modes: estimate('imaging', '', 'name of the part'), group_index: estimate(1.5, '', 'glass cores') }),
  bulk('vcsel', 'laser', 'VCSEL, any wavelength', {
    t0: estimate(150, 'K', 'threshold of detuned-gain VCSELs is nearly flat to 85 °C'),
    t1: estimate(250, 'K', 'slope falls by about a fifth over 60 K'),
    ith0: estimate(0.6, 'mA at 25 C', 'oxide VCSEL'), eta0: estimate(0.6, 'W/A at 25 C', 'oxide VCSEL'),
    v0: estimate(1.6, 'V', 'oxide VCSEL'), rs: estimate(60, 'ohm', 'oxide VCSEL'), rth: estimate(2500, 'K/W', 'oxide VCSEL'),
    nominal_output: estimate(2, 'mW', 'oxide VCSEL at 6 mA'), i_max: estimate(9, 'mA', 'oxide VCSEL'), ea: estimate(0.7, 'eV', 'oxide VCSEL wear-out'),
    ageing_rate: estimate(between(0.01, 0.03), 'change a year on a submount at 50 C', 'oxide VCSEL: end of life near 20 % within a decade'),
  }),
  bulk('qd-laser', 'laser', 'Quantum-dot laser, O band', {
    t0: estimate(250, 'K', 'quantum dots: far higher than quantum wells'), t1: estimate(500, 'K', 'quantum dots'),
    ith0: estimate(20, 'mA at 25 C', 'quantum-dot ridge'), eta0: estimate(0.25, 'W/A at 25 C', 'quantum-dot ridge'),
    v0: estimate(1, 'V', 'as dfb-cw'), rs: estimate(4, 'ohm', 'as dfb-cw'), rth: estimate(60, 'K/W', 'as dfb-cw'),
    nominal_output: estimate(20, 'mW', 'unit emitter'), i_max: estimate(200, 'mA', 'absolute maximum class'), ea: estimate(0.5, 'eV', 'quantum-dot ageing'),
    ageing_rate: estimate(between(0.003, 0.01), 'change a year on a submount at 50 C', 'quantum dots age more slowly than wells'),
  }),
  bulk('micro-led', 'laser', 'Blue GaN microLED', {
    t0: estimate(1000, 'K', 'no threshold; kept so that one law serves all emitters'),
    t1: estimate(600, 'K', 'GaN emitters lose about a tenth over 60 K'),
    ith0: estimate(0.001, 'mA at 25 C', 'no threshold'), eta0: estimate(0.4, 'W/A at 25 C', 'small LED with lens'),
    v0: estimate(2.8, 'V', 'GaN'), rs: estimate(200, 'ohm', 'small contacts'), rth: estimate(5000, 'K/W', 'small mesa'),
    nominal_output: estimate(0.1, 'mW', 'tenths of a milliampere'), i_max: estimate(2, 'mA', 'small mesa'), ea: estimate(0.4, 'eV', 'GaN'),
    ageing_rate: estimate(between(0.01, 0.03), 'change a year on a submount at 50 C', 'GaN at low current density'),
  }),
  integratedComb,
  halfComb(integratedComb),
  lpo400,
  {
    id: 'wdm-comb-els-800g', kind: 'optical-io', year: 2026,
    name: '800G WDM engine, comb laser in an external source',
    params: {
      ...combLink,
      laser_source: estimate('xscape-chromx', '', 'one pump and a comb in a swappable module'),
      laser_placement: estimate('external', '', 'the laser stays cool and can be swapped at the face plate'),
      laser_connector_loss: estimate(1, 'dB', 'two polarisation-maintaining connections'),
      laser_split_loss: estimate(1.5, 'dB', 'fibre to engine facet'),
      laser_rise: estimate(10, 'K', 'laser submount over the face-plate module case'),
      laser_set_point: estimate(50, 'C', 'the comb is held on its grid by a cooler in the source module'),
      mtbf: estimate(between(1e6, 2.6e6), 'h per 800G port', asCoPackaged),
      mttr: estimate(0.5, 'h', 'face-plate swap of the source'),
      fru: estimate('external laser', '', 'the laser stays cool and can be swapped at the face plate'),
      blast_radius: estimate(16, 'wavelengths of one comb', 'one pump feeds every line'),
    },
  },
];
