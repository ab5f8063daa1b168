/**
 * A published failure mix on 16,384 accelerators, three ways: every interruption restarts the job, as reported; a network that routes
 * around what lies between switches; and our controller, which keeps the job going wherever its ladder finds a plan.
 */

import { createDice } from '../../base/dice.ts';
import type { JobRequest } from '../../control/job.ts';
import type { Plant } from '../../control/plant.ts';
import { unplannedOutageNs } from '../../control/ladder/stay-rungs.ts';
import { dalyIntervalS, goodput } from '../../traffic/checkpoint.ts';
import type { Interruption, InterruptionCause } from './interruptions.ts';
import { drawInterruptions, reportedCauses, reportedDays } from './interruptions.ts';
import type { FaultOutcome } from './network-faults.ts';
import { drawComponent, judgeFault } from './network-faults.ts';
import type { Hit } from './run-through.ts';
import { runThrough } from './run-through.ts';

export const failureArms = ['restart', 'classBlind', 'ours'] as const;
export type FailureArm = (typeof failureArms)[number];

/** Checkpoint cost C and restart time R that are compared. */
export const checkpointTerms = [{ costS: 60, restartS: 600 }, { costS: 10, restartS: 120 }, { costS: 2, restartS: 30 }] as const;

export interface ArmResult {
  readonly arm: FailureArm;
  readonly restarts: number;
  readonly intervalS: number;
  /** Effective training time of the seed, and the mean over further draws of the same mix. */
  readonly effective: number;
  readonly meanEffective: number;
  /** Daly's closed form for the interruptions that restart the job in this arm. */
  readonly daly: number;
  readonly slowLostS: number;
}

export interface TermsResult {
  readonly costS: number;
  readonly restartS: number;
  readonly arms: readonly ArmResult[];
  /** Closed form with the network's interruptions removed: what the controller is held to. */
  readonly dalyWithout: number;
  /** Points of effective training time over restarting on everything. */
  readonly gainPoints: number;
}

export interface FailureStudy {
  readonly seed: number;
  readonly days: number;
  readonly interruptions: number;
  readonly networkInterruptions: number;
  readonly faults: readonly FaultOutcome[];
  readonly terms: readonly TermsResult[];
}

export interface FailureQuestion {
  readonly plant: Plant;
  readonly job: JobRequest;
  readonly seed: number;
  /** So many faults of each cause are judged on the fabric, further ones take their outcomes in turn; all are when absent. */
  readonly judgedMax?: number;
  readonly onProgress?: (done: number, of: number) => void;
}

const spanS = reportedDays * 86_400;
/** Draws over which the mean is taken. */
const drawsForMean = 200;

/** What an interruption does in an arm; `outcome` is what was found for a network fault, `null` for other causes. */
function hitOf(arm: FailureArm, { atS }: Interruption, outcome: FaultOutcome | null): Hit {
  const restart: Hit = { atS, kind: 'restart' };
  if (outcome === null || arm === 'restart') return restart;
  if (arm === 'classBlind') return outcome.gpusCut > 0 ? restart : { atS, kind: 'slow', pauseS: unplannedOutageNs / 1e9, speed: 1, forS: 0 };
  if (outcome.restarts > 0 || outcome.stands) return restart;
  return { atS, kind: 'slow', pauseS: outcome.pauseS + unplannedOutageNs / 1e9, speed: outcome.speed, forS: outcome.repairS };
}

/** Every network fault of a draw judged on the fabric; the same component is judged once. */
function judgeAll({ plant, job, judgedMax = Infinity, onProgress }: FailureQuestion, interruptions: readonly Interruption[], seed: number): readonly (FaultOutcome | null)[] {
  const dice = createDice(seed).fork('components');
  const known = new Map<number, FaultOutcome>();
  const byCause = new Map<InterruptionCause, FaultOutcome[]>();
  const total = interruptions.filter(({ cause }) => cause !== 'other').length;
  let done = 0;
  return interruptions.map(({ cause }) => {
    if (cause === 'other') return null;
    const component = drawComponent(plant, cause, dice);
    const alike = byCause.get(cause) ?? [];
    const outcome = known.get(component) ?? (alike.length >= judgedMax ? alike[done % alike.length] : undefined) ?? judgeFault(plant, job, cause, component);
    if (!alike.includes(outcome)) byCause.set(cause, [...alike, outcome]);
    known.set(component, outcome);
    onProgress?.(++done, total);
    return outcome;
  });
}

interface Draw {
  readonly interruptions: readonly Interruption[];
  readonly outcomes: readonly (FaultOutcome | null)[];
}

function armResult(arm: FailureArm, terms: { readonly costS: number; readonly restartS: number }, draws: readonly Draw[]): ArmResult {
  const hits = draws.map(({ interruptions, outcomes }) => interruptions.map((one, row) => hitOf(arm, one, outcomes[row] ?? null)));
  const restarts = hits.map((list) => list.filter(({ kind }) => kind === 'restart').length);
  const mtbfS = spanS / Math.max(1, restarts[0] ?? 0);
  const intervalS = dalyIntervalS({ mtbfS, costS: terms.costS });
  const runs = hits.map((list) => runThrough({ ...terms, spanS, intervalS }, list));
  return {
    arm, restarts: restarts[0] ?? 0, intervalS, effective: runs[0]?.effective ?? 0, meanEffective: runs.reduce((sum, { effective }) => sum + effective, 0) / runs.length,
    daly: goodput({ ...terms, mtbfS }, intervalS), slowLostS: runs[0]?.slowLostS ?? 0,
  };
}

/** The seed's draw, and as many more as the mean needs; those take the outcomes of the seed's faults in their order, because the fabric is the same. */
function drawAll(question: FailureQuestion): readonly Draw[] {
  const dice = createDice(question.seed);
  const interruptions = drawInterruptions(dice.fork('run'));
  const outcomes = judgeAll(question, interruptions, question.seed);
  const judged = outcomes.filter((outcome) => outcome !== null);
  const further = Array.from({ length: drawsForMean }, (_, draw): Draw => {
    const others = drawInterruptions(dice.fork(`run${draw}`));
    let at = 0;
    return { interruptions: others, outcomes: others.map(({ cause }) => (cause === 'other' ? null : judged[at++ % judged.length] ?? null)) };
  });
  return [{ interruptions, outcomes }, ...further];
}

export function failureStudy(question: FailureQuestion): FailureStudy {
  const draws = drawAll(question);
  const [first] = draws;
  const networkInterruptions = reportedCauses.reduce((sum, { count, isNetwork }) => sum + (isNetwork ? count : 0), 0);
  const interruptions = reportedCauses.reduce((sum, { count }) => sum + count, 0);
  const mtbfS = spanS / (interruptions - networkInterruptions);
  const terms = checkpointTerms.map((one): TermsResult => {
    const arms = failureArms.map((arm) => armResult(arm, one, draws));
    const effectiveOf = (arm: FailureArm): number => arms.find((result) => result.arm === arm)?.effective ?? 0;
    return { ...one, arms, dalyWithout: goodput({ ...one, mtbfS }, dalyIntervalS({ mtbfS, costS: one.costS })), gainPoints: 100 * (effectiveOf('ours') - effectiveOf('restart')) };
  });
  return { seed: question.seed, days: reportedDays, interruptions, networkInterruptions, faults: (first?.outcomes ?? []).filter((outcome) => outcome !== null), terms };
}
