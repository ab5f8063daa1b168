/**
 * Runs the controller: takes readings, numbers what is decided, folds it, and replays logs.
 *
 * A caller logs the entries of one reading together and acknowledges after they are safe. If a crash keeps some of them back,
 * `recover` decides the rest again: decisions depend on the state alone.
 */

import type { Issue } from '../base/issue.ts';
import type { Policy } from '../plan/policy.ts';
import { followDevices } from './commands/follow.ts';
import { createState } from './create-state.ts';
import { stepsOf } from './decide/decide.ts';
import { followJobs } from './decide/jobs.ts';
import type { Entry, FactEntry, LogHeader, ReadingEntry } from './entry.ts';
import { evolve, putInForce, tryEvolve } from './evolve/evolve.ts';
import type { Fact } from './fact.ts';
import { followLight } from './ladder/circuit-light.ts';
import type { Plant } from './plant.ts';
import type { Reading } from './reading.ts';
import { orderedJson } from './state-digest.ts';
import type { Command, State } from './state.ts';

interface Pending {
  readonly cause: number;
  readonly body: Fact;
}

/** Facts that follow from one fact are bounded by the plans that are open; more than this is a decision that calls itself. */
export const factsPerReadingMax = 1_000_000;

interface Done {
  readonly entry: FactEntry;
  /** The command that the fact ended. */
  readonly ended: Command | null;
  /** The job whose lease the fact ended. */
  readonly bereft: string | null;
}

/** Yields each fact of a reading for the caller to number and fold, and is told its number: those of a decision first, then what follows from each in turn. */
function* deciding(state: State, { n, atNs, body }: ReadingEntry): Generator<Pending, void, number> {
  const done: Done[] = [];
  const tell = function* (pending: Pending): Generator<Pending, void, number> {
    if (done.length >= factsPerReadingMax) throw new Error(`reading ${n} calls for more than ${factsPerReadingMax} facts`);
    const ended = pending.body.kind === 'commandEnded' ? state.commands.get(pending.body.command) ?? null : null;
    const bereft = pending.body.kind === 'leaseEnded' ? state.leases.get(pending.body.id)?.request.job ?? null : null;
    done.push({ entry: { n: yield pending, kind: 'fact', atNs, ...pending }, ended, bereft });
  };
  let followed = 0;
  for (const step of stepsOf(body)) {
    for (const fact of step(state, atNs)) yield* tell({ cause: n, body: fact });
    for (; followed < done.length; followed++) {
      const one = done[followed];
      if (one === undefined) break;
      for (const fact of followLight(state, one.entry.body)) yield* tell({ cause: one.entry.n, body: fact });
      for (const fact of followDevices(state, atNs, one.entry, one.ended)) yield* tell({ cause: one.entry.n, body: fact });
      for (const fact of followJobs(state, one.entry.body, one.bereft)) yield* tell({ cause: one.entry.n, body: fact });
    }
  }
}

interface Replayed {
  readonly steps: Generator<Pending, void, number>;
  /** What this version decides after the recorded facts, unless it has differed before. */
  readonly next: IteratorResult<Pending, void> | null;
  readonly difference: FactDifference | null;
  readonly issue: Issue | null;
}

/** Folds the facts recorded after a folded reading while deciding beside them. From the first difference on the record alone counts. */
function replay(state: State, reading: ReadingEntry, recorded: readonly FactEntry[]): Replayed {
  const steps = deciding(state, reading);
  let next = steps.next();
  for (const [at, entry] of recorded.entries()) {
    const fresh = next.done === true ? null : next.value.body;
    if (fresh === null || orderedJson(fresh) !== orderedJson(entry.body)) {
      return { steps, next: null, difference: { reading: reading.n, fact: entry.n, recorded: entry.body, decided: fresh }, issue: foldOnto(state, recorded.slice(at)) };
    }
    const issue = tryEvolve(state, entry);
    if (issue !== null) return { steps, next: null, difference: null, issue };
    next = steps.next(entry.n);
  }
  return { steps, next, difference: null, issue: null };
}

/** Decides and folds what a reading still calls for. */
function finish(state: State, reading: ReadingEntry, { steps, next: first }: Replayed): readonly FactEntry[] {
  const added: FactEntry[] = [];
  for (let next = first; next !== null && next.done !== true;) {
    const entry: FactEntry = { n: state.n + 1, kind: 'fact', atNs: reading.atNs, cause: next.value.cause, body: next.value.body };
    evolve(state, entry);
    added.push(entry);
    next = steps.next(entry.n);
  }
  return added;
}

const isStorable = (value: unknown): boolean =>
  typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'object' || value === null || (Array.isArray(value) ? value.every(isStorable) : Object.values(value).every(isStorable));

/** A reading as the log will hold it: no log holds NaN or Infinity, so they are nothing before anybody decides on them. */
const asLogged = (reading: Reading): Reading => (isStorable(reading) ? reading : JSON.parse(JSON.stringify(reading)) as Reading);

/** Numbers a reading, decides on it and folds the decisions. A reading from before the state's now is taken at its now: time never goes back. */
export function takeReading(state: State, atNs: number, reading: Reading): readonly Entry[] {
  if (!Number.isFinite(atNs)) throw new Error(`a reading has no time: ${atNs}`);
  const entry: ReadingEntry = { n: state.n + 1, kind: 'reading', atNs: Math.max(state.nowNs, atNs), body: asLogged(reading) };
  evolve(state, entry);
  return [entry, ...finish(state, entry, replay(state, entry, []))];
}

export const logFormat = 1;

/** The header of a new log of a plant. `epoch` is the ISO 8601 instant of time zero. */
export const logHeader = (plant: Plant, epoch: string): LogHeader => ({ format: logFormat, cluster: plant.name, fingerprint: plant.fingerprint, epoch });

function headerIssue(plant: Plant, header: LogHeader): Issue | null {
  if (header.format !== logFormat) {
    return { code: 'unknown-log-format', path: 'header.format', value: String(header.format), message: `This version reads logs of format ${logFormat}`, remedy: 'Use the version that wrote the log, or a newer one' };
  }
  if (header.fingerprint === plant.fingerprint) return null;
  return {
    code: 'log-of-another-plant', path: 'header.fingerprint', value: header.fingerprint,
    message: `The log is of ${header.cluster}, and this plant is ${plant.name} with the fingerprint ${plant.fingerprint}`, remedy: 'Give the cluster file with which the log was begun',
  };
}

export interface Folded {
  readonly state: State;
  /** Why folding stopped; the state is that of the entries before. */
  readonly issue: Issue | null;
}

/** Folds a log from the plant's state zero. A log that ends in the middle folds to its last complete entry. */
export function foldLog(plant: Plant, header: LogHeader, entries: Iterable<Entry>): Folded {
  const state = createState(plant);
  const wrong = headerIssue(plant, header);
  if (wrong !== null) return { state, issue: wrong };
  return { state, issue: foldOnto(state, entries) };
}

/** Folds further entries onto a state, e.g. one restored from a snapshot; answers why it stopped. */
export function foldOnto(state: State, entries: Iterable<Entry>): Issue | null {
  for (const entry of entries) {
    const issue = tryEvolve(state, entry);
    if (issue !== null) return issue;
  }
  return null;
}

/** One reading with the facts that were recorded after it. */
interface Group {
  readonly reading: ReadingEntry;
  readonly facts: FactEntry[];
}

function* groupsOf(entries: Iterable<Entry>): Generator<Group> {
  let group: Group | null = null;
  for (const entry of entries) {
    if (entry.kind === 'fact') group?.facts.push(entry);
    else {
      if (group !== null) yield group;
      group = { reading: entry, facts: [] };
    }
  }
  if (group !== null) yield group;
}

export interface Recovered extends Folded {
  /** Facts of the last reading that a crash kept from the log: to be appended to it before anything else. */
  readonly missing: readonly FactEntry[];
}

/** Folds further entries onto a state, e.g. one restored from a snapshot, and completes the last reading among them. */
export function recoverOnto(state: State, entries: readonly Entry[]): Omit<Recovered, 'state'> {
  const last = entries.findLastIndex(({ kind }) => kind === 'reading');
  if (last < 0) return { issue: foldOnto(state, entries), missing: [] };
  const issue = foldOnto(state, entries.slice(0, last + 1));
  const [group] = groupsOf(entries.slice(last));
  if (issue !== null || group === undefined) return { issue, missing: [] };
  const replayed = replay(state, group.reading, group.facts);
  return { issue: replayed.issue, missing: replayed.issue === null ? finish(state, group.reading, replayed) : [] };
}

/** Folds a log and completes its last reading. Where this version would decide otherwise than what is recorded, the record stands as it is. */
export function recover(plant: Plant, header: LogHeader, entries: readonly Entry[]): Recovered {
  const state = createState(plant);
  const wrong = headerIssue(plant, header);
  return wrong === null ? { state, ...recoverOnto(state, entries) } : { state, issue: wrong, missing: [] };
}

/** Where deciding again on a recorded reading differs from the record first; what follows it in the reading differs with it. */
export interface FactDifference {
  /** Numbers of the reading and of the recorded fact; for a fact that the record lacks, the number it would have had. */
  readonly reading: number;
  readonly fact: number;
  /** `null` where the record has nothing more. */
  readonly recorded: Fact | null;
  /** `null` where this version decides nothing more. */
  readonly decided: Fact | null;
}

export interface Redecided {
  readonly readings: number;
  readonly differences: readonly FactDifference[];
  readonly issue: Issue | null;
}

export interface RedecideOptions {
  /** In force instead of every policy of the record. What was recorded is folded as it stands: no fact depends on a policy once it is decided. */
  readonly policy?: Policy;
}

/** Decides every recorded reading again, each on the state that the record led to, and lists where the decisions differ. */
export function redecide(plant: Plant, header: LogHeader, entries: Iterable<Entry>, { policy }: RedecideOptions = {}): Redecided {
  const wrong = headerIssue(plant, header);
  if (wrong !== null) return { readings: 0, differences: [], issue: wrong };
  const state = createState(plant);
  const differences: FactDifference[] = [];
  let readings = 0;
  for (const { reading, facts } of groupsOf(entries)) {
    const issue = tryEvolve(state, reading);
    if (issue !== null) return { readings, differences, issue };
    if (policy !== undefined) putInForce(state, policy);
    const { next, difference, issue: broken } = replay(state, reading, facts);
    if (broken !== null) return { readings, differences, issue: broken };
    if (difference !== null) differences.push(difference);
    else if (next !== null && next.done !== true) differences.push({ reading: reading.n, fact: state.n + 1, recorded: null, decided: next.value.body });
    readings += 1;
  }
  return { readings, differences, issue: null };
}
