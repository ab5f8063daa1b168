/** Where a decision stands, as the index of the log tells it: a plan that tells no device anything waits for none. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogIndex } from '../../../src/app/server/log-index.ts';
import { createState } from '../../../src/control/create-state.ts';
import type { Entry } from '../../../src/control/entry.ts';
import type { Reading } from '../../../src/control/reading.ts';
import { takeReading } from '../../../src/control/run.ts';
import { job, second } from '../../control/play.ts';
import { treePlant } from '../../control/plants.ts';

test('a plan that only moves leases is in force at once', () => {
  const state = createState(treePlant());
  const index = new LogIndex();
  const take = (atNs: number, reading: Reading): readonly Entry[] => {
    const entries = takeReading(state, atNs, reading);
    entries.forEach((entry) => index.note(entry));
    return entries;
  };
  take(0, { kind: 'jobAsked', job: job('six', [0, 1, 2, 3, 4, 5], [{ trafficClass: 'allReduce', fromRank: 0, toRank: 4, rateGbps: 5 }]) });
  const [lease] = state.leases.values();
  // A port of the leaf of rank 0 dies; the other uplinks of the leaf have room, so the lease goes another way.
  const component = state.plant.cluster.fabric.linkPort[lease?.grant?.paths[0]?.links[1] ?? assert.fail('the lease goes up from its leaf')] ?? -1;
  const entries = take(second, { kind: 'alarm', device: 'leaf', sequence: 1, component, alarm: 'partFault', raised: true });
  const kinds = entries.flatMap((entry) => (entry.kind === 'fact' ? [entry.body.kind] : []));
  assert.ok(kinds.includes('decided') && !kinds.includes('commandIssued'));
  assert.equal(state.openPlans.size, 0);
  assert.deepEqual([...index.data.decisions.values()].map(({ rung, status }) => ({ rung, status })), [{ rung: 'reroute', status: 'confirmed' }]);
});
