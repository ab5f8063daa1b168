/**
 * Lets time pass for an emulated fabric: heat moves, mirrors tune, light crosses, sensors read.
 *
 * Order within one step: temperatures, circuit switches, light in front of every receiving lane, readouts. Nothing but `dice`
 * decides noise, so equal steps with equal dice read equal values.
 */

import type { Dice } from '../../base/dice.ts';
import { advanceSwitch } from './circuit-switch.ts';
import type { EmulatedFabric } from './emulated-fabric.ts';
import { crossLight } from './lane-light.ts';
import { advanceHeat } from './module-heat.ts';
import { readModule } from './readout.ts';

/** Advances every device to `toNs` and takes new readouts. Time never goes back: an earlier time changes nothing. */
export function advanceFabric(fabric: EmulatedFabric, toNs: number, dice: Dice): void {
  const stepNs = toNs - fabric.nowNs;
  if (stepNs < 0) return;
  fabric.nowNs = toNs;
  for (const { heat } of fabric.modules) if (heat !== null) advanceHeat(heat, stepNs / 1e9);
  for (const device of fabric.switches) advanceSwitch(device, toNs);
  crossLight(fabric);
  for (const module of fabric.modules) readModule(fabric, module, dice);
}
