/**
 * Speed of the southbound side: values from a twin in a process of its own, over gNMI with mutual TLS, through the client, the image of
 * the fabric and the controller to health; and the time from a fault at the twin to the first command.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readIdentity } from '../src/adapters/certificates.ts';
import { connectGnmi } from '../src/adapters/gnmi/client.ts';
import { compileClusterFile } from '../src/app/cluster-input.ts';
import type { ServerClock } from '../src/app/server/server-clock.ts';
import { GnmiSide } from '../src/app/southbound/gnmi-side.ts';
import { TwinFaults } from '../src/app/southbound/twin-faults.ts';
import { startTwinProcess } from '../src/app/southbound/twin-process.ts';
import { tlsFolder } from '../src/app/twin-server.ts';
import { createClusterPlant } from '../src/control/cluster-plant.ts';
import { createState } from '../src/control/create-state.ts';
import type { Reading } from '../src/control/reading.ts';
import { takeReading } from '../src/control/run.ts';
import type { State } from '../src/control/state.ts';
import { createCatalogue } from '../src/optics/catalogue/catalogue.ts';
import type { Bench } from './measure.ts';

/** Values of one run: five seconds of what must be folded each second (issue 7). */
const values = 500_000;
const perSecond = 100_000;

interface Line {
  readonly side: GnmiSide;
  readonly faults: TwinFaults;
  readonly clock: ServerClock;
  state: State;
  fresh(): State;
}

async function connect(path: string, sampleMs: number): Promise<Line> {
  const clusterFile = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const compiled = compileClusterFile(clusterFile);
  if (!compiled.ok) throw new Error('the cluster does not compile');
  const cluster = compiled.value;
  const catalogue = createCatalogue();
  const plant = createClusterPlant(cluster, catalogue);
  const dir = mkdtempSync(join(tmpdir(), 'heliostat-bench-'));
  const ignore = (): void => undefined;
  const twin = await startTwinProcess({ clusterFile, dir, seed: 1, note: ignore, onDown: ignore, onUp: ignore });
  const [controller, admin] = [readIdentity(tlsFolder(dir), 'controller'), readIdentity(tlsFolder(dir), 'admin')];
  if (!twin.ok || !controller.ok || !admin.ok) throw new Error('the twin did not start');
  const fromMs = performance.now();
  const clock: ServerClock = { nowNs: () => (performance.now() - fromMs) * 1e6, speed: 1 };
  const { address } = twin.value;
  const faults = new TwinFaults({ address, identity: admin.value, fabric: cluster.fabric, clock, kept: [], onFaults: ignore });
  const client = connectGnmi({ device: 'twin', address, identity: controller.value });
  const side = new GnmiSide({ cluster, catalogue, clock, attachments: [{ client, devices: null, hasTargets: true }], emulation: faults, sampleMs, rollbackMs: 120_000, note: ignore });
  process.on('exit', () => {
    void twin.value.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  return { side, faults, clock, state: createState(plant), fresh: () => createState(plant) };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

/** Every run waits until so many more values have come and what was news of them is folded. */
async function foldBench(): Promise<() => Promise<number>> {
  const line = await connect('examples/cluster-1024.yaml', 500);
  let folded = 0;
  line.side.start((readings) => {
    for (const reading of readings) {
      takeReading(line.state, line.clock.nowNs(), reading);
      if (reading.kind === 'telemetry') folded += reading.values.length;
    }
  });
  while (line.side.valuesIn < values) await pause(5);
  if (folded === 0 || line.state.devices.size < 1000) throw new Error(`${folded} values of ${line.state.devices.size} devices were folded`);
  return async () => {
    const from = line.side.valuesIn;
    while (line.side.valuesIn - from < values) await pause(1);
    return folded;
  };
}

/** Leases from the first pod to the second, whose spines the loop cools. */
const leases: readonly Reading[] = Array.from({ length: 8 }, (_, rank) => ({
  kind: 'leaseAsked', request: {
    id: `l${rank}`, tenant: 't', job: null, trafficClass: 'allReduce', fromRank: rank, toRank: 16 + rank, rateGbps: 60, bits: null, floorGbps: 0, startNs: 0, endNs: 1e15,
  },
}));

/** One run: the loop warms at the twin, the controller decides, and its first command leaves. Each begins with a state that knows nothing of the last. */
export async function commandBench(): Promise<() => Promise<number>> {
  const line = await connect('test/scenarios/clusters/liquid-32.yaml', 1000);
  let [firstCommandMs, supplyC] = [NaN, NaN];
  line.side.start((readings) => {
    for (const reading of readings) {
      if (reading.kind === 'telemetry' && reading.quantity === 'supplyC') supplyC = reading.values[0] ?? NaN;
      for (const { body } of takeReading(line.state, line.clock.nowNs(), reading)) {
        if (body.kind === 'commandIssued' && Number.isNaN(firstCommandMs)) firstCommandMs = performance.now();
      }
    }
  });
  const inject = async (fault: string, by: number | null): Promise<void> => {
    const done = await line.faults.inject({ device: 'coolantloop0', fault, ...(by === null ? {} : { by }) });
    if (!done.ok) throw new Error(done.issues[0]?.message ?? '');
  };
  await line.faults.restore();
  while (Number.isNaN(supplyC)) await pause(5);
  return async () => {
    line.state = line.fresh();
    for (const lease of leases) takeReading(line.state, line.clock.nowNs(), lease);
    firstCommandMs = NaN;
    const fromMs = performance.now();
    const injected = inject('warm', 6);
    while (Number.isNaN(firstCommandMs)) await pause(0);
    const tookMs = firstCommandMs - fromMs;
    await injected;
    await inject('clear', null);
    while (supplyC > 36) await pause(1);
    return tookMs;
  };
}

export const southboundBenches: readonly Bench[] = [
  { name: 'gNMI from a twin process folded to health, 500,000 values', goalMs: (values / perSecond) * 1000, prepare: foldBench },
  { name: 'warm loop at a twin process to the first command, and back', goalMs: 1000, prepare: commandBench },
];
