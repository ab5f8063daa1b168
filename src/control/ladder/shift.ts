/** The rung that moves traffic in time: leases that can wait are put off, or jobs that share the light take turns with it. */

import { countText, gpuTimeText } from '../../base/number-text.ts';
import type { Grant } from '../../plan/plan.ts';
import { onJudgedLinks } from './affected.ts';
import { byPriority } from './allocate.ts';
import { isBetter } from './better.ts';
import type { Weight } from './better.ts';
import { orderedRates } from './move-rungs.ts';
import { lostWeight, priceOf } from './price.ts';
import type { LadderQuestion, Proposal, RungAnswer } from './proposal.ts';
import { cannot, propose } from './proposal.ts';
import { takeTurns } from './shift-phases.ts';
import { stayOnLinks } from './shrink-paths.ts';

/** Leases whose use can be put off: their class has a deadline, and no job waits for it in every step. */
function canWait({ state }: LadderQuestion, grant: Grant): boolean {
  const job = grant.job === null ? undefined : state.jobs.get(grant.job);
  const hasBeat = job?.request.profile.phases.some(({ trafficClass }) => trafficClass === grant.trafficClass) === true;
  return !hasBeat && state.policy.classes[grant.trafficClass].deadlineNs !== null;
}

/** Leases of classes with a deadline hold nothing until the light is back. */
function postpone(question: LadderQuestion): RungAnswer {
  const { state, affected, view, atNs, expectedNs } = question;
  const late = affected.filter(({ grant, lease }) => canWait(question, grant) && lease.endNs < atNs + expectedNs);
  const movable = new Map<string, Grant | null>();
  for (const { grant, endNs, request } of onJudgedLinks(state, view).leases) if (grant !== null && endNs >= atNs + expectedNs && canWait(question, grant)) movable.set(request.id, null);
  if (movable.size === 0 && late.length > 0) return cannot(`${countText(late.length, 'lease')} could wait, but the light is expected back after their deadline.`);
  if (movable.size === 0) return cannot('Nothing on these links can wait: no lease of a class with a deadline uses them.');
  const stayed = stayOnLinks(state, view, movable, byPriority);
  if (!stayed.ok) return cannot(`Even with ${countText(movable.size, 'lease')} put off: ${stayed.reason}`);
  const cut = [...stayed.grants].filter(([id, grant]) => grant.rateGbps < (state.leases.get(id)?.grant?.rateGbps ?? 0) * (1 - 1e-9));
  if (cut.length > 0) return cannot(`Putting off ${countText(movable.size, 'lease')} does not free enough light for ${countText(cut.length, 'other')}.`);
  const reason = `${countText(movable.size, 'lease')} with a deadline ${movable.size === 1 ? 'waits' : 'wait'} until the light is back; all others keep theirs.`;
  return propose(state, new Map([...movable, ...stayed.grants]), [reason], { deferred: new Set(movable.keys()), last: orderedRates(question, view) });
}

const weightOf = ({ state, expectedNs }: LadderQuestion, proposal: Proposal): Weight => ({ proposal, price: priceOf(state, proposal, expectedNs), weight: lostWeight(state, proposal) });

const withReasons = (proposal: Proposal, ...reasons: readonly string[]): RungAnswer => ({ ok: true, proposal: { ...proposal, reasons: [...proposal.reasons, ...reasons] } });

/** Leases wait where that costs no job anything; else jobs may take turns too, and the better of the two is taken. */
export function shift(question: LadderQuestion): RungAnswer {
  const waiting = postpone(question);
  const first = waiting.ok ? weightOf(question, waiting.proposal) : null;
  if (first !== null && first.price.lostGpuS <= 0) return waiting;
  const turns = takeTurns(question);
  if (turns === null) return waiting;
  if (!turns.ok) return waiting.ok ? withReasons(waiting.proposal, ...turns.reasons) : cannot(...waiting.reasons, ...turns.reasons);
  if (!waiting.ok || first === null) return turns;
  const second = weightOf(question, turns.proposal);
  const costs = (how: string, { price }: Weight): string => `${how} would cost ${gpuTimeText(price.lostGpuS)}.`;
  return isBetter(second, first) ? withReasons(turns.proposal, costs('Putting leases off', first)) : withReasons(waiting.proposal, costs('Taking turns', second));
}
