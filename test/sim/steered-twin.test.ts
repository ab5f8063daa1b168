/** Steering against the dumb twin: random runs that are cancelled, re-routed and throttled by hand while they send. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dice } from '../../src/base/dice.ts';
import { createDice } from '../../src/base/dice.ts';
import type { FlowProgram } from '../../src/sim/flow-program.ts';
import { createFlowRun } from '../../src/sim/flow-run.ts';
import type { Steer } from './plain-filling.ts';
import { plainRun } from './plain-filling.ts';
import type { Features } from './random-program.ts';
import { plain, randomProgram } from './random-program.ts';

/** Up to twelve interventions; a throttled link comes back before the end, so nothing stalls. */
function randomSteering(dice: Dice, program: FlowProgram): readonly Steer[] {
  const steering: Steer[] = [];
  for (let count = dice.below(12); count > 0; count--) {
    const ns = dice.uniform() * 120;
    const flow = dice.below(program.flowCount);
    const kind = dice.below(4);
    const links = Array.from({ length: program.linkCount }, (_, link) => link).filter(() => dice.uniform() < 0.4);
    if (kind === 0) steering.push({ ns, flow, what: 'cancel' });
    else if (kind === 1) steering.push({ ns, flow, what: 'reroute', links, pauseNs: 0 });
    else if (kind === 2) steering.push({ ns, flow, what: 'reroute', links: links.toReversed(), pauseNs: 1 + 30 * dice.uniform() });
    else {
      const link = dice.below(program.linkCount);
      steering.push({ ns, what: 'throttle', link, rateGbps: dice.uniform() < 0.3 ? 0 : 300 * dice.uniform() }, { ns: 130 + ns / 2, what: 'throttle', link, rateGbps: 50 + 100 * dice.uniform() });
    }
  }
  return steering.sort((a, b) => a.ns - b.ns);
}

function steeredRun(program: FlowProgram, steering: readonly Steer[]): Float64Array {
  const run = createFlowRun(program);
  for (const steer of steering) {
    run.advance(steer.ns);
    if (steer.what === 'cancel') run.cancel(steer.flow);
    else if (steer.what === 'throttle') run.setLinkRate(steer.link, steer.rateGbps);
    else run.reroute(steer.flow, steer.links, { pauseNs: steer.pauseNs });
  }
  run.advance(Infinity);
  return run.outcome().completionNs;
}

const everything: Features = { weights: true, caps: true, priorities: true, floors: true, order: true, events: true, ties: false };
const mixes: readonly (readonly [string, Features])[] = [
  ['plain sharing', plain], ['plain sharing with ties', { ...plain, ties: true }], ['everything at once', everything], ['everything at once with ties', { ...everything, ties: true }],
];

for (const [name, features] of mixes) {
  test(`a steered run ends as plain progressive filling says: ${name}`, () => {
    for (let seed = 1; seed <= 150; seed++) {
      const program = randomProgram(seed, features);
      const steering = randomSteering(createDice(seed).fork('steering'), program);
      const expected = plainRun(program, steering);
      steeredRun(program, steering).forEach((actual, flow) => {
        const wanted = expected.completionNs[flow] ?? NaN;
        assert.ok(actual === wanted || Math.abs(actual - wanted) <= 1e-9 * Math.max(wanted, 1), `seed ${seed}, flow ${flow}: ${actual} ns instead of ${wanted} ns`);
      });
    }
  });
}
