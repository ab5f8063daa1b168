/**
 * Alarms that emulated devices hold of their own parts: told at their edge, and told again to whoever asks, because an alarm is a
 * state of its device and not a message that is gone when it was lost.
 */

/** What a device says of its own part. */
export interface OwnFault {
  readonly device: string;
  readonly name: 'partFault' | 'laserFault';
  readonly component: number;
  readonly isNow: boolean;
}

/** A component that was never in fault, is, or was. */
const [isUp, wasDown] = [1, 2];

export class OwnFaults {
  readonly #known: Readonly<Record<OwnFault['name'], Uint8Array>>;
  /** Devices that are to tell what stands, or also what has gone. */
  readonly #due = new Map<string, 'standing' | 'all'>();
  readonly #isAccused: (component: number) => boolean;

  /** `isAccused` tells components that others have a word against: that one's device once cleared it is no answer to that. */
  constructor(componentCount: number, isAccused: (component: number) => boolean) {
    this.#known = { partFault: new Uint8Array(componentCount), laserFault: new Uint8Array(componentCount) };
    this.#isAccused = isAccused;
  }

  ask(device: string, which: 'standing' | 'all'): void {
    if (this.#due.get(device) !== 'all') this.#due.set(device, which);
  }

  answered(device: string): void {
    this.#due.delete(device);
  }

  /** Whether it is to be told now: at its edge, or because somebody has asked. A component speaks through one device. */
  isNews({ device, name, component, isNow }: OwnFault): boolean {
    const known = this.#known[name];
    const before = known[component] ?? 0;
    if ((before === isUp) !== isNow) {
      known[component] = isNow ? isUp : wasDown;
      return true;
    }
    const due = this.#due.get(device);
    if (due === undefined) return false;
    return isNow || (due === 'all' && before === wasDown && !this.#isAccused(component));
  }
}
