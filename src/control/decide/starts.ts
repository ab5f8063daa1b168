/** Begins leases whose start has come: with the light they were promised where it is still there, with other light, or waiting. */

import { actText } from '../../base/number-text.ts';
import type { Change, Grant } from '../../plan/plan.ts';
import type { Fact } from '../fact.ts';
import type { Ledger } from '../ladder/ledger.ts';
import { isCarried, slackGbps, wayProblem } from '../leases/carried.ts';
import { Draft, seekMost } from '../leases/seek-light.ts';
import type { Lease, State } from '../state.ts';

/** By class, then start, then row. */
function dueBy(state: State, atNs: number): readonly Lease[] {
  const due: Lease[] = [];
  for (const id of state.promised) {
    const lease = state.leases.get(id);
    if (lease?.promised != null && lease.promised.startNs <= atNs) due.push(lease);
  }
  const priority = ({ request }: Lease): number => state.policy.classes[request.trafficClass].priority;
  return due.sort((a, b) => priority(a) - priority(b) || (a.promised?.startNs ?? 0) - (b.promised?.startNs ?? 0) || a.row - b.row);
}

/** The reason that plans of beginnings carry. */
export const startsReason = 'Their time has come.';

/** Whether what others share on the links of a grant is carried still: since it was promised, faults may have driven leases there. */
const leavesRoom = (ledger: Ledger, { paths }: Grant): boolean => paths.every(({ links }) => links.every((link) => ledger.freeGbps(link) >= -slackGbps));

/** Light that failed after it was promised is sought anew; a lease for which there is none lets its promise go and waits. */
export function decideStarts(state: State, atNs: number): readonly Fact[] {
  const due = dueBy(state, atNs);
  if (due.length === 0) return [];
  const draft = new Draft(state);
  const changes: Change[] = [];
  for (const { request, promised } of due) {
    if (promised === null) continue;
    const isFree = promised.paths.every(({ links, wavelengths }) => wayProblem(state, request.id, links) === null && wavelengths.every((rows) => rows.every((row) => !draft.ledger.isHeld(row))));
    if (isFree) {
      const add = draft.regrant(request.id, promised);
      if (isCarried(draft.ledger, promised) && leavesRoom(draft.ledger, promised)) {
        if (add !== null) changes.push(add);
        continue;
      }
      draft.regrant(request.id, null);
    }
    const sought = seekMost(draft, request, { mayPreempt: true, aboveGbps: 0 });
    if (sought.kind === 'found') changes.push(...sought.changes);
    else changes.push({ kind: 'drop', grant: promised });
  }
  return [{ kind: 'planned', plan: { changes, reasons: [`${actText(due.length, 'lease', 'begin')}.`] }, reason: startsReason }];
}
