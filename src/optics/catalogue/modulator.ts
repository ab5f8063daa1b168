/** Modulators. */

import type { Part } from '../part.ts';
import { between, engineeringEstimate, estimate, published, recalled } from './evidence.ts';

export const modulatorParts: readonly Part[] = [
  {
    id: 'mrm', kind: 'modulator', year: 2015,
    name: 'Silicon micro-ring modulator',
    params: {
      dlambda_dT: recalled(between(0.06, 0.11), 'nm/K', 'Padmaraju & Bergman, Nanophotonics 2013; Bogaerts 2012'),
      energy: published(between(0.001, 0.007), 'pJ/bit at 45-80 Gb/s PAM', 'Dube-Demers, Optica 2016'),
      q: estimate(between(4000, 10000), '', engineeringEstimate),
      fsr: estimate(between(10, 16), 'nm', engineeringEstimate),
      heater: estimate(between(1, 5), 'mW typical, 20-40 mW per FSR', engineeringEstimate),
      insertion_loss: estimate(between(3, 6), 'dB modulated', engineeringEstimate),
    },
  },
  {
    id: 'mzm-si', kind: 'modulator', year: 2012,
    name: 'Silicon Mach-Zehnder modulator',
    params: {
      vpil: published(between(1.1, 3), 'V cm', 'prism-pic-design.pages.dev table (OFC 2025 entries)'),
      insertion_loss: published(between(2.1, 4.6), 'dB', 'prism-pic-design.pages.dev table'),
      bandwidth: published(between(44, 90), 'GHz', 'prism-pic-design.pages.dev table'),
      temp: estimate('insensitive to +-10 K', '', engineeringEstimate),
    },
  },
  {
    id: 'eml', kind: 'modulator', year: 2024,
    name: 'EML (DFB+EAM) 200G/lane',
    params: {
      insertion: estimate(between(3, 6), 'dB', engineeringEstimate),
      power: estimate(between(0.3, 0.5), 'W per lane incl. driver', engineeringEstimate),
      tec: estimate('often needed above 50 C', '', engineeringEstimate),
      supply: published('EML capacity short into 2026', '', 'convequity.com'),
    },
  },
  {
    id: 'tfln', kind: 'modulator', year: 2025,
    name: 'Thin-film lithium niobate MZM',
    params: {
      vpil: published(6.6, 'V cm', 'Weigel et al. 2018 hybrid LN-Si MZM (arXiv)'),
      bandwidth: published(102, 'GHz', 'Weigel et al. 2018 hybrid LN-Si MZM (arXiv)'),
    },
  },
];
