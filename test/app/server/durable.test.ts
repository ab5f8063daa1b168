/** What was acknowledged survives the death of the process: leases, their answers to repeated keys, and the administrator's token. */

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { removeFolder, startSmall, temporaryFolder } from './server-process.ts';
import type { Answer, ServerProcess } from './server-process.ts';

/** How often the process is killed; the long run of the suite asks for more. */
const kills = Number(process.env['HELIOSTAT_KILLS'] ?? 3);

const folders: string[] = [];
let running: ServerProcess | null = null;
after(async () => {
  // A test that failed leaves its server behind.
  await running?.stop('SIGKILL');
  folders.forEach(removeFolder);
});

const ask = (server: ServerProcess, id: string): Promise<Answer> => server.ask('/api/v1/leases', {
  method: 'POST', headers: { 'idempotency-key': `key-${id}` }, body: { id, tenant: 'lab', trafficClass: 'background', fromRank: 4, toRank: 36, rateGbps: 0.5, durationS: 3600 },
});

test('every acknowledged lease is there after kill -9, and its key gives the same answer', async () => {
  const dir = temporaryFolder();
  folders.push(dir);
  const acknowledged = new Map<string, Answer['body']>();
  let server = running = await startSmall(dir, ['--empty']);
  const { adminToken } = server;
  for (let life = 0; life < kills; life++) {
    // Several askers at once, cut at a moment that nobody chose.
    const askers = Array.from({ length: 8 }, async (_, asker) => {
      for (let at = 0; at < 200; at++) {
        const id = `${life}-${asker}-${at}`;
        const answer = await ask(server, id).catch(() => null);
        if (answer === null) return;
        if (answer.status === 201) acknowledged.set(id, answer.body);
      }
    });
    const enough = acknowledged.size + 5;
    while (acknowledged.size < enough) await new Promise((resolve) => setTimeout(resolve, 10));
    await new Promise((resolve) => setTimeout(resolve, (life * 97) % 300));
    await server.stop('SIGKILL');
    await Promise.all(askers);
    server = running = await startSmall(dir, ['--empty']);
    assert.equal(server.adminToken, adminToken);
    const { body } = await server.ask('/api/v1/leases?limit=1000&tenant=lab');
    const standing = new Set((body['items'] as { id: string }[]).map(({ id }) => id));
    const lost = [...acknowledged.keys()].filter((id) => !standing.has(id));
    assert.deepEqual(lost, [], 'acknowledged leases that are gone');
    const last = [...acknowledged].at(-1);
    assert.ok(last !== undefined, 'something was acknowledged before the kill');
    const again = await ask(server, last[0]);
    assert.deepEqual([again.status, (again.body['lease'] as { id: string } | null)?.id], [201, last[0]]);
    assert.equal((await server.ask('/api/v1/cluster')).body['leases'], standing.size, 'repeating a key adds no lease');
  }
  // A clean stop leaves a snapshot, from which the next start goes on.
  const before = (await server.ask('/api/v1/cluster')).body;
  assert.equal((await server.stop()).code, 0);
  const next = running = await startSmall(dir, ['--empty']);
  const now = (await next.ask('/api/v1/cluster')).body;
  assert.deepEqual([now['leases'], now['epoch']], [before['leases'], before['epoch']]);
  assert.ok(Number(now['nowNs']) >= Number(before['nowNs']), 'time goes on');
  assert.equal((await next.stop()).code, 0);
});
