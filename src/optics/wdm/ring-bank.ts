/** A bank of rings on a grid from cold start to a temperature step: plan, first locks, what the step breaks, and what order freedom is worth. */

import type { Dice } from '../../base/dice.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { ChannelPlan } from './channel-plan.ts';
import { fullPlan } from './channel-plan.ts';
import type { Grid } from './grid.ts';
import type { LockState, RelockPlan, RelockPolicy } from './relock.ts';
import { checkRelockInput, lockAll, planRelock } from './relock.ts';
import type { RingTuner } from './ring-tuner.ts';
import { checkRingTuner } from './ring-tuner.ts';
import type { TuningOutcome } from './tuning-study.ts';
import { studyRingTuning } from './tuning-study.ts';
import type { OrderFreedom } from './ring-assignment.ts';

export interface RingBankQuestion {
  readonly grid: Grid;
  /** Width of one carrier's spectrum and how far it may stray. */
  readonly widthGhz: number;
  readonly driftNm: number;
  /** Rings on the bus; 0 plans channels only. */
  readonly rings: number;
  readonly tuner: RingTuner;
  /** How far the bank is cooler than where its rings sit on their lines unheated, K. */
  readonly coolerK: number;
  /** Standard deviation of each ring's own error, in channel spacings. */
  readonly sigmaSpacings: number;
  readonly policy: RelockPolicy;
  readonly step: { readonly ringStepK: number; readonly lineStepNm: number; readonly darkLines: readonly number[] };
  /** Draws of the order study. */
  readonly draws: number;
}

export interface RingBankAnswer {
  readonly plan: ChannelPlan;
  /** Distance between neighbouring lines; mean over the grid. */
  readonly spacingNm: number;
  /** State before anything is locked, and the first locks; `null` without rings. */
  readonly locks: { readonly start: LockState; readonly first: RelockPlan; readonly after: RelockPlan } | null;
  readonly orders: Readonly<Record<OrderFreedom, TuningOutcome>> | null;
}

/** One bus carries at most this many rings. */
export const ringsMax = 256;

/** Lines that share the bus: one direction of a bidirectional grid. */
const busLinesNm = ({ slots }: Grid): Float64Array => Float64Array.from(slots.filter(({ direction }) => direction === 'forward'), ({ wavelengthNm }) => wavelengthNm);

function meanSpacingNm(lineNm: Float64Array): number {
  const first = lineNm[0] ?? 0;
  const last = lineNm[lineNm.length - 1] ?? 0;
  return lineNm.length < 2 ? 0 : (last - first) / (lineNm.length - 1);
}

/** The period of a grid: the free spectral range at which a ring meets each line once. */
export function gridPeriodNm(grid: Grid): number {
  const lineNm = busLinesNm(grid);
  return meanSpacingNm(lineNm) * lineNm.length;
}

function questionIssues(question: RingBankQuestion, lineNm: Float64Array): readonly Issue[] {
  const issues: Issue[] = [];
  const demand = (holds: boolean, path: string, message: string, remedy: string, value: string): void => {
    if (!holds) issues.push({ code: 'out-of-range', path, message, remedy, value });
  };
  const { rings, sigmaSpacings, coolerK, step, draws, tuner } = question;
  const lines = lineNm.length;
  const most = Math.min(ringsMax, lines);
  demand(Number.isInteger(rings) && rings >= 0 && rings <= most, 'rings', `The ${lines} lines of this bus serve at most ${most} rings`, `Give a whole number from 0 to ${most}`, String(rings));
  demand(Number.isFinite(sigmaSpacings) && sigmaSpacings >= 0 && sigmaSpacings <= lines, 'sigma', 'The error of a ring is a share of the channel spacing', `Give a number from 0 to ${lines}`, String(sigmaSpacings));
  demand(Number.isFinite(coolerK), 'temperature', 'The temperature must be a number', 'Give a temperature such as 40C', String(coolerK));
  demand(Number.isFinite(step.ringStepK) && Number.isFinite(step.lineStepNm), 'step', 'A step must be a finite difference', 'Give one such as 6K', String(step.ringStepK));
  demand(Number.isInteger(draws) && draws >= 1, 'draws', 'The study needs at least one draw', 'Give a whole number above 0', String(draws));
  for (const dark of step.darkLines) demand(Number.isInteger(dark) && dark >= 0 && dark < lines, 'dark', 'This line does not exist', `Name lines from 0 to ${lines - 1}`, String(dark));
  const spanNm = (lineNm[lines - 1] ?? 0) - (lineNm[0] ?? 0);
  if (rings > 0 && tuner.fsrNm <= spanNm) {
    const message = `A free spectral range of ${tuner.fsrNm.toPrecision(3)} nm is no more than the ${spanNm.toPrecision(3)} nm from the first line to the last, so a ring would drop two lines`;
    issues.push({
      code: 'ring-drops-two-lines', path: 'fsr', message,
      remedy: `Use smaller rings, of more than ${spanNm.toPrecision(3)} nm, or fewer lines`, value: `${tuner.fsrNm} nm`,
    });
  }
  return issues;
}

/**
 * Answers for a bank. Rings are made to sit on their lines, one each in order, when the bank is `coolerK` warmer; each has an
 * error of its own. Issues: those of `planChannels`, `checkRingTuner` and `checkRelockInput`, `out-of-range`, `ring-drops-two-lines`.
 */
export function studyRingBank(question: RingBankQuestion, dice: Dice): Parsed<RingBankAnswer> {
  const { grid, widthGhz, driftNm, rings, tuner, coolerK, sigmaSpacings, policy, step, draws } = question;
  const plan = fullPlan(grid, { widthGhz, driftNm });
  const lineNm = busLinesNm(grid);
  const spacingNm = meanSpacingNm(lineNm);
  const checked = rings > 0 ? checkRingTuner(tuner, { spacingNm }) : parsed(tuner);
  const issues = [...(plan.ok ? [] : plan.issues), ...(checked.ok ? [] : checked.issues), ...questionIssues(question, lineNm)];
  if (!plan.ok || issues.length > 0) return rejected(...issues);
  if (rings === 0) return parsed({ plan: plan.value, spacingNm, locks: null, orders: null });
  const made = dice.fork('made');
  const ringNm = Float64Array.from({ length: rings }, (_, ring) => (lineNm[ring] ?? 0) - coolerK * tuner.driftNmPerK + sigmaSpacings * spacingNm * made.normal());
  const first = lockAll({ ringNm, lineNm }, tuner, policy);
  const start: LockState = { ringNm, lineNm, lineOfRing: new Int32Array(rings).fill(-1), shiftNm: new Float64Array(rings) };
  const state = checkRelockInput(first.state, policy);
  if (!state.ok) return state;
  const after = planRelock(first.state, step, tuner, policy);
  return parsed({
    plan: plan.value, spacingNm, locks: { start, first, after },
    orders: rings < 2 ? null : studyRingTuning({ rings, localSigmaSpacings: sigmaSpacings, draws }, dice.fork('orders')),
  });
}
