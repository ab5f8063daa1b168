/** Every route times every role, walked from the route table itself, on a closed server. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createToken } from '../../../src/app/server/access.ts';
import type { WhoAmI } from '../../../src/app/contract/operate.ts';
import type { Role } from '../../../src/app/contract/words.ts';
import { roles } from '../../../src/app/contract/words.ts';
import { isWrite } from '../../../src/app/server/route.ts';
import { allRoutes } from '../../../src/app/server/routes/all-routes.ts';
import { startForFile } from './server-process.ts';

const server = await startForFile(['--closed', '--empty']);
const tokens = new Map<Role, string>();
for (const role of roles) {
  const made = createToken(server.dir, { role, name: `test ${role}` });
  assert.ok(made.ok);
  tokens.set(role, made.value.token);
}

/** Parameters that name nothing: what is asked comes to nothing, whoever may ask it. */
const pathOf = (path: string): string => path.replace(/:[a-z]+/gi, 'nothing');

/** Status of an answer; a stream is left as soon as its headers are there. */
async function statusOf(method: string, path: string, token: string | null): Promise<number> {
  const leave = new AbortController();
  const response = await fetch(`${server.url}${pathOf(path)}`, {
    method, signal: leave.signal, headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...(method === 'GET' || method === 'DELETE' ? {} : { 'content-type': 'application/json' }) },
    ...(method === 'GET' || method === 'DELETE' ? {} : { body: '{}' }),
  });
  const contentType = response.headers.get('content-type') ?? '';
  const text = contentType.startsWith('text/event-stream') ? '' : await response.text();
  leave.abort();
  assert.equal((await server.answerBook()).wrongWith({ method, path: pathOf(path), status: response.status, contentType, text }), null, `${method} ${path}`);
  return response.status;
}

const probes = new Set(['/healthz', '/readyz']);

test('without a token and with a wrong one every route but the probes answers 401', async () => {
  for (const route of allRoutes) {
    const expected = probes.has(route.path) ? 200 : 401;
    assert.equal(await statusOf(route.method, route.path, null), expected, `${route.method} ${route.path} without a token`);
    assert.equal(await statusOf(route.method, route.path, `hlt_000000000000_${'a'.repeat(43)}`), expected, `${route.method} ${route.path} with a wrong token`);
  }
});

test('a role beneath what a route needs answers 403, any other goes on', async () => {
  for (const route of allRoutes) {
    if (probes.has(route.path)) continue;
    for (const role of roles) {
      const status = await statusOf(route.method, route.path, tokens.get(role) ?? '');
      const may = roles.indexOf(role) >= roles.indexOf(route.needs);
      assert.equal(status === 403, !may, `${route.method} ${route.path} as ${role} answered ${status}`);
      assert.notEqual(status, 401, `${route.method} ${route.path} as ${role}`);
      assert.ok(status < 500, `${route.method} ${route.path} as ${role} answered ${status}`);
    }
  }
});

test('everybody is told who he is and what he may do, and nobody without a token on a closed server', async () => {
  for (const [at, role] of roles.entries()) {
    const answer = await fetch(`${server.url}/api/v1/whoami`, { headers: { authorization: `Bearer ${tokens.get(role) ?? ''}` } });
    const { id, ...who } = await answer.json() as WhoAmI;
    assert.match(id, /^token:[0-9a-f]{12}$/);
    assert.deepEqual(who, { name: `test ${role}`, role, may: roles.slice(0, at + 1), reads: 'closed' });
  }
});

test('nobody but an operator or more may change what is not his own, and nobody but an administrator may see the audit', () => {
  // The table itself is held to the issue: reads for viewers, light for schedulers, operation for operators, access for administrators.
  for (const route of allRoutes) {
    if (!isWrite(route)) assert.equal(route.needs, route.tag === 'access' ? 'admin' : 'viewer', `${route.method} ${route.path}`);
    else assert.notEqual(route.needs, 'viewer', `${route.method} ${route.path}`);
    if (route.tag === 'faults' || route.tag === 'policies' || route.tag === 'maintenance') assert.equal(route.needs, isWrite(route) ? 'operator' : 'viewer', `${route.method} ${route.path}`);
  }
});

test('refused requests have changed nothing and are answered with problem documents', async () => {
  const refused = await server.ask('/api/v1/leases', { method: 'POST', token: tokens.get('viewer') ?? '', body: { tenant: 'x', trafficClass: 'background', fromRank: 0, toRank: 8, rateGbps: 1 } });
  assert.equal(refused.status, 403);
  assert.equal(refused.headers.get('content-type'), 'application/problem+json');
  assert.deepEqual([refused.body['code'], refused.body['title']], ['beyond-role', 'Beyond the role']);
  const none = await server.ask('/api/v1/leases', { token: null });
  assert.equal(none.headers.get('www-authenticate'), 'Bearer realm="heliostat"');
  const { body } = await server.ask('/api/v1/leases');
  assert.deepEqual(body['items'], []);
});

test('a token works as soon as it is made and no longer once it is revoked', async () => {
  const made = await server.ask('/api/v1/tokens', { method: 'POST', body: { role: 'viewer', name: 'guest' } });
  assert.equal(made.status, 201);
  const { token, id } = made.body as { token: string; id: string };
  assert.equal((await server.ask('/api/v1/cluster', { token })).status, 200);
  const listed = JSON.stringify((await server.ask('/api/v1/tokens')).body);
  assert.ok(listed.includes(id) && !listed.includes(token));
  assert.equal((await server.ask(`/api/v1/tokens/${id}`, { method: 'DELETE' })).status, 200);
  assert.equal((await server.ask('/api/v1/cluster', { token })).status, 401);
});
