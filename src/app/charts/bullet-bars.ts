/** Bars with a second mark: a mean as the bar and its peak as a tick, on one scale from zero to a stated end. */

import { bottomAxis } from './axis.ts';
import { linearScale } from './scale.ts';
import { element, emptyChart, hover, svgFrame, textAt } from './svg.ts';
import { fitText, textWidthPx } from './text-width.ts';

export interface BulletRow {
  readonly label: string;
  readonly bar: number;
  readonly tick: number;
}

export interface BulletBarsSpec {
  readonly title: string;
  readonly axisTitle: string;
  /** What bar and tick are, for the head of the values and for the mouse. */
  readonly barName: string;
  readonly tickName: string;
  readonly groups: readonly { readonly name: string; readonly rows: readonly BulletRow[] }[];
  /** End of the scale; a mark beyond it stretches the scale. */
  readonly high: number;
  readonly text: (value: number) => string;
  readonly widthPx?: number;
}

const rowPx = 24;
const barPx = 12;
const groupHeadPx = 28;
const groupGapPx = 10;
const fontPx = 13;
const labelMaxPx = 200;

/** A row without a finite bar says `no value`; a tick without one is left out. */
export function bulletBars(spec: BulletBarsSpec): string {
  const widthPx = spec.widthPx ?? 540;
  const rows = spec.groups.flatMap((group) => group.rows);
  if (rows.length === 0) return emptyChart({ widthPx, heightPx: 80, label: spec.title }, 'There is nothing to draw.');
  const values = rows.flatMap((row) => [row.bar, row.tick]).filter(Number.isFinite);
  const labelPx = Math.min(labelMaxPx, Math.max(...rows.map((row) => textWidthPx(row.label, fontPx)))) + 16;
  const valuePx = textWidthPx(`${spec.text(spec.high)} · ${spec.text(spec.high)}`, 12) + 14;
  const heightPx = spec.groups.reduce((sum, group) => sum + groupHeadPx + group.rows.length * rowPx + groupGapPx, 0);
  const plot = { leftPx: labelPx, rightPx: widthPx - valuePx, topPx: 4, bottomPx: 4 + heightPx };
  const scale = linearScale({ low: 0, high: Math.max(spec.high, ...values) }, { startPx: plot.leftPx, endPx: plot.rightPx }, 4);
  let y = plot.topPx;
  let markup = bottomAxis(plot, scale, { title: spec.axisTitle, text: spec.text });
  markup += textAt({ x: widthPx, y: 14, class: 'muted', anchor: 'end' }, `${spec.barName} · ${spec.tickName}`);
  for (const group of spec.groups) {
    markup += textAt({ x: 0, y: y + 18, class: 'strong small' }, fitText(group.name, { widthPx: plot.rightPx, fontPx }));
    y += groupHeadPx;
    for (const row of group.rows) {
      const top = y + (rowPx - barPx) / 2;
      const hasBar = Number.isFinite(row.bar);
      const hasTick = Number.isFinite(row.tick);
      const text = hasBar ? `${spec.text(row.bar)}${hasTick ? ` · ${spec.text(row.tick)}` : ''}` : 'no value';
      markup += textAt({ x: labelPx - 12, y: top + 10.5, class: 'soft label', anchor: 'end' }, fitText(row.label, { widthPx: labelMaxPx, fontPx }));
      markup += element('rect', { class: 'track', x: plot.leftPx, y: top, width: plot.rightPx - plot.leftPx, height: barPx });
      if (hasBar) {
        const title = hover(`${group.name}, ${row.label}: ${spec.barName} ${spec.text(row.bar)}`);
        markup += element('rect', { class: 'mark f0', x: plot.leftPx, y: top, width: scale.at(row.bar) - plot.leftPx, height: barPx }, title);
      }
      if (hasTick) {
        const title = hover(`${group.name}, ${row.label}: ${spec.tickName} ${spec.text(row.tick)}`);
        const x = scale.at(row.tick);
        markup += element('line', { class: 'peak', x1: x, x2: x, y1: top - 3, y2: top + barPx + 3 }, title);
      }
      markup += textAt({ x: widthPx, y: top + 10.5, class: hasBar ? 'small' : 'small warn', anchor: 'end' }, text);
      y += rowPx;
    }
    y += groupGapPx;
  }
  return svgFrame({ widthPx, heightPx: plot.bottomPx + 44, label: spec.title }, markup);
}
