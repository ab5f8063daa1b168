/** The failure arithmetic as citizens. */

import { quantity } from '../../base/units.ts';
import type { Formula } from './formula.ts';
import { celsius, countFrom, countWithin, defineFormula, fraction, input, keyIssue, nonNegative, openFraction, positive } from './formula.ts';
import {
  annualFailureFraction, arrheniusFactor, fleetFailuresPerDay, interruptionIntervalH, kOfNReliability, lognormalCdf, mtbfToFit, noFailureProbability, seriesAvailability, shareOf,
  spareExhaustion, steadyAvailability, timeToFirstFailureH, unitIntervalH, weibullCdf, youngIntervalS, zeroFailureBound,
} from './reliability.ts';

/** The binomial sums stay exact and quick up to here. */
const unitCountMax = 10_000_000;
const exponential = 'exponential model';

const rateFormulas: readonly Formula[] = [
  defineFormula({
    name: 'mtbf-to-fit', computes: 'MTBF as FIT', expression: 'FIT = 1e9/MTBF',
    inputs: { MTBF: input('h', positive) }, resultUnit: 'FIT', source: 'definition; 2.6e6 h is the Meta CPO figure (ECOC 2025) as relayed by trade press',
    compute: ({ MTBF }) => mtbfToFit(quantity(MTBF)),
  }),
  defineFormula({
    name: 'annual-failure-fraction', computes: 'MTBF as annual failure fraction', expression: 'AFR = 1-exp(-8760/MTBF)',
    inputs: { MTBF: input('h', positive) }, resultUnit: '', source: `${exponential} (Telcordia SR-332)`,
    compute: ({ MTBF }) => annualFailureFraction(quantity(MTBF)),
  }),
  defineFormula({
    name: 'zero-failure-bound', computes: 'upper bound on failure rate from zero failures', expression: 'lambda = -ln(1-CL)/T',
    inputs: { CL: input('', openFraction), T: input('device-h', positive) }, resultUnit: 'FIT', source: 'chi-square bound, zero failures',
    compute: ({ CL, T }) => zeroFailureBound({ confidence: CL, deviceHours: T }),
  }),
  defineFormula({
    name: 'fleet-failures-per-day', computes: 'expected optics failures per day in a fleet', expression: 'n = N*24/MTBF',
    inputs: { N: input('modules', nonNegative), MTBF: input('h', positive) }, resultUnit: '1/day', source: exponential,
    compute: ({ N, MTBF }) => fleetFailuresPerDay({ units: N, mtbf: quantity(MTBF) }),
  }),
  defineFormula({
    name: 'time-to-first-failure', computes: 'expected time to the first failure among N links of per_link modules', expression: 't = MTBF/(N*per_link)',
    inputs: { N: input('links', positive), MTBF: input('h', positive), per_link: input('modules', positive) }, resultUnit: 'h',
    source: `${exponential}; compare 6-12 h between optical link failures at 100k GPUs (MOSAIC, SIGCOMM 2025, trade summary)`,
    compute: ({ N, MTBF, per_link }) => timeToFirstFailureH({ units: N * per_link, mtbf: quantity(MTBF) }),
  }),
  defineFormula({
    name: 'fleet-event-to-unit-interval', computes: 'per-link mean time between flaps', expression: 't = N*dt',
    inputs: { N: input('links', positive), dt: input('s', positive) }, resultUnit: 'h', source: "arXiv Mar 2026 'Ghost in the Datacenter': one flap per 48 s at >10M optical links",
    compute: ({ N, dt }) => unitIntervalH({ units: N, fleetIntervalS: dt }),
  }),
  defineFormula({
    name: 'no-failure-probability', computes: 'probability that a job of N links sees no failure in T', expression: 'P = exp(-N*T/MTBF)',
    inputs: { N: input('modules', nonNegative), T: input('h', nonNegative), MTBF: input('h', positive) }, resultUnit: '', source: exponential,
    compute: ({ N, T, MTBF }) => noFailureProbability({ units: N, mtbf: quantity(MTBF) }, T),
  }),
  defineFormula({
    name: 'interruption-interval', computes: 'job interruption interval', expression: 't = days*24/n',
    inputs: { days: input('d', positive), n: input('', positive) }, resultUnit: 'h', source: 'Llama 3 paper (2024)',
    compute: ({ days, n }) => interruptionIntervalH({ days, events: n }),
  }),
  defineFormula({
    name: 'share', computes: 'network share of interruptions', expression: 'net/total',
    inputs: { net: input('', nonNegative), total: input('', positive) }, resultUnit: '', source: 'Llama 3 paper (2024), switch/cable row: 35 of 419',
    compute: ({ net, total }) => shareOf({ part: net, whole: total }),
    check: ({ net, total }) => (net <= total ? [] : [keyIssue('net', `The part exceeds the total of ${total}`, 'Give a part no larger than the total', net)]),
  }),
  defineFormula({
    name: 'young-interval', computes: 'Young checkpoint interval', expression: 't = sqrt(2*d*M)',
    inputs: { d: input('s', nonNegative), M: input('h', positive) }, resultUnit: 's', source: 'J. W. Young, CACM 1974',
    compute: ({ d, M }) => youngIntervalS({ checkpointS: d, interruptionS: M * 3600 }),
  }),
];

const wearFormulas: readonly Formula[] = [
  defineFormula({
    name: 'arrhenius', computes: 'Arrhenius acceleration between two temperatures', expression: 'AF = exp(Ea/k*(1/T1-1/T2))',
    inputs: { Ea: input('eV', nonNegative), T1: input('C', celsius), T2: input('C', celsius) }, resultUnit: '', source: 'Telcordia GR-468 / JEDEC JEP122 (0.4 eV wear-out default)',
    compute: ({ Ea, T1, T2 }) => arrheniusFactor({ activationEnergyEv: Ea, referenceC: quantity(T1), temperatureC: quantity(T2) }),
  }),
  defineFormula({
    name: 'fit-at-temperature', computes: 'FIT at another case temperature', expression: 'FIT(T) = FIT0*AF, AF = exp(Ea/k*(1/T0-1/T))',
    inputs: { FIT0: input('FIT', nonNegative), T0: input('C', celsius), T: input('C', celsius), Ea: input('eV', nonNegative) }, resultUnit: 'FIT', source: 'Arrhenius',
    compute: ({ FIT0, T0, T, Ea }) => FIT0 * arrheniusFactor({ activationEnergyEv: Ea, referenceC: quantity(T0), temperatureC: quantity(T) }),
  }),
  defineFormula({
    name: 'weibull-failure', computes: 'Weibull cumulative failure', expression: 'F = 1-exp(-(t/eta)^b)',
    inputs: { t: input('yr', nonNegative), eta: input('yr', positive), b: input('', positive) }, resultUnit: '', source: 'Weibull',
    compute: ({ t, eta, b }) => weibullCdf({ age: t, scale: eta, shape: b }),
  }),
  defineFormula({
    name: 'lognormal-wearout', computes: 'lognormal wear-out fraction', expression: 'F = Phi(ln(t/tm)/s)',
    inputs: { t: input('yr', nonNegative), tm: input('yr', positive), s: input('', positive) }, resultUnit: '', source: 'lognormal laser wear-out (GR-468 practice)',
    compute: ({ t, tm, s }) => lognormalCdf({ age: t, median: tm, sigma: s }),
  }),
];

const redundancyFormulas: readonly Formula[] = [
  defineFormula({
    name: 'k-of-n', computes: 'k-of-n with identical units', expression: 'R = sum_{i=k}^{n} C(n,i) p^i (1-p)^(n-i)',
    inputs: { n: input('', countWithin(1, unitCountMax)), k: input('', countFrom(0)), p: input('', fraction) }, resultUnit: '', source: 'k-of-n redundancy (8 lasers, one spare)',
    compute: ({ n, k, p }) => kOfNReliability({ units: n, needed: k, reliability: p }),
    check: ({ n, k }) => (k <= n ? [] : [keyIssue('k', `More units are needed than the ${n} there are`, 'Give k no larger than n', k)]),
  }),
  defineFormula({
    name: 'spare-channel-failure', computes: 'failure of a wide-and-slow link with spare channels', expression: 'P_fail = P(Binomial(n,q) > s)',
    inputs: { n: input('channels', countWithin(1, unitCountMax)), s: input('spares', countFrom(0)), q: input('', fraction) }, resultUnit: '',
    source: 'binomial; 256 active + 64 spare is the Avicena eKit layout (2026)',
    compute: ({ n, s, q }) => spareExhaustion({ channels: n, spares: s, failure: q }),
    check: ({ n, s }) => (s <= n ? [] : [keyIssue('s', `There are more spares than the ${n} channels, spares included`, 'Give s no larger than n', s)]),
  }),
  defineFormula({
    name: 'series-availability', computes: 'availability of like parts in series', expression: 'A = A1^n',
    inputs: { A1: input('', fraction), n: input('', countFrom(0)) }, resultUnit: '', source: '48 OCS per TPU v4 superpod (Google 2023); A1 is an assumption',
    compute: ({ A1, n }) => seriesAvailability({ availability: A1, parts: n }),
  }),
  defineFormula({
    name: 'steady-availability', computes: 'steady-state availability', expression: 'A = MTBF/(MTBF+MTTR)',
    inputs: { MTBF: input('h', positive), MTTR: input('h', nonNegative) }, resultUnit: '', source: 'definition',
    compute: ({ MTBF, MTTR }) => steadyAvailability({ mtbf: quantity(MTBF), repair: quantity(MTTR) }),
  }),
];

export const reliabilityFormulas: readonly Formula[] = [...rateFormulas, ...wearFormulas, ...redundancyFormulas];
