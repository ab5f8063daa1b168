/** Checks of one moment that the controller's own code has no part in: maintenance against light, waiting against who holds what, jobs against their grants. */

import type { State } from '../../control/state.ts';
import { healthNames } from '../../control/fact.ts';
import { growthWays } from '../../control/leases/growth-ways.ts';
import { candidateRoutes } from '../../control/leases/routes.ts';
import { askedGbps } from '../../control/lease-terms.ts';
import { tenantPolicy } from '../../plan/policy.ts';
import type { Broken } from './witness.ts';

const slackGbps = 1e-3;

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

interface Asker {
  readonly id: string;
  readonly tenant: string;
  readonly priority: number;
}

/** What a shared request could take on a link: what is free, and what lower classes hold there above their floors on one path, within its tenant's cap. */
function withinReach(state: State, link: number, asker: Asker): number {
  const { fabric } = state.plant.cluster;
  let gbps = -(state.links.sharedGbps[link] ?? 0);
  let [carried, ofTenant] = [0, 0];
  for (let row = fabric.linkWavelength[link] ?? 0; row < (fabric.linkWavelength[link + 1] ?? 0); row++) {
    const rate = Math.min(state.wavelengths.physicsGbps[row] ?? 0, state.wavelengths.rateGbps[row] ?? 0);
    carried += rate;
    if ((state.wavelengths.holder[row] ?? -1) < 0) gbps += rate;
  }
  for (const id of state.leasesOfLink.get(link) ?? []) {
    const grant = state.leases.get(id)?.grant;
    if (grant?.tenant === asker.tenant && id !== asker.id) ofTenant += grant.rateGbps;
    const [path, ...others] = grant?.paths ?? [];
    if (grant == null || path === undefined || others.length > 0 || (path.wavelengths[path.links.indexOf(link)] ?? []).length > 0) continue;
    const own = state.policy.classes[grant.trafficClass];
    if (id === asker.id) gbps += path.rateGbps;
    else if (own.preemptible && own.priority > asker.priority) gbps += Math.max(0, grant.rateGbps - grant.floorGbps);
  }
  const { shareCap } = tenantPolicy(state.policy, asker.tenant);
  return shareCap < 1 ? Math.min(gbps, shareCap * carried - ofTenant) : gbps;
}

/** Invariant 3, counted again: no shared lease waits while one route has the room, free or in lower hands above their floors. */
export function checkRoom(state: State): readonly Broken[] {
  return [...state.short].flatMap((id): readonly Broken[] => {
    const lease = state.leases.get(id);
    if (lease === undefined || state.policy.classes[lease.request.trafficClass].serves !== 'shared' || (lease.grant?.paths.length ?? 0) > 1) return [];
    if (lease.grant?.paths.some(({ wavelengths }) => wavelengths.some((rows) => rows.length > 0)) === true) return [];
    const asked = askedGbps(lease.request);
    const { priority } = state.policy.classes[lease.request.trafficClass];
    const asker = { id, tenant: lease.request.tenant, priority };
    const mayUse = growthWays(state, lease);
    const way = candidateRoutes(state, lease.request).find((links) => mayUse?.(links) !== false && links.every((link) => withinReach(state, link, asker) > asked + slackGbps));
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
