/**
 * The controller alone under the readings of `npm run load`, in simulated time: processor time of each kind of reading minute by minute,
 * whatever else the machine does, and what the state grows to. `node scripts/controller-load.ts --minutes 10` (add `--cpu-prof` before it).
 */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { setImmediate } from 'node:timers/promises';
import { readCluster } from '../src/adapters/spec/read-spec.ts';
import { compileClusterFile } from '../src/app/cluster-input.ts';
import { exampleReadings } from '../src/app/server/example-jobs.ts';
import { encodeSnapshot } from '../src/app/server/state-snapshot.ts';
import { createDice } from '../src/base/dice.ts';
import { createClusterPlant } from '../src/control/cluster-plant.ts';
import { createState } from '../src/control/create-state.ts';
import type { Entry } from '../src/control/entry.ts';
import type { Reading } from '../src/control/reading.ts';
import { takeReading } from '../src/control/run.ts';
import { digestOf } from '../src/control/state-digest.ts';
import { kindOf } from '../src/fabric/components.ts';
import { createCatalogue } from '../src/optics/catalogue/catalogue.ts';
import { clusterText } from '../bench/workloads/cluster-text.ts';
import { quantile } from '../bench/workloads/server-load.ts';

const usage = `Usage: node scripts/controller-load.ts [options]
  --minutes M      simulated length of the run (default 10)
  --gpus N         accelerators, a multiple of 1,024 (default 4096)
  --leases N       writes of leases per second (default 500)
  --messages N     telemetry messages of 64 values per second (default 16; the full load has 781)
  --losses N       losses of light per second (default 2)
  --restored S     seconds until a receiver has its light again (default 5)`;

const text = (value: string): { readonly type: 'string'; readonly default: string } => ({ type: 'string', default: value });
const { values } = parseArgs({ options: {
  minutes: text('10'), gpus: text('4096'), leases: text('500'), messages: text('16'), losses: text('2'), restored: text('5'), help: { type: 'boolean', default: false },
} });
const given = [values.minutes, values.gpus, values.leases, values.messages, values.losses, values.restored].map(Number);
const [minutes = 0, gpus = 0, leasesPerS = 0, messagesPerS = 0, lossesPerS = 0, restoredS = 0] = given;
if (values.help || given.some((value) => !(value >= 0))) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

const valuesPerMessage = 64;
const standingMax = 1000;
const lossDb = 6;
const msNs = 1e6;
const leaseNs = 3600e9;

const dir = mkdtempSync(join(tmpdir(), 'heliostat-controller-load-'));
const file = join(dir, 'cluster.yaml');
writeFileSync(file, clusterText(readFileSync(fileURLToPath(new URL('../examples/cluster-liquid-1024.yaml', import.meta.url)), 'utf8'), gpus));
const spec = readCluster(file);
const compiled = compileClusterFile(file);
rmSync(dir, { recursive: true });
if (!spec.ok || !compiled.ok) throw new Error('the example does not compile');
const plant = createClusterPlant(compiled.value, createCatalogue());
const { fabric } = plant.cluster;
const state = createState(plant);
const [leaseDice, lightDice] = [createDice(1).fork('leases'), createDice(1).fork('light')];
let nowNs = 1e9;

const cpuMs = (): number => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000; };
let tookMs = new Map<string, number[]>();

function take(kind: string, reading: Reading): readonly Entry[] {
  const from = cpuMs();
  const entries = takeReading(state, nowNs, reading);
  const took = cpuMs() - from;
  const known = tookMs.get(kind);
  if (known === undefined) tookMs.set(kind, [took]);
  else known.push(took);
  return entries;
}

/** Bytes of a snapshot, and the longest time for which making it held up everything else. */
async function snapshot(): Promise<{ readonly bytes: number; readonly heldUpMs: number }> {
  let [isDone, heldUpMs, last] = [false, 0, cpuMs()];
  const watch = (): void => {
    heldUpMs = Math.max(heldUpMs, cpuMs() - last);
    last = cpuMs();
  };
  const bytes = encodeSnapshot(state, {}).then((made) => { isDone = true; return made.length; });
  while (!isDone) {
    watch();
    await setImmediate();
  }
  watch();
  return { bytes: await bytes, heldUpMs };
}

async function tellMinute(minute: number): Promise<void> {
  const { bytes, heldUpMs } = await snapshot();
  const unsound = state.components.health.reduce((count, health) => count + (health === 0 ? 0 : 1), 0);
  console.log(`minute ${minute}: ${state.leases.size} leases, ${state.short.size} short, ${unsound} parts not sound, entry ${state.n}; snapshot ${(bytes / 2 ** 20).toFixed(1)} MB, held up ${heldUpMs.toFixed(0)} ms`);
  for (const [kind, all] of tookMs) {
    const sum = all.reduce((total, ms) => total + ms, 0);
    all.sort((a, b) => a - b);
    const told = [`mean ${(sum / all.length).toFixed(3)} ms`, `p99 ${quantile(all, 0.99).toFixed(1)} ms`, `worst ${(all.at(-1) ?? 0).toFixed(1)} ms`];
    console.log(`  ${kind.padEnd(8)} ${String(all.length).padStart(6)} times, ${sum.toFixed(0).padStart(6)} ms of processor, ${told.join(', ')}`);
  }
  tookMs = new Map();
}

const sequences = new Map<string, number>();
function telemetry(kind: string, device: string, quantity: 'biasRatio' | 'rxLossDb', components: readonly number[], told: readonly number[]): readonly Entry[] {
  const sequence = (sequences.get(device) ?? 0) + 1;
  sequences.set(device, sequence);
  return take(kind, { kind: 'telemetry', device, sequence, deviceNs: nowNs, quantity, components, values: told });
}

/** A port whose light carries a lease, by luck of the dice; -1 where none does. */
function busyPort(): number {
  const paths = [...state.leases.values()].flatMap(({ grant }) => grant?.paths ?? []);
  const links = paths[lightDice.below(paths.length)]?.links ?? [];
  return links.filter((link) => (fabric.wavelengthLaser[fabric.linkWavelength[link] ?? 0] ?? -1) >= 0).map((link) => fabric.linkPort[link] ?? -1)[0] ?? -1;
}

const standing: string[] = [];
/** One in three takes, renews and releases each. */
function writeLease(at: number): void {
  const newest = standing.at(-1);
  if (at % 3 === 1 && newest !== undefined) return void take('renew', { kind: 'leaseRenewed', id: newest, endNs: 5e12 });
  if (at % 3 === 2 && standing.length > standingMax) return void take('release', { kind: 'leaseReleased', id: standing.shift() ?? '' });
  const [id, fromRank] = [`load-${at}`, leaseDice.below(gpus)];
  take('ask', { kind: 'leaseAsked', request: {
    id, tenant: 'load', job: null, trafficClass: 'inferenceFanout', fromRank, toRank: (fromRank + 8 + leaseDice.below(gpus - 16)) % gpus, rateGbps: 1, bits: null, floorGbps: 0,
    startNs: nowNs, endNs: nowNs + leaseNs,
  } });
  if (state.leases.has(id)) standing.push(id);
}

const lasers = Array.from({ length: fabric.componentCount }, (_, row) => row).filter((row) => kindOf(fabric.components, row) === 'laser');
const groups = Array.from({ length: Math.ceil(lasers.length / valuesPerMessage) }, (_, at) => lasers.slice(at * valuesPerMessage, (at + 1) * valuesPerMessage));
for (const reading of exampleReadings(plant, spec.value.accelerator, nowNs)) take('example', reading);
tookMs = new Map();

const dark: { readonly port: number; readonly untilMs: number }[] = [];
let [messages, losses, leases] = [0, 0, 0];
for (let ms = 1; ms <= minutes * 60_000; ms++) {
  nowNs += msNs;
  if (ms % 1000 === 0) take('tick', { kind: 'tick' });
  for (; messages < ms / 1000 * messagesPerS; messages++) {
    const components = groups[messages % groups.length] ?? [];
    telemetry('bias', `load-${messages % groups.length}`, 'biasRatio', components, components.map(() => 1 + lightDice.uniform() * 0.05));
  }
  for (; losses < ms / 1000 * lossesPerS; losses++) {
    const port = busyPort();
    if (port < 0) continue;
    const decided = telemetry('loss', `receiver-${port}`, 'rxLossDb', [port], [lossDb]).flatMap(({ body }) => (body.kind === 'decided' ? body.decision.rung : []));
    for (const rung of decided) if (rung !== 'reroute') tookMs.set(rung, [...tookMs.get(rung) ?? [], tookMs.get('loss')?.at(-1) ?? 0]);
    dark.push({ port, untilMs: ms + restoredS * 1000 });
  }
  while ((dark[0]?.untilMs ?? Infinity) <= ms) {
    const port = dark.shift()?.port ?? -1;
    telemetry('restore', `receiver-${port}`, 'rxLossDb', [port], [0]);
  }
  for (; leases < ms / 1000 * leasesPerS; leases++) writeLease(leases);
  if (ms % 60_000 === 0) await tellMinute(ms / 60_000);
}
console.log(`state ${digestOf(state)} after entry ${state.n}`);
