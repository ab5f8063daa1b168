/** A real server process for the tests of the browser application: the liquid-cooled example with one job and a few leases across its spines. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureUi } from '../../scripts/build-ui.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readyTimeoutMs = 60_000;

export interface LiveServer {
  readonly url: string;
  readonly token: string;
  read<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** Holds the process where it is, as a host out of memory would, and lets it go on. */
  freeze(): void;
  thaw(): void;
  stop(): Promise<void>;
}

/** The job lies across both pods (512 accelerators each), so that its rings cross the spines, which coolant loop 1 cools. */
const job = { id: 'mixtral-pretrain', tenant: 'research', workload: 'mixtral', ranks: Array.from({ length: 256 }, (_, at) => 384 + at), shareOfRate: 0.35 };
const lease = (id: string, trafficClass: string, fromRank: number, toRank: number): object => ({ id, tenant: 'platform', trafficClass, fromRank, toRank, rateGbps: 80, floorGbps: 16 });

/**
 * Starts the server. `one` runs a job of the tests and a few leases when this answers, which is quick; `example` is what `npm start`
 * starts with, three jobs and their leases.
 */
export async function startLive({ jobs }: { readonly jobs: 'one' | 'example' }): Promise<LiveServer> {
  await ensureUi();
  const data = mkdtempSync(join(tmpdir(), 'heliostat-ui-'));
  const child = spawn(process.execPath, [join(root, 'src/app/main.ts'), 'serve', '--port', '0', '--data', data, ...(jobs === 'one' ? ['--empty'] : []), '--log-level', 'error'], { stdio: ['ignore', 'pipe', 'pipe'] });
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => { complaints += chunk.toString(); });
  const url = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the server is not ready: ${complaints}`)), readyTimeoutMs);
    child.once('exit', (code) => reject(new Error(`the server ended with ${String(code)}: ${complaints}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      const ready = /ready (http:\/\/\S+)/.exec(chunk.toString());
      if (ready?.[1] === undefined) return;
      clearTimeout(late);
      resolve(ready[1]);
    });
  });
  const token = readFileSync(join(data, 'admin.token'), 'utf8').trim();
  const ask = async <T>(path: string, init: RequestInit): Promise<T> => {
    const answer = await fetch(`${url}/api/v1/${path}`, init);
    const text = await answer.text();
    assert.ok(answer.ok, `${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  };
  const server: LiveServer = {
    url, token, read: (path) => ask(path, {}),
    post: (path, body) => ask(path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` } }),
    freeze: () => void child.kill('SIGSTOP'), thaw: () => void child.kill('SIGCONT'),
    async stop() {
      if (child.exitCode !== null) return;
      child.removeAllListeners('exit');
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
      rmSync(data, { recursive: true, force: true });
    },
  };
  if (jobs === 'one') {
    await server.post('jobs', job);
    for (const [at, name] of ['inferenceFanout', 'parameterSync', 'checkpoint', 'background'].entries()) await server.post('leases', lease(`${name}-${at}`, name, at * 8, 1016 - at * 8));
  }
  return server;
}
