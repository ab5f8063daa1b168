/**
 * The controller's state: typed arrays over the plant's rows, and tables of leases, jobs, commands and maintenance.
 *
 * `evolve` is the only writer. It changes the state in place, because a fold of millions of facts over a million wavelengths
 * cannot copy; whoever needs the state before keeps a `forkState`. `decide` reads it and changes nothing.
 */

import type { Refusal } from '../base/refusal.ts';
import type { LeaseBook } from '../plan/admission/lease-book.ts';
import type { Change, Grant } from '../plan/plan.ts';
import type { Policy } from '../plan/policy.ts';
import type { DeviceAction, MaintenanceStage } from './fact.ts';
import type { Trend } from './health/trend.ts';
import type { JobRequest } from './job.ts';
import type { StandingInterleaving } from './jobs/interleaving.ts';
import type { LinkLeases } from './link-leases.ts';
import type { Plant } from './plant.ts';
import type { LeaseRequest, Quantity } from './reading.ts';

/** By component row. */
export interface ComponentState {
  /** Index into `healthNames`. */
  readonly health: Uint8Array;
  /** Case as it is believed to settle; NaN: as the design settles it (`plant.settledCaseC`). */
  readonly caseC: Float32Array;
  /** Light lost on the way beyond the design's budget. */
  readonly lossDb: Float32Array;
  /** 1 where it gives no light or current. */
  readonly isDead: Uint8Array;
  /** When its health last changed. */
  readonly sinceNs: Float64Array;
  /** When telemetry of it was last heard; -1 never. */
  readonly heardNs: Float64Array;
  /** Changes between up and down within the policy's window. */
  readonly flaps: Uint16Array;
}

/** By wavelength row. */
export interface WavelengthState {
  /** What it is told to carry: lowered by a derating. */
  readonly rateGbps: Float64Array;
  /** What physics lets it carry, by the last judgement; the design's rate until one is made. */
  readonly physicsGbps: Float64Array;
  /** Dead components whose fault domain, circuit switches not passed, holds it; counted by `evolve` from beliefs. Dark while above 0 anywhere on its way. */
  readonly darkCauses: Uint16Array;
  /** Row of the lease that holds it alone, -1 for nobody. */
  readonly holder: Int32Array;
  /** Tuning against its free-running place. */
  readonly tunedNm: Float32Array;
}

/** By directed link row. */
export interface LinkState {
  /** Margin of the weakest wavelength by the last judgement, dB; NaN until one is made, -Infinity where light does not close. */
  readonly marginDb: Float32Array;
  /** Sum of the rates granted on wavelengths that nobody holds alone. */
  readonly sharedGbps: Float64Array;
  /** What the wavelengths that nobody holds alone can carry: follows from them, is added up anew with every change, and kept for speed. */
  readonly poolGbps: Float64Array;
  /** Parts of its way whose health lets nothing new be put on it, counted by `evolve` and kept for speed. */
  readonly partsOut: Uint16Array;
}

export interface Lease {
  /** Dense row, reused after the lease ends. */
  readonly row: number;
  /** Replaced when its job moves to other ranks. */
  request: LeaseRequest;
  /** Expiry; renewing moves it. */
  endNs: number;
  /** What it holds now; `null` while it waits for light or for its start. */
  grant: Grant | null;
  /** What it will hold from its start; `null` once it has begun. */
  promised: Grant | null;
}

export interface Job {
  readonly request: JobRequest;
  readonly admittedNs: number;
  ranks: readonly number[];
  replicas: number;
  steps: number;
  stepNs: number;
  reportedNs: number;
  shiftNs: number;
  /** Number of the interleaving in which it takes turns with others, `null` for none. */
  interleaving: number | null;
  restarts: number;
  /** Why it stands; `null` while it progresses. */
  held: Refusal | null;
  /** Leases of its demands. */
  readonly leases: Set<string>;
}

export interface Command {
  readonly n: number;
  /** The decided or planned fact it belongs to. */
  readonly of: number;
  readonly device: string;
  readonly action: DeviceAction;
  readonly deadlineNs: number;
  /** 1 for the first sending; a resend carries the same number `n`. */
  readonly attempt: number;
}

/**
 * A plan whose devices have not all confirmed. Its commands go out stage by stage: what makes before what breaks.
 * One that undoes another, or that only tells a switch again what it was told before, is not itself undone.
 */
export interface OpenPlan {
  readonly n: number;
  readonly changes: readonly Change[];
  readonly isUndoable: boolean;
  /** Last stage whose commands went out, -1 for none. */
  stage: number;
  /** Commands without an answer. */
  readonly commands: Set<number>;
}

/** What is known of a device's talk. */
export interface DeviceState {
  /** Last sequence number heard. */
  readonly sequence: number;
  readonly link: 'up' | 'stale' | 'silent' | 'lying';
  /** Impossible messages in a row. */
  readonly strikes: number;
  readonly atNs: number;
}

export interface Measured {
  readonly value: number;
  /** Change of what is followed of it (dB for error ratios) in an hour; `null` until two values are known. */
  readonly perHour: number | null;
  readonly atNs: number;
  readonly trend: Trend;
}

export interface Maintenance {
  readonly stage: MaintenanceStage;
  readonly sinceNs: number;
  readonly by: string;
  /** Whether it was dark already when it was taken out of service; snapshots written before this was kept lack it. */
  readonly wasDead?: boolean;
}

export interface State {
  readonly plant: Plant;
  policy: Policy;
  /** Number and time of the last entry folded. */
  n: number;
  nowNs: number;
  readonly components: ComponentState;
  readonly wavelengths: WavelengthState;
  readonly links: LinkState;
  readonly leases: Map<string, Lease>;
  /** Leases that hold less than they asked for, or nothing: those that a return to service looks at. */
  readonly short: Set<string>;
  /** Wavelengths that are told to carry less than their design. They follow from the orders, and are kept for speed. */
  readonly lowered: Set<number>;
  /** Directed links without one wavelength that carries anything, and the accelerators that jobs run on. They follow from the light and the jobs, and are kept for speed. */
  readonly darkLinks: Set<number>;
  readonly busyRanks: Uint8Array;
  /** Lease ids by row, and rows that are free. */
  readonly leaseRows: (string | null)[];
  readonly freeLeaseRows: number[];
  /** Leases whose start is still to come. */
  readonly promised: Set<string>;
  /** Calendars of all that is granted and promised. They follow from the leases' grants and the light, and are kept for speed. */
  readonly book: LeaseBook;
  /** Lease ids by the minute in which they end. */
  readonly expiring: Map<number, Set<string>>;
  /** Leases with a path over a directed link, by link. */
  readonly leasesOfLink: LinkLeases;
  readonly jobs: Map<string, Job>;
  /** Jobs that take turns, by the number of the fact that said so; and what that holds back on directed links, Gb/s. */
  readonly interleavings: Map<number, StandingInterleaving>;
  readonly heldBackGbps: Map<number, number>;
  readonly commands: Map<number, Command>;
  readonly openPlans: Map<number, OpenPlan>;
  readonly maintenance: Map<number, Maintenance>;
  /** Last telemetry by quantity and component. */
  readonly measured: Map<Quantity, Map<number, Measured>>;
  readonly devices: Map<string, DeviceState>;
  /** Intended cross-connects by switch: A port to B port. `observedCircuits` is what the switch says. */
  readonly circuits: Map<number, Map<number, number>>;
  readonly observedCircuits: Map<number, Map<number, number>>;
  /** When each switch was told to reconfigure, within the last minute of its last command. */
  readonly reconfigured: Map<number, readonly number[]>;
}
