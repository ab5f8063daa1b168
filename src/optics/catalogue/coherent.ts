/** Coherent pluggables for links between buildings. */

import type { Part } from '../part.ts';
import { between, engineeringEstimate, estimate, modellingDefault, published } from './evidence.ts';

const zr400Agreement = 'OIF 400ZR IA; Huawei 02313LHH module page; zlibraries excerpt of \'Optical Communications in the 5G Era\'';

export const coherentParts: readonly Part[] = [
  {
    id: 'zr-400', kind: 'coherent', year: 2020,
    name: '400ZR pluggable',
    params: {
      rate: published(478.75, 'Gb/s line (59.84 GBd DP-16QAM)', zr400Agreement),
      ber_prefec: published(0.0125, '', zr400Agreement),
      osnr: published(26, 'dB/0.1 nm', zr400Agreement),
      tx: published(between(-10, -6), 'dBm', zr400Agreement),
      rx: published(between(-12, 0), 'dBm (OSNR>=26); -20 at OSNR>=34', zr400Agreement),
      cd: published(2400, 'ps/nm', zr400Agreement),
      dgd: published(28, 'ps instantaneous (10 ps mean)', zr400Agreement),
      pdl: published(2, 'dB', zr400Agreement),
      reach: published(between(80, 120), 'km', zr400Agreement),
      loss_budget: published(11, 'dB unamplified', zr400Agreement),
      power: published(between(15, 20), 'W', 'mapyourtech.com power-per-bit article'),
      pj_bit: published(between(37.5, 50), 'pJ/bit', 'computed'),
      latency: estimate(between(2, 5), 'us incl. CFEC', engineeringEstimate),
      tune_time: published(180, 's', 'Huawei 02313LHH'),
      fec: estimate('CFEC/OFEC in module', '', modellingDefault),
      mttr: estimate(1, 'h', modellingDefault),
      ea: estimate(0.4, 'eV', modellingDefault),
      temp_case: estimate(between(0, 70), 'C', modellingDefault),
      cost_per_gbps: estimate(between(3, 8), '$/Gb/s (2025)', modellingDefault),
      mtbf: estimate(between(5e5, 1e6), 'h', modellingDefault),
      fru: estimate('module', '', modellingDefault),
      blast_radius: estimate(1, 'wavelength', modellingDefault),
      flap_mtbf: estimate(2e5, 'h', modellingDefault),
    },
  },
  {
    id: 'zr-800', kind: 'coherent', year: 2024,
    name: '800ZR pluggable (OIF IA Oct 2024)',
    params: {
      rate: estimate(118, 'GBd DP-16QAM', engineeringEstimate),
      reach: published(120, 'km (IA scope)', 'effectphotonics.com on OIF'),
      ia: published('ratified Oct 2024', '', 'szetern.com'),
      power: published(30, 'W (about, 800G ZR/ZR+)', 'tarluz.com 800G FAQ'),
      pj_bit: published(37.5, 'pJ/bit', 'computed'),
      ofec: published('OFEC class FEC', '', 'mapyourtech/itspace notes'),
      fec: estimate('CFEC/OFEC in module', '', modellingDefault),
      latency: estimate(between(2, 5), 'us', modellingDefault),
      mttr: estimate(1, 'h', modellingDefault),
      ea: estimate(0.4, 'eV', modellingDefault),
      temp_case: estimate(between(0, 70), 'C', modellingDefault),
      cost_per_gbps: estimate(between(3, 8), '$/Gb/s (2025)', modellingDefault),
      mtbf: estimate(between(5e5, 1e6), 'h', modellingDefault),
      fru: estimate('module', '', modellingDefault),
      blast_radius: estimate(1, 'wavelength', modellingDefault),
      flap_mtbf: estimate(2e5, 'h', modellingDefault),
    },
  },
  {
    id: 'coherent-lite', kind: 'coherent', year: 2027,
    name: '1600G coherent lite / 800LR (OIF)',
    params: {
      reach: published(20, 'km (under)', 'Cignal AI note'),
      power: estimate(between(20, 30), 'W at 1.6T', engineeringEstimate),
      maturity: published('one major potential customer; stepping stone to 3.2T', '', 'Cignal AI note'),
      fec: estimate('CFEC/OFEC in module', '', modellingDefault),
      latency: estimate(between(2, 5), 'us', modellingDefault),
      mttr: estimate(1, 'h', modellingDefault),
      ea: estimate(0.4, 'eV', modellingDefault),
      temp_case: estimate(between(0, 70), 'C', modellingDefault),
      cost_per_gbps: estimate(between(3, 8), '$/Gb/s (2025)', modellingDefault),
      mtbf: estimate(between(5e5, 1e6), 'h', modellingDefault),
      fru: estimate('module', '', modellingDefault),
      blast_radius: estimate(1, 'wavelength', modellingDefault),
      flap_mtbf: estimate(2e5, 'h', modellingDefault),
    },
  },
];
