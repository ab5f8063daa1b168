/** Fits a table to a terminal: columns that matter least go first, then the sentences wrap; a pipe gets every column whole. */

import { cellWidth, wrapText } from '../text-table.ts';

export interface Fit {
  /** Columns that may go, the one that matters least first. */
  readonly drops: readonly number[];
  /** The column of sentences, which wraps; the last one. */
  readonly wraps?: number;
}

export interface Columns { readonly head: readonly string[]; readonly wordColumns: number; readonly rows: readonly (readonly string[])[] }

/** Blanks that the table puts around each cell, and at its left. */
const gap = 3;
/** A sentence is not made narrower than this. */
const sentenceLeast = 20;

/** The width of the terminal; a pipe has no end. */
export const shownColumns = (): number => (process.stdout.isTTY === true ? process.stdout.columns ?? 80 : Infinity);

const widthOf = ({ head, rows }: Columns, at: number): number => rows.reduce((most, row) => Math.max(most, cellWidth(row[at] ?? '')), cellWidth(head[at] ?? ''));

/** The table with what there is room for. Cells are clean text of one line; what wraps has lines afterwards. */
export function fitTable(table: Columns, { drops, wraps }: Fit, columns: number): Columns {
  const widths = table.head.map((_, at) => widthOf(table, at));
  const least = (at: number): number => gap + (at === wraps ? Math.min(sentenceLeast, widths[at] ?? 0) : widths[at] ?? 0);
  const kept = new Set(table.head.keys());
  const total = (): number => [...kept].reduce((sum, at) => sum + least(at), 0);
  for (const at of drops) if (total() > columns) kept.delete(at);
  const others = [...kept].reduce((sum, at) => sum + (at === wraps ? gap : least(at)), 0);
  const room = wraps === undefined ? Infinity : Math.max(sentenceLeast, columns - others);
  const shown = [...kept].sort((a, b) => a - b);
  const cell = (row: readonly string[], at: number): string => (at === wraps && Number.isFinite(room) ? wrapText(row[at] ?? '', room).join('\n') : row[at] ?? '');
  return {
    head: shown.map((at) => table.head[at] ?? ''), wordColumns: shown.filter((at) => at < table.wordColumns).length, rows: table.rows.map((row) => shown.map((at) => cell(row, at))),
  };
}
