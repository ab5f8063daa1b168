/** Fabrics made of fabrics: several planes over the same GPUs, and several sites joined over long-haul links. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { chooseOf } from '../routing/hash.ts';
import { createShortestPaths } from '../routing/shortest-paths.ts';
import { wholeNumber } from './family-check.ts';
import type { FamilyDesign, PlanesDesign, SitesDesign } from './family-design.ts';
import type { FamilyPlan, Network, Plot } from './plan.ts';
import { addSwitches } from './plan.ts';

/** Gateways of one site; each is cabled to every top switch of it. */
export const gatewaysMax = 256;

export type PlanFamily = (design: ClusterDesign, family: FamilyDesign) => Parsed<FamilyPlan>;

/** Inside a composition only plain fabrics stand; a fabric of fabrics of fabrics is nobody's plan. */
function nested(base: FamilyDesign, path: string): readonly Issue[] {
  if (base.kind !== 'planes' && base.kind !== 'sites') return [];
  return [{ code: 'nested-composition', path, value: base.kind, message: 'Planes and sites cannot contain planes or sites', remedy: 'Name a plain fabric' }];
}

/** `count` equal networks over the same GPUs, each with a NIC port of its own on every GPU; the flow's hash picks the plane. */
export function planPlanes(design: ClusterDesign, family: PlanesDesign, planFamily: PlanFamily): Parsed<FamilyPlan> {
  const issues = [...wholeNumber({ path: 'fabric.count', value: family.count, min: 1, max: 64, what: 'The number of planes' }), ...nested(family.plane, 'fabric.plane.kind')];
  if (issues.length > 0) return { ok: false, issues };
  const base = planFamily(design, family.plane);
  if (!base.ok) return base;
  return parsed({
    summary: `${family.count} planes of ${base.value.summary}`, zoneOf: (server) => base.value.zoneOf(server),
    draw(plot) {
      const planes = Array.from({ length: family.count }, () => base.value.draw(plot));
      const [first] = planes;
      if (first === undefined) throw new Error('a checked plan has at least one plane');
      return {
        ...first, routingName: `${first.routingName} on ${family.count} planes`,
        createRoute(graph) {
          const routes = planes.map((plane) => plane.createRoute(graph));
          // Stage 9 is used by no family, so that the choice of plane is independent of choices inside it.
          return (from, to, flowHash, into, at) => routes[chooseOf(routes.length, flowHash, 9)]?.(from, to, flowHash, into, at) ?? -1;
        },
      };
    },
  });
}

/**
 * Equal sites with `gateways` gateway switches each; gateway g of every site is joined to gateway g of every other one. Between
 * sites a flow's hash picks the gateway and the long-haul link; inside a site it takes a shortest path to and from the gateway.
 */
export function planSites(design: ClusterDesign, family: SitesDesign, planFamily: PlanFamily): Parsed<FamilyPlan> {
  const perSite = design.gpus / family.count;
  const issues = [
    ...wholeNumber({ path: 'fabric.count', value: family.count, min: 2, max: 64, what: 'The number of sites' }),
    ...wholeNumber({ path: 'fabric.gateways', value: family.gateways, min: 1, max: gatewaysMax, what: 'The gateways per site' }),
    ...wholeNumber({ path: 'fabric.linksPerGatewayPair', value: family.linksPerGatewayPair, min: 1, max: design.switch.radix, what: 'The links per pair of gateways' }),
    ...wholeNumber({ path: 'gpus', value: perSite / design.gpusPerNode, min: 1, what: 'The nodes per site (GPUs / sites / GPUs per node)' }),
    ...nested(family.site, 'fabric.site.kind'),
  ];
  if (!(family.distanceM > 0 && Number.isFinite(family.distanceM))) {
    issues.push({ code: 'out-of-range', path: 'fabric.distanceM', value: String(family.distanceM), message: 'The distance between sites must be a positive length', remedy: 'State it in metres or kilometres' });
  }
  if (issues.length > 0) return { ok: false, issues };
  const base = planFamily({ ...design, gpus: perSite, family: family.site }, family.site);
  if (!base.ok) return base;
  const serversPerSite = perSite / design.gpusPerNode;
  return parsed({
    summary: `${family.count} sites ${family.distanceM / 1000} km apart, each ${base.value.summary}`,
    zoneOf: (server) => base.value.zoneOf(server % serversPerSite),
    siteOf: (server) => Math.floor(server / serversPerSite),
    draw: (plot) => drawSites(plot, family, base.value),
  });
}

function drawSites(plot: Plot, family: SitesDesign, base: FamilyPlan): Network {
  const perSite = plot.gpus / family.count;
  const sites = Array.from({ length: family.count }, (_, site): Network => base.draw({ ...plot, firstRank: plot.firstRank + site * perSite, gpus: perSite, site }));
  const gateway = sites.map((network, site) => {
    const nodes = addSwitches({ ...plot, site }, 'gateway', family.gateways, () => -1);
    for (const node of nodes) for (const top of network.top) plot.draft.addCable({ near: top as NodeIx, far: node as NodeIx, tier: 'core' });
    return nodes;
  });
  /** First long-haul cable of gateway g between sites a < b at ((a * count) + b) * gateways + g; its parallels follow. */
  const haul = new Int32Array(family.count * family.count * family.gateways);
  for (let a = 0; a < family.count; a++) {
    for (let b = a + 1; b < family.count; b++) {
      for (let g = 0; g < family.gateways; g++) {
        haul[(a * family.count + b) * family.gateways + g] = plot.draft.cableTier.length;
        for (let copy = 0; copy < family.linksPerGatewayPair; copy++) {
          plot.draft.addCable({ near: (gateway[a]?.[g] ?? 0) as NodeIx, far: (gateway[b]?.[g] ?? 0) as NodeIx, tier: 'dci', lengthM: family.distanceM });
        }
      }
    }
  }
  const siteOf = (rank: number): number => Math.floor((rank - plot.firstRank) / perSite);
  const inside = sites[0];
  if (inside === undefined) throw new Error('a checked plan has at least two sites');
  const hopsMax = Math.max(inside.hopsMax, 2 * (inside.hopsMax + 1) + 1);
  return {
    hopsMax, routingName: `${inside.routingName}; between sites over gateways`, top: Int32Array.from([...sites.flatMap((network) => [...network.top]), ...gateway.flatMap((nodes) => [...nodes])]),
    entryOf: (from, to) => (siteOf(from) === siteOf(to) ? (inside.entryOf?.(from, to) ?? from) : from),
    exitOf: (from, to) => (siteOf(from) === siteOf(to) ? (inside.exitOf?.(from, to) ?? to) : to),
    createRoute(graph) {
      const routes = sites.map((network) => network.createRoute(graph));
      const paths = createShortestPaths(graph, { throughGpus: false });
      const half = new Int32Array(hopsMax);
      return (from, to, flowHash, into, at) => {
        const [a, b] = [siteOf(from), siteOf(to)];
        if (a === b) return routes[a]?.(from, to, flowHash, into, at) ?? -1;
        const g = chooseOf(family.gateways, flowHash, 7);
        let next = paths.route(plot.servers.gpu[from] ?? 0, gateway[a]?.[g] ?? 0, flowHash, into, at);
        if (next < 0) return -1;
        const [low, high] = a < b ? [a, b] : [b, a];
        const cable = (haul[(low * family.count + high) * family.gateways + g] ?? 0) + chooseOf(family.linksPerGatewayPair, flowHash, 8);
        into[next++] = 2 * cable + (a < b ? 0 : 1);
        // Down is the way up, driven backwards: only tables to gateways are ever needed.
        const down = paths.route(plot.servers.gpu[to] ?? 0, gateway[b]?.[g] ?? 0, flowHash, half, 0);
        if (down < 0) return -1;
        for (let hop = down - 1; hop >= 0; hop--) into[next++] = (half[hop] ?? 0) ^ 1;
        return next;
      };
    },
  };
}
