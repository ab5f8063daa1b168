/** Folds plans and commands: intent changes with the plan, and the plan stays open until its devices have confirmed it. */

import { stagesOf } from '../commands/stages.ts';
import type { Fact } from '../fact.ts';
import type { Change } from '../../plan/plan.ts';
import type { State } from '../state.ts';
import { applyChanges } from './changes.ts';

type PlanFact = Extract<Fact, { kind: 'decided' | 'planned' | 'confirmed' | 'rolledBack' | 'commandIssued' | 'commandEnded' }>;

interface Stamp {
  readonly n: number;
  readonly atNs: number;
}

function intend(state: State, changes: readonly Change[], plan: Stamp & { readonly isUndoable: boolean }): string | null {
  const problem = applyChanges(state, changes, plan.atNs);
  if (problem !== null) return problem;
  if (stagesOf(state.plant, changes).length > 0) state.openPlans.set(plan.n, { n: plan.n, changes, isUndoable: plan.isUndoable, stage: -1, commands: new Set() });
  return null;
}

const minuteNs = 60e9;

function issue(state: State, fact: Extract<PlanFact, { kind: 'commandIssued' }>, { n, atNs }: Stamp): string | null {
  const { device, action, deadlineNs, attempt, of, stage } = fact;
  if (fact.resends !== null) {
    const sent = state.commands.get(fact.resends);
    if (sent === undefined) return `command ${fact.resends} is not open`;
    state.commands.set(fact.resends, { ...sent, deadlineNs, attempt });
    return null;
  }
  let open = state.openPlans.get(of);
  if (open === undefined) state.openPlans.set(of, (open = { n: of, changes: [], isUndoable: false, stage, commands: new Set() }));
  open.stage = stage;
  open.commands.add(n);
  state.commands.set(n, { n, of, device, action, deadlineNs, attempt });
  if (action.kind === 'crossConnect') {
    const earlier = state.reconfigured.get(action.ocs) ?? [];
    state.reconfigured.set(action.ocs, [...earlier.filter((time) => time > atNs - minuteNs), atNs]);
  }
  return null;
}

function close(state: State, of: number): string | null {
  const open = state.openPlans.get(of);
  if (open === undefined) return `plan ${of} is not open`;
  for (const command of open.commands) state.commands.delete(command);
  state.openPlans.delete(of);
  return null;
}

export function evolvePlans(state: State, fact: PlanFact, stamp: Stamp): string | null {
  switch (fact.kind) {
    case 'decided': return intend(state, fact.decision.plan.changes, { ...stamp, isUndoable: true });
    case 'planned': return intend(state, fact.plan.changes, { ...stamp, isUndoable: true });
    case 'rolledBack': {
      const open = state.openPlans.get(fact.of);
      if (open === undefined) return `plan ${fact.of} is not open`;
      // A plan that changed no intent only told a switch again: with it the switch's own word is accepted, and nobody is told that.
      const problem = open.changes.length === 0 ? applyChanges(state, fact.changes, stamp.atNs) : intend(state, fact.changes, { ...stamp, isUndoable: false });
      return problem ?? (fact.restStands === true ? null : close(state, fact.of));
    }
    case 'confirmed': return close(state, fact.of);
    case 'commandIssued': return issue(state, fact, stamp);
    case 'commandEnded': {
      const command = state.commands.get(fact.command);
      if (command === undefined) return `command ${fact.command} is not open`;
      state.commands.delete(fact.command);
      state.openPlans.get(command.of)?.commands.delete(fact.command);
      return null;
    }
  }
}
