/** The store command as an operator meets it: exit codes, JSON documents, and the way from damage back to service. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readLog } from '../../src/adapters/store/read-log.ts';
import { storeCommand } from '../../src/app/commands/store.ts';
import { done, fill, flip, mustOpen, temporaryFolder } from '../adapters/store/fixture.ts';
import { runCommand } from './run-command.ts';

const page = readFileSync(fileURLToPath(new URL('../../docs/json.md', import.meta.url)), 'utf8');

/** Fields that the page lists for a schema. */
function documented(schema: string): readonly string[] {
  const line = page.split('\n').find((text) => text.includes(`schema \`${schema}\``)) ?? '';
  return [...line.slice(line.indexOf(' with ')).matchAll(/`([A-Za-z]+)`/g)].map((match) => match[1] ?? '').filter((name) => name !== 'null');
}

async function run(...words: readonly string[]): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  const ran = await runCommand([storeCommand], 'store', ...words);
  return { code: ran.code, out: ran.stdout, err: ran.stderr };
}

async function runJson(...words: readonly string[]): Promise<Readonly<Record<string, unknown>>> {
  const { code, out } = await run(...words, '--json');
  assert.equal(code, 0, out);
  const document = JSON.parse(out) as Readonly<Record<string, unknown>>;
  const fields = documented(String(document['schema']));
  assert.ok(fields.length > 3);
  assert.deepEqual(Object.keys(document).filter((name) => !fields.includes(name)), [], 'fields that docs/json.md lacks');
  return document;
}

test('verify, backup, damage, restore, compact and export of one store', async (t) => {
  const root = temporaryFolder(t);
  const [dir, backup, log] = [join(root, 'data'), join(root, 'monday'), join(root, 'log.jsonl')];
  const store = mustOpen(dir);
  await fill(store, 5000);
  for (const n of [4500, 5000]) done(await store.saveSnapshot({ n, bytes: Buffer.from('state') }));
  await store.close();

  const whole = await runJson('verify', dir);
  assert.deepEqual([whole['headN'], whole['acknowledgedN'], whole['snapshots'], whole['issues']], [5000, 5000, [4500, 5000], []]);
  assert.match((await run('verify', dir)).out, /5,000 entries in the database, up to entry 5,000/);
  assert.deepEqual((await runJson('backup', dir, backup))['headN'], 5000);

  flip(join(dir, 'generation-1', 'log.db'), readFileSync(join(dir, 'generation-1', 'log.db')).indexOf('lease-3000"'), 2);
  const damaged = await run('verify', dir);
  assert.equal(damaged.code, 1);
  assert.match(damaged.err, /entry 3000: .*heliostat store restore/);
  assert.equal((await run('export', dir)).code, 1);
  assert.equal((await run('restore', backup, dir)).code, 2);
  const restored = await runJson('restore', backup, dir, '--force');
  assert.equal(restored['replaced'], join(dir, 'generation-1'));
  assert.equal((await run('verify', dir)).code, 0);

  const compacted = await runJson('compact', dir, '--keep', '100');
  // The older snapshot covers 4500 entries: one whole segment of 4096.
  assert.deepEqual([compacted['archivedEntries'], compacted['baseN'], compacted['headN']], [4096, 4096, 5000]);
  const exported = await runJson('export', dir, '--out', log);
  assert.deepEqual([exported['baseN'], exported['headN']], [0, 5000]);
  assert.equal(readLog(log).entries.length, 5000);
  const { out } = await run('export', dir);
  assert.equal(out, readFileSync(log, 'utf8'));
});

test('wrong folders and options end with code 2, a store in use with code 1', async (t) => {
  const root = temporaryFolder(t);
  const dir = join(root, 'data');
  const store = mustOpen(dir);
  await fill(store, 10);
  for (const words of [['verify', join(root, 'no')], ['backup', join(root, 'no'), join(root, 'x')], ['backup', dir, dir], ['export', dir, '--json'], ['compact', dir, '--keep', 'few']]) {
    const { code, err, out } = await run(...words);
    assert.equal(code, 2, words.join(' '));
    assert.ok(err + out !== '');
  }
  const inUse = await run('compact', dir);
  assert.equal(inUse.code, 1);
  assert.match(inUse.err, /^.*The store is in use by process \d+\. Stop that process.*\n$/);
  assert.equal((await run('verify', dir)).code, 0);
  assert.equal((await run('backup', dir, join(root, 'while-in-use'))).code, 0);
  await store.close();
  writeFileSync(join(root, 'file'), '');
  assert.equal((await run('export', dir, '--out', join(root, 'file', 'x'))).code, 1);
});
