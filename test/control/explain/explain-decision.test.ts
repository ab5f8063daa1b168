/** A decision is explained from its reading down to the last confirmation, with every rung's price or reason. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isRefusal } from '../../../src/base/refusal.ts';
import { decisionsIn, explainDecision, plansIn } from '../../../src/control/explain/explain-decision.ts';
import { explainLines } from '../../../src/control/explain/explain-text.ts';
import { gbpsText, listText, partName, spanText } from '../../../src/control/explain/name-parts.ts';
import { ask, job, play, second } from '../play.ts';
import { treePlant } from '../plants.ts';

const plant = treePlant();
const body = (name: string): number => plant.cluster.fabric.findComponent(name);

/** Two servers under one leaf run a ring of two; the port of the second goes dark at 5 s. */
function portFailed(): ReturnType<typeof play> {
  const one = play(plant);
  one.take(0, ask('bulk', 'background', 100, [0, 1]));
  one.take(second, { kind: 'jobAsked', job: job('j1', [0, 1], [{ trafficClass: 'allToAll', fromRank: 0, toRank: 1, rateGbps: 300 }], { replicas: 1, replicasMin: 1 }) });
  const grant = one.state.leases.get('j1/allToAll/0')?.grant ?? assert.fail();
  const port = plant.cluster.fabric.linkPort[grant.paths[0]?.links[0] ?? -1] ?? -1;
  one.take(5 * second, { kind: 'alarm', device: 'site0/leaf', sequence: 1, component: port, alarm: 'lossOfLight', raised: true });
  return one;
}

test('a decision names its reading, whom it touches, and a price or a reason for every rung', () => {
  const { log } = portFailed();
  const [n = -1, ...others] = decisionsIn(log);
  assert.deepEqual(others, []);
  const explained = explainDecision(plant, log, n);
  assert.ok(!isRefusal(explained) && 'rung' in explained);
  assert.equal(explained.candidates.length, 9);
  for (const { price, reasons } of explained.candidates) assert.ok(reasons.length > 0 || price !== null);
  assert.deepEqual(explained.impact.jobs, ['j1']);
  assert.ok(explained.impact.classes.includes('allToAll'));
  // The chain begins with a reading, every other step names an earlier one, and it holds the decision itself.
  assert.equal(explained.chain[0]?.cause, null);
  assert.match(explained.chain[0]?.text ?? '', /raises loss of light at /);
  const known = new Set<number>();
  for (const { n: at, cause } of explained.chain) {
    assert.ok(cause === null || known.has(cause), `step ${at} is caused by ${cause}, which does not stand before it`);
    known.add(at);
  }
  assert.ok(known.has(n));
  assert.ok(explained.because.includes(explained.chain[0]?.text ?? '?'));
});

test('the lines of an explanation mark the chosen rung only when one served', () => {
  const { log } = portFailed();
  const n = decisionsIn(log)[0] ?? -1;
  const lines = explainLines(plant, log, n);
  const explained = explainDecision(plant, log, n);
  assert.ok(!isRefusal(explained) && 'rung' in explained);
  const served = explained.candidates.some(({ rung, price }) => rung === explained.rung && price !== null);
  assert.equal(lines.filter((line) => line.startsWith('  > ')).length, served ? 1 : 0);
});

test('a grant is explained as a plan that no ladder weighed', () => {
  const { log } = portFailed();
  const explained = explainDecision(plant, log, plansIn(log)[0] ?? -1);
  assert.ok(!isRefusal(explained) && !('rung' in explained));
  assert.deepEqual(explained.changes, ['grant bulk 100 Gb/s']);
  // No device is told anything, so it is in force at once.
  assert.equal(explained.status, 'confirmed');
});

test('what is no decision is refused with the nearest one', () => {
  const { log } = portFailed();
  const reading = explainDecision(plant, log, 1);
  assert.ok(isRefusal(reading));
  assert.equal(reading.code, 'not-a-decision');
  assert.match(reading.reasons.join(' '), /The nearest decision is \d+/);
  const beyond = explainDecision(plant, log, 10_000);
  assert.ok(isRefusal(beyond));
  assert.equal(beyond.code, 'no-such-entry');
});

test('amounts are told in the unit of which there is enough', () => {
  assert.equal(spanText(90e9), '90 s');
  assert.equal(spanText(1800e9), '30 min');
  assert.equal(spanText(8 * 3600e9), '8 h');
  assert.equal(spanText(12.5e6), '12.5 ms');
  assert.equal(spanText(0), '0 s');
  assert.equal(gbpsText(97.75724), '97.757 Gb/s');
  assert.equal(listText(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more');
  assert.equal(listText(['a', 'b', 'c'], 32), 'a, b, c and 29 more');
});

test('a part is called by its name without site, row and rack', () => {
  const leaf = body('leaf0');
  assert.equal(partName(plant, leaf), 'leaf0');
  assert.equal(partName(plant, -1), 'component -1');
});
