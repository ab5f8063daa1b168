/**
 * What jobs that share links do to each other's steps, in closed form, at any phase of each.
 *
 * A circle is cut into slots. In a slot a link serves its classes in order of priority; when the classes up to a burst's own ask for
 * D of the capacity C, the slot takes D / C as long for the burst, so it ends (D / C - 1) slots later. A burst is late by its worst
 * link, minus its slack, and a job's step grows by all bursts of the step. Example: two jobs ask for the whole link for 40 ms at the
 * same time in the same class: D / C = 2, and both are 40 ms late; when one class is higher, only the other is.
 *
 * To first order: a late burst is not moved. Bounds: `cellSlot` < slots, `cellBurst` < bursts and `cellJob` < jobs by construction;
 * a slot moved by a rotation is taken modulo the slots. O(cells x links of a job) for one evaluation.
 */

import type { TrafficClass, TrafficClassName } from '../../traffic/classes.ts';
import type { PhasedJob, SharedLink } from './phase-circle.ts';

export interface ContentionModel {
  readonly slots: number;
  readonly slotNs: number;
  readonly repeats: Int32Array;
  readonly jobs: number;
  readonly accelerators: Float64Array;
  /** Occurrences of bursts on the circle. */
  readonly burstJob: Int32Array;
  readonly burstSlackNs: Float64Array;
  readonly burstPriority: Int32Array;
  readonly burstRateGbps: Float64Array;
  readonly burstClass: readonly TrafficClassName[];
  /** A cell is a part of one slot that one occurrence covers; cells of job j are [cellOffset[j], cellOffset[j + 1]). */
  readonly cellOffset: Int32Array;
  readonly cellSlot: Int32Array;
  readonly cellBurst: Int32Array;
  readonly cellShare: Float64Array;
  readonly priorities: number;
  readonly links: readonly SharedLink[];
  /** Scratch, sized once: demand of the classes up to each priority by slot, and how late each occurrence is. */
  readonly demandGbps: Float64Array;
  readonly linkLateNs: Float64Array;
  readonly lateNs: Float64Array;
}

/** The outcome at one phase of every job. */
export interface Contention {
  /** Growth of each job's step. */
  readonly delayNs: Float64Array;
  /** Sum over jobs of accelerators x delay / period: accelerators that stand still. */
  readonly idleAccelerators: number;
  /** Bits per nanosecond of the circle asked above capacity, summed over links. */
  readonly excessGbps: number;
}

export interface ModelQuestion {
  readonly jobs: readonly PhasedJob[];
  readonly links: readonly SharedLink[];
  readonly lengthNs: number;
  readonly repeats: readonly number[];
  readonly slots: number;
  readonly classes: Readonly<Record<TrafficClassName, TrafficClass>>;
}

interface Cells { readonly slot: number[]; readonly burst: number[]; readonly share: number[] }

/** Covers [start, start + length) of the circle, in slots, with cells; parts of slots count in part. */
function cover(cells: Cells, burst: number, span: { readonly start: number; readonly length: number; readonly slots: number }): void {
  const { start, length, slots } = span;
  const end = start + Math.min(length, slots);
  for (let slot = Math.floor(start); slot < end; slot++) {
    const share = Math.min(end, slot + 1) - Math.max(start, slot);
    if (share <= 1e-12) continue;
    cells.slot.push(((slot % slots) + slots) % slots);
    cells.burst.push(burst);
    cells.share.push(share);
  }
}

/** Draws every job's steps on the circle at its present phase. */
export function contentionModel({ jobs, links, lengthNs, repeats, slots, classes }: ModelQuestion): ContentionModel {
  const slotNs = lengthNs / slots;
  const ranks = [...new Set(jobs.flatMap((job) => job.bursts.map((burst) => classes[burst.trafficClass].priority)))].sort((a, b) => a - b);
  const cells: Cells = { slot: [], burst: [], share: [] };
  const burstJob: number[] = [];
  const burstSlackNs: number[] = [];
  const burstPriority: number[] = [];
  const burstRateGbps: number[] = [];
  const burstClass: TrafficClassName[] = [];
  const cellOffset = new Int32Array(jobs.length + 1);
  for (const [row, job] of jobs.entries()) {
    const turns = repeats[row] ?? 1;
    for (let turn = 0; turn < turns; turn++) {
      for (const burst of job.bursts) {
        cover(cells, burstJob.length, { start: (job.originNs + burst.startNs + (turn * lengthNs) / turns) / slotNs, length: burst.durationNs / slotNs, slots });
        burstJob.push(row);
        burstSlackNs.push(burst.slackNs);
        burstPriority.push(ranks.indexOf(classes[burst.trafficClass].priority));
        burstRateGbps.push(burst.rateGbps);
        burstClass.push(burst.trafficClass);
      }
    }
    cellOffset[row + 1] = cells.slot.length;
  }
  return {
    slots, slotNs, repeats: Int32Array.from(repeats), jobs: jobs.length, accelerators: Float64Array.from(jobs, (job) => job.accelerators / job.periodNs),
    burstJob: Int32Array.from(burstJob), burstSlackNs: Float64Array.from(burstSlackNs), burstPriority: Int32Array.from(burstPriority), burstRateGbps: Float64Array.from(burstRateGbps), burstClass,
    cellOffset, cellSlot: Int32Array.from(cells.slot), cellBurst: Int32Array.from(cells.burst), cellShare: Float64Array.from(cells.share),
    priorities: ranks.length, links,
    demandGbps: new Float64Array(slots * ranks.length), linkLateNs: new Float64Array(burstJob.length), lateNs: new Float64Array(burstJob.length),
  };
}

/** Demand of each class and those above it on one link, slot by slot; returns what the lowest asks above capacity, in Gb/s x slots. */
function drawDemand(model: ContentionModel, link: SharedLink, rotation: Int32Array): number {
  const { slots, priorities, demandGbps, cellOffset, cellSlot, cellBurst, cellShare, burstPriority, burstRateGbps, burstClass } = model;
  demandGbps.fill(0);
  for (const { job, scale, scaleOf } of link.users) {
    if (rotation[job]! < 0) continue;
    for (let cell = cellOffset[job]!; cell < cellOffset[job + 1]!; cell++) {
      const burst = cellBurst[cell]!;
      const slot = (cellSlot[cell]! + rotation[job]!) % slots;
      demandGbps[burstPriority[burst]! * slots + slot]! += cellShare[cell]! * burstRateGbps[burst]! * (scaleOf?.[burstClass[burst]!] ?? scale);
    }
  }
  for (let at = slots; at < priorities * slots; at++) demandGbps[at]! += demandGbps[at - slots]!;
  let excess = 0;
  for (let at = Math.max(0, priorities - 1) * slots; at < priorities * slots; at++) excess += Math.max(0, demandGbps[at]! - link.capacityGbps);
  return excess;
}

/** Evaluates one phase of every job; `rotation` is in slots, added to the present phase; below 0 the job is left out. */
export function evaluateContention(model: ContentionModel, rotation: Int32Array): Contention {
  const { slots, slotNs, cellOffset, cellSlot, cellBurst, cellShare, burstPriority, burstJob, burstSlackNs, demandGbps, linkLateNs, lateNs, links } = model;
  lateNs.fill(0);
  let excess = 0;
  for (const link of links) {
    excess += drawDemand(model, link, rotation);
    linkLateNs.fill(0);
    for (const { job } of link.users) {
      if (rotation[job]! < 0) continue;
      for (let cell = cellOffset[job]!; cell < cellOffset[job + 1]!; cell++) {
        const burst = cellBurst[cell]!;
        const over = demandGbps[burstPriority[burst]! * slots + ((cellSlot[cell]! + rotation[job]!) % slots)]! / link.capacityGbps - 1;
        if (over > 0) linkLateNs[burst]! += over * cellShare[cell]! * slotNs;
      }
    }
    for (let burst = 0; burst < lateNs.length; burst++) if (linkLateNs[burst]! > lateNs[burst]!) lateNs[burst] = linkLateNs[burst]!;
  }
  const delayNs = new Float64Array(model.jobs);
  for (let burst = 0; burst < lateNs.length; burst++) {
    const job = burstJob[burst]!;
    delayNs[job]! += Math.max(0, lateNs[burst]! - burstSlackNs[burst]!) / model.repeats[job]!;
  }
  let idleAccelerators = 0;
  for (let job = 0; job < model.jobs; job++) idleAccelerators += delayNs[job]! * model.accelerators[job]!;
  return { delayNs, idleAccelerators, excessGbps: excess / slots };
}
