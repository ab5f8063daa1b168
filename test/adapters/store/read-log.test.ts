/** Plain logs: what is exported can be read back, and every damage has a stated outcome. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256 } from '../../../src/adapters/store/entry.ts';
import { exportLog } from '../../../src/adapters/store/export-log.ts';
import { readLog } from '../../../src/adapters/store/read-log.ts';
import { done, fill, flip, must, mustOpen, temporaryFolder, textsOf } from './fixture.ts';

async function exported(root: string): Promise<{ readonly path: string; readonly texts: readonly string[] }> {
  const dir = join(root, 'live');
  const store = mustOpen(dir, { limits: { segmentEntries: 20, entriesKept: 5 } });
  const texts: string[] = [];
  await fill(store, 70);
  texts.push(...textsOf(store));
  for (const n of [50, 70]) done(await store.saveSnapshot({ n, bytes: Buffer.from('state') }));
  done(await store.compact());
  assert.equal(store.baseN, 40);
  await store.close();
  const newer = mustOpen(dir, { factsVersion: 2 });
  await fill(newer, 10);
  texts.push(...textsOf(newer).slice(-10));
  await newer.close();
  const path = join(root, 'log.jsonl');
  writeFileSync(path, [...must(exportLog(dir)).lines()].map((line) => `${line}\n`).join(''));
  return { path, texts };
}

const owner = { cluster: 'test', fingerprint: 'plant-1' };

test('an export joins archive and database to one log from entry 1 on', async (t) => {
  const { path, texts } = await exported(temporaryFolder(t));
  const log = readLog(path, { owner, factsVersion: 2 });
  assert.deepEqual(log.issues, []);
  assert.equal(log.base?.n, 0);
  assert.deepEqual(log.entries.map((entry) => JSON.stringify(entry)), texts);
  assert.deepEqual(log.factsSpans, [{ fromN: 1, version: 1 }, { fromN: 71, version: 2 }]);
  // Two snapshots, a newer version of facts, and the first and last line stand beside the 80 entries.
  assert.equal(readFileSync(path, 'utf8').trimEnd().split('\n').length, 80 + 3 + 2);
});

test('another program can check the chain of an export from its lines alone', async (t) => {
  const { path } = await exported(temporaryFolder(t));
  const script = `
import hashlib, json, sys
lines = open(sys.argv[1], encoding='utf8').read().splitlines()
head = json.loads(lines[0])
h = hashlib.sha256(json.dumps([head['cluster'], head['fingerprint'], head['createdNs']], separators=(',', ':'), ensure_ascii=False).encode()).hexdigest()
for line in lines[1:-1]:
    h = hashlib.sha256((h + line[:-75] + '}').encode()).hexdigest()
    assert json.loads(line)['hash'] == h
assert json.loads(lines[-1])['hash'] == h
print('whole')`;
  const python = spawnSync('python3', ['-c', script, path], { encoding: 'utf8' });
  if (python.error !== undefined) t.skip('python3 is not installed here');
  else assert.equal(python.stdout.trim(), 'whole', python.stderr);
});

// What a job of 2,048 accelerators is granted where experts exchange tokens is one fact of 4.9 million characters; three bytes a character are the most.
test('an entry as large as a plan for thousands of accelerators is logged, archived, exported and read back', async (t) => {
  const root = temporaryFolder(t);
  const dir = join(root, 'live');
  const store = mustOpen(dir, { limits: { segmentEntries: 10, entriesKept: 5 } });
  done(await store.append([{ kind: 'fact', body: { small: 1 } }, { kind: 'fact', body: { large: '時'.repeat(5_000_000) } }]));
  await fill(store, 28);
  const texts = textsOf(store);
  for (const n of [20, 30]) done(await store.saveSnapshot({ n, bytes: Buffer.from('state') }));
  done(await store.compact());
  assert.equal(store.baseN, 20);
  await store.close();
  const path = join(root, 'log.jsonl');
  writeFileSync(path, [...must(exportLog(dir)).lines()].map((line) => `${line}\n`).join(''));
  const log = readLog(path, { owner });
  assert.deepEqual(log.issues, []);
  assert.ok(log.entries.length === 30 && log.entries.every((entry, at) => JSON.stringify(entry) === texts[at]));
});

test('a log cut anywhere is said to be cut, with the entries before the cut', async (t) => {
  const { path, texts } = await exported(temporaryFolder(t));
  const bytes = readFileSync(path);
  for (let cut = 0; cut < bytes.length; cut += 211) {
    writeFileSync(path, bytes.subarray(0, cut));
    const log = readLog(path);
    assert.deepEqual(log.issues.map(({ code, file }) => [code, file]), [['truncated-log', path]], `cut at ${cut}`);
    assert.deepEqual(log.entries.map((entry) => JSON.stringify(entry)), texts.slice(0, log.entries.length));
    // Entry k is served when its whole line is there.
    const lines = bytes.subarray(0, cut).toString('latin1').split('\n').slice(0, -1);
    assert.equal(log.entries.length, lines.filter((line) => line.startsWith('{"n":')).length);
  }
  writeFileSync(path, bytes.subarray(0, -1));
  assert.equal(readLog(path).issues[0]?.code, 'truncated-log');
});

test('a flipped byte anywhere in a log is named by its line, with the entries before it', async (t) => {
  const { path, texts } = await exported(temporaryFolder(t));
  const bytes = readFileSync(path);
  for (let at = 0; at < bytes.length; at += 61) {
    writeFileSync(path, bytes);
    flip(path, at, 1 + at % 255);
    const log = readLog(path);
    const line = 1 + bytes.subarray(0, at).filter((byte) => byte === 10).length;
    assert.equal(log.issues.length, 1, `byte ${at}`);
    // A byte that becomes a line end, or was one, moves the damage by a line at most.
    assert.ok(Math.abs((log.issues[0]?.line ?? 0) - line) <= 1, `byte ${at}: line ${log.issues[0]?.line}, not ${line}`);
    assert.deepEqual(log.entries.map((entry) => JSON.stringify(entry)), texts.slice(0, log.entries.length));
  }
});

test('a log of another cluster, of an unknown version, with unknown facts, or of another kind is refused', async (t) => {
  const root = temporaryFolder(t);
  const { path } = await exported(root);
  const outcome = (log: ReturnType<typeof readLog>): unknown => log.issues.map(({ code, path: place, line, value }) => [code, place, line, value]);
  assert.deepEqual(outcome(readLog(path, { owner: { ...owner, cluster: 'other' } })), [['foreign-log', 'header.cluster', 1, 'test']]);
  assert.deepEqual(outcome(readLog(path, { owner: { ...owner, fingerprint: 'plant-2' } })), [['foreign-log', 'header.fingerprint', 1, 'plant-1']]);
  const newer = readLog(path, { factsVersion: 1 });
  // The first line, 70 entries and two snapshots come before the mark of the newer facts.
  assert.deepEqual(outcome(newer), [['unknown-facts-version', 'entry 71', 1 + 70 + 2 + 1, '2']]);
  assert.equal(newer.entries.length, 70);
  const lines = readFileSync(path, 'utf8').split('\n');
  const future = (lines[0] ?? '').slice(0, -75).replace('"version":2', '"version":9') + '}';
  writeFileSync(path, [`${future.slice(0, -1)},"hash":"${sha256(future)}"}`, ...lines.slice(1)].join('\n'));
  assert.deepEqual(outcome(readLog(path)), [['unknown-log-version', 'version', 1, '9']]);
  for (const text of ['', 'hello\n', '{"n":1}\n', '\n\n']) {
    writeFileSync(path, text);
    assert.ok(['not-a-log', 'truncated-log'].includes(readLog(path).issues[0]?.code ?? ''), JSON.stringify(text));
  }
  assert.equal(readLog(join(root, 'nothing')).issues[0]?.code, 'missing-file');
  assert.equal(readLog(root).issues[0]?.code, 'not-a-file');
});

test('an export of a damaged store ends before the damage and is not taken for a whole log', async (t) => {
  const root = temporaryFolder(t);
  const dir = join(root, 'live');
  const store = mustOpen(dir);
  await fill(store, 50);
  await store.close();
  const database = join(dir, 'generation-1', 'log.db');
  flip(database, readFileSync(database).indexOf('lease-31"'), 1);
  const log = must(exportLog(dir));
  assert.deepEqual(log.issues.map(({ path }) => path), ['entry 31']);
  const path = join(root, 'log.jsonl');
  writeFileSync(path, [...log.lines()].map((line) => `${line}\n`).join(''));
  const read = readLog(path);
  assert.equal(read.entries.length, 30);
  assert.equal(read.issues[0]?.code, 'truncated-log');
});
