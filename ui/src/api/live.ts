/**
 * The live picture: fixed tables once, state by deltas of the event stream, and whether what is shown is current.
 *
 * The browser resumes a broken stream by itself with the number of the last event. Whenever the stream begins, first or again, everything
 * shown is fetched once more, so that nothing which happened in between is missed. The server speaks at least every few seconds; silence
 * is asked about, and shown as stale or lost within ten seconds, not as calm.
 */

import { useSyncExternalStore } from 'react';
import type { Cluster, ClusterMap, MapState } from '../../../src/app/contract/cluster.ts';
import type { MapDelta, StreamBeat, StreamEvent, StreamKind, StreamReset } from '../../../src/app/contract/operate.ts';
import type { Problem } from '../../../src/app/contract/words.ts';
import { setLogTime } from '../shell/format.ts';
import { problemFrom } from './problem.ts';
import { read, streamUrl } from './request.ts';
import { paths } from './paths.ts';

export type Connection = 'connecting' | 'live' | 'stale' | 'offline';

export interface Live {
  readonly connection: Connection;
  readonly cluster: Cluster | null;
  readonly map: ClusterMap | null;
  readonly state: MapState | null;
  /** Newest first. */
  readonly events: readonly StreamEvent[];
  readonly problem: Problem | null;
  /** The server's clock as it was last told, and when that was by the page's own, ms; `rate` is 1 in real time. */
  readonly told: { readonly nowNs: number; readonly atMs: number; readonly rate: number };
}

const eventsKept = 600;
/** After so much silence the server is asked whether it is there, and so long it has to answer: together less than ten seconds. */
const quietMs = 4500;
const answerMs = 4000;
const watchMs = 500;
/** Beats of the server that a stream may miss before it is opened anew. */
const beatsMissedMax = 3;
/** Four deltas per second, for as long as a fetch may take. */
const earlyMax = 64;
/** Figures of the cluster are fetched after events, but no more often than this. */
const figuresMs = 1500;
const retryMs = 3000;

let live: Live = { connection: 'connecting', cluster: null, map: null, state: null, events: [], problem: null, told: { nowNs: 0, atMs: 0, rate: 1 } };
const listeners = new Set<() => void>();
/** What views may wait for: events of a kind, or a beat of the server for what changes without an event. */
export type Turn = StreamKind | 'beat';
const turns = new Map<Turn, number>();
/** Streams begun: each is a reason to fetch everything that is shown. */
let begun = 0;
let heardMs = 0;
/** When the server last failed to answer. */
let troubleMs = 0;
let asking = false;
let figuresTimer: ReturnType<typeof setTimeout> | undefined;
let turnTimer: ReturnType<typeof setTimeout> | undefined;

function set(change: Partial<Live>): void {
  live = { ...live, ...change };
  if (live.cluster !== null) setLogTime({ epoch: live.cluster.epoch, nowNs: Math.max(live.told.nowNs, live.cluster.nowNs) });
  for (const listener of listeners) listener();
}

/** How often something of a kind has happened: views fetch again when it rises. */
export const turnOf = (kinds: readonly Turn[]): number => kinds.reduce((sum, kind) => sum + (turns.get(kind) ?? 0), begun);

/** Notes the server's clock; between two tellings it is taken to run as it did before. */
function tell(nowNs: number): Live['told'] {
  const { told } = live;
  const atMs = Date.now();
  if (nowNs <= told.nowNs) return told;
  const since = atMs - told.atMs;
  // Tellings that are close to each other say little about the rate.
  const rate = told.atMs > 0 && since > 1500 ? Math.min(1000, (nowNs - told.nowNs) / 1e6 / since) : told.rate;
  return { nowNs, atMs, rate: Math.abs(rate - 1) < 0.2 ? 1 : rate };
}

async function refreshCluster(): Promise<void> {
  try {
    const cluster = await read<Cluster>(paths.cluster, AbortSignal.timeout(answerMs));
    heardMs = Date.now();
    set({ cluster, problem: null, told: tell(cluster.nowNs) });
  } catch (error) {
    const problem = problemFrom(error);
    // A server that is too busy to answer is there; one that says nothing at all is not known to be.
    if (problem.status > 0) heardMs = Date.now();
    else {
      troubleMs = Date.now();
      if (live.connection !== 'offline') set({ connection: error instanceof DOMException ? 'stale' : 'offline' });
    }
    set({ problem });
  }
}

/** Asks whether the server is there, one question at a time. */
function ask(): void {
  if (asking) return;
  asking = true;
  void refreshCluster().finally(() => { asking = false; });
}

function merge(state: MapState, delta: MapDelta): MapState {
  const { usableGbps, grantedGbps, marginDb, topClass, offByPlan } = state.links;
  const links = { usableGbps: [...usableGbps], grantedGbps: [...grantedGbps], marginDb: [...marginDb], topClass: [...topClass], offByPlan: [...offByPlan] };
  delta.links.row.forEach((row, at) => {
    links.usableGbps[row] = delta.links.usableGbps[at] ?? 0;
    links.grantedGbps[row] = delta.links.grantedGbps[at] ?? 0;
    links.marginDb[row] = delta.links.marginDb[at] ?? null;
    links.topClass[row] = delta.links.topClass[at] ?? -1;
    links.offByPlan[row] = delta.links.offByPlan[at] ?? 0;
  });
  const parts = new Map(state.components.map((part) => [part.row, part]));
  for (const part of delta.components) {
    const isPlain = part.health === 'sound' && part.caseC === null && part.lossDb === 0 && !part.isDead && typeof part.supplyC !== 'number';
    if (isPlain) parts.delete(part.row);
    else parts.set(part.row, part);
  }
  return { version: delta.version, nowNs: delta.nowNs, links: delta.links.row.length === 0 ? state.links : links, components: delta.components.length === 0 ? state.components : [...parts.values()] };
}

function heard(): void {
  heardMs = Date.now();
  if (live.connection !== 'live') set({ connection: 'live' });
}

/** Tells views of what happened, several events at once. */
function happened(kind: StreamKind): void {
  turns.set(kind, (turns.get(kind) ?? 0) + 1);
  turnTimer ??= setTimeout(() => {
    turnTimer = undefined;
    for (const listener of listeners) listener();
  }, 250);
  figuresTimer ??= setTimeout(() => {
    figuresTimer = undefined;
    void refreshCluster();
  }, figuresMs);
}

function take(event: StreamEvent): void {
  heard();
  if (live.events.some((known) => known.n === event.n)) return;
  live = { ...live, events: [event, ...live.events].slice(0, eventsKept) };
  happened(event.stream);
}

const parse = <T>(message: Event): T => JSON.parse((message as MessageEvent<string>).data) as T;

/** Deltas that came while the state was being fetched: it may be older than they are. */
let early: MapDelta[] = [];

async function fetchAll(): Promise<void> {
  early = [];
  const [cluster, state] = await Promise.all([read<Cluster>(paths.cluster), read<MapState>(paths.mapState)]);
  const map = live.map?.fingerprint === cluster.fingerprint ? live.map : await read<ClusterMap>(paths.map);
  set({ cluster, map, state: early.filter(({ version }) => version > state.version).reduce(merge, state), problem: null });
}

const refetch = (): void => void fetchAll().catch((error: unknown) => set({ problem: problemFrom(error) }));

interface Hello extends StreamBeat { readonly beatMs?: number }

/** Deltas count from the hello, so the state is fetched after it, and with it everything else that is shown. */
function begin(hello: Hello): void {
  begun += 1;
  live = { ...live, told: tell(hello.nowNs) };
  heard();
  refetch();
}

function takeDelta(delta: MapDelta): void {
  live = { ...live, told: tell(delta.nowNs) };
  heard();
  early = [...early.slice(1 - earlyMax), delta];
  if (live.state !== null && delta.version >= live.state.version) set({ state: merge(live.state, delta) });
}

const eventNames: readonly StreamKind[] = ['decision', 'alarm', 'job', 'lease', 'state', 'other'];

/** A new stream behind the last event that was seen; the browser itself only remembers it while it keeps the stream. */
function openStream(onBeatMs: (ms: number) => void, onWord: () => void): EventSource {
  const lastN = live.events.reduce((last, { n }) => Math.max(last, n), -1);
  const stream = new EventSource(streamUrl(lastN < 0 ? paths.stream : `${paths.stream}?after=${lastN}`));
  const on = <T>(name: string, take: (told: T) => void): void => stream.addEventListener(name, (message) => {
    onWord();
    take(parse<T>(message));
  });
  on<Hello>('hello', (hello) => {
    onBeatMs(hello.beatMs ?? Infinity);
    begin(hello);
  });
  // A server that was restored from a backup counts anew: what was told of a later time would hide what it tells now.
  on<StreamReset>('reset', ({ code }) => {
    if (code === 'ahead-of-log') set({ events: [] });
  });
  on<StreamBeat>('beat', ({ nowNs }) => {
    heard();
    turns.set('beat', (turns.get('beat') ?? 0) + 1);
    set({ told: tell(nowNs) });
  });
  for (const name of eventNames) on<StreamEvent | MapDelta>(name, (told) => ('links' in told ? takeDelta(told) : take(told)));
  stream.addEventListener('error', () => {
    // What was lost stays lost until the server speaks again, however often the browser tries.
    if (live.connection === 'live') set({ connection: 'connecting' });
    ask();
  });
  return stream;
}

function listen(): void {
  let wordMs = Date.now();
  let beatMs = Infinity;
  const stream = openStream((ms) => { beatMs = ms; }, () => { wordMs = Date.now(); });
  const watch = setInterval(() => {
    const nowMs = Date.now();
    if (nowMs - heardMs > quietMs) ask();
    const isOpen = stream.readyState === EventSource.OPEN;
    // A server that answers while its stream is silent has lost this stream.
    const isDeaf = isOpen && nowMs - wordMs > beatMs * beatsMissedMax;
    if (isOpen && !isDeaf && live.connection !== 'live' && heardMs > troubleMs) set({ connection: 'live' });
    if (stream.readyState !== EventSource.CLOSED && !isDeaf) return;
    clearInterval(watch);
    stream.close();
    if (isDeaf && live.connection === 'live') set({ connection: 'stale' });
    setTimeout(start, isDeaf ? 0 : retryMs);
  }, watchMs);
}

/** Fetches everything and listens; called once by the page, and by itself after the server was away. */
export function start(): void {
  fetchAll().then(listen).catch((error: unknown) => {
    set({ connection: 'offline', problem: problemFrom(error) });
    setTimeout(start, retryMs);
  });
}

export function watchLive(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const readLive = (): Live => live;
export const useLive = (): Live => useSyncExternalStore(watchLive, readLive);
