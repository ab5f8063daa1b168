/**
 * What the last answer on a state was worked out with, kept until the next one; nobody reads it.
 *
 * V8 gives up compiled code when the last object of a shape, or the last copy of a function, that the code was compiled for has been
 * collected. Nothing of an answer outlives it, so every full collection made the next answer, however often it had been given, run
 * like one of the first: a loop 6 K warmer at 65,536 accelerators took 82 ms of processor time and takes 57 (0011).
 */

import type { State } from './state.ts';

/** By state: a fork's answers are garbage with the fork. */
const kept = new WeakMap<State, Map<string, object>>();

/** Keeps the last object of a kind. */
export function keepLast(state: State, kind: string, one: object): void {
  let last = kept.get(state);
  if (last === undefined) kept.set(state, (last = new Map()));
  last.set(kind, one);
}
