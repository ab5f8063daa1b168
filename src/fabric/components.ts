/** Installed parts in a containment tree with feeds: kinds, a builder, and names made on demand. */

import type { Csr } from '../base/csr.ts';
import { groupRows, rowsOf } from '../base/csr.ts';
import type { Growing } from '../base/growing.ts';
import { growingBytes, growingInts } from '../base/growing.ts';
import type { ComponentIx } from './fabric.ts';

/** `nvswitch`-like domain switches are `scaleUpSwitch`; `laserSource` is an external source module, `powerShelf` and `coolantLoop` are feeds. */
export const componentKinds = [
  'site', 'row', 'rack', 'node', 'gpu', 'nic', 'scaleUpSwitch', 'leaf', 'spine', 'core', 'ocs', 'awgr', 'memory', 'gateway',
  'package', 'engine', 'module', 'laserSource', 'laser', 'port', 'cable', 'powerShelf', 'coolantLoop',
] as const;
export type ComponentKind = (typeof componentKinds)[number];

/** A name such as `laserSource` in a path reads `lasersource`; segments are matched in lower case. */
const segmentOf = (kind: number): string => (componentKinds[kind] ?? '').toLowerCase();

/** Kinds that are numbered through the whole cluster, so that a name may start at them: `leaf3/module12` means what `site0/row0/rack4/leaf3/module12` means. */
const numberedThroughout: ReadonlySet<ComponentKind> = new Set<ComponentKind>([
  'site', 'row', 'rack', 'node', 'gpu', 'nic', 'scaleUpSwitch', 'leaf', 'spine', 'core', 'ocs', 'awgr', 'memory', 'gateway', 'cable', 'powerShelf', 'coolantLoop',
]);

interface Segment {
  readonly kind: number;
  readonly ordinal: number;
}

/** Reads `leaf3`; null for anything that is not a kind and a number. */
function parseSegment(text: string): Segment | null {
  const match = /^([a-z]+)(\d+)$/.exec(text);
  const kind = componentKinds.findIndex((name) => name.toLowerCase() === match?.[1]);
  return match === null || kind < 0 ? null : { kind, ordinal: Number(match[2]) };
}

export interface ComponentDraft {
  readonly kind: Growing<Uint8Array<ArrayBuffer>>;
  readonly parent: Growing<Int32Array<ArrayBuffer>>;
  readonly ordinal: Growing<Int32Array<ArrayBuffer>>;
  readonly part: Growing<Int32Array<ArrayBuffer>>;
  readonly feeder: Growing<Int32Array<ArrayBuffer>>;
  readonly fed: Growing<Int32Array<ArrayBuffer>>;
  readonly parts: readonly string[];
  /** `ordinal` numbers the kind within its parent or, for units, within the cluster. `part` may be empty. */
  add(kind: ComponentKind, parent: number, ordinal: number, part?: string): number;
  addFeed(feeder: number, fed: number): void;
}

export function createComponentDraft(): ComponentDraft {
  const kind = growingBytes();
  const parent = growingInts();
  const ordinal = growingInts();
  const part = growingInts();
  const feeder = growingInts();
  const fed = growingInts();
  const parts: string[] = [''];
  const partRow = new Map<string, number>([['', 0]]);
  const rowOfPart = (id: string): number => {
    let row = partRow.get(id);
    if (row === undefined) {
      partRow.set(id, (row = parts.length));
      parts.push(id);
    }
    return row;
  };
  return {
    kind, parent, ordinal, part, feeder, fed, parts,
    add(kindName, parentRow, number, partId = '') {
      kind.push(componentKinds.indexOf(kindName));
      parent.push(parentRow);
      ordinal.push(number);
      part.push(rowOfPart(partId));
      return kind.length - 1;
    },
    addFeed(from, to) {
      feeder.push(from);
      fed.push(to);
    },
  };
}

/** The finished tree. A component is fed by another through `feeds`: group f of it lists what hangs on feed f. */
export interface ComponentTable {
  readonly count: number;
  readonly kind: Uint8Array;
  readonly parent: Int32Array;
  readonly ordinal: Int32Array;
  /** Row of `parts`, 0 for none. */
  readonly part: Int32Array;
  readonly parts: readonly string[];
  readonly children: Csr;
  readonly feeds: Csr;
  nameOf(component: ComponentIx): string;
  find(name: string): ComponentIx | -1;
}

export const kindOf = (table: ComponentTable, component: number): ComponentKind => componentKinds[table.kind[component] ?? 0] ?? 'site';

export function finishComponents(draft: ComponentDraft): ComponentTable {
  const kind = draft.kind.finish();
  const parent = draft.parent.finish();
  const ordinal = draft.ordinal.finish();
  const children = groupRows(parent, kind.length);
  const fedRow = draft.fed.finish();
  const byFeeder = groupRows(draft.feeder.finish(), kind.length);
  const feeds: Csr = { offset: byFeeder.offset, row: byFeeder.row.map((edge) => fedRow[edge] ?? 0) };
  const segment = (component: number): string => `${segmentOf(kind[component] ?? 0)}${ordinal[component] ?? 0}`;

  /** The component among `candidates` that a segment such as `leaf3` names, or -1. */
  const pick = (candidates: Iterable<number>, wanted: Segment | null): number => {
    if (wanted === null) return -1;
    for (const candidate of candidates) if (kind[candidate] === wanted.kind && ordinal[candidate] === wanted.ordinal) return candidate;
    return -1;
  };
  return {
    count: kind.length, kind, parent, ordinal, part: draft.part.finish(), parts: draft.parts, children, feeds,
    nameOf(component) {
      const segments: string[] = [];
      for (let at: number = component; at >= 0; at = parent[at] ?? -1) segments.push(segment(at));
      return segments.reverse().join('/');
    },
    find(name) {
      const [first, ...rest] = name.trim().toLowerCase().split('/').map(parseSegment);
      const top = first ?? null;
      let at = top !== null && numberedThroughout.has(componentKinds[top.kind] ?? 'port') ? pick(kind.keys(), top) : -1;
      for (const wanted of rest) at = at < 0 ? -1 : pick(rowsOf(children, at), wanted);
      return at as ComponentIx | -1;
    },
  };
}
