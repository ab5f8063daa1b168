/** Answers Set: deletes, then replaces, then updates, all of them or none, optionally as a confirmed commit. */

import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CommitDesk } from './commit.ts';
import { arbitrationOf, commitOf } from './commit.ts';
import type { SetRequest, SetResponseSchema, TypedValue, Update, UpdateResultSchema } from './generated/gnmi_pb.js';
import { UpdateResult_Operation } from './generated/gnmi_pb.js';
import { depthRefused, pathsMax } from './get.ts';
import type { GnmiModel, SetOperation } from './model.ts';
import type { FullPath } from './path.ts';
import { anyLevels, fullPath, pathText } from './path.ts';
import type { GnmiStatus } from './status.ts';
import { invalid, isStatus, notFound, unimplemented } from './status.ts';

/** Largest JSON value of one update. */
const valueBytesMax = 1_000_000;

interface Located {
  readonly operation: SetOperation;
  readonly target: string;
}

const decoder = new TextDecoder('utf-8', { fatal: true });

function parseJson(bytes: Uint8Array, where: string): { readonly value: unknown } | GnmiStatus {
  if (bytes.length > valueBytesMax) return invalid(`The value at ${where} is larger than ${valueBytesMax} bytes.`);
  try {
    return { value: JSON.parse(decoder.decode(bytes)) as unknown };
  } catch (fault) {
    return invalid(`The value at ${where} is not JSON: ${fault instanceof Error ? fault.message : String(fault)}.`);
  }
}

/** A typed value as parsed JSON. */
function valueOf(val: TypedValue | undefined, where: string): { readonly value: unknown } | GnmiStatus {
  switch (val?.value.case) {
    case 'jsonVal':
    case 'jsonIetfVal': return parseJson(val.value.value, where);
    case 'stringVal':
    case 'boolVal':
    case 'doubleVal':
    case 'asciiVal': return { value: val.value.value };
    case 'intVal':
    case 'uintVal': return { value: String(val.value.value) };
    case undefined: return invalid(`The update of ${where} has no value.`);
    default: return unimplemented(`The value at ${where} is of a kind that is not taken; use JSON_IETF.`);
  }
}

function locate(path: FullPath, op: SetOperation['op'], value?: { readonly value: unknown }): Located {
  return { target: path.target, operation: { op, origin: path.origin, elems: path.elems, ...(value === undefined ? {} : { value: value.value }) } };
}

/** A wildcard over several levels could reach what nobody thought of, so a change names its levels. */
const changedPath = (prefix: SetRequest['prefix'], path: Update['path']): FullPath | GnmiStatus => {
  const full = fullPath(prefix, path);
  return !isStatus(full) && full.elems.some(({ name }) => name === anyLevels) ? unimplemented(`A change does not take the wildcard ${anyLevels}; write each level.`) : full;
};

function locateAll(request: SetRequest): Located[] | GnmiStatus {
  if (request.unionReplace.length > 0) return unimplemented('union_replace is not served; use replace and update.');
  const { delete: removed, replace, update } = request;
  if (removed.length + replace.length + update.length > pathsMax) return invalid(`A Set has at most ${pathsMax} operations.`);
  const located: Located[] = [];
  for (const path of removed) {
    const full = changedPath(request.prefix, path);
    if (isStatus(full)) return full;
    located.push(locate(full, 'delete'));
  }
  for (const [op, updates] of [['replace', replace], ['update', update]] as const) {
    for (const change of updates) {
      const full = changedPath(request.prefix, change.path);
      if (isStatus(full)) return full;
      const value = valueOf(change.val, pathText(full.elems));
      if (isStatus(value)) return value;
      located.push(locate(full, op, value));
    }
  }
  return located;
}

/** The target that a change goes to: named, or implied where the first path leads to one target only. */
function targetOf(model: GnmiModel, request: SetRequest): string | GnmiStatus {
  const named = request.prefix?.target ?? '';
  if (named === '*') return invalid('A change goes to one target; * names many.');
  if (named !== '' && !model.targets.includes(named)) return notFound(`There is no target ${named} here.`);
  return named;
}

const results = (op: UpdateResult_Operation, changes: readonly (Update | SetRequest['delete'][number])[]): MessageInitShape<typeof UpdateResultSchema>[] =>
  changes.map((change) => {
    const path = change.$typeName === 'gnmi.Update' ? change.path : change;
    return path === undefined ? { op } : { op, path };
  });

const resultsOf = (request: SetRequest): MessageInitShape<typeof UpdateResultSchema>[] => [
  ...results(UpdateResult_Operation.DELETE, request.delete), ...results(UpdateResult_Operation.REPLACE, request.replace), ...results(UpdateResult_Operation.UPDATE, request.update),
];

/** Answers a Set. Nothing is changed unless every operation can be. */
export function answerSet(model: GnmiModel, desk: CommitDesk, request: SetRequest): MessageInitShape<typeof SetResponseSchema> | GnmiStatus {
  const target = targetOf(model, request);
  if (isStatus(target)) return target;
  const deep = depthRefused(request.extension);
  if (deep !== null) return deep;
  const refused = desk.arbitrate(arbitrationOf(request.extension));
  if (refused !== null) return refused;
  const commit = commitOf(request.extension);
  const located = locateAll(request);
  if (isStatus(located)) return located;
  if (desk.settles(commit) && located.length > 0) return invalid('Confirming, cancelling or prolonging a commit changes nothing else; send changes by themselves.');
  const held = desk.before(target, commit);
  if (held !== null) return held;
  const response = { ...(request.prefix === undefined ? {} : { prefix: request.prefix }), timestamp: model.now() };
  if (desk.settles(commit)) return response;
  const before = commit === null ? null : model.snapshot(target);
  const failed = model.change(target, located.map(({ operation }) => operation));
  if (failed !== null) return failed;
  if (commit !== null) desk.open(target, commit, before);
  return { ...response, response: resultsOf(request) };
}
