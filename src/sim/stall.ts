/** Who waits for what, when a run can never end: the report of a stalled run. */

import type { Refusal } from '../base/refusal.ts';
import { refuse } from '../base/refusal.ts';
import type { FlowProgram } from './flow-program.ts';
import type { FlowRun } from './flow-run.ts';

/** Flows named one by one in a report; the rest are counted. */
export const stallReasonsMax = 20;

const seconds = (ns: number): string => `${Number((ns / 1e9).toPrecision(9))} s`;

function activeReason(program: FlowProgram, run: FlowRun, flow: number): string {
  const left = `${Number((run.remainingBits(flow) / 8).toPrecision(9))} bytes to send`;
  for (let at = program.pathOffset[flow] ?? 0; at < (program.pathOffset[flow + 1] ?? 0); at++) {
    const link = program.pathLink[at] ?? 0;
    if (run.linkRateGbps(link) === 0) return `Flow ${flow} has ${left} and waits for link ${link}, whose capacity is 0 for ever after ${seconds(run.nowNs)}.`;
  }
  if (program.flowCapGbps?.[flow] === 0) return `Flow ${flow} has ${left} and a rate cap of 0.`;
  return `Flow ${flow} has ${left} and gets nothing: stalled flows of a higher class hold its links.`;
}

function waitingReason(program: FlowProgram, run: FlowRun, flow: number): string {
  const missing: number[] = [];
  for (let at = program.afterOffset?.[flow] ?? 0; at < (program.afterOffset?.[flow + 1] ?? 0); at++) {
    const earlier = program.afterFlow?.[at] ?? 0;
    const state = run.state(earlier);
    if (state === 'waiting' || state === 'active') missing.push(earlier);
  }
  const named = missing.slice(0, 4).join(', ') + (missing.length > 4 ? ` and ${missing.length - 4} more` : '');
  return `Flow ${flow} waits for the completion of flow ${named}.`;
}

/** The refusal of a run whose clock has nothing left to wait for although flows remain. */
export function describeStall(program: FlowProgram, run: FlowRun): Refusal {
  const active: number[] = [];
  const waiting: number[] = [];
  for (let flow = 0; flow < program.flowCount; flow++) {
    const state = run.state(flow);
    if (state === 'active') active.push(flow);
    else if (state === 'waiting') waiting.push(flow);
  }
  const reasons = [`The run stalled at ${seconds(run.nowNs)}: ${active.length} flows have no rate and ${waiting.length} wait for others; no capacity event is left.`];
  for (const flow of active.slice(0, stallReasonsMax)) reasons.push(activeReason(program, run, flow));
  for (const flow of waiting.slice(0, Math.max(0, stallReasonsMax - active.length))) reasons.push(waitingReason(program, run, flow));
  const unnamed = active.length + waiting.length - (reasons.length - 1);
  if (unnamed > 0) reasons.push(`${unnamed} more flows wait.`);
  return refuse('stalled', 'never', ...reasons);
}
