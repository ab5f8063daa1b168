/**
 * What changed circuits and tunings make of light: a way that is joined anew has the losses and the darkness of all its parts, one that
 * is cut only its own, and a ring that locks on another line has the light of that lock.
 */

import type { Change, CrossConnect } from '../../plan/plan.ts';
import { lightWay, linksOf } from '../circuit-ports.ts';
import type { Fact } from '../fact.ts';
import { beliefsWith, judgeLinks } from '../health/judge.ts';
import type { State } from '../state.ts';

const noChanges: readonly Change[] = [];

const changesOf = (fact: Fact): readonly Change[] =>
  (fact.kind === 'decided' ? fact.decision.plan.changes : fact.kind === 'planned' ? fact.plan.changes : fact.kind === 'rolledBack' ? fact.changes : noChanges);

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

/** Links whose light hangs on what changed, ascending. */
function changedLinks(state: State, changes: readonly Change[]): readonly number[] {
  const circuits: CrossConnect[] = [];
  const links = new Set<number>();
  for (const change of changes) {
    if (change.kind === 'connect' || change.kind === 'disconnect') circuits.push(change.circuit);
    else if (change.kind === 'tune') for (const link of lightWay(state.plant, state.circuits, state.plant.cluster.fabric.wavelengthLink[change.wavelength] ?? 0)) links.add(link);
  }
  if (circuits.length > 0) for (const link of linksThrough(state, circuits)) links.add(link);
  return [...links].sort((a, b) => a - b);
}

/** The judgement that follows a fact that changed circuits or tunings, on the state in which it is folded. */
export function followLight(state: State, fact: Fact): readonly Fact[] {
  const links = changedLinks(state, changesOf(fact));
  if (links.length === 0) return [];
  const groups = judgeLinks(state, beliefsWith(state, new Map()), links);
  return groups.length === 0 ? [] : [{ kind: 'judged', groups }];
}
