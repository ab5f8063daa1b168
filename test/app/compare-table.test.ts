/** The terminal table: complete, within its width, aligned, and safe against text from outside. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import picocolors from 'picocolors';
import { bestIndexes, renderCompareTable } from '../../src/app/compare-table.ts';
import { cellWidth, cleanText, renderGrid, wrapText } from '../../src/app/text-table.ts';
import { comparison, hostileComparison, partlyRefused } from './compare-fixture.ts';

const plain = picocolors.createColors(false);
const coloured = picocolors.createColors(true);
const rowOf = (text: string, label: string): string => text.split('\n').find((line) => line.startsWith(label)) ?? '';

test('no line is wider than the terminal, at 100 columns, at 80 and in between', () => {
  for (const columns of [100, 92, 80]) {
    for (const result of [comparison, hostileComparison()]) {
      for (const line of renderCompareTable(
        result, { columns, colours: plain },
      ).split('\n')) assert.ok(cellWidth(line) <= columns, `${cellWidth(line)} columns: ${line}`);
    }
  }
});

test('at 100 columns every choice stands in one block', () => {
  const text = renderCompareTable(comparison, { columns: 100, colours: plain });
  assert.equal(text.split('\n').filter((line) => line.startsWith('Fabric power')).length, 1);
});

test('every row of figures names its unit', () => {
  const text = renderCompareTable(comparison, { columns: 100, colours: plain });
  const units: readonly (readonly [string, string])[] = [
    ['Fabric power', 'kW'], ['  share of cluster', '%'], ['Fabric cost', 'M$'], ['  per GPU', '$'], ['Transceivers', 'per GPU'], ['Lasers', 'per GPU'],
    ['Failures', 'per day'], ['  GPUs cut off', 'GPUs'], ['  GPUs slowed', 'GPUs'], ['Cables with light', 'of 4,096'],
    ['  tried and refused', 'cables'], ['  carried by fallback', 'cables'], ['  left without light', 'cables'],
    ['Facility power', 'kW'], ['  electricity, 4 years', 'M$'], ['  both', 'M$'], ['  GPU time cut off', 'h/year'], ['  GPU time slowed', 'h/year'],
    ['Latency, next node', 'ns'], ['  farthest GPU', 'ns'],
    ['Step time', 's'], ['  compute', 's'], ['  bubble', 's'], ['  traffic on scale-up *', 's'], ['  expert exchange *', 's'], ['  other', 's'],
    ['MFU', '%'], ['Throughput', 'tokens/s'], ['Energy per step', 'MJ'], ['Energy per token', 'J'],
  ];
  for (const [label, unit] of units) assert.match(rowOf(text, label), new RegExp(`^${label.replaceAll('*', '\\*')} +${unit.replaceAll('$', '\\$')} +[\\d,.]`), label);
});

test('rows hold the figures of the result in the order of the choices', () => {
  const text = renderCompareTable(comparison, { columns: 100, colours: plain });
  assert.deepEqual(rowOf(text, 'Fabric power').split(/ {2,}/).slice(1).map((cell) => cell.trim()).filter((cell) => cell !== 'kW'), ['118', '84', '61', '55', '97']);
  // 6.4, 5.5, 5.9, 7.2 and 4.1 million dollars, graded published, estimate, estimate, estimate, published.
  assert.match(rowOf(text, 'Fabric cost'), /6\.40 p +5\.50 e +5\.90 e +7\.20 e +4\.10 p$/);
});

test('refused links, findings, assumptions and the meaning of the evidence letters are printed', () => {
  const text = renderCompareTable(comparison, { columns: 100, colours: plain });
  for (const part of [
    '768 cables of passive copper (dac-invented, fabric, 7.5 to 9 m)', '12.6 dB more than the receiver accepts',
    'refused, carried by dr8-invented', 'leaf03-spine01', 'Invented: every GPU draws 700 W.',
    'm measured, p published, e estimate',
  ]) {
    assert.ok(text.includes(part), part);
  }
});

test('a comparison in which all closes says that nothing is refused', () => {
  const choices = comparison.choices.filter((choice) => choice.refused.length === 0);
  assert.match(renderCompareTable({ ...comparison, choices }, { columns: 100, colours: plain }), /none: every cable of every choice closes with its first medium/);
});

test('without colours there is no escape sequence, with them only colour is added', () => {
  const text = renderCompareTable(comparison, { columns: 100, colours: plain });
  assert.ok(!text.includes('\u001b'));
  assert.equal(stripVTControlCharacters(renderCompareTable(comparison, { columns: 100, colours: coloured })), text);
});

test('the best values of a row are emphasised, ties included, unless all are alike or cannot do the job', () => {
  assert.deepEqual([...bestIndexes([3, 1, 2], 'lower')], [1]);
  assert.deepEqual([...bestIndexes([3, 1, 3, 2], 'higher')], [0, 2]);
  assert.deepEqual([...bestIndexes([5, 5, 5, 7], 'lower')], [0, 1, 2]);
  assert.deepEqual([...bestIndexes([5, 5, 5], 'lower')], []);
  assert.deepEqual([...bestIndexes([1, 3, 2], 'lower', [false, true, true])], [2]);
  assert.deepEqual([...bestIndexes([Number.NaN, 4, 2], 'lower')], [2]);
  // 66.321 and 66.323 differ by 0.003 %, which is no reason to prefer either.
  assert.deepEqual([...bestIndexes([66.321, 66.323, 66.322], 'lower')], []);
  const line = rowOf(renderCompareTable(comparison, { columns: 100, colours: coloured }), 'Fabric power');
  assert.ok(line.includes(coloured.bold(coloured.green('55'))));
});

test('text from outside cannot move the cursor, colour the screen or break a line', () => {
  const text = renderCompareTable(hostileComparison(), { columns: 100, colours: plain });
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  assert.equal(cleanText('a\u001b[31mb\r\nc\u202ed'), 'ab c\ufffdd');
});

test('a workload that one choice cannot run is refused in its column, with the reason below', () => {
  const text = renderCompareTable(partlyRefused, { columns: 100, colours: plain });
  const steps = text.split('\n').filter((line) => line.startsWith('Step time'));
  assert.match(steps[1] ?? '', / 3\.\d+ +refused$/);
  assert.ok(text.includes('Copper where it reaches: mixtral-8x22b cannot run') && text.includes('ranks 0 and 512 have no route with light'));
});

test('a figure that is not a number has no value', () => {
  const choices = comparison.choices.map((choice, index) => (index === 0 ? { ...choice, fabricPowerKw: Number.NaN } : choice));
  assert.match(rowOf(renderCompareTable({ ...comparison, choices }, { columns: 100, colours: plain }), 'Fabric power'), /^Fabric power +kW +no value +84/);
});

test('a comparison without choices still prints its findings and assumptions', () => {
  const text = renderCompareTable({ ...comparison, choices: [] }, { columns: 100, colours: plain });
  assert.ok(text.includes('Findings') && text.includes('Assumptions'));
});

test('wide characters take two columns and combining marks none', () => {
  assert.equal(cellWidth('光'), 2);
  assert.equal(cellWidth('e\u0301'), 1);
  assert.equal(cellWidth('Ω'), 1);
});

test('text wraps at spaces and behind hyphens, and a word longer than the line is cut', () => {
  assert.deepEqual(wrapText('Co-packaged, external lasers', 12), ['Co-packaged,', 'external', 'lasers']);
  assert.deepEqual(wrapText('rail-switch', 8), ['rail-', 'switch']);
  assert.deepEqual(wrapText('every optic is rail-optimised', 28), ['every optic is', 'rail-optimised']);
  assert.deepEqual(wrapText('abcdefghij', 4), ['abcd', 'efgh', 'ij']);
  assert.deepEqual(wrapText('', 4), ['']);
});

test('a grid too wide for the terminal becomes blocks of equal size with the labels repeated', () => {
  const names = ['alpha', 'beta', 'gamma', 'delta', 'epsilon', 'zeta'];
  const style = { columns: 60, paintHead: String, paintRule: String, paintUnit: String };
  const text = renderGrid({ names, rows: [{ label: 'Power drawn', unit: 'kW', cells: names.map((_, index) => ({ text: String(index) })) }] }, style);
  // 60 columns less 11 for labels, 2 for units and a gap leave 46: four cells of 9 and their gaps, so six go three and three.
  assert.deepEqual(text.split('\n').filter((line) => line.startsWith('Power')).map((line) => line.trim().split(/ +/).slice(3)), [['0', '1', '2'], ['3', '4', '5']]);
});

test('a cable that nothing carries says what would help', () => {
  const choices = comparison.choices.map((choice) => ({ ...choice, refused: choice.refused.map((group) => ({ ...group, replacedBy: null })) }));
  const text = renderCompareTable({ ...comparison, choices }, { columns: 100, colours: plain });
  assert.ok(text.includes('refused, left without light') && text.includes('remedy: Use optics beyond 3 m'));
});
