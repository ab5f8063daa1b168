/** Asks the server over its HTTP API: answers are checked against the contract, and problems come back as values with remedy. */

import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import type { Problem } from '../contract/words.ts';
import { problemSchema } from '../contract/words.ts';

export interface ServerTerms {
  /** Scheme, host and port. */
  readonly server: string;
  /** `null` asks without one, which a server allows for reads from its own computer. */
  readonly token: string | null;
  readonly timeoutMs: number;
  /** What to say where a token is asked for and one was held back. */
  readonly withheld?: string | null;
}

/** Why there is no answer. `status` is 0 where the server was not reached or was not understood. */
export type ClientProblem = Pick<Problem, 'status' | 'code' | 'detail' | 'remedy' | 'doNext' | 'reasons' | 'issues' | 'offers'>;

export type Asked<T> = { readonly ok: true; readonly value: T; readonly version: number | null } | { readonly ok: false; readonly problem: ClientProblem };

export type QueryValues = Readonly<Record<string, string | number | undefined>>;

export interface Write<T> {
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly answer: z.ZodType<T>;
  readonly body?: unknown;
  /** Version that is changed; the server refuses when it is another meanwhile. */
  readonly version?: number | null;
  /** Only says what would happen. */
  readonly isDry?: boolean;
}

/** Times that a request is sent again when the server says that it is pressed and asks for no more patience than an answer gets; writes carry a key, so that none happens twice. */
const retriesMax = 2;
const unreached = (code: string, detail: string, remedy: string): { readonly ok: false; readonly problem: ClientProblem } => ({ ok: false, problem: { status: 0, code, detail, remedy, reasons: [] } });

/** What the system says of a connection that failed, as far down as it says it. */
function causeText(fault: unknown): string {
  let deepest = fault;
  while (deepest instanceof Error && deepest.cause !== undefined) deepest = deepest.cause;
  if (deepest instanceof AggregateError && deepest.errors[0] instanceof Error) return deepest.errors[0].message;
  return deepest instanceof Error ? deepest.message : String(deepest);
}

const withQuery = (path: string, query: QueryValues): string => {
  const words = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${encodeURIComponent(String(value))}`]));
  return words.length === 0 ? path : `${path}?${words.join('&')}`;
};

const versionOf = (etag: string | null): number | null => {
  const digits = /^(?:W\/)?"?(\d+)"?$/.exec(etag ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
};

export class ApiClient {
  readonly terms: ServerTerms;

  constructor(terms: ServerTerms) {
    this.terms = terms;
  }

  headers(more: Readonly<Record<string, string>> = {}): Record<string, string> {
    return { accept: 'application/json', ...(this.terms.token === null ? {} : { authorization: `Bearer ${this.terms.token}` }), ...more };
  }

  /** Problem when the server cannot be reached at all. */
  unreachable(fault: unknown): ClientProblem {
    const { server, timeoutMs } = this.terms;
    if (fault instanceof Error && fault.name === 'TimeoutError') {
      return unreached('server-slow', `${server} did not answer within ${timeoutMs / 1000} s`, 'Look at its log, or wait longer with --timeout').problem;
    }
    const cause = causeText(fault);
    const plain = server.replace(/^https:/, 'http:');
    if (plain !== server && /wrong version number|packet length too long|SSL routines/i.test(cause)) {
      return unreached('server-without-tls', `What answers at ${server} does not speak TLS`, `Write --server ${plain}`).problem;
    }
    if (plain === server && /other side closed|socket hang up|ECONNRESET|HPE_|Parse Error/i.test(cause)) {
      const secure = server.replace(/^http:/, 'https:');
      return unreached('server-not-http', `What answers at ${server} does not speak HTTP in the clear (${cause})`, `Write --server ${secure} where it is served with --tls-cert, or look at what listens there`).problem;
    }
    const remedy = /certificate|self-signed|self signed/i.test(cause)
      ? 'Trust its certificate: set NODE_EXTRA_CA_CERTS to the file of its authority'
      : 'Start one with "heliostat serve", or name it with --server or HELIOSTAT_SERVER';
    return unreached('server-unreachable', `No server answers at ${server} (${cause})`, remedy).problem;
  }

  async #fetch(method: string, path: string, init: { readonly headers: Record<string, string>; readonly body?: string }): Promise<Response | ClientProblem> {
    for (let retry = 0; ; retry++) {
      let response: Response;
      try {
        response = await fetch(`${this.terms.server}${path}`, { method, ...init, signal: AbortSignal.timeout(this.terms.timeoutMs), redirect: 'error' });
      } catch (fault) {
        return this.unreachable(fault);
      }
      const waitS = Number(response.headers.get('retry-after') ?? NaN);
      const isPressed = response.status === 503 || response.status === 429;
      if (!isPressed || retry === retriesMax || !(waitS * 1000 <= this.terms.timeoutMs)) return response;
      await response.body?.cancel();
      await new Promise((resolve) => setTimeout(resolve, waitS * 1000));
    }
  }

  /** What an answer that is no good one says of itself. */
  async problemOf(response: Response): Promise<ClientProblem> {
    const found = problemSchema.safeParse(await response.json().catch(() => null));
    if (found.success) return response.status === 401 && (this.terms.withheld ?? null) !== null ? { ...found.data, remedy: this.terms.withheld ?? '' } : found.data;
    const { status } = response;
    return { status, code: 'not-understood', detail: `${this.terms.server} answered ${status} and not in words of Heliostat`, remedy: 'Check that --server names a Heliostat server', reasons: [] };
  }

  async #read<T>(response: Response, answer: z.ZodType<T>): Promise<Asked<T>> {
    if (!response.ok) return { ok: false, problem: await this.problemOf(response) };
    const version = versionOf(response.headers.get('etag'));
    let body: unknown;
    try {
      body = await response.json();
    } catch (fault) {
      return fault instanceof SyntaxError ? unreached('not-understood', `${this.terms.server} did not answer in JSON`, 'Check that --server names a Heliostat server') : { ok: false, problem: this.unreachable(fault) };
    }
    const found = answer.safeParse(body);
    if (found.success) return { ok: true, value: found.data, version };
    const [first] = found.error.issues;
    return unreached('not-understood', `${this.terms.server} answered otherwise than this version expects (${first?.path.join('.') ?? ''}: ${first?.message ?? ''})`, 'Use the same version of Heliostat on both sides');
  }

  async get<T>(path: string, answer: z.ZodType<T>, query: QueryValues = {}): Promise<Asked<T>> {
    const response = await this.#fetch('GET', withQuery(path, query), { headers: this.headers() });
    return response instanceof Response ? this.#read(response, answer) : { ok: false, problem: response };
  }

  async write<T>({ method, path, answer, body, version = null, isDry = false }: Write<T>): Promise<Asked<T>> {
    const headers = this.headers({
      'idempotency-key': randomUUID(), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(version === null ? {} : { 'if-match': `"${version}"` }),
    });
    const response = await this.#fetch(method, withQuery(path, { dryRun: isDry ? 'true' : undefined }), { headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return response instanceof Response ? this.#read(response, answer) : { ok: false, problem: response };
  }

  /** Every page of a list, up to `most` items. */
  async pages<T>(path: string, page: z.ZodType<{ items: T[]; next: string | null }>, { cursor, most, query = {} }: { readonly cursor: string; readonly most: number; readonly query?: QueryValues }): Promise<Asked<T[]>> {
    const items: T[] = [];
    let next: string | null = null;
    do {
      const asked: Asked<{ items: T[]; next: string | null }> = await this.get(path, page, { ...query, ...(next === null ? {} : { [cursor]: next }) });
      if (!asked.ok) return asked;
      items.push(...asked.value.items);
      next = asked.value.next;
    } while (next !== null && items.length < most);
    return { ok: true, value: items.slice(0, most), version: null };
  }
}
