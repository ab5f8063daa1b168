/** Checks a cluster's heat specification and compiles it: one network per package type, cell shape and zone, and rows for the rest. */

import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { CellShape, ClusterHeat, ClusterHeatSpec, ClusterHeatState, CompiledCell, CompiledGroup, CompiledShape, CompiledZone, FluidVolume, HeatCell, HeatZone } from './cluster-heat.ts';
import type { HeatLinkSpec, HeatNetwork, HeatNodeSpec } from './network.ts';
import { compileHeatNetwork, powerIssues, temperatureIssues } from './network.ts';
import { nodePowersW, packageNetwork } from './package-type.ts';

const problem = (path: string, code: string, message: string, remedy: string, value: unknown): Issue => ({ path, code, message, remedy, value: String(value) });

/** Everything compiled so far, so that like things are compiled once. */
interface Compilation {
  readonly issues: Issue[];
  readonly held: ReadonlySet<string>;
  readonly packageNetworks: Map<string, HeatNetwork | null>;
  readonly shapes: Map<string, CellShape | null>;
  nodeRows: number;
  volumeRows: number;
  packages: number;
}

function keep<T>(compilation: Compilation, result: Parsed<T>): T | null {
  if (result.ok) return result.value;
  compilation.issues.push(...result.issues);
  return null;
}

const volumeNode = (volume: FluidVolume): HeatNodeSpec => ({ name: volume.name, capacityJPerK: volume.capacityJPerK });

const volumeLinks = (volume: FluidVolume): HeatLinkSpec[] =>
  volume.sources.map(({ from, conductanceWPerK }) => ({ from: volume.name, to: from, resistanceKPerW: 1 / conductanceWPerK }));

/** Names outside the given ones that links lead to: the network's ports. */
function portsOf(own: readonly HeatNodeSpec[], links: readonly HeatLinkSpec[]): string[] {
  const names = new Set(own.map((node) => node.name));
  return [...new Set(links.flatMap(({ from, to }) => [from, to]).filter((name) => !names.has(name)))].sort();
}

/** One package group as nodes and links of its cell, `count` times as large. */
function groupNetwork(compiled: CompiledGroup): { readonly nodes: HeatNodeSpec[]; readonly links: HeatLinkSpec[] } {
  const { group, network } = compiled;
  const { nodeCount, portCount } = network;
  const name = (node: number): string => `${group.name}/${network.nodeNames[node] ?? ''}`;
  const nodes = network.nodeNames.map((_, node) => ({ name: name(node), capacityJPerK: (network.capacityJPerK[node] ?? 0) * group.count }));
  const links: HeatLinkSpec[] = [];
  const join = (from: string, to: string, conductanceWPerK: number): void => {
    if (conductanceWPerK > 0) links.push({ from, to, resistanceKPerW: 1 / (conductanceWPerK * group.count) });
  };
  for (let node = 0; node < nodeCount; node++) {
    for (let other = 0; other < node; other++) join(name(node), name(other), -(network.conductanceWPerK[node * nodeCount + other] ?? 0));
    for (let port = 0; port < portCount; port++) {
      const meets = group.ports[group.type.ports[port] ?? 'air'];
      if (meets !== undefined) join(name(node), meets, network.portConductanceWPerK[node * portCount + port] ?? 0);
    }
  }
  return { nodes, links };
}

function groupIssues(path: string, cell: HeatCell): Issue[] {
  return cell.groups.flatMap((group) => {
    const place = `${path}.${group.name}`;
    const issues = group.powerW === undefined ? [] : powerIssues({ [place]: group.powerW });
    if (!(Number.isInteger(group.count) && group.count > 0)) {
      issues.push(problem(place, 'bad-count', 'A group needs a whole number of packages, at least one', 'Give the number of packages.', group.count));
    }
    if (!(group.activity >= 0 && group.activity <= 1)) issues.push(problem(place, 'bad-activity', 'An activity is a share from 0 (idle) to 1 (busy)', 'Give a number from 0 to 1.', group.activity));
    for (const port of group.type.ports) {
      if (group.ports[port] !== undefined) continue;
      issues.push(problem(place, 'open-port', `The ${port} port of ${group.type.id} meets nothing`, `Name the volume or held temperature that its ${port} meets.`, port));
    }
    return issues;
  });
}

function volumeIssues(path: string, volumes: readonly FluidVolume[]): Issue[] {
  return volumes.flatMap((volume) => [
    ...powerIssues({ [`${path}.${volume.name}`]: volume.loadW }),
    ...volume.sources.filter(({ conductanceWPerK }) => !(Number.isFinite(conductanceWPerK) && conductanceWPerK > 0)).map(({ from, conductanceWPerK }) =>
      problem(`${path}.${volume.name}`, 'bad-flow', `The flow from ${from} must carry a positive number of W/K`,
        'Give mass flow times specific heat; a stopped pump or fan still leaves natural convection.', conductanceWPerK)),
  ]);
}

/** What makes two cells alike: everything but their name, their powers and their loads. */
const shapeKey = (cell: HeatCell): string => JSON.stringify([
  cell.volumes.map(({ name, capacityJPerK, sources }) => [name, capacityJPerK, sources]),
  cell.groups.map(({ name, type, count, flow, ports }) => [name, type.id, count, flow, ports]),
]);

function compileShape(compilation: Compilation, path: string, cell: HeatCell): CellShape | null {
  const groups: CompiledGroup[] = [];
  let nodeOffset = 0;
  for (const group of cell.groups) {
    const key = JSON.stringify([group.type.id, group.flow]);
    const network = compilation.packageNetworks.get(key) ?? keep(compilation, packageNetwork(group.type, group.flow));
    compilation.packageNetworks.set(key, network);
    if (network === null) return null;
    groups.push({ group, network, nodeOffset });
    nodeOffset += network.nodeCount;
  }
  const parts = groups.map(groupNetwork);
  const nodes = [...parts.flatMap((part) => part.nodes), ...cell.volumes.map(volumeNode)];
  const links = [...parts.flatMap((part) => part.links), ...cell.volumes.flatMap(volumeLinks)];
  const network = keep(compilation, compileHeatNetwork({ name: path, nodes, ports: portsOf(nodes, links), links }));
  return network === null ? null : { network, groups, volumeOffset: nodeOffset, volumes: cell.volumes };
}

/** Gives a cell its rows in the state arrays. */
function placeCell(compilation: Compilation, cell: HeatCell, shape: CellShape): CompiledCell {
  const groupNodeRow = new Int32Array(shape.groups.length);
  shape.groups.forEach(({ group, network }, at) => {
    groupNodeRow[at] = compilation.nodeRows;
    compilation.nodeRows += group.count * network.nodeCount;
    compilation.packages += group.count;
  });
  const volumeRow = compilation.volumeRows;
  compilation.volumeRows += cell.volumes.length;
  return { name: cell.name, shape, groupNodeRow, volumeRow };
}

/** The network of a zone: its volumes, then each shape's mean cell as many times as large as it has cells. */
function zoneNetwork(compilation: Compilation, zone: HeatZone, shapes: readonly CompiledShape[]): HeatNetwork | null {
  const nodes: HeatNodeSpec[] = zone.volumes.map(volumeNode);
  const links: HeatLinkSpec[] = zone.volumes.flatMap(volumeLinks);
  shapes.forEach(({ shape: { network }, cells }, at) => {
    const name = (node: number): string => `shape${at}/${network.nodeNames[node] ?? ''}`;
    const join = (from: string, to: string, conductanceWPerK: number): void => {
      if (conductanceWPerK > 0) links.push({ from, to, resistanceKPerW: 1 / (conductanceWPerK * cells.length) });
    };
    for (let node = 0; node < network.nodeCount; node++) {
      nodes.push({ name: name(node), capacityJPerK: (network.capacityJPerK[node] ?? 0) * cells.length });
      for (let other = 0; other < node; other++) join(name(node), name(other), -(network.conductanceWPerK[node * network.nodeCount + other] ?? 0));
      network.portNames.forEach((port, column) => join(name(node), port, network.portConductanceWPerK[node * network.portCount + column] ?? 0));
    }
  });
  const ports = portsOf(nodes, links);
  const unknown = ports.filter((port) => !compilation.held.has(port));
  for (const port of unknown) {
    const known = [...zone.volumes.map(({ name }) => name), ...compilation.held].join(', ');
    compilation.issues.push(problem(zone.name, 'unknown-volume', 'A package or volume meets something that neither its cell, its zone nor the held temperatures name', `Use one of: ${known}.`, port));
  }
  return unknown.length > 0 ? null : keep(compilation, compileHeatNetwork({ name: zone.name, nodes, ports, links }));
}

function compileZone(compilation: Compilation, zone: HeatZone, heldNames: readonly string[]): CompiledZone | null {
  compilation.issues.push(...volumeIssues(zone.name, zone.volumes));
  const byShape = new Map<CellShape, CompiledCell[]>();
  const names = new Set<string>();
  for (const cell of zone.cells) {
    const path = `${zone.name}.${cell.name}`;
    const wrong = [...groupIssues(path, cell), ...volumeIssues(path, cell.volumes)];
    if (names.has(cell.name)) wrong.push(problem(path, 'duplicate-cell', 'Two cells of a zone share a name', 'Give each cell its own name.', cell.name));
    names.add(cell.name);
    compilation.issues.push(...wrong);
    if (wrong.length > 0) continue;
    const key = shapeKey(cell);
    const known = compilation.shapes.get(key);
    const shape = known === undefined ? compileShape(compilation, path, cell) : known;
    compilation.shapes.set(key, shape);
    if (shape === null) continue;
    const cells = byShape.get(shape) ?? [];
    cells.push(placeCell(compilation, cell, shape));
    byShape.set(shape, cells);
  }
  const volumeRow = compilation.volumeRows;
  compilation.volumeRows += zone.volumes.length;
  if (compilation.issues.length > 0) return null;
  const shapes: CompiledShape[] = [];
  let nodeOffset = zone.volumes.length;
  for (const [shape, cells] of byShape) {
    shapes.push({ shape, cells, nodeOffset });
    nodeOffset += shape.network.nodeCount;
  }
  const network = zoneNetwork(compilation, zone, shapes);
  if (network === null) return null;
  return { name: zone.name, network, shapes, volumes: zone.volumes, volumeRow, heldRow: Int32Array.from(network.portNames, (name) => heldNames.indexOf(name)) };
}

/**
 * Compiles a cluster. Issue codes besides those of `compileHeatNetwork`: `bad-count`, `bad-activity`, `duplicate-cell`, `bad-power`, `bad-flow`,
 * `open-port`, `unknown-volume`, `below-absolute-zero`, `not-finite`. A zone may have as many nodes in its volumes and
 * distinct cell shapes together as `heatNodesMax`; beyond that the issue is `heat-network-too-large`.
 */
export function compileClusterHeat(spec: ClusterHeatSpec): Parsed<ClusterHeat> {
  const heldNames = spec.held.map(({ name }) => name);
  const issues = temperatureIssues(Object.fromEntries(spec.held.map(({ name, temperatureC }) => [name, temperatureC])));
  const compilation: Compilation = { issues, held: new Set(heldNames), packageNetworks: new Map(), shapes: new Map(), nodeRows: 0, volumeRows: 0, packages: 0 };
  const zones = spec.zones.map((zone) => compileZone(compilation, zone, heldNames)).filter((zone) => zone !== null);
  if (issues.length > 0) return { ok: false, issues };
  return parsed({ zones, heldNames, nodeCount: compilation.nodeRows, packageCount: compilation.packages, volumeCount: compilation.volumeRows });
}

/** A state with every temperature at `startC` and the powers of the specification. */
export function initialHeatState(cluster: ClusterHeat, spec: ClusterHeatSpec, options: { readonly startC: number }): ClusterHeatState {
  const state: ClusterHeatState = {
    nodeTemperatureC: new Float64Array(cluster.nodeCount).fill(options.startC),
    nodePowerW: new Float64Array(cluster.nodeCount),
    volumeTemperatureC: new Float64Array(cluster.volumeCount).fill(options.startC),
    volumeLoadW: new Float64Array(cluster.volumeCount),
    heldC: Float64Array.from(spec.held, ({ temperatureC }) => temperatureC),
  };
  cluster.zones.forEach((zone, zoneAt) => {
    const cellSpecs = new Map((spec.zones[zoneAt]?.cells ?? []).map((cell) => [cell.name, cell]));
    zone.volumes.forEach((volume, at) => { state.volumeLoadW[zone.volumeRow + at] = volume.loadW; });
    for (const { cells } of zone.shapes) {
      for (const cell of cells) {
        const written = cellSpecs.get(cell.name);
        written?.volumes.forEach((volume, at) => { state.volumeLoadW[cell.volumeRow + at] = volume.loadW; });
        written?.groups.forEach((group, at) => {
          const powerW = nodePowersW(group.type, { activity: group.activity, ...(group.powerW === undefined ? {} : { powerW: group.powerW }) });
          const row = cell.groupNodeRow[at] ?? 0;
          for (let unit = 0; unit < group.count; unit++) state.nodePowerW.set(powerW, row + unit * powerW.length);
        });
      }
    }
  });
  return state;
}
