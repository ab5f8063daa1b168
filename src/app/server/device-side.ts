/** What the controller needs of the devices: readings come in, commands go out. Emulated devices and gNMI targets stand behind the same face. */

import type { Parsed } from '../../base/issue.ts';
import type { DeviceAction } from '../../control/fact.ts';
import type { Reading } from '../../control/reading.ts';
import type { DeviceFault } from '../../sim/devices/device-fault.ts';
import type { InjectedFault } from '../../sim/devices/inject-fault.ts';
import type { DeviceStanding } from '../southbound/device-book.ts';

/** A command with the number that its answer must name. */
export interface DeviceCommand {
  readonly n: number;
  readonly device: string;
  readonly action: DeviceAction;
}

export interface FaultWish {
  readonly device: string;
  readonly fault: string;
  readonly by?: number;
}

/** Faults that an emulation takes; real devices have none to inject. */
export interface FaultSwitch {
  inject(ask: FaultWish): Parsed<InjectedFault> | Promise<Parsed<InjectedFault>>;
  readonly faults: readonly DeviceFault[];
}

export interface DeviceSide {
  /** Begins to sense; every batch of readings is told in the order in which it was heard. */
  start(tell: (readings: readonly Reading[]) => void): void;
  /** Sends a command whose entry is durable; its answer comes back as a reading. */
  send(command: DeviceCommand): void;
  /** Asks every device for all that it has, because what was believed of some of them is forgotten: a part returns to service. */
  askAll?(): void;
  readonly emulation: FaultSwitch | null;
  /** How each device stands on its wire, where there is one: late ones and those that repeat themselves are known here alone. */
  readonly standings?: readonly DeviceStanding[];
  stop(): Promise<void>;
}
