/** A part is a catalogue entry: named parameters, each with value, unit, evidence and source. */

import type { EvidenceKind } from '../base/figure.ts';

/** A number, a range from low to high, a named choice, a yes or no, a list of numbers, or named shares of a whole. */
export type ParamValue =
  | number | readonly [low: number, high: number] | string | boolean | readonly number[] | Readonly<Record<string, number>>;

export interface Param {
  readonly value: ParamValue;
  /** True when `value` is a range from low to high rather than a list. */
  readonly isRange?: boolean;
  readonly unit: string;
  readonly kind: EvidenceKind;
  readonly source: string;
  readonly note?: string;
}

export interface Part {
  /** Kebab-case, unique in the catalogue, e.g. `dr8-800g`. */
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly year: number;
  readonly vendor?: string;
  readonly params: Readonly<Record<string, Param>>;
}
