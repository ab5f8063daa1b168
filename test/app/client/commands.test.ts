/** Operator commands against a real server: what they print, what they refuse, and how they end. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { drainCommand } from '../../../src/app/commands/drain.ts';
import { eventsCommand } from '../../../src/app/commands/events.ts';
import { explainCommand } from '../../../src/app/commands/explain.ts';
import { jobsCommand } from '../../../src/app/commands/jobs.ts';
import { leaseCommand } from '../../../src/app/commands/lease.ts';
import { policyCommand } from '../../../src/app/commands/policy.ts';
import { repairCommand } from '../../../src/app/commands/repair.ts';
import { statusCommand } from '../../../src/app/commands/status.ts';
import { topCommand } from '../../../src/app/commands/top.ts';
import { whatifCommand } from '../../../src/app/commands/whatif.ts';
import { packageTest } from '../../packages.ts';
import type { Ran } from '../run-command.ts';
import { runCommand } from '../run-command.ts';
import type { Answer } from '../server/server-process.ts';
import { startForFile } from '../server/server-process.ts';

const server = await startForFile();
const { dir } = server;

/** Two servers of a data-parallel job, so that its gradients cross the network. */
const startJob = (): Promise<Answer> => server.ask('/api/v1/jobs', {
  method: 'POST', body: { id: 'train', tenant: 'lab', workload: readFileSync(new URL('../../../examples/fabrics/workload-small.yaml', import.meta.url), 'utf8'), ranks: Array.from({ length: 16 }, (_, rank) => rank) },
});

before(async () => {
  const { status, body } = await startJob();
  assert.equal(status, 201, JSON.stringify(body));
});

const modules = [drainCommand, eventsCommand, explainCommand, jobsCommand, leaseCommand, policyCommand, repairCommand, statusCommand, topCommand, whatifCommand];

/** As an administrator on the server's own computer. */
const run = (...words: readonly string[]): Promise<Ran> => runCommand(modules, ...words, '--server', server.url, '--data', dir);

async function json<T>(...words: readonly string[]): Promise<T> {
  const ran = await run(...words, '--json');
  assert.equal(ran.stderr, '');
  return JSON.parse(ran.stdout) as T;
}

/** Whether it comes true within some seconds. */
async function soon(isTrue: () => Promise<boolean>): Promise<boolean> {
  for (const endMs = Date.now() + 15_000; Date.now() < endMs; await new Promise((resolve) => setTimeout(resolve, 100))) if (await isTrue()) return true;
  return false;
}

const ask = ['lease', 'ask', '--class', 'background', '--from', '20', '--to', '52', '--tenant', 'lab'] as const;

test('status and top show the cluster with units and without colours into a pipe', async () => {
  for (const word of ['status', 'top']) {
    const ran = await run(word);
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.match(ran.stdout, /^small live, \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, entry [\d,]+\n {2}64 GPUs, \d+ directed links, \d+\.\d\d % of the light usable\n/);
    assert.match(ran.stdout, /Light by class\n class +leases +short +asked +granted +share\n allReduce +\d+ +\d+ +[\d.]+ [GT]b\/s/);
    assert.equal(ran.stdout.includes('\u001b'), false);
    const { schema, cluster } = await json<{ schema: string; cluster: { gpus: number } }>(word);
    assert.deepEqual([schema, cluster.gpus], [`heliostat/${word}/1`, 64]);
  }
});

test('a dry run of a lease changes nothing; the lease itself is listed, shown, renewed and released', async () => {
  const dry = await run(...ask, '--rate', '5Gbps', '--for', '10min', '--id', 'cli-1', '--dry-run');
  assert.deepEqual([dry.code, dry.stdout], [0, 'It would be granted: cli-1, 5 Gb/s for 10.0 min\n']);
  assert.equal((await run('lease', 'show', 'cli-1')).code, 2);
  const granted = await run(...ask, '--rate', '5Gbps', '--for', '10min', '--id', 'cli-1');
  assert.deepEqual([granted.code, granted.stdout], [0, 'Granted: cli-1, 5 Gb/s for 10.0 min\n']);
  const listed = await json<{ leases: { id: string; grantedGbps: number }[] }>('lease', 'list', '--class', 'background', '--tenant', 'lab');
  assert.deepEqual(listed.leases.map(({ id, grantedGbps }) => [id, grantedGbps]), [['cli-1', 5]]);
  const shown = await run('lease', 'show', 'cli-1');
  assert.match(shown.stdout, /^cli-1 background of lab: full\n {2}rank 20 to rank 52: 5 Gb\/s of 5 Gb\/s, never below 0 Gb\/s\n/);
  assert.match((await run('lease', 'renew', 'cli-1', '--for', '30min')).stdout, /Lease cli-1 stands for another 30\.0 min\./);
  const { startNs, endNs } = await json<{ startNs: number; endNs: number }>('lease', 'show', 'cli-1');
  assert.ok((endNs - startNs) / 60e9 > 29);
  assert.match((await run('lease', 'release', 'cli-1', '--dry-run')).stdout, /This would happen; nothing was changed/);
  assert.equal((await run('lease', 'release', 'cli-1')).code, 0);
  const gone = await run('lease', 'release', 'cli-1');
  assert.deepEqual([gone.code, gone.stdout], [2, '']);
  assert.match(gone.stderr, /There is no lease cli-1.*\[unknown-lease\]/);
});

test('a refused lease ends with 1, its reasons, and commands that would be granted', async () => {
  const ran = await run(...ask, '--rate', '4000Gbps', '--for', '10min');
  assert.deepEqual([ran.code, ran.stdout], [1, '']);
  const offer = /This would be granted instead:\n {2}heliostat (lease ask .+)\n/.exec(ran.stderr)?.[1];
  if (offer === undefined) assert.fail(ran.stderr);
  assert.equal((await run(...offer.split(' '), '--dry-run')).code, 0);
  const refused = await runCommand(modules, ...ask, '--rate', '4000Gbps', '--server', server.url, '--data', dir, '--json');
  assert.deepEqual(Object.keys((JSON.parse(refused.stdout) as { refusal: object }).refusal).sort(), ['code', 'detail', 'doNext', 'offers', 'reasons', 'remedy']);
});

test('every wrong option is told at once, with 2', async () => {
  const ran = await run('lease', 'ask', '--class', 'best', '--from', '1.5', '--to', '2', '--tenant', 'lab', '--for', '3 apples');
  assert.equal(ran.code, 2);
  for (const code of ['unknown-class', 'out-of-range', 'unknown-unit', 'option-missing']) assert.match(ran.stderr, new RegExp(`\\[${code}\\]`));
  assert.equal((await run('status', '--timeout', '0s')).code, 2);
  assert.match((await runCommand(modules, 'status', '--server', 'ftp://x')).stderr, /\[bad-server\]/);
});

test('jobs tell progress, phases and what each is losing', async () => {
  const { jobs } = await json<{ jobs: { id: string; gpus: number; leases: number }[] }>('jobs', 'list');
  assert.deepEqual(jobs.map(({ id, gpus }) => [id, gpus]), [['train', 16]]);
  assert.match((await run('jobs')).stdout, /^ job +tenant +state +GPUs .*\n train +lab +running +16 /);
  const shown = await run('jobs', 'show', 'train');
  assert.match(shown.stdout, new RegExp(`\n {2}losing 0\\.0 of 16 GPUs; 0 of ${jobs[0]?.leases ?? 0} leases short of light\n`));
  assert.match(shown.stdout, / phase +class +shows in the step +of the step +light of what it asked\n/);
  assert.equal((await run('jobs', 'show', 'nobody')).code, 2);
});

test('a drained component is repaired, tested and returned; steps out of order are refused', async () => {
  const component = 'spine1';
  const wrong = await run('repair', 'verify', component);
  assert.equal(wrong.code, 1);
  assert.match(wrong.stderr, /\[wrong-stage\]/);
  assert.match((await run('drain', component, '--dry-run')).stdout, /This would happen; nothing was changed\.\n$/);
  assert.equal((await run('repair', 'list')).stdout, 'Nothing is in maintenance.\n');
  assert.equal((await run('drain', component, '--note', 'a fibre to clean')).code, 0);
  const stage = async (): Promise<string | undefined> => (await json<{ maintenance: { stage: string }[] }>('repair', 'list')).maintenance[0]?.stage;
  assert.ok(await soon(async () => (await stage()) === 'drained'));
  assert.equal((await run('repair', 'start', component)).code, 0);
  assert.equal((await run('repair', 'verify', component)).code, 0);
  assert.equal(await stage(), 'verifying');
  assert.equal((await run('repair', 'result', component)).code, 2);
  assert.equal((await run('repair', 'result', component, '--failed', '3 dB over budget')).code, 0);
  assert.equal(await stage(), 'verificationFailed');
  for (const words of [['start', component], ['verify', component], ['result', component, '--passed']]) assert.equal((await run('repair', ...words)).code, 0, words.join(' '));
  assert.ok(await soon(async () => (await stage()) === undefined));
  assert.equal((await run('drain', component)).code, 0);
  assert.ok(await soon(async () => (await stage()) === 'drained'));
  assert.match((await run('repair', 'return', component)).stdout, /Done, up to entry/);
  assert.equal((await run('repair', 'list')).stdout, 'Nothing is in maintenance.\n');
});

test('a fault in a fork is compared, and neither it nor the fork is left behind', async () => {
  const ran = await run('whatif', 'try', '--fault', 'coolantloop0=warm:6', '--for', '5s');
  assert.deepEqual([ran.code, ran.stderr], [0, '']);
  assert.match(ran.stdout, /^Fork [0-9a-f]{12} beside the live state\n {2}light usable/);
  assert.match(ran.stdout, /There is nothing to adopt: faults only perturb the fork\.\n$/);
  assert.equal((await run('whatif', 'list')).stdout, 'There are no forks.\n');
  assert.match((await run('whatif', 'try', '--fault', 'warm')).stderr, /\[bad-fault\]/);
});

test('what was asked in a fork is adopted by the live state', async () => {
  await run(...ask, '--rate', '5Gbps', '--for', '10min', '--id', 'cli-2');
  const { id } = await json<{ id: string }>('whatif', 'fork');
  assert.equal((await run('whatif', 'perturb', id, '--release', 'cli-2')).code, 0);
  assert.equal((await run('lease', 'show', 'cli-2')).code, 0);
  assert.deepEqual((await json<{ adoptable: string[] }>('whatif', 'compare', id)).adoptable, ['release lease cli-2']);
  assert.equal((await run('whatif', 'adopt', id)).stdout, 'Sent to the live controller: release lease cli-2\n');
  assert.equal((await run('lease', 'show', 'cli-2')).code, 2);
  assert.equal((await run('whatif', 'discard', id)).code, 2);
});

test('a policy is checked without a server and set with the version that was read', async () => {
  const file = join(dir, 'policy.yaml');
  writeFileSync(file, 'kind: Policy\nversion: 1\nname: careful\nhealth: {marginHold: 0.8dB}\n');
  assert.match((await runCommand(modules, 'policy', 'check', file)).stdout, /the policy careful holds together/);
  const bad = join(dir, 'bad.yaml');
  writeFileSync(bad, 'kind: Policy\nversion: 1\nname: rash\nhealth: {marginHold: 2dB, marginReturn: 1dB}\n');
  const refused = await run('policy', 'set', bad);
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /bad\.yaml:4:.*\[no-hysteresis\]/);
  assert.match((await run('policy', 'set', file)).stdout, /The policy careful is in force/);
  assert.match((await run('policy', 'get')).stdout, /name: careful\n[\s\S]*marginHold: 0\.8dB\n/);
});

test('a decision is explained from the reading to the commands', async () => {
  const made = await fetch(`${server.url}/api/v1/faults`, {
    method: 'POST', headers: { authorization: `Bearer ${server.adminToken}`, 'content-type': 'application/json' }, body: JSON.stringify({ component: 'leaf0/module0', fault: 'dirty', by: 6 }),
  });
  assert.equal(made.status, 201);
  let decisions: readonly { n: number }[] = [];
  await soon(async () => (decisions = (await json<{ decisions: { n: number }[] }>('explain')).decisions).length > 0);
  const n = decisions[0]?.n ?? assert.fail('nothing was decided');
  const { stdout, code } = await run('explain', String(n));
  assert.equal(code, 0);
  for (const title of ['Whom it touches', 'What was weighed', 'What it costs', 'Chain']) assert.ok(stdout.includes(`\n${title}\n`), title);
  assert.match(stdout, /leaf0\/module0/);
  assert.match(stdout, /^ > +\w+/m);
  assert.equal((await run('explain', '1')).code, 2);
  assert.match((await run('explain', 'last')).stdout, /^Decision \d+: /);
  assert.match((await run('explain', 'incident.jsonl')).stderr, /--cluster: .*\[option-missing\]/);
});

test('events are listed oldest first, by level and job', async () => {
  const { events } = await json<{ events: { n: number; level: string }[] }>('events', '--limit', '20', '--level', 'notice');
  assert.ok(events.length > 0 && events.every(({ level }) => level !== 'info'));
  assert.deepEqual(events.map(({ n }) => n), events.map(({ n }) => n).toSorted((a, b) => a - b));
  const later = await json<{ events: { n: number }[] }>('events', '--after', String(events[0]?.n ?? 0), '--level', 'notice', '--limit', '3');
  assert.deepEqual(later.events.map(({ n }) => n), events.slice(1, 4).map(({ n }) => n));
});

test('events are followed line by line until Ctrl-C', async () => {
  const main = fileURLToPath(new URL('../../../src/app/main.ts', import.meta.url));
  const child = spawn(process.execPath, [main, 'events', '--follow', '--json', '--kinds', 'lease', '--server', server.url, '--data', dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (piece: Buffer) => { text += piece.toString('utf8'); });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let asked = 0;
  // The first leases may be granted before the stream is open.
  assert.ok(await soon(async () => (await run(...ask, '--rate', '1Gbps', '--for', '10min', '--id', `followed-${asked++}`)).code === 0 && text.includes('\n')));
  const first = JSON.parse(text.slice(0, text.indexOf('\n'))) as { readonly schema: string; readonly kind: string; readonly stream: string; readonly text: string };
  assert.deepEqual([first.schema, first.kind, first.stream], ['heliostat/event/1', 'leaseAccepted', 'lease']);
  assert.match(first.text, /^Lease followed-\d+ \(background, 1 Gb\/s from rank \d+ to rank \d+\) is accepted/);
  child.kill('SIGINT');
  assert.equal(await ended, 0);
});

packageTest('top draws itself again on a terminal, in colour, and leaves the screen as it was', 'script', (script) => {
  const main = fileURLToPath(new URL('../../../src/app/main.ts', import.meta.url));
  const top = `stty cols 120 rows 40; ${process.execPath} ${main} top --interval 300ms --server ${server.url}`;
  const drawn = spawnSync('/bin/sh', ['-c', `(sleep 3; printf q) | ${script} -qec "${top}" /dev/null`], { encoding: 'utf8', env: { ...process.env, TERM: 'xterm' } });
  assert.equal(drawn.status, 0);
  const screens = drawn.stdout.split('\u001b[H');
  assert.ok(screens.length > 2, 'it was drawn once only');
  assert.ok(drawn.stdout.includes('\u001b[?1049h') && drawn.stdout.trimEnd().endsWith('\u001b[?1049l'));
  assert.match(stripVTControlCharacters(screens.at(-1) ?? ''), /^small live, [\s\S]*q ends/);
  assert.ok(screens.at(-1)?.includes('\u001b[32mrunning\u001b[39m'));
});

test('writing needs a token and says how to get one', async () => {
  const empty = join(dir, 'nobody');
  const ran = await runCommand(modules, ...ask, '--rate', '1Gbps', '--server', server.url, '--data', empty);
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /This needs a token\. .*--token-file.*\[no-token\]/);
  assert.equal((await runCommand(modules, 'status', '--server', server.url, '--data', empty)).code, 0);
});

test('a token never goes to another computer in the clear', async () => {
  const file = join(dir, 'admin.token');
  const ran = await runCommand(modules, 'status', '--server', 'http://192.0.2.1:7420', '--token-file', file);
  assert.deepEqual([ran.code, /\[token-in-the-clear\]/.test(ran.stderr), ran.stderr.includes(server.adminToken)], [2, true, false]);
});

test('where no server answers there is one line with what to do', async () => {
  for (const words of [['status'], ['top'], ['lease', 'list'], ['events', '--follow'], ['whatif', 'list'], ['drain', 'leaf0']]) {
    const ran = await runCommand(modules, ...words, '--server', 'http://127.0.0.1:1', '--data', dir);
    assert.deepEqual([ran.code, ran.stdout], [1, '']);
    assert.match(ran.stderr, /^No server answers at http:\/\/127\.0\.0\.1:1 \(.+\)\. Start one with "heliostat serve", or name it with --server or HELIOSTAT_SERVER \[server-unreachable\]\n$/);
  }
});
