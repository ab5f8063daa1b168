/** What-ifs in their thread: the live state they begin with, limits, what happens when the thread dies, and that nobody waits for them. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { isRefusal } from '../../../src/base/refusal.ts';
import type { Refusal } from '../../../src/base/refusal.ts';
import { buildPlant } from '../../../src/app/server/build-plant.ts';
import type { ForkTableSetup } from '../../../src/app/server/forks.ts';
import { ForkTable, forksMax } from '../../../src/app/server/forks.ts';
import { startForFile } from './server-process.ts';

const server = await startForFile();
const { dir } = server;

/** A table of its own on the folder of the running server, which its thread only reads. */
async function table(more: Partial<ForkTableSetup> = {}): Promise<{ readonly forks: ForkTable; readonly faults: string[]; readonly headN: number }> {
  const clusterFile = join(dir, 'small.yaml');
  const built = buildPlant(clusterFile);
  assert.ok(built.ok);
  const headN = Number((await server.ask('/api/v1/events?limit=1')).body['next']);
  const faults: string[] = [];
  const forks = new ForkTable({ clusterFile, dir, fingerprint: built.value.plant.fingerprint, headN: () => headN, faults: () => [], onFault: (fault) => faults.push(fault), ...more });
  return { forks, faults, headN };
}

const must = <T>(made: T | Refusal): T => (isRefusal(made) ? assert.fail(made.reasons.join(' ')) : made as T);
const refusalOf = (made: unknown): Refusal => (isRefusal(made) ? made : assert.fail('it was not refused'));

test('a fork begins with the very state that the server shows, and goes on from the log alone', async () => {
  const made = await server.ask('/api/v1/forks', { method: 'POST' });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const of = made.body['of'] as number;
  const forked = (await server.ask(`/api/v1/forks/${String(made.body['id'])}/map`)).body;
  const live = (await server.ask(`/api/v1/history?at=${of}`)).body;
  assert.deepEqual(forked, live);
  // What happens later is in the live side of the comparison and not in the fork.
  const lease = { id: 'after-the-fork', tenant: 'lab', trafficClass: 'background', fromRank: 22, toRank: 54, rateGbps: 2, durationS: 600 };
  assert.equal((await server.ask('/api/v1/leases', { method: 'POST', body: lease })).status, 201);
  const compared = (await server.ask(`/api/v1/forks/${String(made.body['id'])}/comparison`)).body as { readonly leasesDropped: number };
  assert.ok(compared.leasesDropped >= 1);
  assert.equal((await server.ask(`/api/v1/forks/${String(made.body['id'])}`, { method: 'DELETE' })).status, 200);
});

test('no more forks are made than the limit, however many ask at once', async () => {
  const answers = await Promise.all(Array.from({ length: forksMax + 3 }, () => server.ask('/api/v1/forks', { method: 'POST' })));
  const made = answers.filter(({ status }) => status === 201);
  assert.equal(made.length, forksMax);
  for (const { status, body } of answers) if (status !== 201) assert.deepEqual([status, body['code']], [409, 'too-many-forks']);
  for (const { body } of made) assert.equal((await server.ask(`/api/v1/forks/${String(body['id'])}`, { method: 'DELETE' })).status, 200);
});

test('forks are refused beyond the memory that they may take, with the figures', async () => {
  const { forks } = await table({ bytesMax: 1000 });
  const refusal = refusalOf(await forks.create('somebody'));
  assert.equal(refusal.code, 'too-many-forks');
  assert.match(refusal.reasons[0] ?? '', /^A fork takes 1 MiB, and those that there are take 0 MiB of 1 MiB\.$/);
  forks.stop();
});

test('a thread that runs out of memory costs the forks and nothing else: all that wait are told, and the next fork begins another thread', async () => {
  // No program fits into 4 MB of objects.
  const { forks, faults } = await table({ heapMbMax: 4 });
  for (const _attempt of [1, 2]) {
    const refusals = (await Promise.all([forks.create('a'), forks.create('b')])).map(refusalOf);
    for (const refusal of refusals) assert.deepEqual([refusal.code, refusal.remedy], ['what-if-failed', 'wait']);
  }
  assert.equal(faults.length, 2);
  assert.match(faults[0] ?? '', /memory/i);
  assert.deepEqual(forks.list, []);
  forks.stop();
});

test('a cluster file that was changed since the server was started makes no fork of another cluster', async () => {
  const { forks, faults } = await table({ fingerprint: 'another' });
  assert.equal(refusalOf(await forks.create('somebody')).code, 'what-if-failed');
  assert.match(faults[0] ?? '', /was changed since the server was started/);
  forks.stop();
});

test('a question to a fork that fails loses that fork alone', async () => {
  const { forks } = await table();
  const [one, two] = [must(await forks.create('a')), must(await forks.create('b'))];
  // The edge lets no such reading through; in the thread it is a fault of the program.
  const failed = refusalOf(await forks.tell(one, [{ kind: 'gossip', component: 'leaf0' }] as never, 'a'));
  assert.equal(failed.code, 'what-if-failed');
  assert.equal(forks.find(one.id), null);
  assert.ok(must(await forks.map(two)).version > 0);
  forks.stop();
});

test('while a minute passes in a fork, the server answers as ever', async () => {
  const id = String((await server.ask('/api/v1/forks', { method: 'POST' })).body['id']);
  let isPassing = true;
  const passing = server.ask(`/api/v1/forks/${id}/faults`, { method: 'POST', body: { component: 'coolantloop1', fault: 'warm', by: 6, forS: 60 } }).finally(() => { isPassing = false; });
  // Nothing else may be done in it meanwhile, and it is not adopted half-way.
  await new Promise((resolve) => setTimeout(resolve, 5));
  const meanwhile = await server.ask(`/api/v1/forks/${id}/adopt`, { method: 'POST' });
  if (isPassing) assert.deepEqual([meanwhile.status, meanwhile.body['code']], [409, 'fork-busy']);
  assert.equal((await server.ask('/api/v1/cluster')).status, 200);
  assert.equal((await passing).status, 200);
});
