/** Channel plans: which carriers share a fibre, and a check that no two of them overlap and each keeps to its slot. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import { plainNumber } from '../../base/plain-number.ts';
import { frequencyGhz, frequencyStepToWavelengthNm } from '../formulas/spectrum.ts';
import type { Grid } from './grid.ts';

/** One carrier as planned. */
export interface PlannedCarrier {
  /** Unique within the plan; names the carrier in issues. */
  readonly name: string;
  readonly wavelengthNm: number;
  /** Width of its modulated spectrum; about the symbol rate for NRZ and PAM4 with double sidebands of half of it. */
  readonly widthGhz: number;
  /** How far it may stray on either side while it is in use (temperature, ageing). */
  readonly driftNm: number;
}

export interface ChannelPlan {
  readonly grid: Grid;
  /** In order of wavelength; row = position on the fibre. */
  readonly carriers: readonly PlannedCarrier[];
  /** Slot of the grid that each carrier sits in. */
  readonly slots: readonly number[];
}

/** Carriers of one fibre beyond this are no plan. */
export const carriersMax = 10_000;

/** A plan that puts one carrier in every slot of the grid, named by slot. */
export const fullPlan = (grid: Grid, { widthGhz, driftNm }: Pick<PlannedCarrier, 'widthGhz' | 'driftNm'>): Parsed<ChannelPlan> =>
  planChannels(grid, grid.slots.map(({ slot, wavelengthNm }) => ({ name: `slot ${slot}`, wavelengthNm, widthGhz, driftNm })));

function carrierIssues(carrier: PlannedCarrier, row: number): readonly Issue[] {
  const issues: Issue[] = [];
  const demand = (holds: boolean, key: 'wavelengthNm' | 'widthGhz' | 'driftNm', range: string): void => {
    if (!holds) {
      issues.push({ code: 'bad-carrier', path: `carriers[${row}].${key}`, message: `Carrier "${carrier.name}" needs a ${key} ${range}`, remedy: 'Give a finite number in that range', value: String(carrier[key]) });
    }
  };
  demand(Number.isFinite(carrier.wavelengthNm) && carrier.wavelengthNm > 0, 'wavelengthNm', 'above 0 nm');
  demand(Number.isFinite(carrier.widthGhz) && carrier.widthGhz > 0, 'widthGhz', 'above 0 GHz');
  demand(Number.isFinite(carrier.driftNm) && carrier.driftNm >= 0, 'driftNm', 'of at least 0 nm');
  return issues;
}

/** Low and high edge of the spectrum that a carrier may touch. */
function edgesNm({ wavelengthNm, widthGhz, driftNm }: PlannedCarrier): readonly [low: number, high: number] {
  const half = frequencyStepToWavelengthNm({ atNm: wavelengthNm, stepGhz: widthGhz / 2 }) + driftNm;
  return [wavelengthNm - half, wavelengthNm + half];
}

function nearestSlot(grid: Grid, wavelengthNm: number): { readonly slot: number; readonly distanceNm: number } {
  let best = { slot: -1, distanceNm: Infinity };
  for (const { slot, wavelengthNm: centre } of grid.slots) {
    const distanceNm = Math.abs(wavelengthNm - centre);
    if (distanceNm < best.distanceNm) best = { slot, distanceNm };
  }
  return best;
}

/**
 * Places carriers in the slots of a grid. Issues: `no-carriers`, `too-many-carriers`, `bad-carrier`, `outside-slot` (the line can
 * stray out of its window), `slot-taken`, `carriers-overlap` (naming both). Carriers may come in any order.
 */
export function planChannels(grid: Grid, given: readonly PlannedCarrier[]): Parsed<ChannelPlan> {
  if (given.length === 0) return rejected({ code: 'no-carriers', path: 'carriers', message: 'The plan has no carrier', remedy: 'Give at least one carrier' });
  if (given.length > carriersMax) {
    return rejected({ code: 'too-many-carriers', path: 'carriers', message: `A fibre carries at most ${carriersMax} carriers`, remedy: 'Use more fibres', value: String(given.length) });
  }
  const broken = given.flatMap(carrierIssues);
  if (broken.length > 0) return rejected(...broken);
  const issues: Issue[] = [];
  const carriers = [...given].sort((a, b) => a.wavelengthNm - b.wavelengthNm || (a.name < b.name ? -1 : 1));
  const slots = carriers.map((carrier) => {
    const { slot, distanceNm } = nearestSlot(grid, carrier.wavelengthNm);
    // Standards write window edges as decimals, so a line exactly on its edge must not fail by rounding.
    if (distanceNm + carrier.driftNm > grid.halfWindowNm + 1e-9) {
      issues.push({
        code: 'outside-slot', path: `carriers.${carrier.name}`,
        message: `Carrier "${carrier.name}" can stray ${(distanceNm + carrier.driftNm).toPrecision(4)} nm from the centre of slot ${slot}, whose window is +-${grid.halfWindowNm.toPrecision(3)} nm`,
        remedy: 'Lock its temperature, move it to the centre of a slot, or use a coarser grid', value: `${plainNumber(carrier.wavelengthNm)} nm`,
      });
    }
    return slot;
  });
  for (let row = 1; row < carriers.length; row++) {
    const [left, right] = [carriers[row - 1], carriers[row]];
    if (left === undefined || right === undefined) continue;
    if (slots[row] === slots[row - 1]) {
      const message = `Carriers "${left.name}" and "${right.name}" share slot ${slots[row]}`;
      issues.push({ code: 'slot-taken', path: `carriers.${right.name}`, message, remedy: 'Give each its own slot', value: `${plainNumber(right.wavelengthNm)} nm` });
    }
    const overlapNm = edgesNm(left)[1] - edgesNm(right)[0];
    if (overlapNm > 0) {
      const apartGhz = frequencyGhz(left.wavelengthNm) - frequencyGhz(right.wavelengthNm);
      issues.push({
        code: 'carriers-overlap', path: `carriers.${right.name}`,
        message: `Carriers "${left.name}" and "${right.name}" are ${apartGhz.toPrecision(4)} GHz apart and overlap by ${overlapNm.toPrecision(3)} nm at the edge of their drift`,
        remedy: 'Space them further, lower the symbol rate, or hold their temperature', value: `${plainNumber(right.wavelengthNm)} nm`,
      });
    }
  }
  return issues.length > 0 ? rejected(...issues) : parsed({ grid, carriers, slots });
}
