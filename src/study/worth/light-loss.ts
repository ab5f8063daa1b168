/** Which light is lost, in which order: single lasers at random, or whole engines and modules at random. */

import type { Dice } from '../../base/dice.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import { componentKinds } from '../../fabric/components.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import type { FaultDomains } from '../../fabric/fault-domain.ts';

export const lossKinds = ['wavelengths', 'engines'] as const;
export type LossKind = (typeof lossKinds)[number];

export interface LossStep {
  /** The component that fails. */
  readonly component: number;
  /** Wavelengths that go dark with it, of all that carry light; those of earlier steps may be among them. */
  readonly wavelengths: Int32Array;
}

export interface LossOrder {
  readonly steps: readonly LossStep[];
  /** Wavelengths of the cluster that lasers light. */
  readonly litCount: number;
}

const engineKinds = new Set([componentKinds.indexOf('engine'), componentKinds.indexOf('module')]);

/** All lasers, or all engines and modules with light, in the order in which they fail. Wavelengths that no laser lights (copper) never fail. */
export function lossOrder({ fabric }: CompiledCluster, domains: FaultDomains, kind: LossKind, dice: Dice): LossOrder {
  const isLit = (wavelength: number): boolean => (fabric.wavelengthLaser[wavelength] ?? -1) >= 0;
  const lasers = new Set<number>();
  let litCount = 0;
  for (let wavelength = 0; wavelength < fabric.wavelengthCount; wavelength++) if (isLit(wavelength)) {
    litCount++;
    lasers.add(fabric.wavelengthLaser[wavelength] ?? -1);
  }
  const bodies = Array.from({ length: fabric.componentCount }, (_, row) => row).filter((row) => engineKinds.has(fabric.componentKind[row] ?? -1));
  const rows = Int32Array.from(kind === 'wavelengths' ? [...lasers].sort((a, b) => a - b) : bodies);
  dice.shuffle(rows);
  const steps = Array.from(rows, (component): LossStep => ({ component, wavelengths: domains.blast(component as ComponentIx).wavelengthRows.filter(isLit) }));
  return { steps: steps.filter(({ wavelengths }) => wavelengths.length > 0), litCount };
}

/** Light that is left of each directed link: a link that is dark one way is of no use the other way. */
export function lightLeft({ fabric }: CompiledCluster, dark: Uint8Array): Float64Array {
  const rates = new Float64Array(fabric.linkCount);
  for (let link = 0; link < fabric.linkCount; link++) {
    for (let row = fabric.linkWavelength[link] ?? 0; row < (fabric.linkWavelength[link + 1] ?? 0); row++) if (dark[row] !== 1) rates[link] = (rates[link] ?? 0) + (fabric.wavelengthRateGbps[row] ?? 0);
  }
  return rates.map((rate, link) => ((rates[fabric.linkReverse[link] ?? link] ?? 0) > 0 ? rate : 0));
}

/**
 * The most that all pairs of the critical classes can have at once, as a share of what they ask: what enters and leaves each scale-up
 * domain cannot be more than its ports still carry. No plan does better; whether one does as well is not said.
 */
export function domainBound({ fabric }: CompiledCluster, linkRateGbps: Float64Array, demands: readonly { readonly fromRank: number; readonly toRank: number; readonly rateGbps: number }[]): number {
  const size = Math.max(1, fabric.gpusPerScaleUpDomain);
  const scaleUp = linkTiers.indexOf('scaleUp');
  const domains = Math.ceil(fabric.gpuNode.length / size);
  const [out, into, asked, taken] = [new Float64Array(domains), new Float64Array(domains), new Float64Array(domains), new Float64Array(domains)];
  fabric.gpuNode.forEach((node, rank) => {
    const domain = Math.floor(rank / size);
    for (let at = fabric.outOffset[node] ?? 0; at < (fabric.outOffset[node + 1] ?? 0); at++) {
      const link = fabric.outLink[at] ?? 0;
      if (fabric.linkTier[link] === scaleUp) continue;
      out[domain] = (out[domain] ?? 0) + (linkRateGbps[link] ?? 0);
      into[domain] = (into[domain] ?? 0) + (linkRateGbps[fabric.linkReverse[link] ?? link] ?? 0);
    }
  });
  for (const { fromRank, toRank, rateGbps } of demands) {
    const [from, to] = [Math.floor(fromRank / size), Math.floor(toRank / size)];
    if (from === to) continue;
    asked[from] = (asked[from] ?? 0) + rateGbps;
    taken[to] = (taken[to] ?? 0) + rateGbps;
  }
  let share = 1;
  for (let domain = 0; domain < domains; domain++) {
    if ((asked[domain] ?? 0) > 0) share = Math.min(share, (out[domain] ?? 0) / (asked[domain] ?? 1));
    if ((taken[domain] ?? 0) > 0) share = Math.min(share, (into[domain] ?? 0) / (taken[domain] ?? 1));
  }
  return share;
}
