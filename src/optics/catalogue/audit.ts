/** Looks through the catalogue for figures that contradict each other and for figures that models need and nobody gives. */

import { isRefusal } from '../../base/refusal.ts';
import { kp4BerLimit } from '../formulas/signal.ts';
import { kp4LineRateGbps } from '../formulas/fec.ts';
import { isLinkPart } from '../link/askable.ts';
import { evaluateLink, reachLimitM } from '../link/evaluate-link.ts';
import { chooseMidpoint, createFigureReader } from '../link/figures.ts';
import type { Part } from '../part.ts';
import { quantity } from '../../base/units.ts';
import type { Catalogue, RangeFigure } from './catalogue.ts';
import { figureOf, sharesOf, textOf } from './catalogue.ts';
import { implausible } from './domains.ts';

export interface Finding {
  readonly kind: 'contradiction' | 'gap';
  readonly partId: string;
  readonly parameters: readonly string[];
  readonly message: string;
}

/** Two ways to the same figure may differ by this much before they contradict each other: sources round. */
const roundingShare = 0.06;

type Check = (part: Part, catalogue: Catalogue) => readonly Finding[];

const contradiction = (part: Part, parameters: readonly string[], message: string): Finding => ({ kind: 'contradiction', partId: part.id, parameters, message });

const disjoint = (a: RangeFigure, b: { readonly low: number; readonly high: number }): boolean =>
  a.low > b.high * (1 + roundingShare) || a.high < b.low * (1 - roundingShare);

const span = (figure: { readonly low: number; readonly high: number }): string => (figure.low === figure.high ? String(figure.low) : `${figure.low} to ${figure.high}`);

const emptyRanges: Check = (part) =>
  Object.entries(part.params).flatMap(([name, { value, isRange }]) =>
    isRange === true && Array.isArray(value) && Number(value[0]) > Number(value[1]) ? [contradiction(part, [name], `The low end ${value[0]} is above the high end ${value[1]}.`)] : []);

const impossibleFigures: Check = (part) =>
  Object.entries(part.params).flatMap(([name, param]) => {
    const reason = implausible(name, param);
    return reason === null ? [] : [contradiction(part, [name], `${reason}.`)];
  });

/** Payload of the part in Gb/s, or `null`. */
function payloadGbps(part: Part): number | null {
  const lanes = figureOf(part, 'lanes');
  const rate = figureOf(part, 'payload_rate') ?? figureOf(part, 'lane_rate');
  return lanes === null || rate === null ? null : lanes.value * rate.value;
}

const energyAgainstPower: Check = (part) => {
  const rate = payloadGbps(part);
  const energy = figureOf(part, 'pj_bit');
  const power = ['power', 'power_end'].map((name) => figureOf(part, name)).find((figure) => figure !== null);
  if (rate === null || energy === null || power === undefined) return [];
  const implied = { low: (power.low * 1000) / rate, high: (power.high * 1000) / rate };
  return disjoint(energy, implied) ? [contradiction(part, ['power', 'pj_bit'], `${span(power)} W over ${rate} Gb/s is ${span(implied)} pJ/bit, not ${span(energy)} pJ/bit.`)] : [];
};

const gbpsPerUnit: Readonly<Record<string, number>> = { 'Gb/s': 1, 'Tb/s': 1000 };

const lanesAgainstRate: Check = (part) => {
  const lanes = figureOf(part, 'lanes');
  const lineRate = figureOf(part, 'lane_rate');
  if (lanes === null || lineRate === null) return [];
  return ['per_dir', 'per_fibre'].flatMap((name) => {
    const stated = figureOf(part, name);
    const scale = gbpsPerUnit[stated?.unit.split(' ')[0] ?? ''];
    if (stated === null || scale === undefined) return [];
    const product = lanes.value * lineRate.value;
    return disjoint({ ...stated, low: stated.low * scale, high: stated.high * scale }, { low: product, high: product })
      ? [contradiction(part, ['lanes', 'lane_rate', name], `${lanes.value} lanes of ${lineRate.value} Gb/s make ${product} Gb/s, not the stated ${stated.value * scale} Gb/s.`)] : [];
  });
};

const fecLimits: Check = (part) => {
  const limit = figureOf(part, 'ber_prefec');
  if (limit === null || textOf(part, 'fec_scheme') !== 'kp4' || limit.value === kp4BerLimit) return [];
  return [contradiction(part, ['ber_prefec', 'fec_scheme'], `KP4 mends up to ${kp4BerLimit}, not ${limit.value}.`)];
};

/** A line rate that is a round payload with KP4 on top shows that the lanes are coded, whatever the FEC entry says. */
const codedLineRate: Check = (part) => {
  const rate = figureOf(part, 'lane_rate');
  const fec = textOf(part, 'fec');
  if (rate === null || fec === null || !fec.startsWith('none')) return [];
  const coded = [25, 50, 100, 200].find((payload) => Math.abs(kp4LineRateGbps(quantity(payload)) - rate.value) < 1e-9);
  return coded === undefined ? [] : [contradiction(part, ['lane_rate', 'fec'], `${rate.value} Gb/s is exactly ${coded} Gb/s with KP4, yet the FEC entry says "${fec}".`)];
};

const shares: Check = (part) => {
  const split = sharesOf(part, 'power_split');
  if (split === null) return [];
  const sum = Object.values(split).reduce((total, share) => total + share, 0);
  return Math.abs(sum - 1) > 1e-9 ? [contradiction(part, ['power_split'], `The shares add up to ${sum}, not 1.`)] : [];
};

const lasersAgainstLanes: Check = (part, catalogue) => {
  const [modules, linksPerLaser, capacity, laneRate] = ['laser_modules', 'links_per_laser', 'capacity', 'lane_rate'].map((name) => figureOf(part, name));
  const source = catalogue.find(textOf(part, 'laser_source') ?? '');
  const lasers = source === undefined ? null : figureOf(source, 'lasers');
  if (!modules || !linksPerLaser || !capacity || !laneRate || lasers === null) return [];
  const lanes = (capacity.value * 1000) / laneRate.value;
  const perLaser = lanes / (modules.value * lasers.value);
  if (!disjoint(linksPerLaser, { low: perLaser, high: perLaser })) return [];
  const fed = `${lanes} lanes fed by ${modules.value} modules of ${lasers.value} lasers`;
  return [contradiction(part, ['laser_modules', 'links_per_laser', 'capacity'], `${fed} are ${perLaser} lanes per laser, not the stated ${linksPerLaser.value}.`)];
};

const reflectances: Check = (part) => {
  const limit = figureOf(part, 'reflectance');
  const clean = figureOf(part, 'reflectance_clean');
  if (limit === null || clean === null || limit.value === clean.value) return [];
  const consequence = 'the weaker limit would cost PAM4 over half a decibel with four connections, so links are computed with the stronger';
  return [contradiction(part, ['reflectance', 'reflectance_clean'], `${limit.value} dB (${limit.source}) against ${clean.value} dB (${clean.source}): ${consequence}.`)];
};

/** Connections in the check that a part closes at the reach it promises. */
const checkedConnectors = 2;

const reachHolds: Check = (part, catalogue) => {
  if (!isLinkPart(part)) return [];
  const reachM = reachLimitM(part, { read: createFigureReader(chooseMidpoint) });
  if (!Number.isFinite(reachM)) return [];
  const temperatures = figureOf(part, 'temp_case');
  const caseTemperatureC = temperatures === null ? 40 : Math.min(40, temperatures.high);
  const report = evaluateLink({ part, catalogue, lengthM: reachM, connectors: part.kind === 'copper' ? 0 : checkedConnectors, caseTemperatureC });
  if (isRefusal(report)) return [];
  if (report.refusal === null) return [];
  const reason = report.refusal.reasons[0] ?? report.refusal.code;
  return [contradiction(part, ['reach'], `At its stated reach of ${reachM} m with ${checkedConnectors} connections the link does not close: ${reason}`)];
};

const predictedLifetimes: Check = (part) => {
  const param = part.params['mtbf'];
  if (param?.note === undefined || !/predicted|vendor-style/.test(param.note)) return [];
  const consequence = 'predictions and field figures differ by up to ten times, so it must not be set against the field figures of other parts';
  return [contradiction(part, ['mtbf'], `${String(param.value)} h is a vendor's parts-count prediction (${param.note}); ${consequence}.`)];
};

const gap = (part: Part, parameters: readonly string[], message: string): Finding => ({ kind: 'gap', partId: part.id, parameters, message });

/** What thermal, reliability and cost models ask of every link part; what the link model asks it says itself. */
const linkNeeds = ['mtbf', 'mttr', 'ea', 'flap_mtbf', 'cost_per_gbps', 'temp_case', 'blast_radius', 'fru', 'reach'] as const;
const switchNeeds = ['ports', 'insertion_loss', 'return_loss', 'crosstalk', 'switching', 'relock_time', 'power', 'mtbf', 'mttr', 'cost_per_port'] as const;
const laserNeeds = ['rin', 'wpe', 'fit', 'mttr'] as const;

function needsOf(part: Part): readonly string[] {
  if (isLinkPart(part)) return linkNeeds;
  if (part.kind === 'ocs') return switchNeeds;
  return part.kind === 'laser-source' || part.kind === 'comb-laser' ? laserNeeds : [];
}

const missingFigures: Check = (part, catalogue) => {
  const missing = needsOf(part).filter((name) => !Object.hasOwn(part.params, name));
  const findings = missing.length === 0 ? [] : [gap(part, missing, `Nobody gives ${missing.join(', ')}; models that need them fall back on defaults or refuse.`)];
  if (!isLinkPart(part)) return findings;
  const report = evaluateLink({ part, catalogue, lengthM: 1, connectors: 0, caseTemperatureC: 40 });
  return isRefusal(report) ? [...findings, gap(part, [], report.reasons.join(' '))] : findings;
};

/** Figures that decide a purchase and rest on nobody's word. */
const decisive = ['power', 'power_end', 'pj_bit', 'reach', 'insertion_loss', 'mtbf', 'cost_per_gbps', 'cost_per_port', 'wpe', 'switching', 'oma_minus_tdecq_min', 'srs'] as const;

const unsourced: Check = (part) => {
  const names = decisive.filter((name) => part.params[name]?.kind === 'estimate');
  return names.length === 0 ? [] : [gap(part, names, `Only estimates: ${names.join(', ')}.`)];
};

const checks: readonly Check[] = [
  emptyRanges, impossibleFigures, energyAgainstPower, lanesAgainstRate, fecLimits, codedLineRate, shares, lasersAgainstLanes, reflectances, reachHolds, predictedLifetimes, missingFigures, unsourced,
];

/** Every finding, contradictions first, then in catalogue order. */
export function audit(catalogue: Catalogue): readonly Finding[] {
  const findings = catalogue.parts.flatMap((part) => checks.flatMap((check) => check(part, catalogue)));
  return [...findings.filter(({ kind }) => kind === 'contradiction'), ...findings.filter(({ kind }) => kind === 'gap')];
}
