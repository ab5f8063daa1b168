/** Lays out tables for a terminal: cells measured in columns, wrapped where they are words, aligned where they are numbers. */

import { stripVTControlCharacters } from 'node:util';

const wideRanges: readonly (readonly [first: number, last: number])[] = [
  [0x1100, 0x115f], [0x2e80, 0xa4cf], [0xac00, 0xd7a3], [0xf900, 0xfaff], [0xfe30, 0xfe6f], [0xff00, 0xff60], [0xffe0, 0xffe6], [0x1f300, 0x1faff], [0x20000, 0x3fffd],
];

/** A text from outside without terminal commands, line breaks or other control characters. */
export const cleanText = (text: string): string => stripVTControlCharacters(text.toWellFormed()).replace(/\s+/g, ' ').replace(/[\p{Cc}\p{Cf}]/gu, '\ufffd').trim();

/** Terminal columns a text takes: wide East Asian characters and pictures take two, combining marks none. */
export function cellWidth(text: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(text)) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0x300 && /\p{M}/u.test(character)) continue;
    width += wideRanges.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
  }
  return width;
}

/** Cuts one word that is longer than the line into pieces that fit. */
function breakWord(word: string, width: number): string[] {
  const pieces: string[] = [];
  let piece = '';
  for (const character of word) {
    if (piece !== '' && cellWidth(piece + character) > width) {
      pieces.push(piece);
      piece = '';
    }
    piece += character;
  }
  return [...pieces, piece];
}

/** Words of a text as they may be parted: at spaces, and behind a hyphen or slash. */
const wordsOf = (text: string): readonly string[] => text.split(/(?<=[-/])(?=\p{L})|(?= )/u).filter((word) => word !== '');

/** Below this width words are parted behind hyphens; wider text has room to keep them whole. */
const narrowBelow = 24;

/** Lines of at most `width` columns; no line is empty, and an empty text has one empty line. */
export function wrapText(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of (width < narrowBelow ? wordsOf(text) : text.split(/(?= )/)).flatMap((part) => (cellWidth(part.trim()) > width ? breakWord(part.trim(), width) : [part]))) {
    if (cellWidth(line + word) <= width) {
      line += word;
      continue;
    }
    if (line !== '') lines.push(line);
    line = word.trimStart();
  }
  return [...lines, line];
}

export interface Cell {
  readonly text: string;
  /** One character beside a number, in a column of its own so that digits stay aligned. */
  readonly mark?: string;
  /** Colours the finished, padded text; adds no visible character. */
  readonly paint?: (text: string) => string;
}

/** One row under the head; its cells wrap like text. */
export interface GridRow {
  readonly label: string;
  readonly unit: string;
  readonly cells: readonly Cell[];
}

export interface Grid {
  readonly names: readonly string[];
  readonly rows: readonly GridRow[];
}

export interface GridStyle {
  readonly columns: number;
  readonly paintHead: (text: string) => string;
  readonly paintRule: (text: string) => string;
  readonly paintUnit: (text: string) => string;
}

const cellMin = 9;
const cellMax = 17;
const wordMax = 13;
const markWidth = 2;
/** A longer label wraps. */
const labelMax = 26;
const gap = ' ';

const padStart = (text: string, width: number): string => ' '.repeat(Math.max(0, width - cellWidth(text))) + text;
const padEnd = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - cellWidth(text)));

interface Layout {
  readonly labelWidth: number;
  readonly unitWidth: number;
  readonly cellWidths: number;
  /** Columns behind every text that are kept for marks. */
  readonly markWidths: number;
  readonly perBlock: number;
}

/** Columns share the width; where names or numbers would be torn apart, the grid breaks into blocks of equal size instead. */
function layoutOf(grid: Grid, columns: number): Layout {
  const labelWidth = Math.min(labelMax, Math.max(...grid.rows.map((row) => cellWidth(row.label))));
  const unitWidth = Math.max(...grid.rows.map((row) => cellWidth(row.unit)));
  const room = columns - labelWidth - unitWidth - 1;
  const texts = [...grid.names, ...grid.rows.flatMap((row) => row.cells.map((cell) => cell.text))];
  const longestWord = Math.max(...texts.flatMap((text) => wordsOf(text).map((word) => cellWidth(word.trim()))));
  const markWidths = grid.rows.some((row) => row.cells.some((cell) => cell.mark !== undefined)) ? markWidth : 0;
  const least = Math.max(cellMin, Math.min(wordMax, longestWord)) + markWidths;
  const fitting = Math.max(1, Math.min(grid.names.length, Math.floor(room / (least + 1))));
  const perBlock = Math.ceil(grid.names.length / Math.ceil(grid.names.length / fitting));
  return { labelWidth, unitWidth, markWidths, cellWidths: Math.max(1, Math.min(cellMax, Math.floor(room / perBlock) - 1)), perBlock };
}

function rowLines(row: GridRow, layout: Layout, span: { readonly from: number; readonly to: number }, style: GridStyle): string[] {
  const cells = row.cells.slice(span.from, span.to).map((cell) => ({
    lines: wrapText(cell.text, layout.cellWidths - layout.markWidths), mark: cell.mark, paint: cell.paint ?? ((text: string) => text),
  }));
  const labels = wrapText(row.label, layout.labelWidth);
  const height = Math.max(labels.length, ...cells.map((cell) => cell.lines.length));
  return Array.from({ length: height }, (_, index) => {
    const label = padEnd(labels[index] ?? '', layout.labelWidth);
    const padded = padEnd(index === 0 ? row.unit : '', layout.unitWidth);
    // Painted blanks would not be trimmed from the end of a line.
    const unit = padded.trim() === '' ? padded : style.paintUnit(padded);
    const painted = cells.map((cell) => {
      const text = cell.lines[index] ?? '';
      const mark = padEnd(index === 0 && cell.mark !== undefined ? ` ${cell.mark}` : '', layout.markWidths);
      return gap + padStart('', layout.cellWidths - layout.markWidths - cellWidth(text)) + (text === '' ? '' : cell.paint(text)) + mark;
    });
    return `${label} ${unit}${painted.join('')}`.trimEnd();
  });
}

/** Rows are quantities with their unit, columns are the things compared. */
export function renderGrid(grid: Grid, style: GridStyle): string {
  if (grid.names.length === 0 || grid.rows.length === 0) return '';
  const layout = layoutOf(grid, style.columns);
  const blocks: string[] = [];
  for (let from = 0; from < grid.names.length; from += layout.perBlock) {
    const to = Math.min(grid.names.length, from + layout.perBlock);
    const names = grid.names.slice(from, to).map((name) => wrapText(name, layout.cellWidths));
    const height = Math.max(...names.map((lines) => lines.length));
    const head = Array.from({ length: height }, (_, index) => {
      const isLast = index === height - 1;
      // Names stand on the rule, so that a short name is read together with its column.
      const texts = names.map((lines) => padStart(lines[index - height + lines.length] ?? '', layout.cellWidths));
      return style.paintHead(`${padEnd('', layout.labelWidth)} ${padEnd(isLast ? 'unit' : '', layout.unitWidth)}${texts.map((text) => gap + text).join('')}`.trimEnd());
    });
    const rule = style.paintRule('─'.repeat(layout.labelWidth + 1 + layout.unitWidth + (to - from) * (layout.cellWidths + 1)));
    blocks.push([...head, rule, ...grid.rows.flatMap((row) => rowLines(row, layout, { from, to }, style))].join('\n'));
  }
  return blocks.join('\n\n');
}
