/** Wavelengths on one-hop fabrics: Koenig's bound exactly, lists with wavelengths out of service, and a live sequence of changes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import type { Grant } from '../../../src/plan/plan.ts';
import { reverse } from '../../../src/plan/plan.ts';
import { assignAll, assignOne, releaseOne, returnWavelengths, withdrawWavelengths } from '../../../src/plan/wavelengths/one-hop-assign.ts';
import { applyPlan } from '../../../src/plan/wavelengths/one-hop.ts';
import type { WavelengthRequest } from '../../../src/plan/wavelengths/one-hop.ts';
import { trafficClassNames } from '../../../src/traffic/classes.ts';
import type { LightpathQuestion } from '../../../src/plan/wavelengths/lightpath-table.ts';
import { optimum } from './lightpath-cases.ts';
import { checkGrants, follow, followStepwise, mostServed, oneHopOf, requestOf } from './one-hop-cases.ts';

/** Random requests whose port degree is at most W: unions of W random partial matchings, shuffled by construction. */
const fitting = fc.record({ ports: fc.integer({ min: 1, max: 9 }), wavelengths: fc.integer({ min: 1, max: 40 }), seed: fc.integer({ min: 0, max: 2 ** 31 - 1 }), fill: fc.double({ min: 0.3, max: 1, noNaN: true }) })
  .map(({ ports, wavelengths, seed, fill }) => {
    const dice = createDice(seed);
    const requests: WavelengthRequest[] = [];
    for (let round = 0; round < wavelengths; round++) {
      const to = Int32Array.from({ length: ports }, (_, port) => port);
      dice.shuffle(to);
      to.forEach((b, a) => {
        if (dice.uniform() < fill) requests.push(requestOf(`L${requests.length}`, a, b));
      });
    }
    const order = Int32Array.from({ length: requests.length }, (_, at) => at);
    dice.shuffle(order);
    return { ports, wavelengths, requests: [...order].map((at) => requests[at] ?? requestOf('none', 0, 0)) };
  });

// Koenig 1916: a bipartite multigraph of degree at most W is coloured with W colours, so nothing may be refused.
test('every demand set whose port degree fits is served, all at once', () => {
  fc.assert(fc.property(fitting, ({ ports, wavelengths, requests }) => {
    const { plan, refused } = assignAll(oneHopOf({ ports, wavelengths }), requests);
    const grants = new Map<string, Grant>();
    follow(grants, plan);
    checkGrants(grants, new Set(), wavelengths);
    assert.deepEqual(refused, []);
    assert.equal(grants.size, requests.length);
  }), { seed: 6, numRuns: 150 });
});

test('every demand set whose port degree fits is served one by one when retuning has no limit', () => {
  fc.assert(fc.property(fitting, ({ ports, wavelengths, requests }) => {
    const oneHop = oneHopOf({ ports, wavelengths });
    const grants = new Map<string, Grant>();
    for (const request of requests) {
      const plan = assignOne(oneHop, request, { retunesMax: Infinity });
      if (isRefusal(plan)) assert.fail(plan.reasons.join(' '));
      followStepwise(grants, plan);
    }
    assert.equal(grants.size, requests.length);
  }), { seed: 7, numRuns: 40 });
});

test('a set whose degree does not fit is served by class priority and then by row, and each refusal says why', () => {
  const oneHop = oneHopOf({ ports: 2, wavelengths: 2 });
  // A port 0 has two wavelengths for four leases: the all-reduce goes first although it comes last, then the first checkpoint.
  const { plan, refused } = assignAll(oneHop, [
    requestOf('first', 0, 0, { trafficClass: 'checkpoint' }), requestOf('second', 0, 1, { trafficClass: 'checkpoint' }),
    requestOf('third', 0, 1, { trafficClass: 'background' }), requestOf('last', 0, 0),
  ]);
  assert.deepEqual(plan.changes.map((change) => (change.kind === 'add' ? change.grant.id : change.kind)).sort(), ['first', 'last']);
  assert.deepEqual(refused.map(({ request, refusal }) => [request.id, refusal.code, refusal.remedy]), [['second', 'port-full', 'wait'], ['third', 'port-full', 'wait']]);
  const more = assignOne(oneHop, requestOf('more', 0, 1));
  assert.ok(isRefusal(more));
  assert.deepEqual([more.code, more.remedy], ['port-full', 'preempt']);
  assert.match(more.reasons.join(' '), /needs 1 more wavelengths and A port 0 has 0 of 2 free.*Lease first of the lower class checkpoint may be preempted/);
  const never = assignOne(oneHop, requestOf('never', 1, 1, { wavelengths: 3 }));
  assert.ok(isRefusal(never) && never.remedy === 'never');
});

/** Small random cases with wavelengths out at single ports: [cases, those where all can be served, those of them that we served in full]. */
function listCases(cases: number): readonly [number, number] {
  let possible = 0;
  let ours = 0;
  for (let seed = 0; seed < cases; seed++) {
    const dice = createDice(seed);
    const [ports, wavelengths] = [2 + dice.below(2), 2 + dice.below(3)];
    const dead = Array.from({ length: 2 * ports * wavelengths }, (_, row) => row).filter(() => dice.uniform() < 0.2);
    const requests = Array.from({ length: 2 + dice.below(5) }, (_, at) => requestOf(`L${at}`, dice.below(ports), dice.below(ports)));
    const deadRows = new Set(dead);
    const most = mostServed(requests, wavelengths, (side, port, wavelength) => !deadRows.has(((side === 'a' ? 0 : ports) + port) * wavelengths + wavelength));
    const { plan, refused } = assignAll(oneHopOf({ ports, wavelengths, dead }), requests);
    const grants = new Map<string, Grant>();
    follow(grants, plan);
    checkGrants(grants, deadRows, wavelengths);
    assert.ok(grants.size <= most, `seed ${seed}: more than possible`);
    assert.equal(grants.size + refused.length, requests.length);
    if (most < requests.length) continue;
    possible += 1;
    if (refused.length === 0) ours += 1;
  }
  return [possible, ours];
}

// The problem is NP-complete with lists; at this size an exhaustive twin knows the answer.
test('with wavelengths out at single ports, sets that can be served are served as an exhaustive search would', () => {
  const [possible, ours] = listCases(400);
  assert.ok(possible > 100);
  assert.equal(ours, possible);
});

/** The same single-wavelength requests as lightpaths of two places each, for the exact solver. */
const asLightpaths = (requests: readonly WavelengthRequest[], ports: number, wavelengths: number, dead: readonly number[]): LightpathQuestion => {
  const upTo = (step: number): Int32Array => Int32Array.from({ length: requests.length + 1 }, (_, at) => step * at);
  return {
    linkCount: 2 * ports, wavelengthCount: wavelengths, demandCount: requests.length, routeFirst: upTo(1), linkFirst: upTo(2),
    link: Int32Array.from(requests.flatMap(({ aPort, bPort }) => [aPort, ports + bPort])), weight: new Float64Array(requests.length).fill(1),
    isDead: Uint8Array.from({ length: 2 * ports * wavelengths }, (_, row) => (dead.includes(row) ? 1 : 0)),
  };
};

// A full fabric with a tenth to three tenths of its wavelengths out: not all can be served, and the exact solver knows how many.
test('where lists are too short for all, what is served is within 2 % of the optimum', () => {
  const [ports, wavelengths] = [7, 6];
  let [most, ours] = [0, 0];
  for (let seed = 0; seed < 10; seed++) {
    const dice = createDice(seed);
    const dead = Array.from({ length: 2 * ports * wavelengths }, (_, row) => row).filter(() => dice.uniform() < (seed % 2 === 0 ? 0.1 : 0.3));
    const requests = Array.from({ length: ports * wavelengths }, (_, at) => requestOf(`L${at}`, at % ports, dice.below(ports)));
    const { plan, refused } = assignAll(oneHopOf({ ports, wavelengths, dead }), requests, { dice });
    const grants = new Map<string, Grant>();
    follow(grants, plan);
    checkGrants(grants, new Set(dead), wavelengths);
    assert.equal(grants.size + refused.length, requests.length);
    const best = optimum(asLightpaths(requests, ports, wavelengths, dead));
    assert.ok(grants.size <= best);
    most += best;
    ours += grants.size;
  }
  assert.ok(ours >= 0.98 * most, `${ours} of ${most}`);
});

// Galvin 1995: lists as long as the degree suffice. Degree 6, 12 slots, up to 3 out at each port: every pair shares at least 6.
test('lists as long as the largest degree are always served in full', () => {
  for (let seed = 0; seed < 60; seed++) {
    const dice = createDice(seed);
    const [ports, wavelengths, degree] = [6, 12, 6];
    const dead = Array.from({ length: 2 * ports }, (_, port) => {
      const slots = Int32Array.from({ length: wavelengths }, (__, slot) => slot);
      dice.shuffle(slots);
      return [...slots.subarray(0, 3)].map((slot) => port * wavelengths + slot);
    }).flat();
    const requests: WavelengthRequest[] = [];
    for (let round = 0; round < degree; round++) {
      const to = Int32Array.from({ length: ports }, (_, port) => port);
      dice.shuffle(to);
      to.forEach((b, a) => requests.push(requestOf(`L${requests.length}`, a, b)));
    }
    const { plan, refused } = assignAll(oneHopOf({ ports, wavelengths, dead }), requests);
    const grants = new Map<string, Grant>();
    follow(grants, plan);
    checkGrants(grants, new Set(dead), wavelengths);
    assert.deepEqual(refused, [], `seed ${seed}`);
  }
});

/** Takes leases in turn, each step checked; the kinds of changes of each. */
function takeInTurn(wavelengths: number, ends: readonly (readonly [string, number, number])[], ended: readonly string[] = []): readonly string[] {
  const oneHop = oneHopOf({ ports: 3, wavelengths });
  const grants = new Map<string, Grant>();
  let last: readonly string[] = [];
  for (const [id, a, b] of ends) {
    for (const gone of id === 'x' ? ended : []) {
      const plan = releaseOne(oneHop, gone);
      if (isRefusal(plan)) assert.fail(plan.reasons.join(' '));
      followStepwise(grants, plan);
    }
    const plan = assignOne(oneHop, requestOf(id, a, b));
    if (isRefusal(plan)) assert.fail(plan.reasons.join(' '));
    followStepwise(grants, plan);
    last = plan.changes.map((change) => `${change.kind} ${change.kind === 'move' ? change.to.id : 'grant' in change ? change.grant.id : ''}`);
  }
  return last;
}

// Three slots. A0 holds 0 and 1 (p, q), B1 holds 1 and 2 once v is gone (w, u between A1 and B1). x from A0 to B1 shares no free slot:
// A0 has 2, B1 has 0. u leaves 2 for 0, which is free at both its ends, and x takes 2.
test('one more lease retunes others onto light that is free before they leave their own', () => {
  assert.deepEqual(takeInTurn(3, [['p', 0, 0], ['q', 0, 0], ['v', 1, 1], ['w', 1, 1], ['u', 1, 1], ['x', 0, 1]], ['v']), ['move u', 'add x']);
});

// Two slots. p 0-0 on 0, u 1-2 on 0, v 1-1 on 1, q 2-0 on 1. x from A0 (1 free) to B1 (0 free): p cannot leave 0 because q holds 1 at B0,
// v cannot leave 1 because u holds 0 at A1. Only v and u swap: v goes dark, u takes 1, v takes 0, x takes 1.
test('where no order keeps all lit, two wavelengths are swapped and the plan says who goes dark', () => {
  assert.deepEqual(takeInTurn(2, [['p', 0, 0], ['u', 1, 2], ['v', 1, 1], ['q', 2, 0], ['x', 0, 1]]), ['drop v', 'move u', 'add v', 'add x']);
});

test('a live sequence of starts, ends and faults keeps every rule, and every plan can be taken back', () => {
  for (let seed = 0; seed < 12; seed++) {
    const dice = createDice(100 + seed);
    const [ports, wavelengths] = [5, 6];
    const oneHop = oneHopOf({ ports, wavelengths });
    const grants = new Map<string, Grant>();
    const dead = new Set<number>();
    for (let step = 0; step < 150; step++) {
      const holderBefore = oneHop.light.holder.slice();
      const pick = dice.uniform();
      if (pick < 0.6) {
        const trafficClass = trafficClassNames[dice.below(6)] ?? 'background';
        const wanted = 1 + dice.below(2);
        const plan = assignOne(oneHop, requestOf(`L${step}`, dice.below(ports), dice.below(ports), { trafficClass, wavelengths: wanted, floorWavelengths: dice.below(wanted + 1) }));
        if (isRefusal(plan)) assert.deepEqual(oneHop.light.holder, holderBefore);
        else {
          followStepwise(grants, plan);
          applyPlan(oneHop, reverse(plan));
          assert.deepEqual(oneHop.light.holder.map((unit) => Math.min(unit, 0)), holderBefore.map((unit) => Math.min(unit, 0)));
          applyPlan(oneHop, plan);
        }
      } else if (pick < 0.85) {
        const id = [...grants.keys()][dice.below(Math.max(1, grants.size))];
        if (id === undefined) continue;
        const plan = releaseOne(oneHop, id);
        if (isRefusal(plan)) assert.fail(plan.reasons.join(' '));
        follow(grants, plan);
      } else if (pick < 0.95) {
        const rows = [dice.below(2 * ports * wavelengths), dice.below(2 * ports * wavelengths)];
        for (const row of rows) dead.add(row);
        followStepwise(grants, withdrawWavelengths(oneHop, rows).plan);
      } else {
        followStepwise(grants, returnWavelengths(oneHop, dead));
        dead.clear();
      }
      checkGrants(grants, dead, wavelengths);
      assert.deepEqual([...grants.keys()].sort(), [...oneHop.held.keys()].sort());
    }
  }
});

test('after a fault a higher class takes light from a lower one down to its floor, and gets it back no other way', () => {
  const oneHop = oneHopOf({ ports: 2, wavelengths: 3 });
  assignAll(oneHop, [requestOf('high', 0, 0), requestOf('low', 0, 1, { trafficClass: 'background', wavelengths: 2, floorWavelengths: 1 })]);
  const slotOfHigh = (oneHop.held.get('high')?.grant?.paths[0]?.wavelengths[0]?.[0] ?? -1);
  const { plan, refused } = withdrawWavelengths(oneHop, [slotOfHigh]);
  // A port 0 has two of three wavelengths left: the all-reduce one, the background its floor of one.
  assert.deepEqual(oneHop.held.get('high')?.grant?.paths.length, 1);
  assert.deepEqual(oneHop.held.get('low')?.grant?.paths.length, 1);
  // The all-reduce goes dark, the background gives one of its two up, the all-reduce is lit again.
  assert.deepEqual(plan.changes.map((change) => change.kind), ['drop', 'move', 'add']);
  assert.deepEqual(refused.map(({ request }) => request.id), ['low']);
  // One more is lost: the floor holds, so the higher class ends and says so, or it keeps the only one left and the lower is out by the fault.
  const second = withdrawWavelengths(oneHop, [oneHop.held.get('high')?.grant?.paths[0]?.wavelengths[0]?.[0] ?? -1]);
  assert.deepEqual(second.refused.map(({ request, refusal }) => [request.id, refusal.remedy]), [['high', 'wait']]);
  assert.ok(oneHop.held.has('low') && !oneHop.held.has('high'));
});
