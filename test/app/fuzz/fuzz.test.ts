/** Fuzzed requests against a real server, bounded for every run of the tests; `scripts/fuzz.ts` goes on for as long as one likes. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ServerProcess } from '../server/server-process.ts';
import { removeFolder, startSmall, temporaryFolder } from '../server/server-process.ts';
import type { Callers, Issuer } from './callers.ts';
import { audience, createCallers, startIssuer } from './callers.ts';
import { filesBeside, fuzz, unlawfulWrites, writesOf } from './fuzz-run.ts';

/** Requests of each part; fixed, so that the same seed draws the same ones. */
const requests = 1500;
/** Seeds that found something once stay here by number. */
const strangersSeed = 2;
const everybodySeed = 3;

const dir = temporaryFolder();
let issuer: Issuer;
let server: ServerProcess;
let callers: Callers;

before(async () => {
  issuer = await startIssuer();
  server = await startSmall(dir, ['--closed', '--log-level', 'debug', '--oidc-issuer', issuer.url, '--oidc-audience', audience, '--oidc-jwks', issuer.jwksUrl]);
  callers = await createCallers(dir, issuer);
});
after(async () => {
  await server.stop();
  await issuer.close();
  removeFolder(dir);
});

test('strangers with forged tokens, damaged JSON and bare bytes break nothing, learn nothing and change nothing', async () => {
  const before = filesBeside(dir);
  const report = await fuzz(server, { seed: strangersSeed, requests, callers, knownShare: 0 });
  assert.deepEqual(report.broken, []);
  assert.ok((report.statuses.get(401) ?? 0) > requests / 2, 'most requests reach the door');
  assert.equal(filesBeside(dir), before);
  assert.equal((await server.ask('/api/v1/audit')).body['items']?.toString(), '', 'the audit tells of no write');
});

test('requests of every role break nothing, and each write in the log is of one who may', async () => {
  const report = await fuzz(server, { seed: everybodySeed, requests, callers, knownShare: 0.8 });
  assert.deepEqual(report.broken, []);
  const { code, stderr } = await server.stop();
  assert.equal(code, 0, stderr);
  const writes = writesOf(dir);
  assert.ok(writes.length > 10, `only ${writes.length} writes went through`);
  assert.deepEqual(unlawfulWrites(writes), []);
});
