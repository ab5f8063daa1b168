/** A job's unrolled step as bursts on a shared link, coarse enough for a circle: what one accelerator sends out of its domain, class by class. */

import { busFactor } from '../../traffic/collectives/operation.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';
import type { NetworkView } from '../../traffic/network-view.ts';
import { placeGroup } from '../../traffic/network-view.ts';
import type { CommunicationPhase } from '../../traffic/phases.ts';
import type { JobTimeline } from '../../traffic/timeline/job-timeline.ts';
import { stageBursts } from '../../traffic/timeline/job-timeline.ts';
import type { PhaseBurst, PhasedJob } from './phase-circle.ts';

/** Bits that one accelerator sends out of its domain in one execution: a group runs one ring per rank of a domain, each with its part. */
export function outboundBits(phase: CommunicationPhase, network: NetworkView): number {
  const { ranksPerDomain, domains } = placeGroup(phase.group, network);
  if (domains === 1) return 0;
  if (phase.op === 'pointToPoint') return phase.bits;
  if (phase.op === 'allToAll') return phase.crossDomainBits ?? (phase.bits * (phase.group.size - ranksPerDomain)) / phase.group.size;
  return (phase.bits * busFactor(phase.op, phase.group.size)) / ranksPerDomain;
}

/** Parts of a step in which rates are averaged. */
export const profileBins = 60;

interface Bin { bits: number; slackNs: number }

/** Spreads bits evenly over [startNs, endNs) of a step; what runs over the end belongs to the next step. */
function pour(bins: readonly Bin[], binNs: number, burst: { readonly startNs: number; readonly endNs: number; readonly bits: number; readonly slackNs: number }): void {
  const lengthNs = burst.endNs - burst.startNs;
  for (let bin = Math.floor(burst.startNs / binNs); bin * binNs < burst.endNs; bin++) {
    const overlapNs = Math.min(burst.endNs, (bin + 1) * binNs) - Math.max(burst.startNs, bin * binNs);
    const own = bins[bin % bins.length];
    if (own === undefined || overlapNs <= 0) continue;
    own.bits += (burst.bits * overlapNs) / lengthNs;
    own.slackNs = Math.min(own.slackNs, burst.slackNs);
  }
}

/** Neighbouring parts with traffic as one burst of their mean rate and least slack. */
function burstsOf(trafficClass: TrafficClassName, bins: readonly Bin[], binNs: number): readonly PhaseBurst[] {
  const bursts: PhaseBurst[] = [];
  let open: { from: number; bits: number; slackNs: number } | null = null;
  for (let bin = 0; bin <= bins.length; bin++) {
    const own = bins[bin];
    if (own !== undefined && own.bits > 0) {
      open = open === null ? { from: bin, ...own } : { from: open.from, bits: open.bits + own.bits, slackNs: Math.min(open.slackNs, own.slackNs) };
    } else if (open !== null) {
      const durationNs = (bin - open.from) * binNs;
      bursts.push({ trafficClass, startNs: open.from * binNs, durationNs, rateGbps: open.bits / durationNs, slackNs: open.slackNs });
      open = null;
    }
  }
  return bursts;
}

export interface ProfileOptions extends Pick<PhasedJob, 'id' | 'accelerators' | 'originNs' | 'jitterNs' | 'movable'> {
  readonly network: NetworkView;
  /** Stage whose accelerators use the shared light. */
  readonly stage: number;
}

/** The job of `shiftPhases`; `scale` of a link's user is then how many of its accelerators send over that link. */
export function phasedJob(timeline: JobTimeline, options: ProfileOptions): PhasedJob {
  const { id, accelerators, originNs, jitterNs, movable, network, stage } = options;
  const binNs = timeline.stepNs / profileBins;
  const binsOf = new Map<TrafficClassName, Bin[]>();
  for (const burst of stageBursts(timeline, stage)) {
    const phase = timeline.step.phases[burst.phase];
    if (phase === undefined || burst.endNs <= burst.startNs) continue;
    const bits = outboundBits(phase, network) * burst.executions;
    if (bits === 0) continue;
    const bins = binsOf.get(phase.trafficClass) ?? Array.from({ length: profileBins }, (): Bin => ({ bits: 0, slackNs: Infinity }));
    binsOf.set(phase.trafficClass, bins);
    pour(bins, binNs, { ...burst, bits });
  }
  return { id, accelerators, periodNs: timeline.stepNs, originNs, jitterNs, movable, bursts: [...binsOf].flatMap(([trafficClass, bins]) => burstsOf(trafficClass, bins, binNs)) };
}
