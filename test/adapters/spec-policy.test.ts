/** Policy files: what they state over the built-in policy, and where their contradictions stand. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { formatIssue } from '../../src/base/issue.ts';
import type { JsonSchema } from '../../src/adapters/spec/fields.ts';
import { parsePolicy, readPolicy } from '../../src/adapters/spec/policy.ts';
import { schemaFor } from '../../src/adapters/spec/schemas.ts';
import type { Policy } from '../../src/plan/policy.ts';
import { checkPolicy, defaultPolicy, rungNames, unnamedTenant } from '../../src/plan/policy.ts';

const terms = { base: defaultPolicy, unnamedTenant, check: checkPolicy };
const head = 'kind: Policy\nversion: 1\nname: own\n';

function policyOf(text: string): Policy {
  const answer = parsePolicy(`${head}${text}`, 'p.yaml', terms);
  if (!answer.ok) throw new Error(answer.issues.map(formatIssue).join('\n'));
  return answer.value;
}

const issuesOf = (text: string): readonly string[] => {
  const answer = parsePolicy(text, 'p.yaml', terms);
  return answer.ok ? [] : answer.issues.map((issue) => `${issue.code} at ${issue.line}:${issue.path} (${issue.value})`);
};

test('the example writes out the built-in policy', () => {
  const answer = readPolicy(fileURLToPath(new URL('../../examples/policy.yaml', import.meta.url)), terms);
  assert.deepEqual(answer, { ok: true, value: defaultPolicy });
});

test('a policy states only what differs', () => {
  assert.deepEqual(policyOf(''), { ...defaultPolicy, name: 'own' });
  const policy = policyOf('classes:\n  background: {floor: 10%}\n  checkpoint: {deadline: none}\ntenants:\n  search: {weight: 2}\ncosts: {expectedRepair: {module: 30min}}\n');
  assert.equal(policy.classes.background.floorShare, 0.1);
  assert.equal(policy.classes.background.priority, 6);
  assert.equal(policy.classes.checkpoint.deadlineNs, null);
  assert.deepEqual(policy.tenants, { search: { weight: 2, shareCap: 1 } });
  // 30 min are 1,800 s.
  assert.equal(policy.costs.expectedRepairNs.module, 1800e9);
});

test('a ladder may be reordered and rungs closed', () => {
  const policy = policyOf('ladder: [reroute, hold, retune, spare, derate, shift, {rung: preempt, enabled: false}, shrink, migrate]\n');
  assert.deepEqual(policy.ladder.slice(0, 2), [{ rung: 'reroute', enabled: true }, { rung: 'hold', enabled: true }]);
  assert.equal(policy.ladder.find(({ rung }) => rung === 'preempt')?.enabled, false);
});

test('contradictions name the line, the path and the value as it was written', () => {
  const both = `${head}health:\n  marginHold: 2dB\n  marginReturn: 1dB\nclasses:\n  background: {priority: 5}\n`;
  assert.deepEqual(issuesOf(both), ['no-hysteresis at 6:health.marginReturn (1dB)', 'priority-tie at 8:classes.background.priority (5)']);
  // The contradiction is with a value that the file does not state: the map where it should stand, from line 5.
  assert.deepEqual(issuesOf(`${head}health:\n  marginHold: 2dB\n`), ['no-hysteresis at 5:health.marginReturn (1 dB)']);
  assert.deepEqual(issuesOf(`${head}ladder: [hold, hold]\n`).map((issue) => issue.split(' ')[0]), ['missing-rung', 'duplicate-rung']);
});

test('a contradiction with a built-in value stands where the file brought it about, and tells that value with its unit', () => {
  // Windows of 24 h are built in for three classes, and the built-in expiry of 1 h fits into 2 h.
  const both = issuesOf(`${head}lease:\n  windowMax: 2h\n`);
  assert.deepEqual(both, ['allReduce', 'allToAll', 'inferenceFanout'].map((name) => `window-too-long at 5:classes.${name}.window (24 h)`));
});

test('nothing at all is refused where it would make no sense, at its own place and with what may be written', () => {
  const zeros = 'classes:\n  allReduce: {window: 0s, weight: 0, deadline: 0s}\nhealth: {flapWindow: 0s, telemetryStale: 0s}\ntenants: {a: {weight: 0, shareCap: 0%}}\n'
    + 'lease: {expiry: 0s, windowMax: 0s}\ncommands: {confirmTimeout: 0s, resend: 0s}\n';
  const places = ['classes.allReduce.window', 'classes.allReduce.weight', 'classes.allReduce.deadline', 'health.flapWindow', 'health.telemetryStale', 'tenants.a.weight', 'tenants.a.shareCap',
    'lease.expiry', 'lease.windowMax', 'commands.confirmTimeout', 'commands.resend'];
  assert.deepEqual(issuesOf(`${head}${zeros}`).map((issue) => issue.replace(/ \(.*/, '')), places.map((path) => `too-small at ${path.startsWith('classes') ? 5 : path.startsWith('health') ? 6
    : path.startsWith('tenants') ? 7 : path.startsWith('lease') ? 8 : 9}:${path}`));
  const said = parsePolicy(`${head}classes: {allReduce: {deadline: 0s, weight: 0}}\n`, 'p.yaml', terms);
  const expected = ['This time must be greater than 0ns. Write a value such as 600s', 'This must be more than 0. Write a value such as 32'];
  assert.deepEqual(said.ok ? [] : said.issues.map(({ message, remedy }) => `${message}. ${remedy}`), expected);
  // Light may return as soon as it is seen to be sound.
  assert.equal(policyOf('health: {holdDown: 0s}\n').health.holdDownNs, 0);
});

test('a deadline without its unit is told that, a word that is no deadline the word that is one, a tenant without a name that it needs one', () => {
  assert.match(issuesOf(`${head}classes: {allReduce: {deadline: 600}}\n`)[0] ?? '', /^missing-unit at 4:classes\.allReduce\.deadline/);
  assert.match(issuesOf(`${head}classes: {allReduce: {deadline: never}}\n`)[0] ?? '', /^unknown-choice at 4:classes\.allReduce\.deadline/);
  const nameless = parsePolicy(`${head}tenants: {'': {weight: 2}}\n`, 'p.yaml', terms);
  assert.deepEqual(nameless.ok ? [] : nameless.issues.map(({ code, line, message }) => [code, line, message]), [['too-small', 4, 'A name must have at least 1 character']]);
});

test('an empty file is told to begin as a policy does', () => {
  const answer = parsePolicy('', 'p.yaml', terms);
  assert.deepEqual(answer.ok ? [] : answer.issues.map(({ code, remedy }) => [code, remedy]), [['empty-file', 'Begin with `kind: Policy` and `version: 1`']]);
});

test('what is no policy is refused with every issue at once', () => {
  assert.deepEqual(issuesOf('kind: Cluster\nversion: 1\nname: x\n').map((issue) => issue.split(' ')[0]), ['wrong-kind']);
  assert.deepEqual(issuesOf(`${head}clases: {}\nhealth: {holdDown: 5}\nclasses: {background: {floor: 120%}}\n`).map((issue) => issue.split(' ').slice(0, 3).join(' ')), [
    'unknown-key at 4:clases', 'missing-unit at 5:health.holdDown', 'too-large at 6:classes.background.floor',
  ]);
});

test('the schema names every rung that the controller knows', () => {
  const rungs = (schema: JsonSchema): readonly unknown[] => [...(schema.enum ?? []), ...(schema.anyOf ?? []).flatMap(rungs)];
  assert.deepEqual(rungs(schemaFor('Policy').properties?.['ladder']?.items ?? {}), rungNames);
  assert.ok(readFileSync(new URL('../../docs/spec.md', import.meta.url), 'utf8').includes('`health.marginReturn`'));
});
