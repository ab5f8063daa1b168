/**
 * A rehearsal of what the controller hopes never to answer: code that decides runs several times slower the first times than the tenth,
 * and what is rare would always be cold when it is needed. Typical incidents and their repairs are answered on a fork of the live
 * state, again and again and each time elsewhere; nothing of it is logged, counted, told or sent, and the fork is garbage afterwards.
 */

import { setImmediate } from 'node:timers/promises';
import { forkState } from '../../control/create-state.ts';
import { stepsOf } from '../../control/decide/decide.ts';
import type { AlarmReading, LeaseRequest, Quantity, Reading } from '../../control/reading.ts';
import { takeReading } from '../../control/run.ts';
import type { State } from '../../control/state.ts';
import type { ComponentKind } from '../../fabric/components.ts';
import { kindOf } from '../../fabric/components.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { typicalInlet } from '../../thermal/steady.ts';
import type { Accelerator } from '../../traffic/accelerators.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import { exampleReadings } from './example-jobs.ts';
import { stateBytes } from './state-bytes.ts';

/** Time before `ready` that rehearsing may take (design choice: what two or three rounds take at 1,024 accelerators, cold). */
export const rehearsalMsMax = 3000;
/** Times that every incident is answered at most: the compiler has done what it does by then. */
const roundsMax = 10;
/** A state whose copy takes more is not rehearsed on. */
const rehearsalBytesMax = 2 ** 30;
/** Readings that follow from answers to one, at most. */
const followedMax = 10_000;
/** Leases that are looked at for parts in use. */
const sampledLeasesMax = 4096;
/** Busy receivers that lose their light one after another, until light is scarce where they stand. */
const portsAtOnce = 8;
/** More than links have to spare. */
const lostDb = 6;
const warmC = 41;
/** No accelerator has as much. */
const tooMuchGbps = 1e6;
const msNs = 1e6;
const secondNs = 1e9;
/** Who speaks on the stage. */
const device = 'rehearsal';

/** Parts that carry leases by kind, the busiest first and ties by row; loops and circuit switches by what they hold. */
function busyParts({ leases, plant: { cluster: { fabric }, domains } }: State): ReadonlyMap<ComponentKind, readonly number[]> {
  const counts = new Map<number, number>();
  let left = sampledLeasesMax;
  for (const { grant } of leases.values()) {
    if (left-- === 0) break;
    for (const link of grant?.paths.flatMap(({ links }) => links) ?? []) {
      for (const part of [fabric.linkPort[link] ?? -1, fabric.wavelengthLaser[fabric.linkWavelength[link] ?? 0] ?? -1]) {
        for (let row = part; row >= 0; row = fabric.componentParent[row] ?? -1) counts.set(row, (counts.get(row) ?? 0) + 1);
      }
    }
  }
  for (let row = 0; row < fabric.componentCount; row++) if (kindOf(fabric.components, row) === 'coolantLoop') counts.set(row, domains.measure(row as ComponentIx).wavelengths);
  const parts = new Map<ComponentKind, number[]>();
  for (const [row] of [...counts].sort(([one, most], [two, more]) => more - most || one - two)) {
    const kind = kindOf(fabric.components, row);
    const known = parts.get(kind);
    if (known === undefined) parts.set(kind, [row]);
    else known.push(row);
  }
  return parts;
}

/** A fork on which things happen. Parts return to service soon after they are mended, so that one incident does not stand in the way of the next. */
class Stage {
  readonly state: State;
  answers = 0;
  #sequence = 0;

  constructor(state: State) {
    this.state = forkState(state);
    const { policy } = state;
    this.take({ kind: 'policySet', policy: { ...policy, name: device, health: { ...policy.health, holdDownNs: secondNs, flapMax: roundsMax * 10 } } });
  }

  /** Takes a reading; devices have done at once what they are told. */
  take(reading: Reading, laterNs = 0): void {
    const waiting: Reading[] = [reading];
    for (const next of waiting) {
      const entries = takeReading(this.state, this.state.nowNs + laterNs, next);
      this.answers += 1;
      if (waiting.length > followedMax) continue;
      for (const { body, n } of entries) if (body.kind === 'commandIssued') waiting.push({ kind: 'commandAnswered', command: body.resends ?? n, outcome: 'done', detail: '' });
    }
  }

  /** Time passes until what is sound again is back in service. */
  pass(): void {
    this.take({ kind: 'tick' }, 2 * secondNs);
  }

  telemetry(quantity: Quantity, component: number, value: number): void {
    this.#sequence += 1;
    this.take({ kind: 'telemetry', device, sequence: this.#sequence, deviceNs: this.state.nowNs, quantity, components: [component], values: [value] }, msNs);
  }

  alarm(component: number, alarm: AlarmReading['alarm'], raised: boolean): void {
    this.#sequence += 1;
    this.take({ kind: 'alarm', device, sequence: this.#sequence, component, alarm, raised }, msNs);
  }
}

/** Something that goes wrong or is wished for, in steps after which others may have their turn. */
type Scene = Generator<void, void>;

function* claimed(stage: Stage, row: number | undefined, alarm: AlarmReading['alarm']): Scene {
  if (row === undefined) return;
  stage.alarm(row, alarm, true);
  yield;
  stage.pass();
  yield;
  stage.alarm(row, alarm, false);
  yield;
  stage.pass();
}

function* changed(stage: Stage, quantity: Quantity, rows: readonly number[], values: readonly [there: number, back: number]): Scene {
  for (const value of values) {
    for (const row of rows) {
      stage.telemetry(quantity, row, value);
      yield;
    }
    stage.pass();
    yield;
  }
}

/** Leases of every class between ranks far apart: asked, renewed, released, and one that nothing can carry. */
function* wished(stage: Stage, round: number): Scene {
  const gpus = stage.state.plant.cluster.fabric.gpuNode.length;
  const ids: string[] = [];
  for (const [at, trafficClass] of trafficClassNames.entries()) {
    for (const rateGbps of [1, 40, tooMuchGbps]) {
      const id = `${device}-${round}-${trafficClass}-${rateGbps}`;
      const fromRank = (round * 37 + at * 11) % gpus;
      const request: LeaseRequest = {
        id, tenant: device, job: null, trafficClass, fromRank, toRank: (fromRank + Math.max(1, gpus >> 1)) % gpus, rateGbps, bits: null, floorGbps: 0,
        startNs: stage.state.nowNs, endNs: stage.state.nowNs + 600 * secondNs,
      };
      stage.take({ kind: 'leaseAsked', request });
      ids.push(id);
      yield;
    }
  }
  for (const id of ids) if (stage.state.leases.has(id)) stage.take({ kind: 'leaseRenewed', id, endNs: stage.state.nowNs + 1200 * secondNs });
  yield;
  for (const id of ids) if (stage.state.leases.has(id)) stage.take({ kind: 'leaseReleased', id });
  yield;
}

/** All that is rehearsed in one round, each at another place than in the round before. */
function* scenes(stage: Stage, round: number): Scene {
  const parts = busyParts(stage.state);
  const at = (kind: ComponentKind, more = 0): number | undefined => {
    const rows = parts.get(kind) ?? [];
    return rows[(round + more) % Math.max(1, rows.length)];
  };
  yield;
  const ports = new Set(Array.from({ length: portsAtOnce }, (_, more) => at('port', round * portsAtOnce + more)).filter((row) => row !== undefined));
  const loop = at('coolantLoop');
  yield* changed(stage, 'rxLossDb', [...ports], [lostDb, 0]);
  if (loop !== undefined) yield* changed(stage, 'supplyC', [loop], [warmC, stage.state.measured.get('supplyC')?.get(loop)?.value ?? typicalInlet.coolantC.value]);
  yield* wished(stage, round);
  yield* claimed(stage, at('laserSource'), 'laserFault');
  yield* claimed(stage, at('engine'), 'partFault');
  yield* claimed(stage, loop, 'flowLost');
  yield* claimed(stage, at('module'), 'partFault');
  yield* claimed(stage, at('laser'), 'laserFault');
  yield* claimed(stage, at('ocs'), 'partFault');
}

/** Jobs and leases of the examples where nothing runs: without light in use there is nothing to answer. */
function* furnished(stage: Stage, accelerator: Accelerator): Scene {
  if (stage.state.leases.size > 0) return;
  for (const reading of exampleReadings(stage.state.plant, accelerator, stage.state.nowNs)) {
    stage.take(reading);
    yield;
  }
}

/**
 * A warm loop, one without flow and a source without light, decided on the live state itself; what is decided is dropped. What it was
 * worked out with is kept there (`kept.ts`), and with it the code that the stage has compiled: else it would go with the stage.
 */
function* imagined(state: State): Scene {
  const parts = busyParts(state);
  const alarm = (component: number, name: AlarmReading['alarm']): Reading => ({ kind: 'alarm', device, sequence: 1, component, alarm: name, raised: true });
  const readings: Reading[] = [];
  for (const component of parts.get('laserSource')?.slice(0, 1) ?? []) readings.push(alarm(component, 'laserFault'));
  for (const component of parts.get('coolantLoop')?.slice(0, 1) ?? []) {
    readings.push({ kind: 'telemetry', device, sequence: 1, deviceNs: state.nowNs, quantity: 'supplyC', components: [component], values: [warmC] }, alarm(component, 'flowLost'));
  }
  for (const reading of readings) {
    for (const step of stepsOf(reading)) step(state, state.nowNs);
    yield;
  }
}

export interface Rehearsed {
  /** Readings that were answered. */
  readonly answers: number;
  /** Whole rounds of all incidents. */
  readonly rounds: number;
  readonly tookMs: number;
}

export interface RehearsalTerms {
  readonly state: State;
  readonly accelerator: Accelerator;
  /** True once it should end early; asked between two answers. */
  isEnough(tookMs: number): boolean;
}

/** Rehearses on a fork, with turns for other work between the answers. `null` where it is enough before it began, or a copy of the state would take too much memory. */
export async function rehearse({ state, accelerator, isEnough }: RehearsalTerms): Promise<Rehearsed | null> {
  const startedMs = performance.now();
  await setImmediate();
  if (isEnough(0) || stateBytes(state) > rehearsalBytesMax) return null;
  const tookMs = (): number => performance.now() - startedMs;
  for (const imagining = imagined(state); imagining.next().done !== true && !isEnough(tookMs());) await setImmediate();
  const stage = new Stage(state);
  let rounds = -1;
  for (let scene = furnished(stage, accelerator); rounds < roundsMax; scene = scenes(stage, ++rounds)) {
    for (let step = scene.next(); step.done !== true; step = scene.next()) {
      await setImmediate();
      if (isEnough(tookMs())) return { answers: stage.answers, rounds: Math.max(0, rounds), tookMs: tookMs() };
    }
  }
  return { answers: stage.answers, rounds, tookMs: tookMs() };
}
