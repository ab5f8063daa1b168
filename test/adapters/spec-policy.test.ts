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
  assert.deepEqual(issuesOf(`${head}health:\n  marginHold: 2dB\n`), ['no-hysteresis at 5:health.marginReturn (1)']);
  assert.deepEqual(issuesOf(`${head}ladder: [hold, hold]\n`).map((issue) => issue.split(' ')[0]), ['missing-rung', 'duplicate-rung']);
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
