/** What a command of the controller is in the words of gNMI: one change of one device, all or nothing. */

import type { DeviceChange } from '../../adapters/gnmi/client.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import type { DeviceAction } from '../../control/fact.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import { crossConnectName, portName } from '../../sim/devices/circuit-switch.ts';
import type { EmulatedFabric, EmulatedModule } from '../../sim/devices/emulated-fabric.ts';

/** A transmitter to be switched. */
export interface SwitchedLane {
  readonly module: EmulatedModule;
  readonly lane: number;
  readonly isOn: boolean;
}

/** `change` is `null` where the device has nothing to do. */
export interface Wanted {
  readonly change: Pick<DeviceChange, 'origin' | 'delete' | 'update'> | null;
  readonly switched: readonly SwitchedLane[];
  /** Cross-connects that must be tuned before the change is kept. */
  readonly connects: readonly string[];
}

const connectsPath = '/CONFIG_DB/localhost/OCS_CROSS_CONNECT';
export const connectStatesPath = '/STATE_DB/localhost/OCS_CROSS_CONNECT';

const nothing: Wanted = { change: null, switched: [], connects: [] };

const transceiverPath = (name: string): string => `/components/component[name=${name}]/transceiver`;

/** Lanes are on or off; a rate in between is kept by whoever sends into them. Copper has no laser to switch. */
function lanesOf(devices: EmulatedFabric, { wavelengths, gbps }: Extract<DeviceAction, { kind: 'setRates' }>): readonly SwitchedLane[] {
  const { fabric } = devices.cluster;
  return wavelengths.flatMap((wavelength, row): readonly SwitchedLane[] => {
    const link = fabric.wavelengthLink[wavelength] ?? -1;
    const first = devices.laneOfLink[link] ?? -1;
    const at = first + wavelength - (fabric.linkWavelength[link] ?? 0);
    const module = first < 0 ? undefined : devices.modules[devices.lanes.module[at] ?? -1];
    return module?.isOptical === true ? [{ module, lane: at - module.firstLane, isOn: (gbps[row] ?? 0) > 0 }] : [];
  });
}

function switchLanes(devices: EmulatedFabric, action: Extract<DeviceAction, { kind: 'setRates' }>): Wanted {
  const switched = lanesOf(devices, action);
  if (switched.length === 0) return nothing;
  const update = switched.map(({ module, lane, isOn }) => ({ path: `${transceiverPath(module.name)}/physical-channels/channel[index=${lane}]/config/tx-laser`, value: isOn }));
  return { change: { update }, switched, connects: [] };
}

/** Safe mode: what is not removed by the same change is not taken. The names of ports are the switch's own. */
function crossConnect({ remove, create }: Extract<DeviceAction, { kind: 'crossConnect' }>): Wanted {
  const nameOf = ({ aPort, bPort }: (typeof create)[number]): string => crossConnectName({ a: aPort, b: bPort });
  if (remove.length + create.length === 0) return nothing;
  return {
    change: {
      origin: 'sonic-db', delete: remove.map((circuit) => `${connectsPath}/${nameOf(circuit)}`),
      update: create.map((circuit) => ({ path: `${connectsPath}/${nameOf(circuit)}`, value: { a_side: portName(circuit.aPort, 'A'), b_side: portName(circuit.bPort, 'B') } })),
    },
    switched: [], connects: create.map(nameOf),
  };
}

/** Speed of light (exact, SI), in the unit that turns nm to MHz. */
const lightNmMhz = 299_792_458e3;

/** Wavelengths of lasers that their device can tune. Rings that lock by themselves take no orders. */
function tune(devices: EmulatedFabric, { wavelengths, nm }: Extract<DeviceAction, { kind: 'tune' }>, canTune: boolean): Wanted {
  const { fabric } = devices.cluster;
  if (!canTune) return nothing;
  const update = wavelengths.flatMap((wavelength, row) => {
    const laser = fabric.wavelengthLaser[wavelength] ?? -1;
    const value = Math.round(lightNmMhz / (nm[row] ?? NaN));
    return laser < 0 || !Number.isFinite(value) ? [] : [{ path: `/components/component[name=${fabric.componentName(laser as ComponentIx)}]/optical-channel/config/frequency`, value: String(value) }];
  });
  return update.length === 0 ? nothing : { change: { update }, switched: [], connects: [] };
}

/** Refusals: `unknown-component` where the action names no module. */
export function wantedOf(devices: EmulatedFabric, action: DeviceAction, { canTune }: { readonly canTune: boolean }): Wanted | Refusal {
  switch (action.kind) {
    case 'setRates': return switchLanes(devices, action);
    case 'crossConnect': return crossConnect(action);
    case 'tune': return tune(devices, action, canTune);
    case 'enable': {
      const module = devices.modules[devices.moduleOfComponent[action.component] ?? -1];
      if (module === undefined) return refuse('unknown-component', 'never', `Component ${action.component} is no module.`);
      return { change: { update: [{ path: `${transceiverPath(module.name)}/config/enabled`, value: action.on }] }, switched: [], connects: [] };
    }
  }
}
