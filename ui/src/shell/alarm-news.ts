/** What is new among the causes of alarms, as a sentence to be said aloud. */

import type { AlarmGroup } from '../../../src/app/words/alarm-groups.ts';
import { causeOf, counted } from './names.ts';

/** Values that come late are told on the page and not aloud: most are there again before the sentence ends. */
const isTold = ({ alarms }: AlarmGroup): boolean => alarms.some(({ health }) => health !== 'late');

/** What is new since these causes were known; empty where nothing is. */
export function newsOf(known: ReadonlySet<string>, groups: readonly AlarmGroup[]): string {
  const told = groups.filter(isTold);
  const [worst, ...others] = told.filter(({ key }) => !known.has(key));
  if (worst === undefined) return told.length === 0 && known.size > 0 ? 'No alarm is left: everything is sound.' : '';
  const cause = causeOf(worst).replace(/\.$/, '');
  return `${others.length === 0 ? 'New alarm' : `${others.length + 1} new alarms, the worst`}: ${cause}. ${counted(told.length, 'cause')} in all.`;
}

export const keysOf = (groups: readonly AlarmGroup[]): ReadonlySet<string> => new Set(groups.filter(isTold).map(({ key }) => key));
