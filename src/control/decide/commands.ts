/** Decides on what devices answer, on answers that do not come, and on plans that wait for a switch. */

import { refuse } from '../../base/refusal.ts';
import { wakeOne } from '../commands/follow.ts';
import type { Fact } from '../fact.ts';
import type { Reading } from '../reading.ts';
import type { State } from '../state.ts';

/** A device that is busy is asked again at the command's deadline; an answer to a command that has ended changes nothing. */
export function decideCommandAnswered(state: State, _atNs: number, reading: Extract<Reading, { kind: 'commandAnswered' }>): readonly Fact[] {
  const { command, outcome, detail } = reading;
  if (!state.commands.has(command)) return [{ kind: 'setAside', refusal: refuse('no-such-command', 'never', `Command ${command} is not open: it has ended or never was.`) }];
  return outcome === 'busy' ? [] : [{ kind: 'commandEnded', command, outcome, detail }];
}

/** Commands whose deadline has passed are sent again under their number, and given up after the policy's retries. */
export function decideTimeouts(state: State, atNs: number): readonly Fact[] {
  const facts: Fact[] = [];
  const { resendNs, retriesMax } = state.policy.commands;
  for (const { n, of, device, action, deadlineNs, attempt } of state.commands.values()) {
    if (deadlineNs > atNs) continue;
    if (attempt > retriesMax) {
      facts.push({ kind: 'commandEnded', command: n, outcome: 'gaveUp', detail: `No answer to ${attempt} sendings.` });
      continue;
    }
    const stage = state.openPlans.get(of)?.stage ?? 0;
    facts.push({ kind: 'commandIssued', of, stage, device, action, deadlineNs: atNs + resendNs, attempt: attempt + 1, resends: n });
  }
  return facts;
}

/** Plans that waited for a switch, or whose next commands a crash kept back. */
export const decideWaiting = (state: State, atNs: number): readonly Fact[] => wakeOne(state, atNs);
