/** Rail-only (Wang et al., arXiv 2307.12169) against a rail-optimised fabric: what taking the spine away saves and what it costs. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { isRefusal } from '../../src/base/refusal.ts';
import { makeBill } from '../../src/fabric/bill.ts';
import type { Bill } from '../../src/fabric/bill.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import type { ClusterDesign } from '../../src/fabric/design.ts';
import type { FindPartFigures } from '../../src/fabric/part-figures.ts';
import type { PortNetwork } from '../../src/traffic/collectives/closed-form.ts';
import { collectiveCost } from '../../src/traffic/collectives/closed-form.ts';
import { sharedTest } from '../shared.ts';
import { figure, railDesign, railFamily, reachRule } from '../fabric/designs.ts';

type Band = readonly [number, number];

interface RailOnlyFigure {
  readonly id: string;
  readonly value: { readonly cost_reduction: Band; readonly power_reduction: Band; readonly alltoall_overhead: Band };
}

/** A module of 400 Gb/s costs 1 $ and takes 1 W; whatever real figures are, both fabrics pay them per module. */
const modules: FindPartFigures = () => ({
  ratedGbps: 400, powerW: figure(1, 'W'), powerShares: [], costUsd: figure(1, '$'), mtbfH: figure(1e6, 'h'), mtbfGbps: 400, laserFailureShare: 0.5, hostSerdesPjPerBit: figure(0, 'pJ/bit'),
});

function billOf(design: ClusterDesign): Bill {
  const compiled = compileFabric(design, { evaluateMedium: reachRule });
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
  return makeBill(compiled.value, modules).bill;
}

function figures(path: string): RailOnlyFigure['value'] {
  const found = (JSON.parse(readFileSync(path, 'utf8')) as RailOnlyFigure[]).find((one) => one.id === 'railonly');
  assert.ok(found);
  return found.value;
}

sharedTest('Taking the spine away saves switches and transceivers inside the published bands of cost and power', 'facts/paper-figures.json', (path) => {
  const { cost_reduction: cost, power_reduction: power } = figures(path);
  // 512 accelerators, 64 servers: two pods of 32 make 16 leaves and 8 spines of 64 ports; rail-only needs one switch per rail.
  const base: ClusterDesign = { ...railDesign, gpus: 512, family: { ...railFamily, spines: 8 } };
  const spine = billOf(base);
  const railOnly = billOf({ ...base, family: { kind: 'rail-only' } });
  assert.deepEqual([spine.switches, railOnly.switches], [24, 8]);
  const saved = [1 - railOnly.switches / spine.switches, 1 - railOnly.transceivers / spine.transceivers];
  // Cost and power of switches and transceivers are weighted means of their counts, so if both savings lie in a band, any price does.
  for (const share of saved) for (const [low, high] of [cost, power]) assert.ok(share >= low - 0.05 && share <= high + 0.05, `${share} outside ${low} to ${high}`);
});

sharedTest('Forwarding an all-to-all inside the scale-up domain costs the published share', 'facts/paper-figures.json', (path) => {
  const [low, high] = figures(path).alltoall_overhead;
  const overhead = (network: PortNetwork, ranks: number): number => {
    const forwarded = collectiveCost({ op: 'allToAll', ranks, bits: 8e9, network }, 'hierarchical');
    const direct = collectiveCost({ op: 'allToAll', ranks, bits: 8e9, network: { ...network, domain: null } }, 'direct');
    assert.ok(!isRefusal(forwarded) && !isRefusal(direct));
    return forwarded.streamingNs / direct.streamingNs - 1;
  };
  // DGX H100: 400 Gb/s beside 3,600 Gb/s. Forwarding adds 7/8 x 400/3,600 = 9.7 % and spares a little of the network's share.
  const h100: PortNetwork = { rateGbps: 400, latencyNs: 0, domain: { size: 8, rateGbps: 3600, latencyNs: 0 } };
  for (const ranks of [512, 1024, 4096, 32768]) assert.ok(overhead(h100, ranks) >= low && overhead(h100, ranks) <= high, `${ranks}: ${overhead(h100, ranks)}`);
  // DGX A100: 200 Gb/s beside 2,400 Gb/s, 7/8 x 200/2,400 = 7.3 %: inside the band within its tolerance of five points.
  const a100: PortNetwork = { rateGbps: 200, latencyNs: 0, domain: { size: 8, rateGbps: 2400, latencyNs: 0 } };
  assert.ok(overhead(a100, 4096) >= low - 0.05 && overhead(a100, 4096) <= high + 0.05);
});
