/** Numbers as people read them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gpuTimeText } from '../../src/base/number-text.ts';
import { plainName } from '../../src/app/name-text.ts';
import { countText, fixedText, numberText, percentText, sharedDecimals, typeset } from '../../src/app/number-text.ts';

test('numbers keep three significant digits, group thousands and drop zeros that say nothing', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0'], [1234567, '1,234,567'], [12.345, '12.3'], [0.012345, '0.0123'], [18, '18'], [1.5, '1.5'], [999.6, '1,000'], [-3.14159, '-3.14'],
    [2.4e-6, '2.4e-6'], [3e-14, '3e-14'], [6.02e23, '6.02e23'],
  ];
  for (const [value, text] of cases) assert.equal(numberText(value), text);
});

test('what is not a finite number has no value', () => {
  for (const value of [Number.NaN, Infinity, -Infinity]) {
    assert.equal(numberText(value), 'no value');
    assert.equal(fixedText(value, 2), 'no value');
    assert.equal(percentText(value), 'no value');
  }
});

test('time of accelerators is told in seconds, and in hours from ten of them on', () => {
  // 7,372,800 / 3600 = 2048; 36,000 s are ten hours.
  const cases: readonly (readonly [number, string])[] = [[0, '0 GPU s'], [0.056, '0.056 GPU s'], [847, '847 GPU s'], [35_990, '35,990 GPU s'], [36_000, '10 GPU h'], [7_372_800, '2,048 GPU h']];
  for (const [gpuS, text] of cases) assert.equal(gpuTimeText(gpuS), text);
});

test('a negative number that rounds to zero loses its sign', () => {
  assert.equal(fixedText(-0.004, 2), '0.00');
  assert.equal(fixedText(-1234.5, 1), '-1,234.5');
});

test('numbers that are compared share decimals, enough to tell them apart', () => {
  // The largest, 118, needs none for three digits; the smallest, 55, none for two.
  assert.equal(sharedDecimals([118, 84, 61, 55]), 0);
  // 8.4 needs two decimals for three digits, and 8.37 then differs from 8.4.
  assert.equal(sharedDecimals([8.4, 8.37, 9.7]), 2);
  // 36.06 and 36.14 differ by 0.2 % and would both be 36.1 with one decimal.
  assert.equal(sharedDecimals([36.06, 36.14]), 2);
  // 0.09 is below one tenth, so its second digit is the third decimal.
  assert.equal(sharedDecimals([0.21, 0.09]), 3);
  assert.equal(sharedDecimals([]), 0);
  assert.equal(sharedDecimals([0, Number.NaN]), 0);
});

test('a count agrees with its noun', () => {
  assert.equal(countText(1, 'link'), '1 link');
  assert.equal(countText(2048, 'link'), '2,048 links');
});

test('print gets a real minus and keeps a number with its unit, and leaves names alone', () => {
  assert.equal(typeset('-3.5 dB'), '−3.5\u00a0dB');
  assert.equal(typeset('1 of 4 points'), '1 of 4 points');
  assert.equal(typeset('leaf-03 to spine-1'), 'leaf-03 to spine-1');
});

test('inner names become words of the field, and part ids stay as they are', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['hostSerdes', 'host SerDes'], ['nic 400G network adapter', 'NIC 400G network adapter'], ['laserSource els-elsfp', 'laser source els-elsfp'],
    ['dsp', 'DSP'], ['scaleUp', 'scale-up'], ['laserSource', 'laser source'], ['dr8-800g', 'dr8-800g'], ['toString', 'to string'],
  ];
  for (const [name, words] of cases) assert.equal(plainName(name), words);
});
