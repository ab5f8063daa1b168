/** Where every package of a cluster is heading: its temperature as a function of time, the hottest ones, and times to threshold. */

import { gatherShape, gatherZone } from './cluster-step.ts';
import type { ShapeMeans } from './cluster-step.ts';
import type { ClusterHeat, ClusterHeatState, CompiledCell, CompiledGroup, CompiledShape, CompiledZone } from './cluster-heat.ts';
import type { Threshold } from './crossing.ts';
import { firstCrossingS } from './crossing.ts';
import type { HeatNetwork } from './network.ts';
import { nodeRow } from './package-type.ts';
import type { ExponentialSum } from './response.ts';
import { nodeCourse } from './response.ts';

/** One installed package and where its rows are. */
export interface PlacedPackage {
  /** `zone/cell/group3`. */
  readonly name: string;
  readonly zone: CompiledZone;
  readonly shape: CompiledShape;
  readonly cell: CompiledCell;
  readonly group: CompiledGroup;
  /** Position in its group. */
  readonly unit: number;
  /** First row of its nodes in the state. */
  readonly row: number;
}

/** Every package, in the order of zones, shapes, cells, groups and units. */
export function* placedPackages(cluster: ClusterHeat): Generator<PlacedPackage> {
  for (const zone of cluster.zones) {
    for (const shape of zone.shapes) {
      for (const cell of shape.cells) {
        for (const [groupAt, group] of shape.shape.groups.entries()) {
          const first = cell.groupNodeRow[groupAt] ?? 0;
          for (let unit = 0; unit < group.group.count; unit++) {
            yield { name: `${zone.name}/${cell.name}/${group.group.name}${unit}`, zone, shape, cell, group, unit, row: first + unit * group.network.nodeCount };
          }
        }
      }
    }
  }
}

/** Row of a package's case in the state. */
export const caseRow = ({ group, row }: PlacedPackage): number => row + nodeRow(group.group.type, group.group.type.caseNode);

/** The packages with the least distance between case and case limit, nearest first; equal distances keep their order. */
export function nearestToLimit(cluster: ClusterHeat, state: ClusterHeatState, options: { readonly countMax: number; readonly accepts?: (placed: PlacedPackage) => boolean }): PlacedPackage[] {
  const nearest: { readonly placed: PlacedPackage; readonly marginK: number }[] = [];
  for (const placed of placedPackages(cluster)) {
    if (options.accepts?.(placed) === false) continue;
    const marginK = placed.group.group.type.caseLimitC.value - (state.nodeTemperatureC[caseRow(placed)] ?? 0);
    const last = nearest.at(-1);
    if (nearest.length === options.countMax && last !== undefined && marginK >= last.marginK) continue;
    let at = nearest.length;
    while (at > 0 && (nearest[at - 1]?.marginK ?? 0) > marginK) at--;
    nearest.splice(at, 0, { placed, marginK });
    if (nearest.length > options.countMax) nearest.pop();
  }
  return nearest.map(({ placed }) => placed);
}

/** Answers about the future under the powers and held temperatures of now. */
export interface Courses {
  /** Temperature of one node of a package as an exponential sum. */
  courseOf(placed: PlacedPackage, nodeName: string): ExponentialSum;
  /** Seconds until a node reaches a limit, or null when it never does within the horizon. */
  timeToThresholdS(placed: PlacedPackage, nodeName: string, threshold: Threshold): number | null;
}

/** Mean and summed power of one network's nodes, from which a member deviates. */
interface Mean {
  readonly temperatureC: Float64Array;
  readonly powerW: Float64Array;
}

/** The course of a member's deviation from its mean: it decays between ports that stand still. */
function deviationCourse(network: HeatNetwork, member: Mean, mean: Mean, members: number, node: number): ExponentialSum {
  const start = member.temperatureC.map((value, at) => value - (mean.temperatureC[at] ?? 0));
  const powerW = member.powerW.map((value, at) => value - (mean.powerW[at] ?? 0) / members);
  return nodeCourse(network, start, { powerW, portC: new Float64Array(network.portCount) }, node);
}

const joined = (arrays: readonly Float64Array[]): Float64Array => Float64Array.from(arrays.flatMap((array) => [...array]));

/** Gathers the state once; later changes of the state do not reach these courses. */
export function coursesFrom(cluster: ClusterHeat, state: ClusterHeatState): Courses {
  const temperatureC = Float64Array.from(state.nodeTemperatureC);
  const powerW = Float64Array.from(state.nodePowerW);
  const gathered = new Map(cluster.zones.map((zone) => {
    const means = zone.shapes.map((shape) => gatherShape(shape, state));
    return [zone, { means: new Map<CompiledShape, ShapeMeans>(zone.shapes.map((shape, at) => [shape, means[at] ?? gatherShape(shape, state)])), ...gatherZone(zone, state, means) }];
  }));
  const courseOf = (placed: PlacedPackage, nodeName: string): ExponentialSum => {
    const { zone, shape, cell, group, row } = placed;
    const known = gathered.get(zone);
    const means = known?.means.get(shape);
    if (known === undefined || means === undefined) throw new Error(`${placed.name} is no package of this cluster`);
    const node = nodeRow(group.group.type, nodeName);
    const m = shape.shape.network.nodeCount;
    const n = group.network.nodeCount;
    const cellAt = shape.cells.indexOf(cell) * m;
    const cellMean: Mean = { temperatureC: means.cellC.slice(cellAt, cellAt + m), powerW: means.cellW.slice(cellAt, cellAt + m) };
    const member: Mean = { temperatureC: temperatureC.slice(row, row + n), powerW: powerW.slice(row, row + n) };
    const inGroup = (values: Float64Array): Float64Array => values.slice(group.nodeOffset, group.nodeOffset + n);
    const groupMean: Mean = { temperatureC: inGroup(cellMean.temperatureC), powerW: inGroup(cellMean.powerW) };
    const sums = [
      nodeCourse(zone.network, known.startC, { powerW: known.powerW, portC: known.portC }, shape.nodeOffset + group.nodeOffset + node),
      deviationCourse(shape.shape.network, cellMean, { temperatureC: means.meanC, powerW: means.sumW }, shape.cells.length, group.nodeOffset + node),
      deviationCourse(group.network, member, groupMean, group.group.count, node),
    ];
    return {
      offsetC: sums.reduce((sum, part) => sum + part.offsetC, 0),
      amplitudeK: joined(sums.map((part) => part.amplitudeK)),
      ratePerS: joined(sums.map((part) => part.ratePerS)),
    };
  };
  return { courseOf, timeToThresholdS: (placed, nodeName, threshold) => firstCrossingS(courseOf(placed, nodeName), threshold) };
}
