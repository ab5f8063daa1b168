/**
 * A plan is a reversible diff of who holds which light: grants on links and wavelengths, circuits through switch ports,
 * rates and tuning of wavelengths. Every allocator of this room answers with one, or with a `Refusal`.
 *
 * A change carries what was there and what shall be, so that `reverse` needs nothing else. Order matters: changes are applied
 * first to last and undone last to first.
 */

import type { TrafficClassName } from '../traffic/classes.ts';

/** One path of a grant: ordered directed link rows, and the wavelength kept on each link where the grant holds it alone. */
export interface GrantPath {
  readonly links: readonly number[];
  /** One entry per link: wavelength rows held alone. Empty lists where the grant shares what nobody holds. */
  readonly wavelengths: readonly (readonly number[])[];
  readonly rateGbps: number;
}

/** What a lease holds while it runs; `id` is the lease's. */
export interface Grant {
  readonly id: string;
  readonly tenant: string;
  /** The job that uses it, or `null` for light leased by itself. */
  readonly job: string | null;
  readonly trafficClass: TrafficClassName;
  /** Sum over the paths. */
  readonly rateGbps: number;
  /** What may not be preempted; at most what was asked for. */
  readonly floorGbps: number;
  readonly startNs: number;
  readonly endNs: number;
  readonly paths: readonly GrantPath[];
}

/** A cross-connect of one circuit switch, simplex from A to B; a duplex link needs two. Ports are numbered per switch. */
export interface CrossConnect {
  /** Component row of the switch. */
  readonly ocs: number;
  readonly aPort: number;
  readonly bPort: number;
}

export type Change =
  | { readonly kind: 'add'; readonly grant: Grant }
  | { readonly kind: 'move'; readonly from: Grant; readonly to: Grant }
  | { readonly kind: 'drop'; readonly grant: Grant }
  | { readonly kind: 'connect'; readonly circuit: CrossConnect }
  | { readonly kind: 'disconnect'; readonly circuit: CrossConnect }
  /** What a wavelength may carry: lowered by a derating, raised by a return to service. */
  | { readonly kind: 'setRate'; readonly wavelength: number; readonly fromGbps: number; readonly toGbps: number }
  /** Heater or laser tuning of a wavelength against its free-running place, in nanometres. */
  | { readonly kind: 'tune'; readonly wavelength: number; readonly fromNm: number; readonly toNm: number };

export interface Plan {
  readonly changes: readonly Change[];
  /** Full sentences with figures and units, most important first. */
  readonly reasons: readonly string[];
}

function reverseChange(change: Change): Change {
  switch (change.kind) {
    case 'add': return { kind: 'drop', grant: change.grant };
    case 'drop': return { kind: 'add', grant: change.grant };
    case 'move': return { kind: 'move', from: change.to, to: change.from };
    case 'connect': return { kind: 'disconnect', circuit: change.circuit };
    case 'disconnect': return { kind: 'connect', circuit: change.circuit };
    case 'setRate': return { ...change, fromGbps: change.toGbps, toGbps: change.fromGbps };
    case 'tune': return { ...change, fromNm: change.toNm, toNm: change.fromNm };
  }
}

/** Undoes a plan: applying `plan` and then `reverse(plan)` leaves everything as it was. */
export const reverse = (plan: Plan): Plan => ({
  changes: plan.changes.map(reverseChange).reverse(),
  reasons: plan.reasons.map((reason) => `Undone: ${reason}`),
});

/** One plan after another. */
export const joinPlans = (...plans: readonly Plan[]): Plan => ({
  changes: plans.flatMap(({ changes }) => changes),
  reasons: plans.flatMap(({ reasons }) => reasons),
});
