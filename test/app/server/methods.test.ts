/** What HTTP itself asks of the API: methods, media types, unknown queries, lists of versions, and one key for every kind of write. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startForFile } from './server-process.ts';

const server = await startForFile();

const lease = (id: string): Record<string, unknown> => ({ id, tenant: 'lab', trafficClass: 'background', fromRank: 20, toRank: 52, rateGbps: 1, durationS: 600 });
const leasesOf = async (): Promise<unknown> => (await server.ask('/api/v1/cluster')).body['leases'];

test('a method that a path does not answer is told with 405 and those that it does, and OPTIONS tells them alone', async () => {
  const wrong = await server.ask('/api/v1/leases/x', { method: 'PUT', body: {} });
  assert.deepEqual([wrong.status, wrong.headers.get('allow'), wrong.body['code']], [405, 'DELETE, GET, HEAD, OPTIONS, PATCH', 'wrong-method']);
  const asked = await server.ask('/api/v1/leases', { method: 'OPTIONS', token: null });
  assert.deepEqual([asked.status, asked.headers.get('allow')], [204, 'GET, HEAD, OPTIONS, POST']);
  // A stream has no head, and the document of the API is only read.
  assert.equal((await server.ask('/api/v1/stream', { method: 'HEAD' })).headers.get('allow'), 'GET, OPTIONS');
  assert.equal((await server.ask('/openapi.json', { method: 'POST', body: {} })).status, 405);
  assert.equal((await server.ask('/api/v1/nothing', { method: 'PUT', body: {} })).status, 404);
});

test('a query with a typing error in its name is refused, so that a dry run never becomes the change itself', async () => {
  const before = await leasesOf();
  const { status, body } = await server.ask('/api/v1/leases?dryrun=true', { method: 'POST', body: lease('typed') });
  assert.equal(status, 400);
  assert.match(String(body['detail']), /dryrun/);
  assert.equal(await leasesOf(), before);
  assert.equal((await server.ask('/api/v1/jobs?limit=3')).status, 400);
  // Whoever probes may add what it likes.
  assert.equal((await server.ask('/healthz?verbose=1')).status, 200);
});

test('a value that does not fit is told with its place', async () => {
  const { body } = await server.ask('/api/v1/leases', { method: 'POST', body: { ...lease('v'), fromRank: -7 } });
  const [issue] = body['issues'] as readonly Readonly<Record<string, unknown>>[];
  assert.deepEqual([issue?.['path'], issue?.['value']], ['body.fromRank', '-7']);
});

test('text that is no JSON is refused by its media type', async () => {
  const { status, body } = await server.ask('/api/v1/leases', { method: 'POST', body: 'hello', headers: { 'content-type': 'text/plain' } });
  assert.equal(status, 415);
  assert.equal(body['status'], 415);
});

test('a key that was used for one kind of write is used up for the other', async () => {
  const key = { 'idempotency-key': 'both' };
  assert.equal((await server.ask('/api/v1/leases', { method: 'POST', body: lease('both'), headers: key })).status, 201);
  const forked = await server.ask('/api/v1/tokens', { method: 'POST', body: { role: 'viewer', name: 'v' }, headers: key });
  assert.deepEqual([forked.status, forked.body['code']], [422, 'idempotency-key-reused']);
  const other = { 'idempotency-key': 'other' };
  assert.equal((await server.ask('/api/v1/tokens', { method: 'POST', body: { role: 'viewer', name: 'v' }, headers: other })).status, 201);
  assert.equal((await server.ask('/api/v1/leases', { method: 'POST', body: lease('other'), headers: other })).status, 422);
});

test('what was only tried has no ETag, and If-Match may list several', async () => {
  const tried = await server.ask('/api/v1/leases?dryRun=true', { method: 'POST', body: lease('tried') });
  assert.deepEqual([tried.status, tried.headers.get('etag')], [200, null]);
  const made = await server.ask('/api/v1/leases', { method: 'POST', body: lease('listed') });
  const listed = await server.ask('/api/v1/leases/listed', { method: 'DELETE', headers: { 'if-match': `"1", ${made.headers.get('etag') ?? ''}` } });
  assert.equal(listed.status, 200);
});
