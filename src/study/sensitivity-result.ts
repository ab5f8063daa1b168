/** What a sensitivity study answers: how every result moves with every parameter, which matters most, and where results jump. */

import type { EvidenceKind } from '../base/figure.ts';
import type { SensitivityMetric } from './sensitivity-outcome.ts';

/** How one result moves with one parameter. */
export interface SensitivityEffect {
  readonly metric: SensitivityMetric;
  /** Of the derivative, e.g. `kW per W`. */
  readonly unit: string;
  /** `null` where the result has no derivative: it jumps at this very value, or has no value. */
  readonly derivative: number | null;
  /** Slopes below and above the value, where they differ; `derivative` is then their mean. */
  readonly kink: { readonly below: number; readonly above: number } | null;
  /** Relative change of the result over relative change of the parameter; `null` on scales without a zero. At a kink that of the slope above. */
  readonly elasticity: number | null;
  /** Change of the result under the parameter's everyday change, in the metric's unit, by the derivative (at a kink: the slope above). */
  readonly change: number | null;
  /** The same as a share of the result. */
  readonly changeShare: number | null;
}

/** A value of the parameter at which results jump. */
export interface SensitivityThreshold {
  /** Results hold up to `inside` and jump before `outside`; bisected to a thousandth of the parameter's everyday change. */
  readonly inside: number;
  readonly outside: number;
  readonly linksClosing: { readonly before: number; readonly after: number; readonly total: number };
  /** Results just before and just after; `null` where the workload cannot run. */
  readonly jumps: readonly { readonly metric: SensitivityMetric; readonly before: number | null; readonly after: number | null }[];
  /** Why the workload cannot run beyond; empty when it can. */
  readonly refused: readonly string[];
}

export interface SensitivityRow {
  readonly parameter: string;
  readonly about: string;
  readonly unit: string;
  readonly value: number;
  readonly kind: EvidenceKind;
  readonly source: string;
  /** The everyday change, in the parameter's unit and in words. */
  readonly probe: number;
  readonly probeText: string;
  /** In the order of `metrics`. */
  readonly effects: readonly SensitivityEffect[];
  /** Nearest first; at most one below and one above the value. */
  readonly thresholds: readonly SensitivityThreshold[];
  /** True when the everyday change crosses a threshold, so that the derivative does not tell the whole change. */
  readonly crosses: boolean;
}

export interface SensitivityResult {
  readonly schema: 'heliostat/sensitivity/1';
  readonly study: string;
  readonly cluster: string;
  readonly choice: string;
  readonly workload: string;
  readonly metrics: readonly { readonly name: SensitivityMetric; readonly label: string; readonly unit: string; readonly value: number | null }[];
  readonly links: { readonly total: number; readonly closing: number };
  readonly rows: readonly SensitivityRow[];
  /** Parameters by the size of the change their everyday change makes, largest first; those without effect are left out. */
  readonly rankings: readonly { readonly metric: SensitivityMetric; readonly parameters: readonly string[] }[];
  /** Figures that the choice reads but that cannot be turned a little, because they count things. */
  readonly notTurned: readonly string[];
  readonly assumptions: readonly string[];
}
