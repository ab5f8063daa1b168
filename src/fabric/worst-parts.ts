/** Ranks the parts of a fabric by what their failure takes with them. */

import type { CompiledFabric } from './compiled.ts';
import type { ComponentKind } from './components.ts';
import { componentKinds } from './components.ts';
import type { ComponentIx } from './fabric.ts';
import type { BlastSize, FaultDomains } from './fault-domain.ts';

/** Parts of one kind whose failure costs the same, with the first of them as the example. */
export interface WorstPart extends BlastSize {
  readonly kind: ComponentKind;
  readonly example: ComponentIx;
  readonly exampleName: string;
  /** Parts of this kind with exactly this size of fault domain. */
  readonly count: number;
}

/** Places rather than parts: they do not fail by themselves. */
const places: ReadonlySet<ComponentKind> = new Set<ComponentKind>(['site', 'row', 'rack']);

/** Worst first: by GPUs cut, then GPUs slowed, links lost, wavelengths dark; ties in component order. */
function compareParts(a: WorstPart, b: WorstPart): number {
  return b.gpusCut - a.gpusCut || b.gpusSlowed - a.gpusSlowed || b.linksLost - a.linksLost || b.wavelengths - a.wavelengths || a.example - b.example;
}

export interface WorstPartsOptions {
  readonly count: number;
  /** Only parts of these kinds, e.g. what an optics choice brings; every kind when absent. */
  readonly among?: readonly ComponentKind[];
}

/** The worst `count` groups of equal parts, over every part from coolant loop to laser. */
export function worstParts(fabric: CompiledFabric, domains: FaultDomains, options: WorstPartsOptions): readonly WorstPart[] {
  const groups = new Map<string, { size: BlastSize; kind: ComponentKind; example: ComponentIx; count: number }>();
  for (let row = 0; row < fabric.componentCount; row++) {
    const kind = componentKinds[fabric.componentKind[row] ?? 0] ?? 'site';
    if (places.has(kind) || options.among?.includes(kind) === false) continue;
    const example = row as ComponentIx;
    const size = domains.measure(example);
    const key = `${kind} ${size.gpusCut} ${size.gpusSlowed} ${size.linksLost} ${size.wavelengths} ${size.linksDerated}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { size, kind, example, count: 1 });
    else group.count++;
  }
  return [...groups.values()]
    .map(({ size, kind, example, count }) => ({ ...size, kind, example, count, exampleName: fabric.componentName(example) }))
    .sort(compareParts)
    .slice(0, options.count);
}
