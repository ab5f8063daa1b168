/** Rates with their basis: which figures were seen in the field, and the defaults that models fall back on. */

import type { Figure } from '../../base/figure.ts';
import { hoursPerYear } from '../../base/constants.ts';
import type { RateBasis, ReplaceableUnit } from './mechanism.ts';

/** Publications that count failures of deployed equipment. Whatever is not among them is a prediction. */
const fieldReports = [/ECOC 2025/, /Broadcom\/Meta 2025/, /SIGCOMM 2017/, /SIGCOMM 2024/, /MOSAIC, SIGCOMM 2025/, /arXiv Mar 2026/, /2603\.03736/, /Alibaba/, /Llama 3/];

/** An estimate was observed by nobody, so it is a prediction even where a field report inspired it. */
export const basisOf = ({ kind, source }: Figure): RateBasis => (kind !== 'estimate' && fieldReports.some((report) => report.test(source)) ? 'field' : 'predicted');

/** Hard failures of a link between server and first switch, both ends and cable. */
export const fieldLinkFailures: Figure = {
  value: 0.00057, unit: '1/month', kind: 'published', source: 'Alibaba HPN (SIGCOMM 2024): 0.057 % of NIC-ToR links fail per month; relayed by arXiv 2603.03736',
};

export const fieldLinkMtbf: Figure = { ...fieldLinkFailures, value: hoursPerYear / 12 / fieldLinkFailures.value, unit: 'h' };

/** Mean time between flaps of an optical link: one flap per 48 s over ten million links. */
export const fieldFlapInterval: Figure = {
  value: (10_000_000 * 48) / 3600, unit: 'h', kind: 'published', source: "arXiv Mar 2026 'Ghost in the Datacenter' (2603.03736): one flap per 48 s at more than 10 million optical links",
};

const estimate = (value: number, unit: string, source: string): Figure => ({ value, unit, kind: 'estimate', source });

/** Of the failures of a laser over its service life, those of wear-out; the rest come at any age. */
export const laserWearShare: Figure = estimate(0.4, '', 'wear-out share of laser failures over five years (engineering estimate)');

/** Case temperature at which rates hold that state none. */
export const defaultReferenceC: Figure = estimate(40, 'C', 'modelling default: catalogue rates hold at a case of 40 °C');

const laserShare = 0.5;
const laserShareSource = 'laser share of module failures 0.4 to 0.6 (engineering estimate)';

/** How the hard failures of an optical module divide over mechanisms. */
export const hardFailureShares: Readonly<Record<'laserRandom' | 'laserWearOut' | 'electronics' | 'solder', Figure>> = {
  laserRandom: estimate(laserShare * (1 - laserWearShare.value), '', laserShareSource),
  laserWearOut: estimate(laserShare * laserWearShare.value, '', laserShareSource),
  electronics: estimate(0.4, '', 'what lasers and solder leave of module failures (engineering estimate)'),
  solder: estimate(0.1, '', 'joints and package (engineering estimate)'),
};

/** Contamination as a share of all root causes, so that its rate is share/(1 - share) of the hard failures. */
export const contaminationShare: Figure = { value: 0.37, unit: '', kind: 'published', source: 'midpoint of 17-57 % of packet corruption causes, SIGCOMM 2017 via panduit page' };

export const laserWearSigma = estimate(0.7, '', 'lognormal laser wear-out, GR-468 practice');
export const solderWeibullShape = estimate(2.5, '', 'fatigue of joints, Weibull shape 2 to 4');
/** The life over which a wear-out law makes as many failures as the stated rate. */
export const serviceLifeH = estimate(5 * hoursPerYear, 'h', 'five years of service');

export const activationEnergies: Readonly<Record<'laser' | 'electronics', Figure>> = {
  laser: estimate(0.525, 'eV', 'midpoint of 0.35-0.7 eV of catalogue part dfb-cw'),
  electronics: { value: 0.4, unit: 'eV', kind: 'published', source: 'Telcordia GR-468 / JEDEC JEP122 default' },
};

export const repairTimes: Readonly<Record<ReplaceableUnit, Figure>> = {
  cable: estimate(0.5, 'h', 'catalogue mttr of copper and cables; hands-on, without dispatch'),
  module: estimate(0.5, 'h', 'catalogue mttr of pluggables; 5-30 min hands-on'),
  laserModule: estimate(0.5, 'h', 'catalogue mttr of external laser sources; hot-swapped at the face plate'),
  package: estimate(8, 'h', 'catalogue mttr of optical I/O: package swap'),
  switch: estimate(8, 'h', 'catalogue mttr of co-packaged optics: switch swap, 4-24 h'),
  chassis: estimate(4, 'h', 'catalogue mttr of optical circuit switches'),
  connector: estimate(0.5, 'h', 'inspect and clean both ends (engineering estimate)'),
};
