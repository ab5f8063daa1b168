/**
 * `node test/adapters/store/kill.ts --times 200 --seed 1`: kills a real writing process with SIGKILL at random moments and checks
 * after each kill that every acknowledged entry is there, that nothing was invented, and that the chain is whole.
 *
 * The child appends from several callers at once, saves snapshots and archives, so that kills fall into all of these.
 */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { EntryDraft } from '../../../src/adapters/store/entry.ts';
import { sha256 } from '../../../src/adapters/store/entry.ts';
import type { Store } from '../../../src/adapters/store/store.ts';
import { openStore } from '../../../src/adapters/store/store.ts';
import { formatIssue } from '../../../src/base/issue.ts';
import { createDice } from '../../../src/base/dice.ts';
import { isRefusal } from '../../../src/base/refusal.ts';

const limits = { segmentEntries: 200, entriesKept: 500 };
const callers = 4;

function open(dir: string): Store {
  const opened = openStore(dir, { cluster: 'killed', fingerprint: 'plant', clock: () => Date.now() * 1e6, limits });
  if (!opened.ok) throw new Error(opened.issues.map(formatIssue).join('\n'));
  return opened.value;
}

/** A body that nobody could have made up: it follows from the number and the batch. */
const bodyOf = (n: number, firstN: number, count: number): object => ({ n, firstN, count, check: sha256(`${n} ${firstN} ${count}`) });
const snapshotOf = (n: number): Uint8Array => Buffer.from(sha256(`state ${n}`).repeat(200));

function draftsAt(firstN: number, count: number): readonly EntryDraft[] {
  return Array.from({ length: count }, (_, at) => ({ kind: 'fact', body: bodyOf(firstN + at, firstN, count) }));
}

/** Appends until it is killed; prints `a N` when everything up to N of one batch is acknowledged and `s N` for a snapshot. */
async function write(dir: string, seed: number): Promise<void> {
  const store = open(dir);
  const say = (word: string, n: number): void => void writeSync(1, `${word} ${n}\n`);
  // The thread that writes begins with the first append.
  const first = await store.append(draftsAt(store.nextN, 1));
  if (isRefusal(first)) throw new Error(first.reasons.join(' '));
  say('a', store.headN);
  const append = async (name: string): Promise<void> => {
    const dice = createDice(seed).fork(name);
    for (;;) {
      const count = 1 + dice.below(8);
      const answer = await store.append(draftsAt(store.nextN, count));
      if (isRefusal(answer)) throw new Error(answer.reasons.join(' '));
      say('a', answer.entries.at(-1)?.n ?? 0);
    }
  };
  const snapshot = async (): Promise<void> => {
    for (let last = store.headN; ; await new Promise((resolve) => setTimeout(resolve, 5))) {
      if (store.headN < last + 100) continue;
      last = store.headN;
      const saved = await store.saveSnapshot({ n: last, bytes: snapshotOf(last) });
      if (isRefusal(saved)) throw new Error(saved.reasons.join(' '));
      say('s', last);
    }
  };
  await Promise.all([...Array.from({ length: callers }, (_, at) => append(`caller ${at}`)), snapshot()]);
}

interface Heard {
  readonly entries: number;
  readonly snapshot: number;
}

/** When the signal falls: so long after the start of the process, or after it said that it writes. */
interface Moment {
  readonly from: 'start' | 'writing';
  readonly afterMs: number;
}

/** Runs one child and kills it. */
async function runAndKill(dir: string, seed: number, { from, afterMs }: Moment): Promise<Heard> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--child', dir, '--seed', String(seed)], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  let complaint = '';
  const kill = (): void => void setTimeout(() => child.kill('SIGKILL'), afterMs);
  child.stdout.on('data', (text: Buffer) => {
    if (said === '' && from === 'writing') kill();
    said += text.toString();
  });
  child.stderr.on('data', (text: Buffer) => { complaint += text.toString(); });
  const closed = new Promise<NodeJS.Signals | null>((resolve) => { child.on('close', (_, signal) => resolve(signal)); });
  if (from === 'start') kill();
  assert.equal(await closed, 'SIGKILL', `the child ended by itself: ${complaint}`);
  // The last line may be cut by the kill: only whole lines were said.
  const lines = said.split('\n').slice(0, -1);
  const greatest = (word: string): number => lines.reduce((most, line) => (line.startsWith(`${word} `) ? Math.max(most, Number(line.slice(2))) : most), 0);
  return { entries: greatest('a'), snapshot: greatest('s') };
}

/** Reopens after a kill and compares with what was heard. Returns the newest entry. */
async function check(dir: string, heard: Heard): Promise<number> {
  const store = open(dir);
  assert.deepEqual(store.findings.filter(({ code }) => code !== 'head-copy-damaged'), []);
  assert.ok(store.headN >= heard.entries, `entry ${heard.entries} was acknowledged; the newest is ${store.headN}`);
  let n = store.baseN;
  let last: { readonly firstN: number; readonly count: number } | null = null;
  for (const entry of store.entries()) {
    n += 1;
    const { firstN, count } = entry.body as { firstN: number; count: number };
    assert.deepEqual(entry.body, bodyOf(n, firstN, count));
    last = { firstN, count };
  }
  assert.equal(n, store.headN);
  // A batch is logged whole or not at all.
  if (last !== null) assert.equal(n, last.firstN + last.count - 1);
  const snapshot = store.newestSnapshot();
  assert.ok((snapshot?.n ?? 0) >= heard.snapshot, `snapshot ${heard.snapshot} was acknowledged; the newest is ${snapshot?.n}`);
  if (snapshot !== null) assert.deepEqual(Buffer.from(snapshot.bytes), snapshotOf(snapshot.n));
  assert.ok(store.baseN <= (snapshot?.n ?? 0));
  await store.close();
  return n;
}

export interface KillReport {
  readonly kills: number;
  /** Kills after which at least one new entry was acknowledged. */
  readonly duringWrites: number;
  readonly entries: number;
}

/** Kills one store's writer again and again; throws at the first entry that is lost or invented. */
export async function killMany({ times, seed }: { readonly times: number; readonly seed: number }): Promise<KillReport> {
  const root = mkdtempSync(join(tmpdir(), 'heliostat-kill-'));
  const dir = join(root, 'store');
  const dice = createDice(seed);
  let entries = 0;
  let duringWrites = 0;
  let heard: Heard = { entries: 0, snapshot: 0 };
  try {
    for (let kill = 0; kill < times; kill++) {
      // One in four falls into starting and opening, the others into writing.
      const moment: Moment = dice.below(4) === 0 ? { from: 'start', afterMs: 30 + dice.below(220) } : { from: 'writing', afterMs: dice.below(250) };
      const now = await runAndKill(dir, seed * 1000 + kill, moment);
      if (now.entries > 0) duringWrites += 1;
      heard = { entries: Math.max(heard.entries, now.entries), snapshot: Math.max(heard.snapshot, now.snapshot) };
      try {
        entries = await check(dir, heard);
      } catch (fault) {
        throw new Error(`kill ${kill + 1} of seed ${seed}`, { cause: fault });
      }
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return { kills: times, duringWrites, entries };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { child: { type: 'string' }, times: { type: 'string', default: '200' }, seed: { type: 'string', default: '1' } } });
  if (values.child !== undefined) await write(values.child, Number(values.seed));
  else {
    const startedMs = performance.now();
    const report = await killMany({ times: Number(values.times), seed: Number(values.seed) });
    const tookS = ((performance.now() - startedMs) / 1000).toFixed(0);
    console.log(`${report.kills} kills (seed ${values.seed}), ${report.duringWrites} of them during acknowledged writes; ${report.entries} entries, none lost; ${tookS} s`);
  }
}
