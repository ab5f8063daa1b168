/** Answers Capabilities and Get from a model. */

import type { MessageInitShape } from '@bufbuild/protobuf';
import { documentAt, nodesOf, present, select } from './data-tree.ts';
import type { Found } from './data-tree.ts';
import type { Extension } from './generated/gnmi_ext_pb.js';
import type { CapabilityRequest, CapabilityResponseSchema, GetRequest, GetResponseSchema, NotificationSchema, UpdateSchema } from './generated/gnmi_pb.js';
import { Encoding, GetRequest_DataType } from './generated/gnmi_pb.js';
import type { Entity, Leaf, ServedEncoding } from './leaf.ts';
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

export const answerCapabilities = (model: GnmiModel, { extension }: CapabilityRequest): MessageInitShape<typeof CapabilityResponseSchema> | GnmiStatus => depthRefused(extension) ?? {
  supportedModels: model.models.map(({ name, organization, version }) => ({ name, organization, version })), supportedEncodings: [...servedEncodings], gNMIVersion: gnmiVersion,
};

export function servedEncoding(encoding: Encoding): ServedEncoding | GnmiStatus {
  return servedEncodings.find((served) => served === encoding) ?? unimplemented(`Encoding ${Encoding[encoding] ?? encoding} is not served; use JSON_IETF, JSON or PROTO.`);
}

/** Which leaves the named models define: all where none is named. Status: a model that is not served. */
export function modelsKeep(model: GnmiModel, wanted: readonly { readonly name: string }[]): ((leaf: Leaf) => boolean) | GnmiStatus {
  if (wanted.length === 0) return () => true;
  const unknown = wanted.find(({ name }) => !model.models.some((served) => served.name === name));
  if (unknown !== undefined) return invalid(`Model ${unknown.name} is not served; Capabilities lists those that are.`);
  const used = model.models.filter(({ name }) => wanted.some((one) => one.name === name));
  return (leaf) => used.some((served) => served.holds(leaf));
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

/** Depth is for reading: the specification has Capabilities and Set answer it with an error. */
export const depthRefused = (extensions: readonly Extension[]): GnmiStatus | null =>
  (extensions.some(({ ext }) => ext.case === 'depth') ? invalid('The Depth extension is for Get and Subscribe; leave it out here.') : null);

const keepers: Readonly<Record<GetRequest_DataType, (leaf: Leaf) => boolean>> = {
  [GetRequest_DataType.ALL]: () => true,
  [GetRequest_DataType.CONFIG]: ({ isConfig }) => isConfig,
  [GetRequest_DataType.STATE]: ({ isConfig }) => !isConfig,
  [GetRequest_DataType.OPERATIONAL]: ({ isConfig }) => !isConfig,
};

/** Tells leaves of state that only repeat what is configured: `state/x` where `config/x` stands beside it. OPERATIONAL leaves them out. */
function repeatsConfig(): (found: Found) => boolean {
  const configured = new Map<Entity, ReadonlySet<string>>();
  const placeOf = ({ elems }: Leaf): string => JSON.stringify([...elems.slice(0, -2), elems.at(-1)]);
  return ({ entity, leaf }) => {
    if (leaf.elems.at(-2)?.name !== 'state') return false;
    let places = configured.get(entity);
    if (places === undefined) {
      places = new Set(entity.leaves().filter(({ isConfig, elems }) => isConfig && elems.at(-2)?.name === 'config').map(placeOf));
      configured.set(entity, places);
    }
    return places.has(placeOf(leaf));
  };
}

interface Answer {
  readonly encoding: ServedEncoding;
  readonly nowNs: bigint;
}

function notificationOf(path: FullPath, target: string, found: readonly Found[], { encoding, nowNs }: Answer): NotificationInit | null {
  const update = encoding === Encoding.PROTO
    ? present(found).map(({ one, value }): UpdateInit => ({ path: pathMessage([...one.entity.elems, ...one.leaf.elems]), val: leafValue(encoding, one.leaf.type, value) }))
    : nodesOf(found).flatMap((node): UpdateInit[] => {
      const document = documentAt(node.found, node.elems.length, encoding);
      return document === null ? [] : [{ path: pathMessage(node.elems), val: jsonValue(encoding, document) }];
    });
  return update.length === 0 ? null : { timestamp: nowNs, prefix: { origin: path.origin, target }, update };
}

/** Answers a Get: one notification for each path, or for each path and target where the target is `*`. */
export function answerGet(model: GnmiModel, request: GetRequest): MessageInitShape<typeof GetResponseSchema> | GnmiStatus {
  const encoding = servedEncoding(request.encoding);
  if (isStatus(encoding)) return encoding;
  const isOfModels = modelsKeep(model, request.useModels);
  const depth = depthOf(request.extension);
  if (isStatus(isOfModels)) return isOfModels;
  if (isStatus(depth)) return depth;
  const isOfType = keepers[request.type];
  if (isOfType === undefined) return invalid(`Data type ${String(request.type)} is unknown.`);
  if (request.path.length === 0) return invalid('A Get names at least one path; the root is a path without elements.');
  const keep = (leaf: Leaf): boolean => isOfType(leaf) && isOfModels(leaf);
  if (request.path.length > pathsMax) return invalid(`A Get has at most ${pathsMax} paths.`);
  const notification: NotificationInit[] = [];
  const isRepeated = repeatsConfig();
  for (const asked of request.path) {
    const path = fullPath(request.prefix, asked);
    if (isStatus(path)) return path;
    const scope = scopeOf(model, path);
    if (isStatus(scope)) return scope;
    const under = select(scope.entities, { elems: path.elems, depth, keep });
    const found = request.type === GetRequest_DataType.OPERATIONAL ? under.filter((one) => !isRepeated(one)) : under;
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
