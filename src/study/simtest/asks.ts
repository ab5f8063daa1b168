/** What people and schedulers ask of a simulated controller: leases, jobs, policies; sensible ones, and some that cannot be. */

import type { JobRequest } from '../../control/job.ts';
import type { LeaseRequest, Reading } from '../../control/reading.ts';
import type { State } from '../../control/state.ts';
import type { Policy } from '../../plan/policy.ts';
import { defaultPolicy } from '../../plan/policy.ts';
import type { Act } from './act.ts';
import { testedDetail } from './tested.ts';

type Of<K extends Act['kind']> = Extract<Act, { kind: K }>;

const second = 1e9;
const hour = 3600e9;

export function leaseOf(act: Of<'leaseAsked'>, nowNs: number): LeaseRequest {
  const { name, trafficClass, fromRank, toRank, rateGbps, isAmount, afterNs, forNs, floorShare } = act;
  const startNs = nowNs + afterNs;
  return {
    id: `lease${name}`, tenant: `tenant${name % 3}`, job: null, trafficClass, fromRank, toRank, floorGbps: floorShare * rateGbps, startNs, endNs: startNs + forNs,
    rateGbps: isAmount ? null : rateGbps, bits: isAmount ? rateGbps * forNs : null,
  };
}

/** Between the ranks of a lease that waits; `null` where none does. */
function scavenged(state: State, { pick, trafficClass, rateGbps, floorShare, name }: Of<'scavenge'>, nowNs: number): LeaseRequest | null {
  const waiting = [...state.short];
  const wanted = state.leases.get(waiting[pick % Math.max(1, waiting.length)] ?? '')?.request;
  if (wanted === undefined) return null;
  const { fromRank, toRank } = wanted;
  return { id: `scavenger${name}`, tenant: `tenant${name % 3}`, job: null, trafficClass, fromRank, toRank, floorGbps: floorShare * rateGbps, startNs: nowNs, endNs: nowNs + 3 * hour, rateGbps, bits: null };
}

/** Requests that are wrong in one thing each. */
const foolish: readonly ((sound: LeaseRequest, nowNs: number) => LeaseRequest)[] = [
  (sound, nowNs) => ({ ...sound, startNs: Math.max(0, nowNs - 2 * hour), endNs: nowNs - hour }),
  (sound) => ({ ...sound, endNs: sound.startNs }),
  (sound) => ({ ...sound, endNs: Infinity }),
  (sound) => ({ ...sound, job: 'a job that never was' }),
  (sound) => ({ ...sound, floorGbps: 2 * (sound.rateGbps ?? 1) }),
  (sound) => ({ ...sound, rateGbps: -5 }),
  (sound) => ({ ...sound, rateGbps: 1e6 }),
  (sound) => ({ ...sound, bits: 1e12 }),
  (sound) => ({ ...sound, toRank: 1e6 }),
  (sound) => ({ ...sound, toRank: sound.fromRank }),
  (sound) => ({ ...sound, id: '' }),
  (sound) => ({ ...sound, trafficClass: 'gossip' as never }),
];

export const foolishLease = (pick: number, nowNs: number): LeaseRequest => {
  const sound: LeaseRequest = { id: `fool${pick % 5}`, tenant: 'tenant0', job: null, trafficClass: 'allToAll', fromRank: 0, toRank: 1, rateGbps: 50, bits: null, floorGbps: 0, startNs: nowNs, endNs: nowNs + hour };
  return foolish[pick % foolish.length]?.(sound, nowNs) ?? sound;
};

const stageNs = 10e6;

/** A ring of demands per class over the job's ranks; a step waits for every class that is not lower than its gradients. */
export function jobOf({ name, ranks, classes, rateGbps, replicas }: Of<'jobAsked'>): JobRequest {
  const demands = classes.flatMap((trafficClass) => ranks.map((fromRank, at) => ({ trafficClass, fromRank, toRank: ranks[(at + 1) % ranks.length] ?? fromRank, rateGbps })));
  return {
    id: `job${name}`, tenant: `tenant${name % 3}`, ranks, demands: ranks.length === 2 ? demands.filter((_, at) => at % 2 === 0) : demands,
    replicas: ranks.length % replicas === 0 ? replicas : 1, replicaBlock: 1, replicasMin: 1, steps: 10_000, checkpointNs: second, restartNs: 10 * second, checkpointEverySteps: 100,
    profile: {
      compute: { microbatches: 1, meanStageNs: stageNs, busiestStageNs: stageNs, forwardNs: stageNs / 3, backwardNs: (2 * stageNs) / 3, edgeMicrobatches: 1, bubbleMicrobatches: 0, otherNs: 0 },
      phases: classes.map((trafficClass) => ({
        name: trafficClass, trafficClass, op: 'allReduce' as const, group: { size: ranks.length, stride: 1 }, groups: 1, bits: 4e8, crossDomainBits: null,
        perMicrobatch: 0, perStep: 1, window: 'none' as const, hiddenShare: 0,
      })),
      durations: classes.map(() => ({ timeNs: 4e6, latencyNs: 0, tier: 'fabric' as const })), contention: 1,
    },
  };
}

const withClasses = (change: (name: keyof Policy['classes'], own: Policy['classes']['allReduce']) => Policy['classes']['allReduce']): Policy => ({
  ...defaultPolicy,
  classes: Object.fromEntries(Object.entries(defaultPolicy.classes).map(([name, own]) => [name, change(name as keyof Policy['classes'], own)])) as unknown as Policy['classes'],
});

/** Margins of circuit-switched light are thin: a policy that holds more would never let any of it return. */
const thinMargins = { marginHoldDb: 0.05, marginReturnDb: 0.2 };

/** Policies that an operator may set in the middle of play; the last ones contradict themselves. */
const variants: readonly Policy[] = [
  defaultPolicy,
  { ...defaultPolicy, name: 'thin', health: { ...defaultPolicy.health, ...thinMargins } },
  { ...defaultPolicy, name: 'patient', health: { ...defaultPolicy.health, ...thinMargins, holdDownNs: 20 * 60e9, flapMax: 2 } },
  { ...withClasses((_name, own) => ({ ...own, serves: 'shared' })), name: 'all shared' },
  { ...withClasses((_name, own) => ({ ...own, floorShare: own.preemptible ? 0.2 : own.floorShare })), name: 'floors' },
  { ...defaultPolicy, name: 'short leases', lease: { ...defaultPolicy.lease, expiryNs: 300e9 } },
  { ...defaultPolicy, name: 'few rungs', ladder: defaultPolicy.ladder.map(({ rung }) => ({ rung, enabled: rung === 'hold' || rung === 'reroute' || rung === 'derate' })) },
  { ...defaultPolicy, name: 'capped', tenants: { tenant0: { weight: 1, shareCap: 0.5 } } },
  { ...withClasses((_name, own) => ({ ...own, priority: 1 })), name: 'tied' },
  { ...defaultPolicy, name: 'no hysteresis', health: { ...defaultPolicy.health, marginReturnDb: 0 } },
  { ...withClasses((_name, own) => ({ ...own, floorShare: 2 })), name: 'floors above all' },
];

export const policyOf = (pick: number): Policy => variants[pick % variants.length] ?? defaultPolicy;

/** The policy a play begins with: circuit-switched clusters need thin margins. */
export const firstPolicy = (hasCircuits: boolean): Policy => (hasCircuits ? variants[1] : variants[0]) ?? defaultPolicy;

const keyAt = <K>(map: ReadonlyMap<K, unknown>, pick: number): K | null => [...map.keys()][pick % Math.max(1, map.size)] ?? null;

/** The reading of an act that asks for something; `null` where there is nothing that it could mean now. */
export function askOf(state: State, act: Act, nowNs: number): Reading | null {
  switch (act.kind) {
    case 'leaseAsked': return { kind: 'leaseAsked', request: leaseOf(act, nowNs) };
    case 'scavenge': {
      const request = scavenged(state, act, nowNs);
      return request === null ? null : { kind: 'leaseAsked', request };
    }
    case 'foolishLease': return { kind: 'leaseAsked', request: foolishLease(act.pick, nowNs) };
    case 'renew': return { kind: 'leaseRenewed', id: keyAt(state.leases, act.pick) ?? 'nobody', endNs: nowNs + act.forNs };
    case 'release': return { kind: 'leaseReleased', id: keyAt(state.leases, act.pick) ?? 'nobody' };
    case 'jobAsked': return { kind: 'jobAsked', job: jobOf(act) };
    case 'jobReport': {
      const id = keyAt(state.jobs, act.pick) ?? 'nobody';
      return { kind: 'jobReported', id, steps: (state.jobs.get(id)?.steps ?? 0) + act.steps - 3, stepNs: 14e6 };
    }
    case 'jobEnd': return { kind: 'jobEnded', id: keyAt(state.jobs, act.pick) ?? 'nobody' };
    case 'policy': return { kind: 'policySet', policy: policyOf(act.pick) };
    case 'maintain': return { kind: 'maintenanceAsked', component: act.component, action: act.action, by: 'operator' };
    case 'verified': return { kind: 'verified', component: keyAt(state.maintenance, act.pick) ?? -1, passed: act.passed, detail: act.passed ? testedDetail : 'it failed its test' };
    case 'tick': return { kind: 'tick' };
    default: return null;
  }
}
