/** Changes of circuits obey the ports at every step, reach the target, can be undone, and keep ports dark no longer than any order could. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isRefusal } from '../../../src/base/refusal.ts';
import { darkWindowMax, planCrossConnects } from '../../../src/plan/circuits/cross-connects.ts';
import type { Change, CrossConnect, Plan } from '../../../src/plan/plan.ts';
import { reverse } from '../../../src/plan/plan.ts';

const keyOf = ({ ocs, aPort, bPort }: CrossConnect): string => `${ocs}:${aPort}:${bPort}`;
const keysOf = (circuits: readonly CrossConnect[]): readonly string[] => circuits.map(keyOf).sort();

/** The circuits after all changes, or the first breach of a rule. A deliberately plain switch. */
function applied(start: readonly CrossConnect[], changes: readonly Change[]): readonly CrossConnect[] | string {
  let circuits = [...start];
  for (const change of changes) {
    if (change.kind !== 'connect' && change.kind !== 'disconnect') return `a change of kind ${change.kind}`;
    const { circuit } = change;
    if (change.kind === 'disconnect') {
      if (!circuits.some((one) => keyOf(one) === keyOf(circuit))) return `${keyOf(circuit)} is not there`;
      circuits = circuits.filter((one) => keyOf(one) !== keyOf(circuit));
    } else if (circuits.some((one) => one.ocs === circuit.ocs && (one.aPort === circuit.aPort || one.bPort === circuit.bPort))) return `${keyOf(circuit)} takes a busy port`;
    else circuits.push(circuit);
  }
  return circuits;
}

function planned(current: readonly CrossConnect[], target: readonly CrossConnect[]): Plan {
  const plan = planCrossConnects(current, target);
  assert.ok(!isRefusal(plan));
  return plan;
}

/** Circuits of two switches: each side A port, if chosen, goes to its place in a shuffled side B. */
const circuitsOn = (ports: number): fc.Arbitrary<readonly CrossConnect[]> => fc
  .tuple(fc.shuffledSubarray(Array.from({ length: 2 * ports }, (_, at) => at), { minLength: 2 * ports }), fc.array(fc.boolean(), { minLength: 2 * ports, maxLength: 2 * ports }))
  .map(([order, chosen]) => [0, 1].flatMap((ocs) => order.filter((at) => Math.floor(at / ports) === ocs)
    .flatMap((at, aPort) => (chosen[ocs * ports + aPort] === true ? [{ ocs, aPort, bPort: at % ports }] : []))));

test('every change finds its ports free, the target is reached, what stays is untouched, and the reverse leads back', () => {
  fc.assert(fc.property(circuitsOn(8), circuitsOn(8), (current, target) => {
    const plan = planned(current, target);
    const after = applied(current, plan.changes);
    assert.ok(typeof after !== 'string', String(after));
    assert.deepEqual(keysOf(after), keysOf(target));
    const back = applied(after, reverse(plan).changes);
    assert.ok(typeof back !== 'string', String(back));
    assert.deepEqual(keysOf(back), keysOf(current));
    const staying = keysOf(current).filter((key) => keysOf(target).includes(key));
    assert.ok(plan.changes.every((change) => 'circuit' in change && !staying.includes(keyOf(change.circuit))));
    assert.equal(plan.changes.length, current.length + target.length - 2 * staying.length);
  }), { seed: 71, numRuns: 500 });
});

test('no port waits more than six changes, however long the chains', () => {
  // A rotation of 64 circuits by one port is one closed chain. Neighbours are removed at most two removals apart, each with one creation behind it,
  // so a port waits for creation, removal, creation, removal and its own creation: 5. The last removal frees two creations: 6.
  const ring = Array.from({ length: 64 }, (_, port) => ({ ocs: 3, aPort: port, bPort: port }));
  const plan = planned(ring, ring.map(({ aPort }) => ({ ocs: 3, aPort, bPort: (aPort + 1) % 64 })));
  assert.ok(darkWindowMax(plan.changes) <= 6, `${darkWindowMax(plan.changes)}`);
  fc.assert(fc.property(circuitsOn(16), circuitsOn(16), (current, target) => {
    assert.ok(darkWindowMax(planned(current, target).changes) <= 6);
  }), { seed: 72, numRuns: 300 });
});

/** The shortest longest wait over every order of the changes that the ports allow. */
function shortestWindow(current: readonly CrossConnect[], changes: readonly Change[]): number {
  const extend = (done: readonly Change[], open: readonly Change[]): number => (open.length === 0 ? darkWindowMax(done) : Math.min(...open.map((change) => {
    const next = [...done, change];
    return typeof applied(current, next) === 'string' ? Infinity : extend(next, open.filter((one) => one !== change));
  })));
  return extend([], changes);
}

test('on small switches no order of the same changes has a shorter longest wait', () => {
  fc.assert(fc.property(circuitsOn(3), circuitsOn(3), (current, target) => {
    const one = current.filter(({ ocs }) => ocs === 0);
    const { changes } = planned(one, target.filter(({ ocs }) => ocs === 0));
    assert.equal(darkWindowMax(changes), shortestWindow(one, changes));
  }), { seed: 73, numRuns: 150 });
});

test('exchanging two circuits removes both before it creates either, and a new circuit on free ports comes before', () => {
  // 0-0 and 1-1 become 0-1 and 1-0: neither new circuit has a free port until both old ones are gone. 2-2 needs nobody.
  const circuit = (aPort: number, bPort: number): CrossConnect => ({ ocs: 0, aPort, bPort });
  const { changes } = planned([circuit(0, 0), circuit(1, 1), circuit(3, 3)], [circuit(0, 1), circuit(1, 0), circuit(2, 2)]);
  assert.deepEqual(changes.map(({ kind }) => kind), ['connect', 'disconnect', 'disconnect', 'connect', 'connect', 'disconnect']);
  assert.deepEqual(changes.at(0), { kind: 'connect', circuit: circuit(2, 2) });
  assert.deepEqual(changes.at(-1), { kind: 'disconnect', circuit: circuit(3, 3) });
});

test('circuits that share a port are refused by name', () => {
  const refusal = planCrossConnects([], [{ ocs: 4, aPort: 1, bPort: 2 }, { ocs: 4, aPort: 5, bPort: 2 }]);
  assert.ok(isRefusal(refusal));
  assert.equal(refusal.code, 'impossible-circuits');
  assert.match(refusal.reasons[0] ?? '', /switch 4 use port B 2 twice/);
});

test('equal circuits need no change', () => {
  assert.deepEqual(planned([{ ocs: 1, aPort: 0, bPort: 7 }], [{ ocs: 1, aPort: 0, bPort: 7 }]).changes, []);
});
