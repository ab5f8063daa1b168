/** `heliostat fit` and `heliostat stranded` as a user runs them: candidates, reasons, refusals, the report, and every problem of the input. */

import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fitCommand } from '../../src/app/commands/fit.ts';
import type { StrandedResult } from '../../src/app/commands/stranded.ts';
import { strandedCommand } from '../../src/app/commands/stranded.ts';
import { simulateCommand } from '../../src/app/commands/simulate.ts';
import type { FitResult } from '../../src/app/fit-result.ts';
import type { SimulateResult } from '../../src/study/simulate-result.ts';
import { runCommand } from './run-command.ts';

const file = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const cluster = file('examples/cluster-1024.yaml');
const workload = file('examples/workload-mixtral.yaml');

const fit = async (...args: readonly string[]): Promise<{ readonly code: number; readonly result: FitResult }> => {
  const ran = await runCommand([fitCommand], 'fit', ...args, '--json');
  return { code: ran.code, result: JSON.parse(ran.stdout) as FitResult };
};

function folder(t: { after(run: () => void): void }): string {
  const made = mkdtempSync(join(tmpdir(), 'heliostat-fit-'));
  t.after(() => rmSync(made, { recursive: true }));
  return made;
}

test('a job of the whole cluster has the closed-form step and the energy that simulate prints', async () => {
  const { code, result } = await fit(file('examples/fabrics/rail-optimised.yaml'), file('examples/fabrics/workload-small.yaml'));
  const ran = await runCommand([simulateCommand], 'simulate', file('examples/fabrics/rail-optimised.yaml'), file('examples/fabrics/workload-small.yaml'), '--json');
  const simulated = JSON.parse(ran.stdout) as SimulateResult;
  assert.equal(code, 0);
  const inOrder = result.candidates.find(({ ranks }) => ranks.length === 1);
  assert.ok(inOrder !== undefined);
  assert.equal(inOrder.stepS, simulated.closedFormStepS);
  // Power of the cluster times this step; simulate's energy is that of the engine's step.
  assert.ok(Math.abs(inOrder.powerKw / simulated.power.clusterKw - 1) < 1e-9);
});

test('a job of half the cluster stays in one pod, and a hot or failed pod sends it to the other', async () => {
  const sound = await fit(cluster, workload, '--gpus', '512');
  assert.deepEqual(sound.result.candidates[0]?.ranks, [[0, 511]]);
  assert.deepEqual(sound.result.candidates[0]?.pods, [{ pod: 0, gpus: 512 }]);
  // Rail-optimised, 64 access links to each of 8 leaves, in both directions, four lanes each; no uplink is used.
  assert.deepEqual(sound.result.candidates[0]?.light, { links: 1024, wavelengths: 4096 });
  const broken = await fit(cluster, workload, '--gpus', '512', '--failed', 'node3');
  assert.deepEqual(broken.result.candidates[0]?.ranks, [[512, 1023]]);
  assert.deepEqual(broken.result.elsewhere.map(({ name, code }) => [name, code]), [['pod 0', 'failed'], ['pod 1', 'chosen']]);
  const hot = await fit(file('examples/cluster-liquid-1024.yaml'), workload, '--gpus', '256', '--hot', 'coolantloop0');
  assert.equal(hot.code, 0);
  assert.ok((hot.result.elsewhere[0]?.counts.hot ?? 0) > 0);
});

test('a full cluster refuses with offers, on the terminal and as JSON, and writes them as a report', async (t) => {
  const at = folder(t);
  const busy = join(at, 'busy.json');
  writeFileSync(busy, JSON.stringify({ jobs: [{ name: 'llama', ranks: '0-255', endsInH: 12 }, { name: 'eval', ranks: [512, 513] }] }));
  const report = join(at, 'fit.html');
  const { code, result } = await fit(cluster, workload, '--gpus', '1024', '--busy', busy, '--html', report);
  assert.equal(code, 1);
  assert.equal(result.refusal?.code, 'no-room');
  assert.equal(result.refusal.remedy, 'wait');
  assert.deepEqual(result.refusal.offers.at(-1), { kind: 'wait-for-jobs', jobs: ['llama', 'eval'], inH: null, reason: 'It fits when llama, eval have ended.' });
  assert.deepEqual(result.elsewhere[0]?.heldBy, [{ job: 'llama', gpus: 256 }]);
  assert.match(readFileSync(report, 'utf8'), /It does not fit/);
  const page = await runCommand([fitCommand], 'fit', cluster, workload, '--gpus', '1024', '--busy', busy);
  assert.match(page.stderr, /^Refused \(no-room, wait\): /);
  assert.match(page.stdout, /pod 0 +too-small/);
});

test('the page and the report carry the candidates with their units', async (t) => {
  const report = join(folder(t), 'fit.html');
  const page = await runCommand([fitCommand], 'fit', cluster, workload, '--gpus', '256', '--replicas-min', '8', '--top', '2', '--html', report);
  assert.equal(page.code, 0);
  assert.match(page.stdout, /step s +stop % +hit % +lost % +kW +MJ\/step +links +waves +stranded +GPU-s\/step/);
  assert.match(page.stdout, /Locality against fault domains:/);
  assert.match(readFileSync(report, 'utf8'), /<svg[\s\S]*Candidates, best first/);
});

test('fit lists every problem of its input with place, value and remedy', async (t) => {
  const busy = join(folder(t), 'busy.json');
  writeFileSync(busy, JSON.stringify({ jobs: [{ name: 'a', ranks: '0-7' }, { name: 'b', ranks: [7, 5000] }] }));
  const ran = await runCommand([fitCommand], 'fit', cluster, workload, '--gpus', '256', '--busy', busy, '--failed', 'leaf99', '--length', 'soon', '--prefer', 'luck', '--replicas-min', '99', '--json');
  assert.equal(ran.code, 2);
  const { issues } = JSON.parse(ran.stdout) as { readonly issues: readonly { readonly code: string; readonly path?: string; readonly value?: string; readonly remedy: string }[] };
  assert.deepEqual(issues.map(({ code, path, value }) => [code, path, value]), [
    ['unknown-value', '--prefer', 'luck'], ['not-a-quantity', '--length', 'soon'], ['rank-held-twice', 'jobs[1].ranks', '7'], ['unknown-component', '--failed', 'leaf99'], ['out-of-range', '--replicas-min', '99'],
  ]);
  assert.ok(issues.every(({ remedy }) => remedy.length > 0));
});

test('stranded compares the known machines and a fabric of one\'s own on one record', async () => {
  const ran = await runCommand([strandedCommand], 'stranded', file('examples/server-faults.json'), '--servers', '64', '--group', '16', '--draws', '4', '--json');
  assert.equal(ran.code, 0);
  const result = JSON.parse(ran.stdout) as StrandedResult;
  const share = (name: string): number => result.machines.find((machine) => machine.name === name)?.strandedPct ?? NaN;
  // 72 GPUs hold four groups of 16 and leave 8: about a ninth is stranded; a ring strands at most half a group of the 512.
  assert.ok(share('domains of 72') > 9 && share('domains of 72') < 12.5);
  assert.ok(share('ring of 3 hops') <= 100 * (8 / 512) && share('ring of 3 hops') <= share('ring of 2 hops'));
  const own = await runCommand([strandedCommand], 'stranded', file('examples/server-faults.json'), '--cluster', cluster, '--group', '8', '--draws', '2', '--ring', 'none', '--json');
  const ours = (JSON.parse(own.stdout) as StrandedResult).machines.find(({ name }) => name === 'rail-1024');
  // Groups of a whole server strand nothing: a server is up or down.
  assert.equal(ours?.strandedPct, 0);
  const refused = await runCommand([strandedCommand], 'stranded', file('examples/server-faults.json'), '--cluster', cluster, '--group', '16');
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /group-larger-than-domain, never/);
});

test('a record of faults that cannot be is refused with its place', async (t) => {
  const at = folder(t);
  const run = async (text: string): Promise<readonly (readonly (string | undefined)[])[]> => {
    const path = join(at, 'faults.json');
    writeFileSync(path, text);
    const ran = await runCommand([strandedCommand], 'stranded', path, '--servers', '4', '--json');
    assert.equal(ran.code, 2);
    return (JSON.parse(ran.stdout) as { readonly issues: readonly { readonly code: string; readonly path?: string }[] }).issues.map(({ code, path: place }) => [code, place]);
  };
  assert.deepEqual(await run('[{"node_id": "a", "event_time": -1, "event_type": "fault_start"}]'), [['not-a-fault-event', '[0].event_time']]);
  assert.deepEqual(await run('[{"node_id": "a", "event_time": 1, "event_type": "fault_end"}]'), [['fault-ends-unstarted', undefined]]);
  assert.deepEqual(await run('{}'), [['not-a-fault-list', undefined]]);
  assert.deepEqual(await run('[{'), [['not-json', undefined]]);
  assert.deepEqual(await run(JSON.stringify(['a', 'b', 'c', 'd', 'e'].map((name, day) => ({ node_id: name, event_time: day + 1, event_type: 'fault_start' })))), [['too-few-servers', '--servers']]);
});
