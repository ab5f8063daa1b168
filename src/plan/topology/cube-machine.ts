/** A machine of cubes whose faces meet in circuit switches, as the slice allocator sees it: seats, switches and ports. */

import type { CompiledCluster } from '../../fabric/compiled.ts';
import { nodeKinds } from '../../fabric/fabric.ts';

export interface CubeMachine {
  readonly side: number;
  readonly cubes: number;
  /** Component row of the switch of dimension d and face position (a, b), at (d * side + a) * side + b. */
  readonly ocs: Int32Array;
  /** Port of the plus and of the minus face of cube c on switch s, at s * cubes + c. */
  readonly plusPort: Int32Array;
  readonly minusPort: Int32Array;
  /** Accelerator in a seat: cube * side^3 + (x * side + y) * side + z. */
  readonly seatRank: Int32Array;
}

export const seatsPerCube = (machine: Pick<CubeMachine, 'side'>): number => machine.side ** 3;

/** Reads the machine off a compiled fabric of the family `ocs-cubes`; `null` for any other fabric. */
export function cubeMachineOf(cluster: CompiledCluster): CubeMachine | null {
  const { design, fabric } = cluster;
  if (design.family.kind !== 'ocs-cubes') return null;
  const { cubeSide: side, cubes: grid } = design.family;
  const [gx = 1, gy = 1, gz = 1] = grid;
  const cubes = gx * gy * gz;
  const switches = 3 * side * side;
  const ocs = new Int32Array(switches);
  const plusPort = new Int32Array(switches * cubes).fill(-1);
  const minusPort = new Int32Array(switches * cubes).fill(-1);
  const seatRank = new Int32Array(cubes * side ** 3);
  // Switches are drawn in the order of their rows, and switch nodes of one kind stay in that order.
  const firstOcs = fabric.nodeKind.indexOf(nodeKinds.indexOf('ocs'));
  for (let at = 0; at < switches; at++) ocs[at] = fabric.nodeComponent[firstOcs + at] ?? -1;
  for (const [rank, node] of fabric.gpuNode.entries()) {
    const place = [Math.floor(rank / (gy * gz * side * side)), Math.floor(rank / (gz * side)) % (gy * side), rank % (gz * side)];
    const inCube = place.map((coordinate) => coordinate % side);
    const cube = place.reduce((row, coordinate, dimension) => row * (grid[dimension] ?? 1) + Math.floor(coordinate / side), 0);
    seatRank[cube * side ** 3 + inCube.reduce((row, digit) => row * side + digit, 0)] = rank;
    for (let at = fabric.outOffset[node] ?? 0; at < (fabric.outOffset[node + 1] ?? 0); at++) {
      const link = fabric.outLink[at] ?? 0;
      const target = fabric.linkTarget[link] ?? 0;
      if (target < firstOcs || target >= firstOcs + switches) continue;
      const row = target - firstOcs;
      const dimension = Math.floor(row / (side * side));
      const port = fabric.linkPort[fabric.linkReverse[link] ?? 0] ?? -1;
      (inCube[dimension] === side - 1 ? plusPort : minusPort)[row * cubes + cube] = port;
    }
  }
  return { side, cubes, ocs, plusPort, minusPort, seatRank };
}
