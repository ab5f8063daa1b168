/**
 * Telemetry and alarms: what is noted, what is believed, what physics makes of it, how healthy parts are, and what the ladder does.
 *
 * The chain of a reading stands in its facts, in this order: measured, believed, judged, healthSet, decided, and what follows for jobs.
 */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { countText } from '../../base/number-text.ts';
import type { Decision } from '../decision.ts';
import { valueText } from '../explain/name-parts.ts';
import { readingText } from '../explain/reading-text.ts';
import type { Fact, Health, JudgedGroup } from '../fact.ts';
import { healthNames } from '../fact.ts';
import { holdMarginDb, isThin } from '../light.ts';
import type { Proposal } from '../ladder/proposal.ts';
import { weigh } from '../ladder/weigh.ts';
import type { AlarmReading, Quantity, TelemetryReading } from '../reading.ts';
import type { State } from '../state.ts';
import type { Belief } from './belief.ts';
import { believedFact, beliefsFromAlarm, beliefsFromTelemetry, settlingCaseC } from './belief.ts';
import type { Foreseen } from './foresee.ts';
import { isFit } from './fit-again.ts';
import { foresee } from './foresee.ts';
import { beliefsWith, judgeLinks, linksOf } from './judge.ts';
import type { Cause } from './question.ts';
import { ladderQuestion } from './question.ts';
import { scratchOf } from './scratch.ts';
import { trendAfter } from './trend.ts';

/** Values that move less than this since they were noted are not noted again, unless an age has passed (design choice: the resolution of module sensors). */
const noteStep: Readonly<Record<Quantity, number>> = { caseC: 0.2, supplyC: 0.1, biasRatio: 0.002, rxLossDb: 0.05, txLossDb: 0.05, preFecBer: 0, outputShare: 0.01 };
const noteAfterNs = 600e9;

function measuredFact(state: State, atNs: number, reading: TelemetryReading): Fact | null {
  const known = state.measured.get(reading.quantity);
  const components: number[] = [];
  const values: number[] = [];
  const perHour: (number | null)[] = [];
  reading.components.forEach((component, row) => {
    const value = reading.values[row] ?? 0;
    const before = known?.get(component);
    if (before !== undefined && Math.abs(value - before.value) <= noteStep[reading.quantity] && atNs - before.atNs < noteAfterNs) return;
    components.push(component);
    values.push(value);
    perHour.push(before === undefined ? null : trendAfter(reading.quantity, before, value, atNs).perHour);
  });
  return components.length === 0 ? null : { kind: 'measured', quantity: reading.quantity, components, values, perHour };
}

const healthOf = (state: State, component: number): Health => healthNames[state.components.health[component] ?? 0] ?? 'sound';
const inMaintenance: ReadonlySet<Health> = new Set<Health>(['draining', 'drained', 'repairing', 'verifying']);
const severity: Readonly<Record<Health, number>> = { sound: 0, suspect: 1, degraded: 2, failed: 3, draining: 4, drained: 4, repairing: 4, verifying: 4 };

/** Which group each directed link was judged in, in a table of the plant, until the next such question. */
interface JudgedIn {
  readonly groups: readonly JudgedGroup[];
  readonly linkGroup: Float64Array;
  readonly before: number;
}

function judgedIn({ plant }: State, groups: readonly JudgedGroup[]): JudgedIn {
  const scratch = scratchOf(plant);
  const { linkGroup, judgedBefore: before } = scratch;
  scratch.judgedBefore += groups.length;
  for (const [at, { ranges }] of groups.entries()) {
    for (let range = 0; range < ranges.length; range += 2) linkGroup.fill(before + at, ranges[range], (ranges[range] ?? 0) + (ranges[range + 1] ?? 0));
  }
  return { groups, linkGroup, before };
}

/** Margin and hold of the judged link of a component that falls shortest of its hold; of equals the lowest link. */
function leastMargin(state: State, component: number, { groups, linkGroup, before }: JudgedIn): { readonly margin: number; readonly hold: number } {
  let margin = Infinity;
  let hold = 0;
  for (const link of linksOf(state, [component])) {
    const at = (linkGroup[link] ?? 0) - before;
    const group = at < 0 ? undefined : groups[at];
    if (group === undefined) continue;
    const own = group.marginDb ?? -Infinity;
    const held = holdMarginDb(state, link);
    if (!(own - held < margin - hold)) continue;
    margin = own;
    hold = held;
    // Nothing is less than no light.
    if (margin === -Infinity) break;
  }
  return { margin, hold };
}

/** Health only worsens here, or is as bad again; it returns with hysteresis, in `decideReturn`. */
function healthFacts(state: State, changed: ReadonlyMap<number, Belief>, groups: readonly JudgedGroup[], foreseen: readonly Foreseen[]): Fact[] {
  const judged = judgedIn(state, groups);
  const facts: Fact[] = [];
  const worsen = (component: number, to: Health, reason: string): void => {
    const from = healthOf(state, component);
    if (inMaintenance.has(from)) return;
    if (severity[to] > severity[from]) facts.push({ kind: 'healthSet', component, from, to, reason });
    // Bad again before it could return: the hold-down begins anew.
    else if (from !== 'sound' && isFit(state, component)) facts.push({ kind: 'healthSet', component, from, to: from, reason });
  };
  for (const [component, belief] of changed) {
    if (belief.isDead) {
      worsen(component, 'failed', 'It gives no light or current.');
      continue;
    }
    const { margin, hold } = leastMargin(state, component, judged);
    if (margin === -Infinity) worsen(component, 'degraded', `Its links do not close with ${belief.lossDb.toFixed(2)} dB of loss${Number.isNaN(belief.caseC) ? '' : ` at ${belief.caseC.toFixed(1)} °C`}.`);
    else if (margin < hold) worsen(component, 'degraded', `Margin ${margin.toFixed(2)} dB is below the ${hold.toFixed(2)} dB that is held.`);
  }
  for (const { component, because } of foreseen) if (!changed.has(component)) worsen(component, 'suspect', because);
  return facts;
}

/** Which of a message's values is the cause: the first of a component whose belief changed, else the first. */
function causeAt({ components }: TelemetryReading, changed: ReadonlyMap<number, Belief>): number {
  return Math.max(0, components.findIndex((component) => changed.has(component)));
}

/** The sentence that every decision opens with. */
function because(state: State, reading: TelemetryReading | AlarmReading, changed: ReadonlyMap<number, Belief>): string {
  if (reading.kind === 'alarm') return `${readingText(state.plant, reading)}.`;
  const at = causeAt(reading, changed);
  const component = reading.components[at] ?? 0;
  const before = state.measured.get(reading.quantity)?.get(component)?.value;
  const hottest = [...changed].reduce((most, [row, { caseC }]) => Math.max(most, Number.isNaN(caseC) ? settlingCaseC(state, row) : caseC), -Infinity);
  const isHeat = reading.quantity === 'caseC' || reading.quantity === 'supplyC' || reading.quantity === 'outputShare';
  const heat = isHeat && Number.isFinite(hottest) ? `; ${countText(changed.size, 'part')} will settle at ${hottest.toFixed(1)} °C${changed.size > 1 ? ' or below' : ''}` : '';
  const one = { ...reading, components: [component], values: [reading.values[at] ?? 0] };
  return `${readingText(state.plant, one)}${before === undefined ? '' : ` after ${valueText(reading.quantity, before)}`}${heat}.`;
}

/** A job that gets no light says so, with a remedy. */
const heldFor = (decision: Decision): Refusal => refuse('no-light', 'wait', decision.because, ...decision.plan.reasons);

/** What a decision does to jobs beside their light. */
function jobFacts(state: State, decision: Decision, proposal: Proposal): Fact[] {
  const facts: Fact[] = [];
  for (const [id, replicas] of proposal.replicas) facts.push({ kind: 'jobResized', id, replicas });
  for (const [id, ranks] of proposal.ranks) facts.push({ kind: 'jobMoved', id, ranks, restarts: true });
  const shifted = new Set([...proposal.deferred].flatMap((id) => state.leases.get(id)?.request.job ?? []));
  for (const id of [...shifted].sort()) facts.push({ kind: 'jobShifted', id, byNs: decision.price.expectedNs });
  if (proposal.interleaving !== null) facts.push({ kind: 'interleaved', interleaving: proposal.interleaving });
  for (const effect of decision.price.effects) {
    const held = state.jobs.get(effect.job)?.held ?? null;
    if (effect.stepAfterNs === null && held === null) facts.push({ kind: 'jobHeld', id: effect.job, refusal: heldFor(decision) });
    else if (effect.stepAfterNs !== null && held !== null) facts.push({ kind: 'jobHeld', id: effect.job, refusal: null });
  }
  return facts;
}

/** True where some judged link carries less than it did, or has less margin than the policy holds. */
function isWorse(state: State, groups: readonly JudgedGroup[]): boolean {
  const { linkWavelength } = state.plant.cluster.fabric;
  const isSlower = (link: number, gbps: readonly number[]): boolean => gbps.some((rate, row) => rate < (state.wavelengths.physicsGbps[(linkWavelength[link] ?? 0) + row] ?? 0));
  return groups.some(({ ranges, marginDb, gbps }) => {
    for (let at = 0; at < ranges.length; at += 2) {
      const first = ranges[at] ?? 0;
      for (let link = first; link < first + (ranges[at + 1] ?? 0); link++) if (isSlower(link, gbps) || isThin(state, link, marginDb ?? -Infinity)) return true;
    }
    return false;
  });
}

/** Works the ladder for changed beliefs, and tells everything from judgement to jobs. */
function factsOfBeliefs(state: State, atNs: number, cause: Cause, changed: ReadonlyMap<number, Belief>, foreseen: readonly Foreseen[]): Fact[] {
  const facts: Fact[] = changed.size === 0 ? [] : [believedFact(changed)];
  const groups = judgeLinks(state, beliefsWith(state, changed), linksOf(state, changed.keys()));
  if (groups.length > 0) facts.push({ kind: 'judged', groups });
  facts.push(...healthFacts(state, changed, groups, foreseen));
  if (!isWorse(state, groups)) return facts;
  const question = ladderQuestion(state, atNs, cause, { changed, groups });
  // Light that nobody holds is lost without a choice to make.
  if (question.affected.length === 0) return facts;
  const { decision, proposal } = weigh(question);
  return [...facts, { kind: 'decided', decision }, ...cooledFacts(proposal), ...jobFacts(state, decision, proposal)];
}

/** What is believed once the lanes of a plan are off. */
function cooledFacts({ cooled }: Proposal): Fact[] {
  if (cooled === null) return [];
  return [believedFact(cooled.changed), ...(cooled.groups.length === 0 ? [] : [{ kind: 'judged' as const, groups: cooled.groups }])];
}

/**
 * A component that came and went too often stays out until someone has looked at it. Flaps are counted on while its health has changed
 * within the policy's window; after a quiet window the count begins anew.
 */
function flapFacts(state: State, atNs: number, reading: AlarmReading): { readonly facts: Fact[]; readonly stays: boolean } {
  const { flaps, sinceNs } = state.components;
  const known = flaps[reading.component] ?? 0;
  if (!reading.raised) return { facts: [], stays: known >= state.policy.health.flapMax };
  const isQuiet = atNs - (sinceNs[reading.component] ?? 0) > state.policy.health.flapWindowNs;
  return { facts: [{ kind: 'flapped', component: reading.component, count: isQuiet ? 1 : known + 1 }], stays: false };
}

function decideAlarm(state: State, atNs: number, reading: AlarmReading): Fact[] {
  const changed = beliefsFromAlarm(state, reading);
  // Light that comes back on a part in somebody's hands proves nothing: it returns when it is verified.
  if (changed.size === 0 || (!reading.raised && inMaintenance.has(healthOf(state, reading.component)))) return [];
  const { facts, stays } = flapFacts(state, atNs, reading);
  if (stays) {
    const reason = `It came back after ${state.components.flaps[reading.component] ?? 0} failures within ${state.policy.health.flapWindowNs / 60e9} min and stays out until it is verified.`;
    return [{ kind: 'setAside', refusal: refuse('flapping', 'wait', reason) }];
  }
  return [...facts, ...factsOfBeliefs(state, atNs, { component: reading.component, because: because(state, reading, changed), leadNs: reading.raised ? 0 : null }, changed, [])];
}

/** Facts that follow from telemetry or an alarm that has been found usable. Changes nothing. */
export function decideHealth(state: State, atNs: number, reading: TelemetryReading | AlarmReading): Fact[] {
  if (reading.kind === 'alarm') return decideAlarm(state, atNs, reading);
  const measured = measuredFact(state, atNs, reading);
  const changed = new Map(beliefsFromTelemetry(state, reading));
  const foreseen = foresee(state, atNs, reading);
  const first = foreseen[0];
  const facts: Fact[] = measured === null ? [] : [measured];
  if (first !== undefined && changed.size === 0) {
    for (const { component, belief } of foreseen) changed.set(component, belief);
    return [...facts, ...factsOfForesight(state, atNs, foreseen, changed)];
  }
  if (changed.size === 0) return facts;
  const component = reading.components[causeAt(reading, changed)] ?? 0;
  return [...facts, ...factsOfBeliefs(state, atNs, { component, because: because(state, reading, changed), leadNs: reading.quantity === 'supplyC' || reading.quantity === 'outputShare' ? null : 0 }, changed, foreseen)];
}

/** Acting before the cliff: the ladder is asked as if the loss had come, and the belief itself stays as it is. */
function factsOfForesight(state: State, atNs: number, foreseen: readonly Foreseen[], changed: ReadonlyMap<number, Belief>): Fact[] {
  const first = foreseen[0];
  if (first === undefined) return [];
  const groups = judgeLinks(state, beliefsWith(state, changed), linksOf(state, changed.keys()));
  const health = healthFacts(state, new Map(), [], foreseen);
  if (health.length === 0 || !isWorse(state, groups)) return health;
  const question = ladderQuestion(state, atNs, first, { changed, groups });
  if (question.affected.length === 0) return health;
  const { decision, proposal } = weigh(question);
  return [...health, { kind: 'decided', decision }, ...jobFacts(state, decision, proposal)];
}
