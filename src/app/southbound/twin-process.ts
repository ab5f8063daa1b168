/**
 * A twin in a process of its own: what its physics costs does not delay the controller, and what its devices say crosses a wire.
 *
 * The twin ends when its standard input does, so it never outlives this process, however that ends. One that falls over is started
 * again on the same port.
 */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';

export interface TwinProcessTerms {
  readonly clusterFile: string;
  /** Where certificates and the twin's address are kept. */
  readonly dir: string;
  readonly seed: number;
  note(issue: Issue): void;
  /** The twin fell over, and stands again without its faults. */
  onDown(): void;
  onUp(): void;
}

export interface TwinProcess {
  /** `grpcs://127.0.0.1:PORT` */
  readonly address: string;
  stop(): Promise<void>;
}

interface Spawned {
  readonly child: ChildProcess;
  /** Its address, or why it has none. */
  readonly address: Promise<Parsed<string>>;
}

const stopMs = 3000;
const againMs = 1000;

const mainModule = fileURLToPath(new URL(`../main${extname(import.meta.url)}`, import.meta.url));

/** A whole JSON document, or `null` while more of it is to come. */
function documentOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch {
    // Half a document; the rest follows.
    return null;
  }
}

/** Starts the process; issues are the twin's own. */
function spawnTwin({ clusterFile, dir, seed }: TwinProcessTerms, port: number): Spawned {
  const words = [mainModule, 'twin', clusterFile, '--port', String(port), '--data', dir, '--seed', String(seed), '--json', '--attached'];
  const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (data: Buffer) => { stderr = (stderr + data.toString()).slice(-2000); });
  const address = new Promise<Parsed<string>>((resolve) => {
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
      const said = documentOf(stdout);
      if (typeof said?.['address'] === 'string') resolve(parsed(said['address']));
      else if (Array.isArray(said?.['issues'])) resolve({ ok: false, issues: said['issues'] as readonly Issue[] });
    });
    const fail = (why: string): void => resolve(rejected({ code: 'twin-ended', message: `The twin did not start: ${why}`, remedy: 'Start `heliostat twin` by hand to see why, or serve with --devices inProcess' }));
    child.on('error', (fault) => fail(fault.message));
    child.on('close', (code) => fail(stderr.trim() || `it ended with ${code ?? 'a signal'}`));
  });
  return { child, address };
}

/** Issue codes: those of `startTwin`, and `twin-ended`. */
export async function startTwinProcess(terms: TwinProcessTerms): Promise<Parsed<TwinProcess>> {
  let { child, address: starting } = spawnTwin(terms, 0);
  const first = await starting;
  if (!first.ok) {
    child.kill();
    return first;
  }
  const address = first.value;
  const port = Number(/:(\d+)$/.exec(address)?.[1] ?? 0);
  let isStopping = false;

  const again = async (): Promise<void> => {
    if (isStopping) return;
    ({ child, address: starting } = spawnTwin(terms, port));
    const next = await starting;
    if (isStopping) return;
    if (!next.ok) {
      child.kill();
      setTimeout(() => void again(), againMs).unref();
      return;
    }
    watch(child);
    terms.onUp();
  };
  const watch = (one: ChildProcess): void => {
    one.once('exit', (code, signal) => {
      if (isStopping) return;
      terms.note({ code: 'twin-ended', message: `The twin ended by itself (${signal ?? code ?? ''})`, remedy: 'It is started again; its devices are silent until then' });
      terms.onDown();
      setTimeout(() => void again(), againMs).unref();
    });
  };
  watch(child);
  return parsed({
    address,
    async stop() {
      isStopping = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => { child.once('exit', resolve); });
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMs);
      await ended;
      clearTimeout(timer);
    },
  });
}
