/** `heliostat explain-spec` as a user meets it: every value with its origin, bad files, and the output of a program. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { ValueInForce } from '../../src/adapters/spec/explain.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const main = join(root, 'src/app/main.ts');

function run(...args: readonly string[]): { readonly code: number | null; readonly out: string; readonly complaints: string } {
  const ran = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: root, env: { ...process.env, NO_COLOR: '1' } });
  return { code: ran.status, out: ran.stdout, complaints: ran.stderr };
}

function explained(file: string): ReadonlyMap<string, ValueInForce> {
  const { code, out } = run('explain-spec', file, '--json');
  assert.equal(code, 0);
  const { values } = JSON.parse(out) as { values: readonly ValueInForce[] };
  const byPath = new Map(values.map((value) => [value.path, value]));
  assert.equal(byPath.size, values.length, 'every path is told once');
  return byPath;
}

test('each value of a cluster says whether it stands in the file, is a default, follows from others or comes from a preset', () => {
  const values = explained('examples/cluster-1024.yaml');
  const told = (path: string): readonly unknown[] => {
    const value = values.get(path);
    return [value?.value, value?.origin, value?.place?.file ?? null];
  };
  assert.deepEqual(told('gpus'), ['1024', 'file', 'examples/cluster-1024.yaml']);
  assert.deepEqual(told('floor.rackPitch'), ['600mm', 'file', 'examples/cluster-1024.yaml']);
  assert.deepEqual(told('fabric.spinePlanes'), ['shared', 'default', null]);
  assert.deepEqual(told('server.hostPower.value'), ['550W', 'default', null]);
  assert.deepEqual(told('server.power'), ['1250 W', 'derived', null]);
  assert.deepEqual(told('media.access[0].far.linksPerModule'), ['2', 'derived', null]);
  assert.deepEqual(told('accelerator.memory'), ['80 GB', 'preset', null]);
  assert.equal(values.get('accelerator.memory')?.from, 'NVIDIA H100 datasheet (2023), dense figures');
});

test('a study brings the values of its cluster and workloads with the places of their own files', () => {
  const values = explained('examples/optics-choice.yaml');
  assert.equal(values.get('cluster')?.value, 'cluster-1024.yaml');
  assert.equal(values.get('cluster.gpus')?.place?.file, 'examples/cluster-1024.yaml');
  assert.equal(values.get('workloads[0].batch')?.place?.file, 'examples/workload-llama-405b.yaml');
  assert.match(values.get('workloads[0].model.hidden')?.from ?? '', /^hidden_size in examples\/hf\/llama-3\.1-405b\.json:\d+:\d+$/);
  assert.deepEqual([values.get('workloads[0].parallel.data')?.value, values.get('workloads[0].parallel.data')?.from], ['8', '1024 accelerators / (tensor 8 x pipeline 8 x context 2)']);
  assert.equal(values.get('choices[0].caseTemperature')?.from, 'caseTemperature of the cluster');
});

test('people get one line for each value, and can ask for the defaults only', () => {
  const { code, out, complaints } = run('explain-spec', 'examples/cluster-1024.yaml', '--only', 'default');
  assert.equal(code, 0);
  assert.equal(complaints, '');
  const [title, ...lines] = out.trimEnd().split('\n');
  assert.match(title ?? '', /^Cluster rail-1024: \d+ values in force$/);
  assert.ok(lines.length > 10 && lines.every((line) => line.endsWith('default')));
});

test('a bad file ends with exit code 2 and every issue, in both forms', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-explain-'));
  try {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'kind: Cluster\nversion: 1\nname: x\naccelerator: h100\nfabric: {kind: rail-optimised}\ngpus: 0\nrate: 5m\n');
    const text = run('explain-spec', file);
    assert.equal(text.code, 2);
    assert.equal(text.out, '');
    assert.equal(text.complaints.trimEnd().split('\n').length, 2);
    assert.match(text.complaints, /bad\.yaml:6:7: gpus: This must be at least 1 \(got 0\)/);
    const json = run('explain-spec', file, '--json');
    assert.equal(json.code, 2);
    const { issues } = JSON.parse(json.out) as { issues: readonly { line: number; column: number; path: string; remedy: string }[] };
    assert.deepEqual(issues.map(({ line, column, path }) => [line, column, path]), [[6, 7, 'gpus'], [7, 7, 'rate']]);
  } finally {
    rmSync(folder, { recursive: true });
  }
  assert.equal(run('explain-spec', 'no-such.yaml').code, 2);
  assert.equal(run('explain-spec').code, 2);
  assert.match(run('explain-spec', 'examples/cluster-1024.yaml', '--only', 'defaults').complaints, /Choose one of: file, default, derived, preset/);
  assert.match(run('explain-spec', '--help').out, /Examples:/);
});
