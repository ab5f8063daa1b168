/**
 * One time step of any length for a whole cluster, exact for constant powers and held temperatures.
 *
 * Lesson. Let N identical packages share a volume of coolant. The volume feels only the sum of their heats, so the mean of
 * the packages and the volume form a small closed system: one package N times as large, on that volume. What remains is
 * each package's deviation from the mean; deviations sum to zero, so the volume does not feel them, and each moves as a
 * single package between ports that stand still. The same argument holds one floor up, for like cells in a zone. So
 *   T_package = mean of its shape + deviation of its cell + deviation in its cell
 * and all three are answered exactly by small matrices, whatever the length of the step. (The permutation symmetry of the
 * group block-diagonalises the full matrix; the test compares with the full matrix exponential of 200 nodes.)
 *
 * Example: 32 modules of 5 nodes in tray air are 161 unknowns; here they are one 6 x 6 and thirty-two 5 x 5 products.
 *
 * Cost: O(nodes x nodes per package) per step; nothing is allocated per package.
 *
 * Kernel: the bounds hold for every non-null assertion because rows come from `compileClusterHeat`, which sized the state's arrays to the
 * sum of all groups and volumes, and every loop stays below the counts of its network.
 */

import type { CellShape, ClusterHeat, ClusterHeatState, CompiledShape, CompiledZone } from './cluster-heat.ts';
import type { HeatNetwork } from './network.ts';
import { portHeatW, temperaturesAfterC } from './response.ts';

/** T(t) - T_port = hold (T(0) - T_port) + gain P for one network and duration; both matrices row-major. */
export interface Propagator {
  readonly hold: Float64Array;
  readonly gainKPerW: Float64Array;
}

/** exp(-C^-1 G t) and the integral of it times C^-1, from the modes (sources in `network.ts`). `durationS` may be Infinity. */
export function propagatorFor(network: HeatNetwork, durationS: number): Propagator {
  const { nodeCount: n, modes, ratePerS, capacityJPerK } = network;
  const hold = new Float64Array(n * n);
  const gainKPerW = new Float64Array(n * n);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      let held = 0;
      let gained = 0;
      for (let k = 0; k < n; k++) {
        const weight = modes[row * n + k]! * modes[column * n + k]!;
        held += weight * Math.exp(-ratePerS[k]! * durationS);
        gained += (weight * -Math.expm1(-ratePerS[k]! * durationS)) / ratePerS[k]!;
      }
      hold[row * n + column] = held * Math.sqrt(capacityJPerK[column]! / capacityJPerK[row]!);
      gainKPerW[row * n + column] = gained / Math.sqrt(capacityJPerK[column]! * capacityJPerK[row]!);
    }
  }
  return { hold, gainKPerW };
}

/** Mean temperatures and summed powers of one cell, written at `at` of `meanC` and `sumW` in the order of the cell's network. */
export function gatherCell(shape: CellShape, cell: CompiledShape['cells'][number], state: ClusterHeatState, meanC: Float64Array, sumW: Float64Array, at: number): void {
  const { nodeTemperatureC, nodePowerW, volumeTemperatureC, volumeLoadW } = state;
  shape.groups.forEach(({ group, network, nodeOffset }, groupAt) => {
    const n = network.nodeCount;
    const first = cell.groupNodeRow[groupAt]!;
    const end = first + group.count * n;
    for (let node = 0; node < n; node++) {
      let temperature = 0;
      let power = 0;
      for (let row = first + node; row < end; row += n) {
        temperature += nodeTemperatureC[row]!;
        power += nodePowerW[row]!;
      }
      meanC[at + nodeOffset + node] = temperature / group.count;
      sumW[at + nodeOffset + node] = power;
    }
  });
  shape.volumes.forEach((_, volume) => {
    meanC[at + shape.volumeOffset + volume] = volumeTemperatureC[cell.volumeRow + volume]!;
    sumW[at + shape.volumeOffset + volume] = volumeLoadW[cell.volumeRow + volume]!;
  });
}

/** Adds hold x deviation + gain x power deviation of one network to `into` at `at`. */
function addDeviation(n: number, propagator: Propagator, deviationC: Float64Array, deviationW: Float64Array, into: Float64Array, at: number): void {
  const { hold, gainKPerW } = propagator;
  for (let row = 0; row < n; row++) {
    let sum = 0;
    for (let column = 0; column < n; column++) sum += hold[row * n + column]! * deviationC[column]! + gainKPerW[row * n + column]! * deviationW[column]!;
    into[at + row]! += sum;
  }
}

/** Steps every package of a group around the group's mean, in place. */
function stepPackages(n: number, count: number, firstRow: number, propagator: Propagator, state: ClusterHeatState, before: Float64Array, sumW: Float64Array, after: Float64Array, meanAt: number): void {
  const { nodeTemperatureC, nodePowerW } = state;
  const deviationC = new Float64Array(n);
  const deviationW = new Float64Array(n);
  for (let unit = 0, row = firstRow; unit < count; unit++, row += n) {
    for (let node = 0; node < n; node++) {
      deviationC[node] = nodeTemperatureC[row + node]! - before[meanAt + node]!;
      deviationW[node] = nodePowerW[row + node]! - sumW[meanAt + node]! / count;
      nodeTemperatureC[row + node] = after[meanAt + node]!;
    }
    if (count > 1) addDeviation(n, propagator, deviationC, deviationW, nodeTemperatureC, row);
  }
}

/** The means of every cell of a shape, side by side, and the mean cell. */
export interface ShapeMeans {
  /** cells x nodes of the shape's network. */
  readonly cellC: Float64Array;
  readonly cellW: Float64Array;
  /** One mean cell; powers are summed over all cells. */
  readonly meanC: Float64Array;
  readonly sumW: Float64Array;
}

export function gatherShape({ shape, cells }: CompiledShape, state: ClusterHeatState): ShapeMeans {
  const m = shape.network.nodeCount;
  const means: ShapeMeans = { cellC: new Float64Array(m * cells.length), cellW: new Float64Array(m * cells.length), meanC: new Float64Array(m), sumW: new Float64Array(m) };
  cells.forEach((cell, at) => gatherCell(shape, cell, state, means.cellC, means.cellW, at * m));
  for (let at = 0; at < means.cellC.length; at++) {
    means.meanC[at % m]! += means.cellC[at]! / cells.length;
    means.sumW[at % m]! += means.cellW[at]!;
  }
  return means;
}

/** Start and heat of a zone's network, gathered from its volumes and its shapes. */
export function gatherZone(zone: CompiledZone, state: ClusterHeatState, means: readonly ShapeMeans[]): { readonly startC: Float64Array; readonly powerW: Float64Array; readonly portC: Float64Array } {
  const startC = new Float64Array(zone.network.nodeCount);
  const powerW = new Float64Array(zone.network.nodeCount);
  zone.volumes.forEach((_, at) => {
    startC[at] = state.volumeTemperatureC[zone.volumeRow + at]!;
    powerW[at] = state.volumeLoadW[zone.volumeRow + at]!;
  });
  zone.shapes.forEach(({ nodeOffset }, at) => {
    startC.set(means[at]!.meanC, nodeOffset);
    powerW.set(means[at]!.sumW, nodeOffset);
  });
  return { startC, powerW, portC: Float64Array.from(zone.heldRow, (row) => state.heldC[row]!) };
}

/** Steps one shape's cells and their packages, given the mean cell after the step at `meanAt` of `zoneAfter`. */
function stepShape(compiled: CompiledShape, state: ClusterHeatState, means: ShapeMeans, zoneAfter: Float64Array, propagatorOf: (network: HeatNetwork) => Propagator): void {
  const { shape, cells, nodeOffset } = compiled;
  const m = shape.network.nodeCount;
  const deviationC = new Float64Array(m);
  const deviationW = new Float64Array(m);
  const after = new Float64Array(m);
  const before = new Float64Array(m);
  const sumW = new Float64Array(m);
  cells.forEach((cell, cellAt) => {
    for (let node = 0; node < m; node++) {
      before[node] = means.cellC[cellAt * m + node]!;
      sumW[node] = means.cellW[cellAt * m + node]!;
      deviationC[node] = before[node]! - means.meanC[node]!;
      deviationW[node] = sumW[node]! - means.sumW[node]! / cells.length;
      after[node] = zoneAfter[nodeOffset + node]!;
    }
    if (cells.length > 1) addDeviation(m, propagatorOf(shape.network), deviationC, deviationW, after, 0);
    shape.groups.forEach(({ group, network, nodeOffset: meanAt }, groupAt) => {
      stepPackages(network.nodeCount, group.count, cell.groupNodeRow[groupAt]!, propagatorOf(network), state, before, sumW, after, meanAt);
    });
    shape.volumes.forEach((_, volume) => { state.volumeTemperatureC[cell.volumeRow + volume] = after[shape.volumeOffset + volume]!; });
  });
}

/** Moves every temperature forward by `durationS` (Infinity settles the cluster), in place. Powers and held temperatures stay. */
export function stepClusterHeat(cluster: ClusterHeat, state: ClusterHeatState, durationS: number): void {
  if (!(durationS >= 0)) throw new Error(`A step lasts zero seconds or more, not ${durationS} s`);
  const propagators = new Map<HeatNetwork, Propagator>();
  const propagatorOf = (network: HeatNetwork): Propagator => {
    const known = propagators.get(network) ?? propagatorFor(network, durationS);
    propagators.set(network, known);
    return known;
  };
  for (const zone of cluster.zones) {
    const means = zone.shapes.map((shape) => gatherShape(shape, state));
    const { startC, powerW, portC } = gatherZone(zone, state, means);
    const after = temperaturesAfterC(zone.network, startC, { powerW, portC }, durationS);
    zone.volumes.forEach((_, at) => { state.volumeTemperatureC[zone.volumeRow + at] = after[at]!; });
    zone.shapes.forEach((shape, at) => stepShape(shape, state, means[at]!, after, propagatorOf));
  }
}

/** Heat that leaves the cluster into each held temperature at this moment, W. In steady state it sums to the power put in. */
export function heatIntoHeldW(cluster: ClusterHeat, state: ClusterHeatState): Float64Array {
  const out = new Float64Array(cluster.heldNames.length);
  for (const zone of cluster.zones) {
    const { startC, portC } = gatherZone(zone, state, zone.shapes.map((shape) => gatherShape(shape, state)));
    portHeatW(zone.network, startC, portC).forEach((heat, port) => { out[zone.heldRow[port]!]! += heat; });
  }
  return out;
}

/** Heat put into the cluster by packages and volume loads, W. */
export function heatPutInW(state: ClusterHeatState): number {
  let sum = 0;
  for (const power of state.nodePowerW) sum += power;
  for (const load of state.volumeLoadW) sum += load;
  return sum;
}
