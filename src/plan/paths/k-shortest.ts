/**
 * Candidate routes of a demand: the k shortest paths without loops, by Yen's method (Management Science 17, 1971) on the fabric's
 * widest-shortest search. Costs k x hops searches; meant for planning ahead, not for the reroute of a running flow.
 */

import { nodeKinds } from '../../fabric/fabric.ts';
import type { FoundPath, PathQuery, PathSearch } from './find-path.ts';
import { searchPath } from './find-path.ts';

const ocsKind = nodeKinds.indexOf('ocs');

/** Links that lead into a node. */
function linksInto({ fabric }: PathSearch, node: number, into: number[]): void {
  for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) into.push(fabric.linkReverse[fabric.outLink[edge] ?? 0] ?? 0);
}

/** The best path that leaves a known one at its hop `spur` and is not known yet. */
function deviation(search: PathSearch, query: PathQuery, known: readonly FoundPath[], spur: number): FoundPath | null {
  const root = (known.at(-1)?.links ?? []).slice(0, spur);
  const avoidLinks = [...(query.avoidLinks ?? [])];
  let [from, width] = [query.from, Infinity];
  linksInto(search, from, avoidLinks);
  for (const link of root) {
    from = search.fabric.linkTarget[link] ?? -1;
    width = Math.min(width, typeof query.residualGbps === 'function' ? query.residualGbps(link) : query.residualGbps[link] ?? 0);
    linksInto(search, from, avoidLinks);
  }
  for (const { links } of known) {
    const next = links[spur];
    if (next !== undefined && root.every((link, at) => links[at] === link)) avoidLinks.push(next);
  }
  // Light that has entered a circuit leaves where the circuit leads: nothing turns off there.
  if (search.circuitIn !== null && search.fabric.nodeKind[from] === ocsKind) return null;
  const count = searchPath(search, { ...query, from, avoidLinks });
  return count <= 0 ? null : { links: [...root, ...search.links.subarray(0, count)], widthGbps: Math.min(width, search.widthGbps) };
}

const isSame = (left: FoundPath, right: FoundPath): boolean => left.links.length === right.links.length && left.links.every((link, at) => link === right.links[at]);

/** Up to k paths, fewest links first; of equals the wider first, then the one found first. */
export function kShortestPaths(search: PathSearch, query: PathQuery, k: number): readonly FoundPath[] {
  const count = searchPath(search, query);
  if (count <= 0) return [];
  const known: FoundPath[] = [{ links: [...search.links.subarray(0, count)], widthGbps: search.widthGbps }];
  const waiting: FoundPath[] = [];
  while (known.length < k) {
    for (let spur = 0; spur < (known.at(-1)?.links.length ?? 0); spur++) {
      const path = deviation(search, query, known, spur);
      if (path !== null && ![...waiting, ...known].some((other) => isSame(other, path))) waiting.push(path);
    }
    waiting.sort((left, right) => left.links.length - right.links.length || right.widthGbps - left.widthGbps);
    const next = waiting.shift();
    if (next === undefined) break;
    known.push(next);
  }
  return known;
}
