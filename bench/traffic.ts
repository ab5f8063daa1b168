/** Benches of the traffic room's collectives: the optimal bound by minimum cuts, and a step-by-step schedule. */

import assert from 'node:assert/strict';
import { createDice } from '../src/base/dice.ts';
import { isRefusal } from '../src/base/refusal.ts';
import { optimalAllGather, twoLevelNetwork } from '../src/traffic/collectives/optimal-gather.ts';
import { scheduleCollective } from '../src/traffic/collectives/schedule.ts';
import { runBatching } from '../src/traffic/serving/continuous-batching.ts';
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

const batchingBench: Bench = {
  name: 'continuous batching, 2,000 requests of 256 tokens', goalMs: null,
  prepare() {
    const server = { prefillNs: (prompts: number) => prompts * 40e6, decodeNs: (sequences: number) => 15e6 + sequences * 1e4, sequencesMax: 256, promptsMax: 8 };
    const load = { arrivals: { kind: 'poisson', perS: 5 }, outputTokens: 256, lengths: 'fixed', requests: 2000 } as const;
    const tokensPerS = (): number => runBatching(server, load, createDice(1)).tokensPerS;
    // Five requests of 256 tokens per second arrive, and the service bears them.
    assert.ok(Math.abs(tokensPerS() / (5 * 256) - 1) < 0.1);
    return tokensPerS;
  },
};

export const trafficBenches: readonly Bench[] = [boundBench, scheduleBench, batchingBench];
