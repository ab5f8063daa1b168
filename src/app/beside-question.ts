/** Traffic beside the steps as asked on the command line: sync between sites and background moves, each option parsed with its unit. */

import { parseQuantity } from '../adapters/quantity.ts';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed } from '../base/issue.ts';
import type { AskedTraffic } from '../study/timeline.ts';

export interface BesideOptions {
  readonly sites?: string;
  readonly innerSteps: string;
  readonly overlapSteps: string;
  readonly move?: string;
  readonly moveWithin: string;
}

const sitesMax = 1_000;
const stepsMax = 1_000_000;

/** Issue codes: `out-of-range`, and those of quantities. */
export function parseBeside(options: BesideOptions): Parsed<AskedTraffic> {
  const issues: Issue[] = [];
  const count = (text: string, path: string, range: { readonly least: number; readonly most: number }): number => {
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isInteger(value) && value >= range.least && value <= range.most) return value;
    const kind = `a whole number from ${range.least} to ${range.most}`;
    issues.push({ code: 'out-of-range', path, message: `This must be ${kind}`, remedy: `Write ${kind}`, value: text });
    return range.least;
  };
  const amount = (text: string, path: string, dimension: 'data' | 'time'): number => {
    const read = parseQuantity(text, dimension);
    if (!read.ok) issues.push(...read.issues.map((issue) => ({ ...issue, path })));
    else if (read.value <= 0) issues.push({ code: 'out-of-range', path, message: 'This must be above zero', remedy: 'Write a positive amount', value: text });
    else return read.value;
    return 1;
  };
  const asked: AskedTraffic = {
    siteSync: options.sites === undefined ? null : {
      sites: count(options.sites, '--sites', { least: 2, most: sitesMax }),
      innerSteps: count(options.innerSteps, '--inner-steps', { least: 1, most: stepsMax }),
      overlapSteps: count(options.overlapSteps, '--overlap-steps', { least: 0, most: stepsMax }),
    },
    move: options.move === undefined ? null : { bits: amount(options.move, '--move', 'data'), deadlineS: amount(options.moveWithin, '--move-within', 'time') / 1e9 },
  };
  const { siteSync } = asked;
  if (siteSync !== null && siteSync.overlapSteps > siteSync.innerSteps && issues.length === 0) {
    issues.push({
      code: 'out-of-range', path: '--overlap-steps', value: options.overlapSteps,
      message: `A sync may not last longer than the ${siteSync.innerSteps} steps to the next one`, remedy: `Write at most ${siteSync.innerSteps}, or raise --inner-steps`,
    });
  }
  return issues.length > 0 ? { ok: false, issues } : parsed(asked);
}
