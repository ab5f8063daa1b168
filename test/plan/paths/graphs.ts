/** Small graphs in the fabric's own tables, for the tests of path search and packet shares. */

import type { Dice } from '../../../src/base/dice.ts';
import { groupRows } from '../../../src/base/csr.ts';
import { nodeKinds } from '../../../src/fabric/fabric.ts';
import type { PathFabric } from '../../../src/plan/paths/find-path.ts';

/** Cable i is link 2i one way and 2i + 1 the other; every node is a switch. */
export function graphOf(nodeCount: number, cables: readonly (readonly [number, number])[]): PathFabric {
  const linkCount = 2 * cables.length;
  const linkSource = Int32Array.from({ length: linkCount }, (_, link) => cables[link >> 1]?.[link % 2] ?? 0);
  const linkTarget = Int32Array.from({ length: linkCount }, (_, link) => cables[link >> 1]?.[1 - (link % 2)] ?? 0);
  const out = groupRows(linkSource, nodeCount);
  return {
    nodeCount, nodeKind: new Uint8Array(nodeCount).fill(nodeKinds.indexOf('leaf')), linkCount, linkSource, linkTarget,
    linkReverse: Int32Array.from({ length: linkCount }, (_, link) => link ^ 1), outOffset: out.offset, outLink: out.row,
  };
}

/** Random cables between different nodes; the first ones make a ring, so that all nodes are joined when there are enough. */
export function randomGraph(dice: Dice, { nodes, cables }: { readonly nodes: number; readonly cables: number }): PathFabric {
  return graphOf(nodes, Array.from({ length: cables }, (_, cable): readonly [number, number] => {
    if (cable < nodes) return [cable, (cable + 1) % nodes];
    const from = dice.below(nodes);
    return [from, (from + 1 + dice.below(nodes - 1)) % nodes];
  }));
}
