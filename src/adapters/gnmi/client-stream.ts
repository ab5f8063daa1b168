/** A telemetry stream that mends itself: back-off after a break, the gap marked, the state read anew, and devices watched. */

import type { MessageInitShape } from '@bufbuild/protobuf';
import { create } from '@bufbuild/protobuf';
import type { Transport } from '@connectrpc/connect';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { DeviceReading } from '../device-reading.ts';
import { refusalOf } from './device-refusal.ts';
import type { DeviceEvent, DeviceWatchLimits } from './device-watch.ts';
import { createDeviceWatch } from './device-watch.ts';
import type { SubscribeRequest, SubscribeRequestSchema as RequestSchema } from './generated/gnmi_pb.js';
import { Encoding, SubscribeRequestSchema, SubscriptionList_Mode, SubscriptionMode } from './generated/gnmi_pb.js';
import { createNotificationReader } from './notification-reader.ts';
import type { Elem } from './path.ts';
import { parsePath, pathMessage, pathText } from './path.ts';
import { subscribeBytes } from './wire-service.ts';

export interface StreamRequest {
  readonly paths: readonly string[];
  readonly target?: string;
  readonly origin?: 'openconfig' | 'sonic-db';
  readonly mode: 'sample' | 'onChange' | 'targetDefined';
  /** Pace of samples; the target's own when absent. */
  readonly sampleMs?: number;
  /** Longest silence of a value that does not change. */
  readonly heartbeatMs?: number;
  /** Only what changes from now on. */
  readonly updatesOnly?: boolean;
  /** Silence after which a device counts as dead; three samples or heartbeats and at least 3 s when absent, 0 for never. */
  readonly silentAfterMs?: number;
  /** Age of values beyond the usual after which a device counts as late; 2 s when absent, 0 for never. */
  readonly lateAfterMs?: number;
  /** Samples without any change after which a component counts as frozen; 10 when absent, 0 for never. */
  readonly frozenAfter?: number;
}

export type StreamEvent =
  | { readonly kind: 'synced'; readonly values: number }
  /** The stream broke: what happened since `lastNs` (0 for never connected) was not seen. The state is read anew when it is mended. */
  | { readonly kind: 'gap'; readonly lastNs: bigint; readonly retryMs: number; readonly because: Refusal }
  /** The device will not serve this stream; it is not asked again. */
  | { readonly kind: 'refused'; readonly because: Refusal }
  /** Paths that are gone from the device. */
  | { readonly kind: 'removed'; readonly device: string; readonly paths: readonly string[] }
  /** Values that were replaced by newer ones because this reader was slow. */
  | { readonly kind: 'skipped'; readonly device: string; readonly values: number }
  | DeviceEvent;

export interface StreamHandlers {
  readonly onReadings: (readings: readonly DeviceReading[]) => void;
  readonly onEvent?: (event: StreamEvent) => void;
}

export interface TelemetryStream {
  /** Updates received so far, known or not. */
  updates(): number;
  stop(): void;
  /** Resolves when the stream has ended for good. */
  readonly ended: Promise<void>;
}

/** First and longest wait between attempts; it doubles in between. */
const retryFirstMs = 200;
const retryMaxMs = 10_000;

const samplesUntilSilent = 3;
const silentLeastMs = 3000;
const lateUsualMs = 2000;
const frozenUsual = 10;
const sampleAssumedMs = 1000;
const checkMs = 500;
/** Checks that this process itself has missed. */
const stalledAfter = 2;

const modes = { sample: SubscriptionMode.SAMPLE, onChange: SubscriptionMode.ON_CHANGE, targetDefined: SubscriptionMode.TARGET_DEFINED } as const;

const nsOf = (ms: number | undefined): bigint => BigInt(Math.round((ms ?? 0) * 1e6));

/** What a stream of these codes will not get however often it asks. */
const permanent: ReadonlySet<Code> = new Set([Code.InvalidArgument, Code.Unimplemented, Code.PermissionDenied, Code.Unauthenticated, Code.NotFound]);

function subscribeRequest(request: StreamRequest, paths: readonly (readonly Elem[])[]): SubscribeRequest {
  const init: MessageInitShape<typeof RequestSchema> = {
    request: {
      case: 'subscribe',
      value: {
        prefix: { target: request.target ?? '', origin: request.origin ?? '' }, mode: SubscriptionList_Mode.STREAM, encoding: Encoding.JSON_IETF, updatesOnly: request.updatesOnly === true,
        subscription: paths.map((elems) => ({
          path: pathMessage(elems), mode: modes[request.mode], sampleInterval: nsOf(request.mode === 'onChange' ? 0 : request.sampleMs), heartbeatInterval: nsOf(request.heartbeatMs),
        })),
      },
    },
  };
  return create(SubscribeRequestSchema, init);
}

/** Holds the request side open for as long as the stream lives: some servers end a stream whose client has finished sending. */
async function* requests(first: SubscribeRequest, signal: AbortSignal): AsyncGenerator<SubscribeRequest> {
  yield first;
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/** The paths, or the first text that is none. */
function readPaths(texts: readonly string[]): (readonly Elem[])[] | string {
  const paths: (readonly Elem[])[] = [];
  for (const text of texts) {
    const path = parsePath(text);
    if (path === null) return text;
    paths.push(path);
  }
  return paths;
}

/** Only samples repeat themselves, so only they can be seen to freeze. */
function limitsOf(request: StreamRequest): DeviceWatchLimits {
  const isOnChange = request.mode === 'onChange';
  const paceMs = isOnChange ? request.heartbeatMs ?? 0 : request.sampleMs ?? sampleAssumedMs;
  const silentUsualMs = paceMs === 0 ? 0 : Math.max(silentLeastMs, samplesUntilSilent * paceMs);
  return { silentAfterMs: request.silentAfterMs ?? silentUsualMs, lateAfterMs: request.lateAfterMs ?? lateUsualMs, frozenAfter: isOnChange ? 0 : request.frozenAfter ?? frozenUsual };
}

/** Looks for silent and late devices while the stream is in step; returns how to stop. */
function checkRegularly(watch: ReturnType<typeof createDeviceWatch>, isSynced: () => boolean): () => void {
  let checkedMs = Date.now();
  const checking = setInterval(() => {
    const nowMs = Date.now();
    // What came while this process was held up is still to be read: nobody is blamed for that.
    if (nowMs - checkedMs > stalledAfter * checkMs) watch.restart(nowMs);
    else if (isSynced()) watch.check(nowMs);
    checkedMs = nowMs;
  }, checkMs);
  return () => clearInterval(checking);
}

/** Opens a stream and keeps it; call through `GnmiClient.subscribe`. */
export function openStream(transport: Transport, device: string, request: StreamRequest, { onReadings, onEvent = () => {} }: StreamHandlers): TelemetryStream {
  const stopping = new AbortController();
  const reader = createNotificationReader(device);
  const watch = createDeviceWatch(limitsOf(request), reader.pulses, onEvent);
  let [updates, lastNs] = [0, 0n];

  function take(bytes: Uint8Array): void {
    const readings: DeviceReading[] = [];
    const notification = reader.read(bytes, readings);
    updates += notification.updates;
    lastNs = notification.atNs;
    watch.note(notification, Date.now());
    if (readings.length > 0) onReadings(readings);
    if (notification.duplicates > 0) onEvent({ kind: 'skipped', device: notification.device, values: notification.duplicates });
    if (notification.removed.length > 0) onEvent({ kind: 'removed', device: notification.device, paths: notification.removed.map(({ elems }) => pathText(elems)) });
  }

  /** Reads until the stream breaks; returns why. */
  async function readOnce(paths: readonly (readonly Elem[])[], onSync: () => void): Promise<unknown> {
    const attempt = new AbortController();
    const signal = AbortSignal.any([attempt.signal, stopping.signal]);
    try {
      const answer = await transport.stream(subscribeBytes, signal, undefined, undefined, requests(subscribeRequest(request, paths), signal));
      for await (const message of answer.message) {
        if (message.update.length > 0) take(message.update);
        if (message.syncResponse) {
          onSync();
          onEvent({ kind: 'synced', values: updates });
        }
      }
      return new ConnectError('the device ended the stream', Code.Unavailable);
    } catch (thrown) {
      return thrown;
    } finally {
      attempt.abort();
    }
  }

  async function run(): Promise<void> {
    const paths = readPaths(request.paths);
    if (typeof paths === 'string') {
      onEvent({ kind: 'refused', because: refuse('device-rejected', 'never', `${paths} is no gNMI path.`) });
      return;
    }
    let isSynced = false;
    const stopChecking = checkRegularly(watch, () => isSynced);
    let retryMs = retryFirstMs;
    while (!stopping.signal.aborted) {
      const broken = await readOnce(paths, () => {
        retryMs = retryFirstMs;
        isSynced = true;
        watch.restart(Date.now());
      });
      isSynced = false;
      if (stopping.signal.aborted) break;
      const because = refusalOf(device, broken);
      if (permanent.has(ConnectError.from(broken).code)) {
        onEvent({ kind: 'refused', because });
        break;
      }
      onEvent({ kind: 'gap', lastNs, retryMs, because });
      await wait(retryMs, stopping.signal);
      retryMs = Math.min(retryMaxMs, 2 * retryMs);
    }
    stopChecking();
  }

  return { updates: () => updates, stop: () => stopping.abort(), ended: run() };
}
