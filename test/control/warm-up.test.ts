/** What is asked of physics before the first reading, so that no fault or repair waits for it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createState } from '../../src/control/create-state.ts';
import { warmUp } from '../../src/control/health/warm-up.ts';
import { createPlant } from '../../src/control/plant.ts';
import type { Reading } from '../../src/control/reading.ts';
import { takeReading } from '../../src/control/run.ts';
import { digestOf } from '../../src/control/state-digest.ts';
import { compileFabric } from '../../src/fabric/compile.ts';
import { bareDesign, reachRule } from '../fabric/designs.ts';

test('a part that goes dark and comes back asks physics nothing that was not asked beforehand', () => {
  const compiled = compileFabric(bareDesign(8, { kind: 'fat-tree', tiers: 2, k: 8, routing: 'ecmp' }), { evaluateMedium: reachRule });
  if (!compiled.ok) assert.fail(JSON.stringify(compiled.issues));
  const { componentCount, linkPort } = compiled.value.fabric;
  let asked = 0;
  const plant = createPlant(compiled.value, {
    evaluateWithLoss: () => (question) => {
      asked += 1;
      return reachRule(question);
    },
    bodyOfPart: () => null, settledCaseC: new Float32Array(componentCount).fill(NaN),
  });
  const state = createState(plant);
  const before = digestOf(state);
  warmUp(state);
  assert.equal(digestOf(state), before);
  assert.ok(asked > 0);
  const known = asked;
  for (const component of linkPort) {
    for (const raised of [true, false]) {
      const reading: Reading = { kind: 'alarm', device: `port ${component}`, sequence: raised ? 1 : 2, component, alarm: 'partFault', raised };
      takeReading(state, state.nowNs + 1e9, reading);
    }
  }
  takeReading(state, state.nowNs + 3600e9, { kind: 'tick' });
  assert.ok(state.components.health.every((health) => health === 0));
  assert.equal(asked, known);
});
