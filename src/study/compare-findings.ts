/** Says in plain language what a comparison found and what it assumed, each sentence with its figures. */

import type { CompareQuestion } from './compare.ts';
import type { OpticsChoiceResult, WorkloadResult } from './compare-result.ts';
import { describePlan } from '../traffic/parallel-plan.ts';

const percent = (share: number, digits = 0): string => `${(100 * share).toFixed(digits)} %`;
const kw = (value: number): string => `${value.toFixed(value < 100 ? 1 : 0)} kW`;

/** The choice with the least value; ties go to the one stated first. */
function least(choices: readonly OpticsChoiceResult[], value: (choice: OpticsChoiceResult) => number): OpticsChoiceResult | undefined {
  return choices.reduce<OpticsChoiceResult | undefined>((best, choice) => (best === undefined || value(choice) < value(best) ? choice : best), undefined);
}

const change = (value: number, reference: number): string => {
  const relative = reference === 0 ? 0 : value / reference - 1;
  return `${relative <= 0 ? 'minus' : 'plus'} ${percent(Math.abs(relative))}`;
};

function powerFinding(choices: readonly OpticsChoiceResult[]): readonly string[] {
  const [reference] = choices;
  const best = least(choices, (choice) => choice.fabricPowerKw);
  if (reference === undefined || best === undefined) return [];
  if (best === reference) return [`${best.name} draws the least fabric power, ${kw(best.fabricPowerKw)}, ${percent(best.fabricPowerShare, 1)} of the cluster.`];
  return [
    `${best.name} draws the least fabric power: ${kw(best.fabricPowerKw)} against ${kw(reference.fabricPowerKw)} for ${reference.name} (${change(best.fabricPowerKw, reference.fabricPowerKw)}), ` +
    `which takes the fabric from ${percent(reference.fabricPowerShare, 1)} to ${percent(best.fabricPowerShare, 1)} of cluster power.`,
  ];
}

function costFinding(choices: readonly OpticsChoiceResult[]): readonly string[] {
  const best = least(choices, (choice) => choice.cost.fabricUsd.value);
  const worst = least(choices, (choice) => -choice.cost.fabricUsd.value);
  if (best === undefined || worst === undefined || best === worst) return [];
  const { fabricUsd } = best.cost;
  return [
    `${best.name} costs the least: ${(fabricUsd.value / 1e6).toFixed(1)} M$ for the fabric, ${best.cost.perGpuUsd.toFixed(0)} $ per accelerator, against ` +
    `${(worst.cost.fabricUsd.value / 1e6).toFixed(1)} M$ for ${worst.name}. These prices are no better than ${fabricUsd.kind === 'estimate' ? 'estimates' : fabricUsd.kind}: bring your own price list.`,
  ];
}

function failureFinding(choices: readonly OpticsChoiceResult[]): readonly string[] {
  const best = least(choices, (choice) => choice.failuresPerDay.value);
  const worst = least(choices, (choice) => -choice.failuresPerDay.value);
  if (best === undefined || worst === undefined || best === worst) return [];
  const days = (choice: OpticsChoiceResult): string => `one in ${(1 / choice.failuresPerDay.value).toFixed(1)} days`;
  return [`${best.name} fails least often: ${days(best)} in the whole fabric, against ${days(worst)} for ${worst.name}.`];
}

/** How much the choice of optics moves the step of one workload, and what else bounds it. */
function stepFinding(choices: readonly OpticsChoiceResult[], workload: string): readonly string[] {
  const rows = choices.flatMap((choice) => choice.workloads.filter((row) => row.workload === workload).map((row) => ({ choice, row })));
  const sorted = [...rows].sort((a, b) => a.row.step.stepS - b.row.step.stepS);
  const [fastest] = sorted;
  const slowest = sorted.at(-1);
  if (fastest === undefined || slowest === undefined) return [`${workload} can run on none of the choices.`];
  const spread = slowest.row.step.stepS / fastest.row.step.stepS - 1;
  const head = spread < 0.001
    ? `${workload}: the step takes ${fastest.row.step.stepS.toFixed(2)} s whatever the optics (spread ${percent(spread, 3)}), because every choice delivers the same rate`
    : `${workload}: the step takes ${fastest.row.step.stepS.toFixed(2)} s on ${fastest.choice.name} and ${slowest.row.step.stepS.toFixed(2)} s on ${slowest.choice.name} (${percent(spread, 1)} apart)`;
  return [`${head}; ${exposedSentence(fastest.row)}.`];
}

function exposedSentence({ step }: WorkloadResult): string {
  const crossing = step.exposed.filter((one) => one.tier !== 'scaleUp');
  const sum = crossing.reduce((total, one) => total + one.seconds, 0);
  const largest = crossing.reduce<(typeof crossing)[number] | undefined>((best, one) => (best === undefined || one.seconds > best.seconds ? one : best), undefined);
  if (largest === undefined || sum <= 0) return 'no communication over the optical fabric is exposed';
  return `${percent(sum / step.stepS, 1)} of it is exposed communication over the optical fabric, most of that ${largest.name}`;
}

/** A word for people: `laserSource` is written as a laser source. */
const spoken = (kind: string): string => kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

function blastFinding(choices: readonly OpticsChoiceResult[]): readonly string[] {
  const harm = ({ worstLightPart }: OpticsChoiceResult): number => worstLightPart.gpusCut * 1e6 + worstLightPart.gpusSlowed;
  const best = least(choices, harm);
  const worst = least(choices, (choice) => -harm(choice));
  if (best === undefined || worst === undefined) return [];
  const tell = ({ worstLightPart }: OpticsChoiceResult): string => `its worst ${spoken(worstLightPart.kind)} cuts ${worstLightPart.gpusCut} accelerators off and slows ${worstLightPart.gpusSlowed}`;
  if (harm(best) === harm(worst)) return [`Of the parts that make and carry light, the worst hurts alike with every choice: ${tell(best)}.`];
  return [`Of the parts that make and carry light, a failure hurts least with ${best.name} (${tell(best)}) and most with ${worst.name} (${tell(worst)}).`];
}

/** One sentence per choice, so that a long list of lengths does not bury the answer; the result lists every length. */
function refusedFinding(choices: readonly OpticsChoiceResult[]): readonly string[] {
  return choices.filter((choice) => choice.refused.length > 0).map((choice) => {
    const groups = choice.refused.map(({ count, tier, medium, lengthM, longestM, replacedBy }) => {
      const lengths = lengthM === longestM ? `${lengthM} m` : `${lengthM} to ${longestM} m`;
      return `${count} ${tier} cables of ${lengths} with ${medium} (${replacedBy === null ? 'left without light' : `served by ${replacedBy}`})`;
    });
    return `${choice.name} refuses links that do not close: ${groups.join(', ')}.`;
  });
}

/** Findings in the order an architect asks: speed, power, money, failures, blast radius, what does not close. */
export function findingsOf(choices: readonly OpticsChoiceResult[]): readonly string[] {
  const names = [...new Set(choices.flatMap((choice) => [...choice.workloads, ...choice.refusedWorkloads].map((row) => row.workload)))];
  return [
    ...names.flatMap((name) => stepFinding(choices, name)),
    ...powerFinding(choices), ...costFinding(choices), ...failureFinding(choices), ...blastFinding(choices), ...refusedFinding(choices),
  ];
}

/** What every number of the result stands on. */
export function assumptionsOf(question: CompareQuestion): readonly string[] {
  return [
    'Power is IT power: the fabric is switches, NICs, modules, engines, lasers and the host SerDes of every port; links inside a server belong to the accelerators.',
    `Energy per step is cluster IT power at full load times step time. Facility energy is ${question.pue} times that (PUE).`,
    'Each collective streams alone over the real routes of the compiled fabric on the flow engine; latency of its steps and overlap with compute follow the closed-form step model.',
    'Margins are worst-case standard budgets where a standard exists, design points of the catalogue elsewhere; each budget says which.',
    'Failures are hard failures of fabric parts at their stated MTBF; flaps, accelerators and software are not counted.',
    ...question.workloads.map(({ name, plan }) => `${name} runs as ${describePlan(plan)}.`),
  ];
}
