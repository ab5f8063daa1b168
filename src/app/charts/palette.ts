/** Colours that colour-blind readers can tell apart, as class names, and the hatching that doubles them. */

import { element } from './svg.ts';

/** Hues before hatching starts to repeat them. */
const hueCount = 7;

/** How one series looks: `colour` counts from 0 to 7; hatching is a second, colour-free distinction. */
export interface Ink {
  readonly colour: number;
  readonly hatched?: boolean;
}

/** The look of the n-th series: the seven hues solid, then hatched. Grey is left to what is no series of its own: idle time, the rest. */
export const inkOf = (index: number): Ink => ({ colour: index % hueCount, hatched: index % (2 * hueCount) >= hueCount });

/**
 * Okabe and Ito, "Color Universal Design", 2008, with blue and yellow adjusted per theme for contrast, and grey in place
 * of black. Order: blue, orange, green, purple, sky, vermillion, yellow, grey.
 */
export const lightColours: readonly string[] = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#d55e00', '#e8d72e', '#9aa3af'];
export const darkColours: readonly string[] = ['#3f9fdc', '#e8a72a', '#23b78b', '#d58bb5', '#7cc7f2', '#e8743a', '#efe15a', '#8b95a3'];

/** Text on top of a fill: dark everywhere except on the light theme's blue. */
export const lightTextOnBlue = '#ffffff';
export const darkTextOnFill = '#14181f';

/** Pattern that lays diagonal lines over a fill; `id` must be unique in the document. */
export const hatchDefs = (id: string): string =>
  element(
    'defs', {},
    element(
      'pattern', { id, width: 6, height: 6, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      element('rect', { class: 'hatch', width: 2.4, height: 6 }),
    ),
  );

export interface RectPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A rectangle in a series' ink; a hatched one is drawn twice, colour below and lines above. */
export function inkRect(place: RectPlace, ink: Ink, options: { readonly hatchId: string; readonly title?: string }): string {
  const base = element('rect', { ...place, class: `mark f${ink.colour}` }, options.title ?? '');
  return ink.hatched === true ? base + element('rect', { ...place, class: 'hatched', fill: `url(#${options.hatchId})` }) : base;
}

/** Ids are the caller's and unique in the document; this keeps them to characters that need no escaping. */
export const safeId = (name: string): string => name.replace(/[^A-Za-z0-9_-]+/g, '-');
