/**
 * Speaks to a device over gNMI with mutual TLS: Capabilities, Get, Set with confirmed commit, and streams of readings.
 *
 * A device that says no, says nothing or says it too late is a `Refusal`, never an exception: `device-unreachable`,
 * `device-timeout`, `device-busy` (another commit or a precondition), `device-denied`, `device-rejected` (it does not know or
 * take what was asked), `device-failed`.
 */

import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Client, Transport } from '@connectrpc/connect';
import { Code, ConnectError, createClient } from '@connectrpc/connect';
import { createGrpcTransport, Http2SessionManager } from '@connectrpc/connect-node';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { Identity } from '../certificates.ts';
import type { StreamHandlers, StreamRequest, TelemetryStream } from './client-stream.ts';
import { openStream } from './client-stream.ts';
import { refusalOf } from './device-refusal.ts';
import type { CommitSchema } from './generated/gnmi_ext_pb.js';
import type { SetRequestSchema, TypedValue, UpdateSchema } from './generated/gnmi_pb.js';
import { Encoding, gNMI } from './generated/gnmi_pb.js';
import type { Elem } from './path.ts';
import { parsePath, pathMessage, pathText } from './path.ts';

export interface GnmiEndpoint {
  /** Name of the device for readings without a target of their own. */
  readonly device: string;
  /** `grpcs://host:port` or `host:port`. */
  readonly address: string;
  readonly identity: Identity;
  /** Of one answer; 10 s when absent. */
  readonly timeoutMs?: number;
}

export interface PathQuestion {
  readonly paths: readonly string[];
  /** '' for the device itself, `*` for all that it stands for. */
  readonly target?: string;
  readonly origin?: 'openconfig' | 'sonic-db';
}

export interface GotValue {
  readonly target: string;
  readonly path: string;
  /** JSON as RFC 7951 has it. */
  readonly value: unknown;
  readonly atNs: bigint;
}

/** A change of one device, all or nothing: deletes first, then replaces, then updates; values are JSON. */
export interface DeviceChange {
  readonly target?: string;
  readonly origin?: 'openconfig' | 'sonic-db';
  readonly delete?: readonly string[];
  readonly replace?: readonly { readonly path: string; readonly value: unknown }[];
  readonly update?: readonly { readonly path: string; readonly value: unknown }[];
  /** The device puts the change back unless `confirm` comes within this time. */
  readonly commit?: { readonly id: string; readonly rollbackMs: number };
  /** Among controllers of a role, a device heeds the highest election id only. */
  readonly election?: { readonly role: string; readonly id: bigint };
}

export interface DeviceCapabilities {
  readonly version: string;
  readonly models: readonly { readonly name: string; readonly organization: string; readonly version: string }[];
  readonly encodings: readonly string[];
}

export interface GnmiClient {
  readonly device: string;
  capabilities(): Promise<DeviceCapabilities | Refusal>;
  get(question: PathQuestion): Promise<readonly GotValue[] | Refusal>;
  set(change: DeviceChange): Promise<{ readonly atNs: bigint } | Refusal>;
  /** Keeps the open commit of a target. */
  confirm(id: string, target?: string): Promise<{ readonly atNs: bigint } | Refusal>;
  /** Puts the open commit of a target back at once. */
  cancel(id: string, target?: string): Promise<{ readonly atNs: bigint } | Refusal>;
  /** Streams readings until stopped; breaks are mended and marked. */
  subscribe(request: StreamRequest, handlers: StreamHandlers): TelemetryStream;
  close(): void;
}

const timeoutUsualMs = 10_000;

/** Largest message that is read: more than a device's whole tree, and less than would hurt. */
const answerBytesMax = 64 * 1024 * 1024;

/** A connection with a call on it that says nothing for so long is asked whether it still lives. */
const pingIntervalMs = 10_000;

const badPath = (text: string): Refusal => refuse('device-rejected', 'never', `${text} is no gNMI path; write /components/component[name=...]/state.`);

/** JSON in two encodings; the values that are written here read the same in both. */
type JsonEncoding = Encoding.JSON | Encoding.JSON_IETF;

const json = (encoding: JsonEncoding, value: unknown): MessageInitShape<typeof UpdateSchema>['val'] =>
  ({ value: { case: encoding === Encoding.JSON ? 'jsonVal' : 'jsonIetfVal', value: new TextEncoder().encode(JSON.stringify(value)) } });

/** A value that came as JSON or as a scalar. */
function gotValue(val: TypedValue | undefined): unknown {
  if (val?.value.case === 'jsonIetfVal' || val?.value.case === 'jsonVal') return JSON.parse(new TextDecoder().decode(val.value.value)) as unknown;
  return typeof val?.value.value === 'bigint' ? String(val.value.value) : val?.value.value;
}

function readPaths(texts: readonly string[]): (readonly Elem[])[] | Refusal {
  const paths: (readonly Elem[])[] = [];
  for (const text of texts) {
    const path = parsePath(text);
    if (path === null) return badPath(text);
    paths.push(path);
  }
  return paths;
}

function setRequest(change: DeviceChange, encoding: JsonEncoding): MessageInitShape<typeof SetRequestSchema> | Refusal {
  const removed = readPaths(change.delete ?? []);
  const replaced = readPaths((change.replace ?? []).map(({ path }) => path));
  const updated = readPaths((change.update ?? []).map(({ path }) => path));
  for (const read of [removed, replaced, updated]) if (!Array.isArray(read)) return read;
  const updates = (paths: typeof removed, changes: DeviceChange['update'] = []): MessageInitShape<typeof UpdateSchema>[] =>
    (Array.isArray(paths) ? paths : []).map((elems, at) => ({ path: pathMessage(elems), val: json(encoding, changes[at]?.value) }));
  const { commit, election } = change;
  return {
    prefix: { target: change.target ?? '', origin: change.origin ?? '' }, delete: (Array.isArray(removed) ? removed : []).map((elems) => pathMessage(elems)),
    replace: updates(replaced, change.replace), update: updates(updated, change.update),
    extension: [
      ...(election === undefined ? [] : [{ ext: { case: 'masterArbitration' as const, value: { role: { id: election.role }, electionId: { high: election.id >> 64n, low: election.id & (2n ** 64n - 1n) } } } }]),
      ...(commit === undefined ? [] : [{ ext: { case: 'commit' as const, value: { id: commit.id, action: { case: 'commit' as const, value: { rollbackDuration: durationOf(commit.rollbackMs) } } } } }]),
    ],
  };
}

const durationOf = (ms: number): { readonly seconds: bigint; readonly nanos: number } => ({ seconds: BigInt(Math.floor(ms / 1000)), nanos: Math.round((ms % 1000) * 1e6) });

const isRequest = (value: MessageInitShape<typeof SetRequestSchema> | Refusal): value is MessageInitShape<typeof SetRequestSchema> => !('kind' in value);

/** Asks a device to settle its open commit. */
async function settleCommit(rpc: Client<typeof gNMI>, device: string, timeoutMs: number, target: string, commit: MessageInitShape<typeof CommitSchema>): Promise<{ readonly atNs: bigint } | Refusal> {
  try {
    const done = await rpc.set({ prefix: { target }, extension: [{ ext: { case: 'commit', value: commit } }] }, { timeoutMs });
    return { atNs: done.timestamp };
  } catch (thrown) {
    return refusalOf(device, thrown);
  }
}

/** Which JSON a device takes, as far as is known. */
interface Spoken {
  encoding: JsonEncoding;
}

/** Calls in the encoding that the device takes; one that does not take JSON_IETF is asked once more in plain JSON, which every target must take. */
async function inItsEncoding<T>(spoken: Spoken, call: (encoding: JsonEncoding) => Promise<T>): Promise<T> {
  try {
    return await call(spoken.encoding);
  } catch (thrown) {
    if (spoken.encoding === Encoding.JSON || ConnectError.from(thrown).code !== Code.Unimplemented) throw thrown;
    const answer = await call(Encoding.JSON);
    spoken.encoding = Encoding.JSON;
    return answer;
  }
}

interface Line {
  readonly rpc: Client<typeof gNMI>;
  readonly device: string;
  readonly timeoutMs: number;
  readonly spoken: Spoken;
}

async function setValues({ rpc, device, timeoutMs, spoken }: Line, change: DeviceChange): Promise<{ readonly atNs: bigint } | Refusal> {
  const request = setRequest(change, spoken.encoding);
  if (!isRequest(request)) return request;
  try {
    const done = await inItsEncoding(spoken, (encoding) => {
      const asked = setRequest(change, encoding);
      return rpc.set(isRequest(asked) ? asked : request, { timeoutMs });
    });
    return { atNs: done.timestamp };
  } catch (thrown) {
    return refusalOf(device, thrown);
  }
}

async function getValues({ rpc, device, timeoutMs, spoken }: Line, question: PathQuestion): Promise<readonly GotValue[] | Refusal> {
  const paths = readPaths(question.paths);
  if (!Array.isArray(paths)) return paths;
  try {
    const prefix = { target: question.target ?? '', origin: question.origin ?? '' };
    const got = await inItsEncoding(spoken, (encoding) => rpc.get({ prefix, path: paths.map((elems) => pathMessage(elems)), encoding }, { timeoutMs }));
    return got.notification.flatMap(({ prefix: its, timestamp, update }) => update.map((one): GotValue => ({
      target: its?.target === undefined || its.target === '' ? device : its.target, path: pathText([...(its?.elem ?? []), ...(one.path?.elem ?? [])]), value: gotValue(one.val), atNs: timestamp,
    })));
  } catch (thrown) {
    return refusalOf(device, thrown);
  }
}

/** Opens a client. The connection is made with the first call and made again after a break. */
export function connectGnmi({ device, address, identity, timeoutMs = timeoutUsualMs }: GnmiEndpoint): GnmiClient {
  const baseUrl = `https://${address.replace(/^[a-z+]+:\/\//, '')}`;
  const sessions = new Http2SessionManager(baseUrl, { pingIntervalMs, pingTimeoutMs: timeoutMs }, { ca: identity.ca, cert: identity.cert, key: identity.key });
  const transport: Transport = createGrpcTransport({ baseUrl, sessionManager: sessions, acceptCompression: [], readMaxBytes: answerBytesMax });
  const rpc = createClient(gNMI, transport);
  const line: Line = { rpc, device, timeoutMs, spoken: { encoding: Encoding.JSON_IETF } };
  const streams = new Set<TelemetryStream>();
  return {
    device,
    async capabilities() {
      try {
        const { gNMIVersion, supportedModels, supportedEncodings } = await rpc.capabilities({}, { timeoutMs });
        return {
          version: gNMIVersion, models: supportedModels.map(({ name, organization, version }) => ({ name, organization, version })),
          encodings: supportedEncodings.map((encoding) => Encoding[encoding] ?? String(encoding)),
        };
      } catch (thrown) {
        return refusalOf(device, thrown);
      }
    },
    get: (question) => getValues(line, question),
    set: (change) => setValues(line, change),
    confirm: (id, target = '') => settleCommit(rpc, device, timeoutMs, target, { id, action: { case: 'confirm', value: {} } }),
    cancel: (id, target = '') => settleCommit(rpc, device, timeoutMs, target, { id, action: { case: 'cancel', value: {} } }),
    subscribe(request, handlers) {
      const stream = openStream(transport, device, request, handlers);
      streams.add(stream);
      return stream;
    },
    close() {
      for (const stream of streams) stream.stop();
      sessions.abort();
    },
  };
}
