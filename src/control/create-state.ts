/** Makes the state of a plant that nobody uses yet, and copies states for what-if. */

import { createLeaseBook, forkLeaseBook } from '../plan/admission/lease-book.ts';
import type { Policy } from '../plan/policy.ts';
import { defaultPolicy } from '../plan/policy.ts';
import { copyCircuits, designedCircuits } from './circuit-ports.ts';
import { LinkLeases } from './link-leases.ts';
import type { Plant } from './plant.ts';
import type { State } from './state.ts';

/** What every link can carry by design, added up in the order of its wavelengths. */
const designedPool = ({ cluster: { fabric: { linkCount, linkWavelength, wavelengthRateGbps } } }: Plant): Float64Array => {
  const pool = new Float64Array(linkCount);
  for (let link = 0; link < linkCount; link++) for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) pool[link] = (pool[link] ?? 0) + (wavelengthRateGbps[row] ?? 0);
  return pool;
};

/** Links that no design gave any light. */
function designedDark({ cluster: { fabric: { linkCount, linkWavelength, wavelengthRateGbps } } }: Plant): Set<number> {
  const dark = new Set<number>();
  for (let link = 0; link < linkCount; link++) {
    let isLit = false;
    for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0) && !isLit; row++) isLit = (wavelengthRateGbps[row] ?? 0) > 0;
    if (!isLit) dark.add(link);
  }
  return dark;
}

/** State zero of every log of the plant. A policy other than the default comes in as the log's first fact. */
export function createState(plant: Plant, policy: Policy = defaultPolicy): State {
  const { fabric } = plant.cluster;
  const { componentCount, wavelengthCount, linkCount, wavelengthRateGbps } = fabric;
  const leaseRows: (string | null)[] = [];
  return {
    plant, policy, n: 0, nowNs: 0,
    components: {
      health: new Uint8Array(componentCount), caseC: new Float32Array(componentCount).fill(NaN), lossDb: new Float32Array(componentCount),
      isDead: new Uint8Array(componentCount), sinceNs: new Float64Array(componentCount), heardNs: new Float64Array(componentCount).fill(-1),
      flaps: new Uint16Array(componentCount),
    },
    wavelengths: {
      rateGbps: wavelengthRateGbps.slice(), physicsGbps: wavelengthRateGbps.slice(), darkCauses: new Uint16Array(wavelengthCount),
      holder: new Int32Array(wavelengthCount).fill(-1), tunedNm: new Float32Array(wavelengthCount),
    },
    links: { marginDb: new Float32Array(linkCount).fill(NaN), sharedGbps: new Float64Array(linkCount), poolGbps: designedPool(plant), partsOut: new Uint16Array(linkCount) },
    leases: new Map(), leaseRows, freeLeaseRows: [], short: new Set(), promised: new Set(), lowered: new Set(), darkLinks: designedDark(plant), busyRanks: new Uint8Array(fabric.gpuNode.length),
    book: createLeaseBook(fabric, policy), expiring: new Map(), leasesOfLink: LinkLeases.empty(linkCount, leaseRows),
    jobs: new Map(), interleavings: new Map(), heldBackGbps: new Map(), commands: new Map(), openPlans: new Map(), maintenance: new Map(), measured: new Map(), devices: new Map(),
    circuits: designedCircuits(plant), observedCircuits: new Map(), reconfigured: new Map(),
  };
}

const mapped = <K, V>(map: ReadonlyMap<K, V>, copy: (value: V) => V): Map<K, V> => {
  const made = new Map<K, V>();
  for (const [key, value] of map) made.set(key, copy(value));
  return made;
};

/** A copy that shares nothing that `evolve` writes: typed arrays are sliced, tables copied, requests and grants shared because nobody changes them. */
export function forkState(state: State): State {
  const { components, wavelengths, links } = state;
  const leaseRows = [...state.leaseRows];
  return {
    plant: state.plant, policy: state.policy, n: state.n, nowNs: state.nowNs,
    components: {
      health: components.health.slice(), caseC: components.caseC.slice(), lossDb: components.lossDb.slice(), isDead: components.isDead.slice(),
      sinceNs: components.sinceNs.slice(), heardNs: components.heardNs.slice(), flaps: components.flaps.slice(),
    },
    wavelengths: {
      rateGbps: wavelengths.rateGbps.slice(), physicsGbps: wavelengths.physicsGbps.slice(), darkCauses: wavelengths.darkCauses.slice(),
      holder: wavelengths.holder.slice(), tunedNm: wavelengths.tunedNm.slice(),
    },
    links: { marginDb: links.marginDb.slice(), sharedGbps: links.sharedGbps.slice(), poolGbps: links.poolGbps.slice(), partsOut: links.partsOut.slice() },
    leases: mapped(state.leases, (lease) => ({ ...lease })), leaseRows, freeLeaseRows: [...state.freeLeaseRows],
    short: new Set(state.short), promised: new Set(state.promised), lowered: new Set(state.lowered), darkLinks: new Set(state.darkLinks),
    busyRanks: state.busyRanks.slice(), book: forkLeaseBook(state.book),
    expiring: mapped(state.expiring, (ids) => new Set(ids)), leasesOfLink: state.leasesOfLink.fork(leaseRows),
    jobs: mapped(state.jobs, (job) => ({ ...job, leases: new Set(job.leases) })), interleavings: new Map(state.interleavings), heldBackGbps: new Map(state.heldBackGbps), commands: new Map(state.commands),
    openPlans: mapped(state.openPlans, (open) => ({ ...open, commands: new Set(open.commands) })), maintenance: new Map(state.maintenance),
    measured: mapped(state.measured, (values) => new Map(values)), devices: new Map(state.devices),
    circuits: copyCircuits(state.circuits), observedCircuits: mapped(state.observedCircuits, (ports) => new Map(ports)),
    reconfigured: new Map(state.reconfigured),
  };
}
