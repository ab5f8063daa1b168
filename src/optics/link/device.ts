/** A device on the way: a named, local transform of light; a link is a list of them. */

import type { EvidenceKind } from '../../base/figure.ts';
import { levelDifference, milliwattsToDbm } from '../../base/levels.ts';
import type { Db, Dbm, Nanoseconds } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { Light } from './light.ts';
import { attenuated, closed, reflecting, weakestLevel } from './light.ts';
import type { StageReport } from './link-report.ts';

export interface Device {
  readonly name: string;
  readonly kind: EvidenceKind;
  readonly latencyNs: Nanoseconds;
  /** Why the stage costs what it costs, with figures and units. */
  readonly note: string;
  transform(light: Light): Light;
}

interface Stated {
  readonly name: string;
  readonly kind: EvidenceKind;
  readonly note: string;
  readonly latencyNs?: number;
}

/** No single photon is left of a kilowatt behind this much loss; counting further would only leave the range of numbers. */
const stageLossMaxDb = 300;

/** Takes the same loss from every wavelength and may reflect. */
export const lossDevice = (stated: Stated, lossDb: number, ...reflectances: readonly Db[]): Device => ({
  ...stated, latencyNs: quantity(stated.latencyNs ?? 0),
  transform: (light) => reflecting(attenuated(light, quantity(Math.min(stageLossMaxDb, lossDb))), ...reflectances),
});

/** Closes every eye without taking light. */
export const closureDevice = (stated: Stated, closureDb: number): Device => ({
  ...stated, latencyNs: quantity(stated.latencyNs ?? 0), transform: (light) => closed(light, quantity(closureDb)),
});

export const customDevice = (stated: Stated, transform: (light: Light) => Light): Device => ({ ...stated, latencyNs: quantity(stated.latencyNs ?? 0), transform });

/** The weakest wavelength, counting eye closure as loss. */
function effectiveLevel(light: Light): Dbm {
  let weakest = Infinity;
  for (let at = 0; at < light.powerMw.length; at++) {
    const modulation = light.omaMw[at] ?? 0;
    const levelDbm = milliwattsToDbm(quantity(modulation > 0 ? modulation : light.powerMw[at] ?? 0)) - (light.closureDb[at] ?? 0);
    weakest = Math.min(weakest, levelDbm);
  }
  return quantity(weakest);
}

/** Walks the light through the devices and reports what each cost the weakest wavelength. */
export function walk(light: Light, devices: readonly Device[]): { readonly light: Light; readonly stages: readonly StageReport[] } {
  const stages: StageReport[] = [];
  let now = light;
  for (const device of devices) {
    const next = device.transform(now);
    const lossDb = levelDifference(effectiveLevel(now), effectiveLevel(next));
    stages.push({ name: device.name, lossDb, levelDbm: weakestLevel(next), latencyNs: device.latencyNs, kind: device.kind, note: device.note });
    now = next;
  }
  return { light: now, stages };
}
