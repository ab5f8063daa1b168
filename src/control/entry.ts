/** A line of the log: a numbered reading, or a numbered fact with the number of the reading or fact that caused it. */

import type { Fact } from './fact.ts';
import type { Reading } from './reading.ts';

export interface ReadingEntry {
  readonly n: number;
  readonly kind: 'reading';
  readonly atNs: number;
  readonly body: Reading;
}

export interface FactEntry {
  readonly n: number;
  readonly kind: 'fact';
  readonly atNs: number;
  /** Always smaller than `n`. */
  readonly cause: number;
  readonly body: Fact;
}

export type Entry = ReadingEntry | FactEntry;

/** What stands before the first entry. */
export interface LogHeader {
  readonly format: 1;
  readonly cluster: string;
  readonly fingerprint: string;
  /** ISO 8601 instant of time zero. */
  readonly epoch: string;
}
