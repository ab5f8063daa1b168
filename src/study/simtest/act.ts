/** What can happen to a simulated cluster: each act is plain data that means something on any state, so that a play can lose any of its acts. */

import type { Quantity, Reading } from '../../control/reading.ts';
import type { TrafficClassName } from '../../traffic/classes.ts';

/** Numbers named `pick` choose among what there is when the act comes. */
export type Act =
  /** A part stops giving light or current, or gives it again. */
  | { readonly kind: 'part'; readonly component: number; readonly isDead: boolean }
  /** One thing that is wrong is put right, and says so. */
  | { readonly kind: 'mend'; readonly pick: number }
  | { readonly kind: 'supply'; readonly loop: number; readonly byK: number }
  | { readonly kind: 'warmth'; readonly body: number; readonly byK: number }
  /** Fans of a rack or row turn at a share of their speed. */
  | { readonly kind: 'flow'; readonly component: number; readonly share: number }
  | { readonly kind: 'dirt'; readonly component: number; readonly lossDb: number }
  | { readonly kind: 'wear'; readonly laser: number; readonly ratio: number }
  /** A value that could be and is not so, until its device tells the truth again. */
  | { readonly kind: 'lie'; readonly component: number; readonly quantity: Quantity; readonly value: number }
  /** An alarm of a part that is well, or the all-clear of one that is not. */
  | { readonly kind: 'falseAlarm'; readonly component: number }
  /** A message that cannot be. */
  | { readonly kind: 'nonsense'; readonly pick: number; readonly of: 'value' | 'component' | 'shape' | 'clock' | 'sequence' | 'circuits' }
  | { readonly kind: 'silent'; readonly pick: number; readonly isSilent: boolean }
  | { readonly kind: 'deviceClock'; readonly pick: number; readonly offNs: number }
  /** The next command is half done, then the device starts again. */
  | { readonly kind: 'deviceCrash'; readonly pick: number }
  /** A circuit switch loses or turns some of its circuits by itself. */
  | { readonly kind: 'circuitsLost'; readonly pick: number; readonly port: number }
  | { readonly kind: 'portStuck'; readonly pick: number; readonly port: number; readonly isStuck: boolean }
  /** The controller's clock stands so far from the true one. */
  | { readonly kind: 'controllerClock'; readonly offNs: number }
  /** The controller falls over with some of the next readings on their way into the log: `share` of the bytes of their lines reach it. */
  | { readonly kind: 'controllerCrash'; readonly share: number }
  /** Every device, or one, tells all that it knows. */
  | { readonly kind: 'retell'; readonly pick: number }
  | {
    readonly kind: 'leaseAsked'; readonly trafficClass: TrafficClassName; readonly fromRank: number; readonly toRank: number; readonly rateGbps: number; readonly isAmount: boolean;
    readonly afterNs: number; readonly forNs: number; readonly floorShare: number; readonly name: number;
  }
  /** Light is asked for where a lease waits for it, by somebody of another class. */
  | { readonly kind: 'scavenge'; readonly pick: number; readonly trafficClass: TrafficClassName; readonly rateGbps: number; readonly floorShare: number; readonly name: number }
  /** A request that cannot be granted as it stands. */
  | { readonly kind: 'foolishLease'; readonly pick: number }
  | { readonly kind: 'renew'; readonly pick: number; readonly forNs: number }
  | { readonly kind: 'release'; readonly pick: number }
  | { readonly kind: 'jobAsked'; readonly name: number; readonly ranks: readonly number[]; readonly classes: readonly TrafficClassName[]; readonly rateGbps: number; readonly replicas: number }
  | { readonly kind: 'jobReport'; readonly pick: number; readonly steps: number }
  | { readonly kind: 'jobEnd'; readonly pick: number }
  | { readonly kind: 'policy'; readonly pick: number }
  | { readonly kind: 'maintain'; readonly component: number; readonly action: Extract<Reading, { kind: 'maintenanceAsked' }>['action'] }
  /** What is in maintenance comes one stage further. */
  | { readonly kind: 'tend'; readonly pick: number; readonly passed: boolean }
  | { readonly kind: 'verified'; readonly pick: number; readonly passed: boolean }
  | { readonly kind: 'tick' };

export interface PlayEvent {
  /** Place in the play as drawn; it stays when events around it are left out. */
  readonly at: number;
  /** Time since the event before. */
  readonly laterNs: number;
  /** Seeds whatever this event leaves to chance, the fate of its messages above all. */
  readonly salt: number;
  readonly act: Act;
}

/** Acts that are faults of parts, of talk, of devices, of clocks or of the controller itself; the others are people asking for things. */
export const faultActs: ReadonlySet<Act['kind']> = new Set<Act['kind']>([
  'part', 'supply', 'warmth', 'flow', 'dirt', 'wear', 'lie', 'falseAlarm', 'nonsense', 'silent', 'deviceClock', 'deviceCrash', 'circuitsLost', 'portStuck', 'controllerClock', 'controllerCrash',
]);
