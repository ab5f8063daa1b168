/** The stream of events: every event once and in order, whatever breaks; and the log behind it as history. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mapDeltaSchema, streamEventSchema, streamHelloSchema, streamResetSchema } from '../../../src/app/contract/operate.ts';
import { mapStateSchema } from '../../../src/app/contract/cluster.ts';
import { startForFile } from './server-process.ts';

const server = await startForFile();

interface Message {
  readonly event: string;
  readonly id: number | null;
  readonly data: unknown;
}

/** Reads messages until `enough` says so. */
async function listen(path: string, enough: (messages: readonly Message[]) => boolean, headers: Readonly<Record<string, string>> = {}): Promise<readonly Message[]> {
  const leave = new AbortController();
  const timer = setTimeout(() => leave.abort(), 10_000);
  const response = await fetch(`${server.url}${path}`, { signal: leave.signal, headers });
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8');
  const messages: Message[] = [];
  let text = '';
  try {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream() as unknown as ReadableWritablePair<string, Uint8Array>) ?? []) {
      text += chunk;
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const lines = new Map(text.slice(0, end).split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
        text = text.slice(end + 2);
        const data = lines.get('data');
        if (data !== undefined) messages.push({ event: lines.get('event') ?? '', id: lines.has('id') ? Number(lines.get('id')) : null, data: JSON.parse(data) });
      }
      if (enough(messages)) break;
    }
  } finally {
    clearTimeout(timer);
    leave.abort();
  }
  return messages;
}

const ask = (id: string): Promise<{ readonly status: number }> =>
  server.ask('/api/v1/leases', { method: 'POST', body: { id, tenant: 'lab', trafficClass: 'background', fromRank: 20, toRank: 52, rateGbps: 1, durationS: 600 } });

const events = (messages: readonly Message[]): readonly Message[] => messages.filter(({ id }) => id !== null);

test('a client that was cut goes on behind its last event and misses none', async () => {
  const first = listen('/api/v1/stream?kinds=lease,decision', (messages) => events(messages).length >= 6);
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (let at = 0; at < 3; at++) assert.equal((await ask(`first-${at}`)).status, 201);
  const heard = events(await first);
  streamHelloSchema.parse((await listen('/api/v1/stream', (messages) => messages.length > 0))[0]?.data);
  const cutAt = heard[2]?.id ?? 0;
  for (let at = 0; at < 3; at++) assert.equal((await ask(`second-${at}`)).status, 201);
  const resumed = events(await listen('/api/v1/stream?kinds=lease,decision', (messages) => JSON.stringify(messages).includes('second-2'), { 'last-event-id': String(cutAt) }));
  assert.deepEqual(resumed.slice(0, heard.length - 3).map(({ id }) => id), heard.slice(3).map(({ id }) => id));
  const ids = resumed.map(({ id }) => id ?? 0);
  assert.deepEqual(ids, [...new Set(ids)].sort((a, b) => a - b));
  for (const { event, data } of resumed) assert.equal(streamEventSchema.parse(data).stream, event);
  const text = JSON.stringify(resumed);
  for (const id of ['second-0', 'second-1', 'second-2']) assert.ok(text.includes(`Lease ${id} `), id);
});

test('the events of the stream are those of the log', async () => {
  const listed = (await server.ask('/api/v1/events?after=0&limit=500')).body['items'] as { n: number }[];
  const streamed = events(await listen('/api/v1/stream?after=0', (messages) => events(messages).length >= listed.length));
  assert.deepEqual(streamed.slice(0, listed.length).map(({ id }) => id), listed.map(({ n }) => n));
});

test('a client that saw more than the server knows is told to forget it and to read everything again, and goes on from the end of the log', async () => {
  const heard = listen('/api/v1/stream?kinds=lease', (messages) => events(messages).length > 1, { 'last-event-id': '99999999' });
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal((await ask('after-reset')).status, 201);
  const [hello, reset, event] = await heard;
  const { gap, behindN } = streamHelloSchema.parse(hello?.data);
  assert.equal(gap, true);
  assert.equal(reset?.event, 'reset');
  const told = streamResetSchema.parse(reset?.data);
  assert.equal(told.code, 'ahead-of-log');
  assert.match(told.detail, /event 99999999, but the log ends at entry \d+/);
  // The id moves a browser, which asks with the last one it saw, back to where this log ends.
  assert.deepEqual([reset?.id, told.version], [behindN, behindN]);
  assert.ok((event?.id ?? 0) > behindN && JSON.stringify(event?.data).includes('after-reset'));
  const [again, next] = await listen('/api/v1/stream?kinds=lease', (messages) => messages.length > 1, { 'last-event-id': String(behindN) });
  assert.equal(streamHelloSchema.parse(again?.data).gap, false);
  assert.equal(next?.id, event?.id);
});

test('a warming loop is seen as a change of the map, as an alarm and as a decision with its chain', async () => {
  const before = mapStateSchema.parse((await server.ask('/api/v1/map/state')).body);
  // The first delta may still tell of what came before the question.
  const news = (messages: readonly Message[]): readonly Message[] => messages.filter(({ event, data }) => event === 'state' && (data as { version: number }).version > before.version);
  const heard = listen('/api/v1/stream?kinds=state,alarm,decision', (messages) => news(messages).length > 0 && messages.some(({ event }) => event === 'alarm'));
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal((await server.ask('/api/v1/faults', { method: 'POST', body: { component: 'coolantloop0', fault: 'warm', by: 6 } })).status, 201);
  const messages = await heard;
  const delta = mapDeltaSchema.parse(news(messages)[0]?.data);
  assert.ok(delta.links.row.length > 0 || delta.components.length > 0);
  const { items } = (await server.ask('/api/v1/alarms')).body as { items: { component: string; health: string; runbook: string }[] };
  assert.ok(items.some(({ health, component }) => health === 'degraded' && component.includes('engine')));
  const decisions = (await server.ask('/api/v1/decisions')).body['items'] as { n: number }[];
  const [latest] = decisions;
  if (latest === undefined) return;
  const { chain, candidates } = (await server.ask(`/api/v1/decisions/${latest.n}`)).body as { chain: { kind: string; n: number }[]; candidates: unknown[] };
  assert.ok(candidates.length > 0);
  assert.equal(chain[0]?.kind, 'telemetry');
  assert.ok(chain.some(({ kind }) => kind === 'decided'));
});

test('the map of an earlier entry is the map as it was then', async () => {
  const now = mapStateSchema.parse((await server.ask('/api/v1/map/state')).body);
  await ask('later');
  const then = mapStateSchema.parse((await server.ask(`/api/v1/history?at=${now.version}`)).body);
  assert.deepEqual(then, now);
  const start = mapStateSchema.parse((await server.ask('/api/v1/history?at=0')).body);
  assert.ok(start.links.grantedGbps.every((gbps) => gbps === 0));
});

test('a what-if fork is perturbed without touching the live state, compared, and what was asked in it is adopted', async () => {
  const forkId = (await server.ask('/api/v1/forks', { method: 'POST' })).body['id'] as string;
  const asked = { kind: 'lease', request: { id: 'forked', tenant: 'lab', trafficClass: 'background', fromRank: 21, toRank: 53, rateGbps: 2, durationS: 600 } };
  const told = await server.ask(`/api/v1/forks/${forkId}/readings`, { method: 'POST', body: { readings: [asked] } });
  assert.equal(told.status, 200, JSON.stringify(told.body));
  const warmed = await server.ask(`/api/v1/forks/${forkId}/faults`, { method: 'POST', body: { component: 'coolantloop1', fault: 'warm', by: 6, forS: 5 } });
  assert.equal(warmed.status, 200, JSON.stringify(warmed.body));
  assert.equal((await server.ask('/api/v1/leases/forked')).status, 404);
  const compared = (await server.ask(`/api/v1/forks/${forkId}/comparison`)).body as { adoptable: string[]; lightShare: { live: number; fork: number } };
  assert.deepEqual(compared.adoptable, ['ask for lease forked']);
  assert.ok(compared.lightShare.fork < compared.lightShare.live);
  const adopted = await server.ask(`/api/v1/forks/${forkId}/adopt`, { method: 'POST' });
  assert.deepEqual([adopted.status, adopted.body['sent']], [200, ['ask for lease forked']]);
  assert.equal((await server.ask('/api/v1/leases/forked')).status, 200);
  assert.equal((await server.ask(`/api/v1/forks/${forkId}/comparison`)).status, 404);
});

test('a placement tells where a job fits now and why not elsewhere', async () => {
  const { status, body } = await server.ask('/api/v1/placements', { method: 'POST', token: null, body: { workload: 'mixtral', gpus: 64 } });
  assert.equal(status, 200, JSON.stringify(body));
  const { candidates, refusal } = body as { candidates: { ranks: number[] }[]; refusal: unknown };
  assert.ok(candidates.length > 0 || refusal !== null);
  for (const { ranks } of candidates) assert.equal(new Set(ranks).size, 64);
});
