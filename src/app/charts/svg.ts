/** The smallest writer of SVG text: escaped content, finite coordinates, and the frame every chart shares. */

import { typeset } from '../number-text.ts';

/** XML 1.0 allows no control characters but tab, line feed and carriage return. */
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/g;
const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** Text that is safe between tags and inside quoted attributes of SVG and HTML. */
export const escapeText = (text: string): string =>
  text.toWellFormed().replace(forbidden, '\ufffd').replace(/[&<>"']/g, (character) => entities[character] ?? character);

export type Attributes = Readonly<Record<string, string | number | undefined>>;

function attributeText(name: string, value: string | number): string {
  if (typeof value === 'string') return ` ${name}="${escapeText(value)}"`;
  // A chart leaves values without a number out before it computes coordinates, so one that arrives here is a bug.
  if (!Number.isFinite(value)) throw new RangeError(`SVG attribute ${name} is ${value}`);
  return ` ${name}="${Math.round(value * 100) / 100}"`;
}

/** One element. `children` are finished markup, never raw text. */
export function element(name: string, attributes: Attributes, ...children: readonly string[]): string {
  let opening = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) opening += attributeText(key, value);
  const inner = children.join('');
  return inner === '' ? `${opening}/>` : `${opening}>${inner}</${name}>`;
}

export interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly class?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
}

/** A text whose baseline starts, centres or ends at the place. */
export const textAt = (place: TextPlace, text: string): string =>
  element('text', { x: place.x, y: place.y, class: place.class, 'text-anchor': place.anchor }, escapeText(typeset(text)));

/** What a mouse shows when it rests on the mark that contains it. */
export const hover = (text: string): string => element('title', {}, escapeText(text));

export interface Frame {
  readonly widthPx: number;
  readonly heightPx: number;
  /** Read aloud in place of the picture; the table beside the chart carries the numbers. */
  readonly label: string;
}

/** Wraps marks in an `svg` that scales down with its container and never grows beyond its own size. */
export const svgFrame = (frame: Frame, ...marks: readonly string[]): string =>
  element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg', class: 'chart', role: 'img', 'aria-label': frame.label,
      viewBox: `0 0 ${Math.ceil(frame.widthPx)} ${Math.ceil(frame.heightPx)}`, width: Math.ceil(frame.widthPx), height: Math.ceil(frame.heightPx),
    },
    ...marks,
  );

/** What a chart without a single drawable value shows: a sentence instead of an empty plane. */
export const emptyChart = (frame: Frame, reason: string): string =>
  svgFrame(frame, textAt({ x: frame.widthPx / 2, y: frame.heightPx / 2, class: 'muted', anchor: 'middle' }, reason));
