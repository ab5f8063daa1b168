/** What the emulated light really carries, and what that makes of jobs: the controller is judged by this, not by what it believes. */

import type { Grant } from '../../plan/plan.ts';
import { stepNs } from '../../control/job.ts';
import { phaseOf } from '../../control/jobs/interleaving.ts';
import type { StandingInterleaving } from '../../control/jobs/interleaving.ts';
import { loadOf } from '../../control/jobs/keep-turns.ts';
import type { ClassShares } from '../../control/job.ts';
import type { Job, State } from '../../control/state.ts';
import type { EmulatedFabric } from '../../sim/devices/emulated-fabric.ts';

/** Receiving lane of each wavelength, -1 where no module receives it (copper inside a server, light on its way into a circuit switch). */
export function receivingLanes({ cluster: { fabric }, lanes }: EmulatedFabric): Int32Array {
  const lane = new Int32Array(fabric.wavelengthCount).fill(-1);
  for (let row = 0; row < lanes.count; row++) {
    const link = lanes.rxLink[row] ?? -1;
    if (link >= 0) lane[(fabric.linkWavelength[link] ?? 0) + (lanes.position[row] ?? 0)] = row;
  }
  return lane;
}

/** More loss than this is darkness. */
const darkDb = 50;

/** Where the mirrors send light that enters a circuit switch by this link: the link that leaves, -1 for nowhere, `null` where it enters none. */
function litOnward({ switches, switchOfLink, portOfLink, linkInto, cluster: { fabric } }: EmulatedFabric, link: number): number | null {
  const at = switchOfLink[link] ?? -1;
  const port = portOfLink[link] ?? -1;
  if (linkInto[at]?.[port] !== link) return null;
  const entering = linkInto[at]?.[switches[at]?.lit[port] ?? -1] ?? -1;
  return entering < 0 ? -1 : fabric.linkReverse[entering] ?? -1;
}

/** Rate that a wavelength really carries. */
function trueGbps(devices: EmulatedFabric, laneOf: Int32Array, wavelength: number): number {
  const { fabric } = devices.cluster;
  const lane = laneOf[wavelength] ?? -1;
  const design = fabric.wavelengthRateGbps[wavelength] ?? 0;
  if (lane < 0) {
    const link = fabric.wavelengthLink[wavelength] ?? 0;
    const onward = litOnward(devices, link);
    return onward === null ? design : onward < 0 ? 0 : trueGbps(devices, laneOf, (fabric.linkWavelength[onward] ?? 0) + wavelength - (fabric.linkWavelength[link] ?? 0));
  }
  if ((devices.lanes.lossDb[lane] ?? 0) >= darkDb) return 0;
  const module = devices.modules[devices.lanes.module[lane] ?? -1];
  return module?.isOptical === true ? Math.min(design, devices.lanes.answer.usableRateGbps[lane] ?? 0) : design;
}

/** Gb/s on a link that are really there and that nobody holds alone. */
function sharedLight(state: State, link: number, trueOf: (wavelength: number) => number): number {
  const { linkWavelength } = state.plant.cluster.fabric;
  let gbps = 0;
  for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) if ((state.wavelengths.holder[row] ?? -1) < 0) gbps += trueOf(row);
  return gbps;
}

/** Shared light of a link: what is really there over what is granted on it, 0 to 1, by class priority. */
function sharedFractions(state: State, link: number, trueOf: (wavelength: number) => number): ReadonlyMap<string, number> {
  let left = sharedLight(state, link, trueOf);
  const fractions = new Map<string, number>();
  if (left >= (state.links.sharedGbps[link] ?? 0)) return fractions;
  const rates = new Map<number, { total: number; readonly ids: string[] }>();
  for (const id of state.leasesOfLink.get(link) ?? []) {
    const grant = state.leases.get(id)?.grant;
    if (grant == null) continue;
    const rate = grant.paths.reduce((sum, path) => sum + (path.links.includes(link) && (path.wavelengths[path.links.indexOf(link)] ?? []).length === 0 ? path.rateGbps : 0), 0);
    const { priority } = state.policy.classes[grant.trafficClass];
    const row = rates.get(priority) ?? { total: 0, ids: [] };
    row.total += rate;
    row.ids.push(id);
    rates.set(priority, row);
  }
  for (const [, { total, ids }] of [...rates].sort((a, b) => a[0] - b[0])) {
    const share = total <= 0 ? 1 : Math.min(1, left / total);
    for (const id of ids) fractions.set(id, share);
    left = Math.max(0, left - total);
  }
  return fractions;
}

/** Light of grants as it really flows. Links are looked at once each; make a new one after anything has changed. */
export class TrueLight {
  readonly #state: State;
  readonly #trueOf: (wavelength: number) => number;
  readonly #shared = new Map<number, ReadonlyMap<string, number>>();
  /** By lease, the grants that it leaves by plans that devices have not confirmed yet. */
  readonly #leaving = new Map<string, Grant[]>();

  constructor(state: State, devices: EmulatedFabric, laneOf: Int32Array) {
    this.#state = state;
    this.#trueOf = (wavelength) => trueGbps(devices, laneOf, wavelength);
    for (const { changes } of state.openPlans.values()) for (const change of changes) {
      if (change.kind !== 'move') continue;
      const known = this.#leaving.get(change.from.id);
      if (known === undefined) this.#leaving.set(change.from.id, [change.from]);
      else known.push(change.from);
    }
  }

  #shareOf(link: number, id: string): number {
    let fractions = this.#shared.get(link);
    if (fractions === undefined) this.#shared.set(link, (fractions = sharedFractions(this.#state, link, this.#trueOf)));
    return fractions.get(id) ?? 1;
  }

  /** Gb/s that a grant really has. */
  gbps(grant: Grant): number {
    return grant.paths.reduce((sum, path) => {
      let rate = path.rateGbps;
      path.links.forEach((link, hop) => {
        const held = path.wavelengths[hop] ?? [];
        const has = held.length > 0 ? held.reduce((total, row) => total + this.#trueOf(row), 0) : path.rateGbps * this.#shareOf(link, grant.id);
        rate = Math.min(rate, has);
      });
      return sum + rate;
    }, 0);
  }

  /** Gb/s that a grant still has which its lease leaves: of what others have by now, nothing. */
  #leftGbps({ id, paths }: Grant): number {
    const own = this.#state.leases.get(id)?.row ?? -1;
    return paths.reduce((sum, path) => sum + path.links.reduce((rate, link, hop) => {
      const held = path.wavelengths[hop] ?? [];
      if (held.length > 0) return Math.min(rate, held.reduce((total, row) => { const holder = this.#state.wavelengths.holder[row] ?? -1; return total + (holder < 0 || holder === own ? this.#trueOf(row) : 0); }, 0));
      if (this.#state.leasesOfLink.get(link)?.includes(id) === true) return Math.min(rate, path.rateGbps * this.#shareOf(link, id));
      return Math.max(0, Math.min(rate, sharedLight(this.#state, link, this.#trueOf) - (this.#state.links.sharedGbps[link] ?? 0)));
    }, path.rateGbps), 0);
  }

  /** Gb/s that a lease really has: it sends on the way that it leaves until the new one carries as much. */
  #leaseGbps(grant: Grant): number {
    return (this.#leaving.get(grant.id) ?? []).reduce((most, left) => Math.max(most, this.#leftGbps(left)), this.gbps(grant));
  }

  /** Whether every link really carries what jobs in turns send over it at once, beside all others. */
  #carriesTurns({ jobs, links }: StandingInterleaving): boolean {
    const bursts = new Map(jobs.flatMap(({ burstGbps }) => Object.entries(burstGbps)));
    return links.every(({ link, peakGbps }) => {
      const { othersGbps, togetherGbps } = loadOf(this.#state, link, bursts);
      return sharedLight(this.#state, link, this.#trueOf) >= othersGbps + Math.min(peakGbps, togetherGbps) - 1e-4;
    });
  }

  /** Time of a job's step as the light really is. Partners lend a job that takes turns their light while all of them are `inPlace`. */
  stepNs(job: Job, inPlace: (job: string) => boolean = () => true): number {
    const shares: ClassShares = {};
    const phase = phaseOf(this.#state, job);
    const standing = job.interleaving === null ? undefined : this.#state.interleavings.get(job.interleaving);
    const lends = phase !== null && standing?.jobs.every((partner) => inPlace(partner.job)) === true && this.#carriesTurns(standing);
    for (const id of job.leases) {
      const lease = this.#state.leases.get(id);
      const asked = lease?.request.rateGbps ?? 0;
      if (lease === undefined || asked <= 0) continue;
      // What is put off or dropped with a replica is not waited for.
      if (lease.grant === null && (job.shiftNs > 0 || job.replicas < job.request.replicas)) continue;
      const lentGbps = lends ? phase.burstGbps[id] ?? 0 : 0;
      const share = Math.min(1, (lease.grant === null ? 0 : Math.max(this.#leaseGbps(lease.grant), lentGbps)) / asked);
      shares[lease.request.trafficClass] = Math.min(shares[lease.request.trafficClass] ?? 1, share);
    }
    return stepNs(job.request.profile, shares) + (phase?.holdNs ?? 0);
  }
}
