/**
 * Who holds a set of rail ports when: the bursts of a step in their order, with the switch set to the next dimension as soon as the
 * one before is through, so that gaps between bursts hide the switching (the class of Opus, arXiv 2602.12521).
 */

import type { JobTimeline } from '../../traffic/timeline/job-timeline.ts';
import { stageBursts } from '../../traffic/timeline/job-timeline.ts';

/** One dimension holds the ports of one stage from `armedNs` (light settled) to `endNs`, and talks first at `startNs`. */
export interface RailWindow {
  readonly stage: number;
  readonly dimension: string;
  readonly armNs: number;
  readonly armedNs: number;
  readonly startNs: number;
  readonly endNs: number;
}

export interface RailSchedule {
  readonly windows: readonly RailWindow[];
  /** Growth of the step: the most that any stage is held up. */
  readonly lateNs: number;
  readonly switches: number;
  /** Switching time that lay under gaps, as a share of all. */
  readonly hiddenShare: number;
}

interface Holder { readonly dimension: number; readonly freeNs: number }

interface StageRun { readonly windows: readonly RailWindow[]; readonly lateNs: number; readonly waitedNs: number; readonly last: Holder | null }

interface StageQuestion {
  readonly timeline: JobTimeline;
  readonly stage: number;
  readonly names: readonly string[];
  /** Dimension of a phase, -1 for phases on other ports. */
  readonly dimensionOf: Int32Array;
  readonly switchNs: number;
  readonly before: Holder | null;
}

/** Bursts of one stage in the order of their starts. A burst that waits beyond its slack delays everything after it. */
function runStage({ timeline, stage, names, dimensionOf, switchNs, before }: StageQuestion): StageRun {
  const windows: RailWindow[] = [];
  let holder = before;
  let lateNs = 0;
  let waitedNs = 0;
  for (const burst of stageBursts(timeline, stage)) {
    const dimension = dimensionOf[burst.phase] ?? -1;
    if (dimension < 0) continue;
    const dueNs = burst.startNs + lateNs;
    const armNs = holder?.freeNs ?? dueNs - switchNs;
    const isSwitch = holder !== null && holder.dimension !== dimension;
    const waitNs = isSwitch ? Math.max(0, armNs + switchNs - dueNs) : 0;
    const endNs = burst.endNs + lateNs + waitNs;
    const open = windows[windows.length - 1];
    if (isSwitch || open === undefined) windows.push({ stage, dimension: names[dimension] ?? '', armNs, armedNs: armNs + switchNs, startNs: dueNs + waitNs, endNs });
    else windows[windows.length - 1] = { ...open, endNs: Math.max(open.endNs, endNs) };
    if (isSwitch) waitedNs += Math.min(waitNs, switchNs);
    lateNs += Math.max(0, waitNs - burst.slackNs);
    holder = { dimension, freeNs: Math.max(isSwitch ? 0 : holder?.freeNs ?? 0, endNs) };
  }
  return { windows, lateNs, waitedNs, last: holder };
}

/**
 * One set of ports that several dimensions share in time, all stages. Steps repeat, so each stage starts with the ports as the step
 * before left them: every stage is run twice and the second run counts.
 */
export function scheduleRail(timeline: JobTimeline, sharers: readonly { readonly name: string; readonly phases: readonly number[] }[], switchNs: number): RailSchedule {
  const dimensionOf = new Int32Array(timeline.step.phases.length).fill(-1);
  sharers.forEach(({ phases }, at) => phases.forEach((row) => { dimensionOf[row] = at; }));
  const windows: RailWindow[] = [];
  let lateNs = 0;
  let waitedNs = 0;
  let switches = 0;
  for (let stage = 0; stage < timeline.order.shape.stages; stage++) {
    const question = { timeline, stage, names: sharers.map(({ name }) => name), dimensionOf, switchNs };
    const first = runStage({ ...question, before: null });
    const before = first.last === null ? null : { ...first.last, freeNs: first.last.freeNs - timeline.stepNs - first.lateNs };
    const run = runStage({ ...question, before });
    windows.push(...run.windows);
    lateNs = Math.max(lateNs, run.lateNs);
    waitedNs += run.waitedNs;
    // A step that ends with the dimension it began with switches once less than it has windows.
    switches += run.windows.length - (run.windows[0]?.dimension === run.windows[run.windows.length - 1]?.dimension ? 1 : 0);
  }
  return { windows, lateNs, switches, hiddenShare: switches === 0 ? 1 : 1 - waitedNs / (switches * switchNs) };
}
