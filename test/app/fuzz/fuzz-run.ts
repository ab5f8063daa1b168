/**
 * A fuzz run against a real server process: draws requests from a seed, sends many at once, and holds every answer to the promises.
 *
 * Promises: no crash, no 5xx but the documented 503, no hang; a problem document for every error, and every answer as the server's own
 * OpenAPI document says; nobody gets what is beyond his role; no secret in any answer or line; afterwards the log holds no write but of those who may.
 */

import { Agent, request as send } from 'node:http';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openReadOnly } from '../../../src/adapters/store/store.ts';
import type { Dice } from '../../../src/base/dice.ts';
import { createDice } from '../../../src/base/dice.ts';
import type { Role } from '../../../src/app/contract/words.ts';
import { problemSchema, roleSchema } from '../../../src/app/contract/words.ts';
import { roleCovers } from '../../../src/app/server/access.ts';
import { isWrite } from '../../../src/app/server/route.ts';
import { allRoutes } from '../../../src/app/server/routes/all-routes.ts';
import type { AnswerBook } from '../server/documented.ts';
import type { ServerProcess } from '../server/server-process.ts';
import type { Caller, Callers } from './callers.ts';
import { drawCaller } from './callers.ts';
import type { Drawn, Operation } from './draw-request.ts';
import { Names, drawRequest, operationsOf } from './draw-request.ts';
import { converse, dawdle, drawBytes } from './hostile-bytes.ts';
import { chance } from './hostile-values.ts';

/** An answer later than this is a hang. */
const answerMsMax = 20_000;
const unreadMs = 3000;
/** In a fork time passes and a whole site may flap; what its thread is asked may take longer, and nobody else waits for it. */
const forkAnswerMsMax = 120_000;
const callersAtOnce = 24;
/** Share of the requests that are bare bytes instead of HTTP. */
const bytesShare = 0.03;
const bytesQuietMs = 300;
const streamMs = 60;
/** A run ends early when so many promises are broken. */
const brokenMax = 50;
/** Codes of the 503 that the API documents. */
const shedCodes: ReadonlySet<string> = new Set(['overloaded', 'too-many-streams', 'history-busy', 'what-ifs-busy']);

export interface FuzzTerms {
  readonly seed: number;
  readonly requests: number;
  readonly callers: Callers;
  /** Share of the requests by somebody who has a role. */
  readonly knownShare: number;
}

export interface FuzzReport {
  readonly requests: number;
  readonly statuses: ReadonlyMap<number, number>;
  /** Each with the request that shows it; empty when every promise held. */
  readonly broken: readonly string[];
  readonly slowestMs: number;
  readonly slowest: string;
}

interface Answered {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string | undefined;
  readonly text: string;
}

/** Sources on the loopback network, so that the limit of refusals per address is one case among many and not the only one. */
function addressOf(at: number): string {
  return process.platform === 'linux' ? `127.${1 + (at >> 14) % 200}.${(at >> 7) % 120}.7` : '127.0.0.1';
}

class FuzzRun {
  readonly #server: ServerProcess;
  readonly #terms: FuzzTerms;
  readonly #dice: Dice;
  readonly #names = new Names();
  readonly #agents = new Map<string, Agent>();
  readonly #made: string[] = [];
  readonly statuses = new Map<number, number>();
  readonly broken: string[] = [];
  slowestMs = 0;
  slowest = '';
  #operations: readonly Operation[] = [];
  #book: AnswerBook | null = null;

  constructor(server: ServerProcess, terms: FuzzTerms) {
    this.#server = server;
    this.#terms = terms;
    this.#dice = createDice(terms.seed).fork('fuzz');
  }

  #break(what: string, drawn: Drawn | null, caller: Caller | null, more = ''): void {
    if (this.broken.length >= brokenMax) return;
    const asked = drawn === null ? '' : `${drawn.method} ${drawn.url.slice(0, 300)} ${JSON.stringify(drawn.headers).slice(0, 300)} ${drawn.body?.slice(0, 500) ?? ''}`;
    this.broken.push(`${what}: ${asked} as ${caller?.name ?? 'nobody'} ${more.slice(0, 600)}`);
  }

  /** Names that the server tells, by what they name. */
  async #learn(): Promise<void> {
    const list = async (path: string): Promise<readonly Record<string, unknown>[]> => ((await this.#server.ask(path)).body['items'] ?? []) as readonly Record<string, unknown>[];
    this.#book = await this.#server.answerBook();
    this.#operations = operationsOf((await this.#server.ask('/openapi.json')).body as unknown as Parameters<typeof operationsOf>[0]);
    for (const { name } of await list('/api/v1/components?limit=200')) for (const pool of ['component', 'components', 'device']) this.#names.add(pool, String(name));
    for (const { id } of await list('/api/v1/jobs')) for (const pool of ['jobs', 'job']) this.#names.add(pool, String(id));
    for (const { id } of await list('/api/v1/leases?limit=100')) for (const pool of ['leases', 'lease']) this.#names.add(pool, String(id));
    const { kinds = [] } = (await this.#server.ask('/api/v1/faults')).body as { readonly kinds?: readonly { readonly name: string }[] };
    for (const { name } of kinds) this.#names.add('fault', name);
    for (const tenant of ['research', 'tenant-a', 'tenant-b']) this.#names.add('tenant', tenant);
  }

  #agent(at: number): Agent {
    const localAddress = addressOf(at);
    let agent = this.#agents.get(localAddress);
    if (agent === undefined) {
      for (const old of this.#agents.values()) if (this.#agents.size > 2) old.maxSockets = 1;
      this.#agents.set(localAddress, (agent = new Agent({ keepAlive: true, localAddress, maxSockets: callersAtOnce, maxFreeSockets: 2, timeout: forkAnswerMsMax + 2 * unreadMs })));
    }
    return agent;
  }

  #send(at: number, drawn: Drawn, caller: Caller): Promise<Answered | string> {
    return new Promise((resolve) => {
      const headers = { ...drawn.headers, ...(caller.header === null ? {} : { authorization: caller.header }), ...(drawn.body === null ? {} : { 'content-length': Buffer.byteLength(drawn.body) }) };
      let asked: ReturnType<typeof send>;
      try {
        const { hostname, port } = new URL(this.#server.url);
        asked = send({ agent: this.#agent(at), hostname, port, method: drawn.method, path: drawn.url, headers });
      } catch {
        // What the client itself will not say is said by the bare bytes.
        resolve('unsaid');
        return;
      }
      let timer = setTimeout(() => {
        // When this process itself stood still, the answer may lie unread in its socket: it is read first.
        timer = setTimeout(() => { asked.destroy(); resolve('hang'); }, unreadMs);
      }, drawn.url.startsWith('/api/v1/forks') ? forkAnswerMsMax : answerMsMax);
      const done = (answer: Answered | string): void => { clearTimeout(timer); resolve(answer); };
      asked.on('error', (fault: NodeJS.ErrnoException) => done(`cut ${fault.code ?? fault.message}`));
      asked.on('response', (response) => {
        const parts: Buffer[] = [];
        const answer = (): Answered => ({ status: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', retryAfter: response.headers['retry-after'], text: Buffer.concat(parts).toString() });
        response.on('data', (data: Buffer) => { parts.push(data); });
        if ((response.headers['content-type'] ?? '').startsWith('text/event-stream')) setTimeout(() => { done(answer()); asked.destroy(); }, streamMs);
        response.on('end', () => done(answer()));
        response.on('error', () => done(answer()));
      });
      asked.end(drawn.body ?? undefined);
    });
  }

  #noteMade(drawn: Drawn, text: string): void {
    const id = /"id":"([^"\\]{1,200})"/.exec(text)?.[1];
    const about = /\/api\/v1\/([a-z]+)/.exec(drawn.url)?.[1];
    if (id !== undefined && about !== undefined) for (const pool of [about, about.replace(/s$/, '')]) this.#names.add(pool, id);
    const token = /"token":"(hlt_[^"]+)"/.exec(text)?.[1];
    if (token !== undefined) this.#made.push(token);
  }

  #checkProblem(drawn: Drawn, caller: Caller, answered: Answered): void {
    const { status, contentType, text, retryAfter } = answered;
    if (drawn.method === 'HEAD') return;
    // Readiness tells why it is not ready in its own words.
    if (drawn.url.startsWith('/readyz')) return;
    if (!contentType.startsWith('application/problem+json')) return this.#break(`an error of type "${contentType}"`, drawn, caller, text);
    let found: ReturnType<typeof problemSchema.safeParse>;
    try {
      found = problemSchema.safeParse(JSON.parse(text));
    } catch {
      return this.#break('a problem that is no JSON', drawn, caller, text);
    }
    if (!found.success || found.data.status !== status) return this.#break('a problem of another shape', drawn, caller, text);
    if (status === 503 && (!shedCodes.has(found.data.code) || retryAfter === undefined)) this.#break('an undocumented 503', drawn, caller, text);
    if ((status === 429) && retryAfter === undefined) this.#break('a 429 without Retry-After', drawn, caller, text);
  }

  #check(drawn: Drawn, caller: Caller, answered: Answered): void {
    const { status, text } = answered;
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    if (status >= 500 && status !== 503) this.#break(`answered ${status}`, drawn, caller, text);
    if (status >= 400) this.#checkProblem(drawn, caller, answered);
    const wrong = this.#book?.wrongWith({ method: drawn.method, path: drawn.url, ...answered }) ?? null;
    if (wrong !== null) this.#break('not as /openapi.json says', drawn, caller, wrong);
    const secret = this.#terms.callers.secrets.find((one) => text.includes(one)) ?? this.#made.find((one) => text.includes(one));
    if (secret !== undefined) this.#break(`a secret (${secret.slice(0, 8)}) was told`, drawn, caller, text);
    if (status < 400) {
      const needs = needsOf(drawn);
      if (needs !== null && (caller.role === null || !roleCovers(caller.role, needs))) this.#break(`answered ${status} where ${needs} is needed`, drawn, caller, text);
      this.#noteMade(drawn, text);
    }
  }

  async #converse(bytes: Buffer): Promise<void> {
    const heard = await converse(Number(new URL(this.#server.url).port), bytes, bytesQuietMs);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1] ?? 0);
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
    const told = `${JSON.stringify(bytes.toString('latin1').slice(0, 200))} -> ${heard.slice(0, 300)}`;
    if (status >= 500 && !heard.includes('"overloaded"')) this.#break(`bare bytes were answered ${status}`, null, null, told);
    // A request without a Host is answered by Node itself, without a body.
    if (status >= 400 && !/application\/problem\+json/i.test(heard) && !heard.endsWith('\r\n\r\n0\r\n\r\n')) this.#break('bare bytes were answered with no problem document', null, null, told);
  }

  async #one(at: number): Promise<void> {
    const dice = this.#dice.fork(`request ${at}`);
    if (chance(dice, bytesShare)) {
      await this.#converse(drawBytes(dice));
      return;
    }
    const drawn = drawRequest(dice, this.#operations, this.#names);
    const caller = drawCaller(dice, this.#terms.callers, this.#terms.knownShare);
    const startedMs = performance.now();
    const answered = await this.#send(at, drawn, caller);
    const tookMs = performance.now() - startedMs;
    if (tookMs > this.slowestMs) {
      this.slowestMs = tookMs;
      this.slowest = `${drawn.method} ${drawn.url.slice(0, 120)} ${drawn.body?.slice(0, 200) ?? ''}`;
    }
    if (typeof answered !== 'string') this.#check(drawn, caller, answered);
    else if (answered === 'hang') this.#break('no answer', drawn, caller);
  }

  async run(report: (done: number) => void): Promise<void> {
    await this.#learn();
    const slow = dawdle(Number(new URL(this.#server.url).port), 20);
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < this.#terms.requests && this.broken.length < brokenMax) {
        const at = next++;
        await this.#one(at);
        if (at % 10_000 === 9999) report(at + 1);
      }
    };
    try {
      await Promise.all(Array.from({ length: callersAtOnce }, worker));
      const alive = await this.#server.ask('/healthz', { token: null }).catch(() => null);
      if (alive?.status !== 200) this.broken.push(`the server does not answer any more: ${this.#server.output.slice(-2000)}`);
    } finally {
      slow.close();
      for (const agent of this.#agents.values()) agent.destroy();
    }
    const secret = [...this.#terms.callers.secrets, ...this.#made].find((one) => this.#server.output.includes(one));
    if (secret !== undefined) this.broken.push(`a secret (${secret.slice(0, 8)}) is in the server's own lines`);
  }
}

const patterns = allRoutes.map((route) => ({ route, pattern: new RegExp(`^${route.path.replace(/:[a-z]+/gi, '[^/]+')}(?:\\?|$)`) }));

/** Role that a drawn request needs, `null` where everybody may. */
function needsOf({ method, url }: Drawn): Role | null {
  const asked = method === 'HEAD' ? 'GET' : method;
  const found = patterns.find(({ route, pattern }) => route.method === asked && pattern.test(url));
  return found === undefined || found.route.weight === 'probe' ? null : found.route.needs;
}

export async function fuzz(server: ServerProcess, terms: FuzzTerms, report: (done: number) => void = () => undefined): Promise<FuzzReport> {
  const run = new FuzzRun(server, terms);
  await run.run(report);
  return { requests: terms.requests, statuses: run.statuses, broken: run.broken, slowestMs: run.slowestMs, slowest: run.slowest };
}

interface OriginSeen {
  readonly by: string;
  readonly role: string;
  readonly method: string;
  readonly path: string;
}

/** Writes of the log of a stopped server: who asked for what. */
export function writesOf(dir: string): readonly OriginSeen[] {
  const opened = openReadOnly(dir);
  if (!opened.ok) throw new Error(opened.issues.map(({ message }) => message).join(' '));
  const found: OriginSeen[] = [];
  for (const entry of opened.value.entries()) {
    const { origin } = entry.body as { readonly origin?: OriginSeen };
    if (origin !== undefined) found.push(origin);
  }
  opened.value.close();
  return found;
}

/** Writes of the log that their author may not do. */
export function unlawfulWrites(writes: readonly OriginSeen[]): readonly OriginSeen[] {
  return writes.filter(({ by, role, method, path }) => {
    const found = patterns.find(({ route, pattern }) => isWrite(route) && route.method === method && pattern.test(path));
    const held = roleSchema.safeParse(role);
    return found === undefined || !held.success || !roleCovers(held.data, found.route.needs) || !/^(?:token|oidc):/.test(by);
  });
}

/** What a stranger could change beside the log, as it stands on the disk. */
export const filesBeside = (dir: string): string => readFileSync(join(dir, 'tokens.json'), 'utf8');
