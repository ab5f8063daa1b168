/**
 * Re-lock planning: after a temperature step, which rings follow their line, which must let go, and where they lock anew.
 *
 * A locked ring follows its line without loss as long as its heater stays between off and its end. A new lock costs an
 * outage, so it happens only where it must, or where it saves more heater shift than the hysteresis. A new lock also keeps
 * a guard to both ends of the heater, or the next ripple of temperature would break it again.
 */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { OrderFreedom } from './ring-assignment.ts';
import { assignByOrder, redShiftNm, shiftCostNm, unlocked } from './ring-assignment.ts';
import type { RingTuner } from './ring-tuner.ts';
import { heaterForShiftMw, heaterReachNm } from './ring-tuner.ts';

/** Rings on a bus with what they are locked to; rows are rings. */
export interface LockState {
  /** Resonances with the heater off, at the present temperature. */
  readonly ringNm: Float64Array;
  /** Lines of the source at the present temperature, spare lines included. */
  readonly lineNm: Float64Array;
  /** Line row of every ring, or `unlocked`. */
  readonly lineOfRing: Int32Array;
  /** Red-shift that the heater of every ring makes; 0 for an unlocked ring. */
  readonly shiftNm: Float64Array;
}

/** A change of temperature that has happened to the bank; a lost line is a laser that went dark. */
export interface ThermalStep {
  readonly ringStepK: number;
  /** How far the lines themselves moved, e.g. when the laser sits in the same loop. */
  readonly lineStepNm: number;
  readonly darkLines: readonly number[];
}

export interface RelockPolicy {
  readonly order: OrderFreedom;
  /** Heater shift that one new lock must save to be worth its outage. */
  readonly hysteresisNm: number;
  /** Distance that a new lock keeps to both ends of the heater where it can. */
  readonly guardNm: number;
}

export interface RingMove {
  readonly ring: number;
  readonly fromLine: number;
  readonly toLine: number;
  readonly shiftNm: number;
  readonly heaterMw: number;
}

export interface RelockPlan {
  readonly state: LockState;
  /** Rings that follow their line without interruption. */
  readonly followed: readonly number[];
  /** New locks, each an outage of one channel; a lock to the same line one resonance further is one too. */
  readonly relocks: readonly RingMove[];
  /** Rings that reach no line. */
  readonly lost: readonly number[];
  readonly heaterMw: number;
  /** `heater-out-of-range` when rings are lost, otherwise `null`. */
  readonly refusal: Refusal | null;
}

/** Issues: `bad-lock-state` where arrays disagree, two rings hold one line, or numbers are not finite; `bad-policy` for negative limits. */
export function checkRelockInput(state: LockState, policy: RelockPolicy): Parsed<LockState> {
  const issues: Issue[] = [];
  const rings = state.ringNm.length;
  const bad = (path: string, message: string, remedy: string): void => void issues.push({ code: path.startsWith('policy') ? 'bad-policy' : 'bad-lock-state', path, message, remedy });
  if (rings === 0) bad('ringNm', 'There is no ring', 'Give at least one ring');
  if (state.lineOfRing.length !== rings) bad('lineOfRing', `There are ${rings} rings but ${state.lineOfRing.length} locks`, 'Give one line, or -1, per ring');
  if (state.shiftNm.length !== rings) bad('shiftNm', `There are ${rings} rings but ${state.shiftNm.length} shifts`, 'Give one shift per ring');
  for (const key of ['ringNm', 'lineNm', 'shiftNm'] as const) if (!state[key].every(Number.isFinite)) bad(key, 'A wavelength is not a finite number', 'Give finite wavelengths in nm');
  const holder = new Map<number, number>();
  state.lineOfRing.forEach((line, ring) => {
    if (line === unlocked) return;
    if (line < 0 || line >= state.lineNm.length) bad('lineOfRing', `Ring ${ring} holds line ${line}, which does not exist`, `Name a line from 0 to ${state.lineNm.length - 1}`);
    const other = holder.get(line);
    if (other !== undefined) bad('lineOfRing', `Rings ${other} and ${ring} hold the same line ${line}`, 'Give each ring its own line');
    holder.set(line, ring);
  });
  for (const key of ['hysteresisNm', 'guardNm'] as const) if (!(policy[key] >= 0 && Number.isFinite(policy[key]))) bad(`policy.${key}`, `${key} must be at least 0 nm`, 'Give a finite number of nm');
  return issues.length > 0 ? rejected(...issues) : parsed(state);
}

/** The state after the step, before anything is done: heaters follow their lines, beyond their ends if they must. */
function driven(state: LockState, step: ThermalStep, tuner: RingTuner): { readonly ringNm: Float64Array; readonly lineNm: Float64Array; readonly followingNm: Float64Array } {
  const ringMoveNm = step.ringStepK * tuner.driftNmPerK;
  return {
    ringNm: state.ringNm.map((at) => at + ringMoveNm),
    lineNm: state.lineNm.map((at) => at + step.lineStepNm),
    followingNm: state.shiftNm.map((shift) => shift + step.lineStepNm - ringMoveNm),
  };
}

interface Choice {
  /** `unlocked` when the ring cannot reach the line. */
  readonly line: number;
  readonly shiftNm: number;
  readonly cost: number;
  readonly follows: boolean;
}

/** Plans the locks after a step: least lost channels first, then locks inside the guard, then heater shift plus hysteresis per new lock. */
export function planRelock(state: LockState, step: ThermalStep, tuner: RingTuner, policy: RelockPolicy): RelockPlan {
  const rings = state.ringNm.length;
  const { ringNm, lineNm, followingNm } = driven(state, step, tuner);
  const reachNm = heaterReachNm(tuner);
  // Each kind of harm outweighs any sum of the lesser ones over all rings.
  const cornered = (rings + 1) * (2 * tuner.fsrNm + policy.hysteresisNm);
  const loss = (rings + 1) * (cornered + 2 * tuner.fsrNm + policy.hysteresisNm);
  const choose = (ring: number, line: number): Choice => {
    if (line === unlocked) return { line, shiftNm: 0, cost: loss, follows: false };
    const following = followingNm[ring] ?? 0;
    if (state.lineOfRing[ring] === line && following >= 0 && following <= reachNm) {
      return { line, shiftNm: following, cost: shiftCostNm({ shiftNm: following, fsrNm: tuner.fsrNm, rings }), follows: true };
    }
    const shiftNm = redShiftNm({ fromNm: ringNm[ring] ?? 0, toNm: lineNm[line] ?? 0, fsrNm: tuner.fsrNm });
    if (shiftNm > reachNm) return { line: unlocked, shiftNm: 0, cost: loss, follows: false };
    const isCornered = shiftNm < policy.guardNm || shiftNm > reachNm - policy.guardNm;
    return { line, shiftNm, cost: shiftCostNm({ shiftNm, fsrNm: tuner.fsrNm, rings }) + policy.hysteresisNm + (isCornered ? cornered : 0), follows: false };
  };
  const columns = linesInOrder(state, step, policy);
  const cost = new Float64Array(rings * columns.length);
  let at = 0;
  for (let ring = 0; ring < rings; ring++) for (const line of columns) cost[at++] = choose(ring, line).cost;
  const columnOfRing = new Int32Array(rings);
  assignByOrder(cost, { rings, lines: columns.length, order: policy.order }, columnOfRing);
  return describe({ state, ringNm, lineNm, tuner, reachNm, choices: Array.from(columnOfRing, (column, ring) => choose(ring, columns[column] ?? unlocked)) });
}

/** Lines on offer: a free order steps over dark lines, a fixed one cannot. Where rings outnumber lines, some columns stand for "unlocked". */
function linesInOrder(state: LockState, step: ThermalStep, policy: RelockPolicy): readonly number[] {
  const dark = new Set(step.darkLines);
  const all = Array.from(state.lineNm, (_, line) => (dark.has(line) ? unlocked : line));
  const offered = policy.order === 'fixed' ? all : all.filter((line) => line !== unlocked);
  while (offered.length < state.ringNm.length) offered.push(unlocked);
  return offered;
}

interface Outcome {
  readonly state: LockState;
  readonly ringNm: Float64Array;
  readonly lineNm: Float64Array;
  readonly tuner: RingTuner;
  readonly reachNm: number;
  readonly choices: readonly Choice[];
}

function describe({ state, ringNm, lineNm, tuner, reachNm, choices }: Outcome): RelockPlan {
  const lineOfRing = new Int32Array(choices.length).fill(unlocked);
  const shiftNm = new Float64Array(choices.length);
  const followed: number[] = [];
  const relocks: RingMove[] = [];
  const lost: number[] = [];
  let heaterMw = 0;
  for (const [ring, choice] of choices.entries()) {
    if (choice.line === unlocked) {
      lost.push(ring);
      continue;
    }
    lineOfRing[ring] = choice.line;
    shiftNm[ring] = choice.shiftNm;
    const ringHeaterMw = heaterForShiftMw(tuner, choice.shiftNm);
    heaterMw += ringHeaterMw;
    if (choice.follows) followed.push(ring);
    else relocks.push({ ring, fromLine: state.lineOfRing[ring] ?? unlocked, toLine: choice.line, shiftNm: choice.shiftNm, heaterMw: ringHeaterMw });
  }
  const refusal = lost.length === 0 ? null : refuse(
    'heater-out-of-range', 'wait',
    `${lost.length} of ${choices.length} rings (${lost.join(', ')}) reach no free line: their heaters end at ${reachNm.toPrecision(3)} nm of ${tuner.fsrNm.toPrecision(3)} nm.`,
    'Restore the temperature, light a spare line, or allow another order of lines.',
  );
  return { state: { ringNm, lineNm, lineOfRing, shiftNm }, followed, relocks, lost, heaterMw, refusal };
}

/** A first lock of all rings, every one of them new. */
export const lockAll = (bank: Pick<LockState, 'ringNm' | 'lineNm'>, tuner: RingTuner, policy: RelockPolicy): RelockPlan =>
  planRelock(
    { ...bank, lineOfRing: new Int32Array(bank.ringNm.length).fill(unlocked), shiftNm: new Float64Array(bank.ringNm.length) },
    { ringStepK: 0, lineStepNm: 0, darkLines: [] }, tuner, policy,
  );
