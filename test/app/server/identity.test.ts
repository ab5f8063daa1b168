/** Tokens and JWTs: who is let in by what they bring, checked against keys that the test itself makes. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import { TokenBook, createToken, readTokens, revokeToken } from '../../../src/app/server/access.ts';
import { Identity } from '../../../src/app/server/identity.ts';
import { removeFolder, temporaryFolder } from './server-process.ts';

const dir = temporaryFolder();
const keys = await generateKeyPair('ES256');
const strangerKeys = await generateKeyPair('ES256');
const issuerServer = createServer(async (request, response) => {
  response.setHeader('content-type', 'application/json');
  const { port } = issuerServer.address() as AddressInfo;
  if (request.url === '/.well-known/openid-configuration') response.end(JSON.stringify({ jwks_uri: `http://127.0.0.1:${port}/jwks` }));
  else response.end(JSON.stringify({ keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }] }));
});
let issuer = '';

before(async () => {
  await new Promise<void>((resolve) => issuerServer.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(issuerServer.address() as AddressInfo).port}`;
});
after(() => {
  issuerServer.close();
  removeFolder(dir);
});

interface Claims {
  readonly role?: unknown;
  readonly audience?: string;
  readonly issuer?: string;
  readonly endsInS?: number;
  readonly key?: CryptoKey;
}

const jwt = ({ role = 'operator', audience = 'heliostat', issuer: by = issuer, endsInS = 60, key = keys.privateKey }: Claims = {}): Promise<string> =>
  new SignJWT({ heliostat_role: role }).setProtectedHeader({ alg: 'ES256',
    kid: 'one' }).setSubject('ada').setIssuer(by).setAudience(audience).setIssuedAt().setExpirationTime(Math.floor(Date.now() / 1000) + endsInS).sign(key);

const write = { address: '127.0.0.1', role: 'scheduler', isWrite: true } as const;

async function outcome(identity: Identity, token: string | undefined, ask: Partial<Parameters<Identity['admit']>[0]> = {}): Promise<string | number> {
  const admitted = await identity.admit({ ...write, header: token === undefined ? undefined : `Bearer ${token}`, ...ask });
  return 'problem' in admitted ? admitted.problem.status : `${admitted.id} ${admitted.role}`;
}

test('a JWT of the trusted issuer is taken with the role of its claim; any flaw of it lets nobody in', async () => {
  const identity = new Identity({ dir, isClosed: true, oidc: { issuer, audience: 'heliostat', jwksUrl: null, roleClaim: 'heliostat_role' } });
  assert.equal(await outcome(identity, await jwt()), 'oidc:ada operator');
  assert.equal(await outcome(identity, await jwt({ role: ['viewer', 'admin', 'unknown'] })), 'oidc:ada admin');
  assert.equal(await outcome(identity, await jwt({ role: 'viewer' })), 403);
  for (const claims of [{ role: 'root' }, { role: 7 }, { audience: 'other' }, { issuer: 'http://elsewhere' }, { endsInS: -120 }, { key: strangerKeys.privateKey }] satisfies Claims[]) {
    assert.equal(await outcome(identity, await jwt(claims)), 401, JSON.stringify(Object.keys(claims)));
  }
  const unsigned = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${(await jwt()).split('.')[1] ?? ''}.`;
  assert.equal(await outcome(identity, unsigned), 401);
  // A shared secret made of the public key is the classic confusion of algorithms.
  const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(keys.publicKey)));
  const confused = await new SignJWT({ heliostat_role: 'admin' }).setProtectedHeader({ alg: 'HS256' }).setSubject('eve').setIssuer(issuer).setAudience('heliostat').setExpirationTime('1h').sign(secret);
  assert.equal(await outcome(identity, confused), 401);
});

test('reads are open to this computer only, and to nobody where the server is closed', async () => {
  const read = { role: 'viewer', isWrite: false } as const;
  const open = new Identity({ dir, isClosed: false, oidc: null });
  assert.equal(await outcome(open, undefined, read), 'loopback viewer');
  assert.equal(await outcome(open, undefined, { ...read, address: '::ffff:127.0.0.1' }), 'loopback viewer');
  assert.equal(await outcome(open, undefined, { ...read, address: '10.0.0.7' }), 401);
  assert.equal(await outcome(open, undefined, { ...read, role: 'admin' }), 401);
  assert.equal(await outcome(open, undefined), 401);
  assert.equal(await outcome(open, 'nonsense', read), 401);
  assert.equal(await outcome(new Identity({ dir, isClosed: true, oidc: null }), undefined, read), 401);
});

test('tokens are kept as hashes, readable by their owner alone, and a damaged file lets nobody in', () => {
  const made = createToken(dir, { role: 'operator', name: 'noc' });
  assert.ok(made.ok);
  const { token, row } = made.value;
  const file = join(dir, 'tokens.json');
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(!readFileSync(file, 'utf8').includes(token.slice(-43)));
  const book = new TokenBook(dir);
  assert.deepEqual(book.find(token), { id: `token:${row.id}`, role: 'operator' });
  assert.equal(book.find(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`), null);
  assert.ok(revokeToken(dir, row.id).ok);
  assert.equal(book.find(token), null);
  assert.ok(!revokeToken(dir, 'nobody').ok);
  const other = createToken(dir, { role: 'viewer', name: 'guest' });
  assert.ok(other.ok);
  writeFileSync(file, '{"tokens": [{}]}');
  assert.equal(book.find(other.value.token), null);
  const read = readTokens(dir);
  assert.ok(!read.ok && read.issues[0]?.code === 'bad-token-file');
});
