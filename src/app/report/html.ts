/** Builds HTML text: escaped content, closed elements, and the few shapes every report repeats. */

import type { EvidenceKind } from '../../base/figure.ts';
import { escapeText } from '../charts/svg.ts';
import { typeset } from '../number-text.ts';

/** Finished markup, as opposed to raw text that still needs escaping. */
export type Markup = string & { readonly __markup?: never };

/** Widths of a chart that fills the page and of one that shares a row with one or two others, inside their cards, in CSS pixels. */
export const wideChartPx = 1146;
export const halfChartPx = 534;
const thirdChartPx = 330;

/** Width of the n-th of several charts in a `pair`: the last of an odd count has its row for itself. */
export const pairChartPx = (index: number, count: number): number => (index === count - 1 && count % 2 === 1 ? wideChartPx : halfChartPx);

/** Cards of a group are all of one width. */
export type PerRow = 1 | 2 | 3;

/** Alone, in pairs, or in threes where pairs would leave one over. */
export const perRow = (count: number): PerRow => (count === 1 ? 1 : count % 3 === 0 && count % 2 === 1 ? 3 : 2);

export const groupedChartPx = (columns: PerRow): number => [wideChartPx, halfChartPx, thirdChartPx][columns - 1] ?? halfChartPx;

const voidElements = new Set(['meta', 'input', 'br', 'col', 'hr']);

/** One element; children are finished markup. `true` writes an attribute without a value, `false` and undefined leave it out. */
export function tag(name: string, attributes: Readonly<Record<string, string | number | boolean | undefined>>, ...children: readonly Markup[]): Markup {
  let opening = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    opening += value === true ? ` ${key}` : ` ${key}="${escapeText(String(value))}"`;
  }
  return voidElements.has(name) ? `${opening}>` : `${opening}>${children.join('')}</${name}>`;
}

/** Charts side by side in columns of equal width. */
export const chartGroup = (figures: readonly Markup[], columns: PerRow): Markup => tag('div', { class: `group of${columns}` }, ...figures);

/** Raw text as markup, typeset and escaped. */
export const words = (text: string): Markup => escapeText(typeset(text));

export const paragraph = (text: string, className?: string): Markup => tag('p', { class: className }, words(text));

const marks: Readonly<Record<EvidenceKind, string>> = { measured: '●', published: '◐', estimate: '○' };

/** The grade of a number as a mark and a word, with its source where the mouse rests; needs no colour to be read. */
export const evidenceBadge = (kind: EvidenceKind, source?: string): Markup =>
  tag(
    'span', { class: `badge ${kind}`, title: source === undefined ? undefined : `source: ${source}` },
    tag('span', { 'aria-hidden': 'true' }, marks[kind]), ' ', words(kind),
  );

export interface TableColumn {
  readonly title: string;
  /** Printed under the title. */
  readonly unit?: string;
  readonly isNumeric?: boolean;
}

/** A table with a scrolling frame of its own, so that a wide one never widens the page. The first cell of a row heads it. */
export function dataTable(caption: string, columns: readonly TableColumn[], rows: readonly (readonly Markup[])[], className = ''): Markup {
  const head = columns.map((column) =>
    tag(
      'th', { scope: 'col', class: column.isNumeric === true ? 'number' : undefined }, words(column.title),
      column.unit === undefined ? '' : tag('span', { class: 'unit' }, words(column.unit)),
    ));
  const body = rows.map((cells) =>
    tag('tr', {}, ...cells.map((cell, index) =>
      index === 0 ? tag('th', { scope: 'row' }, cell) : tag('td', { class: columns[index]?.isNumeric === true ? 'number' : undefined }, cell))));
  const table = tag(
    'table', { class: className === '' ? undefined : className }, tag('caption', { class: 'hidden' }, words(caption)),
    tag('thead', {}, tag('tr', {}, ...head)), tag('tbody', {}, ...body),
  );
  return tag('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption }, table);
}

/** A chart with its heading, its caption and the same figures as a table one key press away. */
export function chartFigure(figure: { readonly heading?: string; readonly caption?: string; readonly chart: Markup; readonly table: Markup }): Markup {
  return tag(
    'figure', {},
    figure.heading === undefined ? '' : tag('h3', {}, words(figure.heading)),
    figure.caption === undefined ? '' : tag('figcaption', {}, words(figure.caption)),
    tag('div', { class: 'canvas' }, figure.chart),
    tag('details', {}, tag('summary', {}, 'Figures as a table'), figure.table),
  );
}
