/**
 * Links composed from catalogue devices that nobody sells as one part yet: 800G over one fibre pair, 16 lines of 50 Gb/s
 * NRZ from a comb, ring modulators and ring filters, KP4 in the ASIC. The two differ only in where the comb sits, so that
 * integrated and external lasers can be compared like with like.
 */

import type { Param, Part } from '../part.ts';
import { between, estimate } from './evidence.ts';

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
  lanes_per_laser: estimate(1, 'ports per comb', 'one comb per port'),
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

export const composedParts: readonly Part[] = [
  {
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
  },
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
      mtbf: estimate(between(1e6, 2.6e6), 'h per 800G port', asCoPackaged),
      mttr: estimate(0.5, 'h', 'face-plate swap of the source'),
      fru: estimate('external laser', '', 'the laser stays cool and can be swapped at the face plate'),
      blast_radius: estimate(16, 'wavelengths of one comb', 'one pump feeds every line'),
    },
  },
];
