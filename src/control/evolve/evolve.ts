/** The only writer of the state: folds one entry of the log at a time, wholly or not at all. */

import type { Issue } from '../../base/issue.ts';
import { setNow } from '../../plan/admission/lease-book.ts';
import type { Policy } from '../../plan/policy.ts';
import type { Entry, FactEntry } from '../entry.ts';
import type { Fact } from '../fact.ts';
import { isKnownReading } from '../reading.ts';
import type { State } from '../state.ts';
import { evolveComponents } from './components.ts';
import { evolveInterleavings, evolveJobs } from './jobs.ts';
import { evolveLeases } from './leases.ts';
import { evolvePlans } from './plans.ts';

/** What a newer version may have written and this one does not know. */
const unknown = (what: 'fact' | 'reading', { kind }: { readonly kind: string }, n: number): Issue => ({
  code: `unknown-${what}`, path: `entry ${n}`, value: kind, message: `This version does not know this kind of ${what}`, remedy: 'Use the version that wrote the log, or a newer one',
});

/** The policy by which is decided from here on. */
export function putInForce(state: State, policy: Policy): null {
  state.policy = policy;
  state.book.policy = policy;
  return null;
}

function evolveFact(state: State, fact: Fact, entry: FactEntry): string | null | Issue {
  switch (fact.kind) {
    case 'policySet': return putInForce(state, fact.policy);
    case 'setAside': case 'leaseRefused': case 'jobRefused': case 'lanesApart': return null;
    case 'measured': case 'deviceHeard': case 'believed': case 'judged': case 'healthSet': case 'flapped': case 'maintenanceSet': case 'circuitsObserved':
      return evolveComponents(state, fact, entry.atNs);
    case 'decided': case 'planned': case 'confirmed': case 'rolledBack': case 'commandIssued': case 'commandEnded': return evolvePlans(state, fact, { n: entry.n, atNs: entry.atNs });
    case 'leaseAccepted': case 'leaseRenewed': case 'leaseEnded': return evolveLeases(state, fact);
    case 'jobAdmitted': case 'jobProgressed': case 'jobHeld': case 'jobShifted': case 'jobResized': case 'jobMoved': case 'jobEnded':
      return evolveJobs(state, fact, entry.atNs);
    case 'interleaved': case 'interleavingEnded': return evolveInterleavings(state, fact, { n: entry.n, atNs: entry.atNs });
    default: return unknown('fact', fact, entry.n);
  }
}

/** The issue for which an entry cannot be folded: out of order, of an unknown kind, or in contradiction to the state, which is then unchanged. */
export function tryEvolve(state: State, entry: Entry): Issue | null {
  if (!(entry.n > state.n)) {
    return { code: 'entry-out-of-order', path: `entry ${entry.n}`, message: `The entry follows entry ${state.n} but has no larger number`, remedy: 'Restore the log from a backup' };
  }
  if (!(entry.atNs >= state.nowNs)) {
    return { code: 'time-goes-back', path: `entry ${entry.n}`, value: String(entry.atNs), message: `The entry is earlier than the one before, which is of ${state.nowNs} ns`, remedy: 'Restore the log from a backup' };
  }
  const problem = entry.kind === 'fact' ? evolveFact(state, entry.body, entry) : isKnownReading(entry.body.kind) ? null : unknown('reading', entry.body, entry.n);
  if (typeof problem === 'string') {
    return { code: 'fact-contradicts-state', path: `entry ${entry.n}`, value: entry.body.kind, message: `The fact cannot follow those before it: ${problem}`, remedy: 'Restore the log from a backup' };
  }
  if (problem !== null) return problem;
  state.n = entry.n;
  if (state.nowNs !== entry.atNs) setNow(state.book, entry.atNs);
  state.nowNs = entry.atNs;
  return null;
}

/** Folds an entry that was decided on this very state; that it cannot be folded is a bug of the decision. */
export function evolve(state: State, entry: Entry): void {
  const issue = tryEvolve(state, entry);
  if (issue !== null) throw new Error(`${issue.message} [${issue.code}, ${issue.path ?? ''}]`);
}
