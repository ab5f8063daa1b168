/** The event stream as a client reads it: pieces of any size, and nothing lost or told twice when the server is killed. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiClient } from '../../../src/app/client/api-client.ts';
import type { ServerSentEvent } from '../../../src/app/client/event-stream.ts';
import { EventParser, followEvents, messageCharsMax } from '../../../src/app/client/event-stream.ts';
import { eventSchema } from '../../../src/app/contract/work.ts';
import { pageOf } from '../../../src/app/contract/words.ts';
import { ServerProcess, removeFolder, serve, startSmall, temporaryFolder } from '../server/server-process.ts';

/*
 * The WHATWG standard: a comment is passed over, one space behind the colon goes, lines of data are joined, an event without data is
 * not told, a field without a colon is an empty value, and lines end with CR LF, LF or CR.
 */
const stream = ': hello\nevent: decision\nid: 7\ndata: {"a":\ndata:  1}\n\nevent: empty\n\ndata\n\r\ndata: last\rid: 8\r\r';
const messages: readonly ServerSentEvent[] = [
  { event: 'decision', id: '7', data: '{"a":\n 1}' }, { event: 'message', id: null, data: '' }, { event: 'message', id: '8', data: 'last' },
];

test('a stream parses alike however it is cut into pieces', () => {
  for (let size = 1; size <= stream.length; size++) {
    const parser = new EventParser();
    const found: ServerSentEvent[] = [];
    for (let at = 0; at < stream.length; at += size) found.push(...parser.push(stream.slice(at, at + size)));
    // The last carriage return may be half of a line's end, so one more character decides.
    found.push(...parser.push(':'));
    assert.deepEqual(found, messages, `pieces of ${size}`);
  }
});

test('a message without an end is cut off', () => {
  const parser = new EventParser();
  assert.throws(() => parser.push(`data: ${'x'.repeat(messageCharsMax)}`), RangeError);
});

test('a follower goes on behind the last event when the server is killed and comes back', async () => {
  const dir = temporaryFolder();
  let server = await startSmall(dir, ['--empty']);
  const port = new URL(server.url).port;
  const client = new ApiClient({ server: server.url, token: server.adminToken, timeoutMs: 10_000 });
  const ending = new AbortController();
  const told: number[] = [];
  let breaks = 0;
  const following = followEvents(client, {
    kinds: ['lease', 'decision', 'job', 'alarm', 'other'], afterN: 0, signal: ending.signal,
    onEvent: ({ n }) => told.push(n), onReset: (detail) => assert.fail(detail), onBreak: () => void (breaks += 1),
  });
  const lease = (id: string): Promise<unknown> => server.ask('/api/v1/leases', { method: 'POST', body: { id, tenant: 'lab', trafficClass: 'background', fromRank: 20, toRank: 52, rateGbps: 1, durationS: 600 } });
  try {
    for (const id of ['a', 'b']) await lease(id);
    await server.stop('SIGKILL');
    const again = await serve(dir, ['--cluster', `${dir}/small.yaml`, '--port', port]);
    if (!(again instanceof ServerProcess)) assert.fail(again.stderr);
    server = again;
    for (const id of ['c', 'd']) await lease(id);
    const listed = async (): Promise<readonly number[]> => {
      const page = await client.get('/api/v1/events', pageOf(eventSchema), { after: 0, limit: 500 });
      return page.ok ? page.value.items.map(({ n }) => n) : assert.fail(page.problem.detail);
    };
    const wanted = await listed();
    assert.ok(wanted.length >= 8);
    for (const endMs = Date.now() + 20_000; Date.now() < endMs && (told.at(-1) ?? 0) < (wanted.at(-1) ?? 0);) await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(told.slice(0, wanted.length), wanted);
    assert.ok(breaks >= 1);
  } finally {
    ending.abort();
    assert.equal(await following, null);
    await server.stop();
    removeFolder(dir);
  }
});
