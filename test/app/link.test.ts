/** The link command as a user meets it: a page, one JSON document, exit codes, and every bad option named at once. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

function heliostat(...words: readonly string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
  const run = spawnSync(process.execPath, ['src/app/main.ts', ...words], { cwd: root, encoding: 'utf8' });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

test('a link that closes ends with 0 and shows budget, margin, errors, latency and energy with its boundary', () => {
  const { code, out } = heliostat('link', 'dr8-800g', '--length', '30m');
  assert.equal(code, 0);
  // 15 W over 800 Gb/s is 18.75 pJ/bit, host SerDes 1.5 + 3.5 x 12/18 = 3.83 pJ/bit: 22.6 in all.
  for (const line of [/: closes/, /TDECQ +\d\.\d\d/, /margin +1\.\d\d dB/, /pre-FEC BER +\d\.\d\de-/, /latency +380 ns/, /energy +22\.6 pJ\/bit/, /host SerDes of both ends added/]) assert.match(out, line);
});

test('a link that does not close ends with 1 and says why in the page and in the document', () => {
  const page = heliostat('link', 'dac-800g-passive', '--length', '3m');
  assert.equal(page.code, 1);
  assert.match(page.out, /Refused \[link-does-not-close\]/);
  const { code, out } = heliostat('link', 'dr8-800g', '--length', '10km', '--connectors', '2', '--json');
  assert.equal(code, 1);
  const report = JSON.parse(out) as { marginDb: number; refusal: { code: string; reasons: readonly string[] }; wavelengths: readonly unknown[] };
  assert.equal(report.refusal.code, 'link-does-not-close');
  assert.ok(report.marginDb < 0 && report.wavelengths.length === 8);
});

test('every bad option is named at once, with what would be right, and ends with 2', () => {
  const { code, out, err } = heliostat('link', 'dr8-80g', '--length', '-3m', '--temperature', '-300C', '--connectors', 'x', '--ocs', 'palomar', '--samples', '1');
  assert.equal(code, 2);
  assert.equal(out, '');
  for (const line of [/Did you mean dr8-800g/, /^--length: .*-3m/m, /^--temperature: .*absolute zero/m, /^--connectors: /m, /^--ocs: .*google-palomar/m, /^--samples: /m]) assert.match(err, line);
  const json = heliostat('link', 'dr8-800g', '--length', '1e9km', '--json');
  assert.equal(json.code, 2);
  assert.equal((JSON.parse(json.out) as { issues: readonly { code: string }[] }).issues[0]?.code, 'out-of-range');
  assert.equal(heliostat('link', 'dr8-800g', '--length', '30').code, 2);
  assert.equal(heliostat('link', 'dr8-800g').code, 2);
});

test('a part that is no link is bad input, with link parts that would do', () => {
  for (const id of ['els-elsfp', 'smf-g652', 'mrm', 'google-palomar']) {
    const { code, out, err } = heliostat('link', id, '--length', '3m');
    assert.deepEqual([id, code, out], [id, 2, '']);
    assert.match(err, /not-a-link|no link by itself/);
    assert.match(err, /Name a link part such as \S+, \S+, /);
  }
  assert.match(heliostat('link', 'google-palomar', '--length', '3m').err, /--ocs google-palomar/);
  const far = heliostat('link', 'dr8-800g', '--far', 'mrm', '--length', '3m');
  assert.equal(far.code, 2);
  assert.match(far.err, /^--far: /m);
});

test('failed channels degrade a link, all of them refuse it, and more than exist are bad input', () => {
  const failed = (part: string, count: number): ReturnType<typeof heliostat> => heliostat('link', part, '--length', '1m', '--failed-channels', String(count));
  // DR4 is four channels of 100 Gb/s without spares; a passive 800G cable is eight of 100 Gb/s.
  const one = failed('dr4-400g', 1);
  assert.equal(one.code, 0);
  assert.match(one.out, /degraded: 300 of 400 Gb\/s/);
  assert.match(one.out, /1 channel lost/);
  assert.doesNotMatch(failed('dr4-400g', 0).out, /degraded/);
  const all = failed('dr4-400g', 4);
  assert.equal(all.code, 1);
  assert.match(all.out, /does not close/);
  assert.match(all.out, /no-usable-channel/);
  const more = failed('dr4-400g', 5);
  assert.deepEqual([more.code, more.out], [2, '']);
  assert.match(more.err, /^--failed-channels: .*from 0 to 4/ms);
  assert.match(failed('dac-800g-passive', 1).out, /degraded: 700 of 800 Gb\/s/);
});

test('samples add spread, yield and ranked parameters to the document', () => {
  const { code, out } = heliostat('link', 'lpo-800g', '--length', '100m', '--samples', '200', '--seed', '5', '--typical', '--json');
  assert.equal(code, 0);
  const { distribution } = JSON.parse(out) as { distribution: { samples: number; seed: number; fractionClosing: number; drivers: readonly { parameter: string; marginShare: number }[] } };
  assert.deepEqual([distribution.samples, distribution.seed], [200, 5]);
  const total = distribution.drivers.reduce((sum, { marginShare }) => sum + marginShare, 0);
  assert.ok(Math.abs(total - 1) < 1e-9);
});

test('the budget is written as one HTML file, whole or not at all', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-link-'));
  try {
    const path = join(folder, 'budget.html');
    assert.equal(heliostat('link', 'dr8-800g', '--length', '30m', '--html', path).code, 0);
    assert.match(readFileSync(path, 'utf8'), /Error rate against temperature/);
    const missing = join(folder, 'nowhere', 'budget.html');
    const failed = heliostat('link', 'dr8-800g', '--length', '30m', '--html', missing);
    assert.deepEqual([failed.code, failed.out], [2, '']);
    assert.match(failed.err, /cannot-write/);
    assert.ok(!existsSync(missing));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('users\' parts override and extend the catalogue, and bad files are reported with line, column and remedy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heliostat-parts-'));
  try {
    const good = join(folder, 'good.yaml');
    writeFileSync(good, `kind: Parts
parts:
  dr8-800g:
    params:
      power_typ: 12
      cost_per_gbps: { value: 0.42, unit: $/Gb/s (2027), kind: measured, source: our contract }
  house-optic:
    like: lpo-800g
    name: House optic
    params:
      power: { range: [4, 6], kind: measured, source: our laboratory }
`);
    const part = JSON.parse(heliostat('part', 'dr8-800g', '--parts', good, '--json').out) as { params: Record<string, { value?: unknown; low?: number; kind: string; unit: string }> };
    assert.deepEqual([part.params['power_typ']?.value, part.params['power_typ']?.unit, part.params['power_typ']?.kind], [12, 'W', 'estimate']);
    assert.deepEqual([part.params['cost_per_gbps']?.value, part.params['cost_per_gbps']?.kind], [0.42, 'measured']);
    // 5 W over 800 Gb/s is 6.25 pJ/bit in the module.
    const house = JSON.parse(heliostat('link', 'house-optic', '--length', '30m', '--parts', good, '--json').out) as { powerPerEndW: number };
    assert.ok(Math.abs(house.powerPerEndW - 5) < 1e-9);

    const bad = join(folder, 'bad.yaml');
    writeFileSync(bad, `kind: Parts
parts:
  dr8-80g:
    params: { power: 3 }
  dr8-800g:
    params:
      power: { range: [6, 5] }
      colour: 3
      mtbf: { value: 1, range: [1, 2] }
      rin_oma_max: -40
`);
    const { code, err } = heliostat('parts', '--parts', bad);
    assert.equal(code, 2);
    for (const line of [
      /bad\.yaml:4:5: parts\.dr8-80g: .*Did you mean dr8-800g/, /bad\.yaml:7:\d+: .*low end.*\[5, 6\].*empty-range/,
      /bad\.yaml:8:15: .*unknown-parameter/, /bad\.yaml:9:\d+: .*value-or-range/, /bad\.yaml:10:\d+: .*RIN_OMA.*out-of-range/,
    ]) assert.match(err, line);
    assert.equal(heliostat('parts', '--parts', join(folder, 'none.yaml')).code, 2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
