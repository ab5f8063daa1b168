/**
 * A training job beside traffic of the other classes, every class with its share of each accelerator's network rate.
 *
 * The critical classes are paced: a collective never sends faster than its class's share of the port, so the share is what the
 * controller leases and what the flow engine lets through when all light is there. Lower classes are pairs of accelerators
 * with a steady rate, as storage and services are.
 */

import type { JobDemand, JobRequest } from '../../control/job.ts';
import type { LeaseRequest } from '../../control/reading.ts';
import type { CompiledCluster } from '../../fabric/compiled.ts';
import { defaultCalibration } from '../../traffic/calibration.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import type { NetworkView } from '../../traffic/network-view.ts';
import type { RankFlows } from '../../traffic/phase-flows.ts';
import { phaseFlows } from '../../traffic/phase-flows.ts';
import { networkView } from '../fabric-view.ts';
import { jobRequest } from '../job-request.ts';
import type { TrainingJob } from '../training-run.ts';

/** Shares of an accelerator's network rate, one direction, by class. */
export type MixShares = Readonly<Record<TrafficClassName, number>>;

/** Critical classes at 60 % of the port, all six at 92 % (design choice; the whole wavelengths of allReduce come out even on ports of 16). */
export const referenceShares: MixShares = { allReduce: 0.125, allToAll: 0.475, inferenceFanout: 0.04, parameterSync: 0.03, checkpoint: 0.1, background: 0.15 };

/** The same mix with the critical classes at another share of the port: expert traffic gives or takes, and checkpoint and background make room for more of it. */
export function sharesAt(criticalShare: number): MixShares {
  const { allReduce, allToAll, checkpoint, background } = referenceShares;
  const more = Math.max(0, criticalShare - allReduce - allToAll);
  const bulk = 1 - more / (checkpoint + background);
  return { ...referenceShares, allToAll: criticalShare - allReduce, checkpoint: checkpoint * bulk, background: background * bulk };
}

/** A collective of the job with its paces. */
export interface PacedPhase {
  readonly name: string;
  readonly trafficClass: TrafficClassName;
  readonly flows: RankFlows;
  /** Per flow: the rank by which it leaves its scale-up domain, its source where it stays inside. */
  readonly senderRank: Int32Array;
  /** Per flow; Infinity inside a scale-up domain. */
  readonly capGbps: Float64Array;
}

export interface ReferenceMix {
  readonly phases: readonly PacedPhase[];
  readonly request: JobRequest;
  /** Leases of the classes that no job waits for. */
  readonly others: readonly LeaseRequest[];
}

/** Bits of one phase by pair of (sender, target), and the most that one sender sends. */
interface PhaseLoad {
  readonly pairBits: ReadonlyMap<number, number>;
  readonly busiestBits: number;
}

function loadOf({ flows, senderRank }: Pick<PacedPhase, 'flows' | 'senderRank'>, { size, domain }: { readonly size: number; readonly domain: number }): PhaseLoad {
  const pairBits = new Map<number, number>();
  const sent = new Map<number, number>();
  for (let flow = 0; flow < flows.flowCount; flow++) {
    const [sender, target, bits] = [senderRank[flow] ?? 0, flows.targetRank[flow] ?? 0, flows.flowBits[flow] ?? 0];
    if (Math.floor(sender / domain) === Math.floor(target / domain)) continue;
    pairBits.set(sender * size + target, (pairBits.get(sender * size + target) ?? 0) + bits);
    sent.set(sender, (sent.get(sender) ?? 0) + bits);
  }
  return { pairBits, busiestBits: Math.max(0, ...sent.values()) };
}

/** Rates by pair of one class: the most that any of its phases wants of the pair, scaled so that the busiest sender has the class's share of its port. */
function pairRates(loads: readonly PhaseLoad[], size: number, classGbps: number): ReadonlyMap<number, number> {
  const wanted = new Map<number, number>();
  for (const { pairBits, busiestBits } of loads) for (const [pair, bits] of pairBits) wanted.set(pair, Math.max(wanted.get(pair) ?? 0, bits / busiestBits));
  const bySender = new Map<number, number>();
  for (const [pair, share] of wanted) bySender.set(Math.floor(pair / size), (bySender.get(Math.floor(pair / size)) ?? 0) + share);
  const busiest = Math.max(...bySender.values());
  return new Map([...wanted].map(([pair, share]) => [pair, (classGbps * share) / busiest]));
}

const senderOf = (source: number, target: number, domain: number): number =>
  Math.floor(source / domain) === Math.floor(target / domain) ? source : Math.floor(source / domain) * domain + (target % domain);

/** Nodes between the two ends of leases of classes that no job waits for: each class has partners of its own, with equal parts of its rate. */
const partnerNodes: Partial<Record<TrafficClassName, readonly number[]>> = { inferenceFanout: [1], checkpoint: [3, 6], background: [5, 2] };

function otherLeases(network: NetworkView, gpus: number, shares: MixShares): readonly LeaseRequest[] {
  return trafficClassNames.flatMap((trafficClass) => {
    const partners = partnerNodes[trafficClass] ?? [];
    return partners.flatMap((nodes) => Array.from({ length: gpus }, (_, rank): LeaseRequest => ({
      id: `${trafficClass}/${rank}/${nodes}`, tenant: 'services', job: null, trafficClass, fromRank: rank, toRank: (rank + nodes * network.scaleUp.size) % gpus,
      rateGbps: (network.scaleOut.rateGbps * shares[trafficClass]) / partners.length, bits: null, floorGbps: 0, startNs: 0, endNs: 30 * 86_400e9,
    })));
  });
}

/** The mix on all accelerators of a cluster. Durations in the request are at full light and unpaced until `withDurations` replaces them. */
export function referenceMix(cluster: CompiledCluster, job: TrainingJob, terms: { readonly shares: MixShares; readonly checkpointNs: number; readonly restartNs: number }): ReferenceMix {
  const network = networkView(cluster);
  const domain = network.scaleUp.size;
  const { gpus } = cluster.design;
  const base = jobRequest(cluster, job, {
    id: 'train', tenant: 'research', ranks: Array.from({ length: gpus }, (_, rank) => rank), steps: 1_000_000, checkpointNs: terms.checkpointNs, restartNs: terms.restartNs, checkpointEverySteps: 100, shareOfRate: 1,
  });
  const plain = base.profile.phases.map((phase) => {
    const flows = phaseFlows(phase, { network, constants: defaultCalibration.network });
    return { name: phase.name, trafficClass: phase.trafficClass, flows, senderRank: flows.sourceRank.map((source, flow) => senderOf(source, flows.targetRank[flow] ?? 0, domain)) };
  });
  const loads = plain.map((phase) => loadOf(phase, { size: gpus, domain }));
  const rates = new Map(trafficClassNames.flatMap((name) => {
    const own = loads.filter(({ busiestBits }, row) => plain[row]?.trafficClass === name && busiestBits > 0);
    return own.length === 0 ? [] : [[name, pairRates(own, gpus, network.scaleOut.rateGbps * terms.shares[name])] as const];
  }));
  const phases = plain.map((phase, row): PacedPhase => {
    const pairBits = loads[row]?.pairBits;
    const capGbps = phase.flows.flowBits.map((bits, flow) => {
      const pair = (phase.senderRank[flow] ?? 0) * gpus + (phase.flows.targetRank[flow] ?? 0);
      const all = pairBits?.get(pair);
      return all === undefined ? Infinity : ((rates.get(phase.trafficClass)?.get(pair) ?? 0) * bits) / all;
    });
    return { ...phase, capGbps };
  });
  const demands = [...rates].flatMap(([trafficClass, pairs]) => [...pairs].sort((a, b) => a[0] - b[0])
    .map(([pair, rateGbps]): JobDemand => ({ trafficClass, fromRank: Math.floor(pair / gpus), toRank: pair % gpus, rateGbps })));
  return { phases, request: { ...base, demands }, others: otherLeases(network, gpus, terms.shares) };
}
