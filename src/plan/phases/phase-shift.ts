/**
 * Phase shifting between jobs that share light: which jobs start their next step later, and by how much, so that bursts interleave
 * (the class of CASSINI, Rajasekaran et al., NSDI 2024).
 *
 * Jobs that meet on links form groups (the affinity graph); a job has one phase on all its links, so shifts agree across links and
 * round cycles by construction. A group is solved exactly where few phases are possible, otherwise by descent from several starts:
 * the present phases, and jobs placed one by one along the affinity graph from each in turn. Never worse than no shift, because staying is a candidate.
 */

import { trafficClasses } from '../../traffic/classes.ts';
import type { TrafficClass, TrafficClassName } from '../../traffic/classes.ts';
import { affinityGroups } from './affinity.ts';
import type { Contention, ContentionModel } from './contention.ts';
import { contentionModel, evaluateContention } from './contention.ts';
import type { CircleOptions, PhaseCircle, PhasedJob, SharedLink } from './phase-circle.ts';
import { commonCircle, defaultCircle } from './phase-circle.ts';
import { shiftReasons } from './shift-reasons.ts';

export interface ShiftQuestion {
  readonly jobs: readonly PhasedJob[];
  readonly links: readonly SharedLink[];
  /** The default table when absent. */
  readonly classes?: Readonly<Record<TrafficClassName, TrafficClass>>;
  readonly circle?: CircleOptions;
}

export interface PhaseShift {
  readonly job: string;
  /** How much later its next step starts, once; at least 0 and less than its period. */
  readonly shiftNs: number;
  /** What it waits in every step to stay in phase with the others. */
  readonly holdNs: number;
  /** Predicted, contention included. */
  readonly stepBeforeNs: number;
  readonly stepAfterNs: number;
  /** Steps after which jitter has used up the resolution of the shift; `null` without jitter. */
  readonly realignSteps: number | null;
}

/** Jobs that meet on links, directly or through others. */
export interface ShiftGroup {
  readonly jobs: readonly string[];
  readonly links: readonly string[];
  /** `null` when fewer than two jobs of the group agree on one. */
  readonly circleNs: number | null;
  /** Jobs whose periods fit no common circle: they drift past the others, whatever their phase. */
  readonly drifting: readonly string[];
  /** No job is left late by more than it may hold: the phases last. Late jobs slip a little in every step, so other gains wear off. */
  readonly settled: boolean;
  /** Every phase at the resolution was tried. */
  readonly exact: boolean;
  readonly resolutionNs: number;
  /** Accelerators that stand still for contention and holding. */
  readonly idleBefore: number;
  readonly idleAfter: number;
  readonly excessBeforeGbps: number;
  readonly excessAfterGbps: number;
}

export interface ShiftPlan {
  /** One row per job of the question that is in a group, in the order of the question; those that stay have shift 0. */
  readonly shifts: readonly PhaseShift[];
  readonly groups: readonly ShiftGroup[];
  readonly reasons: readonly string[];
}

/** Slots per step of the fastest job, a number that most small counts of steps divide, and on a whole circle at most. */
export const slotsPerStep = 60;
export const slotsMax = 720;
/** What was found is weighed on slots so many times finer, because a burst that fills half of a slot and one that fills the other half never meet. */
const weighedFiner = 12;
/** Rotations that are all tried, at most. */
export const exhaustiveMax = 3600;
/** Phases of drifting jobs over which contention is averaged. */
const driftSamples = 16;
const descentRoundsMax = 8;
/** In groups of at most so many jobs each is placed first in turn, in larger ones the heaviest alone. */
const startsMax = 12;
/** Shares of a period below this are arithmetic noise. */
const agrees = 1e-6;
/** A better phase wins by more than this, in accelerators; nearer ones keep the present phase. */
const worthwhile = 1e-9;

/** Phases of jobs that drift, spread evenly by irrational steps (a Kronecker sequence). */
function driftPhases(model: ContentionModel, drifting: readonly number[]): readonly Int32Array[] {
  if (drifting.length === 0) return [new Int32Array(model.jobs)];
  return Array.from({ length: driftSamples }, (_, sample) => {
    const phase = new Int32Array(model.jobs);
    drifting.forEach((job, at) => {
      const step = Math.sqrt(2 + at) * (1 + Math.SQRT2 * at);
      phase[job] = Math.floor((((sample + 1) * (step + 0.6180339887498949)) % 1) * model.slots);
    });
    return phase;
  });
}

/** Mean over the phases of drifting jobs; rotations of -1 leave a job out. */
function averageContention(model: ContentionModel, rotation: Int32Array, drift: readonly Int32Array[]): Contention {
  const delayNs = new Float64Array(model.jobs);
  let idleAccelerators = 0;
  let excessGbps = 0;
  const turned = new Int32Array(model.jobs);
  for (const phase of drift) {
    for (let job = 0; job < turned.length; job++) turned[job] = (rotation[job] ?? 0) < 0 ? -1 : (rotation[job] ?? 0) + (phase[job] ?? 0);
    const one = evaluateContention(model, turned);
    for (let job = 0; job < delayNs.length; job++) delayNs[job] = (delayNs[job] ?? 0) + (one.delayNs[job] ?? 0) / drift.length;
    idleAccelerators += one.idleAccelerators / drift.length;
    excessGbps += one.excessGbps / drift.length;
  }
  return { delayNs, idleAccelerators, excessGbps };
}

const isBetter = (one: Contention, other: Contention): boolean =>
  one.idleAccelerators < other.idleAccelerators - worthwhile || (one.idleAccelerators < other.idleAccelerators + worthwhile && one.excessGbps < other.excessGbps - worthwhile);

interface Search {
  readonly model: ContentionModel;
  readonly drift: readonly Int32Array[];
  /** Jobs that may turn, heaviest first along the affinity graph, and in how many ways. */
  readonly order: readonly number[];
  readonly phases: Int32Array;
}

interface Found { readonly rotation: Int32Array; readonly outcome: Contention }

/** Tries every phase of one job, the others held; its present phase wins ties. */
function turnOne({ model, drift, phases }: Search, found: Found, job: number): Found {
  let best = found;
  const rotation = found.rotation.slice();
  for (let phase = 0; phase < (phases[job] ?? 1); phase++) {
    if (phase === found.rotation[job]) continue;
    rotation[job] = phase;
    const outcome = averageContention(model, rotation, drift);
    if (isBetter(outcome, best.outcome)) best = { rotation: rotation.slice(), outcome };
  }
  return best;
}

function descend(search: Search, start: Found): Found {
  let best = start;
  for (let round = 0; round < descentRoundsMax; round++) {
    const before = best;
    for (const job of search.order) best = turnOne(search, best, job);
    if (best === before) break;
  }
  return best;
}

/** Jobs placed one by one, each best against those already there. */
function placeInOrder(search: Search, order: readonly number[]): Found {
  const { model, drift } = search;
  const rotation = new Int32Array(model.jobs);
  for (const job of order) rotation[job] = -1;
  for (const job of order) {
    rotation[job] = 0;
    rotation.set(turnOne(search, { rotation, outcome: averageContention(model, rotation, drift) }, job).rotation);
  }
  return { rotation, outcome: averageContention(model, rotation, drift) };
}

/**
 * The best of descents from the present phases and from jobs placed one by one: along the affinity graph and, where accelerators would
 * still stand idle, from each next job on. Each start leads to a place where no single job wins by turning; which of them is best
 * depends on who was placed first.
 */
function descendFromAll(search: Search, start: Found): Found {
  const { order } = search;
  const starts = order.length <= startsMax ? order.length : 1;
  let best = descend(search, start);
  for (let first = 0; first < starts && best.outcome.idleAccelerators > worthwhile; first++) {
    for (const turned of [[...order.slice(first), ...order.slice(0, first)], [...order.slice(0, first + 1).toReversed(), ...order.slice(first + 1).toReversed()]]) {
      const placed = descend({ ...search, order: turned }, placeInOrder(search, turned));
      if (isBetter(placed.outcome, best.outcome)) best = placed;
    }
  }
  return best;
}

function tryAll(search: Search, start: Found): Found {
  const { model, drift, order, phases } = search;
  const rotation = new Int32Array(model.jobs);
  let best = start;
  for (;;) {
    let at = order.length - 1;
    for (; at >= 0; at--) {
      const job = order[at] ?? 0;
      rotation[job] = (rotation[job] ?? 0) + 1;
      if ((rotation[job] ?? 0) < (phases[job] ?? 1)) break;
      rotation[job] = 0;
    }
    if (at < 0) return best;
    const outcome = averageContention(model, rotation, drift);
    if (isBetter(outcome, best.outcome)) best = { rotation: rotation.slice(), outcome };
  }
}

interface Locked { readonly circle: PhaseCircle | null; readonly jobs: readonly number[]; readonly drifting: readonly number[] }

/** The jobs that share one circle: all where their periods agree, otherwise the heaviest that do, one by one. Nobody waits who cannot be moved. */
function lockPeriods(jobs: readonly PhasedJob[], options: CircleOptions): Locked {
  const fits = (rows: readonly number[]): PhaseCircle | null => {
    const circle = commonCircle(rows.map((row) => jobs[row]?.periodNs ?? 1), options);
    return circle !== null && rows.every((row, at) => jobs[row]?.movable === true || (circle.holdNs[at] ?? 0) <= agrees * (jobs[row]?.periodNs ?? 1)) ? circle : null;
  };
  const rows = [...jobs.keys()].sort((a, b) => (jobs[b]?.accelerators ?? 0) - (jobs[a]?.accelerators ?? 0) || a - b);
  const locked: number[] = [];
  let circle: PhaseCircle | null = null;
  for (const row of rows) {
    const wider = fits([...locked, row]);
    if (wider === null) continue;
    locked.push(row);
    circle = wider;
  }
  return { circle, jobs: locked, drifting: rows.filter((row) => !locked.includes(row)) };
}

interface GroupAnswer { readonly group: ShiftGroup; readonly shifts: readonly PhaseShift[] }

interface Prepared {
  readonly model: ContentionModel;
  readonly drift: readonly Int32Array[];
  readonly base: Contention;
  readonly holdNs: Float64Array;
  /** Contention on finer slots, for a rotation in those of `model`. */
  readonly weigh: (rotation: Int32Array) => Contention;
}

/** The circle's model, and the contention if nobody shifts nor holds: jobs that would have to hold then drift. */
function prepare(question: ShiftQuestion, jobs: readonly PhasedJob[], links: readonly SharedLink[], locked: Locked): Prepared {
  const lengthNs = locked.circle?.lengthNs ?? Math.max(...jobs.map((job) => job.periodNs));
  const holdNs = new Float64Array(jobs.length);
  locked.jobs.forEach((row, at) => { holdNs[row] = locked.circle?.holdNs[at] ?? 0; });
  const repeats = jobs.map((job, row) => {
    const at = locked.jobs.indexOf(row);
    return at >= 0 ? locked.circle?.repeats[at] ?? 1 : Math.max(1, Math.round(lengthNs / job.periodNs));
  });
  const finest = Math.max(...repeats);
  const slots = Math.min(slotsMax, slotsPerStep * finest);
  const modelOf = (count: number): ContentionModel => contentionModel({ jobs, links, lengthNs, repeats, slots: count, classes: question.classes ?? trafficClasses });
  const model = modelOf(slots);
  const fine = modelOf(slots * weighedFiner);
  const drift = driftPhases(model, locked.drifting);
  const fineDrift = driftPhases(fine, locked.drifting);
  const unheld = [...jobs.keys()].filter((row) => locked.drifting.includes(row) || (holdNs[row] ?? 0) > agrees * (jobs[row]?.periodNs ?? 1));
  return {
    model, drift, holdNs, base: averageContention(fine, new Int32Array(jobs.length), driftPhases(fine, unheld)),
    weigh: (rotation) => averageContention(fine, rotation.map((turn) => turn * weighedFiner), fineDrift),
  };
}

function solveGroup(question: ShiftQuestion, rows: readonly number[], links: readonly SharedLink[]): GroupAnswer {
  const jobs = rows.flatMap((row) => question.jobs[row] ?? []);
  const locked = lockPeriods(jobs, question.circle ?? defaultCircle);
  const { model, drift, base, holdNs, weigh } = prepare(question, jobs, links, locked);
  const fixed = locked.jobs.some((row) => jobs[row]?.movable !== true) || locked.drifting.length > 0;
  // Turning all jobs alike changes nothing, so the heaviest stays where no other is bound to.
  const order = locked.jobs.filter((row, at) => jobs[row]?.movable === true && (fixed || at > 0));
  const phases = Int32Array.from(model.repeats, (turns) => Math.ceil(model.slots / turns));
  const search: Search = { model, drift, order, phases };
  const start: Found = { rotation: new Int32Array(jobs.length), outcome: averageContention(model, new Int32Array(jobs.length), drift) };
  const ways = order.reduce((product, job) => product * (phases[job] ?? 1), 1);
  const exact = ways * drift.length <= exhaustiveMax;
  const canShift = locked.jobs.length > 1 && order.length > 0;
  let best = start;
  if (canShift && exact) best = tryAll(search, start);
  else if (canShift) best = descendFromAll(search, start);
  const holdShareMax = (question.circle ?? defaultCircle).holdShareMax;
  const heldIdle = jobs.reduce((sum, job, row) => sum + (job.accelerators * (holdNs[row] ?? 0)) / job.periodNs, 0);
  const weighed = canShift ? weigh(best.rotation) : base;
  const pays = canShift && weighed.idleAccelerators + heldIdle < base.idleAccelerators - worthwhile;
  const after = pays ? weighed : base;
  const shifts = jobs.map((job, row): PhaseShift => {
    const hold = pays ? holdNs[row] ?? 0 : 0;
    return {
      job: job.id, shiftNs: pays ? (best.rotation[row] ?? 0) * model.slotNs : 0, holdNs: hold,
      stepBeforeNs: job.periodNs + (base.delayNs[row] ?? 0), stepAfterNs: job.periodNs + hold + (after.delayNs[row] ?? 0),
      realignSteps: job.jitterNs > 0 ? Math.max(1, Math.floor((model.slotNs / job.jitterNs) ** 2)) : null,
    };
  });
  return {
    shifts,
    group: {
      settled: jobs.every((job, row) => (after.delayNs[row] ?? 0) <= holdShareMax * job.periodNs),
      jobs: jobs.map((job) => job.id), links: links.map((link) => link.name), circleNs: locked.jobs.length > 1 ? model.slotNs * model.slots : null,
      drifting: locked.jobs.length > 1 ? locked.drifting.flatMap((row) => jobs[row]?.id ?? []) : jobs.map((job) => job.id), exact, resolutionNs: model.slotNs,
      idleBefore: base.idleAccelerators, idleAfter: after.idleAccelerators + (pays ? heldIdle : 0), excessBeforeGbps: base.excessGbps, excessAfterGbps: after.excessGbps,
    },
  };
}

/** Finds the shifts. Ties go to the present phase, then to the smaller shift. Links with one user and jobs without shared links stay out. */
export function shiftPhases(question: ShiftQuestion): ShiftPlan {
  const answers = affinityGroups(question.jobs, question.links).map(({ jobs, links }) => {
    const local = new Map(jobs.map((row, at) => [row, at] as const));
    const own = links.flatMap((at) => question.links[at] ?? []).map((link) => ({ ...link, users: link.users.map((user) => ({ ...user, job: local.get(user.job) ?? 0 })) }));
    return solveGroup(question, jobs, own);
  });
  const byJob = new Map(answers.flatMap((answer) => answer.shifts.map((shift) => [shift.job, shift] as const)));
  const groups = answers.map((answer) => answer.group);
  const shifts = question.jobs.flatMap((job) => byJob.get(job.id) ?? []);
  return { shifts, groups, reasons: shiftReasons(groups, shifts) };
}
