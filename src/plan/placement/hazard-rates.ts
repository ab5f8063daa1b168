/**
 * How often each installed component fails, and how long its exchange takes: the bill of materials' rates, booked to the very
 * component instead of summed by part, with accelerators, scale-up switches and feeds beside them.
 */

import type { Figure } from '../../base/figure.ts';
import type { CompiledCluster, CompiledFabric } from '../../fabric/compiled.ts';
import type { ComponentKind } from '../../fabric/components.ts';
import { componentKinds } from '../../fabric/components.ts';
import type { ClusterDesign, TerminalDesign } from '../../fabric/design.ts';
import type { FindPartFigures } from '../../fabric/part-figures.ts';
import { installedScale } from '../../fabric/part-figures.ts';
import { repairTimes } from '../../optics/reliability/evidence.ts';

/** Both by component row; zero where a component does not fail by itself. */
export interface HazardRates {
  readonly perH: Float64Array;
  /** Rate times hours of repair: the share of time that the component is away. */
  readonly awayShare: Float64Array;
}

interface Failing {
  readonly mtbfH: Figure;
  readonly repairH: Figure;
}

/** Hours to exchange a server's board or a feed: nobody's catalogue states it, so they stand as a chassis does. */
const boardRepair = repairTimes.chassis;

function failingOf(design: ClusterDesign, kind: ComponentKind): Failing | null {
  switch (kind) {
    case 'gpu': return { mtbfH: design.accelerator.mtbfH, repairH: boardRepair };
    case 'nic': return { mtbfH: design.nic.mtbfH, repairH: boardRepair };
    case 'scaleUpSwitch': return { mtbfH: design.scaleUp.switchMtbfH, repairH: boardRepair };
    case 'leaf': case 'spine': case 'core': case 'gateway': return { mtbfH: design.switch.mtbfH, repairH: repairTimes.switch };
    case 'ocs': case 'awgr': return design.ocs === null ? null : { mtbfH: design.ocs.mtbfH, repairH: repairTimes.chassis };
    case 'powerShelf': return design.feeds.power === null ? null : { mtbfH: design.feeds.power.mtbfH, repairH: boardRepair };
    case 'coolantLoop': return design.feeds.coolant === null ? null : { mtbfH: design.feeds.coolant.mtbfH, repairH: boardRepair };
    default: return null;
  }
}

const repairOfPackaging: Readonly<Record<TerminalDesign['packaging'], Figure>> = { pluggable: repairTimes.module, engine: repairTimes.package, cableEnd: repairTimes.cable };

/** Light from outside fails in its own module: the laser source of the link's first wavelength. */
function sourceOf(fabric: CompiledFabric, link: number): number {
  const laser = fabric.wavelengthLaser[fabric.linkWavelength[link] ?? 0] ?? -1;
  return laser < 0 ? -1 : (fabric.componentParent[laser] ?? -1);
}

/** Modules, engines and their light, each once: the same shares as `enterTerminals` of the bill. */
function addTerminals(fabric: CompiledFabric, find: FindPartFigures, add: (component: number, perH: number, repairH: number) => void): void {
  const module = componentKinds.indexOf('module');
  const engine = componentKinds.indexOf('engine');
  const seen = new Uint8Array(fabric.componentCount);
  for (let link = 0; link < fabric.linkCount; link++) {
    const use = fabric.uses[fabric.cableUse[link >> 1] ?? -1];
    const body = fabric.componentParent[fabric.linkPort[link] ?? 0] ?? 0;
    const kind = fabric.componentKind[body] ?? 0;
    if (use === undefined || (kind !== module && kind !== engine) || seen[body] === 1) continue;
    seen[body] = 1;
    const terminal = link % 2 === 0 ? use.medium.near : use.medium.far;
    const figures = find(terminal.part);
    if (figures === null || !(figures.mtbfH.value > 0)) continue;
    const capacityGbps = terminal.linksPerModule * use.medium.nominalRateGbps;
    const scale = installedScale(terminal.packaging, { capacityGbps, ratedGbps: figures.ratedGbps });
    const half = terminal.packaging === 'cableEnd' ? 0.5 : 1;
    const lightShare = terminal.externalSource === null ? 0 : figures.laserFailureShare;
    const repairH = (figures.repairH ?? repairOfPackaging[terminal.packaging]).value;
    add(body, (half * (1 - lightShare) * scale * figures.ratedGbps) / figures.mtbfGbps / figures.mtbfH.value, repairH);
    const source = terminal.externalSource === null ? -1 : sourceOf(fabric, link);
    if (source >= 0) add(source, (figures.laserFailureShare * capacityGbps) / figures.mtbfGbps / figures.mtbfH.value, repairTimes.laserModule.value);
  }
}

/** Rates of every component. A part without figures counts as one that does not fail; the bill names it. */
export function hazardRates({ design, fabric }: CompiledCluster, find: FindPartFigures): HazardRates {
  const perH = new Float64Array(fabric.componentCount);
  const awayShare = new Float64Array(fabric.componentCount);
  const add = (component: number, rate: number, repairH: number): void => {
    perH[component] = (perH[component] ?? 0) + rate;
    awayShare[component] = (awayShare[component] ?? 0) + rate * repairH;
  };
  const failing = componentKinds.map((kind) => failingOf(design, kind));
  for (let row = 0; row < fabric.componentCount; row++) {
    const known = failing[fabric.componentKind[row] ?? 0] ?? null;
    if (known !== null && known.mtbfH.value > 0) add(row, 1 / known.mtbfH.value, known.repairH.value);
  }
  addTerminals(fabric, find, add);
  return { perH, awayShare };
}
