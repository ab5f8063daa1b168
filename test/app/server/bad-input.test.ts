/**
 * Bad input at a running server, over HTTP and by the commands: floors above the light that there is, leases in the past, impossible
 * telemetry, contradictory policies. Each is refused with code, reasons and remedy, and the state after it is the state before it.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { jobsCommand } from '../../../src/app/commands/jobs.ts';
import { leaseCommand } from '../../../src/app/commands/lease.ts';
import { policyCommand } from '../../../src/app/commands/policy.ts';
import { readLogOnPlant } from '../../../src/app/explain-log.ts';
import { createState } from '../../../src/control/create-state.ts';
import { tryEvolve } from '../../../src/control/evolve/evolve.ts';
import type { State } from '../../../src/control/state.ts';
import { digestOf } from '../../../src/control/state-digest.ts';
import type { Ran } from '../run-command.ts';
import { runCommand } from '../run-command.ts';
import type { Answer, Asked } from './server-process.ts';
import { startForFile } from './server-process.ts';

const server = await startForFile(['--empty']);
const run = (...words: readonly string[]): Promise<Ran> => runCommand([jobsCommand, leaseCommand, policyCommand], ...words, '--server', server.url, '--data', server.dir);

interface Held {
  readonly leases: unknown;
  readonly jobs: unknown;
  readonly policy: unknown;
  readonly links: unknown;
  readonly unsound: readonly unknown[];
}

/** What an operator sees of the state, but for what devices go on saying of their warmth. */
async function shown(): Promise<Held> {
  const [leases, jobs, policy, map] = await Promise.all(['leases', 'jobs', 'policies', 'map/state'].map((what) => server.ask(`/api/v1/${what}`)));
  const components = map?.body['components'] as readonly { readonly row: number; readonly health: string; readonly lossDb: number; readonly isDead: boolean }[];
  const { usableGbps, grantedGbps, topClass, offByPlan } = map?.body['links'] as Readonly<Record<string, unknown>>;
  const unsound = components.filter(({ health, lossDb, isDead }) => health !== 'sound' || lossDb > 0 || isDead).map(({ row, health, isDead }) => ({ row, health, isDead }));
  return { leases: leases?.body['items'], jobs: jobs?.body['items'], policy: policy?.body['policy'], links: { usableGbps, grantedGbps, topClass, offByPlan }, unsound };
}

/** Asks for what must be refused, and looks whether it left a trace. */
async function refusedWith(code: string, path: string, ask: Asked): Promise<Answer> {
  const before = await shown();
  const answer = await server.ask(path, ask);
  assert.equal(answer.body['code'], code, JSON.stringify(answer.body));
  assert.ok(String(answer.body['remedy']).length > 0 && String(answer.body['detail']).length > 0, code);
  assert.deepEqual(await shown(), before, code);
  return answer;
}

/** The same by a command: its exit code and what it says. */
async function refusedCommand(exit: number, says: RegExp, ...words: readonly string[]): Promise<void> {
  const before = await shown();
  const ran = await run(...words);
  assert.deepEqual([ran.code, ran.stdout], [exit, ''], words.join(' '));
  assert.match(ran.stderr, says);
  const asJson = await run(...words, '--json');
  assert.equal(asJson.code, exit);
  assert.match(asJson.stdout, exit === 2 ? /"issues": \[\n {4}\{/ : /"refusal": \{\n {4}"code"/);
  assert.deepEqual(await shown(), before, words.join(' '));
}

const lease = (id: string, more: Readonly<Record<string, unknown>> = {}): Asked =>
  ({ method: 'POST', body: { id, tenant: 'lab', trafficClass: 'background', fromRank: 0, toRank: 40, rateGbps: 10, durationS: 600, ...more } });
const past = (startNs: number, endNs: number): Readonly<Record<string, unknown>> => ({ durationS: undefined, startNs, endNs });
const ask = ['lease', 'ask', '--class', 'background', '--from', '0', '--to', '40', '--tenant', 'lab'] as const;
const nowNs = async (): Promise<number> => Number((await server.ask('/api/v1/cluster')).body['nowNs']);

const policyFile = (name: string, text: string): string => {
  const file = join(server.dir, name);
  writeFileSync(file, `kind: Policy\nversion: 1\nname: odd\n${text}`);
  return file;
};

const put = (text: string): Asked => ({ method: 'PUT', headers: { 'if-match': '*' }, body: { policy: `kind: Policy\nversion: 1\nname: odd\n${text}` } });

// An accelerator of the small cluster has one adapter of 400 Gb/s, so 8 Tb/s of floor is beyond all light, and two floors of 200 Gb/s fill it.
test('a lease whose floor is above its rate or above all light is refused, with what would be granted', async () => {
  assert.equal((await refusedWith('floor-above-rate', '/api/v1/leases', lease('f1', { floorGbps: 20 }))).status, 409);
  const above = await refusedWith('rate-above-capacity', '/api/v1/leases', lease('f2', { rateGbps: 8000, floorGbps: 8000 }));
  assert.deepEqual([above.status, above.body['doNext']], [409, 'never']);
  assert.deepEqual((above.body['offers'] as readonly { rateGbps: number; floorGbps: number }[]).map(({ rateGbps, floorGbps }) => [rateGbps, floorGbps]), [[400, 400]]);
  await refusedCommand(1, /asks for a floor of 20 Gb\/s of 10 Gb\/s.*\[floor-above-rate\]/, ...ask, '--id', 'f3', '--rate', '10Gbps', '--floor', '20Gbps');
  await refusedCommand(1, /paths carry 400 Gb\/s even when they are empty.*\[rate-above-capacity\]\n[^]*lease ask .*--rate 400Gbps --floor 400Gbps/, ...ask, '--id', 'f4', '--rate', '8Tbps', '--floor', '8Tbps');
});

test('floors that fill a port leave none for another floor: refused with the time at which there is room, and those that stand keep theirs', async () => {
  for (const id of ['full1', 'full2']) assert.equal((await server.ask('/api/v1/leases', lease(id, { trafficClass: 'allReduce', rateGbps: 200, floorGbps: 200 }))).status, 201);
  for (const trafficClass of ['background', 'allReduce']) {
    const answer = await refusedWith('no-room-in-window', '/api/v1/leases', lease(`over-${trafficClass}`, { trafficClass, rateGbps: 200, floorGbps: 200 }));
    assert.deepEqual([answer.status, answer.body['doNext'], (answer.body['offers'] as readonly unknown[]).length], [409, 'wait', 1]);
  }
  await refusedCommand(1, /0 Gb\/s of at most 400 Gb\/s are free.*\[no-room-in-window\]/, ...ask, '--id', 'f5', '--rate', '200Gbps', '--floor', '200Gbps');
});

// The ring of the job leaves its first server by ports of which one is full of floors.
test('a job for whose collectives there is no light is not admitted, and none of its leases are left behind', async () => {
  const workload = readFileSync(new URL('../../../examples/fabrics/workload-small.yaml', import.meta.url), 'utf8');
  const ranks = [...Array.from({ length: 8 }, (_, rank) => rank), ...Array.from({ length: 8 }, (_, rank) => 40 + rank)];
  const answer = await refusedWith('no-room-in-window', '/api/v1/jobs', { method: 'POST', body: { id: 'hungry', tenant: 'lab', workload, ranks, shareOfRate: 1 } });
  assert.deepEqual([answer.status, answer.body['doNext']], [409, 'wait']);
  assert.match(String(answer.body['detail']), /^Job hungry is not admitted, because one of its \d+ demands gets no light\.$/);
});

test('a policy whose floors are above everything asked for is no policy; one that promises all keeps what stands', async () => {
  assert.equal((await refusedWith('too-large', '/api/v1/policies', put('classes: {background: {floor: 150%}}\n'))).status, 400);
  await refusedCommand(2, /big\.yaml:4:\d+: classes\.background\.floor: .*at most 1 \(got 150%\).*\[too-large\]/, 'policy', 'set', policyFile('big.yaml', 'classes: {background: {floor: 150%}}\n'));
  const before = await shown();
  assert.equal((await server.ask('/api/v1/policies', put('classes: {allReduce: {floor: 100%}, background: {floor: 100%}, checkpoint: {floor: 100%}}\n'))).status, 200);
  const after = await shown();
  assert.deepEqual({ ...after, policy: null }, { ...before, policy: null });
  await refusedWith('no-room-in-window', '/api/v1/leases', lease('promised', { rateGbps: 200 }));
  assert.equal((await server.ask('/api/v1/policies', put(''))).status, 200);
});

test('a policy that contradicts itself is refused with every contradiction, over HTTP and by the command', async () => {
  const text = 'health: {marginHold: 3dB, marginReturn: 1dB}\nclasses: {checkpoint: {priority: 2}}\nladder: [hold]\n';
  const answer = await refusedWith('no-hysteresis', '/api/v1/policies', put(text));
  const codes = (answer.body['issues'] as readonly { code: string; path: string; remedy: string }[]).map(({ code }) => code).sort();
  assert.deepEqual([answer.status, codes], [400, ['missing-rung', 'no-hysteresis', 'priority-tie', 'protected-below-preemptible']]);
  await refusedCommand(2, /\[no-hysteresis\]/, 'policy', 'set', policyFile('odd.yaml', text));
  await refusedCommand(2, /\[priority-tie\]/, 'policy', 'set', policyFile('odd.yaml', text), '--dry-run');
});

test('a lease that ends before now is refused over HTTP, asked for or renewed; one that only began before now begins now', async () => {
  const now = await nowNs();
  await refusedWith('lease-in-the-past', '/api/v1/leases', lease('p1', past(0, 1)));
  await refusedWith('window-reversed', '/api/v1/leases', lease('p2', past(now + 900e9, now + 600e9)));
  await refusedWith('bad-value', '/api/v1/leases', lease('p3', past(-1e9, now + 600e9)));
  const renewed = await refusedWith('lease-in-the-past', '/api/v1/leases/full1', { method: 'PATCH', body: { endNs: 1 }, headers: { 'if-match': '*' } });
  assert.deepEqual([renewed.status, renewed.body['doNext']], [409, 'never']);
  const begun = await server.ask('/api/v1/leases', lease('p4', { ...past(0, now + 600e9), fromRank: 3, toRank: 50 }));
  assert.equal(begun.status, 201, JSON.stringify(begun.body));
  assert.ok(Number((begun.body['lease'] as { startNs: number }).startNs) >= now);
});

test('the command names the option that lies in the past, with its value and what to write', async () => {
  await refusedCommand(2, /^--in: The lease would begin before now \(got -1ms\)\. Write a time from now.*\[lease-in-the-past\]\n$/, ...ask, '--rate', '10Gbps', '--in', '-1ms');
  for (const text of ['-1h', '0s']) {
    await refusedCommand(2, new RegExp(`^--for: The lease would be over before it begins \\(got ${text}\\).*\\[window-reversed\\]\\n$`), ...ask, '--rate', '10Gbps', '--for', text);
    await refusedCommand(2, new RegExp(`^--for: The lease would end before now \\(got ${text}\\).*\\[lease-in-the-past\\]\\n$`), 'lease', 'renew', 'full1', '--for', text);
  }
  await refusedCommand(2, /^--floor: .*\(got -1\).*\n$/, ...ask, '--rate', '10Gbps', '--floor', '-1Gbps');
});

const telemetry = (component: string, quantity: string, value: unknown): Asked => ({ method: 'POST', body: { readings: [{ kind: 'telemetry', component, quantity, value }] } });

/** Every reading that must be refused, each told to a fork of its own: three in a row and a device counts as lying. */
const impossible: readonly (readonly [string, Asked])[] = [
  ['impossible-value', telemetry('leaf0', 'caseC', -273.16)], ['impossible-value', telemetry('leaf0', 'caseC', 1e300)], ['impossible-value', telemetry('leaf0', 'rxLossDb', -101)],
  ['impossible-value', telemetry('leaf0', 'preFecBer', 1.01)], ['foreign-quantity', telemetry('leaf0', 'biasRatio', 50)], ['foreign-quantity', telemetry('row0', 'rxLossDb', 20)],
  ['unknown-component', telemetry('leaf99', 'caseC', 30)], ['bad-value', telemetry('leaf0', 'mood', 30)], ['bad-value', telemetry('leaf0', 'caseC', null)],
  ['bad-value', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"readings":[{"kind":"telemetry","component":"leaf0","quantity":"caseC","value":1e999}]}' }],
  ['ctp-invalid-json-body', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"readings":[{"kind":"telemetry","component":"leaf0","quantity":"caseC","value":NaN}]}' }],
];

test('telemetry that cannot be is refused by a fork with the reason, and neither the fork nor the live state believes any of it', async () => {
  for (const [code, reading] of impossible) {
    const made = await server.ask('/api/v1/forks', { method: 'POST' });
    const fork = `/api/v1/forks/${String(made.body['id'])}`;
    const before = await server.ask(`${fork}/map`);
    await refusedWith(code, `${fork}/readings`, reading);
    const after = await server.ask(`${fork}/map`);
    assert.deepEqual([after.body['links'], after.body['components']], [before.body['links'], before.body['components']], code);
    assert.equal((await server.ask(fork, { method: 'DELETE' })).status, 200);
  }
});

/** The digest of all that is held, without how far the log has come. */
const heldDigest = (state: State): string => digestOf({ ...state, n: 0, nowNs: 0 });

test('in the log of this server every refused request stands between two states of one digest', () => {
  const read = readLogOnPlant({ log: server.dir, cluster: join(server.dir, 'small.yaml') });
  assert.ok(read.ok, JSON.stringify(read));
  const { plant, entries } = read.value;
  const state = createState(plant);
  const refusals = new Map<string, number>();
  let before = '';
  entries.forEach((entry, at) => {
    const { body } = entries[at + 1] ?? entry;
    const refused = body.kind === 'leaseRefused' || body.kind === 'jobRefused' || (body.kind === 'setAside' && entry.kind === 'reading' && entry.body.kind !== 'telemetry');
    if (entry.kind === 'reading' && refused) before = heldDigest(state);
    assert.equal(tryEvolve(state, entry), null);
    if (entry.kind !== 'fact' || before === '') return;
    const { kind } = entry.body;
    if (kind !== 'leaseRefused' && kind !== 'jobRefused' && kind !== 'setAside') return;
    assert.equal(heldDigest(state), before, `entry ${entry.n}: ${kind}`);
    refusals.set(entry.body.refusal.code, (refusals.get(entry.body.refusal.code) ?? 0) + 1);
    before = '';
  });
  for (const code of ['floor-above-rate', 'rate-above-capacity', 'no-room-in-window', 'lease-in-the-past', 'window-reversed']) assert.ok((refusals.get(code) ?? 0) > 0, code);
});
