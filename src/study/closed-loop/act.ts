/** What emulated devices do when the controller tells them to, and what they answer. */

import { isRefusal } from '../../base/refusal.ts';
import type { DeviceAction } from '../../control/fact.ts';
import type { Reading } from '../../control/reading.ts';
import { applyConfig, crossConnected } from '../../sim/devices/circuit-switch.ts';
import type { EmulatedFabric, EmulatedHost } from '../../sim/devices/emulated-fabric.ts';
import { restartNs } from '../../sim/devices/emulated-fabric.ts';
import { setPowerShare } from '../../sim/devices/module-heat.ts';

type Answer = Extract<Reading, { kind: 'commandAnswered' }>;

/** Lanes are on or off; a rate in between is kept by whoever sends into them. */
function setLanes(devices: EmulatedFabric, wavelengths: readonly number[], gbps: readonly number[]): void {
  const { fabric } = devices.cluster;
  wavelengths.forEach((wavelength, row) => {
    const link = fabric.wavelengthLink[wavelength] ?? 0;
    const lane = (devices.laneOfLink[link] ?? -1) + wavelength - (fabric.linkWavelength[link] ?? 0);
    const module = devices.laneOfLink[link] === -1 ? undefined : devices.modules[devices.lanes.module[lane] ?? -1];
    if (module === undefined) return;
    module.txEnabled[lane - module.firstLane] = (gbps[row] ?? 0) > 0 ? 1 : 0;
    // Power follows the lit lanes, as the controller reckons too.
    if (module.heat !== null && module.txEnabled.length > 0) setPowerShare(module.heat, module.txEnabled.reduce((sum, on) => sum + on, 0) / module.txEnabled.length);
  });
}

function doAction(devices: EmulatedFabric, host: EmulatedHost, action: DeviceAction, atNs: number): { readonly outcome: Answer['outcome']; readonly detail: string } {
  switch (action.kind) {
    case 'setRates': setLanes(devices, action.wavelengths, action.gbps); return { outcome: 'done', detail: '' };
    // The emulated rings lock by themselves.
    case 'tune': return { outcome: 'done', detail: '' };
    case 'enable': {
      const module = devices.modules[devices.moduleOfComponent[action.component] ?? -1];
      if (module !== undefined) module.enabled = action.on;
      return module === undefined ? { outcome: 'failed', detail: 'no such module' } : { outcome: 'done', detail: '' };
    }
    case 'crossConnect': {
      const device = host.circuitSwitch;
      if (device === null) return { outcome: 'failed', detail: 'no circuit switch' };
      const ends = (list: typeof action.create): { readonly a: number; readonly b: number }[] => list.map(({ aPort, bPort }) => ({ a: aPort, b: bPort }));
      const config = crossConnected(device.config, { mode: 'safe', add: ends(action.create), remove: ends(action.remove) });
      if (isRefusal(config)) return { outcome: config.remedy === 'wait' ? 'busy' : 'failed', detail: config.reasons.join(' ') };
      applyConfig(device, config, atNs);
      const failed = action.create.some(({ aPort }) => device.failed[aPort] === 1);
      return failed ? { outcome: 'failed', detail: 'a port is stuck' } : { outcome: 'done', detail: '' };
    }
  }
}

/** One command at one device: its answer and how long it takes, or `null` when it says nothing. */
export function act(devices: EmulatedFabric, command: { readonly n: number; readonly device: string; readonly action: DeviceAction }, atNs: number): { readonly reading: Answer; readonly afterNs: number } | null {
  const host = devices.hosts.find(({ name }) => name === command.device);
  const answer = (outcome: Answer['outcome'], detail: string): Answer => ({ kind: 'commandAnswered', command: command.n, outcome, detail });
  if (host === undefined) return { reading: answer('failed', `no device is called ${command.device}`), afterNs: 0 };
  if (host.dead || host.upAtNs > atNs) return null;
  if (host.crashes) {
    // Half of the change is made, and nobody is told.
    host.crashes = false;
    host.upAtNs = atNs + restartNs;
    return null;
  }
  const { outcome, detail } = doAction(devices, host, command.action, atNs);
  const switching = command.action.kind === 'crossConnect' ? host.circuitSwitch?.switchNs ?? 0 : 0;
  return { reading: answer(outcome, detail), afterNs: host.slowMs * 1e6 + switching };
}
