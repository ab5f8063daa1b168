/**
 * The live picture: fixed tables once, state by deltas of the event stream, and whether what is shown is current.
 *
 * The browser resumes a broken stream by itself with the number of the last event; where the server says that there is a gap, or that
 * the plant is another one, everything is fetched again. Silence longer than the server's heartbeat is shown as stale, not as calm.
 */

import { useSyncExternalStore } from 'react';
import type { Cluster, ClusterMap, MapState } from '../../../src/app/contract/cluster.ts';
import type { MapDelta, StreamEvent, StreamKind } from '../../../src/app/contract/operate.ts';
import type { Problem } from '../../../src/app/contract/words.ts';
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
}

const eventsKept = 400;
/** After so much silence the server is asked whether it is there; without an answer the picture is stale. */
const quietMs = 8000;
const staleMs = 16_000;
/** A stream that has been gone for so long is shown as lost; the browser goes on trying. */
const lostMs = 4000;
/** Figures of the cluster are fetched after events, but no more often than this. */
const figuresMs = 1500;
const retryMs = 3000;

let live: Live = { connection: 'connecting', cluster: null, map: null, state: null, events: [], problem: null };
const listeners = new Set<() => void>();
const turns = new Map<StreamKind, number>();
let heardMs = 0;
let figuresTimer: ReturnType<typeof setTimeout> | undefined;
let turnTimer: ReturnType<typeof setTimeout> | undefined;

function set(change: Partial<Live>): void {
  live = { ...live, ...change };
  for (const listener of listeners) listener();
}

/** How often something of a kind has happened: views fetch again when it rises. */
export const turnOf = (kinds: readonly StreamKind[]): number => kinds.reduce((sum, kind) => sum + (turns.get(kind) ?? 0), 0);

async function refreshCluster(): Promise<void> {
  try {
    set({ cluster: await read<Cluster>(paths.cluster), problem: null });
    heardMs = Date.now();
  } catch (error) {
    set({ problem: problemFrom(error) });
  }
}

function merge(state: MapState, delta: MapDelta): MapState {
  const links = { usableGbps: [...state.links.usableGbps], grantedGbps: [...state.links.grantedGbps], marginDb: [...state.links.marginDb], topClass: [...state.links.topClass] };
  delta.links.row.forEach((row, at) => {
    links.usableGbps[row] = delta.links.usableGbps[at] ?? 0;
    links.grantedGbps[row] = delta.links.grantedGbps[at] ?? 0;
    links.marginDb[row] = delta.links.marginDb[at] ?? null;
    links.topClass[row] = delta.links.topClass[at] ?? -1;
  });
  const parts = new Map(state.components.map((part) => [part.row, part]));
  for (const part of delta.components) {
    const isPlain = part.health === 'sound' && part.caseC === null && part.lossDb === 0 && !part.isDead;
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

async function fetchAll(): Promise<void> {
  const [cluster, state] = await Promise.all([read<Cluster>(paths.cluster), read<MapState>(paths.mapState)]);
  const map = live.map?.fingerprint === cluster.fingerprint ? live.map : await read<ClusterMap>(paths.map);
  set({ cluster, map, state, problem: null });
}

const refetch = (): void => void fetchAll().catch((error: unknown) => set({ problem: problemFrom(error) }));

function listen(): void {
  const stream = new EventSource(streamUrl(paths.stream));
  stream.addEventListener('error', () => set({ connection: stream.readyState === EventSource.CLOSED ? 'offline' : 'connecting' }));
  // Deltas count from the hello, so the state is fetched after it: on the first connection and on every later one.
  stream.addEventListener('hello', () => {
    heard();
    refetch();
  });
  for (const name of ['decision', 'alarm', 'job', 'lease', 'state', 'other']) {
    stream.addEventListener(name, (message) => {
      const told = parse<StreamEvent | MapDelta>(message);
      if (!('links' in told)) take(told);
      else {
        heard();
        if (live.state !== null && told.version >= live.state.version) set({ state: merge(live.state, told) });
      }
    });
  }
  const watch = setInterval(() => {
    const silentMs = Date.now() - heardMs;
    if (live.connection === 'live' && silentMs > staleMs) set({ connection: 'stale' });
    else if (live.connection === 'stale' && silentMs < staleMs) set({ connection: 'live' });
    else if (live.connection === 'connecting' && silentMs > lostMs) set({ connection: 'offline' });
    if (silentMs > quietMs && stream.readyState === EventSource.OPEN) void refreshCluster();
    if (stream.readyState !== EventSource.CLOSED) return;
    clearInterval(watch);
    setTimeout(start, retryMs);
  }, 2000);
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

export const readLive = (): Live => live;
export const useLive = (): Live => useSyncExternalStore(watchLive, readLive);
