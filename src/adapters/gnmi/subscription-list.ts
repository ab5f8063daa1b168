/** Reads a SubscriptionList: which watches it asks for, in which mode and at which pace. */

import { touches } from './data-tree.ts';
import type { Extension } from './generated/gnmi_ext_pb.js';
import type { SubscriptionList } from './generated/gnmi_pb.js';
import { SubscriptionList_Mode, SubscriptionMode } from './generated/gnmi_pb.js';
import { depthOf, modelsKeep, pathsMax, servedEncoding } from './get.ts';
import type { Leaf, ServedEncoding } from './leaf.ts';
import type { GnmiModel } from './model.ts';
import { scopeOf } from './model.ts';
import { fullPath } from './path.ts';
import type { GnmiStatus } from './status.ts';
import { invalid, isStatus, unimplemented } from './status.ts';
import type { Watch } from './watch.ts';
import { createWatch } from './watch.ts';

/** Samples are taken no faster than this; a faster wish is refused, as the specification asks. */
const sampleMinMs = 10;

/** Pace of samples where the client leaves mode and pace to the target. */
const sampleUsualMs = 1000;

/** Pace of samples for an interval of 0, which asks for the shortest one: devices are read this often, so shorter ones would repeat. */
const sampleShortestMs = 250;

/** Longest pace and heartbeat: what a timer can count. */
const sampleMaxMs = 2 ** 31 - 1;

/** Watches of one pace. */
export interface PacedWatches {
  readonly mode: 'onChange' | 'sample';
  readonly everyMs: number;
  readonly redundant: boolean;
  /** 0 for none. */
  readonly heartbeatMs: number;
  readonly watches: readonly Watch[];
}

export interface ReadList {
  readonly mode: SubscriptionList_Mode;
  readonly encoding: ServedEncoding;
  readonly updatesOnly: boolean;
  readonly paced: readonly PacedWatches[];
}

const msOf = (ns: bigint): number => Number(ns) / 1e6;

type Subscription = SubscriptionList['subscription'][number];

function paceOf(subscription: Subscription, mode: SubscriptionMode): Omit<PacedWatches, 'watches'> | GnmiStatus {
  const heartbeatMs = msOf(subscription.heartbeatInterval);
  const askedMs = msOf(subscription.sampleInterval);
  for (const [name, ms] of [['sample_interval', mode === SubscriptionMode.SAMPLE ? askedMs : 0], ['heartbeat_interval', heartbeatMs]] as const) {
    if (ms !== 0 && (ms < sampleMinMs || ms > sampleMaxMs)) return invalid(`${name} of ${ms} ms is outside of what is served, ${sampleMinMs} ms to ${sampleMaxMs} ms.`);
  }
  if (mode === SubscriptionMode.ON_CHANGE) return { mode: 'onChange', everyMs: 0, redundant: true, heartbeatMs };
  return { mode: 'sample', everyMs: askedMs !== 0 ? askedMs : subscription.mode === SubscriptionMode.SAMPLE ? sampleShortestMs : sampleUsualMs, redundant: subscription.suppressRedundant, heartbeatMs };
}

/** What a subscription that leaves the mode to the target means for each kind of leaf. */
const targetDefined: readonly { readonly mode: SubscriptionMode; readonly keep: (leaf: Leaf) => boolean }[] = [
  { mode: SubscriptionMode.ON_CHANGE, keep: ({ isSampled }) => !isSampled },
  { mode: SubscriptionMode.SAMPLE, keep: ({ isSampled }) => isSampled },
];

/** Reads the list. An absent path is no error here: its values may yet come. */
export function readSubscriptionList(model: GnmiModel, list: SubscriptionList, extensions: readonly Extension[]): ReadList | GnmiStatus {
  const encoding = servedEncoding(list.encoding);
  if (isStatus(encoding)) return encoding;
  const depth = depthOf(extensions);
  if (isStatus(depth)) return depth;
  const isOfModels = modelsKeep(model, list.useModels);
  if (isStatus(isOfModels)) return isOfModels;
  if (SubscriptionList_Mode[list.mode] === undefined) return unimplemented(`Mode ${list.mode} of a subscription list is unknown.`);
  if (list.subscription.length === 0) return invalid('A subscription list names at least one path.');
  if (list.subscription.length > pathsMax) return invalid(`A subscription list has at most ${pathsMax} paths.`);
  const paced: PacedWatches[] = [];
  for (const subscription of list.subscription) {
    if (SubscriptionMode[subscription.mode] === undefined) return unimplemented(`Subscription mode ${subscription.mode} is unknown.`);
    const path = fullPath(list.prefix, subscription.path);
    if (isStatus(path)) return path;
    const scope = scopeOf(model, path);
    if (isStatus(scope)) return scope;
    const entities = scope.entities.filter((entity) => touches(entity, path.elems));
    const kinds = subscription.mode === SubscriptionMode.TARGET_DEFINED && list.mode === SubscriptionList_Mode.STREAM ? targetDefined : [{ mode: subscription.mode, keep: () => true }];
    for (const { mode, keep } of kinds) {
      const pace = paceOf(subscription, mode);
      if (isStatus(pace)) return pace;
      paced.push({ ...pace, watches: entities.map((entity) => createWatch(entity, { elems: path.elems, depth, keep: (leaf) => keep(leaf) && isOfModels(leaf) }, scope.isEach ? entity.target : path.target)) });
    }
  }
  return { mode: list.mode, encoding, updatesOnly: list.updatesOnly, paced };
}
