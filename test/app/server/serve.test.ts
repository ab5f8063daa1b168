/** Starting and stopping `heliostat serve` as a user does: one ready line, clean stops, and one clear line for everything that is wrong. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ensureCertificates } from '../../../src/adapters/certificates.ts';
import { ServerProcess, removeFolder, serve, startSmall, temporaryFolder, writeSmallCluster } from './server-process.ts';

const folders: string[] = [];
const folder = (): string => {
  const dir = temporaryFolder();
  folders.push(dir);
  return dir;
};
after(() => folders.forEach(removeFolder));

test('a server says ready once, answers its probes, keeps its secrets to itself and stops cleanly', async () => {
  const dir = folder();
  const server = await startSmall(dir, ['--log-level', 'debug']);
  assert.equal((await server.ask('/healthz', { token: null })).status, 200);
  assert.deepEqual((await server.ask('/readyz', { token: null })).body['status'], 'ready');
  assert.equal(statSync(join(dir, 'admin.token')).mode & 0o777, 0o600);
  const token = server.adminToken;
  await server.ask('/api/v1/leases', { method: 'POST', body: '{"tenant": 7}' });
  await server.ask('/api/v1/leases', { method: 'POST', body: '{', token: `${token}x` });
  const { code, stdout, stderr } = await server.stop('SIGINT');
  assert.equal(code, 0);
  assert.match(stdout, /^ready http:\/\/127\.0\.0\.1:\d+\n$/);
  assert.ok(stderr.includes(join(dir, 'admin.token')), 'the path of the token is told');
  for (const file of ['tokens.json', 'requests.db', 'requests.db-wal']) {
    if (readdirSync(dir).includes(file)) assert.ok(!readFileSync(join(dir, file), 'latin1').includes(token), `${file} holds no token`);
  }
  assert.ok(!(stdout + stderr).includes(token), 'nothing that is printed holds the token');
});

test('a second server on the same folder is refused with the process that holds it', async () => {
  const dir = folder();
  const first = await startSmall(dir, ['--empty']);
  const second = await serve(dir, ['--cluster', writeSmallCluster(dir)]);
  assert.ok(!(second instanceof ServerProcess));
  assert.equal(second.code, 1);
  assert.match(second.stderr, /in use by process \d+.*\[store-in-use\]\n$/);
  const late = folder();
  const third = await serve(late, ['--cluster', writeSmallCluster(dir), '--port', new URL(first.url).port]);
  assert.ok(!(third instanceof ServerProcess));
  assert.equal(third.code, 1);
  assert.match(third.stderr, /^[^\n]*Something listens there already.*--port.*\[port-in-use\]\n$/, 'a refusal is told alone');
  assert.equal((await first.stop()).code, 0);
  const next = await startSmall(late, ['--empty']);
  const told = await next.stop();
  assert.ok(told.stderr.includes(join(late, 'admin.token')), 'the start that succeeds tells where the token is');
});

test('a log with a flipped byte is refused with its place and the command that restores', async () => {
  const dir = folder();
  const server = await startSmall(dir);
  assert.equal((await server.stop()).code, 0);
  const generation = readdirSync(dir).find((name) => statSync(join(dir, name)).isDirectory()) ?? assert.fail('no generation');
  const database = join(dir, generation, readdirSync(join(dir, generation)).find((name) => /\.(?:db|sqlite)$/.test(name)) ?? assert.fail('no database'));
  const bytes = readFileSync(database);
  const at = bytes.lastIndexOf('leaseAsked');
  assert.ok(at > 0);
  bytes.write('leaseAskeD', at);
  writeFileSync(database, bytes);
  const again = await serve(dir, ['--cluster', writeSmallCluster(dir)]);
  assert.ok(!(again instanceof ServerProcess));
  assert.notEqual(again.code, 0);
  assert.match(again.stderr, /entry \d+/);
  assert.match(again.stderr, /heliostat store restore/);
});

test('a server whose file of tokens was lost says that nobody administers it, and how to mend that', async () => {
  const dir = folder();
  const first = await startSmall(dir);
  await first.stop();
  rmSync(join(dir, 'tokens.json'));
  const again = await startSmall(dir);
  assert.equal((await again.ask('/api/v1/tokens')).status, 401);
  const { stderr } = await again.stop();
  assert.match(stderr, /tokens\.json: No token of an administrator is in force.*heliostat token create --role admin --data \S+ \[no-administrator\]/);
});

test('a data folder that is a file is refused', async () => {
  const file = join(folder(), 'data');
  writeFileSync(file, '');
  const ended = await serve(file, []);
  assert.ok(!(ended instanceof ServerProcess));
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /\[cannot-write\]\n$/);
});

const wrong: readonly (readonly [what: string, options: readonly string[], line: RegExp])[] = [
  ['a port that is no number', ['--port', 'x'], /--port.*\[out-of-range\]/],
  ['a port out of range', ['--port', '70000'], /--port.*\[out-of-range\]/],
  ['a speed of nothing', ['--speed', '0'], /--speed.*\[out-of-range\]/],
  ['a cluster that is not there', ['--cluster', 'nowhere.yaml'], /nowhere\.yaml.*\[missing-file\]/],
  ['a folder without a name', ['--data', ' '], /--data.*\[not-a-folder\]/],
  ['an address beyond this computer without TLS', ['--host', '0.0.0.0'], /--closed --tls-cert.*\[open-to-strangers\]/],
  ['a certificate without its key', ['--tls-cert', 'a.pem'], /--tls-key.*\[option-missing\]/],
  ['an issuer without an audience', ['--oidc-issuer', 'https://login.example.org'], /--oidc-audience.*\[option-missing\]/],
  ['an unknown level', ['--log-level', 'loud'], /--log-level.*\[unknown-value\]/],
];

test('with TLS and --closed a server answers over HTTPS only to whoever trusts its certificate and brings a token', async () => {
  const dir = folder();
  const tls = join(dir, 'tls');
  const made = await ensureCertificates(tls);
  assert.ok(made.ok);
  const options = ['--closed', '--empty', '--tls-cert', join(tls, 'server.pem'), '--tls-key', join(tls, 'server.key')];
  const server = await startSmall(dir, options);
  assert.match(server.url, /^https:/);
  const status = (token: string | null): Promise<number> => new Promise((resolve, reject) => {
    const asked = get(`${server.url}/api/v1/cluster`, { ca: made.value.ca, servername: 'localhost', checkServerIdentity: () => undefined, headers: token === null ? {} : { authorization: `Bearer ${token}` } },
      (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asked.on('error', reject);
  });
  assert.deepEqual([await status(null), await status(server.adminToken)], [401, 200]);
  await assert.rejects(fetch(`${server.url}/healthz`), 'a stranger\'s certificate is not trusted');
  assert.equal((await server.stop()).code, 0);
  const foreign = await serve(dir, ['--cluster', writeSmallCluster(dir), ...options.slice(0, 4), '--tls-key', join(tls, 'admin.key')]);
  assert.ok(!(foreign instanceof ServerProcess));
  assert.equal(foreign.code, 2);
  assert.match(foreign.stderr, /--tls-cert.*\[bad-certificate\]\n$/);
});

test('wrong options end with 2, the place and the remedy', async () => {
  const dir = folder();
  const runs = await Promise.all(wrong.map(async ([what, options, line]) => ({ what, line, ended: await serve(join(dir, 'data'), options) })));
  for (const { what, line, ended } of runs) {
    assert.ok(!(ended instanceof ServerProcess), what);
    assert.equal(ended.code, 2, what);
    assert.match(ended.stderr, line, what);
    assert.equal(ended.stdout, '', what);
  }
});
