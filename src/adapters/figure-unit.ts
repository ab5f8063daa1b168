/** Whether a figure's written unit fits the one its parameter is read in, and what brings the value there. */

import { dimensionOf, dimensions } from './quantity.ts';
import type { DimensionName } from './quantity.ts';

/** Turns a written value into the parameter's unit: `value * factor + offset`, printed with `unit`. */
export interface UnitFit {
  readonly factor: number;
  readonly offset: number;
  readonly unit: string;
}

/** `W` of `W (max)`, `h` of `h per 400G port` and of `device-h`; empty where the text starts with a remark. */
export const leadingUnit = (unit: string): string => (unit.trim().split(/[\s,;(]/)[0] ?? '').replace(/^device-(?=h)/, '').replace(/^hours$/, 'h');

const dimensionNames = Object.keys(dimensions) as readonly DimensionName[];
const isDimensionUnit = (unit: string): boolean => dimensionNames.some((name) => Object.hasOwn(dimensionOf(name).units, unit));

/** Words that count things rather than measure them: nothing, `of 2 directions`, `per link`, `lanes`. */
const isCount = (unit: string): boolean => !isDimensionUnit(unit) && /^(|x|of|per|at|[a-z-]{4,})$/.test(unit);

/** From one unit to another of the same dimension; kelvins as a wanted unit are differences, which Celsius counts alike. */
function conversion(written: string, wanted: string): { readonly factor: number; readonly offset: number } | null {
  for (const name of dimensionNames) {
    const { units, offsets = {} } = dimensionOf(name);
    const [from, to] = [Object.hasOwn(units, written) ? units[written] : undefined, Object.hasOwn(units, wanted) ? units[wanted] : undefined];
    if (from === undefined || to === undefined) continue;
    return { factor: from / to, offset: wanted === 'K' ? 0 : (offsets[written] ?? 0) };
  }
  // A pure number may be written as a percentage, which is what the sign means.
  return wanted === '' && written === '%' ? { factor: 0.01, offset: 0 } : null;
}

/** How a figure written in one unit fits a parameter read in one of `wanted`; `null` where it does not. The first that fits wins, equal ones before others. */
export function fitUnit(written: string, wanted: readonly string[]): UnitFit | null {
  const lead = leadingUnit(written);
  const same = wanted.some((unit) => unit === written || leadingUnit(unit) === lead || (isCount(lead) && isCount(leadingUnit(unit))));
  if (same) return { factor: 1, offset: 0, unit: written };
  for (const unit of wanted) {
    const to = leadingUnit(unit);
    const found = conversion(lead, to);
    if (found !== null) return { ...found, unit: written.trim().replace(lead, () => to) };
  }
  return null;
}
