/** Seeded network workloads of the kinds the flow engine is judged by, made here so that benches need no files. */

import { createDice } from '../../src/base/dice.ts';
import type { FlowProgram } from '../../src/sim/flow-program.ts';

/** Collects links and flows and lays them out as a program. */
export class ProgramWriter {
  readonly #rateGbps: number[] = [];
  readonly #latencyNs: number[] = [];
  readonly #bits: number[] = [];
  readonly #startNs: number[] = [];
  readonly #priority: number[] = [];
  readonly #pathOffset: number[] = [0];
  readonly #pathLink: number[] = [];
  readonly #afterOffset: number[] = [0];
  readonly #afterFlow: number[] = [];

  link(rateGbps: number, latencyNs: number): number {
    this.#latencyNs.push(latencyNs);
    return this.#rateGbps.push(rateGbps) - 1;
  }

  flow(flow: { readonly bits: number; readonly path: readonly number[]; readonly startNs?: number; readonly priority?: number; readonly after?: readonly number[] }): number {
    for (const link of flow.path) this.#pathLink.push(link);
    this.#pathOffset.push(this.#pathLink.length);
    for (const earlier of flow.after ?? []) this.#afterFlow.push(earlier);
    this.#afterOffset.push(this.#afterFlow.length);
    this.#startNs.push(flow.startNs ?? 0);
    this.#priority.push(flow.priority ?? 0);
    return this.#bits.push(flow.bits) - 1;
  }

  finish(): FlowProgram {
    const none = new Float64Array(0);
    const ordered = this.#afterFlow.length > 0;
    return {
      linkCount: this.#rateGbps.length, linkRateGbps: Float64Array.from(this.#rateGbps), linkLatencyNs: Float64Array.from(this.#latencyNs),
      flowCount: this.#bits.length, flowBits: Float64Array.from(this.#bits), flowStartNs: Float64Array.from(this.#startNs), flowWeight: null, flowCapGbps: null,
      flowPriority: this.#priority.some((priority) => priority !== this.#priority[0]) ? Int32Array.from(this.#priority) : null,
      pathOffset: Int32Array.from(this.#pathOffset), pathLink: Int32Array.from(this.#pathLink),
      afterOffset: ordered ? Int32Array.from(this.#afterOffset) : null, afterFlow: ordered ? Int32Array.from(this.#afterFlow) : null,
      eventNs: none, eventLink: new Int32Array(0), eventRateGbps: none,
    };
  }
}

/** 8 leaves of 16 hosts at 100 Gb/s, 4 spines at 200 Gb/s, Poisson arrivals, sizes from 1 kB to 30 MB spread evenly in the logarithm. */
export function leafSpine(flowCount: number, load: number, seed: number): FlowProgram {
  const dice = createDice(seed);
  const writer = new ProgramWriter();
  const up = Array.from({ length: 128 }, () => writer.link(100, 500));
  const down = Array.from({ length: 128 }, () => writer.link(100, 500));
  const toSpine = Array.from({ length: 32 }, () => writer.link(200, 500));
  const toLeaf = Array.from({ length: 32 }, () => writer.link(200, 500));
  const meanBits = (8 * (30e6 - 1e3)) / Math.log(30e6 / 1e3);
  const gapNs = meanBits / (load * 32 * 200);
  let startNs = 0;
  for (let flow = 0; flow < flowCount; flow++) {
    startNs += dice.exponential() * gapNs;
    const from = dice.below(128);
    const to = (from + 16 * (1 + dice.below(7)) + dice.below(16)) % 128;
    if (from >> 4 === to >> 4) continue;
    const spine = dice.below(4);
    const path = [up[from] ?? 0, toSpine[(from >> 4) * 4 + spine] ?? 0, toLeaf[(to >> 4) * 4 + spine] ?? 0, down[to] ?? 0];
    writer.flow({ bits: 8e3 * 30e3 ** dice.uniform(), path, startNs });
  }
  return writer.finish();
}

/** Three-tier fat tree of k ports (k^3 / 4 hosts), several random permutations at once, a random path for each flow. */
export function fatTree(ports: number, permutations: number, seed: number): FlowProgram {
  const dice = createDice(seed);
  const writer = new ProgramWriter();
  const half = ports / 2;
  const hosts = ports * half * half;
  const linksOf = (count: number): number[] => Array.from({ length: count }, () => writer.link(400, 500));
  const [hostUp, hostDown, edgeUp, edgeDown, coreUp, coreDown] = [linksOf(hosts), linksOf(hosts), linksOf(hosts), linksOf(hosts), linksOf(hosts), linksOf(hosts)];
  for (let permutation = 0; permutation < permutations; permutation++) {
    const target = Int32Array.from({ length: hosts }, (_, host) => host);
    dice.shuffle(target);
    for (let from = 0; from < hosts; from++) {
      const to = target[from] ?? 0;
      if (to === from) continue;
      const [fromEdge, toEdge] = [Math.floor(from / half), Math.floor(to / half)];
      const [fromPod, toPod] = [Math.floor(fromEdge / half), Math.floor(toEdge / half)];
      const aggregation = dice.below(half);
      const core = dice.below(half);
      const path = [hostUp[from] ?? 0];
      if (fromEdge !== toEdge) path.push(edgeUp[fromEdge * half + aggregation] ?? 0);
      if (fromPod !== toPod) path.push(coreUp[(fromPod * half + aggregation) * half + core] ?? 0, coreDown[(toPod * half + aggregation) * half + core] ?? 0);
      if (fromEdge !== toEdge) path.push(edgeDown[toEdge * half + aggregation] ?? 0);
      path.push(hostDown[to] ?? 0);
      writer.flow({ bits: 8e6 * (1 + 15 * dice.uniform()), path });
    }
  }
  return writer.finish();
}

const ranksPerNode = 8;
const nodesPerPod = 32;
const spinesPerRail = 16;

interface RailPaths {
  readonly gpus: number;
  readonly writer: ProgramWriter;
  /** Path between two GPUs: inside the node, on one leaf, or over the rail's spines. */
  path(from: number, to: number, choice: number): readonly number[];
}

/** Rail-optimised: nodes of 8 GPUs at 400 Gb/s, pods of 32 nodes with a leaf per rail, 16 spines per rail. */
function railFabric(gpus: number): RailPaths {
  const writer = new ProgramWriter();
  const pods = Math.ceil(gpus / (ranksPerNode * nodesPerPod));
  const linksOf = (count: number, rateGbps: number, latencyNs: number): number[] => Array.from({ length: count }, () => writer.link(rateGbps, latencyNs));
  const [scaleOut, scaleIn] = [linksOf(gpus, 3600, 150), linksOf(gpus, 3600, 150)];
  const [nicUp, nicDown] = [linksOf(gpus, 400, 500), linksOf(gpus, 400, 500)];
  const trunks = pods * ranksPerNode * spinesPerRail;
  const [leafUp, leafDown] = [linksOf(trunks, 800, 800), linksOf(trunks, 800, 800)];
  const podOf = (gpu: number): number => Math.floor(gpu / (ranksPerNode * nodesPerPod));
  const path = (from: number, to: number, choice: number): readonly number[] => {
    if (Math.floor(from / ranksPerNode) === Math.floor(to / ranksPerNode)) return [scaleOut[from] ?? 0, scaleIn[to] ?? 0];
    const rail = to % ranksPerNode;
    // A flow to another rail first crosses to the GPU of that rail inside its own node.
    const exit = from - (from % ranksPerNode) + rail;
    const hop = exit === from ? [] : [scaleOut[from] ?? 0, scaleIn[exit] ?? 0];
    if (podOf(exit) === podOf(to)) return [...hop, nicUp[exit] ?? 0, nicDown[to] ?? 0];
    const spine = choice % spinesPerRail;
    const trunk = (gpu: number): number => (podOf(gpu) * ranksPerNode + rail) * spinesPerRail + spine;
    return [...hop, nicUp[exit] ?? 0, leafUp[trunk(exit)] ?? 0, leafDown[trunk(to)] ?? 0, nicDown[to] ?? 0];
  };
  return { gpus, writer, path };
}

/**
 * One training step with all six classes: tensor exchange and expert all-to-all inside groups of 8 nodes, gradient rings along the rails,
 * inference fan-out, parameter sync, checkpoint and background traffic between random pairs of GPUs.
 */
export function trainingStep(gpus: number, seed: number): FlowProgram {
  const dice = createDice(seed);
  const { writer, path } = railFabric(gpus);
  const stride = ranksPerNode * 8;
  const ringSteps = 6;
  let ring: number[] = [];
  for (let step = 0; step < ringSteps; step++) {
    const before = ring;
    ring = [];
    for (let gpu = 0; gpu < gpus; gpu++) {
      const after = before.length === 0 ? [] : [before[gpu] ?? 0, before[(gpu + gpus - stride) % gpus] ?? 0];
      ring.push(writer.flow({ bits: 64e6, path: path(gpu, (gpu + stride) % gpus, Math.floor(gpu / ranksPerNode)), priority: 1, after }));
    }
  }
  for (let gpu = 0; gpu < gpus; gpu++) {
    const group = gpu - (gpu % stride);
    for (let peer = 1; peer < 8; peer++) writer.flow({ bits: 8e6, path: path(gpu, group + ((gpu - group + peer * ranksPerNode) % stride), gpu), priority: 2 });
  }
  const random = (count: number, priority: number, bits: number): void => {
    for (let flow = 0; flow < count; flow++) {
      const from = dice.below(gpus);
      const to = dice.below(gpus);
      if (to !== from) writer.flow({ bits: bits * (1 + dice.uniform()), path: path(from, to, dice.below(spinesPerRail)), startNs: dice.uniform() * 1e6, priority });
    }
  };
  random(gpus / 16, 3, 4e6);
  random(gpus / 32, 4, 40e6);
  random(gpus / 64, 5, 200e6);
  random(gpus / 32, 6, 20e6);
  return writer.finish();
}
