/** Everything the painter needs, made once per map and once per change of its state or colouring. */

import type { ClusterMap, MapState } from '../../../src/app/contract/cluster.ts';
import type { Floor } from './floor.ts';
import { layFloor } from './floor.ts';
import type { Colouring } from './inks.ts';
import type { Shades } from './shades.ts';
import { shadeMap } from './shades.ts';
import type { Trunks } from './trunks.ts';
import { countTrunks, layTrunks, stepsMax } from './trunks.ts';

/** What stands still: geometry, and which links leave which part. */
export interface Ground {
  readonly floor: Floor;
  readonly trunks: Trunks;
  /** Links of component c are bodyLink[bodyOffset[c] .. bodyOffset[c + 1]): rows of the map's links. */
  readonly bodyOffset: Int32Array;
  readonly bodyLink: Int32Array;
}

/** What changes: steps of the colouring, counted where many share a place. */
export interface Scene {
  readonly ground: Ground;
  readonly state: MapState;
  readonly shades: Shades;
  /** [stretch * stepsMax + step] and [tray * stepsMax + step]. */
  readonly trunkSteps: Uint32Array;
  readonly traySteps: Uint32Array;
}

export function groundOf(map: ClusterMap): Ground {
  const floor = layFloor(map);
  const { nearBody, farBody } = map.links;
  const bodyOffset = new Int32Array(map.components.kind.length + 1);
  const count = (body: number): void => {
    if (body >= 0) bodyOffset[body + 1] = (bodyOffset[body + 1] ?? 0) + 1;
  };
  nearBody.forEach(count);
  farBody.forEach(count);
  for (let at = 0; at + 1 < bodyOffset.length; at++) bodyOffset[at + 1] = (bodyOffset[at + 1] ?? 0) + (bodyOffset[at] ?? 0);
  const fill = bodyOffset.slice();
  const bodyLink = new Int32Array(bodyOffset.at(-1) ?? 0);
  const put = (body: number, link: number): void => {
    if (body < 0) return;
    const place = fill[body] ?? 0;
    bodyLink[place] = link;
    fill[body] = place + 1;
  };
  for (let link = 0; link < nearBody.length; link++) {
    put(nearBody[link] ?? -1, link);
    put(farBody[link] ?? -1, link);
  }
  return { floor, trunks: layTrunks(floor), bodyOffset, bodyLink };
}

export function sceneOf(ground: Ground, state: MapState, colouring: Colouring): Scene {
  const { floor, trunks } = ground;
  const shades = shadeMap(floor, state, colouring);
  const traySteps = new Uint32Array(floor.trayComponent.length * stepsMax);
  const { from, to } = floor.map.links;
  for (let link = 0; link < shades.link.length; link++) {
    const step = shades.link[link] ?? 0;
    for (const node of [from[link] ?? -1, to[link] ?? -1]) {
      const tray = floor.nodeTray[node] ?? -1;
      if (tray >= 0) traySteps[tray * stepsMax + step] = (traySteps[tray * stepsMax + step] ?? 0) + 1;
    }
  }
  return { ground, state, shades, trunkSteps: countTrunks(trunks, shades.link), traySteps };
}
