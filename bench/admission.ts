/** Speed of admission: lease decisions on full calendars, with and without preemption, at the size of the largest cluster, and a fork for what-if. */

import { createDice } from '../src/base/dice.ts';
import type { Dice } from '../src/base/dice.ts';
import { isRefusal } from '../src/base/refusal.ts';
import { admit } from '../src/plan/admission/admit.ts';
import type { LeaseBook, LightTable } from '../src/plan/admission/lease-book.ts';
import { applyPlan, createLeaseBook, forkLeaseBook, leaseBookBytes, leaseCount } from '../src/plan/admission/lease-book.ts';
import type { CandidatePath, LeaseRequest } from '../src/plan/admission/request.ts';
import { reverse } from '../src/plan/plan.ts';
import { defaultPolicy } from '../src/plan/policy.ts';
import type { TrafficClassName } from '../src/traffic/classes.ts';
import type { Bench, Routine } from './measure.ts';

interface Size {
  readonly links: number;
  readonly wavelengths: number;
  readonly leases: number;
  /** Shortest lease; the longest is three times as long. */
  readonly hoursMin: number;
}

const hourNs = 3600e9;
const standard: Size = { links: 20_000, wavelengths: 8, leases: 100_000, hoursMin: 2 };
/** About what a three-tier rail fabric of 65,536 accelerators has: 131,072 directed links, 8 wavelengths each; longer leases fill them as much. */
const largest: Size = { links: 131_072, wavelengths: 8, leases: 200_000, hoursMin: 6 };

function lightOf({ links, wavelengths }: Size): LightTable {
  const count = links * wavelengths;
  return {
    linkCount: links, wavelengthCount: count,
    linkWavelength: Int32Array.from({ length: links + 1 }, (_, link) => link * wavelengths),
    wavelengthLink: Int32Array.from({ length: count }, (_, row) => Math.floor(row / wavelengths)),
    wavelengthSlot: Int16Array.from({ length: count }, (_, row) => row % wavelengths),
    wavelengthRateGbps: new Float64Array(count).fill(100),
  };
}

/** Four hops with four ways to choose from, as between two leaves of a folded Clos. */
function pathsOf(dice: Dice, links: number): readonly CandidatePath[] {
  const from = dice.below(links / 4);
  const to = dice.below(links / 4);
  return Array.from({ length: 4 }, (_, way) => ({ links: [from, links / 4 + ((from * 4 + way) % (links / 4)), links / 2 + ((to * 4 + way) % (links / 4)), (3 * links) / 4 + to] }));
}

const mix: readonly TrafficClassName[] = ['allReduce', 'allToAll', 'inferenceFanout', 'parameterSync', 'checkpoint', 'background', 'background', 'background'];

function requestOf(dice: Dice, id: string, { links, hoursMin }: Size, preemption: LeaseRequest['preemption']): LeaseRequest {
  const startNs = dice.below(24) * hourNs + dice.below(3600) * 1e9;
  const trafficClass = mix[dice.below(mix.length)] ?? 'background';
  const rateGbps = 20 + 10 * dice.below(16);
  const endNs = startNs + hoursMin * (1 + 2 * dice.uniform()) * hourNs;
  return { id, tenant: `tenant${dice.below(50)}`, job: null, trafficClass, legs: [{ paths: pathsOf(dice, links) }], amount: { kind: 'rate', rateGbps }, startNs, endNs, floorGbps: null, preemption };
}

function fullBook(size: Size, dice: Dice): LeaseBook {
  const book = createLeaseBook(lightOf(size), defaultPolicy);
  for (let tried = 0; leaseCount(book) < size.leases && tried < 3 * size.leases; tried++) {
    const answer = admit(book, { ...requestOf(dice, `lease${tried}`, size, 'take') });
    if (!isRefusal(answer)) applyPlan(book, answer.plan);
  }
  return book;
}

const percentile = (sorted: Float64Array, share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

/** For one lease decision. */
const [p50GoalMs, p99GoalMs] = [0.5, 5];

/** Thousands of single decisions, each applied and undone so that the book stays as full; prints their percentiles once. */
function decisions(size: Size, { preemption }: Pick<LeaseRequest, 'preemption'>): Routine {
  const dice = createDice(7);
  const book = fullBook(size, dice);
  const count = 5000;
  const run = (): { readonly times: Float64Array; readonly granted: number; readonly preempted: number } => {
    const times = new Float64Array(count);
    let granted = 0;
    let preempted = 0;
    for (let at = 0; at < count; at++) {
      const request = requestOf(dice, `new${at}`, size, preemption);
      const startedMs = performance.now();
      const answer = admit(book, request);
      times[at] = performance.now() - startedMs;
      if (isRefusal(answer)) continue;
      granted += 1;
      if (answer.affected.length > 0) preempted += 1;
      if (applyPlan(book, answer.plan) !== null || applyPlan(book, reverse(answer.plan)) !== null) throw new Error('a fresh plan does not fit');
    }
    return { times: times.sort(), granted, preempted };
  };
  run();
  const { times, granted, preempted } = run();
  if (granted === 0 || granted === count) throw new Error(`${granted} of ${count} requests were granted, which tests one side only`);
  const p50Ms = percentile(times, 0.5);
  const p99Ms = percentile(times, 0.99);
  const within = p50Ms <= p50GoalMs && p99Ms <= p99GoalMs ? 'within' : 'MISSES';
  console.log(`    ${leaseCount(book)} leases, ${(leaseBookBytes(book) / 1e6).toFixed(1)} MB of calendars; ${granted} of ${count} granted, ${preempted} by preemption; one decision p50 ${p50Ms.toFixed(4)} ms, `
    + `p99 ${p99Ms.toFixed(3)} ms, worst ${(times.at(-1) ?? 0).toFixed(2)} ms: ${within} p50 ${p50GoalMs} ms and p99 ${p99GoalMs} ms`);
  return () => run().granted;
}

function forks(size: Size): Routine {
  const book = fullBook(size, createDice(8));
  return () => leaseCount(forkLeaseBook(book));
}

export const admissionBenches: readonly Bench[] = [
  { name: '5,000 lease decisions, 100,000 leases on 20,000 links', goalMs: null, prepare: () => decisions(standard, { preemption: 'offer' }) },
  { name: '5,000 lease decisions that may preempt, the same book', goalMs: null, prepare: () => decisions(standard, { preemption: 'take' }) },
  { name: '5,000 lease decisions that may preempt, 200,000 leases on 131,072 links, 1,048,576 wavelengths', goalMs: null, prepare: () => decisions(largest, { preemption: 'take' }) },
  { name: 'fork of the largest book for a what-if question', goalMs: 100, prepare: () => forks(largest) },
];
