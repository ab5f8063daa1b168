/** Turns what the flow engine emits during a run into rows that name phases, links and classes. */

import type { CompiledCluster } from '../fabric/compiled.ts';
import { linkTiers } from '../fabric/fabric.ts';
import { shortNodeName } from '../fabric/refused-cables.ts';
import type { FlowSink, SinkOptions } from '../sim/flow-sink.ts';
import type { RankFlows } from '../traffic/phase-flows.ts';

/** One completed flow. Times count from the start of the run, phases laid end to end. */
export interface FlowRow {
  readonly phase: string;
  readonly class: string;
  readonly flow: number;
  readonly source_rank: number;
  readonly target_rank: number;
  readonly bytes: number;
  readonly release_s: number;
  readonly completion_s: number;
}

/** What a link carried, or a class sent, between two sampling instants. */
export interface SeriesRow {
  readonly kind: 'link' | 'class';
  readonly phase: string;
  readonly class: string;
  readonly from_s: number;
  readonly to_s: number;
  readonly link?: number;
  readonly source?: string;
  readonly target?: string;
  readonly tier?: string;
  readonly bytes: number;
  readonly rate_gbps: number;
  readonly capacity_gbps?: number;
  readonly active_flows?: number;
}

export interface RowSinks {
  readonly flow: ((row: FlowRow) => void) | null;
  readonly series: ((row: SeriesRow) => void) | null;
  /** Distance of the sampling instants of the series. */
  readonly sampleNs: number;
}

export interface RecordedPhase {
  readonly name: string;
  readonly trafficClass: string;
  readonly startNs: number;
  readonly flows: RankFlows;
}

export interface RunRecorder {
  /** Sink and sampling for the engine while it runs this phase. */
  phase(phase: RecordedPhase): Partial<SinkOptions>;
}

/** `startNs` is the time of the run at which its first phase starts. */
export function createRunRecorder(cluster: CompiledCluster, sinks: RowSinks, startNs = 0): RunRecorder {
  const { fabric } = cluster;
  return {
    phase({ name, trafficClass, startNs: phaseNs, flows }) {
      const zeroNs = startNs + phaseNs;
      const seconds = (ns: number): number => (zeroNs + ns) / 1e9;
      const { flow: writeFlow, series: writeSeries } = sinks;
      const sink: FlowSink = {
        ...(writeFlow === null ? {} : {
          flowEnded(flow: number, releaseNs: number, completionNs: number) {
            writeFlow({
              phase: name, class: trafficClass, flow, source_rank: flows.sourceRank[flow] ?? -1, target_rank: flows.targetRank[flow] ?? -1,
              bytes: (flows.flowBits[flow] ?? 0) / 8, release_s: seconds(releaseNs), completion_s: seconds(completionNs),
            });
          },
        }),
        ...(writeSeries === null ? {} : {
          linkSample(fromNs: number, toNs: number, link: number, carriedBits: number, capacityGbps: number) {
            writeSeries({
              kind: 'link', phase: name, class: trafficClass, from_s: seconds(fromNs), to_s: seconds(toNs), link,
              source: shortNodeName(fabric, fabric.linkSource[link] ?? 0), target: shortNodeName(fabric, fabric.linkTarget[link] ?? 0),
              tier: linkTiers[fabric.linkTier[link] ?? 0] ?? 'fabric', bytes: carriedBits / 8, rate_gbps: carriedBits / (toNs - fromNs), capacity_gbps: capacityGbps,
            });
          },
          classSample(fromNs: number, toNs: number, _priority: number, sentBits: number, activeFlows: number) {
            writeSeries({ kind: 'class', phase: name, class: trafficClass, from_s: seconds(fromNs), to_s: seconds(toNs), bytes: sentBits / 8, rate_gbps: sentBits / (toNs - fromNs), active_flows: activeFlows });
          },
        }),
      };
      return { sink, ...(writeSeries === null ? {} : { sampleNs: sinks.sampleNs }) };
    },
  };
}
