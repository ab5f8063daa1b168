/** A real server process for tests: starts on a free port with a small cluster, and is stopped as a user or an accident would. */

import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { HeardAnswer } from './documented.ts';
import { AnswerBook } from './documented.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Eight servers of eight accelerators in two pods, ring engines between leaves and spines, a coolant loop in each row. */
const smallCluster = `kind: Cluster
version: 1
name: small
gpus: 64
gpusPerNode: 8
accelerator: h100
rate: 400Gbps
nic: nic-400g
switch: switch-51t-128x400g
fabric:
  kind: rail-optimised
  nodesPerPod: 4
  uplinksPerLeaf: 4
  spines: 2
  crossRail: scaleUp
media:
  access:
    - near: dr4-400g
      far: dr8-800g
      connectors: 2
  fabric:
    - near:
        part: nv-quantum-x-photonics
        externalSource: {part: els-elsfp, lasersPerSource: 8, linksPerSource: 16}
floor:
  rows: 2
  racksPerRow: 4
  nodesPerRack: 4
  switchesPerRack: 8
  leafPlacement: middleOfPod
  spinePlacement: middle
feeds:
  power: none
  coolant: {per: row}
caseTemperature: 45C
pue: 1.15
`;

export const temporaryFolder = (): string => mkdtempSync(join(tmpdir(), 'heliostat-serve-'));
export const removeFolder = (dir: string): void => rmSync(dir, { recursive: true, force: true });

/** Path of the small cluster's file in a folder. */
export function writeSmallCluster(dir: string): string {
  const file = join(dir, 'small.yaml');
  writeFileSync(file, smallCluster);
  return file;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

export interface Asked {
  readonly method?: string;
  readonly token?: string | null;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export class ServerProcess {
  readonly dir: string;
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #output: { stdout: string; stderr: string };
  readonly ended: Promise<Ended>;
  #book: Promise<AnswerBook> | null = null;

  constructor(dir: string, url: string, child: ChildProcess, output: { stdout: string; stderr: string }, ended: Promise<Ended>) {
    this.dir = dir;
    this.url = url;
    this.#child = child;
    this.#output = output;
    this.ended = ended;
  }

  get adminToken(): string {
    return readFileSync(join(this.dir, 'admin.token'), 'utf8').trim();
  }

  get output(): string {
    return this.#output.stdout + this.#output.stderr;
  }

  /** The server's own OpenAPI document, to which every answer is held. */
  async answerBook(): Promise<AnswerBook> {
    this.#book ??= fetch(`${this.url}/openapi.json`).then(async (response) => new AnswerBook(await response.json()));
    return this.#book;
  }

  async #holdToDocument(heard: HeardAnswer): Promise<void> {
    const wrong = (await this.answerBook()).wrongWith(heard);
    if (wrong !== null) assert.fail(`${heard.method} ${heard.path} is not as /openapi.json says: ${wrong}`);
  }

  /** Asks with the administrator's token unless told otherwise; `null` sends none. Fails when the answer is not as the server's own OpenAPI document says. */
  async ask(path: string, { method = 'GET', token = this.adminToken, body, headers = {} }: Asked = {}): Promise<Answer> {
    const response = await fetch(`${this.url}${path}`, {
      method, headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    await this.#holdToDocument({ method, path, status: response.status, contentType: response.headers.get('content-type') ?? '', text });
    return { status: response.status, headers: response.headers, body: (text.startsWith('{') ? JSON.parse(text) : { text }) as Record<string, unknown> };
  }

  stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Ended> {
    this.#child.kill(signal);
    return this.ended;
  }
}

/** Runs `heliostat serve` until it ends; resolves with the process once it is ready, or with how it ended before. */
export async function serve(dir: string, options: readonly string[]): Promise<ServerProcess | Ended> {
  const child = spawn(process.execPath, ['src/app/main.ts', 'serve', '--port', '0', '--data', dir, ...options], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  const ended = new Promise<Ended>((resolve) => child.on('close', (code) => resolve({ code, ...output })));
  child.stderr.on('data', (data: Buffer) => { output.stderr += data.toString(); });
  const ready = new Promise<ServerProcess>((resolve) => child.stdout.on('data', (data: Buffer) => {
    output.stdout += data.toString();
    const url = /^ready (http\S+)\n/.exec(output.stdout)?.[1];
    if (url !== undefined) resolve(new ServerProcess(dir, url, child, output, ended));
  }));
  return Promise.race([ready, ended]);
}

/** A server on the small cluster that must start. */
export async function startSmall(dir: string, options: readonly string[] = []): Promise<ServerProcess> {
  // The twin and its gNMI have tests of their own.
  const devices = options.includes('--devices') ? [] : ['--devices', 'inProcess'];
  const server = await serve(dir, ['--cluster', writeSmallCluster(dir), ...devices, ...options]);
  if (!(server instanceof ServerProcess)) assert.fail(`the server ended with ${server.code}: ${server.stderr}`);
  return server;
}

/** A server on the small cluster for all tests of the file that awaits it; it and its folder are gone after them. */
export async function startForFile(options: readonly string[] = []): Promise<ServerProcess> {
  const server = await startSmall(temporaryFolder(), options);
  after(async () => {
    await server.stop();
    removeFolder(server.dir);
  });
  return server;
}
