/** Finds the part of a JSON Schema that governs a value, choosing among alternatives by what the file holds. */

import type { JsonSchema } from './fields.ts';
import type { DocumentPath, SourceNode } from './source-tree.ts';
import { nodeAt } from './source-tree.ts';

const typesOf = (schema: JsonSchema): readonly string[] => (schema.type === undefined ? [] : typeof schema.type === 'string' ? [schema.type] : schema.type);

function jsonTypes(node: SourceNode): readonly string[] {
  if (node.kind === 'map') return ['object'];
  if (node.kind === 'list') return ['array'];
  if (typeof node.value === 'number') return ['number', 'integer'];
  return [node.value === null ? 'null' : typeof node.value];
}

/** True when every constant the schema fixes (such as `kind`) stands in the node as fixed. */
function constantsHold(schema: JsonSchema, node: SourceNode): boolean {
  if (node.kind !== 'map') return true;
  return Object.entries(schema.properties ?? {}).every(([key, property]) => {
    if (property.const === undefined) return true;
    const held = node.entries.get(key)?.node;
    return held?.kind === 'scalar' && held.value === property.const;
  });
}

/** The alternative that a value chooses: the first of its type whose constants hold, else the first of its type. */
export function alternativeFor(schema: JsonSchema, node: SourceNode | null): JsonSchema {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives === undefined) return schema;
  const first = alternatives[0] ?? schema;
  if (node === null) return alternativeFor(first, node);
  const wanted = jsonTypes(node);
  const ofType = alternatives.map((option) => alternativeFor(option, node)).filter((option) => typesOf(option).some((type) => wanted.includes(type)));
  return ofType.find((option) => constantsHold(option, node)) ?? ofType[0] ?? first;
}

/** The schema that governs the value at a path, or null where the schema knows no such path. */
export function schemaAt(root: JsonSchema, tree: SourceNode, path: DocumentPath): JsonSchema | null {
  let schema = alternativeFor(root, tree);
  for (let length = 1; length <= path.length; length++) {
    const step = path[length - 1];
    const inner: JsonSchema | undefined =
      typeof step === 'number'
        ? schema.items
        : (step !== undefined && Object.hasOwn(schema.properties ?? {}, step) ? schema.properties?.[step] : undefined) ??
          (typeof schema.additionalProperties === 'object' ? schema.additionalProperties : undefined);
    if (inner === undefined) return null;
    schema = alternativeFor(inner, nodeAt(tree, path.slice(0, length)));
  }
  return schema;
}

/** Constants that the alternatives of a schema fix for one key, e.g. every `kind` a fabric may have. */
export function constantsOf(schema: JsonSchema, key: string): readonly string[] {
  return (schema.oneOf ?? schema.anyOf ?? []).flatMap((option) => {
    const fixed = option.properties?.[key]?.const;
    return typeof fixed === 'string' ? [fixed] : constantsOf(option, key);
  });
}
