/**
 * Facts: what the controller has decided or taken note of. State is the fold of facts and of nothing else.
 *
 * A fact states its result, never how to compute it, so that old logs fold the same for ever. New kinds may be added; a kind that
 * this version does not know stops the fold with its number.
 */

import type { Refusal } from '../base/refusal.ts';
import type { Change, CrossConnect, Plan } from '../plan/plan.ts';
import type { Policy } from '../plan/policy.ts';
import type { Decision } from './decision.ts';
import type { JobRequest } from './job.ts';
import type { Interleaving } from './jobs/interleaving.ts';
import type { LeaseRequest, Quantity } from './reading.ts';

/** Health of a component: `suspect` is watched, `degraded` carries less, `failed` carries nothing, the rest are stages of maintenance. */
export const healthNames = ['sound', 'suspect', 'degraded', 'failed', 'draining', 'drained', 'repairing', 'verifying'] as const;
export type Health = (typeof healthNames)[number];

/** What a device is told to do. It carries the number of the fact that told it, so a resend is harmless. */
export type DeviceAction =
  | { readonly kind: 'crossConnect'; readonly ocs: number; readonly remove: readonly Omit<CrossConnect, 'ocs'>[]; readonly create: readonly Omit<CrossConnect, 'ocs'>[] }
  | { readonly kind: 'setRates'; readonly wavelengths: readonly number[]; readonly gbps: readonly number[] }
  | { readonly kind: 'tune'; readonly wavelengths: readonly number[]; readonly nm: readonly number[] }
  | { readonly kind: 'enable'; readonly component: number; readonly on: boolean };

/** Links that stand alike. `ranges` holds pairs: the first link row and how many follow on. */
export interface JudgedGroup {
  readonly ranges: readonly number[];
  /** Margin of the weakest wavelength, dB; `null` where the light does not close at all. */
  readonly marginDb: number | null;
  /** By wavelength of a link, Gb/s. */
  readonly gbps: readonly number[];
}

export type MaintenanceStage = 'draining' | 'drained' | 'repairing' | 'verifying' | 'returned' | 'verificationFailed' | 'cancelled';

export type Fact =
  | { readonly kind: 'policySet'; readonly policy: Policy }
  /** The last value of a quantity of some components, and its rate of change per hour where one is known. */
  | { readonly kind: 'measured'; readonly quantity: Quantity; readonly components: readonly number[]; readonly values: readonly number[]; readonly perHour: readonly (number | null)[] }
  /** `missed` messages were lost before this one; `strikes` impossible ones came in a row. */
  | { readonly kind: 'deviceHeard'; readonly device: string; readonly sequence: number; readonly link: 'up' | 'stale' | 'silent' | 'lying'; readonly missed: number; readonly strikes: number }
  /** A reading was set aside: stale, repeated, impossible, or of something unknown. */
  | { readonly kind: 'setAside'; readonly refusal: Refusal }
  /** What is believed of some components: the case as it will settle (null: as the design settles it), light lost on the way, and whether they give any. */
  | { readonly kind: 'believed'; readonly components: readonly number[]; readonly caseC: readonly (number | null)[]; readonly lossDb: readonly number[]; readonly isDead: readonly boolean[] }
  /** What physics makes of those beliefs: by group of directed links, their margin and what each of their wavelengths can carry. */
  | { readonly kind: 'judged'; readonly groups: readonly JudgedGroup[] }
  | { readonly kind: 'healthSet'; readonly component: number; readonly from: Health; readonly to: Health; readonly reason: string }
  | { readonly kind: 'flapped'; readonly component: number; readonly count: number }
  | { readonly kind: 'decided'; readonly decision: Decision }
  /** Changes that no ladder weighed: a grant, a release, an expiry, a return to service. */
  | { readonly kind: 'planned'; readonly plan: Plan; readonly reason: string }
  /** All devices of a decision or plan have confirmed it. One that tells no device anything is in force at once, without this fact. */
  | { readonly kind: 'confirmed'; readonly of: number }
  /** The changes of fact `of` are taken back; where the rest of it stands and goes on, only those of one device. */
  | { readonly kind: 'rolledBack'; readonly of: number; readonly changes: readonly Change[]; readonly reason: string; readonly restStands?: true }
  /** `stage` counts up within a plan; a resend names the command it repeats. */
  | {
    readonly kind: 'commandIssued'; readonly of: number; readonly stage: number; readonly device: string; readonly action: DeviceAction;
    readonly deadlineNs: number; readonly attempt: number; readonly resends: number | null;
  }
  | { readonly kind: 'commandEnded'; readonly command: number; readonly outcome: 'done' | 'failed' | 'gaveUp'; readonly detail: string }
  /** Wavelengths whose rate or tuning a device shows otherwise than intended, with no order on its way. */
  | { readonly kind: 'lanesApart'; readonly device: string; readonly rates: readonly number[]; readonly tunings: readonly number[] }
  | { readonly kind: 'circuitsObserved'; readonly ocs: number; readonly circuits: readonly Omit<CrossConnect, 'ocs'>[] }
  | { readonly kind: 'leaseAccepted'; readonly request: LeaseRequest; readonly endNs: number }
  | { readonly kind: 'leaseRefused'; readonly request: LeaseRequest; readonly refusal: Refusal; readonly offers: readonly LeaseRequest[] }
  | { readonly kind: 'leaseRenewed'; readonly id: string; readonly endNs: number }
  | { readonly kind: 'leaseEnded'; readonly id: string; readonly why: 'released' | 'expired' | 'preempted' | 'jobEnded' }
  | { readonly kind: 'jobAdmitted'; readonly job: JobRequest }
  | { readonly kind: 'jobRefused'; readonly id: string; readonly refusal: Refusal }
  | { readonly kind: 'jobProgressed'; readonly id: string; readonly steps: number; readonly stepNs: number }
  /** The job cannot go on, or goes on again (`refusal` null). */
  | { readonly kind: 'jobHeld'; readonly id: string; readonly refusal: Refusal | null }
  | { readonly kind: 'jobShifted'; readonly id: string; readonly byNs: number }
  /** Jobs take turns with light that does not carry all of them at once; each is told when to begin its steps. */
  | { readonly kind: 'interleaved'; readonly interleaving: Interleaving }
  /** The turns of fact `of` end; jobs go on with their grants. */
  | { readonly kind: 'interleavingEnded'; readonly of: number; readonly reason: string }
  | { readonly kind: 'jobResized'; readonly id: string; readonly replicas: number }
  | { readonly kind: 'jobMoved'; readonly id: string; readonly ranks: readonly number[]; readonly restarts: boolean }
  | { readonly kind: 'jobEnded'; readonly id: string }
  | { readonly kind: 'maintenanceSet'; readonly component: number; readonly stage: MaintenanceStage; readonly by: string; readonly detail: string };

export type FactKind = Fact['kind'];
