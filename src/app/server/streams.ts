/**
 * Server-sent events: what happens, as it becomes durable, with the number of its log entry as id; a client that was cut goes on from
 * the log. Each client has a bounded queue, and one that does not read is cut with a reason.
 */

import type { ServerResponse } from 'node:http';
import type { Entry } from '../../control/entry.ts';
import type { Plant } from '../../control/plant.ts';
import type { MapState } from '../contract/cluster.ts';
import type { MapDelta, StreamBeat, StreamKind, StreamReset } from '../contract/operate.ts';
import type { LiveController } from './live-controller.ts';
import { eventOf } from './views/event-words.ts';
import { mapStateView } from './views/map-view.ts';

export const streamsMax = 1000;
/** Bytes that may wait for one client. */
export const clientBytesMax = 4 * 2 ** 20;
/** A reader that hears nothing for three of these knows that it is alone. */
const heartbeatMs = 4000;
/** Events are written in handfuls: hundreds of clients and thousands of events per second would be a million writes. What was decided is told at once. */
const gatherMs = 50;
/** Four map deltas per second at most, and so few that they take no more than this share of the time. */
const deltaMs = 250;
const deltaShare = 0.04;
/** Entries read from the log per turn for a client that catches up. */
const catchUpEntries = 500;
/** Entries that a client may catch up on; one that missed more fetches the state again. */
export const missedEntriesMax = 100_000;

interface Client {
  readonly response: ServerResponse;
  readonly kinds: ReadonlySet<StreamKind>;
  /** Last entry that was told or passed over. */
  toldN: number;
  isLive: boolean;
}

/** Rows of two map states that differ. */
export function deltaOf(before: MapState, after: MapState): MapDelta | null {
  const links: MapDelta['links'] = { row: [], usableGbps: [], grantedGbps: [], marginDb: [], topClass: [], offByPlan: [] };
  for (let row = 0; row < after.links.usableGbps.length; row++) {
    const off = after.links.offByPlan[row] ?? 0;
    const [usable, granted, margin, top] = [after.links.usableGbps[row] ?? 0, after.links.grantedGbps[row] ?? 0, after.links.marginDb[row] ?? null, after.links.topClass[row] ?? -1];
    const isSameLight = off === before.links.offByPlan[row] && usable === before.links.usableGbps[row];
    if (isSameLight && granted === before.links.grantedGbps[row] && margin === before.links.marginDb[row] && top === before.links.topClass[row]) continue;
    links.row.push(row);
    links.usableGbps.push(usable);
    links.grantedGbps.push(granted);
    links.marginDb.push(margin);
    links.topClass.push(top);
    links.offByPlan.push(off);
  }
  const known = new Map(before.components.map((one) => [one.row, one]));
  const components = after.components.filter((one) => {
    const old = known.get(one.row);
    known.delete(one.row);
    return old === undefined || old.health !== one.health || old.caseC !== one.caseC || old.lossDb !== one.lossDb || old.isDead !== one.isDead || old.supplyC !== one.supplyC;
  });
  for (const row of known.keys()) components.push({ row, health: 'sound', caseC: null, lossDb: 0, isDead: false });
  return links.row.length === 0 && components.length === 0 ? null : { version: after.version, nowNs: after.nowNs, links, components };
}

const message = (kind: string, id: number | null, body: unknown): string => `event: ${kind}\n${id === null ? '' : `id: ${id}\n`}data: ${JSON.stringify(body)}\n\n`;

export class Streams {
  readonly #live: LiveController;
  readonly #plant: Plant;
  readonly #clients = new Set<Client>();
  readonly #timers: readonly NodeJS.Timeout[];
  readonly #unlisten: () => void;
  #map: MapState | null = null;
  /** On the steady clock; the next delta is made later. */
  #mapRestsUntilMs = 0;
  #gathered: Entry[] = [];
  #flushing: NodeJS.Timeout | null = null;
  #isHastened = false;
  /** Clients that were cut because they did not read. */
  cutClients = 0;

  constructor(live: LiveController) {
    this.#live = live;
    this.#plant = live.state.plant;
    this.#unlisten = live.listen((entries) => this.#publish(entries));
    this.#timers = [setInterval(() => this.#beat(), heartbeatMs), setInterval(() => this.#tellMap(), deltaMs)];
    for (const timer of this.#timers) timer.unref();
  }

  get count(): number {
    return this.#clients.size;
  }

  /** Takes a client over whose headers are sent. `lastN` is the last event it saw, `null` for none. */
  add(response: ServerResponse, kinds: ReadonlySet<StreamKind>, lastN: number | null): void {
    const { store, state } = this.#live;
    const fromN = lastN ?? store.headN;
    const reset = this.#resetFor(fromN);
    const client: Client = { response, kinds, toldN: reset === null ? fromN : store.headN, isLive: false };
    this.#clients.add(client);
    // Deltas count from here, so a client that fetches the map after its hello misses none.
    if (kinds.has('state')) this.#map ??= mapStateView(state);
    response.on('close', () => this.#clients.delete(client));
    response.on('error', () => this.#clients.delete(client));
    this.#send(client, `retry: 1000\n${message('hello', null, { version: state.n, nowNs: state.nowNs, gap: reset !== null, behindN: client.toldN, beatMs: heartbeatMs })}`);
    // With the id of the end of the log, so that a browser which is cut again asks from there.
    if (reset !== null) this.#send(client, message('reset', store.headN, reset));
    this.#catchUp(client);
  }

  /** Why nobody can go on behind this entry, or `null` where everybody can. */
  #resetFor(fromN: number): StreamReset | null {
    const { store: { baseN, headN }, state: { nowNs } } = this.#live;
    const told = { version: headN, nowNs };
    if (fromN > headN) {
      return { ...told, code: 'ahead-of-log', detail: `You saw event ${fromN}, but the log ends at entry ${headN}: it is another log, or one that was restored from a backup.`,
        remedy: 'Forget what this stream has told and read every resource again' };
    }
    const remedy = 'Read every resource again; the events between are not told by this stream';
    if (fromN < baseN) return { ...told, code: 'archived', detail: `Entries ${fromN + 1} to ${baseN} are archived.`, remedy };
    if (headN - fromN > missedEntriesMax) return { ...told, code: 'too-far-behind', detail: `${headN - fromN} entries were missed; a stream tells ${missedEntriesMax} at most.`, remedy };
    return null;
  }

  /** What goes to many is given as bytes, which are made once and not for each. */
  #send(client: Client, text: string | Buffer): void {
    if (!this.#clients.has(client)) return;
    if (client.response.writableLength > clientBytesMax) {
      this.cutClients += 1;
      this.#end(client, 'slow', 'More waits for you than a stream keeps; connect again with Last-Event-ID and go on from there.');
      return;
    }
    client.response.write(text);
  }

  #end(client: Client, code: string, detail: string): void {
    this.#clients.delete(client);
    client.response.end(message('end', null, { code, detail }));
    // A reader that has stopped reading would keep the socket for ever.
    setTimeout(() => client.response.destroy(), 1000).unref();
  }

  #tell(client: Client, entry: Entry): void {
    if (entry.n <= client.toldN) return;
    client.toldN = entry.n;
    const event = eventOf(this.#plant, entry);
    if (event !== null && client.kinds.has(event.stream)) this.#send(client, message(event.stream, event.n, event));
  }

  /** Reads the log in turns until the client stands where everybody does. */
  #catchUp(client: Client): void {
    if (!this.#clients.has(client)) return;
    const { store } = this.#live;
    if (client.toldN < store.baseN) client.toldN = store.baseN;
    // A client that cannot take more yet is asked again later instead of being cut: it does read.
    if (client.response.writableLength > clientBytesMax / 2) {
      setTimeout(() => this.#catchUp(client), deltaMs).unref();
      return;
    }
    let left = catchUpEntries;
    for (const entry of client.toldN < store.headN ? this.#live.entries(client.toldN + 1) : []) {
      this.#tell(client, entry);
      if (--left === 0) break;
    }
    if (left > 0) client.isLive = true;
    else setImmediate(() => this.#catchUp(client));
  }

  #publish(entries: readonly Entry[]): void {
    if (this.#clients.size === 0) return;
    this.#gathered.push(...entries);
    this.#flushing ??= setTimeout(() => this.#flush(), gatherMs);
    if (this.#isHastened || !entries.some(({ kind, body }) => kind === 'fact' && body.kind === 'decided')) return;
    this.#isHastened = true;
    setImmediate(() => this.#flush());
  }

  /** Clients that stand together and want the same are written the same text. */
  #flush(): void {
    if (this.#flushing !== null) clearTimeout(this.#flushing);
    this.#flushing = null;
    this.#isHastened = false;
    if (this.#gathered.length === 0) return;
    const entries = this.#gathered;
    this.#gathered = [];
    const [firstN, lastN] = [entries[0]?.n ?? 0, entries.at(-1)?.n ?? 0];
    const events = entries.flatMap((entry) => eventOf(this.#plant, entry) ?? []).map((event) => ({ stream: event.stream, text: message(event.stream, event.n, event) }));
    const texts = new Map<string, Buffer>();
    for (const client of this.#clients) {
      if (!client.isLive) continue;
      if (client.toldN >= firstN) {
        // It caught up from the log with some of these already.
        for (const entry of entries) this.#tell(client, entry);
        continue;
      }
      client.toldN = lastN;
      const key = [...client.kinds].join();
      let text = texts.get(key);
      if (text === undefined) texts.set(key, (text = Buffer.from(events.flatMap((event) => (client.kinds.has(event.stream) ? event.text : [])).join(''))));
      if (text.length > 0) this.#send(client, text);
    }
  }

  #tellMap(): void {
    const wanting = [...this.#clients].filter(({ kinds, isLive }) => isLive && kinds.has('state'));
    if (wanting.length === 0) {
      this.#map = null;
      return;
    }
    const fromMs = performance.now();
    if (fromMs < this.#mapRestsUntilMs || (this.#map !== null && this.#map.version === this.#live.state.n)) return;
    const after = mapStateView(this.#live.state);
    const before = this.#map;
    this.#map = after;
    const delta = before === null ? null : deltaOf(before, after);
    if (delta !== null) {
      const text = Buffer.from(message('state', null, delta));
      for (const client of wanting) this.#send(client, text);
    }
    this.#mapRestsUntilMs = fromMs + (performance.now() - fromMs) / deltaShare;
  }

  #beat(): void {
    // A comment would keep the connection open, but a page in a browser cannot hear comments.
    const beat: StreamBeat = { version: this.#live.state.n, nowNs: this.#live.clock.nowNs() };
    const text = Buffer.from(message('beat', null, beat));
    for (const client of this.#clients) this.#send(client, text);
  }

  stop(): void {
    this.#unlisten();
    this.#flush();
    for (const timer of this.#timers) clearInterval(timer);
    for (const client of this.#clients) this.#end(client, 'stopping', 'The server stops; connect again with Last-Event-ID.');
  }
}
