/**
 * Readings: everything that comes into the controller from outside, as it is logged and decided on.
 *
 * A reading states what somebody said, not what is true: a device may lie, repeat itself, or speak late. Rows are rows of the
 * plant's tables; names were interned at the edge. Times are ns since the log's epoch, so a double holds them exactly for 104 days
 * and to 2 ns for a year.
 */

import type { CrossConnect } from '../plan/plan.ts';
import type { Policy } from '../plan/policy.ts';
import type { TrafficClassName } from '../traffic/classes.ts';
import type { JobRequest } from './job.ts';

/** What telemetry measures, with its unit in the name. */
export const quantities = [
  /** Case of an engine, module, laser source, adapter. */
  'caseC',
  /** Supply of a coolant loop; every package it feeds follows. */
  'supplyC',
  /** Laser bias over its value at start of life at the same temperature: wear shows here first. */
  'biasRatio',
  /** Light received at a port, and sent, relative to the design's. */
  'rxLossDb', 'txLossDb',
  /** Before correction, worst lane of a port. */
  'preFecBer',
  /** Share of nominal: a fan, a pump, a power shelf. */
  'outputShare',
] as const;
export type Quantity = (typeof quantities)[number];

/** Values of one quantity of one device, taken together. */
export interface TelemetryReading {
  readonly kind: 'telemetry';
  readonly device: string;
  /** Counts up by one per message of the device: gaps, repeats and reordering show. */
  readonly sequence: number;
  /** The device's own clock, on the log's epoch. */
  readonly deviceNs: number;
  readonly quantity: Quantity;
  readonly components: readonly number[];
  readonly values: readonly number[];
}

export const alarmKinds = ['lossOfLight', 'partFault', 'laserFault', 'portStuck', 'powerLost', 'flowLost', 'overTemperature'] as const;

/** A device's claim that something is wrong, or no longer. */
export interface AlarmReading {
  readonly kind: 'alarm';
  readonly device: string;
  readonly sequence: number;
  readonly component: number;
  readonly alarm: (typeof alarmKinds)[number];
  readonly raised: boolean;
}

/** Ends of a demand: two accelerator ranks. */
export interface LeaseRequest {
  readonly id: string;
  readonly tenant: string;
  readonly job: string | null;
  readonly trafficClass: TrafficClassName;
  readonly fromRank: number;
  readonly toRank: number;
  /** Either a rate or an amount to move within the window; the other is null. */
  readonly rateGbps: number | null;
  readonly bits: number | null;
  readonly floorGbps: number;
  readonly startNs: number;
  readonly endNs: number;
}

export type Reading =
  | TelemetryReading
  | AlarmReading
  /** Time passes: expiry, hysteresis, time-outs and retries are looked at. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'leaseAsked'; readonly request: LeaseRequest }
  | { readonly kind: 'leaseRenewed'; readonly id: string; readonly endNs: number }
  | { readonly kind: 'leaseReleased'; readonly id: string }
  | { readonly kind: 'jobAsked'; readonly job: JobRequest }
  /** Where a job stands: whole steps done since its start, and the time of the last one. */
  | { readonly kind: 'jobReported'; readonly id: string; readonly steps: number; readonly stepNs: number }
  | { readonly kind: 'jobEnded'; readonly id: string }
  | { readonly kind: 'policySet'; readonly policy: Policy }
  /** The note says why, in the asker's words. */
  | { readonly kind: 'maintenanceAsked'; readonly component: number; readonly action: 'drain' | 'repair' | 'verify' | 'return' | 'cancel'; readonly by: string; readonly note?: string }
  /** What was found when a repaired component was tested. */
  | { readonly kind: 'verified'; readonly component: number; readonly passed: boolean; readonly detail: string }
  /** A device answers a command by its number; the same answer twice changes nothing. */
  | { readonly kind: 'commandAnswered'; readonly command: number; readonly outcome: 'done' | 'failed' | 'busy'; readonly detail: string }
  /**
   * What a device has set its lanes to, by wavelength: Gb/s (0 dark, `null` lit by a device that knows no rates), and tuning in nm
   * against the free-running place (`null` where it does not say).
   */
  | {
    readonly kind: 'lanesObserved'; readonly device: string; readonly sequence: number;
    readonly wavelengths: readonly number[]; readonly gbps: readonly (number | null)[]; readonly tunedNm: readonly (number | null)[];
  }
  /** The cross-connects a circuit switch says it has. */
  | { readonly kind: 'circuitsObserved'; readonly device: string; readonly sequence: number; readonly ocs: number; readonly circuits: readonly Omit<CrossConnect, 'ocs'>[] }
  | { readonly kind: 'deviceSeen'; readonly device: string; readonly link: 'up' | 'silent' };

const known: Readonly<Record<Reading['kind'], true>> = {
  telemetry: true, alarm: true, tick: true, leaseAsked: true, leaseRenewed: true, leaseReleased: true, jobAsked: true, jobReported: true, jobEnded: true, policySet: true,
  maintenanceAsked: true, verified: true, commandAnswered: true, lanesObserved: true, circuitsObserved: true, deviceSeen: true,
};

/** Logs of newer versions may hold readings of which nothing is known here. */
export const isKnownReading = (kind: string): boolean => Object.hasOwn(known, kind);
