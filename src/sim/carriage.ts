/**
 * Time series of a run: what each link and each class carried between sampling instants, exact to the bit, for a sink.
 *
 * Bounds: flows and links are rows of the program that `cells` was compiled from.
 */

import type { Cells } from './cells.ts';
import type { SinkOptions } from './flow-sink.ts';

export interface Carriage {
  joined(flow: number): void;
  /** The flow leaves the network with `leftBits` still to send. */
  left(flow: number, leftBits: number): void;
  /** Emits every sampling instant up to `untilNs`, given that rates have been constant since `nowNs`. */
  sampleUpTo(untilNs: number, nowNs: number): void;
  /** Emits the last, shorter interval. */
  finish(nowNs: number): void;
}

/** How the run answers while rates are constant. */
export interface FlowReading {
  /** Bits left at the run's clock. */
  leftBits(flow: number): number;
  rateGbps(flow: number): number;
}

/** `null` when nothing is sampled: the run then pays nothing for it. */
export function createCarriage(cells: Cells, options: SinkOptions, reading: FlowReading): Carriage | null {
  const sampleNs = options.sampleNs ?? Infinity;
  const { sink } = options;
  if (!(sampleNs > 0) || sampleNs === Infinity || (sink.linkSample === undefined && sink.classSample === undefined)) return null;
  const { water, linkCount, layerCount, priorities, flowClass } = cells;
  const carriedBits = new Float64Array(linkCount);
  const sentBits = new Float64Array(priorities.length);
  const activeFlows = new Int32Array(priorities.length);
  const active = new Set<number>();
  const bitsAtSample = new Map<number, number>();
  let fromNs = 0;
  let samples = 0;

  const credit = (flow: number, leftBits: number): void => {
    const bits = (bitsAtSample.get(flow) ?? leftBits) - leftBits;
    bitsAtSample.set(flow, leftBits);
    sentBits[flowClass === null ? 0 : flowClass[flow]!]! += bits;
    for (let hop = water.flowHopFirst[flow]!; hop < water.flowHopEnd[flow]!; hop++) {
      const cell = water.hopCell[hop]!;
      if (cell < layerCount * linkCount) carriedBits[cell % linkCount]! += (bits * water.hopWeight[hop]!) / cells.rowWeight(flow);
    }
  };
  const emit = (toNs: number): void => {
    for (let link = 0; link < linkCount; link++) {
      if (carriedBits[link]! > 0) sink.linkSample?.(fromNs, toNs, link, carriedBits[link]!, cells.linkRateGbps[link]!);
    }
    for (let rank = 0; rank < priorities.length; rank++) sink.classSample?.(fromNs, toNs, priorities[rank]!, sentBits[rank]!, activeFlows[rank]!);
    carriedBits.fill(0);
    sentBits.fill(0);
    fromNs = toNs;
  };
  return {
    joined(flow) {
      active.add(flow);
      bitsAtSample.set(flow, reading.leftBits(flow));
      activeFlows[flowClass === null ? 0 : flowClass[flow]!]! += 1;
    },
    left(flow, leftBits) {
      credit(flow, leftBits);
      active.delete(flow);
      bitsAtSample.delete(flow);
      activeFlows[flowClass === null ? 0 : flowClass[flow]!]! -= 1;
    },
    sampleUpTo(untilNs, nowNs) {
      for (let atNs = (samples + 1) * sampleNs; atNs <= untilNs; atNs = (samples + 1) * sampleNs) {
        for (const flow of active) credit(flow, Math.max(0, reading.leftBits(flow) - reading.rateGbps(flow) * (atNs - nowNs)));
        emit(atNs);
        samples += 1;
      }
    },
    finish(nowNs) {
      if (nowNs <= fromNs) return;
      for (const flow of active) credit(flow, reading.leftBits(flow));
      emit(nowNs);
    },
  };
}
