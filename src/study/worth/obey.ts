/** A controller whose devices do at once what they are told: readings in, facts out, every command answered. */

import type { FactEntry } from '../../control/entry.ts';
import type { Reading } from '../../control/reading.ts';
import { takeReading } from '../../control/run.ts';
import type { State } from '../../control/state.ts';

/** Answers that answers call for are bounded by the stages of the plans that are open. */
const answersMax = 100_000;

/** Takes a reading and answers all commands that follow from it, a millisecond later each round. Returns every fact, in order. */
export function obey(state: State, atNs: number, reading: Reading): readonly FactEntry[] {
  const facts: FactEntry[] = [];
  const queue: Reading[] = [reading];
  for (let at = 0; at < queue.length; at++) {
    if (at > answersMax) throw new Error(`one reading led to more than ${answersMax} commands`);
    const next = queue[at];
    if (next === undefined) break;
    for (const entry of takeReading(state, atNs, next)) {
      if (entry.kind !== 'fact') continue;
      facts.push(entry);
      if (entry.body.kind === 'commandIssued') queue.push({ kind: 'commandAnswered', command: entry.body.resends ?? entry.n, outcome: 'done', detail: '' });
    }
  }
  return facts;
}
