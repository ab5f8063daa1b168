/**
 * What a real server decided is decided again: a run with faults, jobs, leases and another policy over the API, stopped as a user does
 * and killed as by accident, is replayed from its data folder without a difference; another policy shows where it would differ.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { explainCommand } from '../../src/app/commands/explain.ts';
import { replayCommand } from '../../src/app/commands/replay.ts';
import { storeCommand } from '../../src/app/commands/store.ts';
import { runCommand } from './run-command.ts';
import { removeFolder, startSmall, temporaryFolder } from './server/server-process.ts';
import type { ServerProcess } from './server/server-process.ts';

const dir = temporaryFolder();
const cluster = join(dir, 'small.yaml');
let running: ServerProcess | null = null;
after(async () => {
  await running?.stop('SIGKILL');
  removeFolder(dir);
});

const run = (...words: string[]): ReturnType<typeof runCommand> => runCommand([replayCommand, explainCommand, storeCommand], ...words);

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function decisionsOf(server: ServerProcess): Promise<readonly { readonly n: number; readonly rung: string }[]> {
  return (await server.ask('/api/v1/decisions')).body['items'] as readonly { readonly n: number; readonly rung: string }[];
}

/** Waits until the server has taken more decisions than so many. */
async function moreDecisions(server: ServerProcess, than: number): Promise<void> {
  for (let tries = 0; tries < 200 && (await decisionsOf(server)).length <= than; tries++) await pause(50);
  assert.ok((await decisionsOf(server)).length > than, 'the server decides something');
}

const post = async (server: ServerProcess, path: string, body: unknown): Promise<void> => {
  const { status, body: said } = await server.ask(path, { method: 'POST', body });
  assert.ok(status < 300, `${path}: ${status} ${JSON.stringify(said)}`);
};

const workload = readFileSync(new URL('../../examples/fabrics/workload-small.yaml', import.meta.url), 'utf8');
const policyText = (ladder: string): string => `kind: Policy\nversion: 1\nname: careful\n${ladder}`;
const rungs = ['hold', 'retune', 'spare', 'reroute', 'derate', 'shift', 'preempt', 'shrink', 'migrate'];
/** A ladder without derating. */
const noDerating = `ladder:\n${rungs.map((rung) => `  - {rung: ${rung}, enabled: ${String(rung !== 'derate')}}\n`).join('')}`;

/** A day of a small cluster in seconds: a job and a lease, a loop that warms, a switch that is drained, another policy, a lease that goes. */
async function incident(server: ServerProcess): Promise<void> {
  await post(server, '/api/v1/jobs', { id: 'train', tenant: 'lab', workload, ranks: Array.from({ length: 16 }, (_, rank) => rank) });
  await post(server, '/api/v1/leases', { id: 'ck', tenant: 'lab', trafficClass: 'checkpoint', fromRank: 40, toRank: 8, rateGbps: 50, durationS: 3600 });
  await post(server, '/api/v1/leases', { id: 'bg', tenant: 'lab', trafficClass: 'background', fromRank: 2, toRank: 50, rateGbps: 50, durationS: 3600 });
  await post(server, '/api/v1/faults', { component: 'coolantloop0', fault: 'warm', by: 6 });
  await moreDecisions(server, 0);
  assert.equal((await server.ask('/api/v1/policies', { method: 'PUT', headers: { 'if-match': '*' }, body: { policy: policyText('health: {holdDown: 2s}\n') } })).status, 200);
  await post(server, '/api/v1/maintenance', { component: 'spine1', action: 'drain', note: 'fibre to be cleaned' });
  await server.ask('/api/v1/leases/bg', { method: 'DELETE', headers: { 'if-match': '*' } });
  await server.ask('/api/v1/faults/coolantloop0', { method: 'DELETE' });
}

type Told = { readonly kind: string; readonly text: string } | null;

/** What `replay --json` says of the data folder, and its exit code. */
async function replayed(...words: string[]): Promise<{ readonly code: number; readonly said: Record<string, unknown> }> {
  const { code, stdout, stderr } = await run('replay', dir, '--cluster', cluster, '--json', ...words);
  assert.equal(stderr, '');
  return { code, said: JSON.parse(stdout) as Record<string, unknown> };
}

test('what a server decided is decided alike again: while it runs, after it stopped, after it was killed, and after it came back', async () => {
  running = await startSmall(dir, ['--empty', '--speed', '5']);
  await incident(running);
  const live = await replayed();
  assert.deepEqual([live.code, live.said['differences'], live.said['issues']], [0, [], []]);
  assert.equal((await running.stop()).code, 0);
  const stopped = await replayed();
  assert.deepEqual([stopped.code, stopped.said['differences'], stopped.said['issues']], [0, [], []]);
  assert.ok(Number(stopped.said['readings']) >= Number(live.said['readings']) && Number(live.said['readings']) > 10);

  running = await startSmall(dir, ['--speed', '5']);
  const known = (await decisionsOf(running)).length;
  await post(running, '/api/v1/faults', { component: 'coolantloop1', fault: 'warm', by: 6 });
  await moreDecisions(running, known);
  await running.stop('SIGKILL');
  const killed = await replayed();
  assert.deepEqual([killed.code, killed.said['differences'], killed.said['issues']], [0, [], []]);
  assert.ok(Number(killed.said['readings']) > Number(stopped.said['readings']));

  running = await startSmall(dir, ['--speed', '5']);
  assert.equal((await running.stop()).code, 0);
  const back = await replayed();
  assert.deepEqual([back.code, back.said['differences'], back.said['issues']], [0, [], []]);
  assert.ok(Number(back.said['entries']) >= Number(killed.said['entries']));
});

test('another policy shows which decisions would have been others, with both of them in words', async () => {
  const file = join(dir, 'no-derating.yaml');
  writeFileSync(file, policyText(noDerating));
  const { code, said } = await replayed('--policy', file);
  assert.equal(code, 1);
  const differences = said['differences'] as readonly { readonly readingText: string; readonly recorded: Told; readonly decided: Told; readonly why: string | null }[];
  // The loop that warmed under the default policy was answered by derating.
  const [warm] = differences;
  assert.ok(warm !== undefined);
  assert.match(warm.readingText, /^coolantloop0\/cdu reads supply 41\.0 °C/);
  assert.match(warm.recorded?.text ?? '', /^0 GPU s by derate: /);
  assert.match(warm.decided?.text ?? '', /^\S+ GPU [sh] by (?!derate)\w+: /);
  assert.equal(warm.why, 'derate no: The policy has switched this rung off.');
  const { stdout } = await run('replay', dir, '--cluster', cluster, '--policy', file);
  assert.match(stdout, /\n {2}because {3}derate no: The policy has switched this rung off\.\n/);
  assert.match(stdout, new RegExp(`readings decided again, ${differences.length} otherwise\\n$`));
});

test('the log that a server exports is replayed and explained like its folder', async () => {
  const file = join(dir, 'log.jsonl');
  assert.equal((await run('store', 'export', dir, '--out', file)).code, 0);
  const [folder, exported] = [await run('replay', dir, '--cluster', cluster), await run('replay', file, '--cluster', cluster)];
  assert.deepEqual(folder, exported);
  assert.equal(folder.code, 0);
  assert.deepEqual(await run('explain', dir, 'last', '--cluster', cluster), await run('explain', file, 'last', '--cluster', cluster));
});
