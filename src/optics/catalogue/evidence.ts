/** Writes down one parameter together with how it came to be known. */

import type { Param } from '../part.ts';

/** A quantity known only to lie between two values. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

export const between = (low: number, high: number): Span => ({ low, high });

type Stated = number | string | boolean | Span | readonly number[] | Readonly<Record<string, number>>;

/** Sources of the figures that nobody has published. */
export const modellingDefault = 'modelling default by kind (no source found)';
export const engineeringEstimate = 'engineering estimate';

const isSpan = (stated: Stated): stated is Span =>
  typeof stated === 'object' && !Array.isArray(stated) && Object.keys(stated).length === 2 && 'low' in stated && 'high' in stated;

function state(stated: Stated, evidence: Omit<Param, 'value' | 'isRange' | 'note'>, note: string | undefined): Param {
  const noted = note === undefined ? evidence : { ...evidence, note };
  return isSpan(stated) ? { ...noted, value: [stated.low, stated.high], isRange: true } : { ...noted, value: stated };
}

/** A figure read in the named publication: often a vendor's claim or trade press, not a measurement. */
export const published = (stated: Stated, unit: string, source: string, note?: string): Param =>
  state(stated, { unit, kind: 'published', source }, note);

const recalledMark = 'recalled: the text of the source was not read again';

/** A figure remembered from the named publication; it should be checked there before it is quoted. */
export const recalled = (stated: Stated, unit: string, source: string, note?: string): Param =>
  state(stated, { unit, kind: 'published', source }, note === undefined ? recalledMark : `${recalledMark}; ${note}`);

/** An engineering estimate; `source` gives the reasoning. */
export const estimate = (stated: Stated, unit: string, source: string, note?: string): Param =>
  state(stated, { unit, kind: 'estimate', source }, note);
