/**
 * A training run through a timeline of light: steps slow down and recover as links lose capacity and get it back.
 *
 * Between two events capacities stand still, and so does the time of a step: its collectives are run on the flow engine over the
 * capacities of that interval, on routes with light. A step under way at an event keeps the share that is done. A state in which
 * accelerators that must talk have no route with light makes no progress until an event ends it; a run that no event can end is
 * refused, with the reason.
 */

import type { Refusal } from '../base/refusal.ts';
import { isRefusal, refuse } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { CapacityEvents } from '../sim/light-events.ts';
import { networkView } from './fabric-view.ts';
import type { RouteOptions } from './phase-run.ts';
import type { RunRecorder } from './run-recorder.ts';
import type { TrainingJob, TrainingProgress, TrainingRun, TrainingStopped } from './training-run.ts';
import { isStopped, runTrainingSlices } from './training-run.ts';

/** Time between two events, in which capacities stand still. */
export interface LightInterval {
  readonly fromS: number;
  readonly toS: number;
  /** Time of one step under the capacities of this interval; null while no progress is possible. */
  readonly stepS: number | null;
  readonly stepsDone: number;
  /** Directed links below their nominal capacity that still carry something, and links that carry nothing. */
  readonly linksDerated: number;
  readonly linksDark: number;
  /** Sum of all links' capacity over the nominal sum. */
  readonly capacityShare: number;
  /** Why no progress is possible. */
  readonly waitsFor: readonly string[];
}

export interface LightRun {
  /** The same step on the sound cluster. */
  readonly nominal: TrainingRun;
  readonly steps: number;
  readonly stepsDone: number;
  /** Until the last step, or until the run was stopped. */
  readonly totalS: number;
  readonly nominalTotalS: number;
  readonly intervals: readonly LightInterval[];
  readonly ended: boolean;
}

export interface LightRunOptions extends RouteOptions {
  readonly events: CapacityEvents;
  /** Length of the run; by default as many steps as the sound cluster makes until the last event, and one more. */
  readonly steps: number | null;
  /** Takes the rows of the first step of each interval. */
  createRecorder?(startNs: number): RunRecorder;
  readonly shouldStop?: () => boolean;
}

/** Instants of a run are one when they are closer than this share of them. */
const sameTime = 1e-12;
/** Steps count as done from this share on: progress is summed over intervals. */
const doneShare = 1 - 1e-9;

type Timed = TrainingRun | Refusal;

/** Step times by state of capacity; a state that comes back is not run again. */
function createStates(): { find(rates: Float64Array): Timed | null; add(rates: Float64Array, timed: Timed): void } {
  const known: { readonly rates: Float64Array; readonly timed: Timed }[] = [];
  const same = (a: Float64Array, b: Float64Array): boolean => a.every((rate, link) => rate === b[link]);
  return {
    find: (rates) => known.find((state) => same(state.rates, rates))?.timed ?? null,
    add: (rates, timed) => void known.push({ rates: rates.slice(), timed }),
  };
}

function describeCapacity(rates: Float64Array, nominal: Float64Array): Pick<LightInterval, 'linksDerated' | 'linksDark' | 'capacityShare'> {
  let linksDerated = 0;
  let linksDark = 0;
  let sum = 0;
  let whole = 0;
  nominal.forEach((rate, link) => {
    const now = rates[link] ?? 0;
    sum += now;
    whole += rate;
    if (now >= rate) return;
    if (now > 0) linksDerated++;
    else linksDark++;
  });
  return { linksDerated, linksDark, capacityShare: whole > 0 ? sum / whole : 1 };
}

/** A refusal for want of light ends when light returns; any other is final. */
const isWait = (timed: Timed): timed is Refusal => isRefusal(timed) && (timed.code === 'no-usable-route' || timed.code === 'stalled');

interface Walk {
  readonly cluster: CompiledCluster;
  readonly job: TrainingJob;
  readonly options: LightRunOptions;
  readonly nominal: TrainingRun;
  readonly rates: Float64Array;
}

/** The step under the present capacities. */
function* timeState(walk: Walk, states: ReturnType<typeof createStates>, atS: number): Generator<TrainingProgress, Timed | TrainingStopped, void> {
  const { cluster, job, options, nominal, rates } = walk;
  const known = states.find(rates);
  if (known !== null && options.createRecorder === undefined) return known;
  const { detours, shouldStop, createRecorder } = options;
  const lit: CompiledCluster = { ...cluster, fabric: { ...cluster.fabric, linkRateGbps: rates } };
  const timed = yield* runTrainingSlices(lit, job, {
    network: nominal.network, ...(detours === undefined ? {} : { detours }), ...(shouldStop === undefined ? {} : { shouldStop }),
    ...(createRecorder === undefined ? {} : { recorder: createRecorder(atS * 1e9) }),
  });
  if (isRefusal(timed) || !isStopped(timed)) states.add(rates, timed);
  return timed;
}

/** Applies every event up to `untilNs`; returns the next event row. */
function applyEvents({ options, rates }: Walk, firstEvent: number, untilNs: number): number {
  const { eventNs, eventLink, eventRateGbps } = options.events;
  let event = firstEvent;
  for (; event < eventNs.length && (eventNs[event] ?? 0) <= untilNs * (1 + sameTime); event++) rates[eventLink[event] ?? 0] = eventRateGbps[event] ?? 0;
  return event;
}

function* walkIntervals(walk: Walk, steps: number): Generator<TrainingProgress, Omit<LightRun, 'nominal' | 'steps' | 'nominalTotalS'> | Refusal, void> {
  const { cluster, options, rates } = walk;
  const { eventNs } = options.events;
  const states = createStates();
  const intervals: LightInterval[] = [];
  let atS = 0;
  let stepsDone = 0;
  let event = applyEvents(walk, 0, 0);
  for (;;) {
    const timed = yield* timeState(walk, states, atS);
    if (!isRefusal(timed) && isStopped(timed)) return { stepsDone, totalS: atS, intervals, ended: false };
    if (isRefusal(timed) && !isWait(timed)) return timed;
    const stepS = isRefusal(timed) ? null : timed.prediction.stepS;
    const nextS = (eventNs[event] ?? Infinity) / 1e9;
    const endS = stepS === null ? Infinity : atS + (steps - stepsDone) * stepS;
    const waitsFor = isRefusal(timed) ? timed.reasons : [];
    if (Math.min(endS, nextS) === Infinity) {
      const place = `The run stalled at ${Number(atS.toPrecision(9))} s after ${Number(stepsDone.toPrecision(6))} of ${steps} steps`;
      return refuse('stalled', 'never', `${place}, and no event of the timeline is left to bring light back.`, ...waitsFor);
    }
    const toS = Math.min(endS, nextS);
    const done = stepS === null ? 0 : (toS - atS) / stepS;
    intervals.push({ fromS: atS, toS, stepS, stepsDone: done, ...describeCapacity(rates, cluster.fabric.linkRateGbps), waitsFor });
    stepsDone += done;
    atS = toS;
    if (stepsDone >= steps * doneShare) return { stepsDone: steps, totalS: atS, intervals, ended: true };
    event = applyEvents(walk, event, atS * 1e9);
  }
}

/** Runs `steps` steps through the events. Refused when the sound cluster cannot make a step, or the run stalls for ever. */
export function* runThroughLight(cluster: CompiledCluster, job: TrainingJob, options: LightRunOptions): Generator<TrainingProgress, LightRun | TrainingStopped | Refusal, void> {
  const nominal = yield* runTrainingSlices(cluster, job, { network: networkView(cluster), ...(options.shouldStop === undefined ? {} : { shouldStop: options.shouldStop }) });
  if (isRefusal(nominal) || isStopped(nominal)) return nominal;
  const { stepS } = nominal.prediction;
  const lastS = (options.events.eventNs.at(-1) ?? 0) / 1e9;
  const steps = options.steps ?? Math.ceil(lastS / stepS) + 1;
  const walked = yield* walkIntervals({ cluster, job, options, nominal, rates: cluster.fabric.linkRateGbps.slice() }, steps);
  return isRefusal(walked) ? walked : { nominal, steps, nominalTotalS: steps * stepS, ...walked };
}
