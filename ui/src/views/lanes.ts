/** What one wavelength carries now and why: what physics allows, and what it was told. */

import type { Wavelengths } from '../../../src/app/contract/cluster.ts';
import { linkHealthStep } from '../map/shades.ts';
import { gbps } from '../shell/format.ts';

export type Lane = Wavelengths['rows'][number];

/** Gb/s that it carries now; a wavelength that is dark carries nothing, whatever it may. */
export const rateOf = (lane: Lane): number => (lane.isDark ? 0 : Math.min(lane.physicsGbps, lane.toldGbps));

/** Dark by order: physics would let it carry. */
export const isOff = (lane: Lane): boolean => rateOf(lane) <= 0 && lane.physicsGbps > 0;

/** Step of the health colouring: what the map, the grid and the tables show of it. */
export const laneStep = (lane: Lane, marginDb: number | null): number =>
  linkHealthStep({ usableGbps: rateOf(lane), designGbps: lane.designGbps, marginDb, isOffByPlan: isOff(lane) });

/** What it carries, and why less than it was designed for. */
export function carries(lane: Lane): string {
  if (rateOf(lane) <= 0) return lane.physicsGbps > 0 ? `off by plan; physics allows ${gbps(lane.physicsGbps)}` : 'dark: it does not close';
  return `${gbps(rateOf(lane))}${lane.toldGbps < lane.physicsGbps ? `, by plan; physics allows ${gbps(lane.physicsGbps)}` : ''}`;
}
