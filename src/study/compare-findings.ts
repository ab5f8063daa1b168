/** Says in plain language what a comparison found, each sentence with its figures; only choices that carry every job are compared. */

import { areAlike, countText, fixedText, numberText, percentText } from '../base/number-text.ts';
import type { ConclusionEvidence, OpticsChoiceResult, RefusedLinks, SharedLinks, WorkloadResult } from './compare-result.ts';

type Choices = readonly OpticsChoiceResult[];

const kw = (value: number): string => `${fixedText(value, value < 100 ? 1 : 0)} kW`;
const millions = (usd: number): string => `${fixedText(usd / 1e6, 2)} M$`;
/** `a`, `a and b`, `a, b and c`. */
const listed = (names: readonly string[]): string => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`);
const namesOf = (choices: Choices): string => listed(choices.map((choice) => choice.name));
/** A verb agrees with how many names stand before it. */
const verb = (choices: Choices, forms: { readonly one: string; readonly many: string }): string => (choices.length === 1 ? forms.one : forms.many);

interface Extremes {
  /** All choices alike with the least or most value, in the order stated. */
  readonly least: Choices;
  readonly most: Choices;
  readonly low: number;
  readonly high: number;
}

/** `null` without choices. */
function extremes(choices: Choices, value: (choice: OpticsChoiceResult) => number): Extremes | null {
  if (choices.length === 0) return null;
  const low = Math.min(...choices.map(value));
  const high = Math.max(...choices.map(value));
  return { low, high, least: choices.filter((choice) => areAlike(value(choice), low)), most: choices.filter((choice) => areAlike(value(choice), high)) };
}

const change = (value: number, reference: number): string => `${value <= reference ? 'minus' : 'plus'} ${percentText(reference === 0 ? 0 : Math.abs(value / reference - 1))}`;

/** Why a choice is out of the comparison. */
function deadFinding({ name, cables, refusedWorkloads }: OpticsChoiceResult): string {
  const dark = cables.withoutLight === 0 ? [] : [`${fixedText(cables.withoutLight, 0)} of ${countText(cables.total, 'cable')} stay without light`];
  const refused = refusedWorkloads.length === 0 ? [] : [`${listed(refusedWorkloads.map((row) => row.workload))} cannot run`];
  return `${name} cannot carry the jobs: ${[...dark, ...refused].join(', so ')}. It is left out of every comparison below.`;
}

function powerFinding(choices: Choices): readonly string[] {
  const [reference] = choices;
  const found = extremes(choices, (choice) => choice.fabricPowerKw);
  const best = found?.least[0];
  if (reference === undefined || found === null || best === undefined) return [];
  if (choices.length === 1) return [`The fabric of ${best.name} draws ${kw(best.fabricPowerKw)}, ${percentText(best.fabricPowerShare, 1)} of the cluster.`];
  if (areAlike(found.low, found.high)) return [`Every choice draws the same fabric power, ${kw(found.low)}, ${percentText(best.fabricPowerShare, 1)} of the cluster.`];
  const against = found.least.includes(reference) ? found.most[0] ?? reference : reference;
  return [
    `${namesOf(found.least)} ${verb(found.least, { one: 'draws', many: 'draw' })} the least fabric power: ${kw(found.low)} against ${kw(against.fabricPowerKw)} for ${against.name} ` +
    `(${change(found.low, against.fabricPowerKw)}), which takes the fabric from ${percentText(against.fabricPowerShare, 1)} to ${percentText(best.fabricPowerShare, 1)} of cluster power.`,
  ];
}

/** What the price stands on: the weakest figure of the cheapest choice, where it is no measured one. */
function priceCaveat({ evidence }: OpticsChoiceResult): string {
  const cost = evidence.find((one): one is ConclusionEvidence => one.conclusion === 'cost');
  if (cost === undefined) return '';
  const { name, figure, share } = cost.heaviest;
  return ` Its heaviest figure is ${spoken(name)}, ${numberText(figure.value)} $ each (${figure.kind}), ${percentText(share)} of the sum: bring your own price list.`;
}

function costFinding(choices: Choices): readonly string[] {
  const found = extremes(choices, (choice) => choice.cost.fabricUsd.value);
  const best = found?.least[0];
  const worst = found?.most[0];
  if (found === null || best === undefined || worst === undefined) return [];
  const { ownership, cost } = best;
  const running = `${millions(ownership.fabricElectricityUsd)} of electricity over ${numberText(ownership.years)} years`;
  const each = `${fixedText(cost.perGpuUsd, 0)} $ per accelerator`;
  if (choices.length === 1) return [`The fabric of ${best.name} costs ${millions(found.low)}, ${each}, and ${running}.${priceCaveat(best)}`];
  if (areAlike(found.low, found.high)) return [`Every choice costs the same to buy: ${millions(found.low)} for the fabric, ${each}.${priceCaveat(best)}`];
  const total = extremes(choices, (choice) => choice.ownership.fabricTotalUsd);
  const lasting = total === null ? '' :
    ` With electricity over ${numberText(ownership.years)} years ${namesOf(total.least)} ${verb(total.least, { one: 'is', many: 'are' })} cheapest: ` +
    `${millions(total.low)} in all, against ${millions(total.high)} for ${namesOf(total.most)}.`;
  return [`${namesOf(found.least)} ${verb(found.least, { one: 'costs', many: 'cost' })} the least to buy: ${millions(found.low)} for the fabric, ${each}, ` +
    `against ${millions(found.high)} for ${namesOf(found.most)}.${lasting}${priceCaveat(best)}`];
}

function failureFinding(choices: Choices): readonly string[] {
  const found = extremes(choices, (choice) => choice.failuresPerDay.value);
  const lost = extremes(choices, (choice) => choice.lostGpuHours.cutPerYear);
  if (found === null || lost === null) return [];
  const days = (perDay: number): string => (perDay > 0 ? `one in ${numberText(1 / perDay)} days` : 'never');
  const hours = (value: number): string => `${numberText(value)} accelerator hours`;
  if (choices.length === 1 || areAlike(found.low, found.high)) {
    return [`Something in the fabric fails ${found.low > 0 ? `once in ${numberText(1 / found.low)} days` : 'never'}${choices.length === 1 ? '' : ' with every choice'}, and failures cut off ${hours(lost.low)} a year.`];
  }
  const often = `${namesOf(found.least)} ${verb(found.least, { one: 'fails', many: 'fail' })} least often: ${days(found.low)} in the whole fabric, against ${days(found.high)} for ${namesOf(found.most)}.`;
  const loss = areAlike(lost.low, lost.high)
    ? `Failures cut off ${hours(lost.low)} a year with every choice.`
    : `Failures cut off the least with ${namesOf(lost.least)}, ${hours(lost.low)} a year, and the most with ${namesOf(lost.most)}, ${hours(lost.high)}.`;
  return [`${often} ${loss}`];
}

/** How much the choice of optics moves the step of one workload, and what else bounds it. */
function stepFinding(choices: Choices, workload: string): readonly string[] {
  const rows = choices.flatMap((choice) => choice.workloads.filter((row) => row.workload === workload).map((row) => ({ choice, row })));
  const sorted = [...rows].sort((a, b) => a.row.step.stepS - b.row.step.stepS);
  const [fastest] = sorted;
  const slowest = sorted.at(-1);
  if (fastest === undefined || slowest === undefined) return [];
  const spread = slowest.row.step.stepS / fastest.row.step.stepS - 1;
  const seconds = (row: WorkloadResult): string => `${numberText(row.step.stepS)} s`;
  const head = rows.length === 1
    ? `${workload}: the step takes ${seconds(fastest.row)} on ${fastest.choice.name}`
    : areAlike(fastest.row.step.stepS, slowest.row.step.stepS)
      ? `${workload}: the step takes ${seconds(fastest.row)} with each of the ${rows.length} choices that run it, because they deliver the same rate`
      : `${workload}: the step takes ${seconds(fastest.row)} on ${fastest.choice.name} and ${seconds(slowest.row)} on ${slowest.choice.name}, ${percentText(spread, 1)} apart`;
  return [`${head}; ${exposedSentence(fastest.row)}.${sharingSentence(fastest.row.sharing)}`];
}

function exposedSentence({ step }: WorkloadResult): string {
  const crossing = step.exposed.filter((one) => one.tier !== 'scaleUp');
  const sum = crossing.reduce((total, one) => total + one.seconds, 0);
  const largest = crossing.reduce<(typeof crossing)[number] | undefined>((best, one) => (best === undefined || one.seconds > best.seconds ? one : best), undefined);
  if (largest === undefined || sum <= 0) return 'no communication between nodes is exposed';
  return `${percentText(sum / step.stepS, 1)} of it is exposed communication between nodes, most of that ${largest.name} (${numberText(largest.seconds)} s)`;
}

/** Names the longest exposed collective that waits for shared links. */
function sharingSentence([worst]: readonly SharedLinks[]): string {
  if (worst === undefined) return '';
  const { name, slowedBy, busiestLink } = worst;
  return ` Its ${name} take ${numberText(slowedBy, 2)} times as long as on free links, because ${countText(busiestLink.flows, 'flow')} share a ${spoken(busiestLink.tier)} link (busiest: ${busiestLink.name}).`;
}

const abbreviations: Readonly<Record<string, string>> = { nic: 'NIC', ocs: 'OCS', serdes: 'SerDes' };
/** A word for people: `laserSource` is written as a laser source, `nic` as NIC. */
const spoken = (name: string): string => name.split(' ').map((word) => abbreviations[word] ?? (/^[a-z]+([A-Z][a-z]+)+$/.test(word) ? word.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`) : word)).join(' ');

function blastFinding(choices: Choices): readonly string[] {
  const harm = ({ worstLightPart }: OpticsChoiceResult): number => worstLightPart.gpusCut * 1e6 + worstLightPart.gpusSlowed;
  const found = extremes(choices, harm);
  const best = found?.least[0];
  const worst = found?.most[0];
  if (found === null || best === undefined || worst === undefined) return [];
  const tell = ({ worstLightPart: { kind, gpusCut, gpusSlowed } }: OpticsChoiceResult): string =>
    `one ${spoken(kind)} cuts off ${countText(gpusCut, 'accelerator')}${gpusSlowed > 0 ? ` and slows ${fixedText(gpusSlowed, 0)}` : ''}`;
  if (choices.length === 1) return [`Of the parts that make and carry light, the worst hurts like this: ${tell(best)}.`];
  if (found.low === found.high) return [`Of the parts that make and carry light, the worst hurts alike with every choice: ${tell(best)}.`];
  return [`Of the parts that make and carry light, the worst hurts least with ${namesOf(found.least)} (${tell(best)}) and most with ${namesOf(found.most)} (${tell(worst)}).`];
}

const span = ({ lengthM, longestM }: RefusedLinks): string => (lengthM === longestM ? `${numberText(lengthM)} m` : `${numberText(lengthM)} to ${numberText(longestM)} m`);

/** One sentence per choice in cables, never in directions; the result lists every medium and length. */
function refusedFinding(choices: Choices): readonly string[] {
  return choices.filter((choice) => choice.cables.triedAndRefused > 0).map(({ name, cables, refused }) => {
    const media = [...new Set(refused.map((group) => group.medium))].map((medium) => {
      const groups = refused.filter((group) => group.medium === medium);
      const count = groups.reduce((sum, group) => sum + group.count, 0);
      const whole: RefusedLinks | undefined = groups[0];
      const lengths = whole === undefined ? '' : span({ ...whole, lengthM: Math.min(...groups.map((group) => group.lengthM)), longestM: Math.max(...groups.map((group) => group.longestM)) });
      return `${medium} on ${fixedText(count, 0)} of ${lengths}`;
    });
    const fallback = cables.carriedByFallback === 0 ? '' : ` ${countText(cables.carriedByFallback, 'cable')} ${cables.carriedByFallback === 1 ? 'runs' : 'run'} on a later medium of the list.`;
    const dark = cables.withoutLight === 0 ? '' : ` ${countText(cables.withoutLight, 'cable')} ${cables.withoutLight === 1 ? 'stays' : 'stay'} without light.`;
    return `${name}: of ${countText(cables.total, 'cable')}, ${fixedText(cables.triedAndRefused, 0)} do not close with the medium that is preferred for them (${media.join(', ')}).${fallback}${dark}`;
  });
}

/**
 * Findings in the order an architect asks: what cannot work at all, then speed, power, money, failures, blast radius, and what did
 * not close. Choices that do not carry every job are named first and ranked nowhere.
 */
export function findingsOf(choices: Choices): readonly string[] {
  const ranked = choices.filter((choice) => choice.isRanked);
  const dead = choices.filter((choice) => !choice.isRanked);
  const names = [...new Set(choices.flatMap((choice) => [...choice.workloads, ...choice.refusedWorkloads].map((row) => row.workload)))];
  return [
    ...dead.map(deadFinding), ...(ranked.length === 0 && choices.length > 0 ? ['No choice carries every job, so none is ranked.'] : []),
    ...names.flatMap((name) => stepFinding(ranked, name)),
    ...powerFinding(ranked), ...costFinding(ranked), ...failureFinding(ranked), ...blastFinding(ranked), ...refusedFinding(choices),
  ];
}
