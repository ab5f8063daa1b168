/**
 * The dumb twin of every heat step: one dense matrix for the whole system, its steady state by Gaussian elimination and its
 * exponential by Taylor series with scaling and squaring. Knows nothing of modes, symmetry, packages or streams.
 */

import { createDice } from '../../src/base/dice.ts';
import type { HeatNetworkSpec } from '../../src/thermal/network.ts';

/** C dT/dt = -G T + source, as plain rows. */
export interface DenseSystem {
  readonly capacityJPerK: readonly number[];
  readonly conductanceWPerK: readonly (readonly number[])[];
}

type Rows = number[][];

const cell = (rows: readonly (readonly number[])[], row: number, column: number): number => rows[row]?.[column] ?? 0;

function multiply(left: Rows, right: Rows): Rows {
  const order = left.length;
  return left.map((row) => {
    const sum = new Array<number>(order).fill(0);
    row.forEach((factor, k) => {
      if (factor === 0) return;
      const other = right[k] ?? [];
      for (let column = 0; column < order; column++) sum[column] = (sum[column] ?? 0) + factor * (other[column] ?? 0);
    });
    return sum;
  });
}

const combine = (left: Rows, right: Rows, weight: number): Rows => left.map((row, i) => row.map((value, j) => value + weight * cell(right, i, j)));

/**
 * exp(A) - I. Taylor to order 18 on A / 2^s with norm below 1/2 (remainder under 1e-22), then s times F <- 2 F + F^2.
 * Working on exp - I keeps modes that are 10^8 times slower than the fastest (Higham, Functions of Matrices, ch. 10).
 */
export function exponentialMinusIdentity(matrix: Rows): Rows {
  const norm = Math.max(...matrix.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0)));
  const squarings = Math.max(0, Math.ceil(Math.log2(norm / 0.5)));
  const scaled = matrix.map((row) => row.map((value) => value / 2 ** squarings));
  let term = scaled;
  let sum = scaled;
  for (let order = 2; order <= 18; order++) {
    term = multiply(term, scaled).map((row) => row.map((value) => value / order));
    sum = combine(sum, term, 1);
  }
  for (let step = 0; step < squarings; step++) sum = combine(multiply(sum, sum), sum, 2);
  return sum;
}

/** Solves M x = b by Gaussian elimination with partial pivoting. */
export function solveDense(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i] ?? 0]);
  const order = rows.length;
  for (let pivot = 0; pivot < order; pivot++) {
    let best = pivot;
    for (let row = pivot + 1; row < order; row++) if (Math.abs(cell(rows, row, pivot)) > Math.abs(cell(rows, best, pivot))) best = row;
    [rows[pivot], rows[best]] = [rows[best] ?? [], rows[pivot] ?? []];
    for (let row = pivot + 1; row < order; row++) {
      const factor = cell(rows, row, pivot) / cell(rows, pivot, pivot);
      if (factor !== 0) rows[row] = (rows[row] ?? []).map((value, column) => (column < pivot ? value : value - factor * cell(rows, pivot, column)));
    }
  }
  const x = new Array<number>(order).fill(0);
  for (let row = order - 1; row >= 0; row--) {
    let sum = cell(rows, row, order);
    for (let column = row + 1; column < order; column++) sum -= cell(rows, row, column) * (x[column] ?? 0);
    x[row] = sum / cell(rows, row, row);
  }
  return x;
}

/** Temperatures after a time: T_inf + exp(-C^-1 G t) (T_0 - T_inf). `sourceW` holds powers and heat from held temperatures. */
export function denseAfter(system: DenseSystem, start: readonly number[], sourceW: readonly number[], durationS: number): number[] {
  const steady = solveDense(system.conductanceWPerK, sourceW);
  const difference = start.map((value, at) => value - (steady[at] ?? 0));
  const exponent = system.conductanceWPerK.map((row, at) => row.map((value) => (-value * durationS) / (system.capacityJPerK[at] ?? 1)));
  const change = exponentialMinusIdentity(exponent);
  return start.map((value, row) => value + difference.reduce((sum, amount, column) => sum + cell(change, row, column) * amount, 0));
}

/** The dense system of a network specification with given held temperatures, assembled link by link. */
export function denseFromSpec(spec: HeatNetworkSpec, portC: Readonly<Record<string, number>>, powerW: readonly number[]): { readonly system: DenseSystem; readonly sourceW: number[] } {
  const row = new Map(spec.nodes.map((node, at) => [node.name, at]));
  const conductanceWPerK: Rows = spec.nodes.map(() => spec.nodes.map(() => 0));
  const sourceW = [...powerW];
  const add = (i: number, j: number, value: number): void => {
    const target = conductanceWPerK[i];
    if (target !== undefined) target[j] = (target[j] ?? 0) + value;
  };
  for (const link of spec.links) {
    const conductance = 1 / link.resistanceKPerW;
    for (const [here, there] of [[link.from, link.to], [link.to, link.from]] as const) {
      const i = row.get(here);
      if (i === undefined) continue;
      add(i, i, conductance);
      const j = row.get(there);
      if (j !== undefined) add(i, j, -conductance);
      else sourceW[i] = (sourceW[i] ?? 0) + conductance * (portC[there] ?? 0);
    }
  }
  return { system: { capacityJPerK: spec.nodes.map((node) => node.capacityJPerK), conductanceWPerK }, sourceW };
}

/** A connected random network: a random tree, extra links, two ports, capacities and resistances over several decades. */
export function randomNetwork(options: { readonly seed: number; readonly nodeCount: number }): { readonly spec: HeatNetworkSpec; readonly powerW: number[]; readonly startC: number[] } {
  const dice = createDice(options.seed);
  const between = (low: number, high: number): number => low * (high / low) ** dice.uniform();
  const nodes = Array.from({ length: options.nodeCount }, (_, at) => ({ name: `n${at}`, capacityJPerK: between(1e-4, 100) }));
  const links = nodes.map((node, at) => ({ from: node.name, to: at === 0 ? 'air' : `n${dice.below(at)}`, resistanceKPerW: between(0.05, 20) }));
  for (let extra = 0; extra < options.nodeCount; extra++) {
    const from = dice.below(options.nodeCount);
    const to = dice.below(options.nodeCount);
    if (from !== to) links.push({ from: `n${from}`, to: `n${to}`, resistanceKPerW: between(0.1, 50) });
  }
  links.push({ from: `n${options.nodeCount - 1}`, to: 'coolant', resistanceKPerW: between(0.1, 5) });
  return {
    spec: { name: 'random', nodes, ports: ['air', 'coolant'], links },
    powerW: nodes.map(() => 5 * dice.uniform()),
    startC: nodes.map(() => 20 + 40 * dice.uniform()),
  };
}
