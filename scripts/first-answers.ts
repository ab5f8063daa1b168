/**
 * How long the first answer to an incident takes in a new process, cold and after a rehearsal, in processor time of the deciding thread:
 * `node scripts/first-answers.ts --gpus 1024`. Each figure is of processes of its own, which compile the cluster and run its examples.
 */

import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { clusterText } from '../bench/workloads/cluster-text.ts';
import { quantile } from '../bench/workloads/server-load.ts';
import { readCluster } from '../src/adapters/spec/read-spec.ts';
import { buildPlant } from '../src/app/server/build-plant.ts';
import { exampleReadings } from '../src/app/server/example-jobs.ts';
import { rehearse } from '../src/app/server/rehearsal.ts';
import { createDice } from '../src/base/dice.ts';
import { createState } from '../src/control/create-state.ts';
import { warmUp } from '../src/control/health/warm-up.ts';
import type { Reading } from '../src/control/reading.ts';
import { takeReading } from '../src/control/run.ts';
import type { State } from '../src/control/state.ts';
import { kindOf } from '../src/fabric/components.ts';

const usage = `Usage: node scripts/first-answers.ts [options]
  --gpus N       accelerators, a multiple of 1,024 (default 1024)
  --processes N  of which each figure is the median (default 3)
  --limit MS     of processor time that a rehearsal may take (default 3000)
  --collections N  of garbage between the rehearsal and the answer, as minutes of other work bring (default 0)`;

const incidents = ['port', 'laserSource', 'engine', 'warmLoop', 'deadLoop', 'scarce'] as const;
type IncidentName = (typeof incidents)[number];

const text = (value: string): { readonly type: 'string'; readonly default: string } => ({ type: 'string', default: value });
const { values } = parseArgs({ options: {
  gpus: text('1024'), processes: text('3'), limit: text('3000'), collections: text('0'), answer: { type: 'string' }, dir: text(''),
  rehearsed: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
} });
const [gpus, processes, limitMs, collections] = [values.gpus, values.processes, values.limit, values.collections].map(Number) as [number, number, number, number];
if (values.help || [gpus, processes, limitMs, collections].some((value) => !(value >= 0))) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

const cpuMs = (): number => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000; };
const leasesAtOnce = 1000;
const portsDark = 12;

function loaded(file: string): { readonly state: State; readonly accelerator: Parameters<typeof exampleReadings>[1] } {
  const built = buildPlant(file);
  const spec = readCluster(file);
  if (!built.ok || !spec.ok) throw new Error('the cluster does not compile');
  const state = createState(built.value.plant);
  warmUp(state);
  for (const reading of exampleReadings(built.value.plant, spec.value.accelerator, 1e9)) takeReading(state, 1e9, reading);
  const dice = createDice(1);
  for (let at = 0; at < leasesAtOnce; at++) {
    const fromRank = dice.below(gpus);
    takeReading(state, 1e9, { kind: 'leaseAsked', request: {
      id: `load-${at}`, tenant: 'load', job: null, trafficClass: 'inferenceFanout', fromRank, toRank: (fromRank + 8 + dice.below(gpus - 16)) % gpus, rateGbps: 1, bits: null, floorGbps: 0, startNs: 1e9, endNs: 3600e9,
    } });
  }
  return { state, accelerator: spec.value.accelerator };
}

/** What is told, the last of it timed: parts that carry leases, by luck of the dice. */
function readingsOf(state: State, incident: IncidentName): readonly Reading[] {
  const { cluster: { fabric } } = state.plant;
  const dice = createDice(5);
  const paths = [...state.leases.values()].flatMap(({ grant }) => grant?.paths ?? []);
  const above = (row: number, kind: string): number => { while (row >= 0 && kindOf(fabric.components, row) !== kind) row = fabric.componentParent[row] ?? -1; return row; };
  const find = (kind: string): number => {
    for (let tries = 0; tries < 10_000; tries++) {
      const links = paths[dice.below(paths.length)]?.links ?? [];
      const link = links[dice.below(links.length)] ?? 0;
      const laser = fabric.wavelengthLaser[fabric.linkWavelength[link] ?? 0] ?? -1;
      const row = kind === 'laserSource' ? above(laser, kind) : laser < 0 ? -1 : above(fabric.linkPort[link] ?? -1, kind);
      if (row >= 0) return row;
    }
    throw new Error(`no ${kind} is busy`);
  };
  let sequence = 0;
  const telemetry = (quantity: 'rxLossDb' | 'supplyC', component: number, value: number): Reading =>
    ({ kind: 'telemetry', device: `first-${component}`, sequence: ++sequence, deviceNs: state.nowNs, quantity, components: [component], values: [value] });
  const alarm = (component: number, name: 'laserFault' | 'partFault' | 'flowLost'): Reading => ({ kind: 'alarm', device: `first-${component}`, sequence: ++sequence, component, alarm: name, raised: true });
  const loop = Array.from({ length: fabric.componentCount }, (_, row) => row).findLast((row) => kindOf(fabric.components, row) === 'coolantLoop') ?? -1;
  switch (incident) {
    case 'port': return [telemetry('rxLossDb', find('port'), 6)];
    case 'laserSource': return [alarm(find('laserSource'), 'laserFault')];
    case 'engine': return [alarm(find('engine'), 'partFault')];
    case 'warmLoop': return [telemetry('supplyC', loop, 41)];
    case 'deadLoop': return [alarm(loop, 'flowLost')];
    // Light becomes scarce where one port after another of the same switch goes dark.
    case 'scarce': {
      const first = find('port');
      const like = Array.from({ length: fabric.componentCount }, (_, row) => row).filter((row) => row > first && kindOf(fabric.components, row) === 'port').slice(0, portsDark);
      return [first, ...like].map((row) => telemetry('rxLossDb', row, 6));
    }
  }
}

if (values.answer !== undefined) {
  const { state, accelerator } = loaded(values.dir);
  const from = cpuMs();
  const rehearsed = values.rehearsed ? await rehearse({ state, accelerator, isEnough: () => cpuMs() - from > limitMs }) : null;
  const rehearsalMs = cpuMs() - from;
  for (let at = 0; at < collections; at++) globalThis.gc?.();
  const readings = readingsOf(state, values.answer as IncidentName);
  let [tookMs, rung] = [0, ''];
  for (const reading of readings) {
    const before = cpuMs();
    const entries = takeReading(state, state.nowNs + 1e6, reading);
    tookMs += cpuMs() - before;
    for (const { body } of entries) if (body.kind === 'decided') rung = body.decision.rung;
  }
  process.send?.({ tookMs, rung, rehearsalMs, rounds: rehearsed?.rounds ?? 0 });
  process.disconnect?.();
} else {
  const dir = mkdtempSync(join(tmpdir(), 'heliostat-first-answers-'));
  const file = join(dir, 'cluster.yaml');
  writeFileSync(file, clusterText(readFileSync(fileURLToPath(new URL('../examples/cluster-liquid-1024.yaml', import.meta.url)), 'utf8'), gpus));
  interface Answered { readonly tookMs: number; readonly rung: string; readonly rehearsalMs: number; readonly rounds: number }
  const run = (incident: IncidentName, isRehearsed: boolean): Promise<Answered> => new Promise((resolve, reject) => {
    const figures = ['--gpus', String(gpus), '--limit', String(limitMs), '--collections', String(collections)];
    const child = fork(fileURLToPath(import.meta.url), ['--answer', incident, '--dir', file, ...figures, ...(isRehearsed ? ['--rehearsed'] : [])], { execArgv: ['--expose-gc'] });
    child.once('message', (answered) => resolve(answered as Answered));
    child.once('error', reject);
    child.once('exit', (code) => { if (code !== 0) reject(new Error(`a process ended with ${code}`)); });
  });
  console.log(`${gpus} accelerators, medians of ${processes} processes, ms of processor; load average ${loadavg()[0]?.toFixed(1)}`);
  for (const incident of incidents) {
    const [cold, warm]: [Answered[], Answered[]] = [[], []];
    for (let at = 0; at < processes; at++) {
      cold.push(await run(incident, false));
      warm.push(await run(incident, true));
    }
    const median = (all: readonly Answered[], of: (one: Answered) => number): string => quantile(all.map(of).sort((a, b) => a - b), 0.5).toFixed(1);
    console.log(`${incident.padEnd(12)} cold ${median(cold, ({ tookMs }) => tookMs).padStart(6)}, rehearsed ${median(warm, ({ tookMs }) => tookMs).padStart(6)} (${cold[0]?.rung}); `
      + `the rehearsal ${median(warm, ({ rehearsalMs }) => rehearsalMs)}, ${median(warm, ({ rounds }) => rounds)} rounds`);
  }
  rmSync(dir, { recursive: true });
}
