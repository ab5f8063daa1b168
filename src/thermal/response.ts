/**
 * How a heat network answers constant heat and held port temperatures: after any time, and after all time.
 *
 * The equations and their sources are in `network.ts`; nothing here steps in time, so no step size limits the answer.
 *
 * Kernel: the bounds hold for every non-null assertion because every matrix is row-major with nodeCount (or portCount) columns, every
 * vector has nodeCount (or portCount) entries, and each loop stays below those counts.
 */

import type { HeatNetwork } from './network.ts';

/** Constant heat and held temperatures for one step. */
export interface HeatInput {
  /** One entry per node. */
  readonly powerW: Float64Array;
  /** One entry per port. */
  readonly portC: Float64Array;
}

/** Heat that flows into each node from the sources and from the held ports, W. */
function injectedW(network: HeatNetwork, input: HeatInput): Float64Array {
  const { nodeCount, portCount, portConductanceWPerK } = network;
  const total = Float64Array.from(input.powerW);
  for (let node = 0; node < nodeCount; node++) {
    for (let port = 0; port < portCount; port++) total[node]! += portConductanceWPerK[node * portCount + port]! * input.portC[port]!;
  }
  return total;
}

/** Amplitude of every mode for a vector given in the symmetrised coordinates: V^T x. */
function modalAmplitudes(network: HeatNetwork, symmetrised: Float64Array): Float64Array {
  const { nodeCount, modes } = network;
  const amplitude = new Float64Array(nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    for (let mode = 0; mode < nodeCount; mode++) amplitude[mode]! += modes[node * nodeCount + mode]! * symmetrised[node]!;
  }
  return amplitude;
}

/** Node temperatures of given modal amplitudes: C^-1/2 V z. */
function temperaturesFromModes(network: HeatNetwork, amplitude: Float64Array): Float64Array {
  const { nodeCount, modes, capacityJPerK } = network;
  const temperatureC = new Float64Array(nodeCount);
  for (let node = 0; node < nodeCount; node++) {
    let sum = 0;
    for (let mode = 0; mode < nodeCount; mode++) sum += modes[node * nodeCount + mode]! * amplitude[mode]!;
    temperatureC[node] = sum / Math.sqrt(capacityJPerK[node]!);
  }
  return temperatureC;
}

/** Temperatures after all time, when every watt in is a watt out at the ports: G T = P + B T_port. */
export function steadyTemperaturesC(network: HeatNetwork, input: HeatInput): Float64Array {
  const scaled = injectedW(network, input).map((heat, node) => heat / Math.sqrt(network.capacityJPerK[node]!));
  return temperaturesFromModes(network, modalAmplitudes(network, scaled).map((amplitude, mode) => amplitude / network.ratePerS[mode]!));
}

/** Temperatures after `durationS` of constant input: exact for any duration, from a nanosecond to a year. */
export function temperaturesAfterC(network: HeatNetwork, start: Float64Array, input: HeatInput, durationS: number): Float64Array {
  const steadyC = steadyTemperaturesC(network, input);
  const scaled = start.map((startC, node) => (startC - steadyC[node]!) * Math.sqrt(network.capacityJPerK[node]!));
  const left = modalAmplitudes(network, scaled).map((amplitude, mode) => amplitude * Math.exp(-network.ratePerS[mode]! * durationS));
  return temperaturesFromModes(network, left).map((differenceK, node) => steadyC[node]! + differenceK);
}

/** Heat that leaves through each port at given node temperatures, W (negative where heat comes in). */
export function portHeatW(network: HeatNetwork, temperatureC: Float64Array, portC: Float64Array): Float64Array {
  const { nodeCount, portCount, portConductanceWPerK } = network;
  const out = new Float64Array(portCount);
  for (let node = 0; node < nodeCount; node++) {
    for (let port = 0; port < portCount; port++) out[port]! += portConductanceWPerK[node * portCount + port]! * (temperatureC[node]! - portC[port]!);
  }
  return out;
}

/** One node's temperature as an exponential sum: T(t) = offsetC + sum_k amplitudeK[k] exp(-ratePerS[k] t). */
export interface ExponentialSum {
  readonly offsetC: number;
  readonly amplitudeK: Float64Array;
  readonly ratePerS: Float64Array;
}

/** The course of one node under constant input, for threshold searches and drawings. */
export function nodeCourse(network: HeatNetwork, start: Float64Array, input: HeatInput, node: number): ExponentialSum {
  const { nodeCount, modes, capacityJPerK } = network;
  const steadyC = steadyTemperaturesC(network, input);
  const amplitude = modalAmplitudes(network, start.map((startC, at) => (startC - steadyC[at]!) * Math.sqrt(capacityJPerK[at]!)));
  const amplitudeK = amplitude.map((value, mode) => (modes[node * nodeCount + mode]! * value) / Math.sqrt(capacityJPerK[node]!));
  return { offsetC: steadyC[node]!, amplitudeK, ratePerS: network.ratePerS };
}

/** The sum at one time. */
export function evaluateSum(sum: ExponentialSum, timeS: number): number {
  let value = sum.offsetC;
  for (let k = 0; k < sum.amplitudeK.length; k++) value += sum.amplitudeK[k]! * Math.exp(-sum.ratePerS[k]! * timeS);
  return value;
}
