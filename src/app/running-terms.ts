/** Reads what running a cluster costs from the command line: years of service and the price of electricity. */

import type { Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';

const yearsMax = 100;
const usdPerKwhMax = 10;

function readTerm(written: string, bounds: { readonly option: string; readonly high: number; readonly unit: string }): Parsed<number> {
  const value = /^\d*\.?\d+$/.test(written) ? Number(written) : Number.NaN;
  if (value > 0 && value <= bounds.high) return parsed(value);
  const remedy = `Write a number of ${bounds.unit} above 0 and up to ${bounds.high}`;
  return { ok: false, issues: [{ code: 'out-of-range', path: bounds.option, value: written, message: 'This is not a number in range', remedy }] };
}

export const readYears = (written: string): Parsed<number> => readTerm(written, { option: '--years', high: yearsMax, unit: 'years' });
export const readElectricity = (written: string): Parsed<number> => readTerm(written, { option: '--electricity', high: usdPerKwhMax, unit: '$ per kWh' });
