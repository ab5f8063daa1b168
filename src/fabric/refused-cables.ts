/** Groups the cables whose link does not close with any of the media stated for its tier. */

import type { CompiledFabric, RefusedCables } from './compiled.ts';
import { componentKinds } from './components.ts';
import { linkTiers } from './fabric.ts';

const examplesMax = 3;

/** Short name of a node's component, e.g. `leaf3`; units are numbered through the cluster, so it is unique. */
export function shortNodeName(fabric: CompiledFabric, node: number): string {
  const component = fabric.nodeComponent[node] ?? 0;
  return `${(componentKinds[fabric.componentKind[component] ?? 0] ?? '').toLowerCase()}${fabric.components.ordinal[component] ?? 0}`;
}

/** One entry per medium, length and tier that was refused, in the order of first use. */
export function refusedCables(fabric: CompiledFabric): readonly RefusedCables[] {
  const groups = new Map<string, { use: RefusedCables['use']; tier: string; count: number; examples: string[] }>();
  fabric.cableUse.forEach((row, cable) => {
    const use = row < 0 ? undefined : fabric.uses[row];
    if (use === undefined || use.answer.refusal === null) return;
    const tier = linkTiers[fabric.linkTier[2 * cable] ?? 0] ?? 'fabric';
    let group = groups.get(`${row} ${tier}`);
    if (group === undefined) groups.set(`${row} ${tier}`, (group = { use, tier, count: 0, examples: [] }));
    group.count++;
    if (group.examples.length < examplesMax) group.examples.push(`${shortNodeName(fabric, fabric.linkSource[2 * cable] ?? 0)} to ${shortNodeName(fabric, fabric.linkTarget[2 * cable] ?? 0)}`);
  });
  return [...groups.values()];
}
