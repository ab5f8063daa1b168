/** A decision as it is logged: what caused it, what it touches, which plans were weighed at which price, and which was taken. */

import type { RungName } from '../plan/policy.ts';
import type { Plan } from '../plan/plan.ts';
import type { TrafficClassName } from '../traffic/classes.ts';

/** What a plan does to one job. */
export interface JobEffect {
  readonly job: string;
  readonly stepBeforeNs: number;
  /** Infinity is written as `null` in JSON and means that the job stands. */
  readonly stepAfterNs: number | null;
  /** Time lost once: light dark, a checkpoint, a restart, steps done again. */
  readonly pauseNs: number;
}

/** The price of a plan: accelerator-seconds of progress that all jobs lose until the cause is expected to be gone. */
export interface Price {
  readonly lostGpuS: number;
  readonly expectedNs: number;
  readonly effects: readonly JobEffect[];
  /** Power drawn beyond the state before, W. */
  readonly extraW: number;
}

/** One rung of the ladder, weighed. */
export interface Candidate {
  readonly rung: RungName;
  /** `null` where the rung cannot serve; the reasons say why. */
  readonly price: Price | null;
  /** What its plan would cost at least, where it was not worked out because it cannot win; logs written before this was known lack it. */
  readonly atLeastGpuS?: number;
  /** Number of changes its plan has; the plan itself is logged for the chosen one. */
  readonly changes: number;
  /** Full sentences with figures and units. */
  readonly reasons: readonly string[];
}

/** How many there are of what an impact lists. */
export interface ImpactCounts {
  readonly components: number;
  readonly lasers: number;
  readonly wavelengths: number;
  readonly links: number;
  readonly leases: number;
}

/** The chain from cause to jobs: components, wavelengths, links, leases, classes, jobs. Long lists are cut; `counts` tells all. */
export interface Impact {
  readonly counts: ImpactCounts;
  /** The component whose reading began it, -1 for a request from above. */
  readonly component: number;
  /** Components in its fault domain whose light is affected. */
  readonly components: readonly number[];
  readonly lasers: readonly number[];
  readonly wavelengths: readonly number[];
  readonly links: readonly number[];
  readonly leases: readonly string[];
  readonly classes: readonly TrafficClassName[];
  readonly jobs: readonly string[];
}

export interface Decision {
  readonly rung: RungName;
  /** In one sentence: what was read, of what, against which limit. */
  readonly because: string;
  /** When the limit is expected to be crossed, ns from now; 0 when it is crossed already, `null` when nothing was foreseen. */
  readonly leadNs: number | null;
  readonly impact: Impact;
  /** In the order of the ladder; exactly one has the chosen rung. */
  readonly candidates: readonly Candidate[];
  readonly plan: Plan;
  readonly price: Price;
}

/** What the reasons of a rung begin with that was left out because nothing can be cheaper than what was found. */
export const notWorkedOut = 'Not worked out: ';

/** Whether a rung was worked out at all: one without a price may have been left out. */
export const isWorkedOut = ({ reasons }: { readonly reasons: readonly string[] }): boolean => reasons[0]?.startsWith(notWorkedOut) !== true;
