/** Axes: grid lines, tick labels and a title that names the unit. */

import { fixedText, numberText } from '../number-text.ts';
import type { Scale } from './scale.ts';
import { element, textAt } from './svg.ts';

/** The rectangle in which marks are drawn. */
export interface Plot {
  readonly leftPx: number;
  readonly rightPx: number;
  readonly topPx: number;
  readonly bottomPx: number;
}

export interface AxisOptions {
  readonly title: string;
  readonly isLog?: boolean;
  /** Writes a tick; without it ticks are plain numbers with the same decimals. */
  readonly text?: (value: number) => string;
}

/** Ticks of one axis written alike: by the caller's rule, as powers of ten, or with the same decimals. */
function tickTexts(scale: Scale, options: AxisOptions): readonly string[] {
  if (options.text !== undefined) return scale.ticks.map(options.text);
  if (options.isLog === true) {
    const isWide = scale.low < 0.01 || scale.high > 1e4;
    return scale.ticks.map((tick) => (isWide && tick !== 1 ? `1e${Math.round(Math.log10(tick))}` : numberText(tick)));
  }
  const step = (scale.ticks[1] ?? 1) - (scale.ticks[0] ?? 0);
  const decimals = Math.max(0, ...[0, 1, 2, 3, 4, 5, 6].filter((count) => Math.abs(Number(step.toFixed(count)) - step) > 1e-9 * step).map((count) => count + 1));
  return scale.ticks.map((tick) => (Math.abs(tick) >= 1e6 ? numberText(tick) : fixedText(tick, decimals)));
}

/** Horizontal axis along the bottom of the plot, with grid lines over its height. Takes 40 px below the plot. */
export function bottomAxis(plot: Plot, scale: Scale, options: AxisOptions): string {
  const texts = tickTexts(scale, options);
  const marks = scale.ticks.map((tick, index) => {
    const x = scale.at(tick);
    const line = element('line', { class: 'grid', x1: x, x2: x, y1: plot.topPx, y2: plot.bottomPx });
    return line + textAt({ x, y: plot.bottomPx + 17, class: 'muted tick', anchor: 'middle' }, texts[index] ?? '');
  });
  const base = element('line', { class: 'axis', x1: plot.leftPx, x2: plot.rightPx, y1: plot.bottomPx, y2: plot.bottomPx });
  return marks.join('') + base + textAt({ x: plot.rightPx, y: plot.bottomPx + 35, class: 'muted', anchor: 'end' }, options.title);
}

/** Vertical axis along the left of the plot; its title stands above the plot, level, so that it can be read. */
export function leftAxis(plot: Plot, scale: Scale, options: AxisOptions): string {
  const texts = tickTexts(scale, options);
  const marks = scale.ticks.map((tick, index) => {
    const y = scale.at(tick);
    const line = element('line', { class: 'grid', x1: plot.leftPx, x2: plot.rightPx, y1: y, y2: y });
    return line + textAt({ x: plot.leftPx - 8, y: y + 4, class: 'muted tick', anchor: 'end' }, texts[index] ?? '');
  });
  return marks.join('') + textAt({ x: plot.leftPx, y: plot.topPx - 14, class: 'muted' }, options.title);
}
