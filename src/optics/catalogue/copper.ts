/** Copper cables and the electrical path from ASIC to face plate. */

import type { Part } from '../part.ts';
import { between, engineeringEstimate, estimate, modellingDefault, published } from './evidence.ts';

const asteraixGuide = 'asteraix.com AOC/DAC/AEC guide (2026)';
const setloop = 'setloop.io';

export const copperParts: readonly Part[] = [
  {
    id: 'dac-800g-passive', kind: 'copper', year: 2023,
    name: '800G OSFP passive twinax DAC',
    params: {
      lanes: published(8, '', 'docs.nvidia.com MCP7Y00/MCP4Y10 pages'),
      lane_rate: published(100, 'Gb/s', asteraixGuide),
      modulation: published('PAM4', '', asteraixGuide),
      power_end: published(0, 'W', 'asteraix.com AOC/DAC/AEC guide (2026); mefibermodule.com gives <0.1 W'),
      power_scope: estimate('no active parts; host SerDes excluded (about 5 pJ/bit, estimate)', '', engineeringEstimate),
      reach: published(2, 'm', asteraixGuide),
      latency: estimate(5, 'ns/m', 'twinax velocity about 0.7c gives 4.8 ns/m'),
      mtbf: published(1.25e8, 'h', 'Extreme Networks QSFP28 MTBF figures collected by wavesplitter.jp', '100G DAC predicted figure'),
      cost_per_gbps: estimate(between(0.1, 0.25), '$/Gb/s (2025)', engineeringEstimate),
      fru: estimate('cable', '', engineeringEstimate),
      blast_radius: estimate(1, 'link', engineeringEstimate),
      optics: estimate(false, '', engineeringEstimate),
      fec: estimate('KP4 at the host', '', modellingDefault),
      mttr: estimate(0.5, 'h', modellingDefault),
      ea: estimate(0, 'eV', modellingDefault),
      temp_case: estimate(between(0, 70), 'C', modellingDefault),
      density: estimate(between(35, 71), 'Gb/s/mm of face plate', modellingDefault, 'OSFP is about 22.6 mm wide: 800G or 1.6T per cage'),
      flap_mtbf: estimate(1e6, 'h', modellingDefault),
    },
  },
  {
    id: 'aec-800g', kind: 'copper', year: 2024,
    name: '800G active electrical cable (retimed)',
    params: {
      lanes: published(8, '', asteraixGuide),
      lane_rate: published(100, 'Gb/s', asteraixGuide),
      reach: published(between(2, 7), 'm', 'ydfiberoptic.com 800G AEC note; asteraix.com AOC/DAC/AEC guide (2026)'),
      power_end: estimate(between(8, 12), 'W', 'no primary figure found; two retimer DSPs per cable'),
      power_scope: estimate('retimer in the plug; host SerDes excluded', '', engineeringEstimate),
      latency: estimate(between(50, 150), 'ns per end', 'retimer without FEC termination'),
      mtbf: published(1e8, 'h', asteraixGuide, 'vendor-style figure set against about 6e5 h for optics'),
      cost_per_gbps: estimate(between(0.25, 0.5), '$/Gb/s (2025)', engineeringEstimate),
      fru: estimate('cable', '', engineeringEstimate),
      blast_radius: estimate(1, 'link', engineeringEstimate),
      fec: estimate('KP4 at the host', '', modellingDefault),
      mttr: estimate(0.5, 'h', modellingDefault),
      ea: estimate(0, 'eV', modellingDefault),
      temp_case: estimate(between(0, 70), 'C', modellingDefault),
      density: estimate(between(35, 71), 'Gb/s/mm of face plate', modellingDefault, 'OSFP is about 22.6 mm wide: 800G or 1.6T per cage'),
      flap_mtbf: estimate(1e6, 'h', modellingDefault),
    },
  },
  {
    id: 'nvlink5-copper-nvl72', kind: 'copper', year: 2024, vendor: 'NVIDIA',
    name: 'NVLink 5 copper spine, GB200 NVL72',
    params: {
      lane_rate: published(200, 'Gb/s', 'locsic.com, setloop.io NVL72 guides'),
      cables: published(5000, 'cables (more than)', 'xatakaon.com/The Register; setloop.io'),
      bw_per_gpu: published(1.8, 'TB/s bidirectional', setloop),
      domain_bw: published(130, 'TB/s', setloop),
      domain: published(72, 'GPUs', setloop),
      optics_alternative_power: published(20, 'kW per rack', 'firstpasslab.com (attributed to NVL72 design)'),
      reach: estimate(1.5, 'm', engineeringEstimate),
      lane_pj: estimate(between(4, 6), 'pJ/bit', '200G long-reach SerDes, both ends'),
      blast_radius: estimate(1, 'rack for a backplane fault', engineeringEstimate),
      fec: estimate('KP4 at the host', '', modellingDefault),
      mttr: estimate(0.5, 'h', modellingDefault),
      ea: estimate(0, 'eV', modellingDefault),
      temp_case: estimate(between(0, 70), 'C', modellingDefault),
      cost_per_gbps: estimate(between(0.1, 0.5), '$/Gb/s (2025)', modellingDefault),
      density: estimate(between(35, 71), 'Gb/s/mm of face plate', modellingDefault, 'OSFP is about 22.6 mm wide: 800G or 1.6T per cage'),
      fru: estimate('cable', '', modellingDefault),
      flap_mtbf: estimate(1e6, 'h', modellingDefault),
    },
  },
  {
    id: 'host-channel-pluggable', kind: 'electrical', year: 2025,
    name: 'ASIC to front-panel electrical path, 200G lane',
    params: {
      insertion_loss: published(22, 'dB', 'NVIDIA Hot Chips/GTC 2025 figures via notebookcheck.net, particle.news'),
      cpo_insertion_loss: published(4, 'dB', 'NVIDIA Hot Chips/GTC 2025 figures via notebookcheck.net, particle.news'),
    },
  },
];
