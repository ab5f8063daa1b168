/** Makes stores for the tests: seeded bodies, folders that vanish after the test, and files that are damaged at one byte. */

import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Appended } from '../../../src/adapters/store/append-queue.ts';
import type { Entry, EntryDraft } from '../../../src/adapters/store/entry.ts';
import type { LogReader, Store, StoreOptions } from '../../../src/adapters/store/store.ts';
import { openStore } from '../../../src/adapters/store/store.ts';
import type { Parsed } from '../../../src/base/issue.ts';
import { formatIssue } from '../../../src/base/issue.ts';
import type { Refusal } from '../../../src/base/refusal.ts';
import { isRefusal } from '../../../src/base/refusal.ts';

export function temporaryFolder(test: Pick<TestContext, 'after'>): string {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-store-test-'));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A clock that ticks a microsecond at every look, from a fixed start. */
export function tickingClock(startNs = 1_000_000_000): () => number {
  let nowNs = startNs;
  return () => (nowNs += 1000);
}

export const options = (more: Partial<StoreOptions> = {}): StoreOptions => ({ cluster: 'test', fingerprint: 'plant-1', clock: tickingClock(), ...more });

export function must<T>(outcome: Parsed<T>): T {
  if (!outcome.ok) assert.fail(outcome.issues.map(formatIssue).join('\n'));
  return outcome.value;
}

export function done<T extends object>(outcome: T | Refusal): T {
  if (isRefusal(outcome)) assert.fail(outcome.reasons.join(' '));
  return outcome;
}

export const mustOpen = (dir: string, more: Partial<StoreOptions> = {}): Store => must(openStore(dir, options(more)));

/** What entry `n` says; some with text beyond ASCII and with a null, whose spelling the log must keep. */
export const bodyOf = (n: number): object => ({ lease: `lease-${n}`, note: n % 3 === 0 ? 'Wärme µ \u0000 "quoted"' : 'plain', rateGbps: n / 8, until: n % 5 === 0 ? null : n });

export const draftsFrom = (firstN: number, count: number): readonly EntryDraft[] =>
  Array.from({ length: count }, (_, at) => ({ kind: (firstN + at) % 2 === 0 ? 'fact' : 'reading', body: bodyOf(firstN + at) }));

/** Appends `count` entries in batches of ten and waits for the last. */
export async function fill(store: Store, count: number): Promise<void> {
  const answers: Promise<Appended | Refusal>[] = [];
  for (let left = count; left > 0; left -= 10) answers.push(store.append(draftsFrom(store.nextN, Math.min(10, left))));
  for (const answer of await Promise.all(answers)) done(answer);
}

export const textsOf = (store: Pick<LogReader, 'entries'>): readonly string[] => [...store.entries()].map((entry: Entry) => JSON.stringify(entry));

export function copyOf(dir: string, target: string): string {
  rmSync(target, { recursive: true, force: true });
  cpSync(dir, target, { recursive: true });
  return target;
}

/** Turns bits of one byte. */
export function flip(path: string, at: number, mask: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  writeFileSync(path, bytes);
}
