/**
 * A laser under automatic power control: the drive current rises with temperature to hold the light, until it cannot.
 *
 * The catalogue describes one unit emitter per family; a larger source is many of them (area, current and heat scale
 * together, so temperatures do not change). What a link needs is therefore two ratios: light still given over light
 * wanted, and electrical power over that at the reference temperature.
 */

import type { EvidenceKind } from '../../base/figure.ts';
import type { Refusal } from '../../base/refusal.ts';
import { isRefusal, refuse } from '../../base/refusal.ts';
import type { Celsius } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { LaserParams } from '../formulas/laser.ts';
import { selfHeatedLaser, thresholdCurrentMa } from '../formulas/laser.ts';
import { arrheniusFactor } from '../formulas/reliability.ts';
import type { Part } from '../part.ts';
import type { FigureReader } from './figures.ts';

export interface UnitEmitter {
  readonly laser: LaserParams;
  readonly thermalResistanceKPerW: number;
  readonly nominalOutputMw: number;
  readonly currentMaxMa: number;
  readonly kind: EvidenceKind;
}

/** Coldren's reference temperature for the catalogue's threshold and slope. */
const referenceC = 25;

export function readEmitter(part: Part, read: FigureReader): UnitEmitter {
  const figure = (name: string): number => read.need(part, name).value;
  return {
    laser: {
      thresholdMa: figure('ith0'), t0K: figure('t0'), slopeWPerA: figure('eta0'), t1K: figure('t1'), referenceC,
      turnOnV: figure('v0'), seriesOhm: figure('rs'),
    },
    thermalResistanceKPerW: figure('rth'), nominalOutputMw: figure('nominal_output'), currentMaxMa: figure('i_max'), kind: 'estimate',
  };
}

/** How a laser wears: its threshold rises and its slope falls by this fraction a year, faster when it is hot. */
export interface EmitterWear {
  readonly fractionPerYear: number;
  readonly activationEnergyEv: number;
}

/** Submount temperature at which the catalogue states wear. */
const wearReferenceC = 50;

export function readWear(part: Part, read: FigureReader): EmitterWear {
  return { fractionPerYear: read.need(part, 'ageing_rate').value, activationEnergyEv: read.need(part, 'ea').value };
}

/**
 * The same emitter after years on a submount. Drive current under power control is what qualification watches (Telcordia
 * GR-468: end of life at a change of 20 to 50 %); the change is linear in time and follows Arrhenius (estimate).
 */
export function aged(emitter: UnitEmitter, { fractionPerYear, activationEnergyEv }: EmitterWear, { years, submountC }: { readonly years: number; readonly submountC: Celsius }): UnitEmitter {
  const change = 1 + fractionPerYear * years * arrheniusFactor({ activationEnergyEv, referenceC: quantity(wearReferenceC), temperatureC: submountC });
  return { ...emitter, laser: { ...emitter.laser, thresholdMa: emitter.laser.thresholdMa * change, slopeWPerA: emitter.laser.slopeWPerA / change } };
}

export interface EmitterState {
  /** Light given over light wanted: 1 while the current can hold it. */
  readonly outputRatio: number;
  readonly currentMa: number;
  readonly electricalMw: number;
  readonly junctionC: number;
}

/** Coarse steps from threshold to the maximum current, in which rollover shows as falling output. */
const scanSteps = 24;
const bisections = 30;

/**
 * The smallest current that gives the nominal output on a submount at `submountC`. Where even the maximum current falls
 * short, the output ratio is below 1. Refuses with `laser-beyond-rollover` when more current gives less light before the
 * nominal output is reached.
 */
export function driveEmitter({ laser, thermalResistanceKPerW, nominalOutputMw, currentMaxMa }: UnitEmitter, submountC: Celsius): EmitterState | Refusal {
  const at = (currentMa: number): EmitterState | null => {
    const state = selfHeatedLaser(laser, { ambientC: submountC, currentMa, thermalResistanceKPerW });
    return isRefusal(state) ? null : { outputRatio: state.outputMw / nominalOutputMw, currentMa, electricalMw: state.electricalMw, junctionC: state.junctionC };
  };
  const thresholdMa = thresholdCurrentMa(laser, submountC);
  let below = thresholdMa;
  let best: EmitterState | null = null;
  for (let step = 1; step <= scanSteps; step++) {
    const currentMa = thresholdMa + ((currentMaxMa - thresholdMa) * step) / scanSteps;
    if (currentMa <= thresholdMa) break;
    const state = at(currentMa);
    if (state !== null && state.outputRatio >= 1) return bisect(at, { belowMa: below, above: state });
    if (best !== null && (state === null || state.outputRatio < best.outputRatio)) return beyondRollover(best, submountC);
    if (state !== null) best = state;
    below = currentMa;
  }
  if (best === null) return refuse('laser-beyond-rollover', 'never', `On a submount at ${submountC.toFixed(1)} °C the laser gives no light at any current up to ${currentMaxMa} mA.`);
  return best;
}

function bisect(at: (currentMa: number) => EmitterState | null, bracket: { readonly belowMa: number; readonly above: EmitterState }): EmitterState {
  let { belowMa, above } = bracket;
  for (let round = 0; round < bisections; round++) {
    const state = at((belowMa + above.currentMa) / 2);
    if (state !== null && state.outputRatio >= 1) above = state;
    else belowMa = (belowMa + above.currentMa) / 2;
  }
  // The nominal output is what the control loop holds; the last bisection step is not physics.
  return { ...above, outputRatio: 1 };
}

const beyondRollover = (best: EmitterState, submountC: Celsius): Refusal =>
  refuse(
    'laser-beyond-rollover', 'never',
    `On a submount at ${submountC.toFixed(1)} °C the laser rolls over at ${best.currentMa.toFixed(0)} mA with ${(best.outputRatio * 100).toFixed(0)} % of the light it must give: more current gives less light.`,
  );
