/** Switches and adapters that a spec may name: typical machines with their figures, so that a short spec is complete. */

import type { Figure } from '../../base/figure.ts';
import type { NicDesign, OcsDesign, SwitchDesign } from '../../fabric/design.ts';

const estimate = (value: number, unit: string, source: string): Figure => ({ value, unit, kind: 'estimate', source });
const published = (value: number, unit: string, source: string): Figure => ({ value, unit, kind: 'published', source });

const engineering = 'engineering estimate';

/**
 * Power of a switch without optics and host SerDes: 8 W for each 400G of ports, the usual engineering figure for a whole
 * switch, less 2 W of SerDes for each 400G (5 pJ/bit x 400 Gb/s), because the link model counts SerDes with the link.
 */
const switchPowerW = (capacityGbps: number): Figure => estimate((capacityGbps / 400) * 6, 'W', `${engineering}: 8 W for each 400G of ports, less host SerDes at 5 pJ/bit`);

export const switchPresets: Readonly<Record<string, SwitchDesign>> = {
  'switch-51t-128x400g': {
    name: '51.2 Tb/s switch, 128 ports of 400G', radix: 128, portRateGbps: 400, powerW: switchPowerW(51_200),
    costUsd: estimate(45_000, '$', engineering), latencyNs: 700, mtbfH: estimate(300_000, 'h', engineering),
  },
  'switch-51t-64x800g': {
    name: '51.2 Tb/s switch, 64 ports of 800G', radix: 64, portRateGbps: 800, powerW: switchPowerW(51_200),
    costUsd: estimate(45_000, '$', engineering), latencyNs: 700, mtbfH: estimate(300_000, 'h', engineering),
  },
  'switch-25t-64x400g': {
    name: '25.6 Tb/s switch, 64 ports of 400G', radix: 64, portRateGbps: 400, powerW: switchPowerW(25_600),
    costUsd: estimate(25_000, '$', engineering), latencyNs: 500, mtbfH: estimate(300_000, 'h', engineering),
  },
};

/** 16,384 accelerators over 54 days are 21.2 million adapter hours, in which 7 adapters failed. */
const llamaNicMtbfH = published((54 * 24 * 16_384) / 7, 'h', 'The Llama 3 Herd of Models (arXiv 2407.21783), Table 5: 7 adapter failures in 54 days of 16,384');

export const nicPresets: Readonly<Record<string, NicDesign>> = {
  'nic-400g': {
    name: '400G network adapter', powerW: estimate(25, 'W', engineering), costUsd: estimate(1_600, '$', engineering), latencyNs: 600, mtbfH: llamaNicMtbfH,
  },
  'nic-800g': {
    name: '800G network adapter', powerW: estimate(40, 'W', engineering), costUsd: estimate(2_800, '$', engineering), latencyNs: 600, mtbfH: llamaNicMtbfH,
  },
};

/** Equipment for a scale-out rate where a spec names none: the first whose ports carry it, the last for any faster rate. */
export const defaultSwitches: readonly { readonly upToGbps: number; readonly preset: string }[] = [
  { upToGbps: 400, preset: 'switch-51t-128x400g' },
  { upToGbps: Infinity, preset: 'switch-51t-64x800g' },
];
export const defaultNics: readonly { readonly upToGbps: number; readonly preset: string }[] = [
  { upToGbps: 400, preset: 'nic-400g' },
  { upToGbps: Infinity, preset: 'nic-800g' },
];

export const ocsPresets: Readonly<Record<string, OcsDesign>> = {
  'ocs-palomar-136': {
    name: 'Palomar-class 3D MEMS circuit switch', part: 'google-palomar', radix: 136,
    powerW: published(108, 'W', 'Google OCS papers 2022-2023: 108 W at most; recalled, not re-read'),
    costUsd: estimate(50_000, '$', engineering), mtbfH: estimate(200_000, 'h', engineering),
  },
};
