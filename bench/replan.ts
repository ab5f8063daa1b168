/**
 * Re-planning after faults, at 65,536 GPUs and two sizes below: from a device's word to folded facts, beside 96 jobs and 22,000 leases of
 * all six classes on 1.3 million wavelengths of light.
 *
 * Worst parts are those whose fault domain holds most wavelengths, ties to the one that most leases cross. What is timed was
 * checked first: the decision names exactly the leases that a scan over all of them finds, the invariants hold after it, and no job
 * starts again, shrinks or stands for a fault that leaves all its accelerators their light.
 */

import assert from 'node:assert/strict';
import { availableParallelism, loadavg } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createDice } from '../src/base/dice.ts';
import { forkState } from '../src/control/create-state.ts';
import { stepsOf } from '../src/control/decide/decide.ts';
import type { Entry } from '../src/control/entry.ts';
import { checkInvariants } from '../src/control/invariants.ts';
import type { Quantity, Reading } from '../src/control/reading.ts';
import { takeReading } from '../src/control/run.ts';
import type { State } from '../src/control/state.ts';
import { componentKinds } from '../src/fabric/components.ts';
import type { ComponentKind } from '../src/fabric/components.ts';
import type { ComponentIx } from '../src/fabric/fabric.ts';
import type { Bench } from './measure.ts';
import { loadedPlant, loadedState } from './replan-load.ts';

const sizes = [4096, 16_384, 65_536] as const;
const largest = 65_536;

const states = new Map<number, State>();

function stateOf(gpus: number): State {
  let state = states.get(gpus);
  if (state === undefined) states.set(gpus, (state = loadedState(loadedPlant(gpus))));
  return state;
}

/** Something that goes wrong: components that go dark, or a supply that warms up. */
interface Incident {
  readonly dead: readonly number[];
  readonly reading: Reading;
  /** What went wrong before, where the reading tells of a repair; answered and not timed. */
  readonly after?: Reading;
}

const telemetry = (state: State, quantity: Quantity, components: readonly number[], value: number): Reading =>
  ({ kind: 'telemetry', device: 'bench', sequence: 1, deviceNs: state.nowNs, quantity, components, values: components.map(() => value) });

const death = (component: number): Incident => ({ dead: [component], reading: { kind: 'alarm', device: 'bench', sequence: 1, component, alarm: 'partFault', raised: true } });

const repair = (component: number): Incident => {
  const { reading } = death(component);
  return { dead: [], after: reading, reading: { kind: 'alarm', device: 'bench', sequence: 2, component, alarm: 'partFault', raised: false } };
};

/** Ports of circuit switches are a kind of their own here. */
type PartKind = ComponentKind | 'ocsPort';

function componentsOf({ plant: { cluster: { fabric } } }: State, kind: PartKind): readonly number[] {
  const own = componentKinds.indexOf(kind === 'ocsPort' ? 'port' : kind);
  const ocs = componentKinds.indexOf('ocs');
  const found: number[] = [];
  fabric.componentKind.forEach((other, component) => {
    if (other === own && (kind !== 'ocsPort' || fabric.componentKind[fabric.componentParent[component] ?? 0] === ocs)) found.push(component);
  });
  return found;
}

/** The part of a kind that takes most with it. */
function worst(state: State, kind: PartKind): number {
  let best = { component: -1, wavelengths: 0, leases: 0 };
  for (const component of componentsOf(state, kind)) {
    const { wavelengths } = state.plant.domains.measure(component as ComponentIx);
    if (wavelengths < best.wavelengths) continue;
    const { lostLinkRows, deratedLinkRows } = state.plant.domains.blast(component as ComponentIx);
    const ids = new Set([...lostLinkRows, ...deratedLinkRows].flatMap((link) => [...state.leasesOfLink.get(link) ?? []]));
    if (wavelengths > best.wavelengths || ids.size > best.leases) best = { component, wavelengths, leases: ids.size };
  }
  return best.component;
}

/** Seeded lasers until one wavelength of light in a hundred is dark, told in one message. */
function hundredth(state: State, seed: number): Incident {
  const dice = createDice(seed);
  const { fabric } = state.plant.cluster;
  const light = fabric.wavelengthSlot.reduce((count, slot) => count + (slot >= 0 ? 1 : 0), 0);
  const lasers = componentsOf(state, 'laser');
  const dead = new Set<number>();
  for (let dark = 0; dark < light / 100;) {
    const laser = lasers[dice.below(lasers.length)] ?? 0;
    if (dead.has(laser)) continue;
    dead.add(laser);
    dark += state.plant.domains.measure(laser as ComponentIx).wavelengths;
  }
  return { dead: [...dead], reading: telemetry(state, 'outputShare', [...dead], 0) };
}

/** Leases that a scan over all of them finds to hold light that is dark, or to share a link that is overfull without it. */
function losers(state: State, dead: readonly number[]): ReadonlySet<string> {
  const { fabric } = state.plant.cluster;
  const dark = new Set<number>();
  for (const component of dead) for (const row of state.plant.domains.blast(component as ComponentIx).wavelengthRows) dark.add(row);
  const capacity = (link: number): number => {
    let sum = 0;
    for (let row = fabric.linkWavelength[link] ?? 0; row < (fabric.linkWavelength[link + 1] ?? 0); row++) if (!dark.has(row) && (state.wavelengths.holder[row] ?? -1) < 0) sum += fabric.wavelengthRateGbps[row] ?? 0;
    return sum;
  };
  const found = new Set<string>();
  for (const [id, { grant }] of state.leases) for (const { links, wavelengths } of grant?.paths ?? []) links.forEach((link, hop) => {
    const held = wavelengths[hop] ?? [];
    if (held.length > 0 ? held.some((row) => dark.has(row)) : (state.links.sharedGbps[link] ?? 0) > capacity(link) + 1e-6) found.add(id);
  });
  return found;
}

/** What must be true of the answer to an incident. Answers how many leases it is about. */
function check(before: State, after: State, incident: Incident, entries: readonly Entry[], keepsJobs: boolean): number {
  const facts = entries.flatMap((entry) => (entry.kind === 'fact' ? [entry.body] : []));
  const decisions = facts.flatMap((fact) => (fact.kind === 'decided' ? [fact.decision] : []));
  const named = new Set(decisions.flatMap(({ impact }) => impact.leases));
  const count = decisions.reduce((sum, { impact }) => sum + impact.counts.leases, 0);
  if (incident.dead.length > 0) {
    const expected = losers(before, incident.dead);
    assert.equal(count, expected.size);
    for (const id of named) assert.ok(expected.has(id), id);
  }
  assert.deepEqual(checkInvariants(after, entries), []);
  if (keepsJobs) assert.deepEqual(facts.filter(({ kind }) => kind === 'jobMoved' || kind === 'jobResized' || kind === 'jobHeld'), []);
  return count;
}

interface Timed {
  readonly tookMs: number;
  /** Of the deciding thread: on a machine with other work it tells more than the clock does. */
  readonly cpuMs: number;
  readonly entries: readonly Entry[];
}

function answer(state: State, { reading }: Incident): Timed {
  const cpuBefore = process.threadCpuUsage();
  const startedMs = performance.now();
  const entries = takeReading(state, state.nowNs + 1000, reading);
  const tookMs = performance.now() - startedMs;
  const cpu = process.threadCpuUsage(cpuBefore);
  return { tookMs, cpuMs: (cpu.user + cpu.system) / 1e3, entries };
}

const percentile = (values: readonly number[], share: number): number => values.toSorted((a, b) => a - b)[Math.max(0, Math.min(values.length - 1, Math.ceil(values.length * share) - 1))] ?? NaN;
const figure = (ms: number): string => (ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3));
const wall = (timed: readonly Timed[]): readonly number[] => timed.map(({ tookMs }) => tookMs);
const cpu = (timed: readonly Timed[]): readonly number[] => timed.map(({ cpuMs }) => cpuMs);
const text = (timed: readonly Timed[], share: number): string => `${figure(percentile(wall(timed), share))} (${figure(percentile(cpu(timed), share))})`;

interface Plan {
  readonly name: string;
  readonly goalMs: number | null;
  /** Whether every accelerator keeps light, so that no job may be touched. */
  readonly keepsJobs: boolean;
  /** The worst first. */
  incidents(state: State): readonly Incident[];
}

setFlagsFromString('--expose-gc');
/** Collects what a fork left behind: a controller in service does not fork, and pays for the garbage of its answer alone. */
const collect = runInNewContext('gc') as () => void;

/** Times the answer to one incident on a fork that has given and taken one lease, so that its tables have room to grow as those of a running controller have. */
function once(before: State, plan: Plan, incident: Incident, isChecked: boolean): Timed & { readonly leases: number } {
  const state = forkState(before);
  const request = { id: 'first', tenant: 't', job: null, trafficClass: 'background', fromRank: 0, toRank: 8, rateGbps: 1, bits: null, floorGbps: 0, startNs: 0, endNs: state.nowNs + 60e9 } as const;
  takeReading(state, state.nowNs, { kind: 'leaseAsked', request });
  takeReading(state, state.nowNs, { kind: 'leaseReleased', id: request.id });
  if (incident.after !== undefined) takeReading(state, state.nowNs + 1000, incident.after);
  collect();
  const timed = answer(state, incident);
  return { ...timed, leases: isChecked ? check(before, state, incident, timed.entries, plan.keepsJobs) : 0 };
}

const sampled = 100;
const repeats = 10;
/** Answers at the size of the goals that a p99 is read from, at least. */
const answersMin = 50;
/** Answers that are checked and not timed: they warm the code up too. */
const checked = 3;

/** The worst part of a kind and a seeded sample of its like. */
const partsOf = (kind: PartKind, incident: (component: number) => Incident = death) => (state: State): readonly Incident[] => {
  const dice = createDice(21);
  const like = componentsOf(state, kind);
  return [worst(state, kind), ...Array.from({ length: Math.min(sampled, like.length) }, () => like[dice.below(like.length)] ?? 0)].map(incident);
};

const warmLoop = (state: State): readonly Incident[] => [{ dead: [], reading: telemetry(state, 'supplyC', [worst(state, 'coolantLoop')], 41) }];

const plans: readonly Plan[] = [
  { name: 'an external laser source', goalMs: 20, keepsJobs: true, incidents: partsOf('laserSource') },
  { name: 'an engine', goalMs: 20, keepsJobs: true, incidents: partsOf('engine') },
  { name: 'the repair of an external laser source', goalMs: 20, keepsJobs: true, incidents: partsOf('laserSource', repair) },
  { name: 'a port of a circuit switch', goalMs: 20, keepsJobs: true, incidents: partsOf('ocsPort') },
  { name: 'a circuit switch', goalMs: 100, keepsJobs: true, incidents: partsOf('ocs') },
  { name: 'a coolant loop 6 K warmer', goalMs: 100, keepsJobs: true, incidents: warmLoop },
  { name: 'a coolant loop without flow', goalMs: 100, keepsJobs: false, incidents: (state) => [death(worst(state, 'coolantLoop'))] },
  { name: '1 % of all wavelengths', goalMs: 1000, keepsJobs: true, incidents: (state) => [1, 2, 3].map((seed) => hundredth(state, seed)) },
];

/** A controller in service has answered before, and keeps what it was worked out with (`src/control/kept.ts`). */
function imagine(state: State, { reading }: Incident): void {
  for (const step of stepsOf(reading)) step(state, state.nowNs + 1000);
}

function report(gpus: number, plan: Plan): void {
  const before = stateOf(gpus);
  const incidents = plan.incidents(before);
  const [worstOne] = incidents;
  if (worstOne === undefined) throw new Error('there is no such part');
  imagine(before, worstOne);
  let leases = 0;
  for (const incident of incidents.slice(0, checked)) leases = Math.max(leases, once(before, plan, incident, true).leases);
  once(before, plan, worstOne, false);
  // Growth is told by the worst part; a sample of its like only at the size of the goal.
  const others = gpus < largest ? [] : incidents.slice(1);
  const worstTimes = Array.from({ length: gpus < largest ? repeats : Math.max(repeats, answersMin - others.length) }, () => once(before, plan, worstOne, false));
  const all = [...worstTimes, ...others.map((incident) => once(before, plan, incident, false))];
  const p99Ms = percentile(wall(all), 0.99);
  const within = gpus < largest || plan.goalMs === null ? '' : p99Ms <= plan.goalMs ? `, within p99 ${plan.goalMs} ms` : `, MISSES p99 ${plan.goalMs} ms`;
  console.log(`    ${gpus.toLocaleString('en').padStart(6)} GPUs, ${before.leases.size.toLocaleString('en')} leases, ms by the clock (of CPU): worst part, up to ${leases.toLocaleString('en')} leases hit, `
    + `min ${text(worstTimes, 0)}, median ${text(worstTimes, 0.5)}; ${all.length} faults p99 ${text(all, 0.99)}${within}; `
    + `${(process.memoryUsage().rss / 2 ** 30).toFixed(2)} GiB of 4, load ${(loadavg()[0] ?? 0).toFixed(1)} on ${availableParallelism()} cores`);
}

/** Work grows with what a fault touches (its links, the leases on them, their jobs) and with the degree of the switches searched, not with the cluster. */
function replanBench(plan: Plan): Bench {
  return {
    name: `re-plan after ${plan.name}, ${largest.toLocaleString('en')} GPUs, its fork included`, goalMs: null,
    prepare() {
      for (const gpus of sizes) report(gpus, plan);
      const before = stateOf(largest);
      const [incident] = plan.incidents(before);
      if (incident === undefined) throw new Error('there is no such part');
      return () => answer(forkState(before), incident).entries.length;
    },
  };
}

export const replanBenches: readonly Bench[] = plans.map(replanBench);
