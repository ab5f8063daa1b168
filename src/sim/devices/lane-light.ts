/**
 * Whose light each receiving lane gets and how much of it: one pass of the wavelength kernel over all lanes of a fabric.
 *
 * Kernel: the bounds hold for every non-null assertion because lane rows stay below `lanes.count`, and the module, link and switch rows
 * they name come from the same tables; every other row is checked for -1 first.
 */

import { enterWavelength, evaluateWavelengths } from '../../optics/link/wavelength-kernel.ts';
import { darkLossDb } from '../../thermal/wavelength-heat.ts';
import { factoryLossDb } from './circuit-switch.ts';
import type { EmulatedFabric, EmulatedModule } from './emulated-fabric.ts';
import { caseC } from './module-heat.ts';

/** Where the light of a receiving link was sent, -1 for nowhere, and what the way lost beyond its plan. */
interface Origin {
  link: number;
  extraDb: number;
}

/** Follows a receiving link back through a circuit switch to the module that sends. */
function traceBack(fabric: EmulatedFabric, rxLink: number, origin: Origin): void {
  const leaving = fabric.switchOfLink[rxLink] ?? -1;
  origin.link = rxLink;
  origin.extraDb = 0;
  if (leaving < 0) return;
  const device = fabric.switches[leaving]!;
  const b = fabric.portOfLink[rxLink]!;
  const a = device.lit.indexOf(b);
  origin.link = a < 0 ? -1 : fabric.linkInto[leaving]![a]!;
  // The plan holds the typical loss of the switch; each path has its own.
  if (a >= 0) origin.extraDb = factoryLossDb(device, { a, b }) - device.lossMeanDb;
}

/** True while a flapping component is in the dark half of its period. */
const flapsDark = (periodMs: number, nowNs: number): boolean => periodMs > 0 && Math.floor(nowNs / (periodMs * 5e5)) % 2 === 1;

/** Light that a lane's transmitter fails to give: all of it when it is off, or what the laser cannot hold. */
export function txLossDb(fabric: EmulatedFabric, lane: number): number {
  const { lanes, modules, cluster: { fabric: tables } } = fabric;
  const module = modules[lanes.module[lane]!]!;
  if (!module.enabled || module.txEnabled[lane - module.firstLane] === 0) return darkLossDb;
  if (fabric.laserOut[module.component] === 1 || flapsDark(fabric.flapMs[module.component]!, fabric.nowNs)) return darkLossDb;
  const link = lanes.txLink[lane]!;
  if (flapsDark(fabric.flapMs[tables.linkPort[link]!]!, fabric.nowNs)) return darkLossDb;
  const laser = tables.wavelengthLaser[tables.linkWavelength[link]! + lanes.position[lane]!] ?? -1;
  if (laser < 0) return 0;
  if (fabric.laserOut[laser] === 1 || flapsDark(fabric.flapMs[laser]!, fabric.nowNs)) return darkLossDb;
  const source = fabric.moduleOfComponent[tables.componentParent[laser]!] ?? -1;
  const outside = source < 0 ? undefined : modules[source];
  return outside?.kind === 'laserSource' ? sourceLossDb(fabric, outside, laser) : 0;
}

/** Light that an external source fails to give on one of its lasers. */
export function sourceLossDb(fabric: EmulatedFabric, source: EmulatedModule, laser: number): number {
  const at = source.lasers.indexOf(laser);
  if (!source.enabled || source.txEnabled[at] === 0 || fabric.laserOut[laser] === 1) return darkLossDb;
  if (flapsDark(fabric.flapMs[source.component]!, fabric.nowNs)) return darkLossDb;
  return source.driver === null || source.heat === null ? 0 : source.driver.driveAt(laserSurfaceC(source)).lossDb;
}

/** Temperature of the surface under a module's lasers. */
export function laserSurfaceC(module: EmulatedModule): number {
  const { heat, driver } = module;
  if (heat === null) return module.temperatureC;
  const node = heat.package.laserNode;
  return node < 0 ? caseC(heat) + (driver?.riseK ?? 0) : heat.temperatureC[node] ?? caseC(heat);
}

const caseOf = (module: EmulatedModule): number => (module.heat === null ? module.temperatureC : caseC(module.heat));

/** Enters the light of one lane into the kernel's batch where it changed, and sets its loss. */
function lightLane(fabric: EmulatedFabric, lane: number, origin: Origin): void {
  const { lanes, modules, cluster: { fabric: tables } } = fabric;
  const sender = origin.link < 0 ? -1 : fabric.laneOfLink[origin.link]!;
  if (sender < 0) {
    lanes.lossDb[lane] = darkLossDb;
    return;
  }
  const sending = sender + lanes.position[lane]!;
  const far = modules[lanes.module[sending] ?? -1];
  const near = modules[lanes.module[lane]!]!;
  const use = tables.cableUse[origin.link >> 1] ?? -1;
  if (far === undefined || use < 0) {
    lanes.lossDb[lane] = darkLossDb;
    return;
  }
  const answer = fabric.light.at(use, Math.max(caseOf(far), caseOf(near)));
  if (lanes.enteredKey[lane] !== answer.key) {
    const wavelength = answer.report?.wavelengths[lanes.position[lane]!];
    if (wavelength !== undefined && enterWavelength(lanes.batch, lane, wavelength, wavelength.usableRateGbps)) {
      lanes.plannedRxDbm[lane] = wavelength.eye?.powerDbm ?? lanes.plannedRxDbm[lane]!;
      lanes.isNrz[lane] = wavelength.eye?.signalling === 'NRZ' ? 1 : 0;
    }
    lanes.enteredKey[lane] = answer.key;
  }
  const dirtDb = fabric.dirtDb[origin.link]! + (origin.link === lanes.rxLink[lane] ? 0 : fabric.dirtDb[lanes.rxLink[lane]!]!);
  const cut = flapsDark(fabric.flapMs[near.component]!, fabric.nowNs) ? darkLossDb : 0;
  lanes.lossDb[lane] = Math.min(darkLossDb, origin.extraDb + dirtDb + txLossDb(fabric, sending) + cut);
}

/** Evaluates the light of every receiving lane as things stand. Cost: O(lanes) plus one link evaluation per new quarter of a kelvin. */
export function crossLight(fabric: EmulatedFabric): void {
  const { lanes } = fabric;
  const origin: Origin = { link: -1, extraDb: 0 };
  let traced = -1;
  for (let lane = 0; lane < lanes.count; lane++) {
    if (lanes.rxLink[lane] !== traced) traceBack(fabric, (traced = lanes.rxLink[lane]!), origin);
    lightLane(fabric, lane, origin);
  }
  evaluateWavelengths(lanes.batch, lanes.lossDb, lanes.answer);
}
