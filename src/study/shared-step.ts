/**
 * One training step that shares the network with traffic of other classes: one program of the flow engine with priorities.
 *
 * The job's collectives follow each other, each executed once: a gate, a flow without bits, ends with the last flow of one and
 * releases all flows of the next. Traffic of other classes starts with the step and gets what higher classes leave.
 */

import type { Refusal } from '../base/refusal.ts';
import { isRefusal } from '../base/refusal.ts';
import type { CompiledCluster } from '../fabric/compiled.ts';
import type { ClassFloor, FlowProgram } from '../sim/flow-program.ts';
import { runFlows } from '../sim/run-flows.ts';
import { defaultCalibration } from '../traffic/calibration.ts';
import type { TrafficClassName } from '../traffic/classes.ts';
import { trafficClasses, trafficClassNames } from '../traffic/classes.ts';
import type { RankFlows } from '../traffic/phase-flows.ts';
import { phaseFlows } from '../traffic/phase-flows.ts';
import { communicationPhases } from '../traffic/phases.ts';
import { networkView } from './fabric-view.ts';
import type { Routes } from './phase-run.ts';
import { routeFlows } from './phase-run.ts';
import type { TrainingJob } from './training-run.ts';

/** Flows of one class that start together. */
export interface ClassTraffic {
  readonly name: string;
  readonly trafficClass: TrafficClassName;
  readonly flows: RankFlows;
  /** Ways of the flows as somebody set them; by the fabric's own routing when absent. */
  readonly routes?: Routes;
  /** Rate caps by flow: what leases pace them to. */
  readonly capGbps?: Float64Array;
}

export interface SharedStep {
  /** When the last flow of each part ended, in the order job, then others; `completionNs` by flow of the part. */
  readonly parts: readonly { readonly name: string; readonly trafficClass: TrafficClassName; readonly flows: number; readonly endNs: number; readonly completionNs: Float64Array }[];
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

function createProgram(cluster: CompiledCluster, layout: Layout, { linkRateGbps, isClassBlind, classFloors }: SharedStepOptions): FlowProgram | Refusal {
  const { fabric } = cluster;
  const { flowCount, parts } = layout;
  const flowBits = new Float64Array(flowCount);
  const flowPriority = new Int32Array(flowCount).fill(1);
  const flowCapGbps = new Float64Array(flowCount).fill(Infinity);
  const pathOffset = new Int32Array(flowCount + 1);
  const pieces: Int32Array[] = [];
  let end = 0;
  for (const { part, firstRow, gateRow } of parts) {
    const routes = part.routes ?? routeFlows(cluster, part.flows);
    if (isRefusal(routes)) return routes;
    flowBits.set(part.flows.flowBits, firstRow);
    if (part.capGbps !== undefined) flowCapGbps.set(part.capGbps, firstRow);
    if (isClassBlind !== true) flowPriority.fill(trafficClasses[part.trafficClass].priority, firstRow, firstRow + part.flows.flowCount);
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
    linkCount: fabric.linkCount, linkRateGbps: linkRateGbps ?? fabric.linkRateGbps, linkLatencyNs: new Float64Array(fabric.linkCount),
    flowCount, flowBits, flowStartNs: new Float64Array(flowCount), flowWeight: null, flowCapGbps, flowPriority, pathOffset, pathLink, ...waits(layout),
    ...(classFloors === undefined ? {} : { classFloors }),
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

export interface SharedStepOptions {
  /** False runs every flow by itself. */
  readonly fold?: boolean;
  /** The light as it is, where it is not as the design has it. */
  readonly linkRateGbps?: Float64Array;
  /** All classes share alike: a network that knows none. */
  readonly isClassBlind?: boolean;
  readonly classFloors?: readonly ClassFloor[];
}

/** Runs the job's collectives and the other traffic together. */
export function runSharedStep(cluster: CompiledCluster, traffic: { readonly job: readonly ClassTraffic[]; readonly others: readonly ClassTraffic[] }, options: SharedStepOptions = {}): SharedStep | Refusal {
  const layout = layOut(traffic.job, traffic.others);
  const program = createProgram(cluster, layout, options);
  if (isRefusal(program)) return program;
  const outcome = runFlows(program, options.fold === undefined ? {} : { fold: options.fold });
  if (isRefusal(outcome)) return outcome;
  const parts = layout.parts.map(({ part, firstRow }) => {
    const completionNs = outcome.completionNs.subarray(firstRow, firstRow + part.flows.flowCount);
    return { name: part.name, trafficClass: part.trafficClass, flows: part.flows.flowCount, completionNs, endNs: completionNs.reduce((latest, ns) => Math.max(latest, ns), 0) };
  });
  return { parts, jobEndNs: parts.slice(0, traffic.job.length).reduce((latest, { endNs }) => Math.max(latest, endNs), 0), flows: program.flowCount, solves: outcome.solves };
}
