/** Lists every value in force of a spec and where it came from: a place in a file, a default, a rule, or a preset with its source. */

import type { Derivation } from './derivations.ts';
import type { JsonSchema } from './fields.ts';
import { alternativeFor } from './schema-walk.ts';
import type { DocumentPath, Place, SourceNode } from './source-tree.ts';
import { describeNode, formatPath } from './source-tree.ts';
import type { Spec, SpecOrigin, WorkloadSpec } from './spec.ts';

export type ValueOrigin = 'file' | 'default' | Derivation['origin'];

export interface ValueInForce {
  readonly path: string;
  /** As written, with its unit. */
  readonly value: string;
  readonly origin: ValueOrigin;
  /** Where it stands, for values of a file. */
  readonly place: Place | null;
  /** The rule and what it used, or the source of a preset; empty for values of a file and defaults. */
  readonly from: string;
}

/** Line 0 marks a node that stands in no file: a default. */
const nowhere: Place = { file: '', line: 0, column: 0 };

/** A default, which JSON Schema states as plain data, in the form of a document. */
function nodeOf(plain: unknown): SourceNode {
  if (Array.isArray(plain)) return { kind: 'list', place: nowhere, items: plain.map(nodeOf) };
  if (typeof plain === 'object' && plain !== null) {
    return { kind: 'map', place: nowhere, entries: new Map(Object.entries(plain).map(([key, value]) => [key, { keyPlace: nowhere, node: nodeOf(value) }])) };
  }
  const value = typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean' ? plain : null;
  return { kind: 'scalar', place: nowhere, value, written: String(plain) };
}

interface Walk {
  readonly into: ValueInForce[];
  /** Paths that are explained elsewhere: documents inside this one. */
  readonly skip: (path: string) => boolean;
}

function walk(state: Walk, schema: JsonSchema, node: SourceNode, path: DocumentPath): void {
  const at = formatPath(path);
  if (node.kind !== 'scalar' && state.skip(at)) return;
  const chosen = alternativeFor(schema, node);
  if (node.kind === 'scalar') {
    const isDefault = node.place.line === 0;
    state.into.push({ path: at, value: describeNode(node), origin: isDefault ? 'default' : 'file', place: isDefault ? null : node.place, from: '' });
    return;
  }
  if (node.kind === 'list') {
    node.items.forEach((item, index) => walk(state, chosen.items ?? {}, item, [...path, index]));
    return;
  }
  const properties = chosen.properties ?? {};
  const others = typeof chosen.additionalProperties === 'object' ? chosen.additionalProperties : {};
  for (const key of new Set([...Object.keys(properties), ...node.entries.keys()])) {
    const property = Object.hasOwn(properties, key) ? properties[key] : others;
    const child = node.entries.get(key)?.node ?? (property?.default === undefined ? null : nodeOf(property.default));
    if (child !== null) walk(state, property ?? {}, child, [...path, key]);
  }
}

const sectionOf = (path: string): string => path.split(/[.[]/, 1)[0] ?? '';

/** Values of one document: what its tree and defaults hold, and behind each section what was worked out for it. */
function explainOrigin(origin: SpecOrigin, prefix: string, skip: (path: string) => boolean): readonly ValueInForce[] {
  const into: ValueInForce[] = [];
  walk({ into, skip }, origin.schema, origin.tree, []);
  const stated = new Set(into.map((value) => value.path));
  for (const { path, value, origin: kind, from } of origin.derivations) {
    if (stated.has(path)) continue;
    stated.add(path);
    into.push({ path, value, origin: kind, place: null, from });
  }
  const order = Object.keys(origin.schema.properties ?? {});
  const rank = (value: ValueInForce): number => {
    const found = order.indexOf(sectionOf(value.path));
    return found < 0 ? order.length : found;
  };
  return into
    .map((value, index) => ({ value, index }))
    .toSorted((left, right) => rank(left.value) - rank(right.value) || left.index - right.index)
    .map(({ value }) => ({ ...value, path: `${prefix}${value.path}` }));
}

/** What a workload by itself leaves to the cluster it will run on. */
function openDegrees({ plan }: WorkloadSpec): readonly Derivation[] {
  const { tensor, pipeline, context } = plan;
  const data = { path: 'parallel.data', value: 'open', origin: 'derived', from: `accelerators of the cluster / (tensor ${tensor} x pipeline ${pipeline} x context ${context})` } as const;
  const shard = { path: 'parallel.shard', value: 'open', origin: 'derived', from: 'all data-parallel ranks' } as const;
  return [...(plan.data === null ? [data] : []), ...(plan.shard === null ? [shard] : [])];
}

/** Every value in force, in the order of the format; a study brings its cluster and workloads with their own places. */
export function explainSpec(spec: Spec): readonly ValueInForce[] {
  if (spec.kind === 'Workload') return explainOrigin({ ...spec.origin, derivations: [...spec.origin.derivations, ...openDegrees(spec)] }, '', () => false);
  if (spec.kind === 'Cluster') return explainOrigin(spec.origin, '', () => false);
  const isPart = (path: string): boolean => path === 'cluster' || /^workloads\[\d+\]$/.test(path);
  return [
    ...explainOrigin(spec.origin, '', isPart),
    ...explainOrigin(spec.cluster.origin, 'cluster.', () => false),
    ...spec.workloads.flatMap(({ workload, derivations }, index) =>
      explainOrigin({ ...workload.origin, derivations: [...workload.origin.derivations, ...derivations] }, `workloads[${index}].`, () => false)),
  ];
}
