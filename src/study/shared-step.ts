/**
 * One training step that shares the network with traffic of other classes: one program of the flow engine with priorities.
 *
 * The job's collectives follow each other, each executed once: a gate, a flow without bits, ends with the last flow of one and
 * releases all flows of the next. Traffic of other classes starts with the step and gets what higher classes leave.
 */

import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { FlowProgram } from '../sim/flow-program.ts';
import { runFlows } from '../sim/run-flows.ts';
import { defaultCalibration } from '../traffic/calibration.ts';
import type { TrafficClassName } from '../traffic/classes.ts';
import { trafficClasses, trafficClassNames } from '../traffic/classes.ts';
import type { RankFlows } from '../traffic/phase-flows.ts';
import { phaseFlows } from '../traffic/phase-flows.ts';
import { communicationPhases } from '../traffic/phases.ts';
import { networkView } from './fabric-view.ts';
import { routeFlows } from './phase-run.ts';
import type { TrainingJob } from './training-run.ts';

/** Flows of one class that start together. */
export interface ClassTraffic {
  readonly name: string;
  readonly trafficClass: TrafficClassName;
  readonly flows: RankFlows;
}

export interface SharedStep {
  /** When the last flow of each part ended, in the order job, then others. */
  readonly parts: readonly { readonly name: string; readonly trafficClass: TrafficClassName; readonly flows: number; readonly endNs: number }[];
  /** When the job's last collective ended. */
  readonly jobEndNs: number;
  readonly flows: number;
  readonly solves: number;
}

/** Rows of the program: the job's collectives with a gate behind each, then the others. */
interface Layout {
  readonly flowCount: number;
  readonly parts: readonly { readonly part: ClassTraffic; readonly firstRow: number; readonly gateRow: number }[];
}

function layOut(job: readonly ClassTraffic[], others: readonly ClassTraffic[]): Layout {
  let row = 0;
  const place = (part: ClassTraffic, gates: number): Layout['parts'][number] => {
    const firstRow = row;
    row += part.flows.flowCount + gates;
    return { part, firstRow, gateRow: gates === 1 ? row - 1 : -1 };
  };
  const parts = [...job.map((part) => place(part, 1)), ...others.map((part) => place(part, 0))];
  return { flowCount: row, parts };
}

/** Every flow of a collective waits for the gate of the one before, and each gate for all flows of its own (and the gate before). */
function waits({ flowCount, parts }: Layout): Pick<FlowProgram, 'afterOffset' | 'afterFlow'> {
  const afterOffset = new Int32Array(flowCount + 1);
  const gated = parts.filter(({ gateRow }) => gateRow >= 0);
  const afterFlow = new Int32Array(gated.reduce((sum, { part }, at) => sum + part.flows.flowCount * (at === 0 ? 1 : 2) + (at === 0 ? 0 : 1), 0));
  let end = 0;
  let before = -1;
  for (const { part, firstRow, gateRow } of parts) {
    for (let row = firstRow; row < firstRow + part.flows.flowCount; row++) {
      if (gateRow >= 0 && before >= 0) afterFlow[end++] = before;
      afterOffset[row + 1] = end;
    }
    if (gateRow < 0) continue;
    for (let row = firstRow; row < gateRow; row++) afterFlow[end++] = row;
    if (before >= 0) afterFlow[end++] = before;
    afterOffset[gateRow + 1] = end;
    before = gateRow;
  }
  return { afterOffset, afterFlow };
}

function createProgram(cluster: CompiledCluster, layout: Layout): FlowProgram | Refusal {
  const { fabric } = cluster;
  const { flowCount, parts } = layout;
  const flowBits = new Float64Array(flowCount);
  const flowPriority = new Int32Array(flowCount).fill(1);
  const pathOffset = new Int32Array(flowCount + 1);
  const pieces: Int32Array[] = [];
  let end = 0;
  for (const { part, firstRow, gateRow } of parts) {
    const routes = routeFlows(cluster, part.flows);
    if (isRefusal(routes)) return routes;
    flowBits.set(part.flows.flowBits, firstRow);
    flowPriority.fill(trafficClasses[part.trafficClass].priority, firstRow, firstRow + part.flows.flowCount);
    for (let flow = 0; flow < part.flows.flowCount; flow++) pathOffset[firstRow + flow + 1] = end + (routes.pathOffset[flow + 1] ?? 0);
    pieces.push(routes.pathLink);
    end += routes.pathLink.length;
    if (gateRow >= 0) pathOffset[gateRow + 1] = end;
  }
  const pathLink = new Int32Array(end);
  let at = 0;
  for (const piece of pieces) {
    pathLink.set(piece, at);
    at += piece.length;
  }
  return {
    linkCount: fabric.linkCount, linkRateGbps: fabric.linkRateGbps, linkLatencyNs: new Float64Array(fabric.linkCount),
    flowCount, flowBits, flowStartNs: new Float64Array(flowCount), flowWeight: null, flowCapGbps: null, flowPriority, pathOffset, pathLink, ...waits(layout),
    eventNs: new Float64Array(0), eventLink: new Int32Array(0), eventRateGbps: new Float64Array(0),
  };
}

/** The job's collectives, each as its own class of traffic. */
export function jobTraffic(cluster: CompiledCluster, { model, plan }: TrainingJob): readonly ClassTraffic[] {
  const network = networkView(cluster);
  const constants = defaultCalibration.network;
  return communicationPhases(model, plan, network, defaultCalibration)
    .map((phase) => ({ name: phase.name, trafficClass: phase.trafficClass, flows: phaseFlows(phase, { network, constants }) }));
}

/** Classes of a mix, highest first. */
export const classesOf = (traffic: readonly ClassTraffic[]): readonly TrafficClassName[] => trafficClassNames.filter((name) => traffic.some(({ trafficClass }) => trafficClass === name));

/** Runs the job's collectives and the other traffic together. `fold: false` runs every flow by itself. */
export function runSharedStep(cluster: CompiledCluster, traffic: { readonly job: readonly ClassTraffic[]; readonly others: readonly ClassTraffic[] }, options: { readonly fold?: boolean } = {}): SharedStep | Refusal {
  const layout = layOut(traffic.job, traffic.others);
  const program = createProgram(cluster, layout);
  if (isRefusal(program)) return program;
  const outcome = runFlows(program, options);
  if (isRefusal(outcome)) return outcome;
  const parts = layout.parts.map(({ part, firstRow }) => {
    let endNs = 0;
    for (let row = firstRow; row < firstRow + part.flows.flowCount; row++) endNs = Math.max(endNs, outcome.completionNs[row] ?? 0);
    return { name: part.name, trafficClass: part.trafficClass, flows: part.flows.flowCount, endNs };
  });
  return { parts, jobEndNs: parts.slice(0, traffic.job.length).reduce((latest, { endNs }) => Math.max(latest, endNs), 0), flows: program.flowCount, solves: outcome.solves };
}
