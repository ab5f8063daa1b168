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
import { pause } from './pause.ts';
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
  /** The device does not serve what was asked, but serves this. */
  | { readonly kind: 'served'; readonly mode: StreamRequest['mode']; readonly encoding: string; readonly because: Refusal }
  /** The device will not serve this stream in any way; it is not asked again. */
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

/** First and longest wait between attempts; it doubles in between, and begins anew after a stream that stood for so long. */
const retryFirstMs = 200;
const retryMaxMs = 10_000;
const steadyMs = 400;

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

/** A way to ask for the same values. */
interface Manner {
  readonly mode: StreamRequest['mode'];
  readonly encoding: Encoding;
}

/** Encodings in the order in which they are asked for. */
const encodings = [Encoding.JSON_IETF, Encoding.JSON, Encoding.PROTO] as const;

/** What a device that does not serve something may serve instead: other encodings, and samples in the place of changes. */
const mannersOf = ({ mode }: StreamRequest): Manner[] =>
  (mode === 'sample' ? [mode] : [mode, 'sample' as const]).flatMap((one) => encodings.map((encoding) => ({ mode: one, encoding })));

/** Answers that another manner may change. */
const otherManner: ReadonlySet<Code> = new Set([Code.InvalidArgument, Code.Unimplemented]);

function subscribeRequest(request: StreamRequest, { mode, encoding }: Manner, paths: readonly (readonly Elem[])[]): SubscribeRequest {
  const init: MessageInitShape<typeof RequestSchema> = {
    request: {
      case: 'subscribe',
      value: {
        prefix: { target: request.target ?? '', origin: request.origin ?? '' }, mode: SubscriptionList_Mode.STREAM, encoding, updatesOnly: request.updatesOnly === true,
        subscription: paths.map((elems) => ({
          path: pathMessage(elems), mode: modes[mode], sampleInterval: nsOf(mode === 'onChange' ? 0 : request.sampleMs ?? (mode === request.mode ? 0 : request.heartbeatMs ?? sampleAssumedMs)),
          heartbeatInterval: nsOf(mode === 'sample' ? 0 : request.heartbeatMs),
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

/** What one attempt reads with. */
interface Reader {
  readonly transport: Transport;
  readonly stopping: AbortSignal;
  take(notification: Uint8Array): void;
  synced(): void;
}

/** Reads until the stream breaks; returns why. */
async function readOnce({ transport, stopping, take, synced }: Reader, first: SubscribeRequest): Promise<unknown> {
  const attempt = new AbortController();
  const signal = AbortSignal.any([attempt.signal, stopping]);
  try {
    const answer = await transport.stream(subscribeBytes, signal, undefined, undefined, requests(first, signal));
    for await (const message of answer.message) {
      if (message.update.length > 0) take(message.update);
      if (message.syncResponse) synced();
    }
    return new ConnectError('the device ended the stream', Code.Unavailable);
  } catch (thrown) {
    return thrown;
  } finally {
    attempt.abort();
  }
}

/** What keeping a stream tells. */
interface Keeper {
  readonly device: string;
  readonly request: StreamRequest;
  read(first: SubscribeRequest, onSync: () => void): Promise<unknown>;
  /** The newest time that the device gave. */
  lastNs(): bigint;
  onEvent(event: StreamEvent): void;
}

/** Asks again after each break, and in another manner where the device does not serve the one asked for; returns when it is over. */
async function keepReading({ device, request, read, lastNs, onEvent }: Keeper, paths: readonly (readonly Elem[])[], stopping: AbortSignal): Promise<void> {
  const [first, ...others] = mannersOf(request);
  let manner = first;
  let firstRefusal: Refusal | null = null;
  let retryMs = retryFirstMs;
  while (!stopping.aborted && manner !== undefined) {
    const { mode, encoding } = manner;
    let syncedMs = Infinity;
    const broken = await read(subscribeRequest(request, manner, paths), () => {
      if (firstRefusal !== null) onEvent({ kind: 'served', mode, encoding: Encoding[encoding] ?? '', because: firstRefusal });
      firstRefusal = null;
      others.length = 0;
      syncedMs = Math.min(syncedMs, Date.now());
    });
    if (stopping.aborted) return;
    const { code } = ConnectError.from(broken);
    const because = refusalOf(device, broken);
    if (permanent.has(code)) {
      firstRefusal ??= because;
      manner = otherManner.has(code) ? others.shift() : undefined;
      if (manner === undefined) onEvent({ kind: 'refused', because: firstRefusal });
      continue;
    }
    if (Date.now() - syncedMs >= steadyMs) retryMs = retryFirstMs;
    onEvent({ kind: 'gap', lastNs: lastNs(), retryMs, because });
    await pause(retryMs, stopping);
    retryMs = Math.min(retryMaxMs, 2 * retryMs);
  }
}

/** Opens a stream and keeps it; call through `GnmiClient.subscribe`. */
export function openStream(transport: Transport, device: string, request: StreamRequest, { onReadings, onEvent = () => {} }: StreamHandlers): TelemetryStream {
  const stopping = new AbortController();
  // Who names no target speaks to one device, whatever that calls itself.
  const reader = createNotificationReader(device, { isOnly: (request.target ?? '') === '' });
  const watch = createDeviceWatch(limitsOf(request), reader.pulses, onEvent);
  let [updates, lastNs, isSynced] = [0, 0n, false];

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

  async function read(first: SubscribeRequest, onSync: () => void): Promise<unknown> {
    const synced = (): void => {
      onSync();
      isSynced = true;
      watch.restart(Date.now());
      onEvent({ kind: 'synced', values: updates });
    };
    const broken = await readOnce({ transport, stopping: stopping.signal, take, synced }, first);
    isSynced = false;
    return broken;
  }

  async function run(): Promise<void> {
    const paths = readPaths(request.paths);
    if (typeof paths === 'string') {
      onEvent({ kind: 'refused', because: refuse('device-rejected', 'never', `${paths} is no gNMI path.`) });
      return;
    }
    const stopChecking = checkRegularly(watch, () => isSynced);
    await keepReading({ device, request, read, lastNs: () => lastNs, onEvent }, paths, stopping.signal);
    stopChecking();
  }

  return { updates: () => updates, stop: () => stopping.abort(), ended: run() };
}
