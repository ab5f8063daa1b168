/**
 * A private certificate authority for device traffic: made on first start, kept in files only their owner reads, and checked
 * with one clear line when something is expired, foreign or does not belong together.
 *
 * Files of a folder: `ca.pem` and `ca.key`, and for the server and each client `NAME.pem` and `NAME.key`. A client is known by
 * the common name of its certificate.
 */

import { X509Certificate, createPrivateKey, webcrypto } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from './make-folder.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import { installDecoratorMetadata } from './decorator-metadata.ts';

/** Who may speak to a twin: `admin` injects faults and writes, `controller` writes, `viewer` reads. */
export const clientNames = ['admin', 'controller', 'viewer'] as const;
export type ClientName = (typeof clientNames)[number];

/** One end's certificate and key with the authority it trusts, as PEM text. */
export interface Identity {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

const subjects = ['server', ...clientNames] as const;
type Subject = (typeof subjects)[number];

const caYears = 10;
const leafDays = 397;
const dayMs = 86_400_000;

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** The library is loaded when certificates must be made, which is once in the life of a folder. */
async function x509Library(): Promise<typeof import('@peculiar/x509')> {
  installDecoratorMetadata();
  const library = await import('@peculiar/x509');
  library.cryptoProvider.set(webcrypto as Crypto);
  return library;
}

async function pemOfKey(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${bytes.replace(/(.{64})/g, '$1\n').trimEnd()}\n-----END PRIVATE KEY-----\n`;
}

const serial = (): string => Buffer.from(webcrypto.getRandomValues(new Uint8Array(16))).toString('hex').replace(/^[89a-f]/, '1');

function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  chmodSync(path, 0o600);
}

async function makeAuthority(folder: string, nowMs: number): Promise<void> {
  const x509 = await x509Library();
  const make = async (): Promise<webcrypto.CryptoKeyPair> => (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair;
  const caKeys = await make();
  const notBefore = new Date(nowMs - 60_000);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(), name: 'CN=Heliostat device authority', notBefore, notAfter: new Date(nowMs + caYears * 365 * dayMs), signingAlgorithm: algorithm, keys: caKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  writePrivate(join(folder, 'ca.key'), await pemOfKey(caKeys.privateKey));
  writePrivate(join(folder, 'ca.pem'), `${ca.toString('pem')}\n`);
  for (const subject of subjects) {
    const keys = await make();
    const usage = subject === 'server' ? x509.ExtendedKeyUsage.serverAuth : x509.ExtendedKeyUsage.clientAuth;
    const certificate = await x509.X509CertificateGenerator.create({
      serialNumber: serial(), subject: `CN=${subject}`, issuer: ca.subject, notBefore, notAfter: new Date(nowMs + leafDays * dayMs),
      publicKey: keys.publicKey, signingKey: caKeys.privateKey, signingAlgorithm: algorithm,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true), new x509.ExtendedKeyUsageExtension([usage]), new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey), await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ...(subject === 'server' ? [new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'localhost' }, { type: 'ip', value: '127.0.0.1' }, { type: 'ip', value: '::1' }])] : []),
      ],
    });
    writePrivate(join(folder, `${subject}.key`), await pemOfKey(keys.privateKey));
    writePrivate(join(folder, `${subject}.pem`), `${certificate.toString('pem')}\n`);
  }
}

const remedyOf = (folder: string): string => `Move the folder ${folder} away; the next start of the server makes new certificates.`;

const problem = (folder: string, file: string, code: string, message: string): Issue => ({ code, file: join(folder, file), message, remedy: remedyOf(folder) });

/** Everything that keeps a certificate from being used now. */
function certificateIssues(folder: string, subject: Subject, identity: Identity, nowMs: number): Issue[] {
  const file = `${subject}.pem`;
  const read = (text: string, name: string): X509Certificate | Issue => {
    try {
      return new X509Certificate(text);
    } catch (fault) {
      return problem(folder, name, 'certificate-unreadable', `This is no certificate: ${fault instanceof Error ? fault.message : String(fault)}`);
    }
  };
  const ca = read(identity.ca, 'ca.pem');
  const own = read(identity.cert, file);
  if (!(ca instanceof X509Certificate)) return [ca];
  if (!(own instanceof X509Certificate)) return [own];
  for (const [name, certificate] of [['ca.pem', ca], [file, own]] as const) {
    if (certificate.validToDate.getTime() <= nowMs) return [problem(folder, name, 'certificate-expired', `The certificate expired on ${certificate.validToDate.toISOString()}`)];
    if (certificate.validFromDate.getTime() > nowMs) {
      const early = problem(folder, name, 'certificate-not-yet-valid', `The certificate is valid from ${certificate.validFromDate.toISOString()}, later than this machine's clock`);
      return [{ ...early, remedy: 'Set the clock of this machine, or wait.' }];
    }
  }
  if (!own.verify(ca.publicKey)) return [problem(folder, file, 'certificate-foreign', 'The certificate was not signed by the authority beside it')];
  try {
    if (!own.checkPrivateKey(createPrivateKey(identity.key))) return [problem(folder, `${subject}.key`, 'certificate-key-mismatch', 'The key does not belong to its certificate')];
  } catch (fault) {
    return [problem(folder, `${subject}.key`, 'key-unreadable', `This is no private key: ${fault instanceof Error ? fault.message : String(fault)}`)];
  }
  return [];
}

/** Reads one identity of a folder and checks that it can be used now. */
export function readIdentity(folder: string, subject: Subject, nowMs: number = Date.now()): Parsed<Identity> {
  const texts: Record<string, string> = {};
  for (const file of ['ca.pem', `${subject}.pem`, `${subject}.key`]) {
    try {
      texts[file] = readFileSync(join(folder, file), 'utf8');
    } catch (fault) {
      const reason = (fault as NodeJS.ErrnoException).code === 'ENOENT' ? 'The file is not there' : `The file cannot be read: ${(fault as Error).message}`;
      return rejected({ ...problem(folder, file, 'certificate-missing', reason), remedy: existsSync(folder) ? remedyOf(folder) : 'Start the server first; it makes the certificates.' });
    }
  }
  const identity: Identity = { ca: texts['ca.pem'] ?? '', cert: texts[`${subject}.pem`] ?? '', key: texts[`${subject}.key`] ?? '' };
  const issues = certificateIssues(folder, subject, identity, nowMs);
  return issues.length > 0 ? { ok: false, issues } : parsed(identity);
}

/**
 * The server's identity, made with all client identities when the folder is empty. A folder that holds something else, or
 * certificates that cannot be used, is an issue and stays as it is. Issue codes: `certificate-missing`, `certificate-unreadable`,
 * `certificate-expired`, `certificate-not-yet-valid`, `certificate-foreign`, `certificate-key-mismatch`, `key-unreadable`, `folder-unwritable`.
 */
export async function ensureCertificates(folder: string, nowMs: number = Date.now()): Promise<Parsed<Identity>> {
  try {
    makeFolder(folder, { mode: 0o700 });
    if (readdirSync(folder).length === 0) await makeAuthority(folder, nowMs);
  } catch (fault) {
    const code = (fault as NodeJS.ErrnoException).code ?? '';
    if (code === '') throw fault;
    return rejected({ code: 'folder-unwritable', file: folder, message: `Certificates cannot be kept here: ${(fault as Error).message}`, remedy: 'Name another folder with --data, or make this one writable.' });
  }
  const issues = clientNames.flatMap((name) => {
    const client = readIdentity(folder, name, nowMs);
    return client.ok ? [] : client.issues;
  });
  return issues.length > 0 ? { ok: false, issues: issues.slice(0, 1) } : readIdentity(folder, 'server', nowMs);
}
