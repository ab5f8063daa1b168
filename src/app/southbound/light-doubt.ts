/**
 * Which darkness proves nothing: that of lanes that were told to be dark, and that which a receiver may have seen before its sender
 * was lit or its circuit stood.
 *
 * What two devices say arrives in no order: messages wait, streams break and are read anew, devices are slow. So darkness is held
 * against a sender only when the receiver has been heard to look after the sender had its light, by the times that devices give.
 */

import type { CircuitSwitch } from '../../sim/devices/circuit-switch.ts';
import type { EmulatedFabric, EmulatedHost, EmulatedModule } from '../../sim/devices/emulated-fabric.ts';

/** A transmitter that is told to be lit or dark. */
export interface OrderedLane {
  readonly module: EmulatedModule;
  readonly lane: number;
  readonly isOn: boolean;
}

/** Light reaches a receiver's flags within this of its sender's (design choice: what a busy device takes from one look at its sensors to the next). */
const reachesNs = 1e9;
/** Doubt lasts no longer than this after the word that began it, however wrong the clocks of devices are (design choice: more than devices are late by that are not silent). */
const doubtMostNs = 30e9;

const wallNs = (): number => Date.now() * 1e6;

/** When light came, by whoever said so, and when that was heard. */
interface Since {
  readonly atNs: Float64Array;
  readonly heardNs: Float64Array;
}

const never = (length: number): Since => ({ atNs: new Float64Array(length), heardNs: new Float64Array(length) });

export class LightDoubt {
  readonly #devices: EmulatedFabric;
  readonly #nowNs: () => number;
  /** Lanes whose last order was to be dark. */
  readonly #isToldDark: Uint8Array;
  readonly #lit: Since;
  /** By module: when its device was heard for the first time, or again. */
  readonly #back: Since;
  /** By switch, for each port that light leaves by. */
  readonly #joined: ReadonlyMap<CircuitSwitch, Since>;
  /** By module: the newest time that any of its values was read at. */
  readonly #sampledNs: Float64Array;
  #isMet = false;

  constructor(devices: EmulatedFabric, nowNs: () => number = wallNs) {
    this.#devices = devices;
    this.#nowNs = nowNs;
    this.#isToldDark = new Uint8Array(devices.lanes.count);
    this.#lit = never(devices.lanes.count);
    this.#back = never(devices.modules.length);
    this.#joined = new Map(devices.switches.map((device) => [device, never(device.ports)]));
    this.#sampledNs = new Float64Array(devices.modules.length);
  }

  /** A lane that is told to be dark accuses nobody from then on; one that is told to be lit is in doubt until it is seen after that. */
  ordered({ module, lane, isOn }: OrderedLane, atNs: number): void {
    const row = module.firstLane + lane;
    if (module.kind === 'laserSource' || isOn === (this.#isToldDark[row] === 0)) return;
    this.#isToldDark[row] = isOn ? 0 : 1;
    if (isOn) this.#begin(this.#lit, row, atNs);
  }

  /** A device says that a lane of its has light now; -1 for all of them. */
  lit(module: EmulatedModule, lane: number, atNs: number): void {
    if (module.kind === 'laserSource') return;
    for (let at = 0; at < module.lanes.length; at++) if (lane < 0 || lane === at) this.#begin(this.#lit, module.firstLane + at, atNs);
  }

  /** A mirror stands that did not: light leaves its switch by this port. */
  joined(device: CircuitSwitch, port: number, atNs: number): void {
    const since = this.#joined.get(device);
    if (since !== undefined) this.#begin(since, port, atNs);
  }

  /** A device is heard again: what it saw last is old until it has looked anew. */
  heardAgain({ modules }: EmulatedHost, atNs: number): void {
    for (const { firstLane, laneCount } of modules) {
      const row = laneCount > 0 ? this.#devices.lanes.module[firstLane] ?? -1 : -1;
      if (row >= 0) this.#begin(this.#back, row, atNs);
    }
  }

  sampled(module: number, atNs: number): void {
    if (atNs > (this.#sampledNs[module] ?? Infinity)) this.#sampledNs[module] = atNs;
  }

  #begin({ atNs, heardNs }: Since, row: number, sinceNs: number): void {
    atNs[row] = Math.max(atNs[row] ?? 0, sinceNs);
    heardNs[row] = this.#nowNs();
  }

  /** Whether the receiver may have looked before light came. */
  #isEarly({ atNs, heardNs }: Since, row: number, sampledNs: number): boolean {
    return sampledNs < (atNs[row] ?? 0) + reachesNs && this.#nowNs() - (heardNs[row] ?? 0) < doubtMostNs;
  }

  isOf({ receiving, sending }: { readonly receiving: number; readonly sending: number }): boolean {
    const { lanes, switchOfLink, portOfLink, switches } = this.#devices;
    if (sending >= 0 && this.#isToldDark[sending] === 1) return true;
    const receiver = lanes.module[receiving] ?? -1;
    const sampledNs = this.#sampledNs[receiver] ?? 0;
    const rxLink = lanes.rxLink[receiving] ?? -1;
    const device = switches[switchOfLink[rxLink] ?? -1];
    const joined = device === undefined ? undefined : this.#joined.get(device);
    const isEarly = this.#isEarly(this.#back, receiver, sampledNs) || (sending >= 0 && this.#isEarly(this.#lit, sending, sampledNs))
      || (joined !== undefined && this.#isEarly(joined, portOfLink[rxLink] ?? -1, sampledNs));
    this.#isMet ||= isEarly;
    return isEarly;
  }

  /** True where some darkness was left for later since this was last asked. */
  takeMet(): boolean {
    const isMet = this.#isMet;
    this.#isMet = false;
    return isMet;
  }
}
