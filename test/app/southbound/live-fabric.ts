/** A twin and the live controller on both ends of real gRPC with mutual TLS, for the tests of the southbound side. */

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIdentity } from '../../../src/adapters/certificates.ts';
import { connectGnmi } from '../../../src/adapters/gnmi/client.ts';
import { compileClusterFile } from '../../../src/app/cluster-input.ts';
import { LiveController } from '../../../src/app/server/live-controller.ts';
import { openController } from '../../../src/app/server/open-controller.ts';
import type { ServerClock } from '../../../src/app/server/server-clock.ts';
import { GnmiSide } from '../../../src/app/southbound/gnmi-side.ts';
import type { RunningTwin } from '../../../src/app/twin-server.ts';
import { startTwin, tlsFolder } from '../../../src/app/twin-server.ts';
import type { Issue } from '../../../src/base/issue.ts';
import { createClusterPlant } from '../../../src/control/cluster-plant.ts';
import type { Entry } from '../../../src/control/entry.ts';
import type { Fact, FactKind } from '../../../src/control/fact.ts';
import type { LeaseRequest } from '../../../src/control/reading.ts';
import type { CompiledCluster } from '../../../src/fabric/compiled.ts';
import type { ComponentIx } from '../../../src/fabric/fabric.ts';
import { createCatalogue } from '../../../src/optics/catalogue/catalogue.ts';

export function readTestCluster(path: string): CompiledCluster {
  const compiled = compileClusterFile(fileURLToPath(new URL(`../../../${path}`, import.meta.url)));
  if (!compiled.ok) throw new Error('the cluster does not compile');
  return compiled.value;
}

/** Waits until the condition holds, at most `withinMs`. */
export async function until(what: string, holds: () => boolean, withinMs = 15_000): Promise<void> {
  for (const from = Date.now(); !holds() && Date.now() - from < withinMs;) await new Promise((resolve) => { setTimeout(resolve, 5); });
  assert.ok(holds(), `not within ${withinMs} ms: ${what}`);
}

/** A twin and the southbound side, without a controller. */
export interface Line {
  readonly cluster: CompiledCluster;
  readonly side: GnmiSide;
  readonly clock: ServerClock;
  readonly notes: Issue[];
  twin: RunningTwin;
  row(name: string): number;
  inject(device: string, fault: string, by?: number): void;
  restartTwin(): Promise<void>;
  /** Ends the side and the twin. */
  stop(): Promise<void>;
}

export interface LiveFabric extends Line {
  readonly live: LiveController;
  readonly entries: Entry[];
  facts<K extends FactKind>(kind: K): readonly Extract<Fact, { kind: K }>[];
  ask(request: Partial<LeaseRequest> & Pick<LeaseRequest, 'id' | 'fromRank' | 'toRank' | 'rateGbps'>): void;
}

export interface LineOptions {
  readonly clusterFile: string;
  /** What the controller believes the cluster is, where that differs from what the twin serves. */
  readonly believedFile?: string;
  readonly sampleMs?: number;
}

async function serveTwin(cluster: CompiledCluster, folder: string, port: number): Promise<RunningTwin> {
  const started = await startTwin({ cluster, dataFolder: folder, port, seed: 1 });
  if (!started.ok) throw new Error(started.issues[0]?.message ?? '');
  return started.value;
}

export async function startLine({ clusterFile, believedFile = clusterFile, sampleMs = 500 }: LineOptions, clock: ServerClock): Promise<Line> {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-southbound-'));
  const served = readTestCluster(clusterFile);
  const cluster = believedFile === clusterFile ? served : readTestCluster(believedFile);
  const twin = await serveTwin(served, folder, 0);
  const identity = readIdentity(tlsFolder(folder), 'controller');
  if (!identity.ok) throw new Error(identity.issues[0]?.message ?? '');
  const notes: Issue[] = [];
  const client = connectGnmi({ device: 'twin', address: twin.address, identity: identity.value, timeoutMs: 5000 });
  const side = new GnmiSide({
    cluster, catalogue: createCatalogue(), clock, attachments: [{ client, devices: null, hasTargets: true }], emulation: null, sampleMs, rollbackMs: 120_000, note: (issue) => notes.push(issue),
  });
  const line: Line = {
    cluster, side, clock, notes, twin,
    row: (name) => cluster.fabric.findComponent(name),
    inject(device, fault, by) {
      const done = line.twin.model.inject({ device, fault, ...(by === undefined ? {} : { by }) });
      if (!done.ok) throw new Error(done.issues[0]?.message ?? '');
    },
    async restartTwin() {
      line.twin = await serveTwin(served, folder, twin.port);
    },
    async stop() {
      await side.stop();
      await line.twin.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return line;
}

export async function startLive(options: LineOptions): Promise<LiveFabric> {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-live-'));
  const plant = createClusterPlant(readTestCluster(options.believedFile ?? options.clusterFile), createCatalogue());
  const opened = await openController(plant, folder, { speed: 1 });
  if (!opened.ok) throw new Error(opened.issues[0]?.message ?? '');
  const { state, store, index, clock } = opened.value;
  const line = await startLine(options, clock);
  const live = new LiveController({ state, store, index, clock, devices: line.side, onTrouble: () => undefined });
  const entries: Entry[] = [];
  live.listen((more) => entries.push(...more));
  live.start(200);
  return Object.assign(line, {
    live, entries, stopLine: line.stop,
    facts: <K extends FactKind>(kind: K) => entries.flatMap((entry) => (entry.kind === 'fact' && entry.body.kind === kind ? [entry.body as Extract<Fact, { kind: K }>] : [])),
    ask(request: Parameters<LiveFabric['ask']>[0]) {
      live.offer([{ kind: 'leaseAsked', request: { tenant: 't', job: null, trafficClass: 'allReduce', bits: null, floorGbps: 0, startNs: 0, endNs: 1e15, ...request } }]);
    },
    async stop(this: LiveFabric & { stopLine(): Promise<void> }) {
      await live.stop();
      await this.stopLine();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

export const nameOf = ({ cluster }: Line, row: number): string => cluster.fabric.componentName(row as ComponentIx);
