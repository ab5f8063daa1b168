/**
 * Answers Subscribe: values once, at every poll, or as a stream of changes and samples.
 *
 * A stream is pulled by its subscriber: while the subscriber is slow, newer values replace those that wait and are counted as
 * duplicates, so that memory is bounded by the number of leaves. A device that is dead says nothing; a slow one says it later.
 */

import type { MessageInitShape } from '@bufbuild/protobuf';
import type { SubscribeRequest } from './generated/gnmi_pb.js';
import { SubscriptionList_Mode } from './generated/gnmi_pb.js';
import type { SubscribeResponseBytesSchema } from './generated/wire_pb.js';
import type { GnmiModel } from './model.ts';
import { pause } from './pause.ts';
import type { GnmiStatus } from './status.ts';
import { asError, invalid, isStatus } from './status.ts';
import type { ServedEncoding } from './leaf.ts';
import type { ReadList } from './subscription-list.ts';
import { readSubscriptionList } from './subscription-list.ts';
import type { Watch } from './watch.ts';

type Response = MessageInitShape<typeof SubscribeResponseBytesSchema>;

const synced: Response = { syncResponse: true };
const carry = (update: Uint8Array): Response => ({ update });

/** Heartbeats are looked for this often in each interval, so that no silence lasts longer than the interval, whenever the value was last sent. */
const looksPerHeartbeat = 4;

function* valuesNow(model: GnmiModel, list: ReadList): Generator<Response> {
  for (const { watches } of list.paced) {
    for (const watch of watches) {
      if (model.trouble(watch.entity.target).dead) continue;
      watch.sample(Date.now());
      watch.readAtNs = model.now();
      const notification = watch.drain(list.encoding);
      if (notification !== null) yield carry(notification);
    }
  }
}

/** The slowest of the devices that a list reaches. */
function slowestMs(model: GnmiModel, list: ReadList): number {
  let slowest = 0;
  for (const { watches } of list.paced) for (const { entity } of watches) slowest = Math.max(slowest, model.trouble(entity.target).slowMs);
  return slowest;
}

/** Waiting notifications of one stream. */
interface Outbox {
  readonly ready: Set<Watch>;
  /** Notifications of slow devices, as they were when they were read. */
  readonly late: Uint8Array[];
  failure: GnmiStatus | null;
  isOver: boolean;
  wake: () => void;
}

/** Notifications of slow devices that wait at once; beyond them the oldest are lost, as in the device's own queue. */
const lateMax = 10_000;

function note(model: GnmiModel, outbox: Outbox, watch: Watch, { encoding, timers }: Feed): void {
  const { slowMs } = model.trouble(watch.entity.target);
  if (slowMs <= 0) {
    outbox.ready.add(watch);
    outbox.wake();
    return;
  }
  const notification = watch.drain(encoding);
  if (notification === null) return;
  const timer = setTimeout(() => {
    timers.delete(timer);
    if (outbox.late.length >= lateMax) outbox.late.shift();
    outbox.late.push(notification);
    outbox.wake();
  }, slowMs);
  timers.add(timer);
}

/** What feeding one stream needs to hold a slow device's words back. */
interface Feed {
  readonly encoding: ServedEncoding;
  readonly timers: Set<ReturnType<typeof setTimeout>>;
}

/** Lets changes, samples and heartbeats fill the outbox; returns how to stop. */
function feed(model: GnmiModel, { paced, encoding }: ReadList, outbox: Outbox): () => void {
  const timers = new Set<ReturnType<typeof setTimeout>>();
  const repeating: ReturnType<typeof setInterval>[] = [];
  const each = (watches: readonly Watch[], take: (watch: Watch, nowMs: number) => boolean): void => {
    const nowMs = Date.now();
    const readAtNs = model.now();
    for (const watch of watches) {
      if (model.trouble(watch.entity.target).dead || !take(watch, nowMs)) continue;
      watch.readAtNs = readAtNs;
      note(model, outbox, watch, { encoding, timers });
    }
  };
  const onChange = paced.filter(({ mode }) => mode === 'onChange');
  const stop = model.onAdvance(() => {
    for (const { watches } of onChange) each(watches, (watch, nowMs) => watch.changes(nowMs));
  });
  for (const { mode, everyMs, redundant, heartbeatMs, watches } of paced) {
    if (mode === 'sample') repeating.push(setInterval(() => each(watches, (watch, nowMs) => (redundant ? watch.changes(nowMs) : watch.sample(nowMs))), everyMs));
    const lookMs = heartbeatMs / looksPerHeartbeat;
    if (redundant && heartbeatMs > 0) repeating.push(setInterval(() => each(watches, (watch, nowMs) => watch.heartbeat(nowMs, heartbeatMs - lookMs)), lookMs));
  }
  return () => {
    stop();
    for (const timer of repeating) clearInterval(timer);
    for (const timer of timers) clearTimeout(timer);
  };
}

async function* stream(model: GnmiModel, list: ReadList, outbox: Outbox, signal: AbortSignal): AsyncGenerator<Response> {
  if (list.updatesOnly) for (const { watches } of list.paced) for (const watch of watches) watch.remember(Date.now());
  else yield* valuesNow(model, list);
  yield synced;
  const stopFeeding = feed(model, list, outbox);
  // A subscriber that breaks off while a message waits for it leaves this generator suspended for ever, so feeding must end here.
  const onAbort = (): void => {
    stopFeeding();
    outbox.isOver = true;
    outbox.wake();
  };
  signal.addEventListener('abort', onAbort);
  if (signal.aborted) onAbort();
  try {
    while (!outbox.isOver) {
      if (outbox.failure !== null) throw asError(outbox.failure);
      const late = outbox.late.shift();
      if (late !== undefined) {
        yield carry(late);
        continue;
      }
      const [next] = outbox.ready;
      if (next === undefined) {
        await new Promise<void>((resolve) => { outbox.wake = resolve; });
        continue;
      }
      outbox.ready.delete(next);
      const notification = next.drain(list.encoding);
      if (notification !== null) yield carry(notification);
    }
  } finally {
    stopFeeding();
    signal.removeEventListener('abort', onAbort);
  }
}

/** Watches for a second message, which a running stream does not take. */
async function refuseMore(requests: AsyncIterator<SubscribeRequest>, outbox: Outbox): Promise<void> {
  try {
    const more = await requests.next();
    if (more.done === true) return;
    outbox.failure = more.value.request.case === 'poll' ? invalid('A poll is for subscriptions in POLL mode.') : invalid('A stream takes one subscription; open another call for a second one.');
  } catch {
    // The subscriber broke off; the call's own signal ends the stream.
    outbox.isOver = true;
  }
  outbox.wake();
}

async function* polled(model: GnmiModel, list: ReadList, requests: AsyncIterator<SubscribeRequest>, signal: AbortSignal): AsyncGenerator<Response> {
  for (let isFirst = true; ; isFirst = false) {
    await pause(slowestMs(model, list), signal);
    if (!list.updatesOnly) yield* valuesNow(model, list);
    yield synced;
    const next = await requests.next();
    if (next.done === true || (isFirst && signal.aborted)) return;
    if (next.value.request.case !== 'poll') throw asError(invalid('After its subscription a POLL call takes polls only.'));
  }
}

/** Answers one Subscribe call. */
export async function* answerSubscribe(model: GnmiModel, requests: AsyncIterable<SubscribeRequest>, signal: AbortSignal): AsyncGenerator<Response> {
  const iterator = requests[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return;
  if (first.value.request.case !== 'subscribe') throw asError(invalid('The first message of a Subscribe call is its subscription list.'));
  const list = readSubscriptionList(model, first.value.request.value, first.value.extension);
  if (isStatus(list)) throw asError(list);
  if (list.mode === SubscriptionList_Mode.POLL) {
    yield* polled(model, list, iterator, signal);
    return;
  }
  await pause(slowestMs(model, list), signal);
  if (list.mode === SubscriptionList_Mode.ONCE) {
    if (!list.updatesOnly) yield* valuesNow(model, list);
    yield synced;
    return;
  }
  const outbox: Outbox = { ready: new Set(), late: [], failure: null, isOver: false, wake: () => {} };
  void refuseMore(iterator, outbox);
  yield* stream(model, list, outbox, signal);
}
