/** The table that compares predictions with measurements: one line of error figures per group or source. */

import type { ErrorSummary } from '../traffic/run-outcome.ts';
import { summariseRelative } from '../traffic/run-outcome.ts';
import type { Terminal } from './terminal.ts';
import { cleanText } from './text-table.ts';

/** Errors relative to the measurement that belong to one line. */
export interface ErrorLine {
  readonly name: string;
  readonly relative: readonly number[];
}

export interface ErrorRow extends Omit<ErrorSummary, 'count'> {
  readonly name: string;
  readonly rows: number;
}

/** Lines without an error are left out. */
export const errorRows = (lines: readonly ErrorLine[]): readonly ErrorRow[] =>
  lines.filter(({ relative }) => relative.length > 0).map(({ name, relative }) => {
    const { count, ...figures } = summariseRelative(relative);
    return { name, rows: count, ...figures };
  });

export const percentText = (share: number): string => `${(100 * share).toFixed(1)} %`;

export function printErrorTable(terminal: Terminal, rows: readonly ErrorRow[]): void {
  const cell = (text: string): string => text.padStart(9);
  terminal.print(terminal.colours.bold(['rows', 'median', 'mean', 'p90', 'worst'].map(cell).join('') + '  source'));
  for (const { name, rows: count, median, mean, p90, worst } of rows) {
    const figures = [String(count), ...[median, mean, p90, worst].map(percentText)].map(cell).join('');
    terminal.print(`${figures}  ${cleanText(name).slice(0, Math.max(20, terminal.columns - 48))}`);
  }
}
