/**
 * The state of the map as one small number per component and per link: which step of the chosen colouring it shows.
 *
 * Parts pass what they show up to what contains them, so that a rack shows the most concerning thing inside. All of it is one pass over
 * columns of numbers; parents stand before their children in the component table, so one pass backwards carries everything up.
 */

import type { MapState } from '../../../src/app/contract/cluster.ts';
import type { Floor } from './floor.ts';
import type { Colouring } from './inks.ts';
import { heatEndsC, healthStep, loadEnds } from './inks.ts';

export interface Shades {
  readonly colouring: Colouring;
  /** By component: what it shows itself, and the most concerning of it and all below. */
  readonly own: Uint8Array;
  readonly worst: Uint8Array;
  /** By row of the map's links. */
  readonly link: Uint8Array;
  /** Case of components that were measured, and what coolant loops supply; NaN for the others. */
  readonly caseC: Float32Array;
}

/** Margin below which the controller acts unless the policy says otherwise (its `health.marginHoldDb`), dB: a link nearer than this to its limit is shown as near. */
export const nearDb = 0.5;

/** The step of the health colouring that says `in maintenance`. */
const maintained = healthStep.drained;

const firstBelow = (ends: readonly number[], value: number): number => {
  const at = ends.findIndex((end) => value < end);
  return at < 0 ? ends.length : at;
};

const heatStepOf = (caseC: number): number => (Number.isNaN(caseC) ? 0 : firstBelow(heatEndsC, caseC) + 1);
const loadStepOf = (grantedGbps: number, usableGbps: number): number => (usableGbps <= 0 ? 6 : firstBelow(loadEnds, grantedGbps / usableGbps));

interface LinkState { readonly usableGbps: number; readonly designGbps: number; readonly marginDb: number | null; readonly isOffByPlan: boolean }

export function linkHealthStep({ usableGbps, designGbps, marginDb, isOffByPlan }: LinkState): number {
  // Light that was switched off to keep the rest has not failed: it comes back by order.
  if (isOffByPlan) return 3;
  // A link that was designed dark (it does not close) is as dark as one that failed.
  if (usableGbps <= 0) return 4;
  if (usableGbps < designGbps * 0.999) return 3;
  return marginDb !== null && marginDb < nearDb ? 2 : 0;
}

function shadeLinks(floor: Floor, state: MapState, colouring: Colouring, caseC: Float32Array): Uint8Array {
  const { links } = floor.map;
  const { usableGbps, grantedGbps, marginDb, topClass, offByPlan } = state.links;
  const shade = new Uint8Array(links.from.length);
  for (let link = 0; link < shade.length; link++) {
    const usable = usableGbps[link] ?? 0;
    if (colouring === 'class') shade[link] = (topClass[link] ?? -1) + 1;
    else if (colouring === 'load') shade[link] = loadStepOf(grantedGbps[link] ?? 0, usable);
    else if (colouring === 'heat') shade[link] = heatStepOf(caseC[links.nearBody[link] ?? -1] ?? NaN);
    else shade[link] = linkHealthStep({ usableGbps: usable, designGbps: links.designGbps[link] ?? 0, marginDb: marginDb[link] ?? null, isOffByPlan: offByPlan[link] === 1 });
  }
  return shade;
}

/** Links that are dark because a part at one of their ends is in maintenance have not failed. */
function quietMaintained({ map: { links } }: Floor, own: Uint8Array, link: Uint8Array): void {
  for (let row = 0; row < link.length; row++) {
    if (link[row] === 4 && (own[links.nearBody[row] ?? -1] === maintained || own[links.farBody[row] ?? -1] === maintained)) link[row] = maintained;
  }
}

/** Higher class, more load: what of two steps an owner shows. Class 1 is the highest, so there the smaller wins over all but none. */
const wins = (colouring: Colouring, a: number, b: number): boolean => (colouring === 'class' ? a !== 0 && (b === 0 || a < b) : a > b);

/** What parts show in a colouring of links: the most concerning of the links that leave them. */
function shadeByLinks(floor: Floor, shade: Uint8Array, colouring: Colouring, own: Uint8Array): void {
  const { links, nodes } = floor.map;
  const raise = (component: number, step: number): void => {
    if (component >= 0 && wins(colouring, step, own[component] ?? 0)) own[component] = step;
  };
  for (let link = 0; link < shade.length; link++) {
    const step = shade[link] ?? 0;
    raise(links.nearBody[link] ?? -1, step);
    raise(nodes.component[links.from[link] ?? -1] ?? -1, step);
    raise(nodes.component[links.to[link] ?? -1] ?? -1, step);
  }
}

export function shadeMap(floor: Floor, state: MapState, colouring: Colouring): Shades {
  const count = floor.map.components.kind.length;
  const own = new Uint8Array(count);
  const caseC = new Float32Array(count).fill(NaN);
  for (const part of state.components) {
    const measuredC = part.caseC ?? part.supplyC ?? NaN;
    caseC[part.row] = measuredC;
    // What is out for maintenance is dark because somebody asked for it.
    if (colouring === 'health') own[part.row] = part.isDead && healthStep[part.health] !== maintained ? 4 : healthStep[part.health];
    else if (colouring === 'heat') own[part.row] = heatStepOf(measuredC);
  }
  const link = shadeLinks(floor, state, colouring, caseC);
  if (colouring === 'health') quietMaintained(floor, own, link);
  if (colouring === 'class' || colouring === 'load') shadeByLinks(floor, link, colouring, own);
  const worst = own.slice();
  const { parent } = floor.map.components;
  for (let row = count - 1; row >= 0; row--) {
    const above = parent[row] ?? -1;
    if (above >= 0 && wins(colouring, worst[row] ?? 0, worst[above] ?? 0)) worst[above] = worst[row] ?? 0;
  }
  return { colouring, own, worst, link, caseC };
}
