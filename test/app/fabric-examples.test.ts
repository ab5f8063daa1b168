/** Every family of fabric, from its example file, through bom, blast and simulate. */

import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { blastCommand } from '../../src/app/commands/blast.ts';
import { bomCommand } from '../../src/app/commands/bom.ts';
import { simulateCommand } from '../../src/app/commands/simulate.ts';
import { fabricShape } from '../../src/adapters/spec/fabric-shape.ts';
import { readCluster } from '../../src/adapters/spec/read-spec.ts';
import { runCommand } from './run-command.ts';

const folder = fileURLToPath(new URL('../../examples/fabrics/', import.meta.url));
const workload = `${folder}workload-small.yaml`;
const modules = [bomCommand, blastCommand, simulateCommand];

/**
 * Packet switches by the families' definitions, from the counts in each file:
 * dragonfly 9 x 4; dragonfly+ 5 x (2 + 2); fat tree k = 8: 8 pods x 8 + 16 cores; hypercube 2^3; direct blocks 4 x (2 + 2);
 * rail-optimised 2 pods x 8 rails + 4; planes 2 x (64 / 8 leaves + 8 spines); sites 2 x (8 leaves + 8 spines + 2 gateways).
 */
const switches: Readonly<Record<string, number>> = {
  awgr: 8, 'bypass-ring': 0, custom: 3, 'custom-edges': 4, 'direct-blocks': 16, dragonfly: 36, 'dragonfly-plus': 20, expander: 16, 'fat-tree': 80, hypercube: 8, hyperx: 16, 'leaf-spine': 6,
  'ocs-cubes': 0, 'ocs-rails': 0, 'photonic-mesh': 0, planes: 32, 'pooled-memory': 6, 'rail-only': 8, 'rail-optimised': 20, 'regional-ocs': 6, rotor: 8, 'scale-up': 0, sites: 36,
  'torus-2d': 0, 'torus-3d': 0, 'twisted-torus': 0,
};

const files = globSync('*.yaml', { cwd: folder }).filter((name) => name !== basename(workload)).sort();

test('every family of fabric has an example', () => {
  const kinds = new Set(files.map((name) => {
    const read = readCluster(`${folder}${name}`);
    if (!read.ok) assert.fail(JSON.stringify(read.issues));
    return read.value.design.family.kind;
  }));
  const known = fabricShape.options.map((option) => option.shape.kind.value);
  assert.deepEqual([...kinds].sort(), [...known].sort());
});

for (const name of files) {
  const file = `${folder}${name}`;
  test(`${basename(name, '.yaml')} has a bill that conserves, a worst part and a step time`, async () => {
    const bom = await runCommand(modules, 'bom', file, '--json');
    assert.equal(bom.code, 0, bom.stderr);
    const bill = JSON.parse(bom.stdout) as { gpus: number; switches: number; findings: unknown[]; refused: unknown[]; racks: number };
    assert.deepEqual([bill.switches, bill.findings, bill.refused], [switches[basename(name, '.yaml')], [], []]);
    const blast = await runCommand(modules, 'blast', file, '--worst', '20', '--json');
    assert.equal(blast.code, 0, blast.stderr);
    const { parts } = JSON.parse(blast.stdout) as { parts: { gpusCut: number }[] };
    assert.ok(parts.length > 0 && parts.every(({ gpusCut }) => gpusCut <= bill.gpus));
    // A site takes all its accelerators and none of another site's.
    const site = JSON.parse((await runCommand(modules, 'blast', file, 'site0', '--json')).stdout) as { gpusCut: number };
    assert.equal(site.gpusCut, name === 'sites.yaml' ? bill.gpus / 2 : bill.gpus);
    const step = await runCommand(modules, 'simulate', file, workload, '--json');
    assert.equal(step.code, 0, step.stderr);
    const result = JSON.parse(step.stdout) as { closedFormStepS: number; step: { stepS: number; computeS: number } };
    assert.ok(Number.isFinite(result.closedFormStepS) && result.step.stepS > result.step.computeS, step.stdout.slice(0, 400));
  });
}

