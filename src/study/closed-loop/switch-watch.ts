/** What circuit switches say they have, told when it changes, and hands at their console. */

import { isRefusal } from '../../base/refusal.ts';
import type { Reading } from '../../control/reading.ts';
import type { CircuitSwitch } from '../../sim/devices/circuit-switch.ts';
import { applyConfig, crossConnected } from '../../sim/devices/circuit-switch.ts';
import type { EmulatedFabric } from '../../sim/devices/emulated-fabric.ts';

/** One cross-connect that somebody sets by hand; ports count from 0. */
export interface HandSet {
  readonly component: number;
  readonly action: 'connect' | 'disconnect';
  readonly aPort: number;
  readonly bPort: number;
}

/** Circuits whose mirrors stand where they should. */
const litText = ({ lit }: CircuitSwitch): string => lit.join(',');

export class SwitchWatch {
  readonly #devices: EmulatedFabric;
  readonly #told = new Map<CircuitSwitch, string>();

  /** What a switch shows at first is what the plan was made with. */
  constructor(devices: EmulatedFabric) {
    this.#devices = devices;
    for (const device of devices.switches) this.#told.set(device, litText(device));
  }

  /** Reports of switches that show other circuits than they last told. A switch that still moves its mirrors waits. */
  news(next: (device: string) => number): readonly Reading[] {
    const { switches, hosts, nowNs } = this.#devices;
    return switches.flatMap((device): readonly Reading[] => {
      const shown = litText(device);
      const host = hosts.find(({ component }) => component === device.component);
      const isHeard = host !== undefined && !host.dead && host.upAtNs <= nowNs;
      if (!isHeard || shown === this.#told.get(device) || device.tunedAtNs.some((dueNs) => dueNs > 0)) return [];
      this.#told.set(device, shown);
      const circuits = Array.from(device.lit, (bPort, aPort) => ({ aPort, bPort })).filter(({ bPort }) => bPort >= 0);
      return [{ kind: 'circuitsObserved', device: device.name, sequence: next(device.name), ocs: device.component, circuits }];
    });
  }

  /** False where the switch refuses. */
  handSet({ component, action, aPort, bPort }: HandSet, nowNs: number): boolean {
    const device = this.#devices.switches.find((one) => one.component === component);
    if (device === undefined) return false;
    const ends = [{ a: aPort, b: bPort }];
    const config = crossConnected(device.config, { mode: 'safe', add: action === 'connect' ? ends : [], remove: action === 'disconnect' ? ends : [] });
    if (isRefusal(config)) return false;
    applyConfig(device, config, nowNs);
    return true;
  }
}
