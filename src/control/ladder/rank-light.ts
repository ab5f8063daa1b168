/** Which accelerators have links without light: found from the dark links, not by asking every accelerator. */

import { linkTiers } from '../../fabric/fabric.ts';
import { unheardLinks } from '../devices/unheard.ts';
import { healthNames } from '../fact.ts';
import type { State } from '../state.ts';
import type { LightView } from './view.ts';

/** `lit` by every link that leaves it, `dim` by some of them, `cut` by none. */
export type RankLight = 'lit' | 'dim' | 'cut';

function isLit({ plant: { cluster: { fabric: { linkWavelength } } } }: State, view: LightView, link: number): boolean {
  for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) if (view.gbps(row) > 0) return true;
  return false;
}

function lightOfNode(state: State, view: LightView, node: number): RankLight {
  const { fabric } = state.plant.cluster;
  let lit = 0;
  let dark = 0;
  for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) {
    if (isLit(state, view, fabric.outLink[edge] ?? 0)) lit += 1;
    else dark += 1;
  }
  return dark === 0 ? 'lit' : lit === 0 ? 'cut' : 'dim';
}

/** Answers by view; a view is of one state as it stands while one decision is taken. */
const known = new WeakMap<LightView, ReadonlyMap<number, RankLight>>();

/** Ranks that are not lit by all their links. Only links that are dark already or were judged anew can be why. */
export function unlitRanks(state: State, view: LightView): ReadonlyMap<number, RankLight> {
  let unlit = known.get(view);
  if (unlit !== undefined) return unlit;
  const { rankOfNode, cluster: { fabric } } = state.plant;
  const found = new Map<number, RankLight>();
  for (const links of [state.darkLinks, view.judged]) for (const link of links) {
    const node = fabric.linkSource[link] ?? 0;
    const rank = rankOfNode[node] ?? -1;
    if (rank >= 0 && !found.has(rank)) found.set(rank, lightOfNode(state, view, node));
  }
  for (const [rank, light] of found) if (light === 'lit') found.delete(rank);
  known.set(view, (unlit = found));
  return unlit;
}

const scaleUpTier = linkTiers.indexOf('scaleUp');

/** Whether nothing is heard of some link by which an accelerator sends into the network. */
function isUnheard({ plant: { cluster: { fabric } } }: State, unheard: Uint8Array, rank: number): boolean {
  const node = fabric.gpuNode[rank] ?? 0;
  for (let edge = fabric.outOffset[node] ?? 0; edge < (fabric.outOffset[node + 1] ?? 0); edge++) {
    const link = fabric.outLink[edge] ?? 0;
    if (fabric.linkTier[link] !== scaleUpTier && (unheard[link] ?? 0) > 0) return true;
  }
  return false;
}

/**
 * Tells one rank after another that no job uses, whose components are sound and all of whose links have light; -1 when there are no
 * more. Those whose devices are heard come first, each kind ascending: silence refuses nobody.
 */
export function idleRanks(state: State, view: LightView): () => number {
  const { fabric } = state.plant.cluster;
  const sound = healthNames.indexOf('sound');
  const unlit = unlitRanks(state, view);
  const unheard = unheardLinks(state);
  const later: number[] = [];
  let last = -1;
  const nextSound = (): number => {
    for (let rank = state.busyRanks.indexOf(0, last + 1); rank >= 0; rank = state.busyRanks.indexOf(0, rank + 1)) {
      if (unlit.has(rank) || state.components.health[fabric.nodeComponent[fabric.gpuNode[rank] ?? 0] ?? 0] !== sound) continue;
      return (last = rank);
    }
    last = state.busyRanks.length;
    return -1;
  };
  return () => {
    let rank = nextSound();
    for (; rank >= 0 && unheard !== null && isUnheard(state, unheard, rank); rank = nextSound()) later.push(rank);
    return rank >= 0 ? rank : later.shift() ?? -1;
  };
}
