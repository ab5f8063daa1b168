/**
 * The behaviour of one emulated optical circuit switch: simplex cross-connects from A side to B side, three ways to add them,
 * ports that take the device's own time to tune, ports that stick, and a factory table of losses.
 *
 * Ports count from 0 inside; outside port 0 reads `1A` where light enters and `1B` where it leaves (SONiC OCS model). A duplex
 * circuit is two cross-connects. Light crosses only where the mirrors are (`lit`), not where the configuration says.
 */

import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { createDice } from '../../base/dice.ts';

export type PortStatus = 'blocked' | 'tuning' | 'tuned' | 'failed';

/** `safe` refuses busy ports, `update` takes them from their cross-connects, `overwrite` first removes every cross-connect. */
export type AddMode = 'safe' | 'update' | 'overwrite';

export interface CrossConnect {
  readonly a: number;
  readonly b: number;
}

/** What a client may configure. Replaced as a whole, so that a former one can be put back. */
export interface CircuitConfig {
  /** B-side port of each A-side port, -1 for none. */
  readonly bOfA: Int32Array;
  readonly aBlocked: Uint8Array;
  readonly bBlocked: Uint8Array;
  readonly labels: ReadonlyMap<string, string>;
}

export interface CircuitSwitch {
  readonly name: string;
  readonly component: number;
  readonly partId: string;
  readonly ports: number;
  readonly switchNs: number;
  readonly lossMeanDb: number;
  readonly lossSpreadDb: number;
  config: CircuitConfig;
  /** Where the light of each A-side port goes now, -1 for nowhere. */
  readonly lit: Int32Array;
  /** When the tuning of an A-side port ends; 0 when it is not tuning. */
  readonly tunedAtNs: Float64Array;
  readonly failed: Uint8Array;
  readonly stuck: Uint8Array;
}

export interface CircuitSwitchSpec {
  readonly name: string;
  readonly component: number;
  readonly partId: string;
  readonly ports: number;
  readonly switchNs: number;
  readonly lossDb: { readonly low: number; readonly mean: number; readonly high: number };
  readonly connected: readonly CrossConnect[];
}

/** A loss range stands for the middle 95 % of the paths: four standard deviations of a normal distribution. */
const rangeSigmas = 4;

/** Where the catalogue states one loss and no range, its paths spread like those of a shipped 64-port switch (1.58 to 1.85 dB, SONiC OCS design). */
const usualSpreadDb = 0.07;

export function createCircuitSwitch(spec: CircuitSwitchSpec): CircuitSwitch {
  const bOfA = new Int32Array(spec.ports).fill(-1);
  for (const { a, b } of spec.connected) bOfA[a] = b;
  const spreadDb = (spec.lossDb.high - spec.lossDb.low) / rangeSigmas;
  return {
    name: spec.name, component: spec.component, partId: spec.partId, ports: spec.ports, switchNs: spec.switchNs,
    lossMeanDb: spec.lossDb.mean, lossSpreadDb: spreadDb > 0 ? spreadDb : usualSpreadDb,
    config: { bOfA, aBlocked: new Uint8Array(spec.ports), bBlocked: new Uint8Array(spec.ports), labels: new Map() },
    lit: bOfA.slice(), tunedAtNs: new Float64Array(spec.ports), failed: new Uint8Array(spec.ports), stuck: new Uint8Array(spec.ports),
  };
}

export const portName = (port: number, side: 'A' | 'B'): string => `${port + 1}${side}`;

/** How a cross-connect is named, e.g. `1A-2B`. */
export const crossConnectName = ({ a, b }: CrossConnect): string => `${portName(a, 'A')}-${portName(b, 'B')}`;

/** Reads `12A`; null for what is no port of the switch on that side. */
export function portOf(device: Pick<CircuitSwitch, 'ports'>, name: string, side: 'A' | 'B'): number | null {
  const match = /^([1-9]\d{0,5})([AB])$/.exec(name);
  const port = Number(match?.[1]) - 1;
  return match === null || match[2] !== side || port >= device.ports ? null : port;
}

/** Whose A side a B-side port hears, -1 for nobody. */
const aOfB = (bOfA: Int32Array, b: number): number => bOfA.indexOf(b);

/** The configuration after cross-connects are removed and added; refusals: `port-busy`, `port-blocked`, `port-twice`. */
export function crossConnected(
  config: CircuitConfig,
  change: { readonly mode: AddMode; readonly add: readonly CrossConnect[]; readonly remove?: readonly CrossConnect[] },
): CircuitConfig | Refusal {
  const { mode, add, remove = [] } = change;
  const bOfA = mode === 'overwrite' ? new Int32Array(config.bOfA.length).fill(-1) : config.bOfA.slice();
  for (const { a, b } of remove) if (bOfA[a] === b) bOfA[a] = -1;
  const added = new Set<string>();
  for (const { a, b } of add) {
    const ends = [portName(a, 'A'), portName(b, 'B')];
    const twice = ends.find((end) => added.has(end));
    if (twice !== undefined) return refuse('port-twice', 'never', `Port ${twice} is named by two cross-connects of one change; a port is in at most one.`);
    for (const end of ends) added.add(end);
    if (config.aBlocked[a] === 1 || config.bBlocked[b] === 1) {
      return refuse('port-blocked', 'wait', `Port ${config.aBlocked[a] === 1 ? ends[0] : ends[1]} is force_blocked; set its state to normal first.`);
    }
    const holder = aOfB(bOfA, b);
    const busyA = (bOfA[a] ?? -1) >= 0 && bOfA[a] !== b;
    if (mode === 'safe' && (busyA || (holder >= 0 && holder !== a))) {
      const [port, held] = busyA ? [ends[0], { a, b: bOfA[a] ?? 0 }] : [ends[1], { a: holder, b }];
      return refuse('port-busy', 'wait', `Port ${port} already belongs to cross-connect ${crossConnectName(held)}; remove that one first, or replace this one to take the port.`);
    }
    if (holder >= 0) bOfA[holder] = -1;
    bOfA[a] = b;
  }
  return { ...config, bOfA };
}

/** Puts a configuration into force: what changed goes dark at once and tunes for the device's own time. */
export function applyConfig(device: CircuitSwitch, config: CircuitConfig, nowNs: number): void {
  device.config = config;
  for (let a = 0; a < device.ports; a++) steer(device, a, nowNs);
}

/** Where an A-side port should point: blocked ports point nowhere. */
function wantedB({ config }: CircuitSwitch, a: number): number {
  const b = config.bOfA[a] ?? -1;
  return b < 0 || config.aBlocked[a] === 1 || config.bBlocked[b] === 1 ? -1 : b;
}

function steer(device: CircuitSwitch, a: number, nowNs: number): void {
  const wanted = wantedB(device, a);
  const isThere = device.lit[a] === wanted && device.tunedAtNs[a] === 0;
  if (device.stuck[a] === 1) {
    device.failed[a] = isThere ? 0 : 1;
    return;
  }
  device.failed[a] = 0;
  if (isThere) return;
  device.lit[a] = -1;
  device.tunedAtNs[a] = wanted < 0 ? 0 : nowNs + device.switchNs;
}

/** Ends tunings whose time has come, and steers ports that came free of what held them. */
export function advanceSwitch(device: CircuitSwitch, nowNs: number): void {
  for (let a = 0; a < device.ports; a++) {
    const due = device.tunedAtNs[a] ?? 0;
    if (due > 0 && nowNs >= due && device.stuck[a] !== 1) {
      device.tunedAtNs[a] = 0;
      device.lit[a] = wantedB(device, a);
    }
    if (device.stuck[a] === 1 || device.failed[a] === 1) steer(device, a, nowNs);
  }
}

/** Status of an A-side port. */
export function statusOfA(device: CircuitSwitch, a: number): PortStatus {
  if (device.failed[a] === 1) return 'failed';
  if (wantedB(device, a) < 0) return 'blocked';
  return (device.tunedAtNs[a] ?? 0) > 0 ? 'tuning' : 'tuned';
}

/** Status of a B-side port: that of the A side which it hears. */
export function statusOfB(device: CircuitSwitch, b: number): PortStatus {
  const a = aOfB(device.config.bOfA, b);
  return a < 0 ? 'blocked' : statusOfA(device, a);
}

/** Loss of one path through the switch as its maker measured it: the same path always reads the same. */
export const factoryLossDb = (device: Pick<CircuitSwitch, 'name' | 'lossMeanDb' | 'lossSpreadDb'>, { a, b }: CrossConnect): number =>
  Math.max(0, device.lossMeanDb + device.lossSpreadDb * createDice(0).fork(`${device.name}|${crossConnectName({ a, b })}`).normal());

/** How well a maker knows a loss, dB (SONiC OCS design: accuracy of its factory table). */
export const factoryAccuracyDb = 0.1;
