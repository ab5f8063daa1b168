/** Text stands out from what is behind it in both themes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { darkTheme, lightTheme } from '../../src/app/charts/chart-style.ts';

/** Relative luminance and contrast ratio as WCAG 2.2 defines them. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const share = Number.parseInt(colour.slice(start, start + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

/** WCAG 2.2 success criterion 1.4.3 for text, and 1.4.11 for graphics. */
const textContrastMin = 4.5;
const graphicContrastMin = 3;

for (const [name, theme] of [['light', lightTheme], ['dark', darkTheme]] as const) {
  const colours = Object.fromEntries(theme.split(';').map((property) => property.replace('--', '').split(':')));
  const of = (property: string): string => colours[property] ?? assert.fail(`${property} is a colour of the ${name} theme`);

  test(`every text of the ${name} theme has a contrast of at least ${textContrastMin}`, () => {
    for (const text of ['ink', 'soft', 'muted', 'accent', 'warn', 'good']) {
      for (const back of ['page', 'surface']) assert.ok(contrast(of(text), of(back)) >= textContrastMin, `${text} on ${back}: ${contrast(of(text), of(back)).toFixed(2)}`);
    }
    assert.ok(contrast(of('ink'), of('warn-wash')) >= textContrastMin && contrast(of('muted'), of('warn-wash')) >= textContrastMin);
  });

  test(`numbers on the bars of the ${name} theme can be read`, () => {
    assert.ok(contrast(of('on-blue'), of('c0')) >= textContrastMin);
    for (let index = 1; index < 8; index++) {
      const ratio = contrast(of('on-fill'), of(`c${index}`));
      assert.ok(ratio >= textContrastMin, `c${index}: ${ratio.toFixed(2)}`);
    }
  });

  test(`the marks that stand alone in the ${name} theme stand out from the surface`, () => {
    for (const mark of ['c0', 'good', 'warn', 'ink']) assert.ok(contrast(of(mark), of('surface')) >= graphicContrastMin, mark);
  });
}
