/** Where a decision stands, in words with a mark, and the tone of both. */

import type { DecisionRow } from '../../../src/app/contract/work.ts';

export const statusWords: Readonly<Record<DecisionRow['status'], string>> = { open: '◔ waits for devices', confirmed: '● confirmed', rolledBack: '↺ rolled back' };
export const statusTone: Readonly<Record<DecisionRow['status'], string>> = { open: 'warn-text', confirmed: 'good-text', rolledBack: 'bad-text' };
