/** Drive current and lost light of a laser by the temperature of the surface it sits on, worked out once per quarter of a kelvin. */

import { isRefusal } from '../../base/refusal.ts';
import { quantity } from '../../base/units.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { figureOf, textOf } from '../../optics/catalogue/catalogue.ts';
import { driveEmitter } from '../../optics/link/emitter.ts';
import { emitterOf } from '../../thermal/light-response.ts';
import { darkLossDb } from '../../thermal/wavelength-heat.ts';

export interface LaserDrive {
  readonly biasMa: number;
  /** Light that is missing because even the largest current falls short. */
  readonly lossDb: number;
}

export interface LaserDriver {
  /** Largest current of the emitter. */
  readonly biasMaxMa: number;
  /** Submount over case where the package has no node of its own for it. */
  readonly riseK: number;
  driveAt(surfaceC: number): LaserDrive;
}

const stepK = 0.25;

/** What a part rises over its case where it does not say; the default of the link model. */
const usualRiseK = 10;

/** The driver of the lasers behind a part, or `null` where the catalogue describes no emitter for it. */
export function laserDriverOf(catalogue: Catalogue, partId: string): LaserDriver | null {
  const part = catalogue.find(partId);
  if (part === undefined) return null;
  const source = catalogue.find(textOf(part, 'laser_source') ?? partId);
  const family = source === undefined ? null : textOf(source, 'emitter');
  const emitterPart = family === null ? source : catalogue.find(family);
  const emitter = emitterPart === undefined ? null : emitterOf(emitterPart);
  if (emitter?.ok !== true) return null;
  const known = new Map<number, LaserDrive>();
  return {
    biasMaxMa: emitter.value.currentMaxMa,
    riseK: figureOf(part, 'laser_rise')?.value ?? usualRiseK,
    driveAt(surfaceC) {
      const step = Math.round(surfaceC / stepK);
      let drive = known.get(step);
      if (drive === undefined) {
        const state = driveEmitter(emitter.value, quantity(step * stepK));
        drive = isRefusal(state)
          ? { biasMa: emitter.value.currentMaxMa, lossDb: darkLossDb }
          : { biasMa: state.currentMa, lossDb: state.outputRatio >= 1 ? 0 : -10 * Math.log10(state.outputRatio) };
        known.set(step, drive);
      }
      return drive;
    },
  };
}
