/** What a controller logs reads back, whatever was asked of it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bodyIssue } from '../../src/app/log-body.ts';
import type { Entry } from '../../src/control/entry.ts';
import type { Issue } from '../../src/base/issue.ts';
import { ask, job, play } from '../control/play.ts';
import { treePlant } from '../control/plants.ts';

const readBack = (entry: Entry): Issue | null => bodyIssue(JSON.parse(JSON.stringify(entry)) as Parameters<typeof bodyIssue>[0]);

test('a lease and a job that name a class nobody knows are refused, and the log with both reads back', () => {
  const run = play(treePlant());
  const facts = [
    ...run.take(0, ask('strange', 'gossip' as never, 5, [0, 1])),
    ...run.take(0, { kind: 'jobAsked', job: job('stranger', [0, 1], [{ trafficClass: 'gossip' as never, fromRank: 0, toRank: 1, rateGbps: 100 }]) }),
  ];
  assert.deepEqual(facts.map((fact) => ('refusal' in fact ? `${fact.kind} ${fact.refusal?.code}` : fact.kind)), ['leaseRefused unknown-class', 'jobRefused unknown-class']);
  assert.deepEqual(run.log.map(readBack), run.log.map(() => null));
});

test('a lease that was accepted in a class nobody knows is no fact of this program', () => {
  const run = play(treePlant());
  run.take(0, ask('known', 'background', 5, [0, 1]));
  const accepted = run.log.find(({ body }) => body.kind === 'leaseAccepted') ?? assert.fail();
  assert.equal(readBack(accepted), null);
  const strange = JSON.parse(JSON.stringify(accepted).replaceAll('"background"', '"gossip"')) as Entry;
  assert.deepEqual([readBack(strange)?.code, readBack(strange)?.path], ['malformed-entry', `entry ${accepted.n}, body.request.trafficClass`]);
});
