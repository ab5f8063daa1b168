/** Edges that a stranger meets at the command line: what is printed can be read back, wrong names are guessed at, and a token is shown to its own server alone. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeFolder } from '../../../src/adapters/make-folder.ts';
import { parsePolicy } from '../../../src/adapters/spec/policy.ts';
import { policyText } from '../../../src/adapters/spec/write-policy.ts';
import { jobsCommand } from '../../../src/app/commands/jobs.ts';
import { drainCommand } from '../../../src/app/commands/drain.ts';
import { leaseCommand } from '../../../src/app/commands/lease.ts';
import { policyCommand } from '../../../src/app/commands/policy.ts';
import { statusCommand } from '../../../src/app/commands/status.ts';
import { checkPolicy, defaultPolicy, unnamedTenant } from '../../../src/plan/policy.ts';
import { runCommand } from '../run-command.ts';
import type { Ran } from '../run-command.ts';
import { startForFile, temporaryFolder } from '../server/server-process.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const server = await startForFile();
const { dir } = server;

const modules = [drainCommand, jobsCommand, leaseCommand, policyCommand, statusCommand];
const run = (...words: readonly string[]): Promise<Ran> => runCommand(modules, ...words, '--server', server.url, '--data', dir);

test('a policy that is written out reads back as the same policy', () => {
  const policies = [defaultPolicy, {
    ...defaultPolicy, name: 'night-shift', tenants: { search: { weight: 2, shareCap: 0.6 } }, ladder: defaultPolicy.ladder.map((rung) => (rung.rung === 'migrate' ? { ...rung, enabled: false } : rung)),
    health: { ...defaultPolicy.health, holdDownNs: 1_500_000_000, marginHoldDb: 0.75 }, costs: { ...defaultPolicy.costs, retuneDarkNs: 12_345 },
  }];
  for (const policy of policies) {
    const read = parsePolicy(policyText(policy), 'mine.yaml', { base: defaultPolicy, unnamedTenant, check: checkPolicy });
    assert.ok(read.ok, JSON.stringify(read));
    assert.deepEqual(read.value, policy);
  }
});

test('what policy get prints is checked and set again', async () => {
  const file = join(dir, 'mine.yaml');
  writeFileSync(file, (await run('policy', 'get')).stdout);
  assert.equal((await runCommand(modules, 'policy', 'check', file)).code, 0);
  const set = await run('policy', 'set', file);
  assert.deepEqual([set.code, set.stderr], [0, '']);
});

test('a rank that the cluster does not have is wrong input with place and range', async () => {
  const ran = await run('lease', 'ask', '--class', 'background', '--from', '0', '--to', '99999', '--rate', '10Gbps', '--for', '1h', '--tenant', 'lab');
  assert.equal(ran.code, 2);
  // The small cluster has 64 accelerators.
  assert.match(ran.stderr, /--to.*99999.*Name a rank from 0 to 63.*unknown-rank/);
});

test('an unknown component and an unknown job are guessed at', async () => {
  const drained = await run('drain', 'laef0');
  assert.equal(drained.code, 2);
  assert.match(drained.stderr, /component: There is no component laef0.*Did you mean [^?]*\bleaf0\b.*unknown-component/);
  const asked = await server.ask('/api/v1/jobs/nosuch');
  assert.deepEqual([asked.status, asked.body['code']], [404, 'unknown-job']);
});

test('a refusal says in a sentence what to do, and in a word too', async () => {
  const refused = await server.ask('/api/v1/leases', { method: 'POST', body: { tenant: 'lab', trafficClass: 'background', fromRank: 0, toRank: 8, rateGbps: 500_000, durationS: 60 } });
  assert.equal(refused.status, 409);
  assert.ok(['wait', 'preempt', 'never'].includes(String(refused.body['doNext'])));
  assert.match(String(refused.body['remedy']), /^Ask .{20}/);
});

test('https to a server without TLS is told in words of Heliostat', async () => {
  const ran = await runCommand(modules, 'status', '--server', server.url.replace('http:', 'https:'), '--data', dir);
  assert.equal(ran.code, 1);
  assert.match(ran.stderr, /does not speak TLS\. Write --server http:\/\/127\.0\.0\.1:\d+/);
  assert.doesNotMatch(ran.stderr, /SSL routines|EPROTO/);
});

test('the administrator\'s token is shown to the server of its folder and to nobody else who listens', async () => {
  const shown: (string | undefined)[] = [];
  const stranger = createServer((request, response) => {
    shown.push(request.headers.authorization);
    response.writeHead(401, { 'content-type': 'application/problem+json' }).end(JSON.stringify({ type: 'about:blank', title: 'No', status: 401, detail: 'Who are you?', code: 'no-token', remedy: 'Show a token' }));
  });
  await new Promise<void>((resolve) => { stranger.listen(0, '127.0.0.1', resolve); });
  try {
    const asked = await runCommand(modules, 'status', '--server', `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`, '--data', dir);
    assert.equal(asked.code, 1);
    assert.match(asked.stderr, /admin\.token was not shown.*--token-file/);
    assert.ok(shown.length > 0 && shown.every((header) => header === undefined));
  } finally {
    stranger.close();
  }
  // Its own server gets it: a write needs it.
  assert.equal((await run('lease', 'ask', '--class', 'background', '--from', '0', '--to', '8', '--rate', '10Gbps', '--for', '1h', '--tenant', 'lab', '--dry-run')).code, 0);
});

test('a folder under one that takes none is refused at once, and a deep one is made whole', () => {
  const folder = temporaryFolder();
  try {
    const deep = join(folder, 'a', 'b', 'c');
    makeFolder(deep);
    makeFolder(deep);
    assert.ok(existsSync(deep));
    // The system says that no such folder exists, however often it is asked to make one.
    if (existsSync('/proc/self')) assert.throws(() => makeFolder('/proc/heliostat-none/deeper'), /ENOENT|EACCES|EPERM/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the program without what it is built into says how to build it, without a stack', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-unbuilt-'));
  try {
    mkdirSync(join(folder, 'bin'));
    copyFileSync(join(root, 'bin/heliostat.js'), join(folder, 'bin/heliostat.js'));
    writeFileSync(join(folder, 'package.json'), '{"type": "module"}');
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
    const { status, stderr } = spawnSync(process.execPath, [join(folder, 'bin/heliostat.js'), 'status'], { encoding: 'utf8', timeout: 30_000 });
    assert.equal(status, 2);
    assert.match(stderr, /^heliostat is not built here: run "npm run build"[^\n]*\n$/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('the page of the program has examples', () => {
  const { stdout } = spawnSync(process.execPath, ['src/app/main.ts', '--help'], { encoding: 'utf8', cwd: root, timeout: 60_000 });
  assert.match(stdout, /Examples:\n +heliostat serve/);
  assert.ok(readFileSync(join(root, 'package.json'), 'utf8').includes('"compare"') && existsSync(join(root, 'examples/optics-choice.yaml')));
});
