/** Device certificates: made once, checked each time, and judged by an independent program. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { clientNames, ensureCertificates, readIdentity } from '../../src/adapters/certificates.ts';
import type { Parsed } from '../../src/base/issue.ts';
import { packageTest } from '../packages.ts';

const dayMs = 86_400_000;

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-tls-'));
  try {
    await run(join(folder, 'tls'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const codeOf = (result: Parsed<unknown>): string => (result.ok ? 'ok' : result.issues.map(({ code }) => code).join());

test('certificates are made once and then read', () => inFolder(async (folder) => {
  const first = await ensureCertificates(folder);
  assert.ok(first.ok);
  assert.deepEqual(await ensureCertificates(folder), first);
  for (const name of clientNames) assert.equal(codeOf(readIdentity(folder, name)), 'ok');
}));

packageTest('openssl accepts every certificate for its purpose', 'openssl', (openssl) => inFolder(async (folder) => {
  assert.ok((await ensureCertificates(folder)).ok);
  for (const [name, purpose] of [['server', 'sslserver'], ...clientNames.map((client) => [client, 'sslclient'])]) {
    const said = execFileSync(openssl, ['verify', '-x509_strict', '-purpose', purpose ?? '', '-CAfile', join(folder, 'ca.pem'), join(folder, `${name ?? ''}.pem`)], { encoding: 'utf8' });
    assert.match(said, /: OK\n$/);
  }
}));

test('expired, early, foreign, mismatched, unreadable and missing files are each told by name', () => inFolder(async (folder) => {
  assert.ok((await ensureCertificates(folder)).ok);
  const now = Date.now();
  assert.equal(codeOf(readIdentity(folder, 'admin', now + 398 * dayMs)), 'certificate-expired');
  assert.equal(codeOf(readIdentity(folder, 'admin', now - dayMs)), 'certificate-not-yet-valid');
  const admin = { cert: readFileSync(join(folder, 'admin.pem')), key: readFileSync(join(folder, 'admin.key')) };
  await inFolder(async (other) => {
    assert.ok((await ensureCertificates(other)).ok);
    writeFileSync(join(folder, 'admin.pem'), readFileSync(join(other, 'admin.pem')));
    writeFileSync(join(folder, 'admin.key'), readFileSync(join(other, 'admin.key')));
  });
  assert.equal(codeOf(readIdentity(folder, 'admin')), 'certificate-foreign');
  assert.equal(codeOf(await ensureCertificates(folder)), 'certificate-foreign');
  writeFileSync(join(folder, 'admin.pem'), admin.cert);
  assert.equal(codeOf(readIdentity(folder, 'admin')), 'certificate-key-mismatch');
  writeFileSync(join(folder, 'admin.key'), 'no key');
  assert.equal(codeOf(readIdentity(folder, 'admin')), 'key-unreadable');
  writeFileSync(join(folder, 'admin.pem'), 'no certificate');
  assert.equal(codeOf(readIdentity(folder, 'admin')), 'certificate-unreadable');
  rmSync(join(folder, 'admin.pem'));
  assert.equal(codeOf(readIdentity(folder, 'admin')), 'certificate-missing');
}));
