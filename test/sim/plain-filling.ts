/** The flow engine's dumb twin: plain progressive filling, everything recomputed at every event, lists and loops only. */

import type { FlowProgram } from '../../src/sim/flow-program.ts';

/** Rates by raising one level in small loops; `flows` share `rateGbps` (capacity per link, which is consumed). */
export function fill(program: FlowProgram, flows: readonly number[], rateGbps: number[]): Map<number, number> {
  const rates = new Map<number, number>();
  const path = (flow: number): number[] => [...program.pathLink.subarray(program.pathOffset[flow], program.pathOffset[flow + 1])];
  const weight = (flow: number): number => program.flowWeight?.[flow] ?? 1;
  const cap = (flow: number): number => program.flowCapGbps?.[flow] ?? Infinity;
  let rising = [...flows];
  while (rising.length > 0) {
    const load = new Map<number, number>();
    for (const flow of rising) for (const link of path(flow)) load.set(link, (load.get(link) ?? 0) + weight(flow));
    let level = Math.min(...rising.map((flow) => cap(flow) / weight(flow)));
    for (const [link, sum] of load) level = Math.min(level, Math.max(0, rateGbps[link] ?? 0) / sum);
    const full = new Set([...load].filter(([link, sum]) => Math.max(0, rateGbps[link] ?? 0) / sum <= level * (1 + 1e-12)).map(([link]) => link));
    const frozen = rising.filter((flow) => cap(flow) / weight(flow) <= level * (1 + 1e-12) || path(flow).some((link) => full.has(link)));
    for (const flow of frozen) {
      rates.set(flow, weight(flow) * level);
      for (const link of path(flow)) rateGbps[link] = (rateGbps[link] ?? 0) - weight(flow) * level;
    }
    rising = rising.filter((flow) => !rates.has(flow));
  }
  return rates;
}

/** Rates with floors and strict priority, by the words of the rule. */
export function allocate(program: FlowProgram, active: readonly number[], rateGbps: readonly number[]): Map<number, number> {
  const priority = (flow: number): number => program.flowPriority?.[flow] ?? 0;
  const classes = [...new Set(active.map(priority))].sort((a, b) => a - b);
  const members = (of: number): number[] => active.filter((flow) => priority(flow) === of);
  const use = (rates: Map<number, number>): number[] => {
    const used = rateGbps.map(() => 0);
    for (const [flow, rate] of rates) for (const link of program.pathLink.subarray(program.pathOffset[flow], program.pathOffset[flow + 1])) used[link] = (used[link] ?? 0) + rate;
    return used;
  };
  const held = new Map<number, number[]>();
  const distinct = new Set(program.flowPriority ?? [0]).size;
  for (const of of classes) {
    const share = distinct > 1 ? (program.classFloors?.find((floor) => floor.priority === of)?.share ?? 0) : 0;
    held.set(of, use(fill(program, members(of), rateGbps.map((rate) => rate * share))));
  }
  const all = new Map<number, number>();
  for (const of of classes) {
    const above = use(all);
    const left = rateGbps.map((rate, link) => {
      let rest = rate - (above[link] ?? 0);
      for (const lower of classes) if (lower > of) rest -= held.get(lower)?.[link] ?? 0;
      return rest <= rate * 1e-12 ? 0 : rest;
    });
    for (const [flow, rate] of fill(program, members(of), left)) all.set(flow, rate);
  }
  return all;
}

/** What a hand does to a run at a moment. */
export type Steer =
  | { readonly ns: number; readonly what: 'cancel'; readonly flow: number }
  | { readonly ns: number; readonly what: 'reroute'; readonly flow: number; readonly links: readonly number[]; readonly pauseNs: number }
  | { readonly ns: number; readonly what: 'throttle'; readonly link: number; readonly rateGbps: number };

/** The program with other paths. */
function withPaths(program: FlowProgram, paths: readonly (readonly number[])[]): FlowProgram {
  let end = 0;
  return { ...program, pathOffset: Int32Array.from([0, ...paths.map((path) => (end += path.length))]), pathLink: Int32Array.from(paths.flat()) };
}

/** Completion times by re-solving at every event; Infinity for flows that never complete. */
export function plainRun(given: FlowProgram, steering: readonly Steer[] = []): { readonly completionNs: number[]; readonly releaseNs: number[] } {
  const { flowCount } = given;
  let program = given;
  const after = (flow: number): number[] => (program.afterOffset === null || program.afterFlow === null ? [] : [...program.afterFlow.subarray(program.afterOffset[flow], program.afterOffset[flow + 1])]);
  const path = (flow: number): number[] => [...program.pathLink.subarray(program.pathOffset[flow], program.pathOffset[flow + 1])];
  const completionNs = Array.from({ length: flowCount }, () => Infinity);
  const cancelledNs = completionNs.map(() => Infinity);
  /** When a flow sends, fixed once it is released; a pause moves it. */
  const startNs = completionNs.map(() => Infinity);
  const left = [...program.flowBits];
  const rateGbps = [...program.linkRateGbps];
  const goneNs = (flow: number): number => Math.min(completionNs[flow] ?? Infinity, cancelledNs[flow] ?? Infinity);
  const releaseNs = (flow: number): number => Math.max(program.flowStartNs[flow] ?? 0, ...after(flow).map(goneNs));
  const steer = (by: Steer): void => {
    if (by.what === 'throttle') rateGbps[by.link] = by.rateGbps;
    else if (goneNs(by.flow) === Infinity && by.what === 'cancel') cancelledNs[by.flow] = by.ns;
    else if (goneNs(by.flow) === Infinity && by.what === 'reroute') {
      program = withPaths(program, completionNs.map((_, flow) => (flow === by.flow ? [...by.links] : path(flow))));
      if ((startNs[by.flow] ?? Infinity) <= by.ns) startNs[by.flow] = by.ns + by.pauseNs;
    }
  };
  let nowNs = 0;
  let nextEvent = 0;
  let nextSteer = 0;
  for (;;) {
    while (nextEvent < program.eventNs.length && (program.eventNs[nextEvent] ?? 0) <= nowNs) {
      rateGbps[program.eventLink[nextEvent] ?? 0] = program.eventRateGbps[nextEvent] ?? 0;
      nextEvent += 1;
    }
    const open = Array.from({ length: flowCount }, (_, flow) => flow).filter((flow) => goneNs(flow) === Infinity);
    for (const flow of open) {
      if (startNs[flow] === Infinity && releaseNs(flow) < Infinity) startNs[flow] = releaseNs(flow) + path(flow).reduce((sum, link) => sum + (program.linkLatencyNs[link] ?? 0), 0);
    }
    const active = open.filter((flow) => (startNs[flow] ?? Infinity) <= nowNs);
    const atOnce = active.filter((flow) => (path(flow).length === 0 && (program.flowCapGbps?.[flow] ?? Infinity) === Infinity) || (left[flow] ?? 0) <= 0);
    if (atOnce.length > 0) {
      for (const flow of atOnce) completionNs[flow] = nowNs;
      continue;
    }
    const due = steering[nextSteer];
    if (due !== undefined && due.ns <= nowNs) {
      steer(due);
      nextSteer += 1;
      continue;
    }
    const rates = allocate(program, active, rateGbps);
    let stepNs = nextEvent < program.eventNs.length && open.length > 0 ? (program.eventNs[nextEvent] ?? 0) - nowNs : Infinity;
    if (due !== undefined) stepNs = Math.min(stepNs, due.ns - nowNs);
    for (const flow of open) if (!active.includes(flow)) stepNs = Math.min(stepNs, (startNs[flow] ?? Infinity) - nowNs);
    for (const flow of active) stepNs = Math.min(stepNs, (left[flow] ?? 0) / (rates.get(flow) ?? 0));
    if (stepNs === Infinity) break;
    for (const flow of active) {
      const rate = rates.get(flow) ?? 0;
      left[flow] = rate > 0 && (left[flow] ?? 0) / rate <= stepNs * (1 + 1e-12) ? 0 : (left[flow] ?? 0) - rate * stepNs;
    }
    nowNs = due !== undefined && stepNs === due.ns - nowNs ? due.ns : nowNs + stepNs;
    for (const flow of active) if (left[flow] === 0) completionNs[flow] = nowNs;
  }
  return { completionNs, releaseNs: completionNs.map((_, flow) => releaseNs(flow)) };
}
