/** The thread that writes: what it answers is durable, and when it ends by itself nothing more is taken and nothing acknowledged is lost. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findLog } from '../../../src/adapters/store/find-log.ts';
import { walkLog } from '../../../src/adapters/store/walk.ts';
import type { PendingLink } from '../../../src/adapters/store/log-writer.ts';
import { createWriteThread, isWriteFault } from '../../../src/adapters/store/write-thread.ts';
import { entryText } from '../../../src/adapters/store/entry.ts';
import { bodyOf, fill, must, mustOpen, temporaryFolder, textsOf } from './fixture.ts';

const linkOf = (n: number): PendingLink => ({ n, atNs: 2e9, text: entryText({ n, kind: 'fact', atNs: 2e9, body: bodyOf(n) }) });

test('a writing thread that ends by itself is a fault of the log, and what it acknowledged is there when the log is opened again', async (t) => {
  const dir = temporaryFolder(t);
  const first = mustOpen(dir);
  await fill(first, 10);
  await first.close();
  const paths = must(findLog(dir));
  assert.ok(paths !== null);
  const { header, end } = walkLog({ dir, paths });
  assert.ok(header !== null && end !== null);
  const thread = createWriteThread({ paths, header, end, databaseBytesMax: 2 ** 30 });
  assert.equal(await thread.commit([linkOf(11), linkOf(12)]), null);
  assert.equal(thread.end.n, 12);
  // No caller can send this: it stands for a bug in the thread, in the middle of a transaction.
  const broken = thread.commit([linkOf(13), null as unknown as PendingLink]);
  const behind = thread.commit([linkOf(14)]);
  const faults = await Promise.all([broken, behind, thread.commit([linkOf(13)]), thread.dropUntil(end)]);
  for (const fault of faults) assert.ok(isWriteFault(fault) && fault.code === 'store-failed' && fault.text.startsWith('the thread that writes the log ended'), JSON.stringify(fault));
  assert.equal(thread.end.n, 12);
  await thread.close();
  const again = mustOpen(dir);
  assert.equal(textsOf(again).length, 12);
  assert.deepEqual(again.findings, []);
  await fill(again, 10);
  await again.close();
});

test('a store goes on with other work while the disk is written, and its own reads see no more than what is durable', async (t) => {
  const dir = temporaryFolder(t);
  const store = mustOpen(dir);
  let turns = 0;
  const turning = setInterval(() => { turns += 1; }, 0);
  const filling = fill(store, 20_000);
  // Reads between commits: whole, in order, and never beyond what was acknowledged at that moment.
  while (store.headN < 20_000) {
    const headN = store.headN;
    assert.equal([...store.entries()].length, headN);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await filling;
  clearInterval(turning);
  assert.ok(turns > 0);
  await store.close();
});
