/**
 * A heat network: nodes that store heat, resistances between them, and ports where it meets held temperatures.
 *
 * Lumped model (JEDEC JESD51): C_i dT_i/dt = P_i - sum_j (T_i - T_j) / R_ij. Writing G for the conductance matrix and B for
 * the conductances to the ports, C dT/dt = -G T + B T_port + P. With the symmetrised S = C^-1/2 G C^-1/2 = V diag(rate) V^T the
 * answer to constant P and T_port is exact for any duration: T(t) = T_inf + C^-1/2 V exp(-rate t) V^T C^1/2 (T(0) - T_inf)
 * (Golub and Van Loan, Matrix Computations, section 9.3). V and the rates are found once per network.
 *
 * This room counts time in seconds, not nanoseconds: watts, joules and kelvins are coherent with the second.
 */

import { absoluteZeroC } from '../base/constants.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import { decomposeSymmetric } from './eigen.ts';

/** Jacobi takes about two seconds here and eight times as long for twice as many; split such a network at its ports instead. */
export const heatNodesMax = 512;

export interface HeatNodeSpec {
  readonly name: string;
  readonly capacityJPerK: number;
}

/** A resistance between two nodes, or between a node and a port. */
export interface HeatLinkSpec {
  readonly from: string;
  readonly to: string;
  readonly resistanceKPerW: number;
}

export interface HeatNetworkSpec {
  readonly name: string;
  readonly nodes: readonly HeatNodeSpec[];
  /** Places whose temperature is held from outside: coolant, air, a neighbour. */
  readonly ports: readonly string[];
  readonly links: readonly HeatLinkSpec[];
}

/** A network ready to be stepped. Matrices are row-major. */
export interface HeatNetwork {
  readonly name: string;
  readonly nodeNames: readonly string[];
  readonly portNames: readonly string[];
  readonly nodeCount: number;
  readonly portCount: number;
  readonly capacityJPerK: Float64Array;
  /** nodeCount x nodeCount; row sums are the conductances to the ports. */
  readonly conductanceWPerK: Float64Array;
  /** nodeCount x portCount. */
  readonly portConductanceWPerK: Float64Array;
  /** Inverse time constants, ascending, all positive. */
  readonly ratePerS: Float64Array;
  /** nodeCount x nodeCount; column k is the mode of ratePerS[k] in the symmetrised coordinates sqrt(C) T. */
  readonly modes: Float64Array;
}

const problem = (path: string, code: string, message: string, remedy: string, value?: unknown): Issue =>
  ({ path, code, message, remedy, ...(value === undefined ? {} : { value: String(value) }) });

function nameIssues(spec: HeatNetworkSpec): Issue[] {
  const issues: Issue[] = [];
  const seen = new Set<string>();
  for (const name of [...spec.nodes.map((node) => node.name), ...spec.ports]) {
    if (seen.has(name)) issues.push(problem(spec.name, 'duplicate-heat-node', 'Two nodes or ports of a heat network share a name', 'Give each node and port its own name.', name));
    seen.add(name);
  }
  if (spec.nodes.length === 0) issues.push(problem(spec.name, 'empty-heat-network', 'The heat network has no node', 'Add at least one node with a heat capacity.'));
  if (spec.nodes.length > heatNodesMax) {
    issues.push(problem(spec.name, 'heat-network-too-large', `A heat network may have ${heatNodesMax} nodes`, 'Split it at its coolant or air ports.', spec.nodes.length));
  }
  return issues;
}

function valueIssues(spec: HeatNetworkSpec): Issue[] {
  const issues: Issue[] = [];
  const known = new Set([...spec.nodes.map((node) => node.name), ...spec.ports]);
  const ports = new Set(spec.ports);
  for (const node of spec.nodes) {
    if (!(Number.isFinite(node.capacityJPerK) && node.capacityJPerK > 0)) {
      issues.push(problem(`${spec.name}.${node.name}`, 'bad-heat-capacity', 'A heat capacity must be a positive number of J/K', 'Give the capacity, mass times specific heat, in J/K.', node.capacityJPerK));
    }
  }
  for (const link of spec.links) {
    const path = `${spec.name}.${link.from}-${link.to}`;
    if (!(Number.isFinite(link.resistanceKPerW) && link.resistanceKPerW > 0)) {
      issues.push(problem(path, 'bad-thermal-resistance', 'A thermal resistance must be a positive number of K/W', 'Give the temperature difference per watt, in K/W.', link.resistanceKPerW));
    }
    for (const end of [link.from, link.to]) {
      if (!known.has(end)) issues.push(problem(path, 'unknown-heat-node', 'A resistance names a node or port that the network does not have', `Use one of: ${[...known].join(', ')}.`, end));
    }
    if (link.from === link.to || (ports.has(link.from) && ports.has(link.to))) {
      issues.push(problem(path, 'bad-thermal-link', 'A resistance must join two different nodes, or a node and a port', 'Join the node to another one.', `${link.from}-${link.to}`));
    }
  }
  return issues;
}

/** A node from which no heat can leave warms for ever: it has no steady state. */
function strandedIssues(spec: HeatNetworkSpec): Issue[] {
  const reached = new Set(spec.ports);
  for (let grown = true; grown;) {
    grown = false;
    for (const { from, to } of spec.links) {
      if (reached.has(from) === reached.has(to)) continue;
      reached.add(from).add(to);
      grown = true;
    }
  }
  return spec.nodes.filter((node) => !reached.has(node.name)).map((node) =>
    problem(`${spec.name}.${node.name}`, 'no-steady-state', 'No chain of resistances leads from this node to a port, so it would warm for ever', 'Join it to coolant, air or a node that is.', node.name));
}

const add = (sums: Float64Array, at: number, amount: number): void => void (sums[at] = (sums[at] ?? 0) + amount);

/** Conductances between nodes and to ports, in matrix form. */
function assemble(spec: HeatNetworkSpec): { readonly conductanceWPerK: Float64Array; readonly portConductanceWPerK: Float64Array } {
  const nodeCount = spec.nodes.length;
  const portCount = spec.ports.length;
  const nodeRow = new Map(spec.nodes.map((node, at) => [node.name, at]));
  const portRow = new Map(spec.ports.map((name, at) => [name, at]));
  const conductanceWPerK = new Float64Array(nodeCount * nodeCount);
  const portConductanceWPerK = new Float64Array(nodeCount * portCount);
  for (const link of spec.links) {
    const conductance = 1 / link.resistanceKPerW;
    const ends = [nodeRow.get(link.from), nodeRow.get(link.to)] as const;
    for (const node of ends) if (node !== undefined) add(conductanceWPerK, node * nodeCount + node, conductance);
    const [from, to] = ends;
    if (from !== undefined && to !== undefined) {
      add(conductanceWPerK, from * nodeCount + to, -conductance);
      add(conductanceWPerK, to * nodeCount + from, -conductance);
    } else {
      const node = from ?? to ?? 0;
      const port = portRow.get(from === undefined ? link.from : link.to) ?? 0;
      add(portConductanceWPerK, node * portCount + port, conductance);
    }
  }
  return { conductanceWPerK, portConductanceWPerK };
}

/** C^-1/2 G C^-1/2, whose eigenvalues are the inverse time constants. */
export function symmetrise(conductanceWPerK: Float64Array, capacityJPerK: Float64Array): Float64Array {
  const order = capacityJPerK.length;
  const root = capacityJPerK.map(Math.sqrt);
  return conductanceWPerK.map((conductance, at) => conductance / ((root[Math.floor(at / order)] ?? 1) * (root[at % order] ?? 1)));
}

/**
 * Checks and compiles a network. Issue codes: `duplicate-heat-node`, `empty-heat-network`, `heat-network-too-large`,
 * `bad-heat-capacity`, `bad-thermal-resistance`, `unknown-heat-node`, `bad-thermal-link`, `no-steady-state`.
 */
export function compileHeatNetwork(spec: HeatNetworkSpec): Parsed<HeatNetwork> {
  const issues = [...nameIssues(spec), ...valueIssues(spec)];
  if (issues.length === 0) issues.push(...strandedIssues(spec));
  if (issues.length > 0) return { ok: false, issues };
  const nodeCount = spec.nodes.length;
  const capacityJPerK = Float64Array.from(spec.nodes, (node) => node.capacityJPerK);
  const matrices = assemble(spec);
  const { values, vectors } = decomposeSymmetric(symmetrise(matrices.conductanceWPerK, capacityJPerK), nodeCount);
  return parsed({
    name: spec.name,
    nodeNames: spec.nodes.map((node) => node.name),
    portNames: spec.ports,
    nodeCount,
    portCount: spec.ports.length,
    capacityJPerK,
    ...matrices,
    ratePerS: values,
    modes: vectors,
  });
}

/** Checks the numbers that reach a network from outside. Issue codes: `not-finite`, `below-absolute-zero`. */
export function temperatureIssues(temperatures: Readonly<Record<string, number>>): Issue[] {
  const issues: Issue[] = [];
  for (const [path, valueC] of Object.entries(temperatures)) {
    if (!Number.isFinite(valueC)) issues.push(problem(path, 'not-finite', 'This temperature is not a finite number', 'Give a temperature such as 27C.', valueC));
    else if (valueC < absoluteZeroC) issues.push(problem(path, 'below-absolute-zero', 'This temperature lies below absolute zero', `Give a temperature above ${absoluteZeroC} °C.`, `${valueC} °C`));
  }
  return issues;
}

/** Checks powers: they must be finite and not negative. Issue code: `bad-power`. */
export function powerIssues(powers: Readonly<Record<string, number>>): Issue[] {
  return Object.entries(powers).filter(([, powerW]) => !(Number.isFinite(powerW) && powerW >= 0)).map(([path, powerW]) =>
    problem(path, 'bad-power', 'A power must be a finite number of watts, zero or more', 'Give the heat that the part turns into, in W.', powerW));
}
