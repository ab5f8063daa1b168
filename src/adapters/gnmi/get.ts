/** Answers Capabilities and Get from a model. */

import type { MessageInitShape } from '@bufbuild/protobuf';
import { documentAt, nodesAt, present, select } from './data-tree.ts';
import type { Found } from './data-tree.ts';
import type { Extension } from './generated/gnmi_ext_pb.js';
import type { CapabilityResponseSchema, GetRequest, GetResponseSchema, NotificationSchema, UpdateSchema } from './generated/gnmi_pb.js';
import { Encoding, GetRequest_DataType } from './generated/gnmi_pb.js';
import type { Leaf, ServedEncoding } from './leaf.ts';
import { jsonValue, leafValue, servedEncodings } from './leaf.ts';
import type { GnmiModel } from './model.ts';
import { scopeOf } from './model.ts';
import type { FullPath } from './path.ts';
import { fullPath, pathMessage, pathText } from './path.ts';
import type { GnmiStatus } from './status.ts';
import { invalid, isStatus, notFound, unimplemented } from './status.ts';

type NotificationInit = MessageInitShape<typeof NotificationSchema>;
type UpdateInit = MessageInitShape<typeof UpdateSchema>;

/** Service version of the public specification whose messages are spoken here. */
const gnmiVersion = '0.10.0';

export const pathsMax = 1000;

export const capabilities = (model: GnmiModel): MessageInitShape<typeof CapabilityResponseSchema> => ({
  supportedModels: model.models.map((served) => ({ ...served })), supportedEncodings: [...servedEncodings], gNMIVersion: gnmiVersion,
});

export function servedEncoding(encoding: Encoding): ServedEncoding | GnmiStatus {
  return servedEncodings.find((served) => served === encoding) ?? unimplemented(`Encoding ${Encoding[encoding] ?? encoding} is not served; use JSON_IETF, JSON or PROTO.`);
}

/** The first of the named models that is not served. */
export function unknownModel(model: GnmiModel, wanted: readonly { readonly name: string }[]): GnmiStatus | null {
  const unknown = wanted.find(({ name }) => !model.models.some((served) => served.name === name));
  return unknown === undefined ? null : invalid(`Model ${unknown.name} is not served; Capabilities lists those that are.`);
}

/** Levels below a path that the Depth extension asks for, 0 for all; extensions that would change the meaning of the answer are refused. */
export function depthOf(extensions: readonly Extension[]): number | GnmiStatus {
  let depth = 0;
  for (const { ext } of extensions) {
    if (ext.case === 'depth') depth = ext.value.level;
    else if (ext.case === 'history') return unimplemented('The past is not kept here; leave the History extension out.');
    else if (ext.case === 'configSubscription') return unimplemented('Config subscriptions are not served; subscribe to the config paths with ON_CHANGE.');
  }
  return depth;
}

const keepers: Readonly<Record<GetRequest_DataType, (leaf: Leaf) => boolean>> = {
  [GetRequest_DataType.ALL]: () => true,
  [GetRequest_DataType.CONFIG]: ({ isConfig }) => isConfig,
  [GetRequest_DataType.STATE]: ({ isConfig }) => !isConfig,
  [GetRequest_DataType.OPERATIONAL]: ({ isConfig }) => !isConfig,
};

interface Answer {
  readonly encoding: ServedEncoding;
  readonly nowNs: bigint;
}

function notificationOf(path: FullPath, target: string, found: readonly Found[], { encoding, nowNs }: Answer): NotificationInit | null {
  const update = encoding === Encoding.PROTO
    ? present(found).map(({ one, value }): UpdateInit => ({ path: pathMessage([...one.entity.elems, ...one.leaf.elems]), val: leafValue(encoding, one.leaf.type, value) }))
    : nodesAt(found, path.elems.length).flatMap((node): UpdateInit[] => {
      const document = documentAt(node.found, path.elems.length, encoding);
      return document === null ? [] : [{ path: pathMessage(node.elems), val: jsonValue(encoding, document) }];
    });
  return update.length === 0 ? null : { timestamp: nowNs, prefix: { origin: path.origin, target }, update };
}

/** Answers a Get: one notification for each path, or for each path and target where the target is `*`. */
export function answerGet(model: GnmiModel, request: GetRequest): MessageInitShape<typeof GetResponseSchema> | GnmiStatus {
  const encoding = servedEncoding(request.encoding);
  if (isStatus(encoding)) return encoding;
  const unknown = unknownModel(model, request.useModels);
  const depth = depthOf(request.extension);
  if (unknown !== null) return unknown;
  if (isStatus(depth)) return depth;
  const keep = keepers[request.type];
  if (keep === undefined) return invalid(`Data type ${String(request.type)} is unknown.`);
  if (request.path.length === 0) return invalid('A Get names at least one path; the root is a path without elements.');
  if (request.path.length > pathsMax) return invalid(`A Get has at most ${pathsMax} paths.`);
  const notification: NotificationInit[] = [];
  for (const asked of request.path) {
    const path = fullPath(request.prefix, asked);
    if (isStatus(path)) return path;
    const scope = scopeOf(model, path);
    if (isStatus(scope)) return scope;
    const found = select(scope.entities, { elems: path.elems, depth, keep });
    if (found.length === 0) return notFound(`Nothing is at ${pathText(path.elems)}${path.target === '' ? '' : ` of ${path.target}`}.`);
    const groups = scope.isEach ? Map.groupBy(found, ({ entity }) => entity.target) : new Map([[path.target, found]]);
    for (const [target, ofTarget] of groups) {
      const one = notificationOf(path, target, ofTarget, { encoding, nowNs: model.now() });
      if (one !== null) notification.push(one);
    }
  }
  if (notification.length === 0) return notFound('None of the paths has a value now.');
  return { notification };
}
