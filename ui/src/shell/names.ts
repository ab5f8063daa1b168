/** Names and counts as people say them, as the command line says them too, and sentences that break where they may. */

import type { AlarmGroup } from '../../../src/app/words/alarm-groups.ts';
import { counted, kindsOf, placesOf, shortPath, wordOf } from '../../../src/app/words/part-names.ts';

export { counted, kindsOf, placesOf, shortPath, wordOf };

/** A sentence whose numbers stay on one line with their units. */
export const keptUnits = (text: string): string => text.replace(/(\d) (?=(?:°C|K|dB|dBm|ms|s|min|h|Gb\/s|Tb\/s|%|GPU)(?![\w]))/g, '$1\u00a0');

/** What caused alarms, in a sentence that says of what: the decision's words, or the part's name before what the alarm says of it. */
export function causeOf({ decision, alarms }: Pick<AlarmGroup, 'decision' | 'alarms'>): string {
  const [first] = alarms;
  if (decision !== null || first === undefined) return decision?.because ?? '';
  const said = first.reason.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
  return `${alarms.length === 1 ? shortPath(first.component) : kindsOf(alarms.map(({ component }) => component))}: ${said}`;
}
