/** Reads the gauges from the controller's state, one pass over its tables, in turns with other work; called at each scrape. */

import { setImmediate } from 'node:timers/promises';
import type { Gauge } from 'prom-client';
import { portTable } from '../../control/circuit-ports.ts';
import { healthNames } from '../../control/fact.ts';
import { stepNs } from '../../control/job.ts';
import { classShares } from '../../control/jobs/class-shares.ts';
import { askedGbps } from '../../control/lease-terms.ts';
import type { Job, State } from '../../control/state.ts';
import { componentKinds } from '../../fabric/components.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { linkTiers } from '../../fabric/fabric.ts';
import { shortNodeName } from '../../fabric/refused-cables.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import type { Metrics } from './metrics.ts';
import { worstMax } from './metrics.ts';

/** Stands for a link whose light does not close: below any real margin, and a number that a panel can draw. */
const darkMarginDb = -100;

/** Prometheus counts in bytes. */
const bytesPerGbit = 1e9 / 8;

/** Keeps the rows with the greatest scores; among equal scores the lower row. */
class Worst {
  readonly rows: { readonly row: number; readonly score: number }[] = [];

  offer(row: number, score: number): void {
    const last = this.rows.at(-1);
    if (this.rows.length >= worstMax && last !== undefined && score <= last.score) return;
    const at = this.rows.findIndex((kept) => score > kept.score);
    this.rows.splice(at < 0 ? this.rows.length : at, 0, { row, score });
    if (this.rows.length > worstMax) this.rows.pop();
  }
}

function fill<L extends string>(gauge: Gauge<L>, rows: Iterable<readonly [labels: Partial<Record<L, string>>, value: number]>): void {
  gauge.reset();
  for (const [labels, value] of rows) gauge.set(labels, value);
}

/** Components looked at before other work gets its turn. */
const componentsPerTurn = 65_536;

function* collectComponents({ gauges }: Metrics, state: State): Generator<void, void> {
  const { plant, components, policy } = state;
  const { fabric } = plant.cluster;
  const width = healthNames.length;
  const counts = new Int32Array(componentKinds.length * width);
  const flapping = new Int32Array(componentKinds.length);
  const hottestC = new Float64Array(componentKinds.length).fill(-Infinity);
  const heardNs = new Float64Array(componentKinds.length).fill(Infinity);
  const worst = new Worst();
  for (let row = 0; row < fabric.componentCount; row++) {
    if (row % componentsPerTurn === componentsPerTurn - 1) yield;
    const kind = fabric.componentKind[row] ?? 0;
    counts[kind * width + (components.health[row] ?? 0)] = (counts[kind * width + (components.health[row] ?? 0)] ?? 0) + 1;
    if ((components.flaps[row] ?? 0) > policy.health.flapMax) flapping[kind] = (flapping[kind] ?? 0) + 1;
    const believedC = components.caseC[row] ?? NaN;
    const caseC = Number.isNaN(believedC) ? plant.settledCaseC[row] ?? NaN : believedC;
    if (!Number.isNaN(caseC)) {
      hottestC[kind] = Math.max(hottestC[kind] ?? -Infinity, caseC);
      worst.offer(row, caseC);
    }
    const heard = components.heardNs[row] ?? -1;
    if (heard >= 0) heardNs[kind] = Math.min(heardNs[kind] ?? Infinity, heard);
  }
  const installed = [...componentKinds.entries()].filter(([kind]) => healthNames.some((_, health) => (counts[kind * width + health] ?? 0) > 0));
  fill(gauges.components, installed.flatMap(([at, kind]) => healthNames.map((health, row) => [{ kind, health }, counts[at * width + row] ?? 0] as const)));
  fill(gauges.flapping, installed.map(([at, kind]) => [{ kind }, flapping[at] ?? 0]));
  fill(gauges.caseMax, installed.flatMap(([at, kind]) => (Number.isFinite(hottestC[at]) ? [[{ kind }, hottestC[at] ?? 0] as const] : [])));
  fill(gauges.worstCase, worst.rows.map(({ row, score }) => [{ component: fabric.componentName(row as ComponentIx) }, score]));
  fill(gauges.telemetryAge, installed.flatMap(([at, kind]) => (Number.isFinite(heardNs[at]) ? [[{ kind }, Math.max(0, state.nowNs - (heardNs[at] ?? 0)) / 1e9] as const] : [])));
  const stages = new Map<string, number>([['draining', 0], ['drained', 0], ['repairing', 0], ['verifying', 0], ['verificationFailed', 0]]);
  for (const { stage } of state.maintenance.values()) stages.set(stage, (stages.get(stage) ?? 0) + 1);
  fill(gauges.maintenance, [...stages].map(([stage, count]) => [{ stage }, count]));
}

interface TierSums {
  links: number;
  full: number;
  dark: number;
  designGbps: number;
  usableGbps: number;
  freeGbps: number;
  marginDb: number;
}

/** Links looked at before other work gets its turn: some milliseconds. */
const linksPerTurn = 8192;

/** What a link carries and what of it nobody holds, as `linkGbps` and `freeGbps` tell in two passes over its wavelengths. */
function sumLink({ plant, wavelengths, links }: State, link: number, tier: TierSums): void {
  const { linkWavelength, linkRateGbps } = plant.cluster.fabric;
  const { physicsGbps, rateGbps, holder } = wavelengths;
  let usable = 0;
  let unheld = 0;
  for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) {
    const gbps = Math.min(physicsGbps[row] ?? 0, rateGbps[row] ?? 0);
    usable += gbps;
    if ((holder[row] ?? -1) < 0) unheld += gbps;
  }
  const design = linkRateGbps[link] ?? 0;
  tier.links += 1;
  if (usable <= 0) tier.dark += 1;
  else if (usable >= design * (1 - 1e-9)) tier.full += 1;
  tier.designGbps += design;
  tier.usableGbps += usable;
  tier.freeGbps += Math.max(0, unheld - (links.sharedGbps[link] ?? 0));
}

function* collectLinks({ gauges }: Metrics, state: State): Generator<void, void> {
  const { fabric } = state.plant.cluster;
  const tiers: TierSums[] = linkTiers.map(() => ({ links: 0, full: 0, dark: 0, designGbps: 0, usableGbps: 0, freeGbps: 0, marginDb: Infinity }));
  const worst = new Worst();
  for (let link = 0; link < fabric.linkCount; link++) {
    if (link % linksPerTurn === linksPerTurn - 1) yield;
    const tier = tiers[fabric.linkTier[link] ?? 0];
    if (tier === undefined) continue;
    sumLink(state, link, tier);
    const marginDb = state.links.marginDb[link] ?? NaN;
    if (Number.isNaN(marginDb) || marginDb === Infinity) continue;
    const told = Math.max(darkMarginDb, marginDb);
    tier.marginDb = Math.min(tier.marginDb, told);
    worst.offer(link, -told);
  }
  const built = linkTiers.flatMap((tier, at) => {
    const sums = tiers[at];
    return sums === undefined || sums.links === 0 ? [] : [{ tier, ...sums }];
  });
  fill(gauges.links, built.flatMap(({ tier, links, full, dark }) => [[{ tier, light: 'full' }, full], [{ tier, light: 'less' }, links - full - dark], [{ tier, light: 'none' }, dark]] as const));
  fill(gauges.design, built.map(({ tier, designGbps }) => [{ tier }, designGbps * bytesPerGbit]));
  fill(gauges.usable, built.map(({ tier, usableGbps }) => [{ tier }, usableGbps * bytesPerGbit]));
  fill(gauges.spare, built.map(({ tier, usableGbps, freeGbps: free }) => [{ tier }, usableGbps > 0 ? free / usableGbps : 0]));
  fill(gauges.marginMin, built.flatMap(({ tier, marginDb }) => (Number.isFinite(marginDb) ? [[{ tier }, marginDb] as const] : [])));
  const nameOf = (link: number): string => `${shortNodeName(fabric, fabric.linkSource[link] ?? 0)} to ${shortNodeName(fabric, fabric.linkTarget[link] ?? 0)}`;
  // Parallel links between two nodes share their name; the worst of them stands for all.
  const named = new Map<string, number>();
  for (const { row, score } of worst.rows) named.set(nameOf(row), Math.min(named.get(nameOf(row)) ?? Infinity, -score));
  fill(gauges.worstMargin, [...named].map(([link, marginDb]) => [{ link }, marginDb]));
}

function collectLeases({ gauges }: Metrics, state: State): void {
  const { linkTier } = state.plant.cluster.fabric;
  const classes = trafficClassNames.length;
  const grantedGbps = new Float64Array(linkTiers.length * classes);
  const rows = trafficClassNames.map(() => ({ full: 0, short: 0, promised: 0, askedGbps: 0 }));
  for (const [id, { request, grant }] of state.leases) {
    const at = trafficClassNames.indexOf(request.trafficClass);
    const row = rows[at];
    if (row === undefined) continue;
    if (state.promised.has(id)) row.promised += 1;
    else if (state.short.has(id)) row.short += 1;
    else row.full += 1;
    const asked = askedGbps(request);
    if (Number.isFinite(asked)) row.askedGbps += asked;
    for (const { links, rateGbps } of grant?.paths ?? []) {
      for (const link of links) grantedGbps[(linkTier[link] ?? 0) * classes + at] = (grantedGbps[(linkTier[link] ?? 0) * classes + at] ?? 0) + rateGbps;
    }
  }
  const byClass = trafficClassNames.map((name, at) => ({ name, ...(rows[at] ?? { full: 0, short: 0, promised: 0, askedGbps: 0 }) }));
  fill(gauges.leases, byClass.flatMap(({ name, full, short, promised }) => [[{ class: name, state: 'full' }, full], [{ class: name, state: 'short' }, short], [{ class: name, state: 'promised' }, promised]] as const));
  fill(gauges.asked, byClass.map((row) => [{ class: row.name }, row.askedGbps * bytesPerGbit]));
  const built = linkTiers.flatMap((tier, at) => (linkTier.includes(at) ? [{ tier, at }] : []));
  fill(gauges.granted, built.flatMap(({ tier, at }) => trafficClassNames.map((name, column) => [{ tier, class: name }, (grantedGbps[at * classes + column] ?? 0) * bytesPerGbit] as const)));
}

/** Step time now over that with all its light. */
function slowdownOf(state: State, job: Job): number {
  const { profile } = job.request;
  return stepNs(profile, classShares(state, job)) / stepNs(profile, {});
}

function collectJobs({ gauges }: Metrics, state: State): void {
  const jobs = [...state.jobs.values()];
  const worst = new Worst();
  const ratios = jobs.map((job) => (job.held === null ? slowdownOf(state, job) : Infinity));
  let lost = 0;
  let slowest = 1;
  for (const [at, { ranks, replicas, request }] of jobs.entries()) {
    const ratio = ratios[at] ?? 1;
    lost += ranks.length * (1 - replicas / request.replicas / ratio);
    if (!Number.isFinite(ratio)) continue;
    slowest = Math.max(slowest, ratio);
    worst.offer(at, ratio);
  }
  const held = jobs.filter((job) => job.held !== null).length;
  fill(gauges.jobs, [[{ state: 'running' }, jobs.length - held], [{ state: 'held' }, held]]);
  gauges.slowdownMax.set(slowest);
  gauges.lostGpus.set(lost);
  fill(gauges.slowdown, worst.rows.map(({ row, score }) => [{ job_id: jobs[row]?.request.id ?? '' }, score]));
}

function collectCircuits({ gauges }: Metrics, state: State): void {
  const { plant, components } = state;
  const { linkPort } = plant.cluster.fabric;
  const { switches } = portTable(plant);
  const counts = { connected: 0, free: 0, failed: 0, mismatched: 0 };
  for (const { ocs, leaving } of switches.values()) {
    const intended = state.circuits.get(ocs) ?? new Map<number, number>();
    const observed = state.observedCircuits.get(ocs);
    const used = new Set([...intended.keys(), ...intended.values()]);
    for (const [port, link] of leaving.entries()) {
      if (components.isDead[ocs] === 1 || components.isDead[linkPort[link] ?? -1] === 1) counts.failed += 1;
      else if (observed !== undefined && observed.get(port) !== intended.get(port)) counts.mismatched += 1;
      else if (used.has(port)) counts.connected += 1;
      else counts.free += 1;
    }
  }
  fill(gauges.ocsPorts, switches.size === 0 ? [] : Object.entries(counts).map(([name, count]) => [{ state: name }, count]));
}

function collectOpen({ gauges, planSinceNs, commandSinceNs }: Metrics, state: State): void {
  for (const n of planSinceNs.keys()) if (!state.openPlans.has(n)) planSinceNs.delete(n);
  for (const n of commandSinceNs.keys()) if (!state.commands.has(n)) commandSinceNs.delete(n);
  // A plan that was open when the server started counts from its first scrape.
  for (const n of state.openPlans.keys()) if (!planSinceNs.has(n)) planSinceNs.set(n, state.nowNs);
  let oldestNs = state.nowNs;
  for (const sinceNs of planSinceNs.values()) oldestNs = Math.min(oldestNs, sinceNs);
  gauges.openPlans.set(state.openPlans.size);
  gauges.openPlanAge.set((state.nowNs - oldestNs) / 1e9);
  gauges.openCommands.set(state.commands.size);
}

/** Sets every gauge that follows from the state, and stops between parts so that other work gets its turn. */
function* collectingState(metrics: Metrics, state: State): Generator<void, void> {
  const { gauges } = metrics;
  yield* collectComponents(metrics, state);
  yield* collectLinks(metrics, state);
  collectLeases(metrics, state);
  yield;
  collectJobs(metrics, state);
  yield;
  collectCircuits(metrics, state);
  collectOpen(metrics, state);
  const devices = { up: 0, stale: 0, silent: 0, lying: 0 };
  for (const { link } of state.devices.values()) devices[link] += 1;
  fill(gauges.devices, Object.entries(devices).map(([link, count]) => [{ link }, count]));
  gauges.marginHold.set(state.policy.health.marginHoldDb);
  gauges.staleAfter.set(state.policy.health.telemetryStaleNs / 1e9);
  gauges.confirmTimeout.set(state.policy.commands.confirmTimeoutNs / 1e9);
  gauges.logEntries.set(state.n);
}

/** Sets every gauge that follows from the state, with turns for other work between. */
export async function collectState(metrics: Metrics, state: State): Promise<void> {
  for (const _ of collectingState(metrics, state)) await setImmediate();
}

/** What the server knows beside the state. */
export interface ServerFigures {
  readonly waitingReadings: number;
  readonly droppedReadings: number;
  /** Number of the newest entry on the disk. */
  readonly headN: number;
  readonly logBytes: number;
  readonly diskFreeBytes: number;
  readonly diskSizeBytes: number;
  readonly isRefusing: boolean;
  readonly streamClients: number;
  readonly cutStreamClients: number;
  /** Requests shed since the start, by what they were. */
  readonly shed: ReadonlyMap<string, number>;
}

/** What may be shed. Each has a series from the start: a counter that appears with its first increase shows no increase. */
const shedKinds = ['stream', 'heavy', 'light', 'write'];

export function collectServer({ server }: Metrics, state: State, figures: ServerFigures): void {
  server.waiting.set(figures.waitingReadings);
  server.dropped.reset();
  server.dropped.inc(figures.droppedReadings);
  server.logLag.set(Math.max(0, state.n - figures.headN));
  server.logBytes.set(figures.logBytes);
  server.diskFree.set(figures.diskFreeBytes);
  server.diskSize.set(figures.diskSizeBytes);
  server.refusing.set(figures.isRefusing ? 1 : 0);
  server.streams.set(figures.streamClients);
  server.cutStreams.reset();
  server.cutStreams.inc(figures.cutStreamClients);
  server.shed.reset();
  for (const kind of new Set([...shedKinds, ...figures.shed.keys()])) server.shed.inc({ kind }, figures.shed.get(kind) ?? 0);
}
