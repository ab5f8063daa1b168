/** Tells who asks: a token of this server, a JWT of the trusted issuer, or a reader on this computer. */

import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import type { WhoAmI } from '../contract/operate.ts';
import { roleSchema, roles } from '../contract/words.ts';
import type { Role } from '../contract/words.ts';
import type { Principal } from './access.ts';
import { TokenBook, roleCovers } from './access.ts';
import type { ProblemReply } from './problem.ts';
import { problem } from './problem.ts';

export interface OidcTerms {
  readonly issuer: string;
  readonly audience: string;
  /** Where the issuer's keys are; found by its discovery document where absent. */
  readonly jwksUrl: string | null;
  /** Claim that names roles, as text or a list. */
  readonly roleClaim: string;
}

export interface IdentityTerms {
  readonly dir: string;
  /** Reads need a token too. */
  readonly isClosed: boolean;
  readonly oidc: OidcTerms | null;
}

/** Signatures by key pairs only: a shared secret or none at all would let anybody sign. */
const algorithms = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'];
const clockToleranceS = 30;
/** A header longer than this is no token. */
const tokenCharsMax = 8192;

function roleOf(payload: JWTPayload, claim: string): Role | null {
  const value = payload[claim];
  const named = (Array.isArray(value) ? value : [value]).flatMap((one) => roleSchema.safeParse(one).data ?? []);
  return roles.toReversed().find((role) => named.includes(role)) ?? null;
}

/** Addresses from which reads are open: this computer. */
export const isLoopback = (address: string): boolean => address === '::1' || /^(?:::ffff:)?127\./.test(address);

export class Identity {
  readonly #terms: IdentityTerms;
  readonly #tokens: TokenBook;
  #keys: JWTVerifyGetKey | null = null;

  constructor(terms: IdentityTerms) {
    this.#terms = terms;
    this.#tokens = new TokenBook(terms.dir);
  }

  async #issuerKeys({ issuer, jwksUrl }: OidcTerms): Promise<JWTVerifyGetKey> {
    if (this.#keys === null) {
      let url = jwksUrl;
      if (url === null) {
        const found = await fetch(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(5000) });
        url = ((await found.json()) as { readonly jwks_uri?: string }).jwks_uri ?? '';
      }
      this.#keys = createRemoteJWKSet(new URL(url));
    }
    return this.#keys;
  }

  async #fromJwt(token: string, oidc: OidcTerms): Promise<Principal | null> {
    try {
      const { payload } = await jwtVerify(token, await this.#issuerKeys(oidc), { issuer: oidc.issuer, audience: oidc.audience, algorithms, clockTolerance: clockToleranceS });
      const role = roleOf(payload, oidc.roleClaim);
      return role === null || payload.sub === undefined ? null : { id: `oidc:${payload.sub.slice(0, 200)}`, role };
    } catch {
      // Whatever is wrong with it, and also when the issuer does not answer, it proves nothing.
      return null;
    }
  }

  /** Whoever an Authorization header names; `null` without a header, a problem when it proves nothing. */
  async #named(header: string | undefined): Promise<Principal | ProblemReply | null> {
    if (header === undefined) return null;
    const token = /^Bearer +([\w.~+/=-]+)$/i.exec(header.slice(0, tokenCharsMax + 10))?.[1] ?? '';
    const { oidc } = this.#terms;
    const known = this.#tokens.find(token) ?? (oidc !== null && token.split('.').length === 3 ? await this.#fromJwt(token, oidc) : null);
    return known ?? problem(401, { code: 'bad-token', detail: 'The token is not known, revoked or out of date.', remedy: 'Use the token in the data folder, or make one with "heliostat token create"' });
  }

  /** Who somebody is that was let in, and what that is good for. */
  tell(who: Principal): WhoAmI {
    return { id: who.id, name: this.#tokens.nameOf(who) ?? who.id.replace(/^oidc:/, ''), role: who.role, may: roles.filter((role) => roleCovers(who.role, role)), reads: this.#terms.isClosed ? 'closed' : 'open' };
  }

  /** The asker when it may do what needs `role`, or why not. */
  async admit(ask: { readonly header: string | undefined; readonly address: string; readonly role: Role; readonly isWrite: boolean }): Promise<Principal | ProblemReply> {
    const named = await this.#named(ask.header);
    if (named !== null && 'problem' in named) return named;
    const isOpen = !ask.isWrite && ask.role === 'viewer' && !this.#terms.isClosed && isLoopback(ask.address);
    const who = named ?? (isOpen ? { id: 'loopback', role: 'viewer' as const } : null);
    if (who === null) return problem(401, { code: 'no-token', detail: 'This needs a token.', remedy: 'Send "Authorization: Bearer TOKEN"; the data folder holds the first one' });
    if (roleCovers(who.role, ask.role)) return who;
    return problem(403, { code: 'beyond-role', detail: `This needs the role ${ask.role}; yours is ${who.role}.`, remedy: `Ask an administrator for a token of role ${ask.role}` });
  }
}
