/** Every play is performed and its transcript compared; invariants are checked after every reading that decided something, the log folded and decided again at the end. */

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createPlayHost } from '../../src/app/scenario-host.ts';
import { decisionsIn } from '../../src/control/explain/explain-decision.ts';
import { checkOrder } from '../../src/control/invariants.ts';
import { formatIssue } from '../../src/base/issue.ts';
import type { Performed } from '../../src/study/play/perform.ts';
import { performPlay } from '../../src/study/play/perform.ts';

const folder = fileURLToPath(new URL('./', import.meta.url));
const plays = readdirSync(folder).filter((name) => name.endsWith('.play')).sort();

function perform(name: string): Performed {
  const file = `${folder}${name}`;
  return performPlay({ text: readFileSync(file, 'utf8'), file }, createPlayHost(file), 1);
}

const wrongs = ({ issues, violations, differences }: Performed): readonly string[] => [
  ...issues.map(formatIssue), ...violations.map(({ invariant, message }) => `invariant ${invariant}: ${message}`),
  ...differences.map(({ line, expected, found }) => `line ${line}: written ${expected ?? 'nothing'}, now ${found ?? 'nothing'}`),
];

test('there are at least 25 plays', () => assert.ok(plays.length >= 25));

for (const name of plays.filter((play) => play !== 'loop-warms.play')) {
  test(`${name} goes as written`, () => assert.deepEqual(wrongs(perform(name)), []));
}

/**
 * The test of the whole, from the design: a coolant loop warms by 6 K and, within a second, the trace names the affected lasers,
 * wavelengths, links, classes and jobs, the plan chosen and the ones rejected, each priced in job progress; no job restarts while a
 * feasible plan exists.
 *
 * By hand: 8 leaves of the loop's row have 4 ring engines each, 32 in all; an engine has 16 ports, so 512 links and with their twins
 * 1,024, of 2 wavelengths each: 2,048. The loop warms at 2 s.
 */
test('a loop that warms by 6 K is explained within a second, and no job restarts', () => {
  const performed = perform('loop-warms.play');
  assert.deepEqual(wrongs(performed), []);
  const { log } = performed;
  const [first = -1, ...others] = decisionsIn(log);
  assert.deepEqual(others, []);
  const entry = log.find(({ n }) => n === first);
  assert.ok(entry !== undefined && entry.kind === 'fact' && entry.body.kind === 'decided');
  // The reading comes at the next second after the fault at 2 s; deciding takes no time on the log's clock.
  assert.ok(entry.atNs - 2e9 <= 1.1e9, `decided at ${entry.atNs} ns`);
  assert.deepEqual(checkOrder(entry), []);
  const { impact, candidates, rung, price } = entry.body.decision;
  assert.equal(impact.counts.links, 1024);
  assert.equal(impact.counts.wavelengths, 2048);
  assert.equal(impact.counts.components, 64);
  assert.ok(impact.counts.lasers > 0 && impact.lasers.length > 0);
  assert.deepEqual(impact.classes, ['allReduce', 'checkpoint']);
  assert.deepEqual(impact.jobs, ['llama']);
  // Every rung is told: what it costs, or why it cannot serve.
  assert.deepEqual(candidates.map((candidate) => candidate.rung), ['hold', 'retune', 'spare', 'reroute', 'derate', 'shift', 'preempt', 'shrink', 'migrate']);
  for (const candidate of candidates) assert.ok(candidate.reasons.length > 0 && (candidate.price !== null || /\d|No |Nothing /.test(candidate.reasons.join(' '))));
  const cheapest = Math.min(...candidates.flatMap((candidate) => candidate.price?.lostGpuS ?? []));
  assert.equal(price.lostGpuS, cheapest);
  assert.equal(candidates.find((candidate) => candidate.rung === rung)?.price?.lostGpuS, cheapest);
  // The light went on: the switches confirmed the plan, and nobody restarted or stood.
  const facts = log.flatMap((one) => (one.kind === 'fact' ? [one.body] : []));
  assert.ok(facts.some((body) => body.kind === 'confirmed' && body.of === first));
  assert.deepEqual(facts.filter((body) => body.kind === 'jobMoved' || body.kind === 'jobHeld' || body.kind === 'jobResized'), []);
});
