/** What changed circuits make of light: a way that is joined anew has the losses and the darkness of all its parts, one that is cut only its own. */

import type { CrossConnect } from '../../plan/plan.ts';
import { lightWay, linksOf } from '../circuit-ports.ts';
import type { Fact } from '../fact.ts';
import { beliefsWith, judgeLinks } from '../health/judge.ts';
import type { State } from '../state.ts';

/** Circuits that a fact makes or breaks. */
function changedCircuits(fact: Fact): readonly CrossConnect[] {
  const changes = fact.kind === 'decided' ? fact.decision.plan.changes : fact.kind === 'planned' ? fact.plan.changes : fact.kind === 'rolledBack' ? fact.changes : [];
  return changes.flatMap((change) => (change.kind === 'connect' || change.kind === 'disconnect' ? [change.circuit] : []));
}

/** The links on the ways of these circuits, both directions, ascending. */
function linksThrough(state: State, circuits: readonly CrossConnect[]): readonly number[] {
  const { linkReverse } = state.plant.cluster.fabric;
  const links = new Set<number>();
  for (const circuit of circuits) {
    const ends = linksOf(state.plant, circuit);
    for (const end of ends === null ? [] : [ends.entering, ends.leaving]) for (const link of lightWay(state.plant, state.circuits, end)) links.add(link).add(linkReverse[link] ?? link);
  }
  return [...links].sort((a, b) => a - b);
}

/** The judgement that follows a fact that changed circuits, on the state in which it is folded. */
export function followCircuits(state: State, fact: Fact): readonly Fact[] {
  const changed = changedCircuits(fact);
  if (changed.length === 0) return [];
  const groups = judgeLinks(state, beliefsWith(state, new Map()), linksThrough(state, changed));
  return groups.length === 0 ? [] : [{ kind: 'judged', groups }];
}
