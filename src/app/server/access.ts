/** Who may do what: bearer tokens kept as hashes in a file, JWTs of an issuer that the operator trusts, and roles in rising order. */

import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder } from '../../adapters/make-folder.ts';
import { systemCode } from '../../adapters/regular-file.ts';
import { writeWholeFile } from '../../adapters/whole-file.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { Role } from '../contract/words.ts';
import { roleSchema, roles } from '../contract/words.ts';

/** Whoever asks, once known. */
export interface Principal {
  /** `token:ID`, `oidc:SUBJECT`, or `loopback` for reads without a token. */
  readonly id: string;
  readonly role: Role;
}

export const roleCovers = (held: Role, needed: Role): boolean => roles.indexOf(held) >= roles.indexOf(needed);

const tokenRowSchema = z.strictObject({ id: z.string(), name: z.string(), role: roleSchema, sha256: z.string().regex(/^[0-9a-f]{64}$/), createdAt: z.string(), revokedAt: z.string().nullable() });
const tokenFileSchema = z.strictObject({ tokens: z.array(tokenRowSchema).max(10_000) });
export type TokenRow = z.infer<typeof tokenRowSchema>;

const tokenFile = (dir: string): string => join(dir, 'tokens.json');
export const adminTokenFile = (dir: string): string => join(dir, 'admin.token');

/** 256 random bits: a plain hash is as safe as a slow one, since nobody can guess what is hashed. */
const secretBytes = 32;
const hashOf = (secret: string): Buffer => hash('sha256', secret, 'buffer');

/** Issue codes: `bad-token-file`, `unreadable-file`. */
export function readTokens(dir: string): Parsed<readonly TokenRow[]> {
  const file = tokenFile(dir);
  if (!existsSync(file)) return parsed([]);
  try {
    const found = tokenFileSchema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
    if (found.success) return parsed(found.data.tokens);
  } catch (fault) {
    if (!(fault instanceof SyntaxError)) return rejected({ code: 'unreadable-file', file, message: `The tokens cannot be read (${systemCode(fault)})`, remedy: 'Give yourself permission to read the file' });
  }
  return rejected({ code: 'bad-token-file', file, message: 'The file of tokens is damaged', remedy: 'Remove it and make new tokens with "heliostat token create"' });
}

/** Counts the changes that this process made, which count at once. */
let writes = 0;

function writeTokens(dir: string, tokens: readonly TokenRow[]): Parsed<string> {
  writes += 1;
  const written = writeWholeFile(tokenFile(dir), `${JSON.stringify({ tokens }, null, 2)}\n`);
  if (written.ok) chmodSync(tokenFile(dir), 0o600);
  return written;
}

export interface MadeToken {
  readonly row: TokenRow;
  /** Shown once. */
  readonly token: string;
}

/** Makes a token; its secret is nowhere but in the answer. */
export function createToken(dir: string, { role, name }: { readonly role: Role; readonly name: string }): Parsed<MadeToken> {
  try {
    makeFolder(dir);
  } catch (fault) {
    return rejected({ code: 'cannot-write', file: dir, message: `The folder cannot be made (${systemCode(fault)})`, remedy: 'Name a folder that may be written with --data' });
  }
  const tokens = readTokens(dir);
  if (!tokens.ok) return tokens;
  const id = randomBytes(6).toString('hex');
  const token = `hlt_${id}_${randomBytes(secretBytes).toString('base64url')}`;
  const row: TokenRow = { id, name, role, sha256: hashOf(token).toString('hex'), createdAt: new Date().toISOString(), revokedAt: null };
  const written = writeTokens(dir, [...tokens.value, row]);
  return written.ok ? parsed({ row, token }) : written;
}

/** Issue `unknown-token`. A token that is revoked already stays so. */
export function revokeToken(dir: string, id: string): Parsed<TokenRow> {
  const tokens = readTokens(dir);
  if (!tokens.ok) return tokens;
  const row = tokens.value.find((one) => one.id === id);
  if (row === undefined) return rejected({ code: 'unknown-token', message: 'There is no token of this id', remedy: 'See "heliostat token list"', value: id });
  const revoked = { ...row, revokedAt: row.revokedAt ?? new Date().toISOString() };
  const written = writeTokens(dir, tokens.value.map((one) => (one.id === id ? revoked : one)));
  return written.ok ? parsed(revoked) : written;
}

/** Note when nobody holds a token of an administrator any more, as after the file of tokens was lost. */
function adminNotes(dir: string, tokens: readonly TokenRow[]): readonly Issue[] {
  if (tokens.some(({ role, revokedAt }) => role === 'admin' && revokedAt === null)) return [];
  return [{
    code: 'no-administrator', file: tokenFile(dir), message: 'No token of an administrator is in force; the one in admin.token is not known any more',
    remedy: `Make one with "heliostat token create --role admin --data ${dir}"`,
  }];
}

export interface AdminToken {
  /** Where the token is that was made now; `null` where there was one. */
  readonly path: string | null;
  readonly notes: readonly Issue[];
}

/** Writes the first administrator's token where there is none. */
export function ensureAdminToken(dir: string): Parsed<AdminToken> {
  const path = adminTokenFile(dir);
  // A server that can let nobody in says so when it starts, not to everybody who asks.
  const known = readTokens(dir);
  if (!known.ok) return known;
  if (existsSync(path)) return parsed({ path: null, notes: adminNotes(dir, known.value) });
  const made = createToken(dir, { role: 'admin', name: 'first administrator' });
  if (!made.ok) return made;
  try {
    writeFileSync(path, `${made.value.token}\n`, { mode: 0o600, flag: 'wx' });
    return parsed({ path, notes: [] });
  } catch (fault) {
    return rejected({ code: 'cannot-write', file: path, message: `The administrator's token cannot be written (${systemCode(fault)})`, remedy: 'Give it a folder that may be written' });
  }
}

/** Time for which what another process did to the file may go unseen: asking the disk at every request costs as much as the rest of a token's check. */
const unseenMs = 20;

/** Looks tokens up; reads the file again when it has changed, so that making and revoking need no restart. */
export class TokenBook {
  readonly #dir: string;
  #rows: ReadonlyMap<string, TokenRow> = new Map();
  #stamp = '';
  #seenMs = -Infinity;
  #seenWrites = -1;

  constructor(dir: string) {
    this.#dir = dir;
  }

  #refresh(): void {
    const nowMs = performance.now();
    if (nowMs - this.#seenMs < unseenMs && this.#seenWrites === writes) return;
    this.#seenMs = nowMs;
    this.#seenWrites = writes;
    const found = statSync(tokenFile(this.#dir), { throwIfNoEntry: false });
    const stamp = found === undefined ? '' : `${found.mtimeMs}/${found.size}/${found.ino}`;
    if (stamp === this.#stamp) return;
    const tokens = readTokens(this.#dir);
    // A file that cannot be read lets nobody in.
    this.#rows = new Map(tokens.ok ? tokens.value.map((row) => [row.id, row]) : []);
    this.#stamp = stamp;
  }

  /** The name that was given to a token when it was made; `null` for an id that is none of this server's. */
  nameOf({ id }: Pick<Principal, 'id'>): string | null {
    return this.#rows.get(id.replace(/^token:/, ''))?.name ?? null;
  }

  find(token: string): Principal | null {
    const match = /^hlt_([0-9a-f]{12})_[\w-]{43}$/.exec(token);
    if (match === null) return null;
    this.#refresh();
    const row = this.#rows.get(match[1] ?? '');
    if (row === undefined || row.revokedAt !== null) return null;
    return timingSafeEqual(hashOf(token), Buffer.from(row.sha256, 'hex')) ? { id: `token:${row.id}`, role: row.role } : null;
  }
}
