/** Routes that avoid failed or hot links, and routes stated by the caller. */

import type { Issue } from '../../base/issue.ts';
import type { Fabric, LinkIx, NodeIx, Routing } from '../fabric.ts';
import { createShortestPaths } from './shortest-paths.ts';

/** Other equal-cost choices of the fabric's own routing that are tried before a way round is searched. */
export const choicesMax = 16;

/** Hops that a way round may have; a longer one is no route. */
export const detourHopsMax = 64;

/**
 * The fabric's routing without the links that `isBlocked` names, which must not change afterwards. A flow keeps its usual route
 * where that is free, takes another equal-cost one next, and else the shortest way round, through other GPUs if need be.
 */
export function routeAround(fabric: Fabric, isBlocked: (link: LinkIx) => boolean): Routing {
  const blocked = (link: number): boolean => isBlocked(link as LinkIx);
  const around = createShortestPaths(fabric, { throughGpus: true, isBlocked: blocked });
  const isFree = (into: Int32Array, hops: number): boolean => {
    for (let at = 0; at < hops; at++) if (blocked(into[at] ?? 0)) return false;
    return true;
  };
  return {
    name: `${fabric.routing.name}, around blocked links`,
    hopsMax: Math.max(fabric.routing.hopsMax, detourHopsMax),
    route(from, to, flowHash, into) {
      for (let choice = 0; choice < choicesMax; choice++) {
        // An odd multiplier visits different hashes; choice 0 is the usual route.
        const hops = fabric.routing.route(from, to, (flowHash + Math.imul(choice, 0x9e3779b1)) | 0, into);
        if (hops >= 0 && isFree(into, hops)) return hops;
      }
      const hops = around.distance(from, to);
      return hops < 0 || hops > detourHopsMax ? -1 : around.route(from, to, flowHash, into, 0);
    },
  };
}

/** Why a stated route cannot be driven; empty when it joins from end to end. Codes `unknown-link`, `path-does-not-join`. */
export function checkRoute(fabric: Fabric, route: { readonly from: NodeIx; readonly to: NodeIx; readonly links: readonly number[]; readonly path: string }): readonly Issue[] {
  let at: number = route.from;
  for (const [index, link] of route.links.entries()) {
    const path = `${route.path}[${index}]`;
    if (!Number.isInteger(link) || link < 0 || link >= fabric.linkCount) {
      return [{ code: 'unknown-link', path, value: String(link), message: 'The fabric has no such link', remedy: `Name links from 0 to ${fabric.linkCount - 1}` }];
    }
    if (fabric.linkSource[link] !== at) {
      return [{
        code: 'path-does-not-join', path, value: String(link), message: `Link ${link} leaves node ${fabric.linkSource[link] ?? -1} and the route stands at node ${at}`,
        remedy: 'List links so that each starts where the one before ends',
      }];
    }
    at = fabric.linkTarget[link] ?? -1;
  }
  return at === route.to ? [] : [{ code: 'path-does-not-join', path: route.path, message: `The route ends at node ${at} instead of ${route.to}`, remedy: 'Continue the route to its destination' }];
}

/** A checked route that the sender states for all its traffic to one receiver. */
export interface SourceRoute {
  readonly from: NodeIx;
  readonly to: NodeIx;
  readonly links: readonly number[];
}

/** Stated routes first, the fabric's own routing for every other pair. Routes are those that `checkRoute` passed. */
export function withSourceRoutes(fabric: Fabric, routes: readonly SourceRoute[]): Routing {
  const stated = new Map(routes.map((route) => [route.from * fabric.nodeCount + route.to, route.links] as const));
  return {
    name: `${fabric.routing.name}, with ${routes.length} stated routes`,
    hopsMax: routes.reduce((most, route) => Math.max(most, route.links.length), fabric.routing.hopsMax),
    route(from, to, flowHash, into) {
      const links = stated.get(from * fabric.nodeCount + to);
      if (links === undefined) return fabric.routing.route(from, to, flowHash, into);
      into.set(links);
      return links.length;
    },
  };
}
