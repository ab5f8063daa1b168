/** Speed of the flow engine on the kinds of networks the peers are measured on, and on whole training steps at three sizes. */

import { describeRing, expandStar } from '../src/adapters/simcase-families.ts';
import type { StarFamily } from '../src/adapters/simcase-families.ts';
import { isRefusal } from '../src/base/refusal.ts';
import type { FlowProgram } from '../src/sim/flow-program.ts';
import { runLockstep } from '../src/sim/lockstep.ts';
import { runFlows } from '../src/sim/run-flows.ts';
import { plainRun } from '../test/sim/plain-filling.ts';
import type { Bench } from './measure.ts';
import { fatTree, leafSpine, trainingStep } from './workloads/flow-workloads.ts';

/** Flows of a workload that are checked against the plain program before anything is timed. */
const checkedFlows = 150;

/** The first flows of a program, alone. */
function head(program: FlowProgram, flowCount: number): FlowProgram {
  const count = Math.min(flowCount, program.flowCount);
  const waits = program.afterOffset?.[count] ?? 0;
  return {
    ...program, flowCount: count, flowBits: program.flowBits.slice(0, count), flowStartNs: program.flowStartNs.slice(0, count),
    flowPriority: program.flowPriority?.slice(0, count) ?? null, pathOffset: program.pathOffset.slice(0, count + 1),
    afterOffset: program.afterOffset === null || waits === 0 ? null : program.afterOffset.slice(0, count + 1), afterFlow: program.afterFlow === null || waits === 0 ? null : program.afterFlow.slice(0, waits),
  };
}

function check(program: FlowProgram): void {
  const small = head(program, checkedFlows);
  const outcome = runFlows(small);
  if (isRefusal(outcome)) throw new Error(outcome.reasons.join(' '));
  plainRun(small).completionNs.forEach((wanted, flow) => {
    if (Math.abs((outcome.completionNs[flow] ?? NaN) - wanted) > 1e-9 * wanted) throw new Error(`flow ${flow} of the first ${checkedFlows} is wrong`);
  });
}

function makespan(program: FlowProgram): number {
  const outcome = runFlows(program);
  if (isRefusal(outcome)) throw new Error(outcome.reasons.join(' '));
  return outcome.makespanNs;
}

const explicit = (name: string, goalMs: number | null, make: () => FlowProgram): Bench => ({
  name, goalMs,
  prepare() {
    const program = make();
    check(program);
    return () => makespan(program);
  },
});

const star: StarFamily = { kind: 'star-all-to-all', hosts: 1024, latencyNs: 500, nicGbps: 400, altNicGbps: 0, altEvery: 0, size0: 2 ** 20, a: 0, b: 0, m: 1, step: 0 };
const variedStar: StarFamily = { ...star, hosts: 64, altNicGbps: 200, altEvery: 4, size0: 2 ** 18, a: 7, b: 13, m: 101, step: 65_536 };

/** Closed form: every NIC sends hosts - 1 messages. */
function equalStar(): () => number {
  const wantedNs = ((star.hosts - 1) * star.size0 * 8) / star.nicGbps + 2 * star.latencyNs;
  const run = (): number => makespan(expandStar(star));
  if (Math.abs(run() / wantedNs - 1) > 1e-12) throw new Error('the equal star misses its closed form');
  return run;
}

/** Closed form: 2(N - 1) steps of latency and chunk. */
function ring(slowLink: number): () => number {
  const hosts = 4096;
  const lanes = describeRing({ kind: 'ring-all-reduce', hosts, messageBytes: 2 ** 30, linkGbps: 400, latencyNs: 500, slowLink, slowFactor: 0.25 });
  const run = (): number => {
    const outcome = runLockstep(lanes);
    if (isRefusal(outcome)) throw new Error(outcome.reasons.join(' '));
    return outcome.makespanNs;
  };
  const wantedNs = 2 * (hosts - 1) * (500 + (2 ** 30 / hosts) * 8 / 400);
  if (slowLink < 0 && Math.abs(run() / wantedNs - 1) > 1e-9) throw new Error('the ring misses its closed form');
  return run;
}

export const flowBenches: readonly Bench[] = [
  explicit('leaf-spine, 10,000 Poisson flows', 200, () => leafSpine(10_000, 0.7, 30)),
  explicit('leaf-spine, 50,000 Poisson flows', 1500, () => leafSpine(50_000, 0.8, 31)),
  explicit('fat tree k=16, one permutation (1,024 flows)', 40, () => fatTree(16, 1, 4)),
  explicit('fat tree k=8, eight permutations (1,024 flows)', 80, () => fatTree(8, 8, 5)),
  explicit('fat tree k=16, eight permutations (8,192 flows)', 5000, () => fatTree(16, 8, 6)),
  explicit('star all-to-all of 64, two NIC rates, 101 sizes (4,032 flows)', 150, () => expandStar(variedStar)),
  { name: 'star all-to-all of 1,024, expanded and run (1,047,552 flows)', goalMs: 2000, prepare: equalStar },
  { name: 'ring all-reduce of 4,096 (33.5 M messages), folded', goalMs: 2000, prepare: () => ring(-1) },
  { name: 'ring all-reduce of 4,096 (33.5 M messages), one slow link, every lane followed', goalMs: 2000, prepare: () => ring(10) },
];

export const stepBenches: readonly Bench[] = [
  explicit('training step, six classes, 2,048 GPUs', null, () => trainingStep(2048, 7)),
  explicit('training step, six classes, 16,384 GPUs', 10_000, () => trainingStep(16_384, 7)),
  explicit('training step, six classes, 131,072 GPUs', 60_000, () => trainingStep(131_072, 7)),
];
