/** Rings that are no boxes: every two neighbours share a cable or a circuit of their own, no port is asked for twice, and the refusal says what was tried. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';
import { compileFabric } from '../../../src/fabric/compile.ts';
import type { CompiledCluster } from '../../../src/fabric/compiled.ts';
import { linkTiers, nodeKinds } from '../../../src/fabric/fabric.ts';
import { cubeMachineOf } from '../../../src/plan/topology/cube-machine.ts';
import type { CubeMachine } from '../../../src/plan/topology/cube-machine.ts';
import type { Slice, SliceRequest } from '../../../src/plan/topology/slices.ts';
import { allocateSlice } from '../../../src/plan/topology/slices.ts';
import { bareDesign, ocs, reachRule } from '../../fabric/designs.ts';

interface Machine { readonly cluster: CompiledCluster; readonly machine: CubeMachine; readonly seats: number }

function machineOf(side: number, cubes: readonly number[]): Machine {
  const gpus = cubes.reduce((count, size) => count * size, side ** 3);
  const compiled = compileFabric({ ...bareDesign(gpus, { kind: 'ocs-cubes', cubeSide: side, cubes, twists: [] }), ocs }, { evaluateMedium: reachRule });
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
  const machine = cubeMachineOf(compiled.value);
  assert.ok(machine !== null);
  return { cluster: compiled.value, machine, seats: gpus };
}

const ring = (length: number, more: Partial<SliceRequest> = {}): SliceRequest => ({ id: 'job', rings: [length], prefer: 'rings', mayFold: true, mayBend: true, ...more });

/** Walks the ring over the compiled fabric: its neighbours are joined by a link of their own, or by links to one switch whose two ports a circuit of the slice joins. */
function assertRing({ cluster: { fabric } }: Machine, slice: Slice, length: number, isFree: (rank: number) => boolean): void {
  assert.equal(new Set(slice.ranks).size, length);
  const circuits = new Map<number, number>();
  for (const change of slice.plan.changes) {
    assert.ok(change.kind === 'connect' && !circuits.has(change.circuit.aPort), 'a port is connected once');
    circuits.set(change.circuit.aPort, change.circuit.bPort);
  }
  const unused = new Set(circuits.keys());
  const linksOf = (rank: number): readonly number[] => [...fabric.outLink.subarray(fabric.outOffset[fabric.gpuNode[rank] ?? 0] ?? 0, fabric.outOffset[(fabric.gpuNode[rank] ?? 0) + 1] ?? 0)];
  const isSwitch = (node: number): boolean => fabric.nodeKind[node] === nodeKinds.indexOf('ocs');
  slice.ranks.forEach((rank, at) => {
    const next = slice.ranks[(at + 1) % length] ?? -1;
    assert.ok(isFree(rank));
    if (linksOf(rank).some((link) => fabric.linkTarget[link] === fabric.gpuNode[next] && fabric.linkTier[link] !== linkTiers.indexOf('scaleUp'))) return;
    const ports = (of: number): readonly number[] => linksOf(of).filter((link) => isSwitch(fabric.linkTarget[link] ?? 0)).map((link) => fabric.linkPort[fabric.linkReverse[link] ?? 0] ?? -1);
    const port = ports(rank).find((one) => ports(next).includes(circuits.get(one) ?? -2));
    assert.ok(port !== undefined, `${rank} and ${next} are joined`);
    unused.delete(port);
    unused.delete(circuits.get(port) ?? -1);
  });
  assert.equal(unused.size, 0, 'no circuit is idle');
}

const slicesOf = (machine: Machine, taken: Uint8Array, request: SliceRequest): Slice => {
  const slice = allocateSlice(machine.machine, taken, request);
  return isRefusal(slice) ? assert.fail(slice.reasons.join(' ')) : slice;
};

const one = machineOf(4, [1, 1, 1]);
const two = machineOf(4, [2, 1, 1]);

test('a ring goes round a broken seat in a cube whose boxes are all broken by it', () => {
  // Any box of 60 of the 64 places of a cube, were there one that closes, holds each place near its middle; 62 is the longest even length beside it.
  const taken = new Uint8Array(64);
  taken[21] = 1;
  for (const length of [60, 62]) {
    const slice = slicesOf(one, taken, ring(length));
    assert.equal(slice.folding, null);
    assertRing(one, slice, length, (rank) => one.machine.seatRank.indexOf(rank) !== 21);
  }
});

test('ten accelerators close in no box of cubes of side 4 and in a ring of another shape', () => {
  const slice = slicesOf(one, new Uint8Array(64), ring(10));
  assertRing(one, slice, 10, () => true);
  assert.match(slice.plan.reasons[0] ?? '', /as a ring of a free shape, because no box that closes is free: in 1 cube,/);
  const boxed = allocateSlice(one.machine, new Uint8Array(64), ring(10, { mayBend: false }));
  assert.ok(isRefusal(boxed) && boxed.reasons.at(-1) === 'Only boxes were tried; a ring of another shape may exist.');
});

test('a ring that would close on free seats waits for them, and one that closes nowhere is refused for good', () => {
  // A cube joined to itself is an even torus: rings of 62 exist and rings of 61 do not, because seats alternate in colour along cables and circuits.
  const taken = new Uint8Array(64).fill(1, 0, 4);
  const answers = [62, 61].map((length) => allocateSlice(one.machine, taken, ring(length)));
  assert.deepEqual(answers.map((answer) => (isRefusal(answer) ? [answer.code, answer.remedy] : [])), [['no-free-slice', 'wait'], ['shape-does-not-close', 'never']]);
});

test('a box that closes comes first', () => {
  // Two cubes of side 4: a straight ring of 8 goes through both, a folded one of 16 stays in one.
  for (const length of [8, 16]) assert.notEqual(slicesOf(two, new Uint8Array(128), ring(length)).folding, null);
});

test('random machines with taken seats: each ring that is given is one, in one cube or over circuits between several', () => {
  const dice = createDice(603);
  let [bent, across] = [0, 0];
  const machines = [one, two, machineOf(2, [2, 2, 1])];
  for (let round = 0; round < 120; round++) {
    const machine = machines[round % machines.length] ?? one;
    const taken = Uint8Array.from({ length: machine.seats }, () => (dice.uniform() < 0.3 ? 1 : 0));
    const free = taken.reduce((sum, seat) => sum + 1 - seat, 0);
    const length = 3 + dice.below(free - 3);
    const slice = allocateSlice(machine.machine, taken, ring(length));
    if (isRefusal(slice)) {
      assert.match(slice.reasons.at(-1) ?? '', /^Rings of other shapes were tried in \d+ sets? of cubes/);
      continue;
    }
    assertRing(machine, slice, length, (rank) => taken[machine.machine.seatRank.indexOf(rank)] === 0);
    if (slice.folding === null) bent++;
    if (slice.folding === null && slice.cubes.length > 1) across++;
  }
  assert.ok(bent >= 30 && across >= 8, `${bent} rings, ${across} of them over several cubes`);
});

test('a job of several rings is told that only boxes were tried, and why', () => {
  // One seat in five is taken, so that no box of 16 is free among the 51 others.
  const boxes = allocateSlice(one.machine, Uint8Array.from({ length: 64 }, (_, seat) => (seat % 5 === 0 ? 1 : 0)), ring(16, { rings: [4, 4] }));
  assert.ok(isRefusal(boxes));
  assert.equal(boxes.reasons.at(-1), 'Only boxes were tried: several rings close together in a torus, and a torus is a box of seats.');
});
