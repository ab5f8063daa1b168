/** The pure trace graph: building, counting, matching ranks and finding cycles, against dumb twins. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { evenSpacing } from '../../../src/traffic/trace/trace-job.ts';
import type { TraceBuilder } from '../../../src/traffic/trace/trace-builder.ts';
import { createTraceBuilder } from '../../../src/traffic/trace/trace-builder.ts';
import { countTrace } from '../../../src/traffic/trace/trace-counts.ts';
import type { TraceGraph } from '../../../src/traffic/trace/trace-graph.ts';
import { nodePlace, programOf } from '../../../src/traffic/trace/trace-graph.ts';
import { matchTrace } from '../../../src/traffic/trace/trace-match.ts';
import { findCycle, groupWaits } from '../../../src/traffic/trace/waits.ts';

function graphOf(ranks: number, fill: (builder: TraceBuilder, rank: number) => void): TraceGraph {
  const builder = createTraceBuilder();
  for (let rank = 0; rank < ranks; rank++) {
    builder.startProgram(`rank ${rank}.txt`);
    fill(builder, rank);
  }
  return builder.finish({ name: 'test', format: 'goal', rankCount: ranks, folded: false, places: { kind: 'line' }, pipeline: null });
}

test('The k-th collective of a group meets the k-th on the other ranks, whatever runs between', () => {
  const graph = graphOf(4, (builder, rank) => {
    const all = builder.groupOfRanks([3, 2, 1, 0]);
    const pair = builder.groupOfRanks(rank < 2 ? [0, 1] : [2, 3]);
    builder.addCollective({ name: 'all', place: 1, op: 'allReduce', bits: 8, group: all });
    if (rank % 2 === 0) builder.addCompute({ name: 'extra', place: 2, durationNs: 5 });
    builder.addCollective({ name: 'pair', place: 3, op: 'allGather', bits: 16, group: pair });
    builder.addCollective({ name: 'all', place: 4, op: 'allReduce', bits: 24, group: all });
  });
  const matches = matchTrace(graph);
  assert.ok(matches.ok);
  // Two meetings of all ranks and one of each pair.
  assert.equal(matches.value.meetingCount, 4);
  assert.equal(graph.groups.length, 3);
  const perMeeting = [0, 1, 2, 3].map((meeting) => matches.value.nodeMeeting.filter((one) => one === meeting).length);
  assert.deepEqual(perMeeting.toSorted(), [2, 2, 4, 4]);
  const counts = countTrace(graph);
  assert.deepEqual([counts.nodes, counts.nodesByKind.collective, counts.computeNs, counts.bits], [14, 12, 10, 4 * 8 + 4 * 16 + 4 * 24]);
});

test('A rank in a group it does not belong to is an issue with its line', () => {
  const graph = graphOf(3, (builder) => void builder.addCollective({ name: 'c', place: 9, op: 'allReduce', bits: 8, group: builder.groupOfRanks([0, 1]) }));
  const matches = matchTrace(graph);
  assert.ok(!matches.ok);
  assert.deepEqual(matches.issues.map((issue) => [issue.code, issue.file, issue.line]), [['not-in-group', 'rank 2.txt', 9]]);
});

test('Messages with one tag keep their order, and tags keep them apart', () => {
  const graph = graphOf(2, (builder, rank) => {
    const add = (tag: number, bits: number): number => (rank === 0 ? builder.addSend({ name: 's', place: 1, bits, peer: 1, tag }) : builder.addReceive({ name: 'r', place: 1, bits, peer: 0, tag }));
    if (rank === 0) for (const [tag, bits] of [[1, 10], [2, 20], [1, 30]] as const) add(tag, bits);
    else for (const [tag, bits] of [[2, 20], [1, 10], [1, 30]] as const) add(tag, bits);
  });
  const matches = matchTrace(graph);
  assert.ok(matches.ok);
  assert.deepEqual([...matches.value.receiveSend], [-1, -1, -1, 1, 0, 2]);
});

test('Collectives that two ranks run in opposite order wait for one another for ever', () => {
  const graph = graphOf(2, (builder, rank) => {
    // Two groups of the same ranks cannot exist, so a message on each side closes the circle.
    const pair = builder.groupOfRanks([0, 1]);
    if (rank === 0) {
      const collective = builder.addCollective({ name: 'c', place: 1, op: 'allReduce', bits: 8, group: pair });
      builder.addAfter(builder.addSend({ name: 's', place: 2, bits: 8, peer: 1, tag: 0 }), collective);
    } else {
      const receive = builder.addReceive({ name: 'r', place: 1, bits: 8, peer: 0, tag: 0 });
      builder.addAfter(builder.addCollective({ name: 'c', place: 2, op: 'allReduce', bits: 8, group: pair }), receive);
    }
  });
  const matches = matchTrace(graph);
  assert.ok(!matches.ok);
  assert.equal(matches.issues[0]?.code, 'dependency-cycle');
});

test('Programs and places are found from a node', () => {
  const graph = graphOf(5, (builder, rank) => { for (let node = 0; node < rank; node++) builder.addCompute({ name: 'n', place: 10 * rank + node, durationNs: 1 }); });
  assert.deepEqual(Array.from({ length: 10 }, (_, node) => programOf(graph, node)), [1, 2, 2, 3, 3, 3, 4, 4, 4, 4]);
  assert.deepEqual(nodePlace(graph, 4), { file: 'rank 3.txt', line: 31 });
});

test('Even spacing is recognised, and nothing else', () => {
  assert.deepEqual(evenSpacing(Int32Array.of(3, 7, 11)), { size: 3, stride: 4 });
  assert.deepEqual(evenSpacing(Int32Array.of(5)), { size: 1, stride: 1 });
  assert.equal(evenSpacing(Int32Array.of(0, 1, 3)), null);
});

/** Whether any item can come back to itself: every path, followed blindly. */
function plainCycle(items: number, pairs: readonly (readonly [number, number])[]): boolean {
  const reach = Array.from({ length: items }, (_, item) => new Set(pairs.filter(([waiting]) => waiting === item).map(([, before]) => before)));
  for (let round = 0; round < items; round++) for (const one of reach) for (const next of [...one]) for (const far of reach[next] ?? []) one.add(far);
  return reach.some((one, item) => one.has(item));
}

test('A cycle is found exactly where some item can come back to itself, and each of its items waits for the next', () => {
  const pairs = fc.array(fc.tuple(fc.nat(7), fc.nat(7)), { maxLength: 14 });
  fc.assert(fc.property(pairs, (list) => {
    const waits = groupWaits(8, Int32Array.from(list, ([waiting]) => waiting), Int32Array.from(list, ([, before]) => before));
    const cycle = findCycle(waits);
    assert.equal(cycle !== null, plainCycle(8, list));
    cycle?.forEach((item, at) => assert.ok(list.some(([waiting, before]) => waiting === item && before === cycle[(at + 1) % cycle.length])));
  }), { seed: 3, numRuns: 500 });
});
