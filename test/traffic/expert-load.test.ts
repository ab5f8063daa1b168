/** Uneven expert load: shares, drift, and the exchange against hand-derived cases and bare ports. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../src/base/dice.ts';
import { defaultCalibration } from '../../src/traffic/calibration.ts';
import { groupCollective } from '../../src/traffic/collectives/group-collective.ts';
import { driftingShares, loadOfPhase, placeLoad, skewedDuration, skewedFlows, zipfShares } from '../../src/traffic/expert-load.ts';
import type { NetworkView } from '../../src/traffic/network-view.ts';
import { phaseFlows } from '../../src/traffic/phase-flows.ts';
import type { CommunicationPhase } from '../../src/traffic/phases.ts';

const network: NetworkView = {
  scaleUp: { size: 8, rateGbps: 800, latencyNs: 0 },
  scaleOut: { rateGbps: 100, latencyNs: 0, podSize: 4096, oversubscription: 1, coreLatencyNs: 0 },
};
const constants = { ...defaultCalibration.network, scaleUpShare: 1, scaleOutShare: 1 };
const exchange = (ranks: number, crossDomainBits: number | null = null): CommunicationPhase => ({
  name: 'expert dispatch', trafficClass: 'allToAll', op: 'allToAll', group: { size: ranks, stride: 1 }, groups: 1, bits: 1000, crossDomainBits,
  perMicrobatch: 1, perStep: 0, window: 'none', hiddenShare: 0,
});

/** Time of simultaneous flows when each rank has one port each way on each level: the fullest port sets it. */
function portTimeNs(flows: ReturnType<typeof phaseFlows>): number {
  const load = new Map<string, number>();
  for (let flow = 0; flow < flows.flowCount; flow++) {
    const [source = 0, target = 0, bits = 0] = [flows.sourceRank[flow], flows.targetRank[flow], flows.flowBits[flow]];
    const inside = Math.floor(source / 8) === Math.floor(target / 8);
    for (const port of [`${inside} out ${source}`, `${inside} in ${target}`]) load.set(port, (load.get(port) ?? 0) + bits / (inside ? 800 : 100));
  }
  return Math.max(...load.values());
}

test('Shares of Zipf\'s law are k^-s over the harmonic number', () => {
  // s = 1, four experts: 1 + 1/2 + 1/3 + 1/4 = 25/12, so 12/25, 6/25, 4/25, 3/25.
  for (const [at, share] of [12, 6, 4, 3].entries()) assert.ok(Math.abs((zipfShares(4, 1)[at] ?? 0) - share / 25) < 1e-15);
  assert.deepEqual([...zipfShares(4, 0)], [0.25, 0.25, 0.25, 0.25]);
  for (const exponent of [0.5, 1.2, 3]) assert.ok(Math.abs(zipfShares(256, exponent).reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
});

test('Two ranks with four experts: the hot rank takes 1.4 times as long', () => {
  // Shares 0.4, 0.3 on rank 0 and 0.2, 0.1 on rank 1: rank 0 holds 0.7 where 0.5 is even. Of 1,000 bits that rank 1 sends, 700 go
  // to rank 0; rank 0 sends 300. At 800 Gb/s 700 bits take 0.875 ns, the even 500 take 0.625 ns: 1.4 times.
  const load = placeLoad(Float64Array.of(0.4, 0.3, 0.2, 0.1), { ranks: 2, ranksPerDomain: 2 });
  assert.ok(Math.abs(load.rankImbalance - 1.4) < 1e-12 && Math.abs(load.domainImbalance - 1) < 1e-12);
  const flows = skewedFlows(exchange(2), load, { network, constants, direction: 'dispatch' });
  assert.deepEqual([[...flows.sourceRank], [...flows.targetRank]], [[0, 1], [1, 0]]);
  assert.ok(Math.abs((flows.flowBits[0] ?? 0) - 300) < 1e-9 && Math.abs((flows.flowBits[1] ?? 0) - 700) < 1e-9);
  const { timeNs, latencyNs } = skewedDuration(exchange(2), load, network, constants);
  assert.ok(Math.abs(timeNs - latencyNs - 0.875) < 1e-12);
  const back = skewedFlows(exchange(2), load, { network, constants, direction: 'combine' });
  assert.ok(Math.abs((back.flowBits[1] ?? 0) - 700) < 1e-9 && back.sourceRank[1] === 0);
});

test('Even load is the plain all-to-all, in time and in flows', () => {
  for (const phase of [exchange(8), exchange(32), exchange(32, 300)]) {
    const load = loadOfPhase(zipfShares(64, 0), phase, network);
    assert.ok(Math.abs(skewedDuration(phase, load, network, constants).timeNs - groupCollective(phase, network, constants).timeNs) < 1e-6);
    const plain = phaseFlows(phase, { network, constants });
    const skewed = skewedFlows(phase, load, { network, constants, direction: 'dispatch' });
    assert.deepEqual([skewed.sourceRank, skewed.targetRank], [plain.sourceRank, plain.targetRank]);
    for (let flow = 0; flow < plain.flowCount; flow++) assert.ok(Math.abs((plain.flowBits[flow] ?? 0) - (skewed.flowBits[flow] ?? 0)) < 1e-9);
  }
});

test('Skewed flows take as long on bare ports as the closed form says', () => {
  const dice = createDice(7);
  for (const ranks of [4, 8, 16, 64]) for (const cross of [null, 20, 5000]) {
    const phase = exchange(ranks, cross);
    const load = loadOfPhase(driftingShares({ experts: 64, exponent: 1.2, drift: 0 }, dice.fork(`${ranks}`)).next().value, phase, network);
    const { timeNs, latencyNs } = skewedDuration(phase, load, network, constants);
    const streamingNs = timeNs - latencyNs;
    assert.ok(load.rankImbalance > 1.2);
    const portsNs = portTimeNs(skewedFlows(phase, load, { network, constants, direction: 'dispatch' }));
    assert.ok(Math.abs(portsNs - streamingNs) <= 1e-9 * streamingNs, `${ranks} ranks: ports ${portsNs} ns, closed form ${streamingNs} ns`);
  }
});

test('Popularity drifts: about exp(-drift n) of the experts keep their place', () => {
  // 1 % of 1,000 experts a step is 5 swaps; after 50 steps 250 swaps have drawn 500 of 1,000 places: (1 - 2/1000)^250 = 0.606.
  const law = driftingShares({ experts: 1000, exponent: 1, drift: 0.01 }, createDice(3));
  const before = law.next().value;
  let after = before;
  for (let step = 0; step < 50; step++) after = law.next().value;
  let kept = 0;
  for (const [expert, share] of after.entries()) if (share === before[expert]) kept++;
  // Binomial spread of 1,000 draws is 1.5 %; four of them.
  assert.ok(Math.abs(kept / 1000 - Math.exp(-0.5)) < 0.06, `${kept}`);
  assert.ok(Math.abs(after.reduce((sum, share) => sum + share, 0) - 1) < 1e-12);
});
