/** Names and counts as people say them, as the command line says them too, and sentences that break where they may. */

export { counted, kindsOf, placesOf, shortPath, wordOf } from '../../../src/app/words/part-names.ts';

/** A sentence whose numbers stay on one line with their units. */
export const keptUnits = (text: string): string => text.replace(/(\d) (?=(?:°C|K|dB|dBm|ms|s|min|h|Gb\/s|Tb\/s|%|GPU)(?![\w]))/g, '$1\u00a0');
