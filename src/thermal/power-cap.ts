/** What warmth costs an accelerator that is held at a power cap: leakage grows, and the clock pays for it. */

import type { Figure } from '../base/figure.ts';
import type { Refusal } from '../base/refusal.ts';
import { refuse } from '../base/refusal.ts';

/** How a large logic die leaks and how its dynamic power follows its clock. */
export interface LeakageFigures {
  /** Share of the capped power that leaks at the reference temperature. */
  readonly leakageShare: Figure;
  /** Temperature rise that multiplies leakage by e. */
  readonly eFoldK: Figure;
  /** Dynamic power ~ clock^exponent: 3 where voltage follows clock, 1 at fixed voltage. */
  readonly clockExponent: Figure;
  readonly referenceC: Figure;
}

export const typicalLeakage: LeakageFigures = {
  leakageShare: { value: 0.2, unit: '1', kind: 'estimate', source: 'FinFET accelerators leak 15 to 30 % of their power when hot' },
  eFoldK: { value: 40, unit: 'K', kind: 'estimate', source: 'sub-threshold leakage doubles every 25 to 30 K' },
  clockExponent: { value: 2, unit: '1', kind: 'estimate', source: 'between fixed voltage (1) and voltage that follows clock (3)' },
  referenceC: { value: 60, unit: 'C', kind: 'estimate', source: 'die temperature at which the clock counts as 1' },
};

/**
 * Clock at a die temperature over the clock at the reference temperature, both at the same power cap: the cap is shared by
 * leakage s exp((T - Tref)/e) and dynamic power (1 - s) f^n (Weste and Harris, CMOS VLSI Design, 4th ed., ch. 5). Refuses
 * with `leakage-takes-cap` when leakage alone needs all of it.
 */
export function clockRatioUnderCap(dieC: number, leakage: LeakageFigures = typicalLeakage): number | Refusal {
  const share = leakage.leakageShare.value;
  const leaking = share * Math.exp((dieC - leakage.referenceC.value) / leakage.eFoldK.value);
  if (leaking >= 1) return refuse('leakage-takes-cap', 'wait', `At ${dieC.toFixed(1)} °C leakage alone takes the power cap: no clock is left until the die cools.`);
  return ((1 - leaking) / (1 - share)) ** (1 / leakage.clockExponent.value);
}
