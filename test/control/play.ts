/** A controller under test: its state, its log, and short words for the readings that tests give it. */

import assert from 'node:assert/strict';
import { createState } from '../../src/control/create-state.ts';
import type { Entry } from '../../src/control/entry.ts';
import type { Fact, FactKind } from '../../src/control/fact.ts';
import type { JobRequest } from '../../src/control/job.ts';
import type { Plant } from '../../src/control/plant.ts';
import type { LeaseRequest, Reading } from '../../src/control/reading.ts';
import { logHeader, takeReading } from '../../src/control/run.ts';
import type { State } from '../../src/control/state.ts';
import type { TrafficClassName } from '../../src/traffic/classes.ts';

export const second = 1e9;
export const minute = 60 * second;
export const hour = 60 * minute;

export interface Play {
  readonly state: State;
  readonly log: Entry[];
  readonly header: ReturnType<typeof logHeader>;
  /** Facts of one reading. */
  take(atNs: number, reading: Reading): readonly Fact[];
}

export function play(plant: Plant): Play {
  const state = createState(plant);
  const log: Entry[] = [];
  return {
    state, log, header: logHeader(plant, '2026-01-01T00:00:00Z'),
    take(atNs, reading) {
      const entries = takeReading(state, atNs, reading);
      log.push(...entries);
      return entries.flatMap((entry) => (entry.kind === 'fact' ? [entry.body] : []));
    },
  };
}

/** The only fact of a kind. */
export function one<K extends FactKind>(facts: readonly Fact[], kind: K): Extract<Fact, { kind: K }> {
  const found = facts.filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind);
  assert.equal(found.length, 1, `${found.length} facts of kind ${kind} among ${facts.map((fact) => fact.kind).join(', ')}`);
  return found[0] ?? assert.fail();
}

export const request = (id: string, trafficClass: TrafficClassName, rateGbps: number, ends: readonly [number, number], more: Partial<LeaseRequest> = {}): LeaseRequest =>
  ({ id, tenant: 'lab', job: null, trafficClass, fromRank: ends[0], toRank: ends[1], rateGbps, bits: null, floorGbps: 0, startNs: 0, endNs: 2 * hour, ...more });

export const ask = (...of: Parameters<typeof request>): Reading => ({ kind: 'leaseAsked', request: request(...of) });

/** A job of one microbatch of 10 ms whose all-reduce of 4 ms shows in full. */
export function job(id: string, ranks: readonly number[], demands: JobRequest['demands'], more: Partial<JobRequest> = {}): JobRequest {
  const stageNs = 10e6;
  return {
    id, tenant: 'lab', ranks, demands, replicas: ranks.length, replicaBlock: 1, replicasMin: 1, steps: 1000, checkpointNs: second, restartNs: 10 * second, checkpointEverySteps: 100,
    profile: {
      compute: { microbatches: 1, meanStageNs: stageNs, busiestStageNs: stageNs, forwardNs: stageNs / 3, backwardNs: (2 * stageNs) / 3, edgeMicrobatches: 1, bubbleMicrobatches: 0, otherNs: 0 },
      phases: [{
        name: 'gradients', trafficClass: 'allReduce', op: 'allReduce', group: { size: ranks.length, stride: 1 }, groups: 1, bits: 4e9, crossDomainBits: null,
        perMicrobatch: 0, perStep: 1, window: 'none', hiddenShare: 0,
      }],
      durations: [{ timeNs: 4e6, latencyNs: 0, tier: 'fabric' }], contention: 1,
    },
    ...more,
  };
}
