/**
 * 400G forms of parts that the facts list only at 800G: half the lanes, so that an adapter with one 400G port is not sold a
 * whole 800G module. Each figure that changes is an estimate that says how it was derived.
 */

import type { Param, Part } from '../part.ts';
import { completions } from './completions.ts';
import { between, estimate } from './evidence.ts';
import { lpoParts } from './lpo.ts';

const lpo800 = lpoParts.find((part) => part.id === 'lpo-800g');
if (lpo800 === undefined) throw new Error('The catalogue has lost lpo-800g, from which lpo-400g is derived.');

const halfLanes = 'half the lanes of lpo-800g (LPO MSA 100G-DR-LPO is specified lane by lane)';

/** A DR4 costs 1.23 times as much per Gb/s as a DR8 in this catalogue (0.8 against 0.65 $/Gb/s): housing and test do not halve. */
const pricePremium = '0.35 to 0.6 $/Gb/s of lpo-800g times 1.23, the ratio of dr4-400g to dr8-800g';

const changed: Readonly<Record<string, Param>> = {
  lanes: estimate(4, '', halfLanes),
  power: estimate(between(2.5, 4.5), 'W', halfLanes),
  pj_bit: estimate(between(6.25, 11.25), 'pJ/bit', halfLanes),
  cost_per_gbps: estimate(between(0.43, 0.74), '$/Gb/s (2025)', pricePremium),
  mtbf: estimate(between(5e5, 1e6), 'h', 'as lpo-800g: field figures are stated per module, not per lane'),
};

/** The 400G comb engine of an adapter: 8 of the 16 lines of its 800G twin, lit by a comb of its own. */
export const halfComb = (twin: Part): Part => ({
  ...twin, id: 'wdm-comb-400g', name: '400G WDM engine, comb laser integrated on the engine',
  params: {
    ...twin.params,
    lanes: estimate(8, 'wavelengths per fibre', 'half the lines of wdm-comb-800g'),
    lane_rate: estimate(50, 'Gb/s payload', '8 x 50 Gb/s is one 400G port; 53.125 Gb/s on the line with KP4'),
    mtbf: estimate(between(0.7e6, 2e6), 'h per 400G port', 'as wdm-comb-800g: one comb, one engine'),
    blast_radius: estimate(1, 'port', 'one engine serves one adapter'),
    mttr: estimate(4, 'h', 'a dead laser means an engine, which means the adapter'),
    fru: estimate('adapter', '', 'the engine is soldered beside the adapter chip'),
  },
});

export const lpo400: Part = {
  id: 'lpo-400g', kind: 'lpo', year: 2025, name: '400G LPO, four lanes',
  params: { ...completions['lpo-800g'], ...lpo800.params, ...changed },
};
