/** Power from parts to the site: sums up a containment tree, by level and by what draws it, and the facility's share on top. */

import type { Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import { facilityPowerW } from './formulas/heat.ts';

/** Sums own powers up a tree. A parent comes before its children (-1 for a root), as containment tables are built. */
export function sumPowerUpW(parent: Int32Array, ownW: Float64Array): Float64Array {
  const totalW = Float64Array.from(ownW);
  for (let row = parent.length - 1; row >= 0; row--) {
    const above = parent[row] ?? -1;
    if (above >= row) throw new Error(`row ${row} has its parent ${above} behind it`);
    if (above >= 0) totalW[above] = (totalW[above] ?? 0) + (totalW[row] ?? 0);
  }
  return totalW;
}

/** One named consumer at one level. */
export interface PowerShare {
  readonly name: string;
  readonly count: number;
  readonly perUnitW: number;
  readonly totalW: number;
}

export interface SitePower {
  readonly shares: readonly PowerShare[];
  readonly itW: number;
  readonly pue: number;
  /** Cooling, conversion and lighting: facility minus IT. */
  readonly overheadW: number;
  readonly facilityW: number;
  readonly facilityMw: number;
}

/** Adds consumers up to a site. Issue codes: `bad-pue`, `bad-power`, `bad-count`. */
export function sitePower(consumers: readonly { readonly name: string; readonly count: number; readonly perUnitW: number }[], pue: number): Parsed<SitePower> {
  if (!(Number.isFinite(pue) && pue >= 1)) {
    return rejected({ code: 'bad-pue', path: 'pue', message: 'A PUE is at least 1, because a facility draws at least what its IT draws', remedy: 'Give facility power over IT power, such as 1.2.', value: String(pue) });
  }
  const wrong = consumers.find(({ count, perUnitW }) => !(Number.isFinite(perUnitW) && perUnitW >= 0 && Number.isFinite(count) && count >= 0));
  if (wrong !== undefined) {
    return rejected({
      code: wrong.perUnitW >= 0 ? 'bad-count' : 'bad-power', path: wrong.name, value: `${wrong.count} x ${wrong.perUnitW} W`,
      message: 'A consumer needs a count and a power, both finite and not negative', remedy: 'Give how many there are and what one draws in W.',
    });
  }
  const shares = consumers.map(({ name, count, perUnitW }) => ({ name, count, perUnitW, totalW: count * perUnitW }));
  const itW = shares.reduce((sum, share) => sum + share.totalW, 0);
  const facilityW = facilityPowerW({ itPowerW: itW, pue });
  return parsed({ shares, itW, pue, overheadW: facilityW - itW, facilityW, facilityMw: facilityW / 1e6 });
}
