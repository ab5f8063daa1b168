/** Decides on maintenance: a component is drained before it goes dark, repaired, verified, and returns only when it has passed. */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { rowsOf } from '../../base/csr.ts';
import { actText, countText } from '../../base/number-text.ts';
import { partName } from '../explain/name-parts.ts';
import type { Fact, Health } from '../fact.ts';
import { healthNames } from '../fact.ts';
import type { Belief } from '../health/belief.ts';
import { believedFact, believedNow } from '../health/belief.ts';
import { beliefsWith, judgeLinks, linksOf } from '../health/judge.ts';
import { liftedOrders } from '../health/lifted-orders.ts';
import { evacuate } from '../maintenance/evacuate.ts';
import { isUnderWay } from '../maintenance/under-way.ts';
import type { Reading } from '../reading.ts';
import type { Maintenance, State } from '../state.ts';

type Of<K extends Reading['kind']> = Extract<Reading, { kind: K }>;
type Asked = Of<'maintenanceAsked'>;

const nameOf = (state: State, component: number): string => partName(state.plant, component);
const healthOf = (state: State, component: number): Health => healthNames[state.components.health[component] ?? 0] ?? 'sound';
const setAside = (refusal: Refusal): readonly Fact[] => [{ kind: 'setAside', refusal }];

function setHealth(state: State, component: number, to: Health, reason: string): readonly Fact[] {
  const from = healthOf(state, component);
  return from === to ? [] : [{ kind: 'healthSet', component, from, to, reason }];
}

/** Beliefs with the judgement of the links they touch. */
function believe(state: State, beliefs: ReadonlyMap<number, Belief>): readonly Fact[] {
  if (beliefs.size === 0) return [];
  const groups = judgeLinks(state, beliefsWith(state, beliefs), linksOf(state, beliefs.keys()));
  return [believedFact(beliefs), ...(groups.length > 0 ? [{ kind: 'judged', groups } as const] : [])];
}

/** Refused when a class that may not be preempted would lose its light. */
function drain(state: State, { component, by, note = '' }: Asked): readonly Fact[] {
  const { changes, blocked } = evacuate(state, component);
  if (blocked.length > 0) {
    const named = blocked.slice(0, 4).map(({ request }) => request.id).join(', ');
    return setAside(refuse('drain-blocked', 'wait',
      `${nameOf(state, component)} cannot be drained: ${countText(blocked.length, 'lease')} that may not lose light ${blocked.length === 1 ? 'has no other way' : 'have no other'}, ${named} among them.`));
  }
  const reasons = [`${actText(changes.length, 'change', 'take')} the light of ${nameOf(state, component)} out of use.`];
  return [
    { kind: 'maintenanceSet', component, stage: 'draining', by, detail: note },
    ...setHealth(state, component, 'draining', `${by} asked for it.`),
    ...(changes.length > 0 ? [{ kind: 'planned', plan: { changes, reasons }, reason: `${nameOf(state, component)} is drained.` } as const] : []),
  ];
}

/** The component and what it contains that is not sound, without what is in maintenance by itself. */
function subtree(state: State, component: number): readonly number[] {
  const { children } = state.plant.cluster.fabric.components;
  const rows = [component];
  for (const row of rows) for (const child of rowsOf(children, row)) if (!state.maintenance.has(child)) rows.push(child);
  return rows.filter((row) => row === component || state.components.isDead[row] === 1 || healthOf(state, row) !== 'sound' || (state.components.lossDb[row] ?? 0) !== 0 || (state.components.flaps[row] ?? 0) > 0);
}

/** Orders that lowered the light of what returns. */
function lift(state: State, rows: readonly number[]): readonly Fact[] {
  const changes = liftedOrders(state, new Set(rows));
  return changes.length === 0 ? [] : [{ kind: 'planned', plan: { changes, reasons: [`${actText(changes.length, 'wavelength', 'return')} to the design rate.`] }, reason: 'What took their light is back in service.' }];
}

/**
 * A tested or untouched component is as good as new, with all that it contains, until its devices say otherwise: the fact that it
 * returned makes whoever feeds the controller ask them for all that they have, and an alarm that still stands is told again then.
 */
function comeBack(state: State, component: number, said: { readonly by: string; readonly detail: string }): readonly Fact[] {
  const rows = subtree(state, component);
  const reason = `${nameOf(state, component)} returned to service.`;
  return [
    { kind: 'maintenanceSet', component, stage: 'returned', ...said },
    ...rows.flatMap((row) => setHealth(state, row, 'sound', reason)),
    ...rows.flatMap((row): readonly Fact[] => ((state.components.flaps[row] ?? 0) > 0 ? [{ kind: 'flapped', component: row, count: 0 }] : [])),
    ...believe(state, new Map(rows.map((row) => [row, { caseC: NaN, lossDb: 0, isDead: false }]))),
    ...lift(state, rows),
  ];
}

/** After a cancelled drain the component is believed what it was: it lights again, unless it was dark before. */
function cancel(state: State, { component, by, note = '' }: Asked): readonly Fact[] {
  const belief = believedNow(state, component);
  if (belief.isDead && state.maintenance.get(component)?.wasDead === true) {
    return [
      { kind: 'maintenanceSet', component, stage: 'cancelled', by, detail: note },
      ...setHealth(state, component, 'failed', `Maintenance of ${nameOf(state, component)} was cancelled, and it gave no light before.`),
    ];
  }
  return [
    { kind: 'maintenanceSet', component, stage: 'cancelled', by, detail: note },
    ...setHealth(state, component, 'sound', `Maintenance of ${nameOf(state, component)} was cancelled.`),
    ...(belief.isDead ? believe(state, new Map([[component, { ...belief, isDead: false }]])) : []),
    ...lift(state, [component]),
  ];
}

type Stage = Maintenance['stage'] | null;

/** What comes next at a stage, for whoever asks for something else. */
const nextAt: Readonly<Record<Exclude<Maintenance['stage'], 'returned' | 'cancelled'>, string>> = {
  draining: 'It is being drained: wait until it carries nothing, or cancel that.',
  drained: 'It carries nothing: repair it, verify it, or return it untouched.',
  repairing: 'It is being repaired: verify it when that is done; it returns when it passes.',
  verifying: 'It is being tested: say what the test found; it returns when it has passed.',
  verificationFailed: 'It failed its test: repair it again.',
};

/** A step that is not next. Time brings only the end of a drain; everything else waits for another step of people. */
function wrongStage(state: State, { component, action }: Asked, stage: Stage): readonly Fact[] {
  const name = nameOf(state, component);
  if (stage === 'returned' || stage === 'cancelled' || stage === null) {
    const isBack = action === 'return' || action === 'cancel';
    return setAside(refuse('wrong-stage', 'never', `${name} is in service: ${action} cannot be next.`, isBack ? 'There is nothing to take back.' : 'Drain it first.'));
  }
  return setAside(refuse('wrong-stage', stage === 'draining' && action !== 'drain' ? 'wait' : 'never', `${name} is ${stageWord(stage)}: ${action} cannot be next.`, nextAt[stage]));
}

const stageWord = (stage: Maintenance['stage']): string => (stage === 'verificationFailed' ? 'out since it failed its test' : stage);

const move = (state: State, { component, by, note = '' }: Asked, stage: 'repairing' | 'verifying'): readonly Fact[] =>
  [{ kind: 'maintenanceSet', component, stage, by, detail: note }, ...setHealth(state, component, stage, `${by} asked for it.`)];

export function decideMaintenance(state: State, _atNs: number, asked: Asked): readonly Fact[] {
  const { component, action, by } = asked;
  const { componentCount } = state.plant.cluster.fabric;
  if (!Number.isInteger(component) || component < 0 || component >= componentCount) {
    return setAside(refuse('unknown-component', 'never', `There is no component ${component}; there are ${componentCount}.`));
  }
  const stage: Stage = state.maintenance.get(component)?.stage ?? null;
  switch (action) {
    case 'drain': return stage === null ? drain(state, asked) : wrongStage(state, asked, stage);
    case 'repair': {
      const isOut = stage === 'drained' || stage === 'verificationFailed' || (stage === null && state.components.isDead[component] === 1);
      return isOut ? move(state, asked, 'repairing') : wrongStage(state, asked, stage);
    }
    case 'verify': return stage === 'repairing' || stage === 'drained' ? move(state, asked, 'verifying') : wrongStage(state, asked, stage);
    case 'return':
      if (stage !== 'drained') return wrongStage(state, asked, stage);
      return comeBack(state, component, { by, detail: asked.note || 'Nobody has touched it, so nothing needs to be verified.' });
    case 'cancel': return stage === 'draining' || stage === 'drained' ? cancel(state, asked) : wrongStage(state, asked, stage);
  }
}

/** What was tested returns if it passed; else it stays out until it is repaired again. */
export function decideVerified(state: State, _atNs: number, { component, passed, detail }: Of<'verified'>): readonly Fact[] {
  const entered = state.maintenance.get(component);
  if (entered?.stage !== 'verifying') return setAside(refuse('wrong-stage', 'never', `${nameOf(state, component)} is not being tested.`, 'Verify it first: only then a test can pass or fail.'));
  if (passed) return comeBack(state, component, { by: entered.by, detail });
  return [
    { kind: 'maintenanceSet', component, stage: 'verificationFailed', by: entered.by, detail },
    ...setHealth(state, component, 'failed', `It failed its verification: ${detail}`),
  ];
}

/** Components that carry nothing any more, and whose light no open plan changes, go dark. One that waits for its leases to move is tried again. */
export function decideDrained(state: State): readonly Fact[] {
  for (const [component, { stage, by }] of state.maintenance) {
    if (stage !== 'draining' || isUnderWay(state, component)) continue;
    const { changes, blocked } = evacuate(state, component);
    if (blocked.length > 0) continue;
    if (changes.length > 0) return [{ kind: 'planned', plan: { changes, reasons: [] }, reason: `${nameOf(state, component)} is drained.` }];
    const belief = believedNow(state, component);
    return [
      { kind: 'maintenanceSet', component, stage: 'drained', by, detail: '' },
      ...setHealth(state, component, 'drained', 'It carries nothing any more.'),
      ...(belief.isDead ? [] : believe(state, new Map([[component, { ...belief, isDead: true }]]))),
    ];
  }
  return [];
}
