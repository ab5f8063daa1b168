/** The plant of a compiled cluster with the physics of a catalogue: light by the link model, heat by the package models. */

import type { CompiledCluster } from '../fabric/compiled.ts';
import { createEvaluateMedium, createFindPartFigures, settledCaseC } from '../fabric/physics.ts';
import { settledCases } from '../fabric/settled-cases.ts';
import { isRefusal } from '../base/refusal.ts';
import type { Catalogue } from '../optics/catalogue/catalogue.ts';
import { circuitTiming } from '../optics/link/circuit-timing.ts';
import { chooseMidpoint, createFigureReader } from '../optics/link/figures.ts';
import { lockStepNm, readRingTuner } from '../optics/link/ring-lock.ts';
import type { Part } from '../optics/part.ts';
import { emitterOf, laserChangeDb, ringLockOf } from '../thermal/light-response.ts';
import { packageForPart } from '../thermal/package-catalogue.ts';
import { steadyCaseTemperature, typicalInlet } from '../thermal/steady.ts';
import type { BodyHeat, HeldRing, Plant } from './plant.ts';
import { createPlant } from './plant.ts';

/** The ring of the catalogue that stands for rings of engines which state no figures of their own. */
const ringPart = 'mrm';
/** The laser that stands for those of modules and external sources. */
const laserPart = 'dfb-cw';

function heldRing(part: Part, catalogue: Catalogue, ringOverCaseK: number): HeldRing | null {
  const ring = catalogue.find(ringPart);
  if (ring === undefined) return null;
  const lock = ringLockOf({ engine: part, ring });
  if (!lock.ok) return null;
  const read = createFigureReader(chooseMidpoint);
  return { lock: lock.value, lockStepNm: lockStepNm({ part, wavelengthNm: lock.value.wavelengthNm, fsrNm: readRingTuner({ part, ring }, read).tuner.fsrNm }, read), dieOverCaseK: ringOverCaseK };
}

/** Laser output against temperature is smooth: steps of this size are within 0.01 dB (as the thermal room's own table). */
const laserStepK = 0.25;

/** Light that a laser on a surface this warm is short of; without a laser model none. */
function laserLoss(catalogue: Catalogue, surfaceOverCaseK: number): BodyHeat['laserLossDb'] {
  const laser = catalogue.find(laserPart);
  const emitter = laser === undefined ? null : emitterOf(laser);
  if (emitter?.ok !== true) return () => 0;
  const known = new Map<number, number>();
  return (caseC) => {
    const step = Math.round(caseC / laserStepK);
    let lossDb = known.get(step);
    if (lossDb === undefined) {
      const change = laserChangeDb(emitter.value, step * laserStepK + surfaceOverCaseK);
      known.set(step, (lossDb = isRefusal(change) ? Infinity : Math.max(0, -change)));
    }
    return lossDb;
  };
}

/** Heat of catalogue parts at typical inlets. A case temperature that a design states for its budgets is a worst case, not where its parts stand. */
function bodyReader(catalogue: Catalogue): (partId: string) => BodyHeat | null {
  const options = { catalogue, view: 'worst-case' as const };
  const find = createFindPartFigures({ ...options, caseTemperatureC: null });
  return (partId) => {
    const part = catalogue.find(partId);
    if (part === undefined) return null;
    const powerW = find(partId)?.powerW.value ?? 0;
    const type = packageForPart({ kind: part.kind, powerW });
    if (type === null) return null;
    const caseC = settledCaseC(part, options);
    const steady = steadyCaseTemperature({ package: type, powerW });
    const sink = type.ports.includes('coolant') ? 'coolant' : 'air';
    const sinkC = sink === 'coolant' ? typicalInlet.coolantC.value : typicalInlet.airC.value + typicalInlet.airPreheatK.value;
    const dieOverCaseK = steady.ok && steady.value.ringC !== null ? steady.value.ringC - steady.value.caseC : 0;
    const laserOverCaseK = steady.ok && steady.value.laserC !== null ? steady.value.laserC - steady.value.caseC : 0;
    const laserLossDb = type.laserNode === null ? (): number => 0 : laserLoss(catalogue, laserOverCaseK);
    return { caseC, sink, sinkC, laserLossDb, ring: type.ringNode === null ? null : heldRing(part, catalogue, dieOverCaseK) };
  };
}

/** From the order until a circuit of the cluster's switches carries traffic. */
function circuitReadyNs({ design }: CompiledCluster, catalogue: Catalogue): number {
  const part = design.ocs === null ? undefined : catalogue.find(design.ocs.part);
  return part === undefined ? 0 : circuitTiming(part, createFigureReader(chooseMidpoint)).totalNs;
}

/** A plant by the standards' worst case, as every plan of the product is judged. */
export function createClusterPlant(cluster: CompiledCluster, catalogue: Catalogue): Plant {
  return createPlant(cluster, {
    evaluateWithLoss: (extraLossDb) => createEvaluateMedium({ catalogue, view: 'worst-case', caseTemperatureC: null, extraLossDb }),
    bodyOfPart: bodyReader(catalogue),
    circuitReadyNs: circuitReadyNs(cluster, catalogue),
    settledCaseC: settledCases(cluster, { catalogue, find: createFindPartFigures({ catalogue, view: 'worst-case', caseTemperatureC: null }) }),
  });
}
