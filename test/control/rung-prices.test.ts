/**
 * What each rung of the ladder costs, worked out by hand from the job model and held against the decision of a play in which the rung is
 * taken.
 *
 * The model in one place. A step is compute and the phases after it: 80 ms + 20 ms = 100 ms in all of these plays unless said otherwise.
 * A class that gets a share s of its light needs 1/s of its time. A step that grows from a to b loses the share 1 - a / b of the time
 * until the cause is expected to be gone; a pause loses all of its own; a replica that is dropped loses its share of the job. Each is
 * counted on all accelerators of the job: GPU s. Repairs are expected to take 30 min for a module, 4 h for a server and 8 h for a loop
 * (the policy's defaults), and what outlasts the job is not counted.
 */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createPlayHost } from '../../src/app/scenario-host.ts';
import { formatIssue } from '../../src/base/issue.ts';
import type { Decision } from '../../src/control/decision.ts';
import type { RungName } from '../../src/plan/policy.ts';
import { rungNames } from '../../src/plan/policy.ts';
import { performPlay } from '../../src/study/play/perform.ts';

const folder = fileURLToPath(new URL('../scenarios/', import.meta.url));

/** Decisions of a play's text, in their order. */
function decisionsOf(text: string): readonly Decision[] {
  const file = `${folder}by-hand.play`;
  const { issues, violations, log } = performPlay({ text, file }, createPlayHost(file), 1);
  assert.deepEqual([...issues.map(formatIssue), ...violations.map(({ message }) => message)], []);
  return log.flatMap((entry) => (entry.kind === 'fact' && entry.body.kind === 'decided' ? [entry.body.decision] : []));
}

/** The first decision of a play for a rung. */
function taken(play: string, rung: RungName): Decision {
  const found = decisionsOf(readFileSync(`${folder}${play}.play`, 'utf8')).find((decision) => decision.rung === rung);
  assert.ok(found !== undefined, `${play}.play takes ${rung} nowhere`);
  return found;
}

/** Sums of seconds that went through nanoseconds agree to far better than a millionth. */
function assertNear(found: number | undefined, byHand: number): void {
  assert.ok(found !== undefined && Math.abs(found - byHand) <= 1e-6 * Math.max(1, Math.abs(byHand)), `${found ?? 'nothing'} GPU s, by hand ${byHand}`);
}

const rejected = ({ candidates }: Decision, rung: RungName): number | undefined => candidates.find((one) => one.rung === rung)?.price?.lostGpuS;

const moduleRepairS = 1800;
const loopRepairS = 8 * 3600;

interface ByHand {
  readonly play: string;
  readonly rung: RungName;
  readonly why: string;
  readonly gpuS: number;
  /** Prices of rungs that were not taken, in the same decision. */
  readonly others?: Partial<Record<RungName, number>>;
}

const cases: readonly ByHand[] = [
  // The light stays, with little margin. A loss without warning would cost one report, one decision and one command: 2 s on 2 accelerators.
  { play: 'hold', rung: 'hold', why: 'the risk of 2 s on 2 accelerators', gpuS: 2 * 2, others: { shrink: 2 * (10 + 0.1 + moduleRepairS / 2) } },
  // Every ring is dark for the 10 ms of the policy's `costs.retuneDark` while it locks on the next line; 2 accelerators.
  // Derating to 7/8 of the power leaves 3 of 4 lines: 20 ms / (3/4) = 26.667 ms, a step of 106.667 ms, for 8 h.
  { play: 'retune', rung: 'retune', why: '10 ms in the dark on 2 accelerators', gpuS: 2 * 0.01,
    others: { derate: 2 * loopRepairS * (1 - 100 / (80 + 20 / 0.75)), shrink: 2 * (10 + 0.1 + loopRepairS / 2) } },
  // The receiver locks on the spare line within the same 10 ms. On 2 of 3 lines: 20 ms x 3 / 2 = 30 ms, a step of 110 ms.
  // Nobody has to yield for the spare line, and the lock costs the same whoever finds it. Migrating: a checkpoint of 10 s, a restart of 60 s.
  { play: 'spare', rung: 'spare', why: '10 ms of lock on 2 accelerators', gpuS: 2 * 0.01,
    others: { derate: 2 * moduleRepairS * (1 - 100 / 110), preempt: 2 * 0.01, shrink: 2 * (10 + 0.1 + moduleRepairS / 2), migrate: 2 * (10 + 60) } },
  // Another path at full rate, made before the old one is broken: nothing stops and nothing is slower.
  { play: 'laser-line', rung: 'reroute', why: 'made before it is broken', gpuS: 0,
    others: { spare: 4 * 0.01, derate: 4 * moduleRepairS * (1 - 100 / 110), shrink: 4 * (10 + 0.1 + moduleRepairS / 4), migrate: 4 * (10 + 60) } },
  // Another circuit: light is back d = 59.1 ms after the order (drain 1, orders 5, mirrors 2.1 as the middle of 1.2 to 3, receiver 50, FEC 1). A
  // step uses the light for b = 20 ms and leaves it idle for g = 80 ms. Darkness that begins in use costs d; darkness that begins with x
  // of the gap left costs d - x. Over all instants of the step: (b d + d d - d^2 / 2) / 100 ms = (20 x 59.1 + 59.1^2 / 2) / 100 = 29.28 ms.
  { play: 'circuit-spare-port', rung: 'reroute', why: 'the expected stall while mirrors turn, on 2 accelerators', gpuS: 2 * 0.0292840 },
  // 100 of 200 Gb/s until the module is exchanged, because no other rung keeps the job whole: 20 ms / (1/2) = 40 ms, a step of 120 ms.
  { play: 'policy-mid-incident', rung: 'derate', why: 'a step of 120 ms after 100 ms on 4 accelerators', gpuS: 4 * moduleRepairS * (1 - 100 / 120) },
  // A checkpoint stream with a deadline waits, and no step waits for it. Derated to 300 Gb/s, the floors are 100 of the job's 200 Gb/s and
  // 10 of the stream's 200 Gb/s (5 %); of the 190 Gb/s above them the job gets 100 / 290: 165.517 Gb/s, a share of 0.82759.
  { play: 'shift', rung: 'shift', why: 'a stream with a deadline waits', gpuS: 0,
    others: { derate: 2 * moduleRepairS * (1 - 100 / (80 + 20 / ((100 + (190 * 100) / 290) / 200))), shrink: 2 * (10 + 0.1 + moduleRepairS / 2) } },
  // Two jobs take turns: each waits at most one step of 100 ms, once, on 2 accelerators. Derated, each would keep 150 of 200 Gb/s and
  // exchange for 40 ms / 0.75 = 53.333 ms after 60 ms of compute.
  { play: 'turns', rung: 'shift', why: 'one step each, once, on 2 accelerators each', gpuS: 2 * 2 * 0.1, others: { derate: 2 * 2 * moduleRepairS * (1 - 100 / (60 + 40 / 0.75)) } },
  // Background yields all that the job needs, and yielded light moves no step. Derated, the job would keep 100 Gb/s and 100 / 300 of the
  // 200 Gb/s above the floors, 166.667 of 200 Gb/s: 20 ms / 0.83333 = 24 ms, a step of 104 ms.
  { play: 'preempt', rung: 'preempt', why: 'background yields', gpuS: 0, others: { derate: 2 * moduleRepairS * (1 - 100 / 104), shrink: 2 * (10 + 0.1 + moduleRepairS / 2) } },
  // Ranks 8 to 15 have no light: their replica, a quarter of the job, is dropped. 32 accelerators wait 10 s for groups to form anew and
  // lose the step under way, and a quarter of 30 min.
  { play: 'shrink', rung: 'shrink', why: 'a quarter of 32 accelerators, and 10.1 s', gpuS: 32 * (10 + 0.1 + moduleRepairS / 4) },
  // The server that dies writes no checkpoint. At 120 s 1200 steps of 100 ms are done, the last checkpoint was written at step 1200 and
  // nothing has to be done again: the restart of 60 s on 8 accelerators.
  { play: 'migrate', rung: 'migrate', why: 'the restart of 8 accelerators', gpuS: 8 * 60 },
];

for (const { play, rung, why, gpuS, others } of cases) {
  test(`${rung} in ${play}.play costs ${why}`, () => {
    const decision = taken(play, rung);
    assertNear(decision.price.lostGpuS, gpuS);
    for (const [other, byHand] of Object.entries(others ?? {})) assertNear(rejected(decision, other as RungName), byHand);
    // Whoever costs less was not to be had: the plan taken is the cheapest that keeps every job whole.
    for (const one of decision.candidates) if (one.price !== null && one.price.lostGpuS < decision.price.lostGpuS) assert.ok(one.rung === 'shrink' || one.rung === 'migrate');
  });
}

test('every rung of the ladder is taken in a play whose price is worked out by hand', () => {
  assert.deepEqual(new Set(cases.map(({ rung }) => rung)), new Set(rungNames));
});

/**
 * The play of `hold-floors`, where one line after the other fails under a job's exchange and inference with 200 Gb/s each.
 * Second line: the floors are 100 and 80 Gb/s of 200 Gb/s; by priority the job gets the 20 Gb/s above them, a share of 0.6, and
 * exchanges for 20 / 0.6 = 33.333 ms. In proportion it gets 100 + 20 x 100 / 120 = 116.667 Gb/s: 34.286 ms.
 * Third line: 100 Gb/s do not hold both floors. Half of the job is dropped, which then has all its light: it lost 13.333 ms of every step
 * before already, and that is not the price of shrinking. Groups and a step under way of 100 ms are: it told of none since.
 */
test('preempting that slows a job down costs the longer step, and shrinking from there only the replica', () => {
  const preempt = decisionsOf(readFileSync(`${folder}hold-floors.play`, 'utf8')).find(({ rung, price }) => rung === 'preempt' && price.lostGpuS > 0);
  assertNear(preempt?.price.lostGpuS, 2 * moduleRepairS * (1 - 100 / (80 + 20 / 0.6)));
  assertNear(preempt === undefined ? undefined : rejected(preempt, 'derate'), 2 * moduleRepairS * (1 - 100 / (80 + 20 / (350 / 600))));
  assertNear(taken('hold-floors', 'shrink').price.lostGpuS, 2 * (10 + 0.1 + moduleRepairS / 2));
});

const spareWithSteps = (steps: number): string => `cluster clusters/rings-4.yaml
job j1 ranks 0,1 compute 80ms phase allReduce 20ms 300Gbps ring steps ${steps}
run 2s
inject leaf0/module0/laser4 laser-dead
run 2s
`;

/** 600 steps of 100 ms are done in 60 s, long before the module is exchanged, and none was reported before the line fails at 2 s. */
test('a price ends with the job where that is done before the repair', () => {
  const [decision] = decisionsOf(spareWithSteps(600));
  assert.ok(decision !== undefined);
  assertNear(rejected(decision, 'derate'), 2 * 60 * (1 - 100 / 110));
  assertNear(rejected(decision, 'shrink'), 2 * (10 + 0.1 + 60 / 2));
  // What is lost once is lost all the same.
  assertNear(rejected(decision, 'migrate'), 2 * (10 + 60));
});

/**
 * Server 0 dies at 95 s under the only replica of a job of eight, which tells of its progress every 25 s: at 75 s it had done 750 steps of
 * 100 ms, and the last of its checkpoints every 100 steps was that of step 700. Without light it writes none now: 50 steps of 0.1 s are
 * done again after the restart of 60 s.
 */
const restarts = `cluster clusters/pods-32.yaml
times heartbeat 25s
job j1 ranks 0-7 compute 80ms phase allReduce 20ms 100Gbps ring replicas 1 min 1 checkpoint 10s restart 60s steps 100000
run 95s
report node0/bmc alarm partFault node0
run 1s
`;

test('a job that cannot write a checkpoint does again what it had told of since the last one', () => {
  assertNear(decisionsOf(restarts).find(({ rung }) => rung === 'migrate')?.price.lostGpuS, 8 * (60 + 50 * 0.1));
});
