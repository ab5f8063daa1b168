/** Opens the devices of a server: a twin in a process of its own, an emulation in this process, or real equipment by a list of addresses. */

import { readIdentity } from '../../adapters/certificates.ts';
import { connectGnmi } from '../../adapters/gnmi/client.ts';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { Plant } from '../../control/plant.ts';
import type { Reading } from '../../control/reading.ts';
import type { State } from '../../control/state.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import { coolantLoops, supplyDeviceOf } from '../../sim/devices/coolant-supply.ts';
import { createDevices } from '../../sim/devices/create-devices.ts';
import { TrueLight, receivingLanes } from '../../study/closed-loop/truth.ts';
import type { DeviceSide } from '../server/device-side.ts';
import { keepEmulatedFaults, readEmulatedFaults } from '../server/emulated-faults.ts';
import { EmulatedSide } from '../server/emulated-side.ts';
import { EmulatedWorld } from '../server/emulated-world.ts';
import { JobProgress } from '../server/job-progress.ts';
import type { ServerClock } from '../server/server-clock.ts';
import { tlsFolder } from '../twin-server.ts';
import { readDeviceList } from './device-list.ts';
import type { FabricImage } from './fabric-image.ts';
import type { GnmiTerms } from './gnmi-side.ts';
import { GnmiSide } from './gnmi-side.ts';
import { enterShownLight } from './shown-light.ts';
import { TwinFaults } from './twin-faults.ts';
import { startTwinProcess } from './twin-process.ts';

export interface DeviceTerms {
  /** `twin`, `inProcess`, or the path of a list of devices. */
  readonly devices: string;
  readonly clusterFile: string;
  readonly dir: string;
  readonly seed: number;
  readonly plant: Plant;
  readonly catalogue: Catalogue;
  readonly clock: ServerClock;
  /** The controller's state; it is only read. */
  readonly state: State;
  note(issue: Issue): void;
}

/** A device that answers this late is one that does not answer: more than the slowest agents take, and less than a plan waits. */
const answerMs = 5000;

type GnmiFrame = Omit<GnmiTerms, 'attachments' | 'emulation'>;

const frameOf = ({ plant, catalogue, clock, state, note }: DeviceTerms): GnmiFrame =>
  ({ cluster: plant.cluster, catalogue, clock, rollbackMs: state.policy.commands.confirmTimeoutNs / 1e6, note });

/** What jobs report by the light that the devices show. */
function jobReportsOf(state: State): NonNullable<GnmiTerms['jobReports']> {
  const progress = new JobProgress(state);
  let laneOf: Int32Array | null = null;
  return (atNs: number, image: FabricImage): readonly Reading[] => {
    laneOf ??= receivingLanes(image.devices);
    enterShownLight(image);
    return progress.reports(new TrueLight(state, image.devices, laneOf), atNs);
  };
}

async function openTwin(terms: DeviceTerms): Promise<Parsed<DeviceSide>> {
  let faults: TwinFaults | null = null;
  const twin = await startTwinProcess({ ...terms, onDown: () => faults?.hold(), onUp: () => void faults?.restore() });
  if (!twin.ok) return twin;
  const { address, stop } = twin.value;
  const controller = readIdentity(tlsFolder(terms.dir), 'controller');
  const admin = readIdentity(tlsFolder(terms.dir), 'admin');
  if (!controller.ok || !admin.ok) {
    await stop();
    return { ok: false, issues: [controller, admin].flatMap((one) => (one.ok ? [] : one.issues)).slice(0, 1) };
  }
  const { fabric } = terms.plant.cluster;
  const switching = new TwinFaults({ address, identity: admin.value, fabric, clock: terms.clock, kept: readEmulatedFaults(terms.dir), onFaults: (now) => keepEmulatedFaults(terms.dir, now) });
  faults = switching;
  await switching.restore();
  const client = connectGnmi({ device: 'twin', address, identity: controller.value, timeoutMs: answerMs });
  return parsed(new GnmiSide({
    ...frameOf(terms), attachments: [{ client, devices: null, hasTargets: true }], emulation: switching, jobReports: jobReportsOf(terms.state),
    async release() {
      switching.close();
      await stop();
    },
  }));
}

/** Full names of the devices that a cluster has, by the names that a person may write. */
function resolverOf({ plant, catalogue }: DeviceTerms): (name: string) => string | null {
  const devices = createDevices(plant.cluster, catalogue);
  const { fabric } = plant.cluster;
  const supplies = coolantLoops(devices).map((loop) => supplyDeviceOf(fabric.componentName(loop as ComponentIx)));
  const known = new Set([...devices.hosts.map(({ name }) => name), ...supplies]);
  return (name) => {
    if (known.has(name)) return name;
    const row = fabric.findComponent(name);
    const full = row < 0 ? '' : fabric.componentName(row as ComponentIx);
    return known.has(full) ? full : null;
  };
}

function openListed(terms: DeviceTerms): Parsed<DeviceSide> {
  const list = readDeviceList(terms.devices, resolverOf(terms));
  if (!list.ok) return list;
  const identity = readIdentity(list.value.certificates, 'controller');
  if (!identity.ok) return identity;
  const attachments = list.value.addresses.map(({ address, devices, hasTargets }) =>
    ({ devices, hasTargets, client: connectGnmi({ device: devices?.length === 1 ? devices[0] ?? address : address, address, identity: identity.value, timeoutMs: answerMs }) }));
  return parsed(new GnmiSide({ ...frameOf(terms), attachments, emulation: null }));
}

/** Issue codes: those of the twin, of certificates and of lists of devices. */
export async function openDeviceSide(terms: DeviceTerms): Promise<Parsed<DeviceSide>> {
  const { devices, plant, catalogue, seed, clock, state, dir } = terms;
  if (devices === 'twin') return openTwin(terms);
  if (devices !== 'inProcess') return openListed(terms);
  const world = new EmulatedWorld({ cluster: plant.cluster, catalogue, seed, startNs: clock.nowNs(), state, faults: readEmulatedFaults(dir) });
  return parsed(new EmulatedSide(world, clock, (faults) => keepEmulatedFaults(dir, faults)));
}
