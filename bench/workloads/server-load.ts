/** The generator of load: leases offered on a clock, event streams, and a server under load in a process of its own. */

import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createDice } from '../../src/base/dice.ts';
import type { LoadReport } from './loaded-server.ts';

export interface LoadTerms {
  readonly gpus: number;
  /** Telemetry values per second. */
  readonly values: number;
  /** Losses of light per second that call for a decision. */
  readonly losses: number;
  /** Example jobs and leases run. */
  readonly hasExamples: boolean;
  /** Options of Node for the server, such as `--cpu-prof`. */
  readonly execArgv?: readonly string[];
}

export interface LoadedServer {
  readonly url: URL;
  readonly dir: string;
  readonly token: string;
  readonly agent: Agent;
  readonly pid: number;
  report(): Promise<LoadReport>;
  /** Lets this process end without a stop, and the server with it. */
  unref(): void;
  stop(): Promise<void>;
}

const heard = <T>(child: ChildProcess, key: string): Promise<T> => new Promise((resolve, reject) => {
  const fail = (code: number | null): void => reject(new Error(`the server ended with ${code}`));
  const listen = (message: unknown): void => {
    if (typeof message !== 'object' || message === null || !(key in message)) return;
    child.off('message', listen);
    child.off('exit', fail);
    resolve((message as Record<string, T>)[key] as T);
  };
  child.on('message', listen);
  child.once('exit', fail);
});

export async function startLoadedServer({ gpus, values, losses, hasExamples, execArgv = [] }: LoadTerms): Promise<LoadedServer> {
  const dir = mkdtempSync(join(tmpdir(), 'heliostat-load-'));
  const child = fork(fileURLToPath(new URL('./loaded-server.ts', import.meta.url)), ['--gpus', String(gpus), '--values', String(values), '--losses', String(losses), '--data', dir, ...(hasExamples ? ['--examples'] : [])],
    { execArgv: [...execArgv], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const url = new URL(await heard<string>(child, 'ready'));
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  return {
    url, dir, agent, pid: child.pid ?? 0, token: readFileSync(join(dir, 'log', 'admin.token'), 'utf8').trim(),
    report() {
      const report = heard<LoadReport>(child, 'report');
      child.send('report');
      return report;
    },
    unref() {
      process.once('exit', () => {
        child.kill('SIGKILL');
        rmSync(dir, { recursive: true, force: true });
      });
      child.unref();
      child.channel?.unref();
    },
    async stop() {
      agent.destroy();
      child.send('stop');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

interface Asked {
  readonly status: number;
  readonly text: string;
}

export function ask(server: LoadedServer, method: string, path: string, body: object | null = null): Promise<Asked> {
  const { url, agent, token } = server;
  const text = body === null ? '' : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const asked = request({
      agent, hostname: url.hostname, port: url.port, method, path,
      headers: { authorization: `Bearer ${token}`, ...(method === 'GET' ? {} : { 'if-match': '*' }), ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }) },
    }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (data: Buffer) => { parts.push(data); });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }));
    });
    asked.on('error', (fault: NodeJS.ErrnoException) => {
      // A kept connection that the server has just let go: asked again on another, as browsers do.
      if (asked.reusedSocket && fault.code === 'ECONNRESET') ask(server, method, path, body).then(resolve, reject);
      else reject(fault);
    });
    asked.end(text);
  });
}

export interface Offered {
  readonly sent: number;
  readonly granted: number;
  readonly refused: number;
  readonly shed: number;
  /** Answers with another status, by status. */
  readonly others: ReadonlyMap<number, number>;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly worstMs: number;
  /** Answers per second from the first offer to the last answer. */
  readonly perS: number;
  /** When each write was due, seconds after the first, and its wait, in the order of the answers. */
  readonly waits: readonly (readonly [dueS: number, ms: number])[];
  /** Leases that still stand. */
  readonly standing: readonly string[];
}

export const quantile = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;

/** Leases of one gigabit that a caller holds before it releases its oldest: so many stand at a time. */
const standingMax = 1000;

/**
 * Offers writes of leases on a clock, whether earlier ones were answered or not: one in three takes, renews and releases each, so that
 * the number of standing leases stays. The wait of a write counts from the moment at which it was due.
 */
export async function offerLeases(server: LoadedServer, { perS, seconds, gpus, name }: { readonly perS: number; readonly seconds: number; readonly gpus: number; readonly name: string }): Promise<Offered> {
  const dice = createDice(1).fork(name);
  const waits: (readonly [dueS: number, ms: number])[] = [];
  const others = new Map<number, number>();
  const standing: string[] = [];
  let [granted, refused, shed] = [0, 0, 0];
  const one = async (at: number, dueMs: number): Promise<void> => {
    let answer: Asked;
    if (at % 3 === 1 && standing.length > 0) answer = await ask(server, 'PATCH', `/api/v1/leases/${standing.at(-1)}`, { endNs: 5e12 });
    else if (at % 3 === 2 && standing.length > standingMax) answer = await ask(server, 'DELETE', `/api/v1/leases/${standing.shift()}`);
    else {
      const fromRank = dice.below(gpus);
      const id = `${name}-${at}`;
      answer = await ask(server, 'POST', '/api/v1/leases', { id, tenant: 'load', trafficClass: 'inferenceFanout', fromRank, toRank: (fromRank + 8 + dice.below(gpus - 16)) % gpus, rateGbps: 1, durationS: 3600 });
      if (answer.status === 201) standing.push(id);
    }
    waits.push([(dueMs - startedMs) / 1000, performance.now() - dueMs]);
    if (answer.status < 300) granted += 1;
    else if (answer.status === 409 || answer.status === 404) refused += 1;
    else if (answer.status === 503) shed += 1;
    else others.set(answer.status, (others.get(answer.status) ?? 0) + 1);
  };
  const answers: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let at = 0; at < perS * seconds;) {
    const due = Math.min(perS * seconds, Math.floor((performance.now() - startedMs) / 1000 * perS));
    for (; at < due; at++) answers.push(one(at, startedMs + at / perS * 1000));
    await pause(1);
  }
  await Promise.all(answers);
  const tookMs = performance.now() - startedMs;
  const waitsMs = waits.map(([, ms]) => ms).sort((a, b) => a - b);
  return { sent: waitsMs.length, granted, refused, shed, others, p50Ms: quantile(waitsMs, 0.5), p99Ms: quantile(waitsMs, 0.99), worstMs: waitsMs.at(-1) ?? NaN, perS: waitsMs.length / tookMs * 1000, waits, standing };
}

export interface OpenStreams {
  /** Bytes heard by each. */
  readonly bytes: readonly number[];
  /** Streams that the server ended or refused. */
  readonly lost: number;
  close(): void;
}

/** Opens event streams that hear everything. */
export async function openStreams({ url, token }: LoadedServer, count: number): Promise<OpenStreams> {
  const agent = new Agent({ maxSockets: Infinity });
  const bytes = new Array<number>(count).fill(0);
  const open = { bytes, lost: 0, isClosed: false, close(): void { this.isClosed = true; agent.destroy(); } };
  await Promise.all(Array.from({ length: count }, (_, at) => new Promise<void>((resolve) => {
    const asked = request({ agent, hostname: url.hostname, port: url.port, path: '/api/v1/stream', headers: { authorization: `Bearer ${token}` } }, (response) => {
      if (response.statusCode !== 200) open.lost += 1;
      // Streams alone do not keep this process alive.
      response.socket.unref();
      response.on('data', (data: Buffer) => {
        if (bytes[at] === 0) resolve();
        bytes[at] = (bytes[at] ?? 0) + data.length;
      });
      response.on('close', () => { if (!open.isClosed) open.lost += 1; });
      response.on('error', () => undefined);
    });
    asked.on('error', () => { if (!open.isClosed) open.lost += 1; resolve(); });
    asked.end();
  })));
  return open;
}

export interface Reactions {
  /** From a loss of light that was told to the first command that its decision sent to a device, ms, ascending. */
  readonly commandMs: readonly number[];
  /** To the decision as a client of the stream hears it, ms, ascending. */
  readonly clientMs: readonly number[];
}

export interface HeardDecisions {
  reactions(report: Pick<LoadReport, 'losses' | 'firstCommandMs'>): Reactions;
  close(): void;
}

/** Hears decisions as a client does, and tells how long after its cause each was told and commanded. */
export function hearDecisions({ url, token }: LoadedServer): HeardDecisions {
  const heard: { readonly n: number; readonly port: number; readonly atMs: number }[] = [];
  const asked = request({ hostname: url.hostname, port: url.port, path: '/api/v1/stream?kinds=decision', headers: { authorization: `Bearer ${token}` } }, (response) => {
    let rest = '';
    let n = -1;
    response.on('data', (data: Buffer) => {
      const lines = (rest + data.toString()).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('id: ')) n = Number(line.slice(4));
        const port = /Decided to .*receiver-(\d+) reads/.exec(line)?.[1];
        if (port !== undefined) heard.push({ n, port: Number(port), atMs: performance.timeOrigin + performance.now() });
      }
    });
    response.on('error', () => undefined);
  });
  asked.on('error', () => undefined);
  asked.end();
  return {
    reactions({ losses, firstCommandMs }) {
      const commanded = new Map(firstCommandMs);
      const [commandMs, clientMs]: [number[], number[]] = [[], []];
      for (const { port, atMs } of losses) {
        const first = heard.find((one) => one.port === port && one.atMs >= atMs);
        if (first === undefined) continue;
        clientMs.push(first.atMs - atMs);
        const sentMs = commanded.get(first.n);
        if (sentMs !== undefined) commandMs.push(sentMs - atMs);
      }
      return { commandMs: commandMs.sort((a, b) => a - b), clientMs: clientMs.sort((a, b) => a - b) };
    },
    close: () => void asked.destroy(),
  };
}
