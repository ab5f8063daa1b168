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

const unknownKeys = (schema: JsonSchema, node: SourceNode): number =>
  node.kind !== 'map' || schema.properties === undefined ? 0 : [...node.entries.keys()].filter((key) => !Object.hasOwn(schema.properties ?? {}, key)).length;

/**
 * The alternative that a value chooses: of its own type, with constants (such as `kind`) that hold where some do, and with the
 * fewest keys that the alternative does not know. Ties go to the alternative listed first.
 */
export function alternativeFor(schema: JsonSchema, node: SourceNode | null): JsonSchema {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives === undefined) return schema;
  const first = alternatives[0] ?? schema;
  if (node === null) return alternativeFor(first, node);
  const wanted = jsonTypes(node);
  const ofType = alternatives.map((option) => alternativeFor(option, node)).filter((option) => typesOf(option).some((type) => wanted.includes(type)));
  const holding = ofType.filter((option) => constantsHold(option, node));
  const candidates = holding.length > 0 ? holding : ofType;
  return candidates.toSorted((left, right) => unknownKeys(left, node) - unknownKeys(right, node))[0] ?? first;
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
