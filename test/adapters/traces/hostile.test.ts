/** Traces that are cut, damaged, contradictory or meant to do harm end as issues with a place: never a throw, never a hang. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readTraces } from '../../../src/adapters/traces/read-traces.ts';
import { unpackRatioFreeBytes } from '../../../src/adapters/traces/unpack.ts';
import type { Issue } from '../../../src/base/issue.ts';
import { sharedTest } from '../../shared.ts';
import type { WrittenNode } from './wire-writer.ts';
import { gzipJson, writeChakra, writeTar } from './wire-writer.ts';

const options = { ranks: null, ranksIfUnknown: null };
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

function issuesOf(...files: readonly (readonly [name: string, bytes: Uint8Array])[]): readonly Issue[] {
  const read = readTraces(files.map(([name, bytes]) => ({ name, bytes })), options);
  assert.ok(!read.ok, 'this should have issues');
  for (const issue of read.issues) assert.ok(issue.remedy.length > 5 && issue.file !== undefined, JSON.stringify(issue));
  return read.issues;
}

const reads = (...files: readonly (readonly [name: string, bytes: Uint8Array])[]): void => {
  const read = readTraces(files.map(([name, bytes]) => ({ name, bytes })), options);
  assert.ok(read.ok, JSON.stringify(read.ok ? [] : read.issues));
};

const codes = (issues: readonly Issue[]): readonly string[] => issues.map((issue) => issue.code);
const chakra = (...nodes: readonly WrittenNode[]): readonly [string, Uint8Array] => ['t.0.et', writeChakra(nodes)];

test('A file cut anywhere names the byte where it ends', () => {
  const whole = writeChakra([{ id: 0 }, { id: 1, after: [0], attributes: [['comm_size', 9, 1024]] }]);
  reads(['t.0.et', whole]);
  let sound = 0;
  for (let length = 1; length < whole.length; length++) {
    const read = readTraces([{ name: 't.0.et', bytes: whole.subarray(0, length) }], options);
    // A cut between two messages leaves a shorter trace, which cannot be told from a whole one: after the metadata and after node 0.
    if (read.ok) sound += 1;
    else assert.ok(read.issues.every((issue) => issue.code === 'truncated' && /^byte \d+$/.test(issue.path ?? '')), JSON.stringify(read.issues));
  }
  assert.equal(sound, 2);
});

test('A length that runs beyond the file is an issue at the byte of the length', () => {
  const [issue] = issuesOf(['t.0.et', Uint8Array.from([0, 0xff, 0xff, 0xff, 0xff, 0x0f, 1, 2])]);
  assert.deepEqual([issue?.code, issue?.path, issue?.value], ['truncated', 'byte 1', '4294967295']);
});

test('A length inside a message cannot reach into the next one', () => {
  // Message of three bytes whose name claims 100 bytes, before a message that could hold them.
  const [issue] = issuesOf(['t.0.et', Uint8Array.from([0, 3, 0x12, 100, 65, ...new Array<number>(120).fill(0)])]);
  assert.deepEqual([issue?.code, issue?.path], ['truncated', 'byte 2']);
});

test('Numbers of more than ten bytes and wire types that do not exist are issues', () => {
  assert.equal(issuesOf(['t.0.et', Uint8Array.from([0, 12, 0x08, ...new Array<number>(11).fill(0xff)])])[0]?.code, 'varint-too-long');
  assert.equal(issuesOf(['t.0.et', Uint8Array.from([0, 2, 0x0b, 0x00])])[0]?.code, 'bad-wire-type');
});

test('Ids that stand twice, are too large or unknown are issues at their node', () => {
  assert.deepEqual(codes(issuesOf(chakra({ id: 4 }, { id: 4 }))), ['duplicate-id']);
  assert.deepEqual(codes(issuesOf(chakra({ id: 2n ** 60n }))), ['id-out-of-range']);
  const [issue] = issuesOf(chakra({ id: 0 }, { id: 1, after: [7] }));
  // Metadata takes 8 bytes with its length; node 0 is a length and 2 + 8 + 2 + 2 bytes.
  assert.deepEqual([issue?.code, issue?.path, issue?.value], ['unknown-dependency', 'byte 23', '7']);
});

test('A cycle of data dependencies is named node by node', () => {
  const [issue] = issuesOf(chakra({ id: 0, after: [2] }, { id: 1, after: [0] }, { id: 2, after: [1] }));
  assert.equal(issue?.code, 'dependency-cycle');
  for (const name of ['node 0', 'node 1', 'node 2']) assert.ok(issue?.message.includes(`"${name}"`));
  assert.equal(issuesOf(chakra({ id: 0, after: [0] }))[0]?.code, 'dependency-cycle');
});

test('Control dependencies that form a cycle are dropped with the reason, and followed where they do not', () => {
  const read = readTraces([{ name: 't.0.et', bytes: writeChakra([{ id: 0, control: [0] }, { id: 1, after: [0], control: [0] }]) }], options);
  assert.ok(read.ok);
  assert.match(read.value[0]?.loss.dropped[0]?.reason ?? '', /cycles/);
  const order = readTraces([{ name: 't.0.et', bytes: writeChakra([{ id: 0 }, { id: 1, control: [0], unpacked: true }]) }], options);
  assert.ok(order.ok);
  assert.deepEqual([...order.value[0]?.graph.afterNode ?? []], [0]);
});

const message = (type: number, peerName: string, peer: number, bytes = 8): WrittenNode => ({ id: 0, type, attributes: [['comm_size', 13, bytes], [peerName, 7, peer], ['comm_tag', 7, 1]] });

test('Ranks that are twice, missing or disagree are issues', () => {
  const idle = writeChakra([{ id: 0 }]);
  assert.deepEqual(codes(issuesOf(['a/t.0.et', idle], ['a/t.2.et', idle])), ['missing-ranks']);
  assert.deepEqual(codes(issuesOf(['a/t.0.et', idle], ['a/t.0.et', idle])), ['duplicate-rank']);
  const send = writeChakra([message(5, 'comm_dst', 1)]);
  const receive = (bytes?: number): Uint8Array => writeChakra([message(6, 'comm_src', 0, bytes)]);
  reads(['t.0.et', send], ['t.1.et', receive()]);
  assert.deepEqual(codes(issuesOf(['t.0.et', send], ['t.1.et', receive(16)])), ['ranks-disagree']);
  assert.deepEqual(codes(issuesOf(['t.0.et', send], ['t.1.et', idle])), ['unmatched-message']);
  assert.deepEqual(codes(issuesOf(['t.0.et', writeChakra([message(5, 'comm_dst', 9)])], ['t.1.et', idle])), ['unknown-rank']);
  assert.deepEqual(codes(issuesOf(['t.0.et', writeChakra([message(5, 'comm_dst', -1)])], ['t.1.et', idle])), ['unknown-rank']);
  const collective = (type: number): Uint8Array => writeChakra([{ id: 0, type: 7, attributes: [['comm_type', 9, type], ['comm_size', 9, 64]] }]);
  assert.deepEqual(codes(issuesOf(['t.0.et', collective(0)], ['t.1.et', collective(7)])), ['ranks-disagree']);
  assert.deepEqual(codes(issuesOf(['t.0.et', collective(0)], ['t.1.et', idle])), ['missing-ranks']);
  assert.deepEqual(codes(issuesOf(['t.0.et', collective(99)])), ['unknown-collective']);
});

test('Two ranks that each wait for the other first are a cycle', () => {
  const rank = (peer: number): Uint8Array => writeChakra([
    { ...message(6, 'comm_src', peer), id: 0 }, { ...message(5, 'comm_dst', peer), id: 1, after: [0] },
  ]);
  assert.deepEqual(codes(issuesOf(['t.0.et', rank(1)], ['t.1.et', rank(0)])), ['dependency-cycle']);
});

test('A gzip bomb is stopped at the named limit', () => {
  const bomb = gzipSync(new Uint8Array(unpackRatioFreeBytes + 2 ** 20));
  assert.ok(bomb.length < 2 ** 18);
  const [issue] = issuesOf(['bomb.et', bomb]);
  assert.equal(issue?.code, 'unpacks-too-large');
  assert.match(issue?.message ?? '', /64 MiB/);
});

test('Archives that are cut, lie about a size or hold nothing are issues', () => {
  const member = { name: 't.0.et', bytes: writeChakra([{ id: 0 }]) };
  reads(['a.tgz', gzipSync(writeTar([member]))]);
  assert.deepEqual(codes(issuesOf(['a.tgz', gzipSync(writeTar([{ ...member, statedSize: 2 ** 30 }]))])), ['bad-archive']);
  assert.deepEqual(codes(issuesOf(['a.tar', writeTar([member, member]).fill(255, 1024, 1536)])), ['bad-archive']);
  assert.deepEqual(codes(issuesOf(['a.tar', writeTar([{ ...member, name: '._t.0.et' }])])), ['empty-archive']);
  assert.deepEqual(codes(issuesOf(['a.tgz', gzipSync(writeTar([member])).subarray(0, 60)])), ['not-gzip']);
});

test('JSON that is cut, deep, or of another kind is an issue with line and column', () => {
  const [cut] = issuesOf(['k.json', utf8('{\n "traceEvents": [\n')]);
  assert.deepEqual([cut?.code, cut?.line], ['not-json', 3]);
  const deep = `{"traceEvents": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
  assert.deepEqual(codes(issuesOf(['k.json', utf8(deep)])), ['not-an-event']);
  const tensors = `{"nodes": [{"id": 1, "name": "record_param_comms", "inputs": {"values": [${'['.repeat(100_000)}${']'.repeat(100_000)}, "all_reduce"]}}]}`;
  reads(['p.json', utf8(tensors)]);
  assert.deepEqual(codes(issuesOf(['k.json', utf8('{"hello": 1}')])), ['unknown-format']);
  assert.deepEqual(codes(issuesOf(['k.txt', utf8('hello world')])), ['unknown-format']);
  assert.deepEqual(codes(issuesOf(['k.et', new Uint8Array(0)])), ['empty-trace']);
});

test('Events and nodes with impossible values name their entry', () => {
  const events = [{ ph: 'X', cat: 'kernel', ts: 1, dur: -5, name: 'k' }, { ph: 'X', cat: 'kernel', ts: 'x', dur: 5, name: 'k' }, null];
  assert.deepEqual(issuesOf(['k.json.gz', gzipJson({ traceEvents: events })]).map((issue) => [issue.code, issue.path]), [
    ['out-of-range', 'traceEvents[0]'], ['out-of-range', 'traceEvents[1]'], ['not-an-event', 'traceEvents[2]'],
  ]);
  const graph = [{ Id: 'x', NodeType: 4 }, { Id: 2, NodeType: 'WORK' }, { Id: 3, NodeType: 4, data_deps: ['a'] }, 7];
  assert.deepEqual(issuesOf(['c.json', utf8(JSON.stringify({ workload_graph: graph }))]).map((issue) => issue.path), [0, 1, 2, 3].map((entry) => `workload_graph[${entry}]`));
  assert.deepEqual(codes(issuesOf(['c.json', utf8(JSON.stringify({ workload_graph: [], ngpus: 1e12 }))])), ['out-of-range']);
});

test('A schedule in GOAL names the line of each fault', () => {
  const faulty = ['num_ranks 2', 'rank 0 {', 'a: send 8b to 5 tag 0', 'a: calc 5', 'b: jump 3', 'c requires a', '}', 'rank 0 {', '}', 'calc 3'];
  assert.deepEqual(issuesOf(['g.goal', utf8(faulty.join('\n'))]).map((issue) => [issue.line, issue.code]), [
    [3, 'unknown-rank'], [4, 'duplicate-id'], [5, 'not-goal'], [6, 'unknown-dependency'], [8, 'duplicate-rank'], [9, 'not-goal'], [10, 'not-goal'],
  ]);
  assert.deepEqual(codes(issuesOf(['g.goal', utf8('num_ranks 99999999999')])), ['not-goal']);
  assert.deepEqual(codes(issuesOf(['g.goal', utf8('num_ranks 1\nrank 0 {\na: calc 5\n')])), ['truncated']);
  assert.deepEqual(codes(issuesOf(['g.goal', utf8('num_ranks 1\nrank 0 {\na: calc 5\nb: calc 5\na irequires b\nb irequires a\n}\n')])), ['dependency-cycle']);
});

test('A SimAI workload names the line of each fault', () => {
  const header = (text: string): string => `HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2 ${text}`;
  const layer = 'l -1 1 NONE 0 1 NONE 0 1 NONE 0 1';
  reads(['w.txt', utf8(`${header('all_gpus: 8')}\n1\n${layer}\n`)]);
  assert.deepEqual(codes(issuesOf(['w.txt', utf8(`${header('pp: 3 all_gpus: 8')}\n1\n${layer}\n`)])), ['degrees-do-not-multiply-out']);
  assert.deepEqual(issuesOf(['w.txt', utf8(`${header('all_gpus: 8')}\n2\n${layer}\n`)]).map((issue) => [issue.code, issue.value]), [['truncated', '1']]);
  const faults = `${header('all_gpus: x')}\nmany\n${layer} extra\nl -1 -5 NONE 0 1 GOSSIP 8 1 NONE b 1\n`;
  assert.deepEqual(issuesOf(['w.txt', utf8(faults)]).map((issue) => [issue.line, issue.code]), [
    [1, 'not-whole'], [2, 'not-whole'], [3, 'wrong-field-count'], [4, 'not-whole'], [4, 'unknown-collective'], [4, 'not-whole'],
  ]);
});

/** Reads and expects only that something comes back. */
function survives(name: string, bytes: Uint8Array): void {
  const read = readTraces([{ name, bytes }], options);
  if (read.ok) return;
  assert.ok(read.issues.length > 0);
  for (const issue of read.issues) assert.ok(issue.code.length > 0 && issue.message.length > 0 && issue.remedy.length > 0);
}

const runs = { seed: 20261122, numRuns: 2000 };

test('Random bytes are read or refused', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => survives('x.0.et', bytes)), runs);
});

test('Random messages in a sound frame are read or refused', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (messages) => {
    survives('x.0.et', Uint8Array.from([0, ...messages.flatMap((bytes) => [bytes.length, ...bytes])]));
  }), runs);
});

test('Random graphs of nodes are read, or refused for a cycle or an id', () => {
  const node = fc.record({ id: fc.nat(12), type: fc.nat(8), after: fc.array(fc.nat(12), { maxLength: 4 }), control: fc.array(fc.nat(12), { maxLength: 2 }), unpacked: fc.boolean(), durationUs: fc.nat() });
  fc.assert(fc.property(fc.array(node, { maxLength: 12 }), (nodes) => survives('x.0.et', writeChakra(nodes))), runs);
});

test('Random JSON is read or refused, whatever its fields hold', () => {
  const value = fc.jsonValue({ maxDepth: 3 });
  const node = fc.record({
    id: value, Id: value, NodeType: value, type: value, data_deps: value, ctrl_deps: value, runtime: value, comm_size: value, comm_type: value, inputs: value,
    name: fc.oneof(value, fc.constant('record_param_comms')),
  }, { requiredKeys: [] });
  const metadata = fc.constantFrom('Collective name', 'In msg nelems', 'Group size', 'dtype', 'Process Group Ranks', 'stream');
  const event = fc.record({
    ph: fc.constant('X'), cat: fc.constant('kernel'), ts: fc.oneof(fc.double(), value), dur: fc.oneof(fc.nat(), value), name: value, args: fc.oneof(value, fc.dictionary(metadata, value)),
  });
  const document = fc.oneof(
    value, fc.record({ workload_graph: fc.oneof(value, fc.array(node)), ngpus: value }, { requiredKeys: ['workload_graph'] }),
    fc.record({ nodes: fc.oneof(value, fc.array(node)) }), fc.record({ traceEvents: fc.oneof(value, fc.array(event)), distributedInfo: value }, { requiredKeys: ['traceEvents'] }),
  );
  fc.assert(fc.property(document, (whole) => survives('x.json', utf8(JSON.stringify(whole)))), runs);
});

test('Random statements of GOAL and SimAI are read or refused', () => {
  const goalWord = fc.constantFrom('rank', '0', '1', '{', '}', 'a:', 'b:', 'a', 'b', 'send', 'recv', 'calc', '8b', 'to', 'from', 'tag', 'requires', 'irequires', 'cpu', '\n', '/*', '*/', '#', '9e9', '-1');
  fc.assert(fc.property(fc.array(goalWord, { maxLength: 60 }), (words) => survives('x.goal', utf8(`num_ranks 2\n${words.join(' ')}`))), runs);
  const simaiWord = fc.constantFrom('model_parallel_NPU_group:', 'ep:', 'pp:', 'vpp:', 'ga:', 'all_gpus:', 'pp_comm', '0', '1', '2', '8', '999999999999', '-1', 'ALLREDUCE', 'ALLTOALL_EP', 'NONE', '\n', 'x');
  fc.assert(fc.property(fc.array(simaiWord, { maxLength: 60 }), (words) => survives('x.txt', utf8(`HYBRID_TRANSFORMER ${words.join(' ')}`))), runs);
});

for (const [relative, rounds] of [
  ['samples/chakra/custom-collective/custom_allreduce.0.et', 400], ['samples/chakra/astra-microbench/all_reduce/8npus_1MB/all_reduce.1.et', 800],
  ['samples/goal/binary_tree_32.goal', 200], ['samples/simai/microAllReduce.txt', 300], ['samples/kineto/mi250_minitoy_train_ROCm6_2_kineto.json.gz', 150],
] as const) {
  sharedTest(`${relative.split('/').at(-1)} with bytes changed or cut is read or refused`, relative, (path) => {
    const whole = readFileSync(path);
    const sound = path.endsWith('.gz') ? gunzipSync(whole) : whole;
    const change = fc.record({ at: fc.nat(sound.length - 1), byte: fc.nat(255) });
    fc.assert(fc.property(fc.array(change, { maxLength: 6 }), fc.option(fc.nat(sound.length)), (changes, cut) => {
      const bytes = Uint8Array.from(sound);
      for (const { at, byte } of changes) bytes[at] = byte;
      survives(path, bytes.subarray(0, cut ?? sound.length));
    }), { seed: 20261122, numRuns: rounds });
  });
}

sharedTest('Packed samples with bytes changed are read or refused', 'samples/chakra/mlcommons-tests', (path) => {
  const files = readdirSync(path).filter((name) => name.startsWith('1.0.2')).map((name) => readFileSync(`${path}/${name}`));
  fc.assert(fc.property(fc.nat(), fc.nat(255), fc.option(fc.nat()), (at, byte, cut) => {
    for (const file of files) {
      const bytes = Uint8Array.from(file);
      bytes[at % bytes.length] = byte;
      survives('x.tgz', bytes.subarray(0, cut === null ? bytes.length : cut % bytes.length));
    }
  }), { seed: 20261122, numRuns: 200 });
});
