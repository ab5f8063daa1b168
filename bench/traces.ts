/** Benches of traces: scanning a large Chakra file, and running generated training steps rank by rank and folded. */

import assert from 'node:assert/strict';
import { readTraces } from '../src/adapters/traces/read-traces.ts';
import type { ReadTrace } from '../src/adapters/traces/trace-file.ts';
import { isRefusal } from '../src/base/refusal.ts';
import { compileFabric } from '../src/fabric/compile.ts';
import { runTrace } from '../src/study/trace-run.ts';
import { railDesign, reachRule } from '../test/fabric/designs.ts';
import type { WrittenNode } from '../test/adapters/traces/wire-writer.ts';
import { writeChakra } from '../test/adapters/traces/wire-writer.ts';
import type { Bench } from './measure.ts';

const scannedNodes = 200_000;

function read(files: Parameters<typeof readTraces>[0]): ReadTrace {
  const traces = readTraces(files, { ranks: null, ranksIfUnknown: null });
  assert.ok(traces.ok);
  const [trace] = traces.value;
  assert.ok(trace !== undefined);
  return trace;
}

const scanBench: Bench = {
  name: `read a Chakra trace, ${scannedNodes} nodes of three dependencies`, goalMs: null,
  prepare() {
    const bytes = writeChakra(Array.from({ length: scannedNodes }, (_, id): WrittenNode => ({
      id, durationUs: id % 100, after: [id - 1, id - 2, id - 7].filter((before) => before >= 0), attributes: [['is_cpu_op', 27, 0], ['tid', 9, id % 4]],
    })));
    const files = [{ name: 'large.0.et', bytes }];
    assert.equal(read(files).graph.nodeCount, scannedNodes);
    return () => read(files).graph.afterNode.length;
  },
};

/** Layers of compute, an all-reduce over eight neighbours, and a ring message, as GOAL has no collectives but a Chakra file per rank does. */
function stepFiles(ranks: number, layers: number) {
  return Array.from({ length: ranks }, (_, rank) => ({
    name: `step.${rank}.et`,
    bytes: writeChakra(Array.from({ length: layers }, (_unused, layer): readonly WrittenNode[] => {
      const id = 4 * layer;
      const message = (peer: number, name: string) => [['comm_size', 9, 2 ** 20], [name, 7, peer], ['comm_tag', 7, layer]] as const;
      return [
        { id, durationUs: 50, after: layer === 0 ? [] : [id - 1] },
        { id: id + 1, type: 7, after: [id], attributes: [['comm_type', 9, 0], ['comm_size', 9, 2 ** 24], ['pg_name', 29, `domain ${rank >> 3}`]] },
        { id: id + 2, type: 5, after: [id + 1], attributes: message((rank + 8) % ranks, 'comm_dst') },
        { id: id + 3, type: 6, after: [id + 1], attributes: message((rank + ranks - 8) % ranks, 'comm_src') },
      ];
    }).flat()),
  }));
}

const runBench: Bench = {
  name: 'run a trace of 1,024 ranks, 16 layers of compute, all-reduce and message', goalMs: null,
  prepare() {
    const compiled = compileFabric(railDesign, { evaluateMedium: reachRule });
    assert.ok(compiled.ok);
    const trace = read(stepFiles(1024, 16));
    // 1,024 x 16 x 4 nodes; each of 128 domains meets once per layer.
    assert.deepEqual([trace.graph.nodeCount, trace.matches.meetingCount], [65_536, 128 * 16]);
    return () => {
      const run = runTrace(compiled.value, trace.graph, trace.matches);
      assert.ok(!isRefusal(run) && run.totalNs > 16 * 50_000);
      return run.totalNs;
    };
  },
};

export const traceBenches: readonly Bench[] = [scanBench, runBench];
