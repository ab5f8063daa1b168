/** Who asks in a fuzz run: every role with a real token or JWT, and everybody who should be let in nowhere. */

import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportPKCS8, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import type { Dice } from '../../../src/base/dice.ts';
import type { Role } from '../../../src/app/contract/words.ts';
import { roles } from '../../../src/app/contract/words.ts';
import { createToken, revokeToken } from '../../../src/app/server/access.ts';
import { hostileWord, pick } from './hostile-values.ts';

export interface Caller {
  readonly name: string;
  /** Value of the Authorization header; `null` sends none. */
  readonly header: string | null;
  /** What it may do; `null` for nobody. */
  readonly role: Role | null;
}

export interface Callers {
  readonly known: readonly Caller[];
  readonly strangers: readonly Caller[];
  /** Texts that no answer and no line of the server may ever hold. */
  readonly secrets: readonly string[];
}

export const audience = 'heliostat-fuzz';

/** An issuer on this computer: its keys, as the server fetches them, and what it signs. */
export interface Issuer {
  readonly url: string;
  readonly jwksUrl: string;
  /** JWTs that are sound and JWTs that are not. */
  callers(): Promise<{ readonly known: readonly Caller[]; readonly strangers: readonly Caller[]; readonly secrets: readonly string[] }>;
  close(): Promise<void>;
}

const base64 = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

export async function startIssuer(): Promise<Issuer> {
  const pair = await generateKeyPair('ES256', { extractable: true });
  const other = await generateKeyPair('ES256', { extractable: true });
  const jwk = { ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' };
  const server: Server = createServer((_request, response) => response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: [jwk] })));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const claims = (role: unknown): Record<string, unknown> => ({ iss: url, aud: audience, sub: `user-${String(role)}`, heliostat_role: role, exp: Math.floor(Date.now() / 1000) + 7200 });
  const sign = (payload: Record<string, unknown>, { key = pair.privateKey, kid = 'one' }: { readonly key?: CryptoKey; readonly kid?: string } = {}): Promise<string> =>
    new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid }).sign(key);
  return {
    url, jwksUrl: `${url}/jwks`,
    async callers() {
      const known = await Promise.all(roles.map(async (role): Promise<Caller> => ({ name: `jwt ${role}`, header: `Bearer ${await sign(claims(role))}`, role })));
      const spki = await exportSPKI(pair.publicKey);
      const shared = await new SignJWT(claims('admin')).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(new TextEncoder().encode(spki));
      const sound = await sign(claims('admin'));
      const [head = '', body = '', signature = ''] = sound.split('.');
      const none = `${base64({ alg: 'none', typ: 'JWT' })}.${base64(claims('admin'))}.`;
      const wrong: readonly (readonly [name: string, token: string])[] = [
        ['alg none', none], ['alg none with a signature', `${none}${signature}`], ['alg nOnE', `${base64({ alg: 'nOnE', kid: 'one' })}.${base64(claims('admin'))}.AA`], ['public key as a secret', shared],
        ['another key', await sign(claims('admin'), { key: other.privateKey })], ['another kid', await sign(claims('admin'), { kid: '../../../../dev/null' })],
        ['out of date', await sign({ ...claims('admin'), exp: Math.floor(Date.now() / 1000) - 3600 })], ['not yet', await sign({ ...claims('admin'), nbf: Math.floor(Date.now() / 1000) + 3600 })],
        ['another audience', await sign({ ...claims('admin'), aud: 'another' })], ['another issuer', await sign({ ...claims('admin'), iss: 'https://evil.example' })],
        ['an unknown role', await sign(claims('root'))], ['roles as an object', await sign(claims({ admin: true }))], ['no subject', await sign({ ...claims('admin'), sub: undefined })],
        ['changed claims', `${head}.${base64(claims('admin').exp === 0 ? {} : { ...claims('admin'), sub: 'changed' })}.${signature}`], ['cut signature', `${head}.${body}.${signature.slice(0, 20)}`],
        ['key inside', `${base64({ alg: 'ES256', jwk: await exportJWK(other.publicKey) })}.${base64(claims('admin'))}.${signature}`], ['three dots', 'a.b.c'], ['empty parts', '..'],
      ];
      return {
        known, strangers: wrong.map(([name, token]) => ({ name: `jwt with ${name}`, header: `Bearer ${token}`, role: null })),
        secrets: [sound, ...known.flatMap(({ header }) => header?.slice(7) ?? []), (await exportPKCS8(pair.privateKey)).split('\n')[1] ?? ''],
      };
    },
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(() => resolve());
    }),
  };
}

function tokenOf(dir: string, role: Role, name: string): { readonly id: string; readonly token: string } {
  const made = createToken(dir, { role, name });
  if (!made.ok) throw new Error(made.issues.map(({ message }) => message).join(' '));
  return { id: made.value.row.id, token: made.value.token };
}

/** Callers of a server whose data folder is at hand. */
export async function createCallers(dir: string, issuer: Issuer): Promise<Callers> {
  const made = roles.map((role) => ({ role, ...tokenOf(dir, role, `fuzz ${role}`) }));
  const revoked = tokenOf(dir, 'admin', 'revoked');
  revokeToken(dir, revoked.id);
  const admin = made.at(-1)?.token ?? '';
  const flipped = `${admin.slice(0, -2)}${admin.at(-2) === 'A' ? 'B' : 'A'}${admin.at(-1)}`;
  const wrong: readonly (readonly [name: string, header: string | null])[] = [
    ['no token', null], ['an empty header', ''], ['a bare word', 'Bearer'], ['basic', `Basic ${base64('admin:admin')}`], ['a revoked token', `Bearer ${revoked.token}`], ['a flipped token', `Bearer ${flipped}`],
    ['a cut token', `Bearer ${admin.slice(0, 40)}`], ['an unknown token', `Bearer hlt_000000000000_${'a'.repeat(43)}`], ['a hash', `Bearer hlt_${'0'.repeat(12)}`], ['a long token', `Bearer ${'a'.repeat(7000)}`],
    ['two tokens', `Bearer ${flipped}, Bearer ${flipped}`], ['the name of a role', 'Bearer admin'], ['null', 'Bearer null'], ['a file', 'Bearer ../admin.token'], ['a wrong scheme', `Token ${admin}`],
  ];
  const jwts = await issuer.callers();
  return {
    known: [...made.map(({ role, token }): Caller => ({ name: `token ${role}`, header: `Bearer ${token}`, role })), ...jwts.known],
    strangers: [...wrong.map(([name, header]): Caller => ({ name, header, role: null })), ...jwts.strangers],
    secrets: [...made.map(({ token }) => token), revoked.token, ...jwts.secrets],
  };
}

/** Somebody to ask: known ones with `knownShare`, else strangers, now and then with a header made up on the spot. */
export function drawCaller(dice: Dice, { known, strangers }: Callers, knownShare: number): Caller {
  if (dice.uniform() < knownShare) return pick(dice, known);
  if (dice.uniform() < 0.1) return { name: 'made up', header: `Bearer ${hostileWord(dice).replace(/[^\x21-\x7e]/g, 'x')}`, role: null };
  return pick(dice, strangers);
}
