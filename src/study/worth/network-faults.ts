/**
 * Which plan the controller finds for a broken switch, cable or adapter of a large cluster: the real ladder on the real fabric.
 *
 * A fault touches the servers whose links it takes or thins; leases with an end in one of them decide whether a plan is feasible, so only
 * those of the job are asked for (a compact set: every other lease holds light on links that no plan for these may use, except in
 * between switches, which are as wide as what hangs below them). The job's shape and its step are those of the whole job.
 */

import type { Dice } from '../../base/dice.ts';
import { createState } from '../../control/create-state.ts';
import type { JobRequest } from '../../control/job.ts';
import type { Plant } from '../../control/plant.ts';
import { componentKinds } from '../../fabric/components.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import type { RungName } from '../../plan/policy.ts';
import type { InterruptionCause } from './interruptions.ts';
import { obey } from './obey.ts';

export type NetworkCause = Exclude<InterruptionCause, 'other'>;

export interface FaultOutcome {
  readonly cause: NetworkCause;
  readonly component: number;
  readonly name: string;
  /** Accelerators that lose their own way into the network. */
  readonly gpusCut: number;
  /** Leases of the job in the compact set, and those on light that was lost. */
  readonly leases: number;
  readonly affected: number;
  readonly rung: RungName | null;
  readonly restarts: number;
  /** True when the job has no light in the end, so that nothing but a restart elsewhere helps. */
  readonly stands: boolean;
  /** Speed of the step until repair, and the pause, as the decision prices them. */
  readonly speed: number;
  readonly pauseS: number;
  readonly repairS: number;
}

const kindsOf: Readonly<Record<NetworkCause, readonly (typeof componentKinds)[number][]>> = { switch: ['leaf', 'spine'], cable: ['cable'], nic: ['nic'] };

/** A component that the cause breaks, each alike likely; cables inside servers do not count. */
export function drawComponent({ cluster: { fabric } }: Plant, cause: NetworkCause, dice: Dice): number {
  const scaleUp = linkTiers.indexOf('scaleUp');
  const wanted = new Set(kindsOf[cause].map((kind) => componentKinds.indexOf(kind)));
  const inside = new Set<number>();
  fabric.linkCable.forEach((component, cable) => void (fabric.linkTier[2 * cable] === scaleUp ? inside.add(component) : undefined));
  const rows = Array.from({ length: fabric.componentCount }, (_, row) => row).filter((row) => wanted.has(fabric.componentKind[row] ?? -1) && !inside.has(row));
  return rows[dice.below(rows.length)] ?? -1;
}

/** Servers looked at when a fault reaches more: those in between switches reach all servers of their rail alike. */
const serversMax = 32;

/** Ranks whose demands decide: of the servers that the fault cuts, or else of the first that it slows. */
function ranksTouched({ cluster: { design }, domains }: Plant, component: number): ReadonlySet<number> {
  const blast = domains.blast(component as ComponentIx);
  const hurt = blast.cutRanks.length > 0 ? blast.cutRanks : blast.slowedRanks;
  const servers = [...new Set(Array.from(hurt, (rank) => Math.floor(rank / design.gpusPerNode)))].slice(0, serversMax);
  return new Set(servers.flatMap((server) => Array.from({ length: design.gpusPerNode }, (_, local) => server * design.gpusPerNode + local)));
}

const second = 1e9;
const ticks = 6;

/** Breaks one component under the job and lets the controller act. */
export function judgeFault(plant: Plant, job: JobRequest, cause: NetworkCause, component: number): FaultOutcome {
  const touched = ranksTouched(plant, component);
  const demands = job.demands.filter(({ fromRank, toRank }) => touched.has(fromRank) || touched.has(toRank));
  const state = createState(plant);
  const admitted = obey(state, 0, { kind: 'jobAsked', job: { ...job, demands } });
  for (const { body } of admitted) if (body.kind === 'jobRefused') throw new Error(`the job does not fit: ${body.refusal.reasons.join(' ')}`);
  const blast = plant.domains.blast(component as ComponentIx);
  const facts = [...obey(state, second, { kind: 'alarm', device: 'network', sequence: 1, component, alarm: 'partFault', raised: true })];
  for (let turn = 1; turn <= ticks; turn++) facts.push(...obey(state, (1 + turn) * second, { kind: 'tick' }));
  let [rung, affected, speed, pauseS, restarts] = [null as RungName | null, 0, 1, 0, 0];
  for (const { body } of facts) {
    if (body.kind === 'jobMoved' && body.restarts) restarts += 1;
    if (body.kind !== 'decided') continue;
    rung ??= body.decision.rung;
    affected += body.decision.impact.leases.length;
    for (const { stepBeforeNs, stepAfterNs, pauseNs } of body.decision.price.effects) {
      speed = Math.min(speed, stepAfterNs === null ? 0 : stepBeforeNs / stepAfterNs);
      pauseS = Math.max(pauseS, pauseNs / 1e9);
    }
  }
  const kind = componentKinds[plant.cluster.fabric.componentKind[component] ?? 0] ?? 'module';
  return {
    cause, component, name: plant.cluster.fabric.componentName(component as ComponentIx), gpusCut: blast.gpusCut, leases: demands.length, affected, rung, restarts,
    stands: [...state.jobs.values()].some(({ held }) => held !== null), speed, pauseS, repairS: state.policy.costs.expectedRepairNs[kind] / 1e9,
  };
}
