/** Logs: folded to the live state, refused when foreign or newer, cut anywhere and completed, and decided again. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Entry, FactEntry } from '../../src/control/entry.ts';
import { forkState } from '../../src/control/create-state.ts';
import { evolve, tryEvolve } from '../../src/control/evolve/evolve.ts';
import type { Fact } from '../../src/control/fact.ts';
import { foldLog, recover, redecide, takeReading } from '../../src/control/run.ts';
import { digestOf } from '../../src/control/state-digest.ts';
import { defaultPolicy } from '../../src/plan/policy.ts';
import type { Play } from './play.ts';
import { ask, job, one, play, second } from './play.ts';
import { ringPlant, treePlant } from './plants.ts';

const plant = treePlant();

/** A log with every sort of lease decision in it. */
function story(): Play {
  const run = play(plant);
  run.take(0, ask('low', 'background', 300, [0, 1]));
  run.take(second, { kind: 'jobAsked', job: job('train', [0, 1], [{ trafficClass: 'allReduce', fromRank: 0, toRank: 1, rateGbps: 200 }]) });
  run.take(2 * second, ask('no', 'allReduce', 400, [0, 1]));
  run.take(3 * second, { kind: 'jobEnded', id: 'train' });
  return run;
}

/** As a store gives it back: parsed from text. */
const stored = (log: readonly Entry[]): readonly Entry[] => log.map((entry) => JSON.parse(JSON.stringify(entry)) as Entry);

test('folding the stored log gives exactly the live state', () => {
  const { state, log, header } = story();
  const folded = foldLog(plant, header, stored(log));
  assert.equal(folded.issue, null);
  assert.equal(digestOf(folded.state), digestOf(state));
});

test('a log cut anywhere is completed by deciding its last reading again', () => {
  const { log, header } = story();
  for (let length = 0; length <= log.length; length++) {
    const { state, missing, issue } = recover(plant, header, stored(log.slice(0, length)));
    assert.equal(issue, null);
    const end = log.findIndex((entry, at) => at >= length && entry.kind === 'reading');
    const whole = length === 0 ? [] : log.slice(0, end < 0 ? log.length : end);
    assert.deepEqual(stored([...log.slice(0, length), ...missing]), stored(whole));
    assert.equal(digestOf(state), digestOf(foldLog(plant, header, whole).state));
  }
});

test('a log of another plant and of another format is refused', () => {
  const { log, header } = story();
  assert.equal(foldLog(ringPlant(), header, log).issue?.code, 'log-of-another-plant');
  assert.equal(foldLog(plant, { ...header, format: 2 as 1 }, log).issue?.code, 'unknown-log-format');
  assert.equal(redecide(ringPlant(), header, log).issue?.code, 'log-of-another-plant');
});

test('a fact of a newer version stops the fold with its number, and the state before it stands', () => {
  const { log, header } = story();
  const newer = { n: 4, kind: 'fact', atNs: 0, cause: 1, body: { kind: 'teleported', lease: 'low' } as unknown as Fact } as const;
  const { state, issue } = foldLog(plant, header, [...log.slice(0, 3), newer]);
  assert.deepEqual([issue?.code, issue?.path, issue?.value], ['unknown-fact', 'entry 4', 'teleported']);
  assert.equal(digestOf(state), digestOf(foldLog(plant, header, log.slice(0, 3)).state));
});

test('a fact that contradicts the state is refused whole: its first changes are undone', () => {
  const { state } = story();
  const before = digestOf(state);
  const grant = state.leases.get('low')?.grant ?? assert.fail();
  const contradictions: readonly Fact[] = [
    { kind: 'planned', reason: '', plan: { reasons: [], changes: [{ kind: 'drop', grant }, { kind: 'setRate', wavelength: 0, fromGbps: 7, toGbps: 1 }] } },
    { kind: 'planned', reason: '', plan: { reasons: [], changes: [{ kind: 'move', from: grant, to: { ...grant, paths: [{ links: [0], wavelengths: [[99]], rateGbps: 1 }] } }] } },
    { kind: 'leaseEnded', id: 'low', why: 'released' },
    { kind: 'leaseEnded', id: 'ghost', why: 'released' },
    { kind: 'confirmed', of: 1 },
    { kind: 'commandEnded', command: 1, outcome: 'done', detail: '' },
    { kind: 'jobEnded', id: 'ghost' },
    { kind: 'healthSet', component: 0, from: 'failed', to: 'sound', reason: '' },
    { kind: 'believed', components: [1e9], caseC: [null], lossDb: [0], isDead: [false] },
    { kind: 'judged', groups: [{ ranges: [31, 2], marginDb: 1, gbps: [1] }] },
  ];
  for (const body of contradictions) {
    const entry: FactEntry = { n: state.n + 1, kind: 'fact', atNs: state.nowNs, cause: 1, body };
    assert.equal(tryEvolve(state, entry)?.code, 'fact-contradicts-state', body.kind);
    assert.equal(digestOf(state), before, body.kind);
    assert.throws(() => evolve(state, entry), /fact-contradicts-state/);
  }
});

test('entries out of order and from the past are refused by the fold; a late reading is taken at now', () => {
  const { state, log, header } = story();
  const [first, second0] = log;
  assert.ok(first !== undefined && second0 !== undefined);
  assert.equal(foldLog(plant, header, [second0, first]).issue?.code, 'entry-out-of-order');
  assert.equal(foldLog(plant, header, [{ ...first, atNs: 5 }, { ...second0, atNs: 4 }]).issue?.code, 'time-goes-back');
  assert.equal(takeReading(state, 0, { kind: 'tick' })[0]?.atNs, 3 * second);
});

test('deciding a log again finds no difference, and finds one where a fact was changed', () => {
  const { log, header } = story();
  assert.deepEqual(redecide(plant, header, stored(log)), { readings: 4, differences: [], issue: null });
  // As if another version had refused the lease that the third reading asks for with other words.
  const altered = log.map((entry) => (entry.kind === 'fact' && entry.body.kind === 'leaseRefused' ? { ...entry, body: { ...entry.body, offers: [] , refusal: { ...entry.body.refusal, code: 'other' } } } : entry));
  const { differences } = redecide(plant, header, altered);
  const reading = log.find((entry) => entry.kind === 'reading' && entry.body.kind === 'leaseAsked' && entry.body.request.id === 'no');
  assert.deepEqual(differences.map((difference) => [difference.reading, difference.recorded?.kind, difference.decided?.kind]), [[reading?.n, 'leaseRefused', 'leaseRefused']]);
});

test('a fork goes its own way and leaves the live state alone', () => {
  const { state } = story();
  const before = digestOf(state);
  const fork = forkState(state);
  assert.equal(digestOf(fork), before);
  takeReading(fork, 9 * second, ask('what-if', 'allReduce', 400, [2, 3]));
  takeReading(fork, 9 * second, { kind: 'maintenanceAsked', component: plant.cluster.fabric.findComponent('spine0'), action: 'drain', by: 'ada' });
  assert.equal(digestOf(state), before);
});

test('a policy that contradicts itself is refused with every reason; a sound one holds from then on', () => {
  const { state, take, log, header } = play(plant);
  const tied = { ...defaultPolicy, classes: { ...defaultPolicy.classes, background: { ...defaultPolicy.classes.background, priority: 1, floorShare: 2 } } };
  const { refusal } = one(take(0, { kind: 'policySet', policy: tied }), 'setAside');
  assert.equal(refusal.code, 'contradictory-policy');
  assert.match(refusal.reasons.join('\n'), /floorShare.*\n.*|same priority/);
  assert.equal(state.policy.name, 'default');
  take(0, { kind: 'policySet', policy: { ...defaultPolicy, name: 'night' } });
  assert.equal(foldLog(plant, header, stored(log)).state.policy.name, 'night');
});
