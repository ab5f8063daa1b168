/** Takes a JSON value of a container apart into leaves with whole paths; list entries get their keys from their members. */

import type { Elem } from './path.ts';

export interface JsonLeaf {
  readonly elems: readonly Elem[];
  readonly value: unknown;
}

/** Keys of the lists that are spoken of here. */
const listKeys: Readonly<Record<string, string>> = { component: 'name', channel: 'index', threshold: 'severity', alarm: 'id' };

const nestingMax = 32;

const bare = (name: string): string => name.slice(name.indexOf(':') + 1);

/** The leaves of a value below a path, or `null` for nesting beyond `nestingMax` and arrays that are no keyed lists. */
export function jsonLeaves(elems: readonly Elem[], value: unknown): JsonLeaf[] | null {
  if (elems.length > nestingMax) return null;
  if (typeof value !== 'object' || value === null) return [{ elems, value }];
  if (Array.isArray(value)) return null;
  const leaves: JsonLeaf[] = [];
  for (const [member, inner] of Object.entries(value as Readonly<Record<string, unknown>>)) {
    const name = bare(member);
    const key = listKeys[name];
    for (const entry of Array.isArray(inner) ? (inner as readonly unknown[]) : [inner]) {
      const isEntry = Array.isArray(inner);
      if (isEntry && (key === undefined || typeof entry !== 'object' || entry === null)) return null;
      const keyValue = isEntry ? Object.entries(entry as object).find(([at]) => bare(at) === key)?.[1] as unknown : undefined;
      const deeper = jsonLeaves([...elems, key !== undefined && keyValue !== undefined ? { name, key: { [key]: String(keyValue) } } : { name }], entry);
      if (deeper === null) return null;
      for (const leaf of deeper) leaves.push(leaf);
    }
  }
  return leaves;
}
