/** Decides on what devices answer, on answers that do not come, and on plans that wait for a switch. */

import { refuse } from '../../base/refusal.ts';
import { wakeOne } from '../commands/follow.ts';
import type { DeviceAction, Fact } from '../fact.ts';
import type { Reading } from '../reading.ts';
import type { State } from '../state.ts';

/** A device that is busy is asked again at the command's deadline; an answer to a command that has ended changes nothing. */
export function decideCommandAnswered(state: State, _atNs: number, reading: Extract<Reading, { kind: 'commandAnswered' }>): readonly Fact[] {
  const { command, outcome, detail } = reading;
  if (!state.commands.has(command)) return [{ kind: 'setAside', refusal: refuse('no-such-command', 'never', `Command ${command} is not open: it has ended or never was.`) }];
  return outcome === 'busy' ? [] : [{ kind: 'commandEnded', command, outcome, detail }];
}

/** Commands whose deadline has passed are sent again under their number, and given up after the policy's retries or when a later order says otherwise. */
export function decideTimeouts(state: State, atNs: number): readonly Fact[] {
  const facts: Fact[] = [];
  const { resendNs, retriesMax } = state.policy.commands;
  for (const { n, of, device, action, deadlineNs, attempt } of state.commands.values()) {
    if (deadlineNs > atNs) continue;
    if (isOvertaken(state, action)) {
      facts.push({ kind: 'commandEnded', command: n, outcome: 'gaveUp', detail: 'A later order says otherwise of the same lanes.' });
      continue;
    }
    if (isSeenDone(state, action)) {
      facts.push({ kind: 'commandEnded', command: n, outcome: 'done', detail: 'The answer is late, and the switch shows what was ordered.' });
      continue;
    }
    if (attempt > retriesMax) {
      facts.push({ kind: 'commandEnded', command: n, outcome: 'gaveUp', detail: `No answer to ${attempt} sendings.` });
      continue;
    }
    const stage = state.openPlans.get(of)?.stage ?? 0;
    facts.push({ kind: 'commandIssued', of, stage, device, action, deadlineNs: atNs + resendNs, attempt: attempt + 1, resends: n });
  }
  return facts;
}

/** Whether a later order has said otherwise of one of the lanes: an earlier one that came after it would undo it. */
function isOvertaken({ wavelengths: { rateGbps, tunedNm } }: State, action: DeviceAction): boolean {
  if (action.kind === 'setRates') return action.wavelengths.some((wavelength, at) => rateGbps[wavelength] !== action.gbps[at]);
  return action.kind === 'tune' && action.wavelengths.some((wavelength, at) => tunedNm[wavelength] !== Math.fround(action.nm[at] ?? 0));
}

/** Whether a switch shows what it was told, though its answer has not come: to take such a plan back would put out light that shines. */
function isSeenDone({ observedCircuits }: State, action: DeviceAction): boolean {
  const observed = action.kind === 'crossConnect' ? observedCircuits.get(action.ocs) : undefined;
  if (action.kind !== 'crossConnect' || observed === undefined) return false;
  return action.create.every(({ aPort, bPort }) => observed.get(aPort) === bPort) && action.remove.every(({ aPort, bPort }) => observed.get(aPort) !== bPort);
}

/** Plans that waited for a switch, or whose next commands a crash kept back. */
export const decideWaiting = (state: State, atNs: number): readonly Fact[] => wakeOne(state, atNs);
