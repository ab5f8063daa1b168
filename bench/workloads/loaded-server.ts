/**
 * A server under load, as a process of its own: the real one, with devices that say a given number of values per second and lose
 * light now and then where it is used. Asked over IPC, it tells what it said and what it took.
 *
 * `node bench/workloads/loaded-server.ts --gpus 4096 --values 50000 --losses 2 --data DIR`
 */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { formatIssue, parsed } from '../../src/base/issue.ts';
import { createDice } from '../../src/base/dice.ts';
import { kindOf } from '../../src/fabric/components.ts';
import type { Reading } from '../../src/control/reading.ts';
import type { DeviceCommand, DeviceSide } from '../../src/app/server/device-side.ts';
import { startServer } from '../../src/app/server/start-server.ts';
import type { ServerClock } from '../../src/app/server/server-clock.ts';
import type { State } from '../../src/control/state.ts';
import { clusterText } from './cluster-text.ts';

/** Time between two batches of notifications. */
const batchMs = 10;
/** Values of one message. */
const valuesPerMessage = 64;
/** A device answers a command after this long. */
const answerMs = 2;
/** Light that a receiver loses: more than any link has to spare. */
const lossDb = 6;
/** A receiver has its light again after this long. */
const restoredMs = 5000;

export interface LoadReport {
  readonly values: number;
  readonly commands: number;
  /** Losses of light that were told: where, and when on the clock of the computer, ms. */
  readonly losses: readonly { readonly port: number; readonly atMs: number }[];
  /** How long each of those that are restored by now waited to be taken, ms; as long as the light was away for one that was not. */
  readonly waitsMs: readonly number[];
  /** After a full collection where the process may ask for one (`--expose-gc`). */
  readonly heapMb: number;
  readonly rssMb: number;
  /** Processor time of the server so far: a figure that other work on the machine hardly touches. */
  readonly cpuMs: number;
  /** Of it what the thread took that decides and answers; the rest is the writing of the log, and collection. */
  readonly mainCpuMs: number;
  /** When the first command of each plan went out, by the entry that planned it, on the clock of the computer, ms. */
  readonly firstCommandMs: readonly (readonly [plan: number, atMs: number])[];
  /** What the event loop was late by since the report before. */
  readonly loopP99Ms: number;
  readonly loopWorstMs: number;
  /** Collections of garbage since the report before: all together, and the longest. */
  readonly gcMs: number;
  readonly gcWorstMs: number;
  /** Rows of the tables of the state that have no bound by the plant. */
  readonly rows: Readonly<Record<'leases' | 'short' | 'lowered' | 'unsound' | 'openPlans' | 'entries', number>>;
}

/** How often the event loop is asked how late it is. */
const loopSampleMs = 5;

class LoadedDevices implements DeviceSide {
  readonly emulation = null;
  readonly #state: State;
  readonly #clock: ServerClock;
  readonly #terms: { readonly valuesPerS: number; readonly lossesPerS: number };
  readonly #dice = createDice(1).fork('load');
  readonly #sequence = new Map<string, number>();
  readonly #groups: readonly { readonly device: string; readonly components: readonly number[] }[];
  readonly #timers: NodeJS.Timeout[] = [];
  #tell: (readings: readonly Reading[]) => void = () => undefined;
  #isStopped = false;
  values = 0;
  commands = 0;
  readonly losses: { readonly port: number; readonly atMs: number }[] = [];
  readonly #waitsMs: number[] = [];
  readonly #firstCommandMs = new Map<number, number>();
  readonly #loop = monitorEventLoopDelay({ resolution: loopSampleMs });
  #gcMs: number[] = [];

  constructor(state: State, clock: ServerClock, terms: { readonly valuesPerS: number; readonly lossesPerS: number }) {
    this.#state = state;
    this.#clock = clock;
    this.#terms = terms;
    this.#loop.enable();
    new PerformanceObserver((list) => { for (const { duration } of list.getEntries()) this.#gcMs.push(duration); }).observe({ entryTypes: ['gc'] });
    const { fabric } = state.plant.cluster;
    const lasers = Array.from({ length: fabric.componentCount }, (_, row) => row).filter((row) => kindOf(fabric.components, row) === 'laser');
    this.#groups = Array.from({ length: Math.ceil(lasers.length / valuesPerMessage) }, (_, at) => ({ device: `load-${at}`, components: lasers.slice(at * valuesPerMessage, (at + 1) * valuesPerMessage) }));
  }

  #next(device: string): number {
    const sequence = (this.#sequence.get(device) ?? 0) + 1;
    this.#sequence.set(device, sequence);
    return sequence;
  }

  start(tell: (readings: readonly Reading[]) => void): void {
    this.#tell = tell;
    const fromMs = performance.now();
    let group = 0;
    this.#timers.push(setInterval(() => {
      const due = (performance.now() - fromMs) / 1000 * this.#terms.valuesPerS;
      const deviceNs = this.#clock.nowNs();
      const readings: Reading[] = [];
      while (this.values + valuesPerMessage <= due) {
        const { device, components } = this.#groups[group++ % this.#groups.length] ?? { device: '', components: [] };
        readings.push({ kind: 'telemetry', device, sequence: this.#next(device), deviceNs, quantity: 'biasRatio', components, values: components.map(() => 1 + this.#dice.uniform() * 0.05) });
        this.values += valuesPerMessage;
      }
      if (readings.length > 0) tell(readings);
    }, batchMs));
    if (this.#terms.lossesPerS > 0) this.#timers.push(setInterval(() => this.#loseLight(), 1000 / this.#terms.lossesPerS));
  }

  /** A port whose light carries a lease, by luck of the dice; -1 where none does. */
  #busyPort(): number {
    const { leases, plant: { cluster: { fabric } } } = this.#state;
    const paths = [...leases.values()].flatMap(({ grant }) => grant?.paths ?? []);
    const links = paths[this.#dice.below(paths.length)]?.links ?? [];
    return links.filter((link) => (fabric.wavelengthLaser[fabric.linkWavelength[link] ?? 0] ?? -1) >= 0).map((link) => fabric.linkPort[link] ?? -1)[0] ?? -1;
  }

  #lossAt(component: number, valueDb: number): Reading {
    const device = `receiver-${component}`;
    return { kind: 'telemetry', device, sequence: this.#next(device), deviceNs: this.#clock.nowNs(), quantity: 'rxLossDb', components: [component], values: [valueDb] };
  }

  /** A busy receiver loses more light than its link has to spare, for a while. */
  #loseLight(): void {
    const component = this.#busyPort();
    if (component < 0) return;
    this.losses.push({ port: component, atMs: performance.timeOrigin + performance.now() });
    const toldNs = this.#clock.nowNs();
    this.#tell([this.#lossAt(component, lossDb)]);
    setTimeout(() => {
      if (this.#isStopped) return;
      // The time of the reading that was noted of it last is when that was taken.
      const takenNs = this.#state.components.heardNs[component] ?? -1;
      this.#waitsMs.push(takenNs < toldNs ? restoredMs : (takenNs - toldNs) / 1e6);
      this.#tell([this.#lossAt(component, 0)]);
    }, restoredMs).unref();
  }

  send(command: DeviceCommand): void {
    this.commands += 1;
    const plan = this.#state.commands.get(command.n)?.of ?? -1;
    if (!this.#firstCommandMs.has(plan)) this.#firstCommandMs.set(plan, performance.timeOrigin + performance.now());
    setTimeout(() => { if (!this.#isStopped) this.#tell([{ kind: 'commandAnswered', command: command.n, outcome: 'done', detail: '' }]); }, answerMs).unref();
  }

  get report(): LoadReport {
    const { user, system } = process.cpuUsage();
    const main = process.threadCpuUsage();
    globalThis.gc?.();
    const { heapUsed, rss } = process.memoryUsage();
    const [loopP99Ms, loopWorstMs, gcMs, gcWorstMs] = [this.#loop.percentile(99) / 1e6, this.#loop.max / 1e6, this.#gcMs.reduce((sum, ms) => sum + ms, 0), Math.max(0, ...this.#gcMs)];
    this.#loop.reset();
    this.#gcMs = [];
    const { leases, short, lowered, components, openPlans, n } = this.#state;
    const unsound = components.health.reduce((count, health) => count + (health === 0 ? 0 : 1), 0);
    return {
      loopP99Ms, loopWorstMs, gcMs, gcWorstMs, rows: { leases: leases.size, short: short.size, lowered: lowered.size, unsound, openPlans: openPlans.size, entries: n },
      cpuMs: (user + system) / 1000, mainCpuMs: (main.user + main.system) / 1000, firstCommandMs: [...this.#firstCommandMs], values: this.values, commands: this.commands, losses: this.losses, waitsMs: this.#waitsMs,
      heapMb: heapUsed / 2 ** 20, rssMb: rss / 2 ** 20,
    };
  }

  stop(): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearInterval(timer);
    return Promise.resolve();
  }
}

function clusterFile(dir: string, gpus: number): string {
  const file = join(dir, 'cluster.yaml');
  writeFileSync(file, clusterText(readFileSync(fileURLToPath(new URL('../../examples/cluster-liquid-1024.yaml', import.meta.url)), 'utf8'), gpus));
  return file;
}

const { values } = parseArgs({ options: {
  gpus: { type: 'string', default: '1024' }, values: { type: 'string', default: '0' }, losses: { type: 'string', default: '0' }, data: { type: 'string', default: '' },
  examples: { type: 'boolean', default: false },
} });
const opened: LoadedDevices[] = [];
const started = await startServer({
  clusterFile: clusterFile(values.data, Number(values.gpus)), devices: 'inProcess', host: '127.0.0.1', port: 0, dir: join(values.data, 'log'), isClosed: false, isInsecure: false,
  seed: 1, speed: 1, hasExamples: values.examples, tls: null, oidc: null,
  log: pino({ level: 'warn' }, pino.destination({ dest: 2, sync: true })), complain: () => undefined,
  openDevices: ({ state, clock }) => {
    const devices = new LoadedDevices(state, clock, { valuesPerS: Number(values.values), lossesPerS: Number(values.losses) });
    opened.push(devices);
    return Promise.resolve(parsed(devices));
  },
});
if (!started.ok) throw new Error(started.issues.map(formatIssue).join('\n'));
process.send?.({ ready: started.value.url });
// Nobody else would end it when the generator is gone.
process.on('disconnect', () => process.exit());
process.on('message', (text) => {
  if (text === 'report') process.send?.({ report: opened[0]?.report });
  else void started.value.stop().then(() => process.disconnect?.());
});
