/** Where a thermal study stops: coolant and air that no cooling system delivers, and cases so hot that parts switch themselves off. */

import type { Issue } from '../base/issue.ts';
import type { ThermalEvent } from './thermal-result.ts';

/** 25 % propylene glycol in water, the usual coolant, freezes near -10 C, and water boils at 100 C at sea level. */
export const coolantMinC = -10;
export const coolantMaxC = 100;
/** Outdoor air in the coldest sites; and air above which cable jackets and boards, rated 105 C, are lost before any part answers. */
export const inletAirMinC = -40;
export const inletAirMaxC = 100;

/** Modules and accelerators switch themselves off some 10 to 20 K above their case limit (estimate: the middle of both). */
export const shutdownAboveLimitK = 15;

interface Climate {
  readonly airC: number;
  readonly coolantC: number;
  readonly event: ThermalEvent;
}

/** Issue code `out-of-range` for air or coolant that the cooling system could not carry, before or after the event. */
export function climateIssues({ airC, coolantC, event }: Climate): Issue[] {
  const checks = [
    { path: 'inlet air', valueC: airC, low: inletAirMinC, high: inletAirMaxC },
    { path: 'inlet air after the event', valueC: airC + event.airStepK, low: inletAirMinC, high: inletAirMaxC },
    { path: 'coolant supply', valueC: coolantC, low: coolantMinC, high: coolantMaxC },
    { path: 'coolant supply after the event', valueC: coolantC + event.coolantStepK, low: coolantMinC, high: coolantMaxC },
  ];
  return checks.filter(({ valueC, low, high }) => valueC < low || valueC > high).map(({ path, valueC, low, high }) => ({
    code: 'out-of-range', path, message: `No cooling system delivers this: the study covers ${low} to ${high} °C`, remedy: `Choose a temperature and a step that stay within ${low} to ${high} °C`, value: `${valueC} °C`,
  }));
}
