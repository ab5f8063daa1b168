/** From spec to design: defaults that follow from other values, media from the catalogue, and issues of the fabric placed back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatIssue } from '../../src/base/issue.ts';
import type { FamilyDesign } from '../../src/fabric/families/family-design.ts';
import { wireFamily } from '../../src/fabric/families/wire.ts';
import { fewestSpines } from '../../src/adapters/spec/family.ts';
import { placeDesignIssues } from '../../src/adapters/spec/design-places.ts';
import { parseCluster } from '../../src/adapters/spec/read-spec.ts';
import { parseStudy, readStudy } from '../../src/adapters/spec/study.ts';
import type { ClusterSpec, StudySpec } from '../../src/adapters/spec/spec.ts';
import { accelerators } from '../../src/traffic/accelerators.ts';
import { memoryUse, refuseMemory } from '../../src/traffic/memory.ts';

function cluster(more: string, accelerator = 'h100'): ClusterSpec {
  const result = parseCluster(`kind: Cluster\nversion: 1\nname: x\naccelerator: ${accelerator}\n${more}\n`, 'c.yaml');
  assert.ok(result.ok, result.ok ? '' : result.issues.map(formatIssue).join('\n'));
  return result.value;
}

function exampleStudy(): StudySpec {
  const result = readStudy(fileURLToPath(new URL('../../examples/optics-choice.yaml', import.meta.url)));
  assert.ok(result.ok, result.ok ? '' : result.issues.map(formatIssue).join('\n'));
  return result.value;
}

test('the shortest spec is a whole cluster: presets and defaults fill in the rest', () => {
  const { design, accelerator, pue } = cluster('gpus: 1024\nfabric: {kind: rail-optimised}');
  // 1,024 / 8 = 128 nodes; half of 128 ports carry 64 nodes; 2 pods x 8 rails x 64 uplinks over 128 ports are 8 spines.
  assert.deepEqual(design.family, { kind: 'rail-optimised', nodesPerPod: 64, uplinksPerLeaf: 64, spines: 8, spinePlanes: 'shared', crossRail: 'scaleUp' });
  assert.equal(design.rateGbpsPerGpu, 400);
  assert.equal(design.scaleUp.rateGbpsPerGpu, 450 * 8);
  assert.equal(design.accelerator.powerW.value, 700 + 550);
  assert.equal(design.accelerator.mtbfH.value, (54 * 24 * 16384) / 256);
  assert.equal(accelerator.peakTflops.bf16, 989);
  assert.equal(pue, 1.25);
  assert.ok(wireFamily(design).ok);
});

test('the fewest spines divide the uplinks and have ports for every leaf', () => {
  assert.equal(fewestSpines({ uplinksPerLeaf: 64, leavesPerSpine: 16, radix: 128 }), 8);
  assert.equal(fewestSpines({ uplinksPerLeaf: 64, leavesPerSpine: 8, radix: 128 }), 4);
  // 10 leaves of 48 uplinks need 480 / 64 = 7.5 spines; 8 is the first divisor of 48 that suffices.
  assert.equal(fewestSpines({ uplinksPerLeaf: 48, leavesPerSpine: 10, radix: 64 }), 8);
});

test('every family of fabric is read with its own knobs', () => {
  const packets = { kind: 'leaf-spine', nodesPerLeaf: 2, uplinksPerLeaf: 16, spines: 4 } as const;
  const twists = [{ dimension: 0, shift: [0, 2, 0] }];
  // As written, and as the fabric takes it where names or defaults differ.
  const families: readonly (readonly [written: object, design: FamilyDesign])[] = [
    [{ kind: 'rail-only' }, { kind: 'rail-only' }],
    [packets, packets],
    [{ kind: 'fat-tree', k: 16 }, { kind: 'fat-tree', tiers: 2, k: 16, routing: 'ecmp' }],
    [
      { kind: 'dragonfly', groups: 3, switchesPerGroup: 2, gpusPerSwitch: 4, globalLinksPerSwitch: 1 },
      { kind: 'dragonfly', groups: 3, switchesPerGroup: 2, gpusPerSwitch: 4, globalLinksPerSwitch: 1, routing: 'minimal' },
    ],
    [
      { kind: 'dragonfly-plus', groups: 3, leavesPerGroup: 2, spinesPerGroup: 2, gpusPerLeaf: 4, globalLinksPerSpine: 2, routing: 'valiant' },
      { kind: 'dragonfly-plus', groups: 3, leavesPerGroup: 2, spinesPerGroup: 2, gpusPerLeaf: 4, globalLinksPerSpine: 2, routing: 'valiant' },
    ],
    [{ kind: 'hypercube', dimensions: 3, gpusPerSwitch: 8 }, { kind: 'hypercube', dimensions: 3, gpusPerSwitch: 8 }],
    [{ kind: 'hyperx', sizes: [2, 4], gpusPerSwitch: 8 }, { kind: 'hyperx', sizes: [2, 4], gpusPerSwitch: 8 }],
    [{ kind: 'torus', sizes: [4, 4, 4], twists }, { kind: 'torus', sizes: [4, 4, 4], twists }],
    [{ kind: 'expander', switches: 8, degree: 3, gpusPerSwitch: 8 }, { kind: 'expander', switches: 8, degree: 3, gpusPerSwitch: 8, seed: 1 }],
    [
      { kind: 'custom', nodes: [{ name: 'leaf0', kind: 'leaf' }], links: [{ a: 'gpu0', b: 'leaf0', tier: 'access', length: '3m' }, { a: 'gpu1', b: 'leaf0', tier: 'access' }] },
      { kind: 'custom', nodes: [{ name: 'leaf0', kind: 'leaf', zone: -1 }], links: [{ a: 'gpu0', b: 'leaf0', tier: 'access', count: 1, lengthM: 3 }, { a: 'gpu1', b: 'leaf0', tier: 'access', count: 1, lengthM: null }] },
    ],
    [{ kind: 'ocs-cubes', cubeSide: 2, cubes: [2, 2, 2] }, { kind: 'ocs-cubes', cubeSide: 2, cubes: [2, 2, 2], twists: [] }],
    [
      { kind: 'direct-blocks', blocks: 4, leavesPerBlock: 2, aggregationsPerBlock: 2, gpusPerLeaf: 8, uplinksPerAggregation: 6 },
      { kind: 'direct-blocks', blocks: 4, leavesPerBlock: 2, aggregationsPerBlock: 2, gpusPerLeaf: 8, uplinksPerAggregation: 6, routing: 'direct' },
    ],
    [{ kind: 'scale-up' }, { kind: 'scale-up' }],
    [{ kind: 'photonic-mesh' }, { kind: 'photonic-mesh' }],
    [{ kind: 'bypass-ring', neighbours: 2 }, { kind: 'bypass-ring', neighbours: 2 }],
    [{ kind: 'awgr', switches: 8, gpusPerSwitch: 8, uplinksPerSwitch: 4 }, { kind: 'awgr', switches: 8, gpusPerSwitch: 8, uplinksPerSwitch: 4 }],
    [
      { kind: 'rotor', switches: 8, gpusPerSwitch: 8, uplinksPerSwitch: 4, slotTime: '100us', reconfigureTime: '10us' },
      { kind: 'rotor', switches: 8, gpusPerSwitch: 8, uplinksPerSwitch: 4, slot: 0, slotNs: 100_000, reconfigureNs: 10_000 },
    ],
    [{ kind: 'ocs-rails' }, { kind: 'ocs-rails' }],
    [{ kind: 'regional-ocs', nodesPerRegion: 4, circuitsPerNode: 2, packets }, { kind: 'regional-ocs', nodesPerRegion: 4, circuitsPerNode: 2, packets }],
    [{ kind: 'pooled-memory', memoryNodes: 4, network: packets }, { kind: 'pooled-memory', memoryNodes: 4, network: packets }],
    [{ kind: 'planes', count: 2, plane: packets }, { kind: 'planes', count: 2, plane: packets }],
    [{ kind: 'sites', count: 2, site: packets, gateways: 2, linksPerGatewayPair: 4, distance: '40km' }, { kind: 'sites', count: 2, site: packets, gateways: 2, linksPerGatewayPair: 4, distanceM: 40_000 }],
  ];
  for (const [written, design] of families) assert.deepEqual(cluster(`gpus: 64\nfabric: ${JSON.stringify(written)}`).design.family, design);
});

test('equipment and media that a spec leaves open follow the rate of the accelerator', () => {
  for (const { id, nicGbps } of accelerators) {
    const { design } = cluster('gpus: 64\nscaleUp: {size: 8}\nfabric: {kind: rail-optimised}', id);
    assert.ok(design.switch.portRateGbps >= nicGbps, id);
    assert.equal(design.media.access[0]?.near.part, nicGbps > 400 ? 'dr8-800g' : 'dr4-400g', id);
    assert.ok(wireFamily(design).ok, id);
  }
});

test('links that no port, no part or no number of lanes can carry are issues', () => {
  const told = (more: string): readonly string[] => {
    const result = parseCluster(`kind: Cluster\nversion: 1\nname: x\ngpus: 64\nfabric: {kind: rail-optimised}\n${more}\n`, 'c.yaml');
    return result.ok ? [] : result.issues.map(formatIssue);
  };
  assert.deepEqual(told('accelerator: b300\nswitch: switch-51t-128x400g'), [
    'c.yaml:7:9: switch: A link of 800 Gb/s for each accelerator does not fit a switch port of 400 Gb/s (got switch-51t-128x400g). Choose a switch with faster ports, or a lower `rate` [port-too-slow]',
  ]);
  assert.deepEqual(told('accelerator: h100\nmedia:\n  fabric:\n    - {near: dr8-800g, rate: 1600Gbps}\n    - {near: dr8-800g, lanes: 2}'), [
    'c.yaml:9:7: media.fabric[0]: A link of 1600 Gb/s takes 16 lanes and dr8-800g has 8 of 100 Gb/s (got a map). Choose a faster part, or state the `rate` of the link [too-few-lanes]',
    'c.yaml:10:7: media.fabric[1]: 2 lanes of 100 Gb/s do not carry 400 Gb/s (got a map). Use 4 lanes, or state a lower `rate` [lanes-too-slow]',
  ]);
});

test('figures of a preset can be changed one by one, and keep their evidence', () => {
  const { design, accelerator } = cluster(`gpus: 16
fabric: {kind: rail-optimised}
switch: {preset: switch-51t-64x800g, power: {value: 1.1kW, kind: measured, source: our rack}, latency: 0.5us, mtbf: 100000h}
nic: {preset: nic-400g, cost: 1200$}`);
  assert.deepEqual(design.switch.powerW, { value: 1100, unit: 'W', kind: 'measured', source: 'our rack' });
  assert.equal(design.switch.latencyNs, 500);
  assert.equal(design.switch.mtbfH.value, 100000);
  assert.equal(design.switch.radix, 64);
  assert.deepEqual(design.nic.costUsd, { value: 1200, unit: '$', kind: 'estimate', source: 'as the spec states' });
  assert.equal(accelerator.hbmGb, 80);
});

test('media follow from the catalogue: lanes, sharing and lasers', () => {
  const [dsp, lpo, cpo, comb, copper] = exampleStudy().choices;
  // dr8-800g: 8 lanes of 100G; a 400G link takes 4 of them, so the module carries 2 links and 8 lasers.
  assert.deepEqual(dsp?.media.access[0]?.far, { part: 'dr8-800g', packaging: 'pluggable', linksPerModule: 2, lasersPerModule: 8, externalSource: null });
  assert.equal(dsp?.media.access[0]?.wavelengthsPerLink, 4);
  assert.equal(lpo?.media.access[0]?.near.linksPerModule, 1);
  // bcm-bailly: 51.2 Tb/s over 8 engines is 6.4 Tb/s, 16 links of 400G, lit from outside.
  assert.deepEqual(cpo?.media.fabric[0]?.far, { part: 'bcm-bailly', packaging: 'engine', linksPerModule: 16, lasersPerModule: 0, externalSource: { part: 'els-elsfp', lasersPerSource: 8, linksPerSource: 16 } });
  assert.equal(cpo?.media.access[0]?.near.packaging, 'pluggable');
  // wdm-comb-800g: 16 lines of 50G; a 400G link takes 8, so one comb lights two links and an engine of 8 ports has 8 combs.
  assert.equal(comb?.media.fabric[0]?.wavelengthsPerLink, 8);
  assert.equal(comb?.media.fabric[0]?.near.lasersPerModule, 8);
  assert.deepEqual(copper?.media.access.map((medium) => medium.name), ['dac-800g-passive', 'aec-800g', 'dr4-400g / dr8-800g']);
  assert.deepEqual(copper?.media.access[0]?.near, { part: 'dac-800g-passive', packaging: 'cableEnd', linksPerModule: 1, lasersPerModule: 0, externalSource: null });
  assert.equal(copper?.media.access[0]?.connectors, 0);
});

test('an engine whose part has its laser outside gets the source that the part names', () => {
  const { design } = cluster('gpus: 16\nfabric: {kind: rail-optimised}\nmedia: {fabric: [bcm-bailly]}');
  // 8 lasers, each feeding 8 lanes, over 4 lanes for each 400G link.
  assert.deepEqual(design.media.fabric[0]?.near.externalSource, { part: 'els-elsfp', lasersPerSource: 8, linksPerSource: 16 });
});

test('the plans of the example study fit the memory of its accelerators', () => {
  const { cluster: { accelerator }, workloads } = exampleStudy();
  assert.equal(workloads.length, 3);
  for (const { workload, plan } of workloads) assert.equal(refuseMemory(memoryUse(workload.model, plan, accelerator), plan), null, workload.name);
  // 1,024 / (8 x 8 x 2), 1,024 / (2 x 8) and 1,024 / (2 x 16).
  assert.deepEqual(workloads.map(({ plan }) => plan.data), [8, 64, 32]);
});

test('issues that the fabric finds later get the place of the value in the spec', () => {
  const spec = cluster('gpus: 1024\nfabric:\n  kind: rail-optimised\n  nodesPerPod: 100\n  uplinksPerLeaf: 100\n  spines: 50');
  const wired = wireFamily(spec.design);
  assert.ok(!wired.ok);
  const lines = placeDesignIssues(spec, wired.issues).map(formatIssue);
  assert.ok(lines.some((line) => line.startsWith('c.yaml:8:16: fabric.nodesPerPod: A leaf needs 100 down ports and 100 uplinks')), lines.join('\n'));
});

test('issues of a study’s choice are placed in the choice where it says so, else once in the cluster', () => {
  const study = parseStudy(`kind: Study
version: 1
name: s
cluster: {kind: Cluster, version: 1, name: c, gpus: 64, accelerator: h100, fabric: {kind: rail-optimised}}
workloads: [{kind: Workload, version: 1, name: w, model: mixtral-8x22b, batch: 64}]
choices:
  - {name: a, media: {fabric: [lpo-800g]}}
  - {name: b, media: {fabric: [dr8-800g]}}
`, 's.yaml');
  assert.ok(study.ok);
  const issue = (path: string) => ({ code: 'x', message: 'm', remedy: 'r', path });
  assert.deepEqual(placeDesignIssues(study.value, [
    issue('choices[1].media.fabric[0].wavelengthsPerLink'), issue('choices[0].family.spines'), issue('choices[1].family.spines'), issue('choices[0].scaleUp.rateGbpsPerGpu'),
  ]).map(({ line, column, path }) => [line, column, path]), [
    [8, 32, 'choices[1].media.fabric[0].lanes'],
    [4, 84, 'cluster.fabric.spines'],
    [4, 10, 'cluster.scaleUp.rate'],
  ]);
});

test('a price list is read with its year, and a part it does not know is an issue', () => {
  const study = (price: string): string => `kind: Study
version: 1
name: s
cluster: {kind: Cluster, version: 1, name: c, gpus: 64, accelerator: h100, fabric: {kind: rail-optimised}}
workloads: [{kind: Workload, version: 1, name: w, model: mixtral-8x22b, batch: 64}]
choices: [{name: a, media: {}}]
prices: {year: 2026, source: quotation, parts: {${price}}}
`;
  const good = parseStudy(study('dr8-800g: 560$'), 's.yaml');
  assert.ok(good.ok);
  assert.deepEqual([good.value.prices?.year, good.value.prices?.usdByPart.get('dr8-800g')], [2026, 560]);
  const bad = parseStudy(study('dr8-801g: -5$'), 's.yaml');
  assert.deepEqual(bad.ok ? [] : bad.issues.map((issue) => [issue.code, issue.line, issue.column]), [['negative-value', 7, 59], ['unknown-part', 7, 59]]);
});
