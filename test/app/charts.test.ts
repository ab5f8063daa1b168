/** Charts: lengths and places follow from the values, names are drawn, and a value that is none is said to be none. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bulletBars } from '../../src/app/charts/bullet-bars.ts';
import { gantt } from '../../src/app/charts/gantt.ts';
import { labelledScatter } from '../../src/app/charts/labelled-scatter.ts';
import { lineChart } from '../../src/app/charts/line-chart.ts';
import { linearScale, logScale, roundStep } from '../../src/app/charts/scale.ts';
import { notchDb, spectrum } from '../../src/app/charts/spectrum.ts';
import { stackedBars } from '../../src/app/charts/stacked-bars.ts';
import { element, escapeText } from '../../src/app/charts/svg.ts';
import { fitText, textWidthPx } from '../../src/app/charts/text-width.ts';
import { standaloneSvg } from '../../src/app/charts/chart-style.ts';
import { waterfall, waterfallSteps } from '../../src/app/charts/waterfall.ts';
import type { ReadElement } from './markup.ts';
import { imbalance, numberOf, readElements, withClass } from './markup.ts';

/** Written coordinates are rounded to a hundredth of a pixel, so a difference of two is off by at most 0.01. */
const pixelTolerance = 0.011;

const near = (actual: number, expected: number, tolerance = pixelTolerance): void => assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

/** Pixels per unit and the pixel of zero, from two tick labels of a horizontal axis. */
function axisOf(elements: readonly ReadElement[]): { readonly zeroPx: number; readonly unitPx: number } {
  const ticks = withClass(elements, 'tick').filter((tick) => tick.attributes['text-anchor'] === 'middle').map((tick) => ({
    x: numberOf(tick, 'x'), value: Number(tick.text.replace('−', '-')),
  }));
  const first = ticks[0];
  const last = ticks.at(-1);
  assert.ok(first !== undefined && last !== undefined && first !== last, 'an axis has at least two ticks');
  const unitPx = (last.x - first.x) / (last.value - first.value);
  return { zeroPx: first.x - first.value * unitPx, unitPx };
}

const twoSeries = [{ name: 'compute', ink: { colour: 0 } }, { name: 'wait', ink: { colour: 1, hatched: true } }];

test('a stacked bar is as long as its value on the axis, and its next part starts where it ends', () => {
  const elements = readElements(stackedBars({ id: 'b', title: 'Bars', axisTitle: 'time (s)', unit: 's', series: twoSeries, rows: [
    { label: 'one', parts: [{ series: 'compute', value: 6 }, { series: 'wait', value: 1.5 }] },
    { label: 'two', parts: [{ series: 'compute', value: 3 }, { series: 'wait', value: 4 }] },
  ] }));
  // The longest bar is 7.5, so the axis runs 0, 2, 4, 6, 8 and every length is value x (pixels of 8 - pixels of 0) / 8.
  const { zeroPx, unitPx } = axisOf(elements);
  // The first mark of each series is its legend swatch, which has a fixed size.
  const bars = withClass(elements, 'mark').filter((bar) => numberOf(bar, 'height') > 12);
  const expected = [[0, 6], [6, 1.5], [0, 3], [3, 4]];
  assert.equal(bars.length, expected.length);
  for (const [index, [start = 0, value = 0]] of expected.entries()) {
    near(numberOf(bars[index], 'x'), zeroPx + start * unitPx);
    near(numberOf(bars[index], 'width'), value * unitPx);
  }
});

test('a stacked bar names its row, its series and its total with the unit', () => {
  const texts = readElements(stackedBars({
    id: 'b', title: 'Bars', axisTitle: 'time (s)', unit: 's', series: twoSeries,
    rows: [{ label: 'only row', parts: [{ series: 'compute', value: 6 }, { series: 'wait', value: 1.5 }] }],
  })).map((item) => item.text);
  for (const text of ['only row', 'compute', 'wait', '7.50\u00a0s', 'time (s)']) assert.ok(texts.includes(text), `${text} is drawn`);
});

test('a part without a value is left out of the bar and named behind it', () => {
  const elements = readElements(stackedBars({
    id: 'b', title: 'Bars', axisTitle: 'time (s)', unit: 's', series: twoSeries,
    rows: [{ label: 'row', parts: [{ series: 'compute', value: 2 }, { series: 'wait', value: Number.NaN }] }],
  }));
  assert.ok(withClass(elements, 'warn').some((item) => item.text === 'no value: wait'));
  assert.equal(withClass(elements, 'mark').filter((bar) => numberOf(bar, 'height') > 12).length, 1);
});

test('a negative part is no length and is named, not drawn', () => {
  const elements = readElements(stackedBars({
    id: 'b', title: 'Bars', axisTitle: 'time (s)', unit: 's', series: twoSeries, rows: [{ label: 'row', parts: [{ series: 'compute', value: -2 }] }],
  }));
  assert.ok(withClass(elements, 'warn').some((item) => item.text === 'no value: compute'));
});

test('a part of a series that nobody listed is a bug and throws', () => {
  assert.throws(
    () => stackedBars({ id: 'b', title: 'Bars', axisTitle: 's', unit: 's', series: [], rows: [{ label: 'row', parts: [{ series: 'ghost', value: 1 }] }] }),
    /ghost/,
  );
});

test('charts without data say so instead of drawing an empty plane', () => {
  const empty = [
    stackedBars({ id: 'b', title: 't', axisTitle: 's', unit: 's', series: [], rows: [] }),
    bulletBars({ title: 't', axisTitle: 's', barName: 'mean', tickName: 'peak', groups: [], high: 1, text: String }),
    waterfall({ id: 'w', title: 't', axisTitle: 'dB', levelUnit: 'dBm', dropUnit: 'dB', stages: [], margin: 1 }),
    labelledScatter({ title: 't', xTitle: 'x', yTitle: 'y', points: [] }),
    lineChart({ title: 't', xTitle: 'x', yTitle: 'y', curves: [] }),
    gantt({ id: 'g', title: 't', axisTitle: 's', unit: 's', lanes: [], series: [], spans: [] }),
    spectrum({ title: 't', referenceGhz: 0, lines: [], rings: [] }),
  ];
  for (const chart of empty) {
    assert.equal(imbalance(chart), null);
    assert.match(chart, /There is nothing to draw|no stages|No point has a value/);
  }
});

test('every chart draws a single datum, and values of nothing but zero, without a coordinate that is not a number', () => {
  const single = [
    stackedBars({ id: 'b', title: 't', axisTitle: 's', unit: 's', series: twoSeries, rows: [{ label: 'r', parts: [{ series: 'compute', value: 0 }] }] }),
    bulletBars({
      title: 't', axisTitle: 's', barName: 'mean', tickName: 'peak', groups: [{ name: 'g', rows: [{ label: 'r', bar: 0, tick: 0 }] }], high: 1,
      text: String,
    }),
    waterfall({ id: 'w', title: 't', axisTitle: 'dB', levelUnit: 'dBm', dropUnit: 'dB', stages: [{ name: 'laser', drop: 0, level: 0, note: '' }], margin: 0 }),
    labelledScatter({ title: 't', xTitle: 'x', yTitle: 'y', points: [{ label: 'p', x: 0, y: 0, series: 0 }] }),
    lineChart({ title: 't', xTitle: 'x', yTitle: 'y', hasLogY: true, curves: [{ name: 'c', colour: 0, points: [{ x: 1, y: 1 }] }] }),
    gantt({
      id: 'g', title: 't', axisTitle: 's', unit: 's', lanes: ['l'], series: [{ name: 's', ink: { colour: 0 } }],
      spans: [{ lane: 'l', name: 'n', series: 's', start: 5, end: 5 }],
    }),
    spectrum({ title: 't', referenceGhz: 0, lines: [{ name: 'λ1', frequencyGhz: 193_100, levelDbm: 0 }], rings: [] }),
  ];
  for (const chart of single) {
    assert.equal(imbalance(chart), null);
    assert.doesNotMatch(chart, /NaN|Infinity|undefined/);
    assert.match(chart, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" class="chart" role="img" aria-label="t"/);
  }
});

test('a coordinate that is not a number is a bug and throws', () => {
  assert.throws(() => element('rect', { x: Number.NaN }), RangeError);
});

test('text from outside cannot open a tag, end an attribute or smuggle control characters', () => {
  assert.equal(escapeText(`<img onerror="x">&'\u0000\ud800`), '&lt;img onerror=&quot;x&quot;&gt;&amp;&#39;\ufffd\ufffd');
});

const stages = [
  { name: 'laser', drop: 0, level: 4, note: '' },
  { name: 'modulator', drop: 5, level: -1, note: '' },
  { name: 'amplifier', drop: -2, level: 1, note: '' },
  { name: 'penalty', drop: 1, level: 1, note: '' },
];

test('a waterfall runs from the first level down by each drop, penalties included', () => {
  // 4 dBm behind the laser; -5 dB gives -1; a gain of 2 dB gives 1; a penalty of 1 dB counts like loss and gives 0.
  assert.deepEqual(waterfallSteps(stages).map((step) => [step.from, step.to]), [[4, 4], [4, -1], [-1, 1], [1, 0]]);
});

test('a waterfall without levels starts at zero', () => {
  assert.deepEqual(
    waterfallSteps([{ name: 'trace', drop: 6, level: null, note: '' }, { name: 'cable', drop: 10, level: null, note: '' }]).map((step) => step.to),
    [-6, -16],
  );
});

test('a first level that stands behind a lossy stage puts the start of the waterfall above it', () => {
  assert.deepEqual(waterfallSteps([{ name: 'coupler', drop: 3, level: -3, note: '' }]).map((step) => [step.from, step.to]), [[0, -3]]);
});

test('a waterfall draws each drop to scale and the limit where the margin ends', () => {
  const elements = readElements(waterfall({ id: 'w', title: 't', axisTitle: 'level (dBm)', levelUnit: 'dBm', dropUnit: 'dB', stages, margin: 3 }));
  const { zeroPx, unitPx } = axisOf(elements);
  const bars = withClass(elements, 'mark');
  // The laser drops nothing and is a tick, so the bars are modulator (-1 to 4), amplifier (-1 to 1) and penalty (0 to 1).
  for (const [index, [low = 0, high = 0]] of [[-1, 4], [-1, 1], [0, 1]].entries()) {
    near(numberOf(bars[index], 'x'), zeroPx + low * unitPx);
    near(numberOf(bars[index], 'width'), (high - low) * unitPx);
  }
  // The end stands at 0 dBm and the margin is 3 dB, so the limit is -3 dBm.
  near(numberOf(withClass(elements, 'limit')[0], 'x1'), zeroPx - 3 * unitPx);
  assert.ok(elements.some((item) => item.text === 'margin 3.0\u00a0dB'));
});

test('a waterfall that does not close says by how much it falls short', () => {
  const texts = readElements(waterfall({
    id: 'w', title: 't', axisTitle: 'level (dBm)', levelUnit: 'dBm', dropUnit: 'dB', stages, margin: -2.5,
  })).map((item) => item.text);
  assert.ok(texts.includes('short by 2.5\u00a0dB'));
});

test('a stage without a value is said to have none and moves nothing', () => {
  const chart = waterfall({
    id: 'w', title: 't', axisTitle: 'level (dBm)', levelUnit: 'dBm', dropUnit: 'dB',
    stages: [...stages, { name: 'lost', drop: Number.NaN, level: null, note: '' }], margin: Number.NaN,
  });
  const texts = readElements(chart).map((item) => item.text);
  assert.ok(texts.includes('no value') && texts.includes('margin: no value'));
});

test('scatter labels name every point and cover neither each other nor a mark', () => {
  const names = ['alpha choice', 'beta choice', 'gamma choice', 'delta choice', 'epsilon choice'];
  const elements = readElements(labelledScatter({
    title: 't', xTitle: 'cost (M$)', yTitle: 'energy (J)',
    points: names.map((label, index) => ({ label, x: 5 + index * 0.15, y: 2 + (index % 2) * 0.01, series: index })),
  }));
  const labels = withClass(elements, 'point-label').map((item) => ({ text: item.text, x: numberOf(item, 'x'), y: numberOf(item, 'y') }));
  assert.deepEqual(labels.map((label) => label.text), names);
  // A label is 13 px type: its ink reaches at most 10 px above and 3 px below the baseline.
  for (const [index, a] of labels.entries()) {
    for (const b of labels.slice(index + 1)) {
      const apart = Math.abs(a.y - b.y) >= 13 || a.x + textWidthPx(a.text, 13) <= b.x || b.x + textWidthPx(b.text, 13) <= a.x;
      assert.ok(apart, `${a.text} and ${b.text} do not touch`);
    }
  }
});

test('a scatter point stands at its values on both axes, and one without values is named', () => {
  const elements = readElements(labelledScatter({
    title: 't', xTitle: 'x', yTitle: 'y',
    points: [{ label: 'a', x: 2, y: 10, series: 0 }, { label: 'b', x: 6, y: 30, series: 0 }, { label: 'ghost', x: Number.NaN, y: 1, series: 0 }],
  }));
  const { zeroPx, unitPx } = axisOf(elements);
  const dots = withClass(elements, 'dot');
  near(numberOf(dots[0], 'cx'), zeroPx + 2 * unitPx);
  near(numberOf(dots[1], 'cx'), zeroPx + 6 * unitPx);
  assert.ok(numberOf(dots[0], 'cy') > numberOf(dots[1], 'cy'), 'more energy stands higher');
  assert.ok(withClass(elements, 'warn').some((item) => item.text === 'no value: ghost'));
});

test('on a logarithmic axis equal ratios are equal distances', () => {
  const scale = logScale({ low: 1e-12, high: 1e-4 }, { startPx: 0, endPx: 800 });
  near(scale.at(1e-12), 0, 1e-9);
  near(scale.at(1e-8), 400, 1e-9);
  near(scale.at(1e-5) - scale.at(1e-6), 100, 1e-9);
});

test('a curve lifts the pen over points a logarithmic axis cannot show, and counts them', () => {
  const elements = readElements(lineChart({
    title: 't', xTitle: 'loss (dB)', yTitle: 'BER', hasLogY: true, references: [{ name: 'limit', y: 2.4e-4 }],
    curves: [{ name: 'link', colour: 0, points: [{ x: 0, y: 1e-9 }, { x: 1, y: 0 }, { x: 2, y: 1e-6 }, { x: 3, y: 1e-3 }] }],
  }));
  const path = withClass(elements, 'curve')[0]?.attributes['d'] ?? '';
  assert.equal(path.match(/M/g)?.length, 2);
  assert.equal(path.match(/L/g)?.length, 1);
  assert.ok(withClass(elements, 'warn').some((item) => item.text.startsWith('1 of 4 points')));
  assert.ok(elements.some((item) => item.text === 'limit') && elements.some((item) => item.text === 'link'));
});

test('tick steps are 1, 2, 2.5 or 5 times a power of ten and cover the span', () => {
  // 9.7 in at most five steps needs 1.94, so 2; 0.31 needs 0.062, so 0.1 (there is no step between 0.05 and 0.1).
  assert.equal(roundStep(9.7, 5), 2);
  near(roundStep(0.31, 5), 0.1, 1e-12);
  assert.deepEqual(linearScale({ low: 0, high: 9.7 }, { startPx: 0, endPx: 1 }).ticks, [0, 2, 4, 6, 8, 10]);
});

test('bullet bars put the mean and the peak on one axis', () => {
  const elements = readElements(bulletBars({
    title: 't', axisTitle: 'share', barName: 'mean', tickName: 'peak',
    groups: [{ name: 'spine', rows: [{ label: 'r', bar: 0.25, tick: 0.75 }, { label: 'ghost', bar: Number.NaN, tick: Number.NaN }] }], high: 1,
    text: (value) => String(value),
  }));
  const { zeroPx, unitPx } = axisOf(elements);
  near(numberOf(withClass(elements, 'mark')[0], 'width'), 0.25 * unitPx);
  near(numberOf(withClass(elements, 'peak')[0], 'x1'), zeroPx + 0.75 * unitPx);
  assert.ok(withClass(elements, 'warn').some((item) => item.text === 'no value'));
});

test('phases start and end at their times, and a phase that ends before it starts is named, not drawn', () => {
  const elements = readElements(gantt({ id: 'g', title: 't', axisTitle: 'time (ms)', unit: 'ms', lanes: ['rank 0', 'rank 1'], series: [{
    name: 'compute', ink: { colour: 0 },
  }], spans: [
    { lane: 'rank 0', name: 'forward', series: 'compute', start: 0, end: 40 }, {
      lane: 'rank 1', name: 'backward', series: 'compute', start: 40, end: 100,
    }, { lane: 'rank 1', name: 'broken', series: 'compute', start: 9, end: 3 },
  ] }));
  const { zeroPx, unitPx } = axisOf(elements);
  const bars = withClass(elements, 'mark').filter((bar) => numberOf(bar, 'height') > 12);
  near(numberOf(bars[1], 'x'), zeroPx + 40 * unitPx);
  near(numberOf(bars[1], 'width'), 60 * unitPx);
  assert.ok(withClass(elements, 'warn').some((item) => item.text === 'no valid times: broken'));
});

test('a ring takes its full depth at resonance, and half of what it removes at half its width', () => {
  const ring = { name: 'r', frequencyGhz: 0, fwhmGhz: 20, depthDb: 10 };
  // At resonance 10 dB. At 10 GHz, half the width of 20 GHz, the Lorentzian is 1/2: 1 - 0.9/2 = 0.55, which is -2.596 dB.
  near(notchDb(ring, 0), -10, 1e-12);
  near(notchDb(ring, 10), -2.596373, 1e-6);
});

test('a spectrum puts lines at their frequencies and names a ring without a width', () => {
  const elements = readElements(spectrum({
    title: 't', referenceGhz: 193_000,
    lines: [{ name: 'λ1', frequencyGhz: 193_000, levelDbm: 0 }, { name: 'λ2', frequencyGhz: 193_200, levelDbm: -3 }],
    rings: [{ name: 'ring 1', frequencyGhz: 193_010, fwhmGhz: 15, depthDb: 18 }, { name: 'no ring', frequencyGhz: 193_000, fwhmGhz: 0, depthDb: 3 }],
  }));
  const { zeroPx, unitPx } = axisOf(elements);
  const stems = withClass(elements, 'stem');
  near(numberOf(stems[0], 'x1'), zeroPx);
  near(numberOf(stems[1], 'x1'), zeroPx + 200 * unitPx);
  assert.ok(withClass(elements, 'warn').some((item) => item.text === 'no value: no ring'));
});

test('a text is cut to its room with an ellipsis, and left alone where it fits', () => {
  assert.equal(fitText('rail', { widthPx: 200, fontPx: 13 }), 'rail');
  const cut = fitText('a very long name of a very long link', { widthPx: 80, fontPx: 13 });
  assert.ok(cut.endsWith('…') && textWidthPx(cut, 13) <= 80);
});

test('a chart that leaves its report carries its own style', () => {
  const svg = standaloneSvg(labelledScatter({ title: 't', xTitle: 'x', yTitle: 'y', points: [{ label: 'p', x: 0, y: 0, series: 0 }] }), 'dark');
  assert.equal(imbalance(svg.trim()), null);
  assert.match(svg, /<style>svg\{--c0:/);
});
