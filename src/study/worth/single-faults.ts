/**
 * Every engine, laser source and circuit-switch port of a cluster broken by itself, in the closed loop: what one fault costs a job.
 *
 * Each fault has a world of its own: emulated devices tell what they see, the controller decides, devices obey, and the job works at
 * the pace that the light really lets it.
 */

import type { Entry } from '../../control/entry.ts';
import type { JobRequest } from '../../control/job.ts';
import type { Plant } from '../../control/plant.ts';
import type { ComponentKind } from '../../fabric/components.ts';
import { componentKinds } from '../../fabric/components.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import type { RungName } from '../../plan/policy.ts';
import type { EmulatedFabric } from '../../sim/devices/emulated-fabric.ts';
import type { FaultName } from '../../sim/devices/device-fault.ts';
import { World, usualTimes } from '../closed-loop/world.ts';

export const singleFaultKinds = ['engine', 'laserSource', 'ocsPort'] as const;
export type SingleFaultKind = (typeof singleFaultKinds)[number];

export interface SingleFault {
  readonly kind: SingleFaultKind;
  readonly component: number;
  readonly name: string;
  readonly rungs: readonly RungName[];
  /** Leases on light that was lost. */
  readonly leases: number;
  readonly restarts: number;
  /** True when the job has no light at the end. */
  readonly stands: boolean;
  /** Work that the fault cost until `watchNs` after it, in steps of the sound job. */
  readonly lostSteps: number;
  /** Step after the fault over the step before. */
  readonly stepRatio: number;
}

export interface SingleFaultQuestion {
  readonly plant: Plant;
  /** Emulated devices as new, for each world its own. */
  createDevices(): EmulatedFabric;
  readonly job: JobRequest;
  readonly seed: number;
  readonly onProgress?: (done: number, of: number) => void;
}

/** When the fault strikes, and how long the job is watched after it. */
const strikesNs = 3e9;
const watchNs = 60e9;

/** Loss that leaves no light at a port of a circuit switch. */
const darkDb = 60;

interface Target {
  readonly kind: SingleFaultKind;
  readonly component: number;
  readonly fault: FaultName;
  readonly by: number;
}

/** All components that are broken in turn, by kind, then row. */
export function faultTargets({ cluster: { fabric } }: Plant): readonly Target[] {
  const kindOf = (row: number): ComponentKind | undefined => componentKinds[fabric.componentKind[row] ?? -1];
  const rows = Array.from({ length: fabric.componentCount }, (_, row) => row);
  const lit = new Set(Array.from(fabric.wavelengthLaser).filter((laser) => laser >= 0));
  const target = (kind: SingleFaultKind, fault: FaultName, by: number) => (component: number): Target => ({ kind, component, fault, by });
  const isUsed = (port: number): boolean => fabric.linkPort.includes(port);
  const sources = new Set([...lit].map((laser) => fabric.componentParent[laser] ?? -1));
  return [
    ...rows.filter((row) => kindOf(row) === 'engine').map(target('engine', 'laser-dead', 0)),
    ...rows.filter((row) => kindOf(row) === 'laserSource' && sources.has(row)).map(target('laserSource', 'laser-dead', 0)),
    ...rows.filter((row) => kindOf(row) === 'port' && kindOf(fabric.componentParent[row] ?? -1) === 'ocs' && isUsed(row)).map(target('ocsPort', 'dirty', darkDb)),
  ];
}

/** One fault in a world of its own. */
export function judgeSingleFault(question: SingleFaultQuestion, { kind, component, fault, by }: Target): SingleFault {
  const { plant, job, seed } = question;
  const rungs: RungName[] = [];
  let [leases, restarts] = [0, 0];
  const hear = (entries: readonly Entry[]): void => {
    for (const { body } of entries) {
      if (body.kind === 'jobRefused') throw new Error(`the job does not fit: ${body.refusal.reasons.join(' ')}`);
      if (body.kind === 'jobMoved' && body.restarts) restarts += 1;
      if (body.kind !== 'decided') continue;
      rungs.push(body.decision.rung);
      leases = Math.max(leases, body.decision.impact.leases.length);
    }
  };
  const world = new World({ plant, devices: question.createDevices(), seed, ...usualTimes }, hear);
  world.tell({ kind: 'jobAsked', job });
  world.advance(strikesNs);
  const beforeNs = world.stepNs(job.id);
  const workedBefore = world.progress.get(job.id)?.steps ?? 0;
  const name = plant.cluster.fabric.componentName(component as ComponentIx);
  const injected = world.inject({ device: name, fault, by });
  if (!injected.ok) throw new Error(`${name} cannot be broken: ${injected.issues.map(({ message }) => message).join(' ')}`);
  world.advance(strikesNs + watchNs);
  const worked = (world.progress.get(job.id)?.steps ?? 0) - workedBefore;
  const held = world.state.jobs.get(job.id)?.held ?? null;
  return { kind, component, name, rungs, leases, restarts, stands: held !== null, lostSteps: watchNs / beforeNs - worked, stepRatio: world.stepNs(job.id) / beforeNs };
}

export function singleFaultStudy(question: SingleFaultQuestion): readonly SingleFault[] {
  const targets = faultTargets(question.plant);
  return targets.map((target, row) => {
    const outcome = judgeSingleFault(question, target);
    question.onProgress?.(row + 1, targets.length);
    return outcome;
  });
}
