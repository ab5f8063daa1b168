/** The API on a running server: documents fit the contract, leases live as asked, and every kind of no is a problem document. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { leaseAnswerSchema, leaseSchema } from '../../../src/app/contract/work.ts';
import { problemSchema } from '../../../src/app/contract/words.ts';
import { allRoutes } from '../../../src/app/server/routes/all-routes.ts';
import type { Answer } from './server-process.ts';
import { startForFile } from './server-process.ts';

const server = await startForFile();

/** From one pod to the other. */
const lease = (id: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({ id, tenant: 'lab', trafficClass: 'background', fromRank: 20, toRank: 52, rateGbps: 5, durationS: 600, ...more });

const problemOf = ({ headers, body }: Answer): z.infer<typeof problemSchema> => {
  assert.equal(headers.get('content-type'), 'application/problem+json');
  return problemSchema.parse(body);
};

test('the OpenAPI document is of version 3.1 and describes exactly the routes of the table', async () => {
  const { body, status } = await server.ask('/openapi.json', { token: null });
  assert.equal(status, 200);
  const document = z.object({ openapi: z.string(), paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string(), responses: z.record(z.string(), z.unknown()) }).loose())) }).parse(body);
  assert.match(document.openapi, /^3\.1\.\d+$/);
  const described = Object.entries(document.paths).flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`)).sort();
  assert.deepEqual(described, ['GET /openapi.json', ...allRoutes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)].sort());
  const ids = Object.values(document.paths).flatMap((methods) => Object.values(methods).map(({ operationId }) => operationId));
  assert.equal(new Set(ids).size, ids.length);
});

test('every body of the document has an example that the route takes, and what needs no token says so', async () => {
  const { body } = await server.ask('/openapi.json', { token: null });
  const content = z.object({ 'application/json': z.object({ example: z.unknown() }) });
  const operation = z.object({ security: z.array(z.record(z.string(), z.unknown())), requestBody: z.object({ content }).optional() });
  const paths = z.record(z.string(), z.record(z.string(), operation)).parse(body['paths']);
  let checked = 0;
  for (const route of allRoutes) {
    const told = paths[route.path.replace(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()];
    if (route.body === undefined) continue;
    assert.ok(route.body.safeParse(told?.requestBody?.content['application/json'].example).success, route.path);
    checked += 1;
  }
  assert.ok(checked > 10);
  const security = (path: string, method: string): unknown => paths[path]?.[method]?.security;
  assert.deepEqual([security('/healthz', 'get'), security('/api/v1/jobs', 'get'), security('/api/v1/jobs', 'post'), security('/api/v1/audit', 'get')],
    [[], [{ bearer: [] }, {}], [{ bearer: [] }], [{ bearer: [] }]]);
});

/** A path with parameters that name something. */
const known: Readonly<Record<string, string>> = {
  '/api/v1/components/:name': '/api/v1/components/coolantloop0', '/api/v1/links/:row/wavelengths': '/api/v1/links/1/wavelengths',
  
  '/api/v1/clusters/:id': '/api/v1/clusters/small', '/api/v1/history': '/api/v1/history?at=3', '/api/v1/audit': '/api/v1/audit?limit=5',
};

test('what is read fits the schema that the document promises', async () => {
  let checked = 0;
  for (const route of allRoutes) {
    if (route.method !== 'GET' || route.kind === 'raw' || (route.path.includes(':') && known[route.path] === undefined)) continue;
    const answer = await server.ask(known[route.path] ?? route.path);
    assert.equal(answer.status, 200, route.path);
    const fits = route.answer.safeParse(answer.body);
    assert.ok(fits.success, `${route.path}: ${fits.error?.message ?? ''}`);
    checked += 1;
  }
  assert.ok(checked > 15);
});

test('an answer that the document does not promise would be found: another status, another media type, another shape', async () => {
  // Every answer that any test asks for goes through the same book, so here it is shown what it holds them to.
  const book = await server.answerBook();
  const heard = { method: 'GET', path: '/healthz', status: 200, contentType: 'application/json; charset=utf-8', text: '{"status":"ok","version":"1","reasons":[]}' };
  assert.equal(book.wrongWith(heard), null);
  assert.match(book.wrongWith({ ...heard, status: 418 }) ?? '', /status 418 is not documented/);
  assert.match(book.wrongWith({ ...heard, contentType: 'text/html' }) ?? '', /media type "text\/html" is not documented/);
  assert.match(book.wrongWith({ ...heard, text: '{"status":"fine","version":"1","reasons":[]}' }) ?? '', /status/);
  assert.match(book.wrongWith({ ...heard, text: '{"status":"ok","version":"1","reasons":[],"more":1}' }) ?? '', /more/);
  assert.match(book.wrongWith({ ...heard, path: '/api/v1/nothing' }) ?? '', /no route is documented/);
});

test('security headers come with every answer', async () => {
  const { headers } = await server.ask('/api/v1/cluster');
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'self'/);
  assert.equal(headers.get('x-powered-by'), null);
});

test('a dry run decides and changes nothing; the same asked in earnest is granted and can be read back', async () => {
  const before = (await server.ask('/api/v1/cluster')).body['leases'];
  const dry = await server.ask('/api/v1/leases?dryRun=true', { method: 'POST', body: lease('dry') });
  assert.equal(dry.status, 200);
  const dried = leaseAnswerSchema.parse(dry.body);
  assert.ok(dried.granted && dried.dryRun && (dried.lease?.paths.length ?? 0) > 0);
  assert.equal((await server.ask('/api/v1/leases/dry')).status, 404);
  assert.equal((await server.ask('/api/v1/cluster')).body['leases'], before);
  const granted = await server.ask('/api/v1/leases', { method: 'POST', body: lease('wet') });
  assert.equal(granted.status, 201);
  assert.equal(leaseAnswerSchema.parse(granted.body).lease?.grantedGbps, 5);
  const read = await server.ask('/api/v1/leases/wet');
  assert.equal(leaseSchema.parse(read.body).askedGbps, 5);
  assert.equal(read.headers.get('etag'), granted.headers.get('etag'));
});

test('a request that is repeated with its key is answered again and done once; another request with the key is refused', async () => {
  const headers = { 'idempotency-key': '0c5e2f3a-once' };
  const first = await server.ask('/api/v1/leases', { method: 'POST', body: lease('once'), headers });
  const second = await server.ask('/api/v1/leases', { method: 'POST', body: lease('once'), headers });
  assert.deepEqual([first.status, second.status], [201, 201]);
  assert.deepEqual(second.body, first.body);
  const other = await server.ask('/api/v1/leases', { method: 'POST', body: lease('twice'), headers });
  assert.equal(other.status, 422);
  assert.equal(problemOf(other).code, 'idempotency-key-reused');
  const fork = await server.ask('/api/v1/forks', { method: 'POST', headers: { 'idempotency-key': 'fork-1' } });
  const again = await server.ask('/api/v1/forks', { method: 'POST', headers: { 'idempotency-key': 'fork-1' } });
  assert.equal(fork.status, 201);
  assert.deepEqual(again.body, fork.body);
  assert.equal((await server.ask(`/api/v1/forks/${fork.body['id']}`, { method: 'DELETE' })).status, 200);
});

test('a change must name the version that it changes', async () => {
  const made = await server.ask('/api/v1/leases', { method: 'POST', body: lease('versioned') });
  const etag = made.headers.get('etag') ?? '';
  assert.match(etag, /^"\d+"$/);
  const missing = await server.ask('/api/v1/leases/versioned', { method: 'DELETE' });
  assert.deepEqual([missing.status, problemOf(missing).code], [428, 'version-missing']);
  const changed = await server.ask('/api/v1/leases/versioned', { method: 'DELETE', headers: { 'if-match': '"1"' } });
  assert.deepEqual([changed.status, problemOf(changed).code], [412, 'version-changed']);
  const garbled = await server.ask('/api/v1/leases/versioned', { method: 'DELETE', headers: { 'if-match': 'latest' } });
  assert.deepEqual([garbled.status, problemOf(garbled).code], [400, 'bad-if-match']);
  assert.equal((await server.ask('/api/v1/leases/versioned', { method: 'DELETE', headers: { 'if-match': etag } })).status, 200);
  assert.equal((await server.ask('/api/v1/leases/versioned')).status, 404);
});

test('the ETag of an answer is the version that the next change must name, and what was made is told by its path', async () => {
  const made = await server.ask('/api/v1/leases', { method: 'POST', body: lease('located') });
  assert.equal(made.headers.get('location'), '/api/v1/leases/located');
  const drained = await server.ask('/api/v1/maintenance', { method: 'POST', body: { component: 'spine1', action: 'drain' } });
  assert.equal(drained.status, 200);
  assert.equal((await server.ask('/api/v1/components/spine1')).headers.get('etag'), drained.headers.get('etag'));
  const stale = await server.ask('/api/v1/maintenance', { method: 'POST', body: { component: 'spine1', action: 'cancel' }, headers: { 'if-match': '"0"' } });
  assert.equal(stale.status, 412);
  const cancelled = await server.ask('/api/v1/maintenance', { method: 'POST', body: { component: 'spine1', action: 'cancel' }, headers: { 'if-match': drained.headers.get('etag') ?? '' } });
  assert.equal(cancelled.status, 200);
});

test('a renewal for longer than the policy gives at once says until when the lease stands', async () => {
  const { headers } = await server.ask('/api/v1/leases', { method: 'POST', body: lease('long') });
  const { body } = await server.ask('/api/v1/leases/long', { method: 'PATCH', body: { endNs: 1e15 }, headers: { 'if-match': headers.get('etag') ?? '' } });
  const { body: read } = await server.ask('/api/v1/leases/long');
  assert.equal(body['endNs'], read['endNs']);
  assert.ok(Number(body['endNs']) < 1e15);
});

test('components and wavelengths are listed page by page, none twice and none left out', async () => {
  const { body: cluster } = await server.ask('/api/v1/cluster');
  for (const [path, count] of [['components', cluster['components']], ['wavelengths', cluster['wavelengths']]] as const) {
    const rows: number[] = [];
    for (let after = ''; ;) {
      const { body } = await server.ask(`/api/v1/${path}?limit=1000${after}`);
      rows.push(...(body['items'] as readonly { readonly row: number }[]).map(({ row }) => row));
      if (body['next'] === null) break;
      after = `&after=${String(body['next'])}`;
    }
    assert.deepEqual(rows, Array.from({ length: Number(count) }, (_, row) => row), path);
  }
  const { body: loops } = await server.ask('/api/v1/components?kind=coolantLoop&health=sound');
  // One loop in each of two rows.
  assert.equal((loops['items'] as readonly unknown[]).length, 2);
  const { body: ofLink } = await server.ask('/api/v1/wavelengths?link=1');
  const { body: grid } = await server.ask('/api/v1/links/1/wavelengths');
  assert.deepEqual((ofLink['items'] as readonly { readonly row: number }[]).map(({ row }) => row), (grid['rows'] as readonly { readonly row: number }[]).map(({ row }) => row));
  assert.equal((await server.ask(`/api/v1/clusters/${String(cluster['id'])}`)).body['name'], cluster['name']);
  assert.equal((await server.ask('/api/v1/clusters/nowhere')).status, 404);
});

test('light that is not there is refused with code, remedy, reasons and offers that would be granted', async () => {
  // An accelerator has 400 Gb/s into the network: 5,000 cannot be had at any time.
  const refused = await server.ask('/api/v1/leases', { method: 'POST', body: lease('greedy', { rateGbps: 5000 }) });
  assert.equal(refused.status, 409);
  const problem = problemOf(refused);
  assert.ok(problem.reasons.length > 0 && ['wait', 'preempt', 'never'].includes(problem.doNext ?? '') && / /.test(problem.remedy));
  const dry = leaseAnswerSchema.parse((await server.ask('/api/v1/leases?dryRun=true', { method: 'POST', body: lease('greedy', { rateGbps: 5000 }) })).body);
  assert.equal(dry.granted, false);
  assert.deepEqual(dry.refusal?.code, problem.code);
  for (const offer of dry.offers.slice(0, 2)) {
    const tried = leaseAnswerSchema.parse((await server.ask('/api/v1/leases?dryRun=true', { method: 'POST', body: offer })).body);
    assert.ok(tried.granted, JSON.stringify(offer));
  }
});

const wrong: readonly (readonly [what: string, path: string, ask: { method?: string; body?: unknown; headers?: Record<string, string> }, status: number, code: string])[] = [
  ['no JSON', '/api/v1/leases', { method: 'POST', body: '{' }, 400, 'ctp-invalid-json-body'],
  ['a field of the wrong type', '/api/v1/leases', { method: 'POST', body: lease('x', { fromRank: 'zero' }) }, 400, 'bad-value'],
  ['an unknown class', '/api/v1/leases', { method: 'POST', body: lease('x', { trafficClass: 'gossip' }) }, 400, 'bad-value'],
  ['a name that would move the cursor of a terminal', '/api/v1/leases', { method: 'POST', body: lease('x', { tenant: 'lab\u001b[2J' }) }, 400, 'bad-value'],
  ['a name that reads backwards', '/api/v1/leases', { method: 'POST', body: lease('\u202egnp.exe') }, 400, 'bad-value'],
  ['a name of two lines', '/api/v1/tokens', { method: 'POST', body: { role: 'viewer', name: 'a\nb' } }, 400, 'bad-value'],
  ['a duration without end', '/api/v1/leases', { method: 'POST', body: lease('x', { durationS: 1e300 }) }, 400, 'bad-value'],
  ['a beginning before the log', '/api/v1/leases', { method: 'POST', body: lease('x', { startNs: -1e30 }) }, 400, 'bad-value'],
  ['less than a kilobit per second', '/api/v1/leases', { method: 'POST', body: lease('x', { rateGbps: 1e-300 }) }, 400, 'bad-value'],
  ['a rank that is not there', '/api/v1/leases', { method: 'POST', body: lease('x', { toRank: 9999 }) }, 404, 'unknown-rank'],
  ['another media type', '/api/v1/leases', { method: 'POST', body: 'a=1', headers: { 'content-type': 'application/x-www-form-urlencoded' } }, 415, 'ctp-invalid-media-type'],
  ['a body beyond the limit', '/api/v1/leases', { method: 'POST', body: lease('x', { tenant: 'y'.repeat(300_000) }) }, 413, 'ctp-body-too-large'],
  ['a key with spaces', '/api/v1/leases', { method: 'POST', body: lease('x'), headers: { 'idempotency-key': 'a b' } }, 400, 'bad-idempotency-key'],
  ['nothing there', '/api/v1/nothing', {}, 404, 'unknown-route'],
  ['an unknown component', '/api/v1/components/leaf999', {}, 404, 'unknown-component'],
  ['an unknown link', '/api/v1/links/99999999/wavelengths', {}, 404, 'unknown-link'],
  ['an unknown lease', '/api/v1/leases/nobody', {}, 404, 'unknown-lease'],
  ['a page of no size', '/api/v1/leases?limit=0', {}, 400, 'bad-value'],
  ['a future entry', '/api/v1/history?at=99999999', {}, 404, 'not-yet'],
  ['an unknown fault', '/api/v1/faults', { method: 'POST', body: { component: 'leaf0', fault: 'gremlins' } }, 400, 'unknown-fault'],
  ['a fault of an unknown component', '/api/v1/faults', { method: 'POST', body: { component: 'leaf999', fault: 'dead' } }, 400, 'unknown-device'],
  ['a policy that contradicts itself', '/api/v1/policies', { method: 'PUT', headers: { 'if-match': '*' }, body: { policy: 'kind: Policy\nversion: 1\nname: odd\nhealth: {marginHold: 3dB, marginReturn: 1dB}\n' } },
    400, 'no-hysteresis'],
  ['a policy whose name would clear a terminal', '/api/v1/policies', { method: 'PUT', headers: { 'if-match': '*' }, body: { policy: 'kind: Policy\nversion: 1\nname: "a\\u001b[2J"\n' } }, 400, 'bad-value'],
  ['a workload that names a file of the server', '/api/v1/placements', { method: 'POST', body: { workload: 'kind: Workload\nversion: 1\nname: x\nmodel: {config: ../../../etc/passwd}\n' } }, 400, 'foreign-config'],
  ['an unknown class of events', '/api/v1/stream?kinds=gossip', {}, 400, 'unknown-stream'],
  ['a release of what is not there', '/api/v1/leases/nobody', { method: 'DELETE', headers: { 'if-match': '*' } }, 404, 'unknown-lease'],
];

test('every wrong request is a problem document with a code and a remedy', async () => {
  for (const [what, path, ask, status, code] of wrong) {
    const answer = await server.ask(path, ask);
    const problem = problemOf(answer);
    assert.deepEqual([answer.status, problem.status, problem.code], [status, status, code], what);
    assert.ok(problem.remedy.length > 0 && problem.detail.length > 0, what);
  }
});

test('the policy is read with its version and replaced only over the version that was read', async () => {
  const read = await server.ask('/api/v1/policies');
  const etag = read.headers.get('etag') ?? '';
  const body = { policy: 'kind: Policy\nversion: 1\nname: patient\nhealth: {holdDown: 900s}\n' };
  const put = await server.ask('/api/v1/policies', { method: 'PUT', body, headers: { 'if-match': etag } });
  assert.equal(put.status, 200, JSON.stringify(put.body));
  const after = await server.ask('/api/v1/policies');
  assert.equal((after.body['policy'] as { name: string }).name, 'patient');
  assert.equal((await server.ask('/api/v1/policies', { method: 'PUT', body, headers: { 'if-match': etag } })).status, 412);
});

test('writes are audited with who, what, before and after, those of the log and all others', async () => {
  await server.ask('/api/v1/leases', { method: 'POST', body: lease('audited') });
  await server.ask('/api/v1/faults', { method: 'POST', body: { component: 'leaf0', fault: 'slow', by: 1 } });
  await server.ask('/api/v1/faults/leaf0', { method: 'DELETE' });
  const { items } = (await server.ask('/api/v1/audit?limit=100')).body as { items: { what: string; by: string; role: string; path: string; before: string | null; after: string[]; source: string }[] };
  const asked = items.find(({ path, after: facts }) => path === '/api/v1/leases' && facts.some((text) => text.includes('audited')));
  assert.match(asked?.by ?? '', /^token:[0-9a-f]{12}$/);
  assert.equal(asked?.role, 'admin');
  assert.equal(asked?.source, 'log');
  const cleared = items.find(({ path }) => path === '/api/v1/faults/leaf0');
  assert.equal(cleared?.source, 'server');
  assert.match(cleared?.before ?? '', /slow/);
});

test('a field that nobody knows is refused by its name, and nothing is done', async () => {
  const { status, body } = await server.ask('/api/v1/leases', { method: 'POST', body: lease('mistyped', { florGbps: 2 }) });
  assert.equal(status, 400);
  assert.match(JSON.stringify(body), /florGbps/);
  assert.equal((await server.ask('/api/v1/leases/mistyped')).status, 404);
});

test('why somebody drains a component stands in the audit', async () => {
  const { status } = await server.ask('/api/v1/maintenance', { method: 'POST', body: { component: 'spine0', action: 'drain', note: 'fibre to be cleaned' } });
  assert.equal(status, 200);
  const { items } = (await server.ask('/api/v1/audit?limit=20')).body as { items: { path: string; after: string[] }[] };
  assert.ok(items.some(({ path, after }) => path === '/api/v1/maintenance' && after.some((text) => text.includes('fibre to be cleaned'))));
  assert.equal((await server.ask('/api/v1/maintenance', { method: 'POST', body: { component: 'spine0', action: 'cancel' } })).status, 200);
});

test('page by page the audit leaves no write out, though many are of the same millisecond', async () => {
  const ids = Array.from({ length: 24 }, (_, at) => `paged-${at}`);
  await Promise.all(ids.map((id) => server.ask('/api/v1/leases', { method: 'POST', body: lease(id, { rateGbps: 1 }) })));
  const read = async (query: string): Promise<{ readonly items: readonly { readonly n: number; readonly source: string; readonly at: string }[]; readonly next: string | null }> =>
    (await server.ask(`/api/v1/audit?${query}`)).body as never;
  const name = ({ n, source }: { readonly n: number; readonly source: string }): string => `${source} ${n}`;
  const all = (await read('limit=1000')).items.map(name);
  assert.ok(all.length >= ids.length);
  // A page of one is as long as there are writes of its instant.
  for (const limit of [7, 1]) {
    const paged: string[] = [];
    for (let before: string | null = ''; before !== null;) {
      const { items, next } = await read(`limit=${limit}${before === '' ? '' : `&before=${before}`}`);
      paged.push(...items.map(name));
      before = next;
    }
    assert.deepEqual(paged, all, `pages of ${limit}`);
  }
});
