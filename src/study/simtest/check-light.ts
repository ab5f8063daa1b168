/** Checks of one moment that the controller's own code has no part in: light against the truth, waiting against who holds what, jobs against their grants. */

import type { State } from '../../control/state.ts';
import { healthNames } from '../../control/fact.ts';
import type { Plant } from '../../control/plant.ts';
import { candidateRoutes } from '../../control/leases/routes.ts';
import { askedGbps } from '../../control/lease-terms.ts';
import type { Told } from './agents.ts';
import type { Condition, Orders, PlantWays, Ways } from './truth.ts';
import { lightIn } from './truth.ts';
import type { Broken } from './witness.ts';

const slackGbps = 1e-3;

/** Whether every cause that matters to a link's light has been told as it is. */
function isTold(plant: Plant, ways: Ways, { condition, lies }: Told, truth: Condition, link: number): boolean {
  const { fabric } = plant.cluster;
  const first = fabric.linkWavelength[link] ?? 0;
  const sources = new Set<number>();
  for (let row = first; row < (fabric.linkWavelength[link + 1] ?? 0); row++) {
    const laser = fabric.wavelengthLaser[row] ?? -1;
    if (laser >= 0) sources.add(laser).add(fabric.componentParent[laser] ?? -1);
    for (const part of ways.causes[row] ?? []) if (condition.isDead[part] !== truth.isDead[part] || lies.has(`dead ${part}`)) return false;
  }
  return [...ways.parts[link] ?? [], ...sources].every((part) =>
    condition.lossDb[part] === truth.lossDb[part] && condition.ownK[part] === truth.ownK[part] && condition.supplyK[part] === truth.supplyK[part] && condition.flow[part] === truth.flow[part]
    && !lies.has(`case ${part}`) && !lies.has(`loss ${part}`));
}

/** Whether every lane of some bodies stands as the controller intends, or has an order on its way: one that differs and is not being set right is unknown to it. */
function areLanesKnown({ plant, wavelengths, commands }: State, orders: Orders, bodies: readonly number[]): boolean {
  const { linkWavelength } = plant.cluster.fabric;
  const underWay = new Set<number>();
  for (const { action } of commands.values()) if (action.kind === 'setRates' || action.kind === 'tune') for (const wavelength of action.wavelengths) underWay.add(wavelength);
  return bodies.every((body) => plant.linksOfBody(body).every((link) => {
    for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) {
      const differs = orders.rateGbps[row] !== wavelengths.rateGbps[row] || orders.tunedNm[row] !== wavelengths.tunedNm[row];
      if (differs && !underWay.has(row)) return false;
    }
    return true;
  }));
}

/**
 * Invariant 2: once the controller has been told, it has no traffic on light that is gone. A wavelength with a cause of darkness that
 * was told must be empty whatever else is known; one that heat or loss puts out, when all that matters to it has been told.
 */
export function checkToldLight(state: State, plantWays: PlantWays, told: Told, { truth, orders }: { readonly truth: Condition; readonly orders: Orders }): readonly Broken[] {
  const { plant, wavelengths } = state;
  const { fabric } = plant.cluster;
  const ways = plantWays.over(state.circuits);
  const found: Broken[] = [];
  for (const link of state.leasesOfLink.keys()) {
    const first = fabric.linkWavelength[link] ?? 0;
    const end = fabric.linkWavelength[link + 1] ?? first;
    const isKnown = isTold(plant, ways, told, truth, link);
    // A decision that cools or tunes a body is in force once its devices have done it: light is gone only if it is so by both orders.
    const [now, then] = [orders, wavelengths].map((given) => (isKnown ? lightIn(plant, ways, { condition: truth, orders: given }, link) : []));
    let sharedGbps = 0;
    for (let row = first; row < end; row++) {
      const cause = (ways.causes[row] ?? []).find((part) => told.condition.isDead[part] === 1);
      const isGone = cause !== undefined || (now?.[row - first] === 0 && then?.[row - first] === 0 && areLanesKnown(state, orders, ways.bodies[link] ?? []));
      const holder = wavelengths.holder[row] ?? -1;
      if (holder < 0 && !isGone) sharedGbps += fabric.wavelengthRateGbps[row] ?? 0;
      if (holder < 0 || !isGone) continue;
      const why = cause === undefined ? 'below its FEC limit' : `dark because component ${cause} is`;
      found.push({ rule: '2', message: `${state.leaseRows[holder] ?? ''} stays on wavelength ${row} of link ${link}, which is ${why}, as was told` });
    }
    const granted = state.links.sharedGbps[link] ?? 0;
    if (granted > sharedGbps + slackGbps) found.push({ rule: '2', message: `link ${link} shares ${granted} Gb/s of the ${sharedGbps} Gb/s that it was told to have left` });
  }
  return found;
}

/** A component that is out for maintenance carries nothing. */
export function checkMaintained(state: State): readonly Broken[] {
  const { plant, wavelengths, links } = state;
  return [...state.maintenance].flatMap(([component, { stage }]): readonly Broken[] => {
    if (stage === 'draining' || stage === 'verificationFailed') return [];
    const { wavelengthRows, lostLinkRows } = plant.lightDomains.blast(component as never);
    const used = wavelengthRows.find((row) => (wavelengths.holder[row] ?? -1) >= 0);
    const shared = lostLinkRows.find((link) => (links.sharedGbps[link] ?? 0) > slackGbps);
    const health = healthNames[state.components.health[component] ?? 0] ?? 'sound';
    const what = used === undefined ? `traffic on link ${shared ?? -1}` : `wavelength ${used}`;
    return used === undefined && shared === undefined ? [] : [{ rule: 'maintenance', message: `component ${component} is ${stage} (${health}) and carries ${what}` }];
  });
}

/** What a shared request could take on a link: what is free, and what lower classes hold there above their floors on one path. */
function withinReach(state: State, link: number, asker: { readonly id: string; readonly priority: number }): number {
  const { fabric } = state.plant.cluster;
  let gbps = -(state.links.sharedGbps[link] ?? 0);
  for (let row = fabric.linkWavelength[link] ?? 0; row < (fabric.linkWavelength[link + 1] ?? 0); row++) {
    if ((state.wavelengths.holder[row] ?? -1) < 0) gbps += Math.min(state.wavelengths.physicsGbps[row] ?? 0, state.wavelengths.rateGbps[row] ?? 0);
  }
  for (const id of state.leasesOfLink.get(link) ?? []) {
    const grant = state.leases.get(id)?.grant;
    const [path, ...others] = grant?.paths ?? [];
    if (grant == null || path === undefined || others.length > 0 || (path.wavelengths[path.links.indexOf(link)] ?? []).length > 0) continue;
    const own = state.policy.classes[grant.trafficClass];
    if (id === asker.id) gbps += path.rateGbps;
    else if (own.preemptible && own.priority > asker.priority) gbps += Math.max(0, grant.rateGbps - grant.floorGbps);
  }
  return gbps;
}

/** Invariant 3, counted again: no shared lease waits while one route has the room, free or in lower hands above their floors. */
export function checkRoom(state: State): readonly Broken[] {
  return [...state.short].flatMap((id): readonly Broken[] => {
    const lease = state.leases.get(id);
    if (lease === undefined || state.policy.classes[lease.request.trafficClass].serves !== 'shared' || (lease.grant?.paths.length ?? 0) > 1) return [];
    if (lease.grant?.paths.some(({ wavelengths }) => wavelengths.some((rows) => rows.length > 0)) === true) return [];
    const asked = askedGbps(lease.request);
    const { priority } = state.policy.classes[lease.request.trafficClass];
    const way = candidateRoutes(state, lease.request).find((links) => links.every((link) => withinReach(state, link, { id, priority }) > asked + slackGbps));
    return way === undefined ? [] : [{ rule: '3', message: `${id} waits for ${asked} Gb/s although links ${way.join(', ')} have them, free or in lower classes' hands above their floors` }];
  });
}

/** Invariant 6, counted again: a job whose step waits for a class that holds nothing says why it stands. */
export function checkStanding(state: State): readonly Broken[] {
  return [...state.jobs].flatMap(([id, job]): readonly Broken[] => {
    const waited = new Set(job.request.profile.phases.map(({ trafficClass }) => trafficClass));
    const dark = [...job.leases].find((lease) => {
      const held = state.leases.get(lease);
      return held !== undefined && held.grant === null && waited.has(held.request.trafficClass);
    });
    const isExcused = job.held !== null || job.shiftNs > 0 || job.replicas < job.request.replicas;
    return dark === undefined || isExcused ? [] : [{ rule: '6', message: `job ${id} waits for ${dark}, which holds nothing, and gives no reason` }];
  });
}
