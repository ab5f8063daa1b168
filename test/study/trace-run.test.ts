/** Sample traces run end to end on a compiled cluster, with times that follow by hand from the files and the cluster's figures. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { readTraces } from '../../src/adapters/traces/read-traces.ts';
import type { ReadTrace } from '../../src/adapters/traces/trace-file.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { CompiledCluster } from '../../src/fabric/compiled.ts';
import type { ClusterDesign } from '../../src/fabric/design.ts';
import type { NodeIx } from '../../src/fabric/fabric.ts';
import type { TraceRun } from '../../src/study/trace-run.ts';
import { runTrace } from '../../src/study/trace-run.ts';
import { defaultCalibration } from '../../src/traffic/calibration.ts';
import type { WrittenNode } from '../adapters/traces/wire-writer.ts';
import { writeChakra } from '../adapters/traces/wire-writer.ts';
import { railDesign, reachRule } from '../fabric/designs.ts';
import { sharedTest } from '../shared.ts';

function compile(design: ClusterDesign): CompiledCluster {
  const compiled = compileFabric(design, { evaluateMedium: reachRule });
  assert.ok(compiled.ok, JSON.stringify(compiled.ok ? [] : compiled.issues));
  return compiled.value;
}

/** 1,024 accelerators, eight to a domain of 3,600 Gb/s and 2 x 250 ns; 400 Gb/s to the rails. */
const cluster = compile(railDesign);
const { scaleUpShare, scaleOutShare, scaleUpStepNs, scaleOutStepNs, baseNs } = defaultCalibration.network;
const scaleUpGbps = 3600 * scaleUpShare;
const scaleUpNs = 500;

function read(files: readonly { readonly name: string; readonly bytes: Uint8Array }[], ranks: number | null = null): readonly ReadTrace[] {
  const traces = readTraces(files, { ranks, ranksIfUnknown: 64 });
  assert.ok(traces.ok, JSON.stringify(traces.ok ? [] : traces.issues));
  return traces.value;
}

const readPaths = (...paths: readonly string[]): readonly ReadTrace[] => read(paths.map((name) => ({ name, bytes: readFileSync(name) })));
const readText = (name: string, text: string): readonly ReadTrace[] => read([{ name, bytes: new TextEncoder().encode(text) }]);
const filesIn = (folder: string): readonly string[] => readdirSync(folder).map((name) => `${folder}/${name}`);

function run(traces: readonly ReadTrace[], on: CompiledCluster = cluster): TraceRun {
  const [trace] = traces;
  assert.ok(trace !== undefined);
  const outcome = runTrace(on, trace.graph, trace.matches);
  assert.ok(!isRefusal(outcome), JSON.stringify(outcome));
  return outcome;
}

const near = (actual: number, expected: number, tolerance: number): void => assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} ns, expected ${expected} ns`);

sharedTest('The custom ring takes fourteen messages and seven reductions, one after another', 'samples/chakra/custom-collective', (path) => {
  // 1 MiB in eight parts: each message carries 2^20 bits after its software step and two hops; each of 7 reductions takes 7 us.
  const expected = 14 * (scaleUpStepNs + scaleUpNs + 2 ** 20 / scaleUpGbps) + 7 * 7000;
  const outcome = run(readPaths(...filesIn(path)));
  near(outcome.totalNs, expected, 1);
  for (const rank of outcome.ranks) {
    near(rank.endNs, expected, 1);
    assert.equal(rank.computeNs, 49_000);
  }
});

// Inside one domain a ring has size - 1 neighbours per round: two rounds for an all-reduce, one otherwise. An all-to-all is one exchange.
for (const [folder, ranks, rounds, bits] of [
  ['all_reduce/8npus_1MB', 8, 2, 2 ** 23], ['all_gather/4npus_1MB', 4, 1, 2 ** 25], ['reduce_scatter/4npus_1MB', 4, 1, 2 ** 23],
] as const) {
  sharedTest(`${folder} runs as a ring inside one domain`, `samples/chakra/astra-microbench/${folder}`, (path) => {
    const latencyNs = baseNs + rounds * (ranks - 1) * (scaleUpStepNs + scaleUpNs);
    near(run(readPaths(...filesIn(path))).totalNs, latencyNs + (rounds * bits * (ranks - 1)) / ranks / scaleUpGbps, 1);
  });
}

sharedTest('An all-to-all of sixteen ranks over two domains takes the slower of its two levels', 'samples/chakra/astra-microbench/all_to_all/16npus_1MB', (path) => {
  // Half of each rank's 1 MiB leaves its domain through the adapter; both levels work at once, and the adapter is the slower one.
  const streamingNs = 2 ** 22 / (400 * scaleOutShare);
  const { totalNs } = run(readPaths(...filesIn(path)));
  assert.ok(totalNs > streamingNs + baseNs + scaleOutStepNs && totalNs < streamingNs + baseNs + scaleOutStepNs + 5000, `${totalNs} ns`);
});

/** Propagation and switching between two ranks, summed over the links of the route. */
function routeLatencyNs(from: number, to: number): number {
  const { fabric } = cluster;
  const path = new Int32Array(fabric.routing.hopsMax);
  const hops = fabric.routing.route((fabric.gpuNode[from] ?? 0) as NodeIx, (fabric.gpuNode[to] ?? 0) as NodeIx, 0, path);
  let sum = 0;
  for (let hop = 0; hop < hops; hop++) sum += fabric.linkLatencyNs[path[hop] ?? 0] ?? 0;
  return sum;
}

sharedTest('Each rank of the GOAL broadcast ends when the message has come down its branch', 'samples/goal/binary_tree_32.goal', (path) => {
  const { ranks } = run(readPaths(path));
  assert.equal(ranks.length, 32);
  // A binomial tree: rank r is reached from r without its highest bit; a byte takes no time to speak of.
  for (const { rank, endNs } of ranks) {
    let arrivedNs = 0;
    for (let child = rank; child > 0;) {
      const parent = child - 2 ** Math.floor(Math.log2(child));
      arrivedNs += routeLatencyNs(parent, child) + (Math.floor(parent / 8) === Math.floor(child / 8) ? scaleUpStepNs : scaleOutStepNs);
      child = parent;
    }
    // A rank that passes the byte on ends when its last message has arrived, so a leaf of the tree ends at its own arrival.
    if (rank >= 16) near(endNs, arrivedNs, 1);
    else assert.ok(endNs > arrivedNs - 1);
  }
});

sharedTest("SimAI's small workload is its compute and two all-reduces", 'samples/simai/microAllReduce.txt', (path) => {
  // 2 x (556,000 + 1 + 1) ns; rings of 8 ranks over 16 and 64 MiB: 14 steps and 7/4 of the bits each.
  const bits = (16 + 64) * 2 ** 23;
  const expected = 2 * 556_002 + 2 * (baseNs + 14 * (scaleUpStepNs + scaleUpNs)) + (1.75 * bits) / scaleUpGbps;
  near(run(readPaths(path)).totalNs, expected, 1);
});

const largeDesign: ClusterDesign = {
  ...railDesign, name: 'rail-9216', gpus: 9216, switch: { ...railDesign.switch, radix: 256 }, floor: { ...railDesign.floor, rows: 40, racksPerRow: 40 },
  family: { kind: 'rail-optimised', nodesPerPod: 128, spines: 64, uplinksPerLeaf: 128, spinePlanes: 'shared', crossRail: 'scaleUp' },
};

sharedTest("SimAI's workload of 9,216 ranks runs on 9,216 accelerators, and without traffic is compute and bubble", 'samples/simai/workload_analytical.txt', (path) => {
  const large = compile(largeDesign);
  const whole = run(readPaths(path), large);
  assert.ok(whole.folded && whole.flows > 100_000);
  // Sum of the three time columns, added up with awk; (12 - 1) / (24 x 8) of it passes while the pipeline fills and drains.
  const computeNs = 4_542_795_477;
  const silent = readText('silent.txt', readFileSync(path, 'utf8').replace(/[A-Z_]+\t\d+/g, 'NONE\t0').replace('pp_comm 50331648', ''));
  near(run(silent, large).totalNs, computeNs * (1 + 11 / 192), 10);
  assert.ok(whole.totalNs > computeNs * (1 + 11 / 192));
  near(whole.bubbleNs * 192 / 11, whole.totalNs - whole.bubbleNs, 0.25 * whole.totalNs);
});

interface Event { readonly ph: string; readonly cat?: string; readonly name: string; readonly ts: number; readonly dur: number }

/** From the first start to the last end on the accelerator, and the time of communication kernels. */
function recorded(path: string): { readonly spanNs: number; readonly communicationNs: number } {
  const { traceEvents } = JSON.parse(gunzipSync(readFileSync(path)).toString()) as { traceEvents: readonly Event[] };
  const work = traceEvents.filter((event) => event.ph === 'X' && ['kernel', 'gpu_memcpy', 'gpu_memset'].includes(event.cat ?? ''));
  const spanUs = Math.max(...work.map((event) => event.ts + event.dur)) - Math.min(...work.map((event) => event.ts));
  return { spanNs: spanUs * 1000, communicationNs: 1000 * work.filter((event) => event.name.startsWith('nccl')).reduce((sum, event) => sum + event.dur, 0) };
}

// Where no collective has a size, the recorded order and gaps must give back the recorded time.
for (const name of ['mi250_minitoy_train_ROCm6_2_kineto.json.gz', 'sampled_rank-0.json.gz', 'sampled_rank-1.json.gz']) {
  sharedTest(`${name} takes as long as it was recorded`, `samples/kineto/${name}`, (path) => {
    const { spanNs } = recorded(path);
    near(run(readPaths(path)).totalNs, spanNs, 1e-4 * spanNs);
  });
}

sharedTest('Two ranks recorded together each take as long as they were recorded', 'samples/kineto/sampled_rank-0.json.gz', (path) => {
  const paths = [path, path.replace('rank-0', 'rank-1')];
  const { ranks } = run(readPaths(...paths));
  assert.deepEqual(ranks.map(({ rank }) => rank), [0, 1]);
  for (const [rank, file] of paths.entries()) {
    const { spanNs } = recorded(file);
    near(ranks[rank]?.endNs ?? 0, spanNs, 1e-4 * spanNs);
  }
});

sharedTest('A recorded step with sized collectives changes by no more than its communication', 'samples/kineto/nccl_data.json.gz', (path) => {
  const { spanNs, communicationNs } = recorded(path);
  const { totalNs } = run(readPaths(path));
  assert.ok(totalNs < spanNs && totalNs > spanNs - communicationNs, `${totalNs} ns of ${spanNs} ns`);
});

for (const archive of ['feeder_tests_trace.tar.gz', 'json_trace.tar.gz', '1.0.2-chakra.0.0.4.tgz']) {
  sharedTest(`Every trace in ${archive} runs to its end`, `samples/chakra/mlcommons-tests/${archive}`, (path) => {
    for (const trace of readPaths(path)) {
      const outcome = run([trace]);
      const [rank] = outcome.ranks;
      // Tracks are served at full speed, so no time is shorter than the longest node or longer than everything in a row.
      assert.ok(outcome.totalNs > 0 && rank !== undefined && rank.endNs === outcome.totalNs);
      if (trace.matches.meetingCount === 0) assert.ok(outcome.totalNs <= rank.computeNs + 1);
    }
  });
}

test('A trace with more ranks than accelerators is refused with both numbers', () => {
  const [trace] = readText('big.txt', 'HYBRID_TRANSFORMER model_parallel_NPU_group: 8 ep: 1 pp: 1 vpp: 1 ga: 1 all_gpus: 2048\n1\nl -1 5 ALLREDUCE 64 1 NONE 0 1 NONE 0 1\n');
  assert.ok(trace !== undefined);
  const outcome = runTrace(cluster, trace.graph, trace.matches);
  assert.ok(isRefusal(outcome));
  assert.equal(outcome.code, 'too-few-accelerators');
  assert.match(outcome.reasons.join(' '), /2048 ranks.*1024 accelerators/);
});

test('Work on one track is shared, and work on two tracks runs side by side', () => {
  const goal = (first: number, second: number): string => `num_ranks 1\nrank 0 {\na: calc 300 cpu ${first}\nb: calc 500 cpu ${second}\n}\n`;
  // Shared: the track is busy for 300 + 500 ns. Side by side: the longer one.
  near(run(readText('one.goal', goal(0, 0))).totalNs, 800, 1e-6);
  near(run(readText('two.goal', goal(0, 1))).totalNs, 500, 1e-6);
});

test('irequires waits for the start of a statement, requires for its end', () => {
  const goal = (word: string): string => `num_ranks 1\nrank 0 {\na: calc 100\nb: calc 300 cpu 1\nc: calc 50 cpu 2\nb requires a\nc ${word} b\n}\n`;
  // b runs from 100 to 400 ns; c takes 50 ns from b's end at 400, or from its start at 100, when b is still the last to end.
  near(run(readText('end.goal', goal('requires'))).totalNs, 450, 1e-6);
  near(run(readText('start.goal', goal('irequires'))).totalNs, 400, 1e-6);
});

test('A receive that is posted late ends late, and the message does not wait for it', () => {
  const text = 'num_ranks 2\nrank 0 {\ns: send 8b to 1 tag 0\n}\nrank 1 {\nc: calc 90000\nr: recv 8b from 0 tag 0\nr requires c\n}\n';
  const { ranks } = run(readText('late.goal', text));
  near(ranks[0]?.endNs ?? 0, scaleUpStepNs + scaleUpNs, 1);
  near(ranks[1]?.endNs ?? 0, 90_000, 1e-6);
});

sharedTest('One rank that stands for eight takes as long as eight', 'samples/chakra/astra-microbench/all_reduce/8npus_1MB', (path) => {
  const each = run(readPaths(...filesIn(path)));
  const folded = run(read([{ name: 'all_reduce.0.et', bytes: readFileSync(`${path}/all_reduce.0.et`) }], 8));
  assert.ok(folded.folded && !each.folded);
  near(folded.totalNs, each.totalNs, 1e-6);
});

test('Calculations on processors of their own end with the longest chain of requirements', () => {
  const calc = fc.record({ ns: fc.nat(1000), requires: fc.array(fc.nat(30), { maxLength: 4 }) });
  fc.assert(fc.property(fc.array(calc, { minLength: 1, maxLength: 30 }), (calcs) => {
    // Requirements point back, so the ends follow in order: each starts when the last of its requirements has ended.
    const endNs: number[] = [];
    const lines = calcs.flatMap(({ ns, requires }, row) => {
      const before = requires.filter((one) => one < row);
      endNs.push(ns + Math.max(0, ...before.map((one) => endNs[one] ?? 0)));
      return [`l${row}: calc ${ns} cpu ${row}`, ...before.map((one) => `l${row} requires l${one}`)];
    });
    near(run(readText('random.goal', `num_ranks 1\nrank 0 {\n${lines.join('\n')}\n}\n`)).totalNs, Math.max(...endNs), 1e-6);
  }), { seed: 7, numRuns: 200 });
});

test('Random messages between ranks that match all arrive, and no rank ends before its last message', () => {
  const hop = fc.record({ from: fc.nat(15), to: fc.nat(15), bytes: fc.nat(1e6) });
  fc.assert(fc.property(fc.array(hop, { maxLength: 40 }), (hops) => {
    const blocks = Array.from({ length: 16 }, (_, rank) => {
      // Each rank takes its messages in the order of the list, so nothing can wait in a circle.
      const own = hops.flatMap(({ from, to, bytes }, row) => [
        ...(from === rank ? [`s${row}: send ${bytes}b to ${to} tag ${row}`] : []), ...(to === rank ? [`r${row}: recv ${bytes}b from ${from} tag ${row}`] : []),
      ]);
      const order = own.slice(1).map((line, at) => `${line.split(':')[0]} requires ${own[at]?.split(':')[0]}`);
      return `rank ${rank} {\n${[...own, ...order].join('\n')}\n}`;
    });
    const { ranks } = run(readText('hops.goal', `num_ranks 16\n${blocks.join('\n')}\n`));
    for (const [row, { to, from, bytes }] of hops.entries()) {
      const least = from === to ? 0 : (bytes * 8) / 3600;
      assert.ok((ranks[to]?.endNs ?? 0) >= least, `message ${row}`);
    }
  }), { seed: 7, numRuns: 60 });
});

const allReduce = (id: number, bytes: number, group: string): WrittenNode => ({ id, type: 7, attributes: [['comm_type', 9, 0], ['comm_size', 13, bytes], ['pg_name', 29, group]] });

test('Groups that share no link run side by side, and unevenly spaced ranks find one another', () => {
  // Ranks 0 to 7 and 8 to 15 are a domain each: two rings of 1 MiB that do not meet, each as long as one alone.
  const domains = run(read(Array.from({ length: 16 }, (_, rank) => ({ name: `d.${rank}.et`, bytes: writeChakra([allReduce(0, 2 ** 20, `domain ${rank >> 3}`)]) }))));
  near(domains.totalNs, baseNs + 14 * (scaleUpStepNs + scaleUpNs) + (1.75 * 2 ** 23) / scaleUpGbps, 1);
  const uneven = run(read(Array.from({ length: 4 }, (_, rank) => ({ name: `u.${rank}.et`, bytes: writeChakra(rank === 2 ? [{ id: 0 }] : [allReduce(0, 2 ** 20, 'three')]) }))));
  assert.ok(uneven.totalNs > baseNs + (4 / 3) * 2 ** 23 / 3600);
  // Rank 2 is in no group and ends with its microsecond of compute.
  assert.deepEqual(uneven.ranks.map(({ endNs }) => endNs === 1000), [false, false, true, false]);
});

test('Whatever random ranks say to one another, what is read runs to its end', () => {
  const node = fc.record({ type: fc.constantFrom(4, 5, 6, 7), peer: fc.nat(2), bytes: fc.constantFrom(0, 1, 4096), op: fc.nat(9), group: fc.constantFrom('a', 'b'), after: fc.nat(5), durationUs: fc.nat(50) });
  let ran = 0;
  fc.assert(fc.property(fc.array(fc.array(node, { maxLength: 5 }), { minLength: 1, maxLength: 3 }), fc.boolean(), (ranks, alike) => {
    const files = ranks.map((nodes, rank) => ({
      name: `x.${rank}.et`,
      bytes: writeChakra((alike ? (ranks[0] ?? []) : nodes).map(({ type, peer, bytes, op, group, after, durationUs }, id): WrittenNode => ({
        id, type, durationUs, after: after < id ? [after] : [],
        attributes: [['comm_size', 9, bytes], ['comm_type', 9, op], ['comm_src', 7, peer], ['comm_dst', 7, peer], ['pg_name', 29, group]],
      }))),
    }));
    const traces = readTraces(files, { ranks: null, ranksIfUnknown: 16 });
    if (!traces.ok) return;
    for (const trace of traces.value) {
      const outcome = runTrace(cluster, trace.graph, trace.matches);
      assert.ok(!isRefusal(outcome), JSON.stringify(outcome));
      assert.ok(outcome.ranks.every(({ endNs }) => endNs <= outcome.totalNs) && Number.isFinite(outcome.totalNs));
      ran += 1;
    }
  }), { seed: 11, numRuns: 400 });
  assert.ok(ran > 80, `${ran} ran`);
});
