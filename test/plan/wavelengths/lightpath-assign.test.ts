/** Live lightpaths: retuning in order, preemption by class after a fault, and the rules under a random sequence. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import type { Grant, Plan } from '../../../src/plan/plan.ts';
import { assignLightpath, assignLightpaths, releaseLightpath, returnToLightpaths, withdrawFromLightpaths } from '../../../src/plan/wavelengths/lightpath-assign.ts';
import type { LightpathRequest, Lightpaths } from '../../../src/plan/wavelengths/lightpaths.ts';
import { createLightpaths } from '../../../src/plan/wavelengths/lightpaths.ts';
import { trafficClassNames, trafficClasses } from '../../../src/traffic/classes.ts';
import { follow, tableOf } from './one-hop-cases.ts';

const lightOf = (links: number, wavelengths: number): Lightpaths =>
  createLightpaths(tableOf(links, wavelengths), { links: Array.from({ length: links }, (_, link) => link), classes: trafficClasses });

const request = (id: string, routes: readonly (readonly number[])[], more: Partial<LightpathRequest> = {}): LightpathRequest =>
  ({ id, tenant: 'tenant', job: null, trafficClass: 'allReduce', startNs: 0, endNs: 1e9, floorGbps: 0, routes, ...more });

/** Follows a plan step by step: after each step one slot from end to end per lightpath and no row held twice. */
function followAll(grants: Map<string, Grant>, plan: Plan, wavelengths: number, dead: ReadonlySet<number> = new Set()): void {
  for (const change of plan.changes) {
    follow(grants, { changes: [change], reasons: [] });
    const rows = [...grants.values()].flatMap(({ paths }) => paths.flatMap((path) => path.wavelengths.flat()));
    assert.equal(new Set(rows).size, rows.length);
    for (const { paths } of grants.values()) assert.equal(new Set(paths.flatMap((path) => path.wavelengths.flat()).map((row) => row % wavelengths)).size, 1);
  }
  for (const { paths } of grants.values()) for (const row of paths.flatMap((path) => path.wavelengths.flat())) assert.ok(!dead.has(row));
}

function take(light: Lightpaths, grants: Map<string, Grant>, asked: LightpathRequest): readonly string[] {
  const plan = assignLightpath(light, asked);
  if (isRefusal(plan)) assert.fail(plan.reasons.join(' '));
  followAll(grants, plan, light.slots.length);
  return plan.changes.map((change) => `${change.kind} ${change.kind === 'move' ? change.to.id : 'grant' in change ? change.grant.id : ''}`);
}

// Links 0, 1, 2 in a row, two slots. p on link 0 and q on link 1 both hold slot 0; q is shut out of it when r (slot 0 on link 1) is there
// first: r ends, so q holds slot 1 on link 1 and p slot 0 on link 0. A lightpath over both finds no slot free until one of them retunes.
test('a lightpath over two links makes one that holds another slot retune first', () => {
  const light = lightOf(3, 2);
  const grants = new Map<string, Grant>();
  take(light, grants, request('p', [[0]]));
  take(light, grants, request('r', [[1]]));
  take(light, grants, request('q', [[1]]));
  const end = releaseLightpath(light, 'r');
  if (isRefusal(end)) assert.fail(end.reasons.join(' '));
  followAll(grants, end, 2);
  assert.deepEqual(take(light, grants, request('x', [[0, 1]])), ['move p', 'add x']);
  const full = assignLightpath(light, request('y', [[1]]));
  assert.ok(isRefusal(full) && full.code === 'no-continuous-wavelength' && full.remedy === 'wait');
});

test('after a fault a higher class takes the slot of a lower one, which ends when nothing else is free', () => {
  const light = lightOf(1, 2);
  const grants = new Map<string, Grant>();
  take(light, grants, request('high', [[0]]));
  take(light, grants, request('low', [[0]], { trafficClass: 'background' }));
  const slotRow = grants.get('high')?.paths[0]?.wavelengths[0]?.[0] ?? -1;
  const { plan, refused } = withdrawFromLightpaths(light, [slotRow]);
  followAll(grants, plan, 2, new Set([slotRow]));
  assert.deepEqual([...grants.keys()], ['high']);
  assert.deepEqual(refused.map(({ request: { id }, refusal }) => [id, refusal.remedy]), [['low', 'wait']]);
});

test('a random life of starts, ends, faults and repairs keeps every rule', () => {
  for (let seed = 0; seed < 10; seed++) {
    const dice = createDice(seed);
    const [links, wavelengths] = [8, 4];
    const light = lightOf(links, wavelengths);
    const grants = new Map<string, Grant>();
    const dead = new Set<number>();
    // A ring: from link a, two to four links on, or the next start as the second choice.
    const draw = (id: string): LightpathRequest => {
      const [first, length] = [dice.below(links), 2 + dice.below(3)];
      const route = (from: number): readonly number[] => Array.from({ length }, (_, hop) => (from + hop) % links);
      return request(id, [route(first), route(first + 1)], { trafficClass: trafficClassNames[dice.below(6)] ?? 'background' });
    };
    const { plan: first, refused } = assignLightpaths(light, Array.from({ length: 12 }, (_, at) => draw(`first${at}`)), { dice });
    followAll(grants, first, wavelengths);
    assert.equal(grants.size + refused.length, 12);
    for (let step = 0; step < 120; step++) {
      const pick = dice.uniform();
      if (pick < 0.6) {
        const before = light.holder.slice();
        const plan = assignLightpath(light, draw(`L${step}`));
        if (isRefusal(plan)) assert.deepEqual(light.holder, before);
        else followAll(grants, plan, wavelengths, dead);
      } else if (pick < 0.8) {
        const plan = releaseLightpath(light, [...grants.keys()][dice.below(Math.max(1, grants.size))] ?? 'nobody');
        if (!isRefusal(plan)) followAll(grants, plan, wavelengths, dead);
      } else if (pick < 0.95) {
        const row = dice.below(links * wavelengths);
        dead.add(row);
        followAll(grants, withdrawFromLightpaths(light, [row]).plan, wavelengths, dead);
      } else {
        returnToLightpaths(light, dead);
        dead.clear();
      }
      assert.deepEqual([...grants.keys()].sort(), [...light.byId.keys()].sort());
    }
  }
});
