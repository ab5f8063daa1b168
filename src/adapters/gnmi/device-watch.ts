/** Notices devices that fall silent, answer late or repeat themselves, and says so once when it begins and once when it ends. */

import type { ComponentPulse, ReadNotification } from './notification-reader.ts';

export type DeviceEvent =
  | { readonly kind: 'silent' | 'heard'; readonly device: string; readonly forMs: number }
  | { readonly kind: 'late' | 'on-time'; readonly device: string; readonly lagMs: number }
  | { readonly kind: 'frozen' | 'thawed'; readonly device: string; readonly component: string; readonly notifications: number };

export interface DeviceWatchLimits {
  /** Silence after which a device counts as dead; 0 for never. */
  readonly silentAfterMs: number;
  /** Age of a value beyond the device's usual after which it counts as late; 0 for never. */
  readonly lateAfterMs: number;
  /** Notifications in a row without any change in any analogue value of a component; 0 for never. Only samples can freeze. */
  readonly frozenAfter: number;
}

export interface DeviceWatch {
  note(notification: ReadNotification, nowMs: number): void;
  /** Looks for silence and frozen components; call about once a second. */
  check(nowMs: number): void;
  /** After a break nobody is blamed for the silence of the connection. */
  restart(nowMs: number): void;
}

/** One value alone may well stand still; a component with this many that all stand still does not measure. */
const analoguesMin = 3;

interface Known {
  heardMs: number;
  isSilent: boolean;
  isLate: boolean;
  /** Smallest age seen since its clock was last set: the difference of the clocks plus the way. */
  usualLagMs: number;
  dated: bigint;
}

/** Times that go back by more than messages overtake each other: the device's clock was set. */
export const clockSetNs = 5_000_000_000n;

/** Devices that are told apart; a stranger with ever new names cannot fill the memory. */
const devicesMax = 200_000;

export function createDeviceWatch(limits: DeviceWatchLimits, pulses: ReadonlyMap<string, ComponentPulse>, report: (event: DeviceEvent) => void): DeviceWatch {
  const devices = new Map<string, Known>();
  const frozen = new Set<ComponentPulse>();

  function noteLag(device: string, known: Known, atNs: bigint, lagMs: number): void {
    known.usualLagMs = known.dated - atNs > clockSetNs ? lagMs : Math.min(known.usualLagMs, lagMs);
    known.dated = atNs;
    const beyondMs = lagMs - known.usualLagMs;
    const isLate = limits.lateAfterMs > 0 && beyondMs > limits.lateAfterMs;
    if (isLate !== known.isLate) report({ kind: isLate ? 'late' : 'on-time', device, lagMs: beyondMs });
    known.isLate = isLate;
  }

  function checkFrozen(): void {
    if (limits.frozenAfter <= 0) return;
    for (const pulse of pulses.values()) {
      const still = pulse.notifications - pulse.changedAt;
      const isFrozen = pulse.analogues >= analoguesMin && still >= limits.frozenAfter;
      if (isFrozen === frozen.has(pulse)) continue;
      if (isFrozen) frozen.add(pulse);
      else frozen.delete(pulse);
      report({ kind: isFrozen ? 'frozen' : 'thawed', device: pulse.device, component: pulse.component, notifications: still });
    }
  }

  return {
    note({ device, atNs }, nowMs) {
      let known = devices.get(device);
      if (known === undefined && devices.size >= devicesMax) return;
      if (known === undefined) devices.set(device, (known = { heardMs: nowMs, isSilent: false, isLate: false, usualLagMs: Infinity, dated: atNs }));
      if (known.isSilent) report({ kind: 'heard', device, forMs: nowMs - known.heardMs });
      known.isSilent = false;
      known.heardMs = nowMs;
      noteLag(device, known, atNs, nowMs - Number(atNs / 1_000_000n));
    },
    check(nowMs) {
      checkFrozen();
      if (limits.silentAfterMs <= 0) return;
      for (const [device, known] of devices) {
        if (known.isSilent || nowMs - known.heardMs <= limits.silentAfterMs) continue;
        known.isSilent = true;
        report({ kind: 'silent', device, forMs: nowMs - known.heardMs });
      }
    },
    restart(nowMs) {
      for (const known of devices.values()) known.heardMs = Math.max(known.heardMs, nowMs);
    },
  };
}
