/** Public sample traces are read whole: nodes, bytes and dependencies agree with counts made without our readers. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { ReadTrace } from '../../../src/adapters/traces/trace-file.ts';
import { readTraces } from '../../../src/adapters/traces/read-traces.ts';
import type { TraceCounts } from '../../../src/traffic/trace/trace-counts.ts';
import { countTrace } from '../../../src/traffic/trace/trace-counts.ts';
import { sharedTest } from '../../shared.ts';
import { plainNodes } from './plain-chakra.ts';

function read(...paths: readonly string[]): readonly ReadTrace[] {
  const traces = readTraces(paths.map((name) => ({ name, bytes: readFileSync(name) })), { ranks: null, ranksIfUnknown: null });
  assert.ok(traces.ok, JSON.stringify(traces.ok ? [] : traces.issues));
  return traces.value;
}

function readOne(...paths: readonly string[]): { readonly trace: ReadTrace; readonly counts: TraceCounts } {
  const [trace, ...more] = read(...paths);
  assert.ok(trace !== undefined && more.length === 0);
  return { trace, counts: countTrace(trace.graph) };
}

const filesIn = (folder: string): readonly string[] => readdirSync(folder).map((name) => `${folder}/${name}`);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

// Each file holds one collective of 1 MiB. An all-gather's size is the part of one rank, so four ranks gather 4 MiB.
for (const [folder, op, ranks, bytesPerNode] of [
  ['all_reduce/8npus_1MB', 'allReduce', 8, 2 ** 20], ['all_to_all/16npus_1MB', 'allToAll', 16, 2 ** 20],
  ['all_gather/4npus_1MB', 'allGather', 4, 4 * 2 ** 20], ['reduce_scatter/4npus_1MB', 'reduceScatter', 4, 2 ** 20],
] as const) {
  sharedTest(`The ${op} microbenchmark of ASTRA-sim is one collective on each of ${ranks} ranks`, `samples/chakra/astra-microbench/${folder}`, (path) => {
    const plain = filesIn(path).map((file) => plainNodes(readFileSync(file)));
    assert.deepEqual(plain.map((nodes) => nodes.map((node) => node.commBytes)), plain.map(() => [2 ** 20]));
    const { trace, counts } = readOne(...filesIn(path).toReversed());
    assert.deepEqual([counts.ranks, counts.nodes, counts.nodesByKind.collective, counts.dependencies], [ranks, ranks, ranks, 0]);
    assert.deepEqual(counts.transfers.map((row) => [row.op, row.nodes, row.bits / 8]), [[op, ranks, ranks * bytesPerNode]]);
    assert.equal(trace.matches.meetingCount, 1);
  });
}

sharedTest('The custom ring all-reduce has the sends, receives and waits that a plain decoder counts', 'samples/chakra/custom-collective', (path) => {
  const plain = filesIn(path).flatMap((file) => plainNodes(readFileSync(file)));
  const { counts, trace } = readOne(...filesIn(path));
  // A ring all-reduce over 8 ranks takes 14 steps; 7 of them reduce.
  assert.deepEqual(counts.nodesByKind, { compute: 8 * 7, collective: 0, send: 8 * 14, receive: 8 * 14 });
  assert.equal(counts.nodes, plain.length);
  assert.equal(counts.dependencies, sum(plain.map((node) => node.dataDeps)));
  assert.equal(counts.bits / 8, sum(plain.filter((node) => node.type === 5).map((node) => node.commBytes ?? 0)));
  assert.equal(counts.bits / 8, 8 * 14 * 2 ** 20 / 8);
  assert.equal(trace.matches.receiveSend.filter((send) => send >= 0).length, 8 * 14);
});

sharedTest('A trace of real training in a tar archive is counted node by node', 'samples/chakra/mlcommons-tests/feeder_tests_trace.tar.gz', (path) => {
  const plain = plainNodes(execFileSync('tar', ['-xzOf', path, 'tests/data/chakra.0.et'], { maxBuffer: 2 ** 26 }));
  const { counts, trace } = readOne(path);
  assert.equal(counts.nodes, plain.length);
  assert.equal(plain.length, 3664);
  assert.equal(counts.dependencies, sum(plain.map((node) => node.dataDeps)));
  const sized = plain.filter((node) => node.commBytes !== null);
  assert.equal(counts.nodesByKind.collective, sized.length);
  assert.equal(counts.bits / 8, sum(sized.map((node) => node.commBytes ?? 0)));
  assert.equal(counts.computeNs / 1000, sum(plain.filter((node) => node.commBytes === null).map((node) => node.durationUs)));
  // Its control dependencies are the host's call tree: some name operators that were left out of the file.
  assert.equal(trace.loss.dropped.find((line) => line.what === 'control dependencies')?.count, sum(plain.map((node) => node.controlDeps)));
});

interface JsonNode { readonly NodeType: number; readonly data_deps: readonly number[]; readonly runtime?: number | null }

sharedTest('Both JSON traces of one archive are read as traces of their own', 'samples/chakra/mlcommons-tests/json_trace.tar.gz', (path) => {
  const traces = read(path);
  assert.deepEqual(traces.map(({ graph }) => graph.name.split('/').at(-1)).sort(), ['chakra.0.json', 'small_chakra.0.json']);
  for (const { graph } of traces) {
    const text = execFileSync('tar', ['-xzOf', path, graph.name.slice(path.length + 1)], { maxBuffer: 2 ** 26, encoding: 'utf8' });
    const { workload_graph: nodes } = JSON.parse(text) as { workload_graph: readonly JsonNode[] };
    const counts = countTrace(graph);
    assert.equal(counts.nodes, nodes.length);
    assert.equal(counts.dependencies, sum(nodes.map((node) => node.data_deps.length)));
    assert.equal(counts.computeNs, 1000 * sum(nodes.map((node) => node.runtime ?? 0)));
    assert.equal(counts.bits, 0);
  }
  // "ngpus": 8 in the small one; the large one does not say.
  assert.deepEqual(traces.map(({ graph }) => graph.rankCount).sort(), [1, 8]);
});

interface TorchNode { readonly name: string; readonly inputs: { readonly values: readonly unknown[] } }

sharedTest("PyTorch's own execution trace gives its collectives in order", 'samples/chakra/mlcommons-tests/1.0.2-chakra.0.0.4.tgz', (path) => {
  const text = execFileSync('tar', ['-xzOf', path, '1.0.2-chakra.0.0.4.json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 2 ** 26 });
  const { nodes } = JSON.parse(text) as { nodes: readonly TorchNode[] };
  const gathers = nodes.filter((node) => node.name === 'record_param_comms' && node.inputs.values.includes('all_gather'));
  const { counts, trace } = readOne(path);
  assert.equal(counts.nodes, nodes.length);
  assert.equal(counts.nodesByKind.collective, gathers.length);
  // Two ranks gather one 4-byte float each, one collective after another.
  assert.equal(counts.bits / 8, gathers.length * 2 * 4);
  assert.equal(counts.dependencies, gathers.length - 1);
  assert.equal(trace.graph.rankCount, 2);
});

sharedTest('The GOAL broadcast is read statement by statement', 'samples/goal/binary_tree_32.goal', (path) => {
  const text = readFileSync(path, 'utf8');
  const { counts, trace } = readOne(path);
  const matches = (pattern: RegExp): number => [...text.matchAll(pattern)].length;
  assert.deepEqual(counts.nodesByKind, { compute: 0, collective: 0, send: matches(/: send/g), receive: matches(/: recv/g) });
  assert.equal(counts.dependencies, matches(/ requires /g));
  // A broadcast to 32 ranks takes 31 messages, of one byte here.
  assert.equal(counts.bits / 8, 31);
  assert.deepEqual([counts.ranks, trace.graph.programCount], [32, 32]);
});

for (const [name, ranks] of [['microAllReduce.txt', 8], ['workload_analytical.txt', 9216]] as const) {
  sharedTest(`The SimAI workload ${name} is read layer by layer`, `samples/simai/${name}`, (path) => {
    const rows = readFileSync(path, 'utf8').split('\n').slice(2).map((line) => line.trim().split(/\s+/)).filter((row) => row.length === 12);
    const column = (at: number): readonly string[] => rows.map((row) => row[at] ?? '');
    const times = [2, 5, 8].flatMap((at) => column(at).map(Number));
    const kinds = [3, 6, 9].flatMap((at) => column(at));
    const bytes = [4, 7, 10].flatMap((at) => column(at).map(Number));
    const { counts, trace } = readOne(path);
    assert.equal(counts.computeNs, sum(times));
    assert.equal(counts.nodesByKind.compute, times.filter((time) => time > 0).length);
    // Beside the layers: ga x vpp = 24 x 8 messages between stages in each pass, of pp_comm bytes; none without a pipeline.
    const messages = ranks === 9216 ? 2 * 24 * 8 : 0;
    assert.equal(counts.nodesByKind.collective, kinds.filter((kind) => kind !== 'NONE').length + messages);
    assert.equal(counts.bits / 8, sum(bytes.filter((_, row) => kinds[row] !== 'NONE')) + messages * 50331648);
    const ofClass = (trafficClass: string): number => sum(counts.transfers.filter((row) => row.trafficClass === trafficClass).map((row) => row.nodes));
    assert.equal(ofClass('allToAll'), kinds.filter((kind) => kind.startsWith('ALLTOALL')).length);
    // One program in a chain: each node waits for the one before; nothing waits for the last column's collectives.
    assert.equal(counts.dependencies, counts.nodes - 1);
    assert.deepEqual([counts.ranks, trace.graph.folded], [ranks, true]);
  });
}

interface Event { readonly ph: string; readonly cat?: string; readonly ts: number; readonly dur: number; readonly args: { readonly stream: number; readonly 'In msg nelems'?: number; readonly dtype?: string } }

const accelerator = (path: string): readonly Event[] => (JSON.parse(gunzipSync(readFileSync(path)).toString()) as { traceEvents: readonly Event[] }).traceEvents
  .filter((event) => event.ph === 'X' && ['kernel', 'gpu_memcpy', 'gpu_memset'].includes(event.cat ?? ''));

/** Waits of the documented rule, looked up event by event: the one before on the stream, and news of every other stream. */
function plainWaits(events: readonly Event[]): number {
  const sorted = events.toSorted((a, b) => a.ts - b.ts);
  const streams = [...new Set(sorted.map((event) => event.args.stream))];
  let waits = sorted.length - streams.length;
  for (const own of streams) {
    for (const other of streams.filter((stream) => stream !== own)) {
      const theirs = sorted.filter((event) => event.args.stream === other);
      const ended = sorted.filter((event) => event.args.stream === own).map((event) => theirs.findLastIndex((before) => before.ts + before.dur <= event.ts && before.ts <= event.ts));
      waits += new Set(ended.filter((last) => last >= 0)).size;
    }
  }
  return waits;
}

const elementBytes: Readonly<Record<string, number>> = { Float: 4, Long: 8 };

for (const [name, ranks] of [['nccl_data.json.gz', 2], ['mi250_minitoy_train_ROCm6_2_kineto.json.gz', 1], ['sampled_rank-0.json.gz', 128], ['sampled_rank-1.json.gz', 128]] as const) {
  sharedTest(`The profiler trace ${name} gives every kernel and copy of its accelerator`, `samples/kineto/${name}`, (path) => {
    const events = accelerator(path);
    const sized = events.filter((event) => event.args['In msg nelems'] !== undefined);
    const { counts } = readOne(path);
    assert.equal(counts.nodes, events.length);
    assert.equal(counts.nodesByKind.collective, sized.length);
    assert.equal(counts.bits / 8, sum(sized.map((event) => (event.args['In msg nelems'] ?? 0) * (elementBytes[event.args.dtype ?? ''] ?? NaN))));
    assert.equal(counts.dependencies, plainWaits(events));
    assert.ok(Math.abs(counts.computeNs / 1000 - sum(events.filter((event) => !sized.includes(event)).map((event) => event.dur))) < 1e-3);
    assert.equal(counts.ranks, ranks);
  });
}

sharedTest('Profiler traces of two ranks make one trace, and the ranks left out are reported', 'samples/kineto/sampled_rank-0.json.gz', (path) => {
  const other = path.replace('rank-0', 'rank-1');
  const { counts, trace } = readOne(other, path);
  assert.deepEqual([counts.ranks, counts.nodes], [2, accelerator(path).length + accelerator(other).length]);
  assert.equal(trace.loss.dropped.find((line) => line.what === 'ranks')?.count, 126);
});

test('Every loss line of a conversion has a count and a reason', () => {
  const goal = 'num_ranks 2\nrank 0 {\na: send 8b to 1 tag 3\nb: calc 100\nb irequires a\n}\nrank 1 {\na: recv 8b from 0 tag 3\n}\n';
  const traces = readTraces([{ name: 'x.goal', bytes: new TextEncoder().encode(goal) }], { ranks: null, ranksIfUnknown: null });
  assert.ok(traces.ok);
  const [trace] = traces.value;
  assert.ok(trace !== undefined);
  for (const line of [...trace.loss.understood, ...trace.loss.assumed, ...trace.loss.dropped]) assert.ok(line.count > 0 && line.reason.length > 10, line.what);
});
