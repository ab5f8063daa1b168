/** Benches of the traffic room's collectives: the optimal bound by minimum cuts, and a step-by-step schedule. */

import assert from 'node:assert/strict';
import { isRefusal } from '../src/base/refusal.ts';
import { optimalAllGather, twoLevelNetwork } from '../src/traffic/collectives/optimal-gather.ts';
import { scheduleCollective } from '../src/traffic/collectives/schedule.ts';
import type { Bench } from './measure.ts';

const boundBench: Bench = {
  name: 'optimal all-gather by min cuts, 64 accelerators on two levels', goalMs: null,
  prepare() {
    const gather = twoLevelNetwork({ ranks: 64, domainSize: 8, innerGbps: 2400, outerGbps: 200 });
    // Seven eighths of the output enter a node through eight ports of 200 Gb/s.
    assert.ok(Math.abs(optimalAllGather(gather).algorithmGbps / ((8 * 200) / (7 / 8)) - 1) < 1e-9);
    return () => optimalAllGather(gather).algorithmGbps;
  },
};

const scheduleBench: Bench = {
  name: 'ring all-reduce step by step, 512 ranks', goalMs: null,
  prepare() {
    const messages = (): number => {
      const schedule = scheduleCollective({ op: 'allReduce', algorithm: 'ring', ranks: 512, bits: 1e9 });
      assert.ok(!isRefusal(schedule));
      return schedule.flowCount;
    };
    // Two rounds of 511 steps, one message per rank and step.
    assert.equal(messages(), 2 * 511 * 512);
    return messages;
  },
};

export const trafficBenches: readonly Bench[] = [boundBench, scheduleBench];
