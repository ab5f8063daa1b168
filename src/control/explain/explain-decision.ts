/**
 * Why a decision was taken: the chain from the reading that caused it down to the last confirmation, what it touches by name, what
 * it costs each job, and every plan that was weighed with its price or the reason why it could not serve.
 */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { RungName } from '../../plan/policy.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import type { Candidate, Decision, ImpactCounts, Price } from '../decision.ts';
import type { Entry, FactEntry } from '../entry.ts';
import type { Plant } from '../plant.ts';
import { changeText, factText } from './fact-text.ts';
import { linkName, partName } from './name-parts.ts';
import { readingText } from './reading-text.ts';

/** One link of the chain. */
export interface ChainStep {
  readonly n: number;
  /** `null` for the reading that began it. */
  readonly cause: number | null;
  readonly kind: string;
  readonly text: string;
}

export type PlanStatus = 'open' | 'confirmed' | 'rolledBack';

/** Anything that was decided, whether the ladder was asked or not. */
export interface Explained {
  readonly n: number;
  readonly atNs: number;
  readonly status: PlanStatus;
  readonly reasons: readonly string[];
  /** Every change in words. */
  readonly changes: readonly string[];
  readonly chain: readonly ChainStep[];
}

/** A decision of the ladder. */
export interface ExplainedDecision extends Explained {
  readonly rung: RungName;
  readonly because: string;
  readonly leadNs: number | null;
  readonly impact: {
    readonly component: string | null;
    readonly components: readonly string[];
    readonly lasers: readonly string[];
    readonly wavelengths: readonly number[];
    readonly links: readonly string[];
    readonly leases: readonly string[];
    readonly classes: readonly TrafficClassName[];
    readonly jobs: readonly string[];
    readonly counts: ImpactCounts;
  };
  readonly candidates: readonly Candidate[];
  readonly price: Price;
}

const textOf = (plant: Plant, entry: Entry): string => (entry.kind === 'reading' ? readingText(plant, entry.body) : factText(plant, entry.body, entry.n));

const stepOf = (plant: Plant, entry: Entry): ChainStep => ({ n: entry.n, cause: entry.kind === 'fact' ? entry.cause : null, kind: entry.body.kind, text: textOf(plant, entry) });

/** Entries by number: numbers ascend in a log. */
function entryAt(entries: readonly Entry[], n: number): Entry | undefined {
  let low = 0;
  let high = entries.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const found = entries[middle];
    if (found === undefined || found.n === n) return found;
    if (found.n < n) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

/** Facts that belong to the decision: what its reading led to before it, and whatever names it or its commands as a cause. */
function chainOf(plant: Plant, entries: readonly Entry[], of: FactEntry): { readonly chain: readonly ChainStep[]; readonly status: PlanStatus } {
  const before: Entry[] = [];
  for (let entry = entryAt(entries, of.cause); entry !== undefined; entry = entry.kind === 'fact' ? entryAt(entries, entry.cause) : undefined) before.unshift(entry);
  const root = before[0];
  const commands = new Set<number>();
  const since: Entry[] = [];
  let status: PlanStatus | null = null;
  for (const entry of entries) {
    if (root === undefined || entry.n <= root.n) continue;
    if (entry.kind === 'reading') {
      if (entry.body.kind === 'commandAnswered' && commands.has(entry.body.command)) since.push(entry);
      continue;
    }
    const { body } = entry;
    if (entry.n < of.n && entry.cause === root.n && !before.includes(entry)) since.push(entry);
    else if (entry.n === of.n) since.push(entry);
    else if (body.kind === 'commandIssued' && body.of === of.n) {
      commands.add(body.resends ?? entry.n);
      since.push(entry);
    } else if (body.kind === 'commandEnded' && commands.has(body.command)) since.push(entry);
    else if ((body.kind === 'confirmed' || body.kind === 'rolledBack') && body.of === of.n) {
      if (body.kind === 'confirmed' || body.restStands !== true) status = body.kind;
      since.push(entry);
    } else if (entry.cause === of.n || (entry.cause === root.n && entry.n > of.n)) since.push(entry);
  }
  // A plan that tells no device anything is in force at once.
  return { chain: [...before, ...since].map((entry) => stepOf(plant, entry)), status: status ?? (commands.size === 0 ? 'confirmed' : 'open') };
}

function named(plant: Plant, { impact }: Decision): ExplainedDecision['impact'] {
  const parts = (rows: readonly number[]): readonly string[] => rows.map((row) => partName(plant, row));
  return {
    component: impact.component < 0 ? null : partName(plant, impact.component), components: parts(impact.components), lasers: parts(impact.lasers),
    wavelengths: impact.wavelengths, links: impact.links.map((link) => linkName(plant, link)), leases: impact.leases, classes: impact.classes, jobs: impact.jobs,
    counts: impact.counts,
  };
}

/** Numbers of everything that changed who holds which light, ascending. */
export const plansIn = (entries: readonly Entry[]): readonly number[] =>
  entries.flatMap((entry) => (entry.kind === 'fact' && (entry.body.kind === 'decided' || entry.body.kind === 'planned') ? [entry.n] : []));

/** Numbers of the ladder's decisions, ascending. */
export const decisionsIn = (entries: readonly Entry[]): readonly number[] => entries.flatMap((entry) => (entry.kind === 'fact' && entry.body.kind === 'decided' ? [entry.n] : []));

/** Whether jobs stay whole comes before what a plan costs (`ladder/better.ts`): a cheaper one that was not taken says so. */
function withPassing({ rung, price }: Decision, candidate: Candidate): Candidate {
  const isCheaper = candidate.price !== null && candidate.price.lostGpuS < price.lostGpuS * (1 - 1e-9);
  if (candidate.rung === rung || !isCheaper) return candidate;
  return { ...candidate, reasons: [...candidate.reasons, `Passed over though it costs less, because ${rung} keeps every job whole.`] };
}

/** Explains fact `n` (0: nothing that could be explained): a decision of the ladder with all that was weighed, or a plan that no ladder weighed. Refusals: `no-decision`, `no-such-entry`, `not-a-decision`. */
export function explainDecision(plant: Plant, entries: readonly Entry[], n: number): ExplainedDecision | Explained | Refusal {
  const entry = entryAt(entries, n);
  if (n === 0 && plansIn(entries).length === 0) return refuse('no-decision', 'never', 'The log holds no decision.');
  if (entry === undefined) return refuse('no-such-entry', 'never', `The log has no entry ${n}; it ends with entry ${entries.at(-1)?.n ?? 0}.`);
  if (entry.kind !== 'fact' || (entry.body.kind !== 'decided' && entry.body.kind !== 'planned')) {
    const next = plansIn(entries).find((plan) => plan > n) ?? plansIn(entries).at(-1);
    const nearest = next === undefined ? 'The log holds no decision.' : `The nearest decision is ${next}.`;
    return refuse('not-a-decision', 'never', `Entry ${n} is a ${entry.kind} of kind ${entry.body.kind}: ${textOf(plant, entry).replace(/\.$/, '')}.`, nearest);
  }
  const plan = entry.body.kind === 'decided' ? entry.body.decision.plan : entry.body.plan;
  const reasons = entry.body.kind === 'decided' ? plan.reasons : [entry.body.reason, ...plan.reasons];
  const explained: Explained = { n, atNs: entry.atNs, reasons, changes: plan.changes.map((change) => changeText(plant, change)), ...chainOf(plant, entries, entry) };
  if (entry.body.kind !== 'decided') return explained;
  const { decision } = entry.body;
  const { rung, because, leadNs, price } = decision;
  return { ...explained, rung, because, leadNs, impact: named(plant, decision), candidates: decision.candidates.map((candidate) => withPassing(decision, candidate)), price };
}
