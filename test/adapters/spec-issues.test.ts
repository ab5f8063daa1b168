/** What a bad spec says: every problem at once, each with place, value and remedy. The listing is written by hand. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatIssue } from '../../src/base/issue.ts';
import type { Parsed } from '../../src/base/issue.ts';
import { parseCluster, parseWorkload } from '../../src/adapters/spec/read-spec.ts';
import { parseSpec, parseStudy, readSpec, readStudy } from '../../src/adapters/spec/study.ts';

const listing = <T>(result: Parsed<T>): readonly string[] => (result.ok ? [] : result.issues.map(formatIssue));
const codes = <T>(result: Parsed<T>): readonly string[] => (result.ok ? [] : result.issues.map((issue) => issue.code));

// Lines and columns are counted by hand from the text: line 1 is `kind`, and a value's column is that of its first character.
const badCluster = `kind: Cluster
version: 1
name: broken
gpus: 1001
gpuPerNode: 8
accelerator: h10O
rate: 400
switch:
  preset: switch-51t-128x400g
  latency: fast
fabric:
  kind: rail-optimised
  spines: 0
media:
  access:
    - dr8-80Og
floor:
  rackPitch: -600mm
  rowPitch: 2.4dB
caseTemperature: [45C]
`;

test('a file with ten mistakes reports ten issues in reading order, each with place, value and remedy', () => {
  assert.deepEqual(listing(parseCluster(badCluster, 'bad.yaml')), [
    'bad.yaml:4:7: gpus: Nodes of 8 GPUs do not add up to this number (got 1001). Use 1000 or 1008 GPUs, or change `gpusPerNode` [gpus-do-not-fill-nodes]',
    'bad.yaml:5:1: gpuPerNode: Nothing called `gpuPerNode` belongs here (got 8). Did you mean `gpusPerNode`? [unknown-key]',
    'bad.yaml:6:14: accelerator: This is not one of the choices (got h10O). Did you mean `h100`? [unknown-choice]',
    'bad.yaml:7:7: rate: This rate names no unit (got 400). Write a value such as 400Gbps (units: bps, kbps, Mbps, Gbps, Tbps, Gb/s, Tb/s, GBps, TBps, GB/s, TB/s, MB/s) [missing-unit]',
    'bad.yaml:10:12: switch.latency: This is not a time (got fast). Write a value such as 700ns (units: ps, ns, us, µs, ms, s, min, h, d) [not-a-quantity]',
    'bad.yaml:13:11: fabric.spines: This must be at least 1 (got 0). Write a value such as 8 [too-small]',
    'bad.yaml:16:7: media.access[0]: No part of the catalogue has this id (got dr8-80Og). Did you mean `dr8-800g`? [unknown-part]',
    'bad.yaml:18:14: floor.rackPitch: This length must be greater than 0m (got -600mm). Write a value such as 600mm [negative-value]',
    'bad.yaml:19:13: floor.rowPitch: "dB" is not a unit of length (got 2.4dB). Write a value such as 2.4m (units: mm, cm, m, km) [unknown-unit]',
    'bad.yaml:20:18: caseTemperature: This must be a temperature (got a list of 1). Write a value such as 45C [wrong-type]',
  ]);
});

const start = 'kind: Cluster\nversion: 1\nname: x\naccelerator: h100\nfabric: {kind: rail-optimised}\n';

test('no GPUs, a billion GPUs and infinitely many GPUs are refused with the limit', () => {
  assert.deepEqual(listing(parseCluster(`${start}gpus: 0`, 'c.yaml')), ['c.yaml:6:7: gpus: This must be at least 1 (got 0). Write a value such as 1024 [too-small]']);
  assert.deepEqual(listing(parseCluster(`${start}gpus: 1e9`, 'c.yaml')), ['c.yaml:6:7: gpus: This must be at most 524288 (got 1e9). Write a value such as 1024 [too-large]']);
  assert.deepEqual(listing(parseCluster(`${start}gpus: .inf`, 'c.yaml')), ['c.yaml:6:7: gpus: This must be a finite whole number (got .inf). Write a value such as 1024 [wrong-type]']);
  assert.deepEqual(listing(parseCluster(`${start}gpus: .nan`, 'c.yaml')), ['c.yaml:6:7: gpus: This must be a finite whole number (got .nan). Write a value such as 1024 [wrong-type]']);
  assert.deepEqual(listing(parseCluster(`${start}gpus: "8"`, 'c.yaml')), ['c.yaml:6:7: gpus: This must be a whole number (got "8"). Write a value such as 1024 [wrong-type]']);
});

test('a part that cannot play its role is told apart from one that does not exist', () => {
  assert.deepEqual(listing(parseCluster(`${start}gpus: 8\nmedia:\n  fabric: [{near: fec-kp4, cable: dr8-800g}]\n  access: [{near: bcm-bailly, far: {part: bcm-bailly, externalSource: {part: smf-g652}}}]\n`, 'c.yaml')), [
    'c.yaml:8:19: media.fabric[0].near: This part is of kind fec and cannot be the end of a link (got fec-kp4). Choose another from `heliostat parts` [wrong-part]',
    'c.yaml:8:35: media.fabric[0].cable: This part is of kind pluggable-dsp and cannot be a cable (got dr8-800g). Choose another from `heliostat parts` [wrong-part]',
    'c.yaml:9:78: media.access[0].far.externalSource.part: This part is of kind fibre and cannot be a laser source (got smf-g652). Choose another from `heliostat parts` [wrong-part]',
  ]);
});

test('missing fields say what to add and what it is', () => {
  assert.deepEqual(listing(parseCluster('kind: Cluster\nversion: 1\nname: x\nfabric: {kind: rail-optimised}\ngpus:\n', 'c.yaml')), [
    'c.yaml:1:1: accelerator: `accelerator` is missing. Add `accelerator: h100` (The accelerator: a known one by name, or a known one with changes) [missing-value]',
    'c.yaml:5:6: gpus: This key has no value (got nothing). Write a value such as 1024 [empty-value]',
  ]);
});

test('a file of another kind says so and nothing else', () => {
  assert.deepEqual(listing(parseStudy(`${start}gpus: 8`, 'c.yaml')), ['c.yaml:1:7: kind: This file describes a Cluster, not a Study (got Cluster). Name a file that begins with `kind: Study` [wrong-kind]']);
  assert.deepEqual(listing(parseSpec('kind: Clutser\n', 'c.yaml')), ['c.yaml:1:7: kind: This is not a known kind of spec (got Clutser). Did you mean `Cluster`? [unknown-kind]']);
  assert.deepEqual(listing(parseSpec('version: 1\n', 'c.yaml')), ['c.yaml:1:1: kind: `kind` is missing. Begin the file with `kind: Cluster` (one of: Cluster, Workload, Study) [missing-value]']);
});

test('a number beyond every limit is one issue, with the limit of its field', () => {
  const huge = badCluster.replace('gpus: 1001', 'gpus: 99999999999999999999999');
  assert.deepEqual(listing(parseCluster(huge, 'bad.yaml')).filter((line) => line.includes(': gpus: ')),
    ['bad.yaml:4:7: gpus: This must be at most 524288 (got 99999999999999999999999). Write a value such as 1024 [too-large]']);
});

test('an empty file, a broken file and two documents are issues with a place', () => {
  assert.deepEqual(codes(parseSpec('', 'c.yaml')), ['empty-file']);
  assert.deepEqual(codes(parseSpec('# nothing yet\n', 'c.yaml')), ['empty-file']);
  assert.ok(codes(parseSpec('a: [1, 2\nb: 3', 'c.yaml')).every((code) => code === 'yaml-syntax'));
  assert.deepEqual(codes(parseSpec(`${start}gpus: 8\n---\nkind: Study\n`, 'c.yaml')), ['several-documents']);
  for (const text of ['', 'a: [1, 2\nb: 3', '- 1', '"text"', '3']) {
    const result = parseSpec(text, 'c.yaml');
    assert.ok(!result.ok && result.issues.length > 0 && result.issues.every((issue) => issue.file === 'c.yaml' && (issue.line ?? 0) > 0 && (issue.column ?? 0) > 0));
  }
});

test('a key given twice and a key that reaches prototypes are issues', () => {
  assert.deepEqual(listing(parseCluster(`${start}gpus: 8\ngpus: 16\n__proto__: {gpus: 9}\n`, 'c.yaml')), [
    'c.yaml:7:1: This key was already given in line 6 (got gpus). Keep one of the two [duplicate-key]',
    'c.yaml:8:1: This key is not allowed in any map (got __proto__). Remove it or choose another name [forbidden-key]',
  ]);
  assert.equal(({} as { gpus?: number }).gpus, undefined);
});

test('a missing file is an issue where it is named, and a relative name starts at the file that names it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-spec-'));
  try {
    const study = join(folder, 'study.yaml');
    writeFileSync(study, 'kind: Study\nversion: 1\nname: s\ncluster: none.yaml\nworkloads: [inner/w.yaml]\nchoices:\n  - {name: a, media: {fabric: [dr8-800g]}}\n  - {name: a, media: {fabric: [dr8-800]}}\n');
    assert.deepEqual(listing(readStudy(study)).map((line) => line.replace(folder, '.').replaceAll(join(folder, '/'), './')), [
      './study.yaml:4:10: cluster: `./none.yaml`: there is no such file (got none.yaml). Check the name; relative names start at the file that refers to them [missing-file]',
      './study.yaml:5:13: workloads[0]: `./inner/w.yaml`: there is no such file (got inner/w.yaml). Check the name; relative names start at the file that refers to them [missing-file]',
      './study.yaml:8:12: choices[1].name: The choice of line 7 has the same name (got a). Give each choice its own name [duplicate-name]',
      './study.yaml:8:32: choices[1].media.fabric[0]: No part of the catalogue has this id (got dr8-800). Did you mean `dr8-800g`? [unknown-part]',
    ]);
    assert.deepEqual(codes(readSpec(join(folder, 'absent.yaml'))), ['missing-file']);
    assert.deepEqual(codes(readSpec(folder)), ['not-a-file']);
    writeFileSync(join(folder, 'binary.yaml'), Uint8Array.of(0xff, 0xfe, 0x00, 0x80));
    assert.deepEqual(codes(readSpec(join(folder, 'binary.yaml'))), ['not-text']);
    assert.deepEqual(codes(readSpec('a\u0000b')), ['unreadable-file']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a plan that cannot run on the cluster is an issue in the workload’s own lines', () => {
  const inline = (workload: string): string => `kind: Study
version: 1
name: s
cluster: {kind: Cluster, version: 1, name: c, gpus: 64, accelerator: a100, fabric: {kind: rail-optimised}}
workloads:
  - kind: Workload
    version: 1
    name: w
    model: llama-3.1-405b
    batch: 64
    ${workload}
choices: [{name: a, media: {}}]
`;
  assert.deepEqual(listing(parseStudy(inline('parallel: {tensor: 7}'), 's.yaml')), [
    's.yaml:11:15: workloads[0].parallel: tensor x pipeline x context is 7, which does not divide 64 accelerators (got a map). Choose degrees whose product divides 64 [degrees-do-not-divide]',
  ]);
  // 128 heads over 8 ranks is fine; 8 x 8 replicas need the batch to be a multiple of 8, and 64 is.
  assert.deepEqual(listing(parseStudy(inline('parallel: {tensor: 8, data: 4}'), 's.yaml')), [
    's.yaml:11:33: workloads[0].parallel.data: tensor x context x pipeline x data is 32, but the job has 64 accelerators (got 4). Choose degrees whose product is 64 [degrees-do-not-multiply]',
  ]);
  assert.deepEqual(listing(parseStudy(inline('precision: fp8'), 's.yaml')), [
    's.yaml:11:16: workloads[0].precision: A100-80GB SXM does not compute in fp8 (got fp8). Choose one of: bf16 [unsupported-precision]',
  ]);
});

test('documents inside a study report everything at once, with the study’s paths', () => {
  assert.deepEqual(listing(parseStudy(`kind: Study
version: 1
name: s
cluster: {kind: Cluster, version: 1, name: c, gpus: 63, rate: 5m, accelerator: a100, fabric: {kind: rail-optimised}, media: {fabric: [dr9]}}
workloads:
  - {kind: Workload, version: 1, name: w, model: mixtral-8x22b, batch: 0, colour: red}
choices: []
`, 's.yaml')), [
    's.yaml:4:53: cluster.gpus: Nodes of 8 GPUs do not add up to this number (got 63). Use 56 or 64 GPUs, or change `gpusPerNode` [gpus-do-not-fill-nodes]',
    's.yaml:4:63: cluster.rate: "m" is not a unit of rate (got 5m). Write a value such as 400Gbps (units: bps, kbps, Mbps, Gbps, Tbps, Gb/s, Tb/s, GBps, TBps, GB/s, TB/s, MB/s) [unknown-unit]',
    's.yaml:4:135: cluster.media.fabric[0]: No part of the catalogue has this id (got dr9). List the catalogue with `heliostat parts` [unknown-part]',
    's.yaml:6:72: workloads[0].batch: This must be at least 1 (got 0). Write a value such as 1536 [too-small]',
    's.yaml:6:75: workloads[0].colour: Nothing called `colour` belongs in `workloads[0]` (got red). Remove it, or choose one of: description, sequence, microbatch, precision, recompute, software, parallel [unknown-key]',
    's.yaml:7:10: choices: This must have at least 1 entry (got a list of 0). Add what is missing [too-small]',
  ]);
});

test('an unknown model and an unknown Hugging Face family are named with what is known', () => {
  const workload = (model: string): string => `kind: Workload\nversion: 1\nname: w\nbatch: 8\nmodel: ${model}\n`;
  assert.deepEqual(listing(parseWorkload(workload('llama-3.1-405B '), 'w.yaml')), ['w.yaml:5:8: model: This is not one of the choices (got llama-3.1-405B). Did you mean `llama-3.1-405b`? [unknown-choice]']);
  assert.deepEqual(listing(parseWorkload(workload('{config: x.json}'), 'w.yaml')), [
    'w.yaml:1:1: sequence: `sequence` is missing: this kind of model states no training length. Add `sequence: 8192` (tokens per training sequence) [missing-value]',
  ]);
});
