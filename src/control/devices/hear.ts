/**
 * Hears a device: its messages count up by one, so repeats, stale ones and gaps show before anything is believed.
 *
 * A repeat or a late message changes nothing. After a gap the message itself still counts, because values are states and not
 * differences; how many were lost is in the fact, and whoever feeds the controller asks the device for all of its values again. A
 * device that says impossible things several times in a row is lying: nothing it says counts until it has been away and come back.
 */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Fact } from '../fact.ts';
import type { DeviceState, State } from '../state.ts';

/** Impossible messages in a row after which a device counts as lying. */
export const strikesMax = 3;

export interface Message {
  readonly device: string;
  readonly sequence: number;
  /** What is impossible in it, `null` when nothing is. */
  readonly problem: Refusal | null;
}

export interface Heard {
  readonly facts: readonly Fact[];
  /** Whether what it says is acted upon. */
  readonly counts: boolean;
}

const aside = (refusal: Refusal): Heard => ({ facts: [{ kind: 'setAside', refusal }], counts: false });

function struck(message: Message, problem: Refusal, known: DeviceState | undefined): Heard {
  const { device, sequence } = message;
  const strikes = (known?.strikes ?? 0) + 1;
  const isLying = strikes >= strikesMax;
  // An impossible number would make every later message look late.
  const last = Number.isInteger(sequence) && sequence >= 0 ? Math.max(sequence, known?.sequence ?? -1) : known?.sequence ?? -1;
  return {
    counts: false,
    facts: [{ kind: 'setAside', refusal: problem }, { kind: 'deviceHeard', device, sequence: last, link: isLying ? 'lying' : 'up', missed: 0, strikes }],
  };
}

export function hear(state: State, message: Message): Heard {
  const { device, sequence, problem } = message;
  const known = state.devices.get(device);
  if (known !== undefined && known.strikes >= strikesMax) return aside(refuse('device-lies', 'wait', `${device} said ${known.strikes} impossible things in a row; it counts again once it has been away and come back.`));
  const last = known?.sequence ?? -1;
  if (last >= 0 && sequence === last) return aside(refuse('repeated-message', 'never', `Message ${sequence} of ${device} came again.`));
  if (last >= 0 && sequence < last) return aside(refuse('stale-message', 'never', `Message ${sequence} of ${device} came after message ${last}.`));
  // Clocks that differ are nobody's lie, least of all when the controller's own has jumped.
  if (problem?.remedy === 'wait') return aside(problem);
  if (problem !== null) return struck(message, problem, known);
  // The first message of a device may have any number.
  const missed = last < 0 ? 0 : sequence - last - 1;
  return { facts: [{ kind: 'deviceHeard', device, sequence, link: 'up', missed, strikes: 0 }], counts: true };
}

/** A device is reached or no longer. Coming back starts its count anew and its word counts again. */
export function decideDeviceSeen(state: State, { device, link }: { readonly device: string; readonly link: 'up' | 'silent' }): readonly Fact[] {
  const known = state.devices.get(device);
  if (link === 'silent') return known?.link === 'silent' ? [] : [{ kind: 'deviceHeard', device, sequence: known?.sequence ?? -1, link, missed: 0, strikes: known?.strikes ?? 0 }];
  return [{ kind: 'deviceHeard', device, sequence: -1, link, missed: 0, strikes: 0 }];
}
