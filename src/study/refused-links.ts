/** Gathers every cable that a preferred medium could not serve: passed over for another medium, or left without light. */

import type { Refusal } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { MediumDesign } from '../fabric/design.ts';
import { linkTiers } from '../fabric/fabric.ts';
import { shortNodeName } from '../fabric/refused-cables.ts';
import type { CableCounts, RefusedLinks } from './compare-result.ts';

const examplesMax = 3;

interface Group {
  readonly medium: MediumDesign;
  readonly tier: string;
  readonly replacedBy: string | null;
  count: number;
  readonly examples: string[];
  readonly byLength: Map<number, { count: number; readonly refusal: Refusal }>;
}

const endParts = ({ near, far }: MediumDesign): string => (near.part === far.part ? near.part : `${near.part} to ${far.part}`);

/** What helps: nothing where another medium serves the cable, otherwise what the refusal calls for. */
function remedyOf({ medium, replacedBy }: Group, refusal: Refusal | undefined, longestM: number): string {
  if (replacedBy !== null) return `None needed: ${replacedBy} carries these cables`;
  if (refusal?.remedy === 'wait') return 'Wait until what stands in the way has changed';
  if (refusal?.remedy === 'preempt') return 'Take light from a lower class';
  return `State a further medium behind ${medium.name} that closes over ${longestM} m, or shorten the cables`;
}

function resultOf(group: Group): RefusedLinks {
  const byLength = [...group.byLength].sort(([a], [b]) => a - b).map(([lengthM, { count, refusal }]) => ({ lengthM, count, reasons: refusal.reasons }));
  const shortest = byLength[0];
  const longestM = byLength.at(-1)?.lengthM ?? 0;
  const [first] = group.byLength.values();
  return {
    medium: group.medium.name, partId: endParts(group.medium), tier: group.tier, count: group.count,
    lengthM: shortest?.lengthM ?? 0, longestM, byLength,
    examples: group.examples, reasons: shortest?.reasons ?? [], remedy: remedyOf(group, first?.refusal, longestM), replacedBy: group.replacedBy,
  };
}

/** One entry per medium, tier and substitute, in order of first use. */
export function refusedLinks(cluster: CompiledCluster): readonly RefusedLinks[] {
  const { fabric } = cluster;
  const groups = new Map<string, Group>();
  fabric.cableUse.forEach((row, cable) => {
    const use = row < 0 ? undefined : fabric.uses[row];
    if (use === undefined || use.passedOver.length === 0) return;
    const tier = linkTiers[fabric.linkTier[2 * cable] ?? 0] ?? 'fabric';
    const replacedBy = use.answer.refusal === null ? use.medium.name : null;
    for (const { medium, refusal } of use.passedOver) {
      const key = `${medium.name}\n${tier}\n${replacedBy ?? ''}`;
      let group = groups.get(key);
      if (group === undefined) groups.set(key, (group = { medium, tier, replacedBy, count: 0, examples: [], byLength: new Map() }));
      group.count++;
      const known = group.byLength.get(use.lengthM);
      if (known === undefined) group.byLength.set(use.lengthM, { count: 1, refusal });
      else known.count++;
      if (group.examples.length < examplesMax) group.examples.push(`${shortNodeName(fabric, fabric.linkSource[2 * cable] ?? 0)} to ${shortNodeName(fabric, fabric.linkTarget[2 * cable] ?? 0)}`);
    }
  });
  return [...groups.values()].map(resultOf);
}

/** Counts the cables between nodes by how they fared. */
export function countCables(cluster: CompiledCluster): CableCounts {
  const { fabric } = cluster;
  let total = 0;
  let triedAndRefused = 0;
  let withoutLight = 0;
  for (const row of fabric.cableUse) {
    const use = row < 0 ? undefined : fabric.uses[row];
    if (use === undefined) continue;
    total++;
    if (use.passedOver.length > 0 || use.answer.refusal !== null) triedAndRefused++;
    if (use.answer.refusal !== null) withoutLight++;
  }
  return { total, lit: total - withoutLight, triedAndRefused, carriedByFallback: triedAndRefused - withoutLight, withoutLight };
}
