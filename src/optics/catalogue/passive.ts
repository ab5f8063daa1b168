/** Passive plant (connectors, circulators, fibre) and the FEC codes that run over it. */

import type { Part } from '../part.ts';
import { between, engineeringEstimate, estimate, published, recalled } from './evidence.ts';

const intelAn846 = 'Intel AN846';

export const passiveParts: readonly Part[] = [
  {
    id: 'circulator', kind: 'passive', year: 2015,
    name: '3-port optical circulator',
    params: {
      insertion_loss: estimate(between(0.6, 1), 'dB', engineeringEstimate),
      isolation: estimate(40, 'dB', engineeringEstimate),
      use: published('doubles OCS radix by bidirectional links', '', 'arXiv 2208.10041'),
    },
  },
  {
    id: 'smf-g652', kind: 'fibre', year: 2000,
    name: 'G.652 single-mode fibre, O-band',
    params: {
      loss: estimate(0.35, 'dB/km at 1310 (0.4 design)', engineeringEstimate),
      group_delay: estimate(4.896, 'us/km', engineeringEstimate),
      dispersion: recalled('S0/4*(l - l0^4/l^3), S0 0.092-0.093, l0 1300-1324', 'ps/nm/km', 'ITU-T G.652'),
    },
  },
  {
    id: 'hcf', kind: 'fibre', year: 2025,
    name: 'Hollow-core fibre',
    params: {
      latency_gain: published(33, '% lower', '3dtested.com 2026'),
      speed_gain: published(47, '% faster', '3dtested.com 2026'),
      group_index: estimate(1.003, '', engineeringEstimate),
    },
  },
  {
    id: 'mpo-connector', kind: 'passive', year: 2010,
    name: 'Structured MPO/LC connection',
    params: {
      il: estimate(between(0.25, 0.5), 'dB (0.75 dB max ISO 11801)', engineeringEstimate),
      junctions: published(4, 'ferrule pairs assumed by NVIDIA reach specs (2 patch panels)', 'docs.nvidia.com cable guide (2025)'),
      reflectance: published(-26, 'dB SM', 'ISO 11801 via scribd excerpt'),
      contamination_share: published(between(17, 57), '% of packet corruption causes', 'SIGCOMM 2017 via panduit page; 193/387 faults in one carrier study (blog.fichtmueller.org)'),
    },
  },
  {
    id: 'fec-kp4', kind: 'fec', year: 2014,
    name: 'RS(544,514) KP4',
    params: {
      symbol: published(10, 'bit, t=15', intelAn846),
      threshold: published(0.00024, 'pre-FEC BER', 'datasheets (dwdmnetwork, lrnic)'),
      coding_gain: published(between(6, 6.5), 'dB', intelAn846),
      overhead: published(5.84, '% (544/514)', intelAn846),
      latency: published(62.6, 'ns at 800G: 3 encode + 3 + 31 correction + 25.6 block (1 GHz core)', '802.3dj task force latency assumptions, scraped contribution text',
        'networking practice is often quoted as about 100 ns with PAM4 (PCIe 6.0 comparison slide)'),
      latency_100g: estimate(between(80, 150), 'ns at 100G/lane', engineeringEstimate),
    },
  },
  {
    id: 'fec-inner', kind: 'fec', year: 2026,
    name: '802.3dj inner Hamming(128,120)',
    params: {
      threshold: recalled(0.0048, 'BER into concatenated FEC', 'IEEE P802.3dj drafts'),
      latency: estimate(between(20, 60), 'ns', engineeringEstimate),
      baud: recalled(113.4375, 'GBd per 200G lane with pilots', 'IEEE P802.3dj drafts'),
    },
  },
  {
    id: 'fec-kr4', kind: 'fec', year: 2014,
    name: 'RS(528,514) KR4',
    params: {
      symbol: published(10, 'bit, t=7', intelAn846),
      coding_gain: published(between(5, 5.5), 'dB', intelAn846),
    },
  },
];
