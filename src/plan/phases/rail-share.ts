/**
 * Which parallelism dimensions of a job share rail ports in time and which keep ports of their own, so that the step is shortest.
 *
 * Candidates are all ways to divide the dimensions into sharers and the ports among them. Every dimension on ports of its own is the
 * static split, which needs no switching in the step and is always among them, so the answer is never worse. A candidate's step is
 * that of the step model with collectives as fast as their ports, plus what switching holds up; without switching it is a lower
 * bound, and candidates whose bound is no better than the best step found are not unrolled.
 */

import type { Refusal } from '../../base/refusal.ts';
import { isRefusal, refuse } from '../../base/refusal.ts';
import { combineStep } from '../../traffic/combine-step.ts';
import type { TimedStep } from '../../traffic/timeline/job-timeline.ts';
import { jobTimeline } from '../../traffic/timeline/job-timeline.ts';
import type { RailDimension } from './rail-dimensions.ts';
import { durationsOnPorts, railDimensions } from './rail-dimensions.ts';
import type { RailSchedule } from './rail-schedule.ts';
import { scheduleRail } from './rail-schedule.ts';

export interface RailQuestion {
  /** The job on rails of packets at full rate: plan, compute, phases and how long each takes there. */
  readonly step: TimedStep;
  readonly scaleUpSize: number;
  /** Ports of an accelerator on its rail; all rails of a job do the same, because its ranks are alike on all of them. */
  readonly portsPerRail: number;
  /** From the command until light is settled. */
  readonly switchNs: number;
}

/** Dimensions that share so many ports in time; alone, a dimension keeps its ports. */
export interface PortShare { readonly dimensions: readonly string[]; readonly ports: number }

export interface RailAlternative {
  readonly shares: readonly PortShare[];
  /** Traffic at the edges of the step waits until the pipeline is through, instead of hiding under its last pass. */
  readonly edgesWait: boolean;
  readonly kind: 'static' | 'shared';
  readonly stepNs: number;
  /** False where `stepNs` is a lower bound that was already no better than the chosen step. */
  readonly exact: boolean;
  /** Share of the step on packet rails that it is longer. */
  readonly overhead: number;
}

export interface RailPlan {
  readonly chosen: RailAlternative;
  /** One per set of ports that is shared in time. */
  readonly schedules: readonly (RailSchedule & { readonly share: PortShare })[];
  readonly packetStepNs: number;
  /** Every candidate, the best first; ties go to the static split, then to the earlier candidate. */
  readonly alternatives: readonly RailAlternative[];
  readonly reasons: readonly string[];
}

/** Dimensions beyond this make too many divisions. */
export const railDimensionsMax = 5;

/** All ways to divide 0 .. count - 1 into sets, each set in rising order. */
function divisions(count: number): readonly (readonly (readonly number[])[])[] {
  let found: (readonly (readonly number[])[])[] = [[]];
  for (let item = 0; item < count; item++) {
    found = found.flatMap((sets) => [...sets.map((_, at) => sets.map((set, other) => (other === at ? [...set, item] : set))), [...sets, [item]]]);
  }
  return found;
}

/** All ways to deal `ports` to sets that need at least `least` each. */
function deals(ports: number, least: readonly number[]): readonly (readonly number[])[] {
  const [own, ...others] = least;
  if (own === undefined) return ports >= 0 ? [[]] : [];
  if (others.length === 0) return ports >= own ? [[ports]] : [];
  return Array.from({ length: Math.max(0, ports - own + 1) }, (_, more) => own + more).flatMap((mine) => deals(ports - mine, others).map((rest) => [mine, ...rest]));
}

interface Candidate { readonly sets: readonly (readonly number[])[]; readonly ports: readonly number[]; readonly edgesWait: boolean; readonly step: TimedStep; readonly boundNs: number }

const stepNsOf = (step: TimedStep): number => combineStep(step.compute, step.phases, step.durations, { contention: step.contention }).stepS * 1e9;

function candidatesOf({ step, portsPerRail }: RailQuestion, dimensions: readonly RailDimension[]): readonly Candidate[] {
  return divisions(dimensions.length).flatMap((sets) => {
    const least = sets.map((set) => Math.max(...set.map((at) => dimensions[at]?.portsMin ?? 1)));
    return deals(portsPerRail, least).flatMap((ports) => {
      const own = dimensions.map((_, at) => ports[sets.findIndex((set) => set.includes(at))] ?? 1);
      const durations = durationsOnPorts(step, dimensions, own, portsPerRail);
      const shared = new Set(sets.filter((set) => set.length > 1).flat().flatMap((at) => dimensions[at]?.phases ?? []));
      const waiting = step.phases.map((phase, row) => (shared.has(row) && phase.perStep > 0 ? { ...phase, window: 'none' as const, hiddenShare: 0 } : phase));
      return (shared.size > 0 ? [false, true] : [false]).map((edgesWait): Candidate => {
        const timed = { ...step, durations, phases: edgesWait ? waiting : step.phases };
        return { sets, ports, edgesWait, step: timed, boundNs: stepNsOf(timed) };
      });
    });
  });
}

/** The candidate unrolled: what switching adds. */
function unroll(candidate: Candidate, dimensions: readonly RailDimension[], switchNs: number): RailPlan['schedules'] | Refusal {
  const timeline = jobTimeline(candidate.step);
  if (isRefusal(timeline)) return timeline;
  return candidate.sets.flatMap((set, at) => {
    if (set.length < 2) return [];
    const sharers = set.flatMap((row) => dimensions[row] ?? []);
    return [{ ...scheduleRail(timeline, sharers, switchNs), share: { dimensions: sharers.map(({ name }) => name), ports: candidate.ports[at] ?? 0 } }];
  });
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
const ms = (ns: number): string => `${Number((ns / 1e6).toPrecision(4))} ms`;

const describeShares = (shares: readonly PortShare[]): string =>
  shares.map(({ dimensions, ports }) => `${dimensions.join(' and ')} ${dimensions.length > 1 ? 'share' : dimensions[0]?.endsWith('s') === true ? 'keep' : 'keeps'} ${ports} port${ports === 1 ? '' : 's'}`).join(', ');

function reasonsOf(plan: Omit<RailPlan, 'reasons'>, switchNs: number): readonly string[] {
  const { chosen, schedules, alternatives, packetStepNs } = plan;
  const other = alternatives.find((one) => one.kind !== chosen.kind);
  const first = `${describeShares(chosen.shares)}: the step takes ${ms(chosen.stepNs)}, ${percent(chosen.overhead)} more than on packet rails (${ms(packetStepNs)}).`;
  const held = schedules.map(({ share, switches, hiddenShare, lateNs }) =>
    `${share.dimensions.join(' and ')} switch ${switches} times a step over all stages, ${ms(switchNs)} each; `
    + `${percent(hiddenShare)} of it lies under gaps; switching and waiting for each other hold up the step by ${ms(lateNs)}.`);
  if (other === undefined) return [first, ...held];
  const best = other.exact ? `takes ${ms(other.stepNs)}` : `takes at least ${ms(other.stepNs)}`;
  return [first, ...held, `The best ${other.kind === 'static' ? 'static split' : 'sharing in time'} (${describeShares(other.shares)}) ${best}.`];
}

/** Decides. Refused without dimensions on the rails, with too many of them, or when one cannot be had on the ports there are. */
export function shareRails(question: RailQuestion): RailPlan | Refusal {
  const { step, scaleUpSize, portsPerRail, switchNs } = question;
  const dimensions = railDimensions(step, scaleUpSize);
  if (dimensions.length === 0) return refuse('no-rail-traffic', 'never', 'No collective of the job leaves its scale-up domain, so rails have nothing to carry.');
  if (dimensions.length > railDimensionsMax) return refuse('too-many-dimensions', 'never', `The job has ${dimensions.length} dimensions on the rails; at most ${railDimensionsMax} are divided.`);
  const packetStepNs = stepNsOf(step);
  const candidates = candidatesOf(question, dimensions);
  if (candidates.length === 0) {
    const short = dimensions.filter(({ portsMin }) => portsMin > portsPerRail).map(({ name, portsMin }) => `${name} needs ${portsMin}`);
    return refuse('too-few-ports', 'never', `Ports of an accelerator on a rail: ${portsPerRail}; ${short.join(', ')}.`);
  }
  const order = [...candidates.keys()].sort((a, b) => (candidates[a]?.boundNs ?? 0) - (candidates[b]?.boundNs ?? 0) || a - b);
  let bestNs = Math.min(...candidates.filter(({ sets }) => sets.every((set) => set.length === 1)).map(({ boundNs }) => boundNs));
  let best: { readonly alternative: RailAlternative; readonly schedules: RailPlan['schedules'] } | null = null;
  const alternatives: RailAlternative[] = [];
  for (const at of order) {
    const candidate = candidates[at];
    if (candidate === undefined) continue;
    const isStatic = candidate.sets.every((set) => set.length === 1);
    const isHopeless = !isStatic && candidate.boundNs >= bestNs;
    const schedules = isStatic || isHopeless ? [] : unroll(candidate, dimensions, switchNs);
    if (isRefusal(schedules)) return schedules;
    const stepNs = candidate.boundNs + schedules.reduce((sum, { lateNs }) => sum + lateNs, 0);
    const shares = candidate.sets.map((set, row) => ({ dimensions: set.flatMap((one) => dimensions[one]?.name ?? []), ports: candidate.ports[row] ?? 0 }));
    const alternative: RailAlternative = { shares, edgesWait: candidate.edgesWait, kind: isStatic ? 'static' : 'shared', stepNs, exact: !isHopeless, overhead: stepNs / packetStepNs - 1 };
    alternatives.push(alternative);
    const wins = best === null || stepNs < best.alternative.stepNs || (stepNs === best.alternative.stepNs && isStatic && best.alternative.kind === 'shared');
    if (!isHopeless && stepNs <= bestNs && wins) best = { alternative, schedules };
    bestNs = Math.min(bestNs, stepNs);
  }
  if (best === null) throw new RangeError('the candidate with the least bound is timed');
  alternatives.sort((a, b) => a.stepNs - b.stepNs || Number(a.kind === 'shared') - Number(b.kind === 'shared'));
  const plan = { chosen: best.alternative, schedules: best.schedules, packetStepNs, alternatives };
  return { ...plan, reasons: reasonsOf(plan, switchNs) };
}
