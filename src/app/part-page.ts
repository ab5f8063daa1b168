/** Parts and their figures as people and programs read them. */

import type { Param, Part } from '../optics/part.ts';
import { numberText } from './number-text.ts';

/** A figure's value without its unit: `15`, `14 to 16`, `PAM4`, `dsp 0.5, laser 0.2`. */
export function valueText({ value, isRange }: Param): string {
  if (Array.isArray(value)) {
    const ends = (value as readonly number[]).map((end) => numberText(end, 6));
    return ends.join(isRange === true ? ' to ' : ', ');
  }
  if (typeof value === 'number') return numberText(value, 6);
  if (typeof value === 'object') return Object.entries(value).map(([name, share]) => `${name} ${numberText(share as number)}`).join(', ');
  return String(value);
}

/** Machine-readable form of a figure: `value`, or `low` and `high` for a range. */
const paramRecord = ({ value, isRange, unit, kind, source, note }: Param): object => ({
  ...(isRange === true && Array.isArray(value) ? { low: value[0], high: value[1] } : { value }), unit, kind, source, ...(note === undefined ? {} : { note }),
});

export const partRecord = ({ id, kind, name, year, vendor, params }: Part): object => ({
  id, kind, name, year, ...(vendor === undefined ? {} : { vendor }),
  params: Object.fromEntries(Object.entries(params).map(([parameter, param]) => [parameter, paramRecord(param)])),
});

/** One line of the parts list in JSON: enough to choose from, without every figure. */
export const partSummary = ({ id, kind, name, year, vendor, params }: Part): object => {
  const kinds = Object.values(params).map((param) => param.kind);
  const count = (wanted: Param['kind']): number => kinds.filter((kind) => kind === wanted).length;
  return { id, kind, name, year, ...(vendor === undefined ? {} : { vendor }), figures: { measured: count('measured'), published: count('published'), estimate: count('estimate') } };
};
