/** Disaggregated serving: transfers by hand on idle ports, by queueing theory on a busy one, and over a compiled fabric. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { isRefusal } from '../../src/base/refusal.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { DisaggregatedOutcome, DisaggregatedService } from '../../src/study/serving-run.ts';
import { runDisaggregated } from '../../src/study/serving-run.ts';
import { networkView } from '../../src/study/fabric-view.ts';
import type { TransferNetwork } from '../../src/study/transfer-network.ts';
import { clusterNetwork, portNetwork } from '../../src/study/transfer-network.ts';
import { findAccelerator } from '../../src/traffic/accelerators.ts';
import type { ModelSpec } from '../../src/traffic/model.ts';
import { llama31x405b } from '../../src/traffic/model-presets.ts';
import type { NetworkView } from '../../src/traffic/network-view.ts';
import { railDesign, reachRule } from '../fabric/designs.ts';

const h100 = findAccelerator('h100');
assert.ok(h100);
const view = (rateGbps: number): NetworkView => ({
  scaleUp: { size: 8, rateGbps: 3600, latencyNs: 500 }, scaleOut: { rateGbps, latencyNs: 3000, podSize: 1024, oversubscription: 1, coreLatencyNs: 3000 },
});
const large: DisaggregatedService = {
  model: llama31x405b, accelerator: h100, network: view(400), precision: 'fp8', inputTokens: 2048, outputTokens: 64, lengths: 'fixed', requestsPerS: 0.2,
  prefill: { replicas: 1, tensor: 8, expert: 1 }, decode: { replicas: 1, tensor: 8, expert: 1 },
};
const small: ModelSpec = { ...llama31x405b, name: 'small', layers: 16, hidden: 2048, ffn: 8192, attention: { kind: 'gqa', heads: 32, kvHeads: 8, headDim: 64, windowTokens: null } };

function serve(service: DisaggregatedService, network: TransferNetwork, requests = 200): DisaggregatedOutcome {
  const outcome = runDisaggregated(service, network, { requests, dice: createDice(4) });
  assert.ok(!isRefusal(outcome), isRefusal(outcome) ? outcome.reasons.join(' ') : '');
  return outcome;
}
const within = (actual: number, expected: number, share: number): void => assert.ok(Math.abs(actual / expected - 1) <= share, `${actual} is not within ${share} of ${expected}`);

test('On an idle network a cache takes its bytes over the ports of its ranks', () => {
  const { aloneMs, transferMs, cacheGb } = serve(large, portNetwork(large.network, 16));
  // In fp8: 126 layers x 2 x 8 heads x 128 x 2,048 tokens = 528,482,304 bytes; over eight ports of 400 Gb/s and 3 us: 1.32120576 + 0.003 ms.
  within(cacheGb, 0.528482304, 1e-12);
  within(aloneMs, 1.32420576, 1e-9);
  within(transferMs.p50, aloneMs, 1e-6);
});

test('A tensor group of another size gets its heads from the ranks that hold them', () => {
  // Two prefill ranks feed eight: each sends half of the cache over its one port, 4 x 1.32120576 ms.
  const outcome = serve({ ...large, model: small, prefill: { ...large.prefill, tensor: 2 }, requestsPerS: 1 }, portNetwork(large.network, 16));
  // 16 x 2 x 8 x 64 x 2,048 = 33,554,432 bytes; half of them at 400 Gb/s: 0.33554432 ms, and 3 us.
  within(outcome.aloneMs, 0.33554432 + 0.003, 1e-9);
});

test('Many prefill replicas into one decode port make an M/G/1 processor-sharing queue', () => {
  // 33,554,432 bytes at 5 Gb/s take D = 53.687 ms. Prefills are short and far apart, so their ends are a shifted Poisson process;
  // at 10 per second rho = 0.53687 and the mean transfer is D / (1 - rho) = 115.92 ms (Kleinrock 1976, insensitive to the law of sizes).
  const service = { ...large, model: small, network: view(5), requestsPerS: 10, prefill: { replicas: 64, tensor: 1, expert: 1 }, decode: { replicas: 1, tensor: 1, expert: 1 } };
  const { transferMs, aloneMs } = serve(service, portNetwork(service.network, 72), 12_000);
  within(aloneMs, 53.6870912 + 0.003, 1e-9);
  within(transferMs.mean, 53.6870912 / (1 - 0.536870912), 0.06);
  assert.ok(transferMs.p99 > 2 * aloneMs);
});

test('One prefill port that feeds many decode replicas contends at its own end', () => {
  // The small cache at 1 Gb/s takes 268 ms; at 3 per second rho = 0.805 whether one replica receives or eight.
  const service = { ...large, model: small, network: view(1), requestsPerS: 3, prefill: { replicas: 1, tensor: 1, expert: 1 }, decode: { replicas: 8, tensor: 1, expert: 1 } };
  const { transferMs, aloneMs } = serve(service, portNetwork(service.network, 16), 1000);
  assert.ok(transferMs.mean > 2 * aloneMs);
});

test('On a compiled rail fabric an idle transfer takes as long as on its ports', () => {
  const compiled = compileFabric(railDesign, { evaluateMedium: reachRule });
  assert.ok(compiled.ok);
  const network = networkView(compiled.value);
  const outcome = serve({ ...large, network }, clusterNetwork(compiled.value));
  const ports = serve({ ...large, network }, portNetwork(network, 16));
  within(outcome.aloneMs, ports.aloneMs, 0.02);
  assert.ok(outcome.transferMs.p99 >= outcome.aloneMs * (1 - 1e-9) && outcome.ttftMs.p50 < outcome.ttftMs.p99);
});

test('What cannot be served is refused with its reason', () => {
  const code = (service: DisaggregatedService, accelerators: number): string => {
    const outcome = runDisaggregated(service, portNetwork(service.network, accelerators), { requests: 10, dice: createDice(1) });
    return isRefusal(outcome) ? outcome.code : 'served';
  };
  assert.equal(code(large, 12), 'too-few-accelerators');
  assert.equal(code({ ...large, requestsPerS: 1000 }, 16), 'service-overloaded');
  assert.equal(code({ ...large, decode: { ...large.decode, tensor: 1 } }, 16), 'out-of-memory');
  assert.equal(code(large, 16), 'served');
});
