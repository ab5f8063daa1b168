/** How each device stands: heard or silent, late, lying, how often its stream broke. */

import type { DeviceEvent } from '../../adapters/gnmi/device-watch.ts';
import { clockSetNs } from '../../adapters/gnmi/device-watch.ts';
import type { StreamEvent } from '../../adapters/gnmi/client-stream.ts';

export interface DeviceStanding {
  readonly device: string;
  /** `expected` before its first word; `lying` while components of it show measurements that never move. */
  readonly link: 'expected' | 'up' | 'silent' | 'late' | 'lying';
  /** Why it is not `up`. */
  readonly reason: string;
  /** Since when it is late or lying, ms since 1970; 0 where it is neither. */
  readonly sinceMs: number;
  /** Components whose measurements stand still. */
  readonly frozen: readonly string[];
  /** Breaks of its stream, and values that newer ones replaced because this reader was slow. */
  readonly gaps: number;
  readonly skippedValues: number;
}

interface Entry {
  isHeard: boolean;
  isSilent: boolean;
  reason: string;
  lagMs: number;
  troubledMs: number;
  readonly frozen: Set<string>;
  isInGap: boolean;
  gaps: number;
  skippedValues: number;
  /** When its newest value was taken, ns since 1970 by its own clock. */
  atNs: number;
}

const wallNs = (): number => Date.now() * 1e6;

export class DeviceBook {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #broken = new Set<object>();

  constructor(names: readonly string[]) {
    this.#entries = new Map(names.map((name) => [name, { isHeard: false, isSilent: false, reason: '', lagMs: 0, troubledMs: 0, frozen: new Set(), isInGap: false, gaps: 0, skippedValues: 0, atNs: 0 }]));
  }

  get heard(): readonly string[] {
    return [...this.#entries].flatMap(([name, { isHeard, isSilent }]) => (isHeard && !isSilent ? [name] : []));
  }

  get standings(): readonly DeviceStanding[] {
    return [...this.#entries].map(([device, { isHeard, isSilent, reason, lagMs, troubledMs, frozen, gaps, skippedValues }]): DeviceStanding => {
      const about = { device, sinceMs: troubledMs, frozen: [...frozen], gaps, skippedValues };
      if (isSilent) return { ...about, link: 'silent', reason };
      if (!isHeard) return { ...about, link: 'expected', reason: 'not heard yet' };
      if (frozen.size > 0) return { ...about, link: 'lying', reason: `${frozen.size} component${frozen.size === 1 ? '' : 's'} repeat the same measurements` };
      return lagMs > 0 ? { ...about, link: 'late', reason: `its values are ${(lagMs / 1000).toFixed(1)} s old` } : { ...about, link: 'up', reason: '' };
    });
  }

  isHeard(device: string): boolean {
    return this.#entries.get(device)?.isHeard === true;
  }

  /** True for a device that was not heard, or silent, until now. */
  isNews(device: string): boolean {
    const entry = this.#entries.get(device);
    return entry !== undefined && (!entry.isHeard || entry.isSilent);
  }

  setHeard(device: string): void {
    const entry = this.#entries.get(device);
    if (entry === undefined) return;
    entry.isHeard = true;
    entry.isSilent = entry.isInGap = false;
    entry.reason = '';
  }

  /** False where it was silent before. */
  setSilent(device: string, reason: string): boolean {
    const entry = this.#entries.get(device);
    if (entry === undefined || entry.isSilent) return false;
    entry.isSilent = true;
    entry.reason = reason;
    return true;
  }

  dated(device: string, atNs: bigint): void {
    const entry = this.#entries.get(device);
    if (entry === undefined) return;
    // Messages may overtake each other; times further back are those of a clock that was set.
    if (Number(atNs) > entry.atNs || entry.atNs - Number(atNs) > Number(clockSetNs)) entry.atNs = Number(atNs);
  }

  /** Age of its newest value by its own clock; 0 where it named no time. */
  ageNs(device: string): number {
    const atNs = this.#entries.get(device)?.atNs ?? 0;
    return atNs === 0 ? 0 : wallNs() - atNs;
  }

  beginGap(device: string): void {
    const entry = this.#entries.get(device);
    if (entry === undefined || !entry.isHeard || entry.isInGap) return;
    entry.isInGap = true;
    entry.gaps++;
  }

  /** True for a device that was heard before the gap and did not count as silent in it. */
  endGap(device: string): boolean {
    const entry = this.#entries.get(device);
    if (entry === undefined || !entry.isInGap) return false;
    entry.isInGap = false;
    return !entry.isSilent;
  }

  /** True when the address was reached until now. */
  breakOff(address: object): boolean {
    if (this.#broken.has(address)) return false;
    this.#broken.add(address);
    return true;
  }

  mend(address: object): void {
    this.#broken.delete(address);
  }

  isBroken(address: object): boolean {
    return this.#broken.has(address);
  }

  note(event: DeviceEvent | Extract<StreamEvent, { kind: 'skipped' }>): void {
    const entry = this.#entries.get(event.device);
    if (entry === undefined) return;
    if (event.kind === 'skipped') entry.skippedValues += event.values;
    else if (event.kind === 'late' || event.kind === 'on-time') entry.lagMs = event.kind === 'late' ? event.lagMs : 0;
    else if (event.kind === 'frozen') entry.frozen.add(event.component);
    else if (event.kind === 'thawed') entry.frozen.delete(event.component);
    const isTroubled = entry.lagMs > 0 || entry.frozen.size > 0;
    if (isTroubled !== entry.troubledMs > 0) entry.troubledMs = isTroubled ? Date.now() : 0;
  }
}
