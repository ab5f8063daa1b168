/** The wdm command: plans, locks and re-locks as an operator asks for them, and every bad input as an issue. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lineChart } from '../../src/app/charts/line-chart.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

function wdm(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const run = spawnSync(process.execPath, ['src/app/main.ts', 'wdm', ...words], { cwd: root, encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

interface Locks {
  readonly state: { readonly lineOfRing: readonly number[]; readonly shiftNm: readonly number[] };
  readonly followed: readonly number[];
  readonly relocks: readonly unknown[];
  readonly lost: readonly number[];
}
interface Answer {
  readonly answer: { readonly spacingNm: number; readonly plan: { readonly carriers: readonly unknown[] }; readonly locks: { readonly first: Locks; readonly after: Locks } | null };
}

test('perfect rings stand where their temperature puts them, and a step takes from each heater what it moves', () => {
  // Made for 85 C and locked at 40 C: 45 K x 0.085 nm/K = 3.825 nm, three spacings of 1.1449 nm and 0.390 nm more.
  const { code, out } = wdm('cw-wdm-16', '--sigma', '0', '--guard', '0', '--step', '4K', '--json');
  assert.equal(code, 0);
  const { answer } = JSON.parse(out) as Answer;
  const { first, after } = answer.locks ?? assert.fail('no locks');
  const left = 3.825 - 3 * answer.spacingNm;
  // Spacing in nm grows along the grid, so each ring is off by a few hundredths.
  first.state.shiftNm.forEach((shift) => assert.ok(Math.abs(shift - left) < 0.06, String(shift)));
  assert.deepEqual(first.state.lineOfRing.slice(0, 4), [13, 14, 15, 0]);
  // 4 K move rings 0.34 nm to the red: heaters give way by as much, and those with less than that must let go together (one cyclic order).
  assert.equal(after.followed.length + after.relocks.length, 16);
  const small = JSON.parse(wdm('cw-wdm-16', '--sigma', '0', '--guard', '0', '--step', '1K', '--json').out) as Answer;
  assert.equal(small.answer.locks?.after.followed.length, 16);
  assert.ok(Math.abs((first.state.shiftNm[0] ?? 0) - (small.answer.locks?.after.state.shiftNm[0] ?? 0) - 0.085) < 1e-9);
});

test('a ring that can reach no line is refused with exit code 1, and a spare line saves the bank', () => {
  const dark = wdm('oci-4x4', '--order', 'fixed', '--dark', '2', '--step', '1K');
  assert.equal(dark.code, 1);
  assert.match(dark.out, /reach no free line/);
  assert.equal(wdm('cw-wdm-16', '--rings', '14', '--order', 'any', '--dark', '3', '--step', '6K').code, 0);
});

test('overlap, drift out of a window, rings without range and impossible values are issues with exit code 2', () => {
  const issues = (...words: readonly string[]): string => {
    const { code, out } = wdm(...words, '--json');
    assert.equal(code, 2, words.join(' '));
    return (JSON.parse(out) as { issues: readonly { code: string; path: string }[] }).issues.map((issue) => issue.code).join(' ');
  };
  assert.match(issues('cw-wdm-32', '--width', '112'), /carriers-overlap/);
  // 0.09 nm/K over 65 K is 5.85 nm, inside +-6.5 nm; 7 nm is not.
  assert.equal(wdm('cwdm4', '--drift', '5.85').code, 0);
  assert.match(issues('cwdm4', '--drift', '7'), /outside-slot/);
  assert.match(issues('cwdm4', '--rings', '4'), /ring-without-range/);
  assert.match(issues('cw-wdm-8', '--fsr', '13'), /ring-drops-two-lines/);
  assert.match(issues('cw-wdm-16', '--engine', 'bcm-bailly'), /engine-without-rings/);
  assert.equal(issues('no-grid', '--temperature=-300C', '--step', 'warm', '--order', 'alphabetic'), 'unknown-grid out-of-range not-a-quantity unknown-order');
  assert.match(issues('cw-wdm-16', '--rings', '17'), /out-of-range/);
});

test('the pictures show lines and rings before and after, in one file', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'heliostat-wdm-')), 'locks.html');
  assert.equal(wdm('cw-wdm-8', '--step', '3K', '--html', path).code, 0);
  const html = readFileSync(path, 'utf8');
  for (const text of ['First lock', 'After a step of 3', 'class="curve s0 notch"', 'Channel plan']) assert.ok(html.includes(text), text);
  assert.doesNotMatch(html, /NaN|Infinity|undefined/);
});

test('the name of a limit at the top of a plot stands below its line, clear of the axis title', () => {
  const chart = lineChart({ title: 't', xTitle: 'x', yTitle: 'y', curves: [{ name: 'c', colour: 0, points: [{ x: 0, y: 0 }, { x: 1, y: 5 }] }], references: [{ name: 'limit', y: 10 }, { name: 'low', y: 2 }] });
  const placeOf = (name: string): number => Number(new RegExp(`y="([\\d.]+)"[^>]*>${name}<`).exec(chart)?.[1]);
  const ruleOf = (index: number): number => Number([...chart.matchAll(/class="warnrule"[^>]*y1="([\d.]+)"/g)][index]?.[1]);
  assert.ok(placeOf('limit') > ruleOf(0));
  assert.ok(placeOf('low') < ruleOf(1));
});
