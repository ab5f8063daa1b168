/** What was taken out returns when it is really well: not on noise, not at the edge of a cliff, and not before the hold-down has passed since it was last bad. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createPlayHost } from '../../src/app/scenario-host.ts';
import { createDice } from '../../src/base/dice.ts';
import type { Fact } from '../../src/control/fact.ts';
import type { Plant } from '../../src/control/plant.ts';
import type { Quantity } from '../../src/control/reading.ts';
import type { Play } from './play.ts';
import { minute, play } from './play.ts';

function pods(): Plant {
  const read = createPlayHost(fileURLToPath(new URL('../scenarios/x.play', import.meta.url))).readCluster('clusters/pods-32.yaml');
  return read.ok ? read.value.plant : assert.fail(JSON.stringify(read.issues));
}

const plant = pods();
const rowOf = (name: string): number => plant.cluster.fabric.findComponent(name);

interface Said {
  readonly quantity: Quantity;
  readonly component: number;
  readonly value: number;
}

/** One device that says a value now and then. */
function device(): { readonly run: Play; say(atNs: number, said: Said): readonly Fact[]; tick(atNs: number): readonly Fact[] } {
  const run = play(plant);
  let sequence = 0;
  return {
    run,
    say: (atNs, { quantity, component, value }) => run.take(atNs, { kind: 'telemetry', device: 'leaf0', sequence: sequence++, deviceNs: atNs, quantity, components: [component], values: [value] }),
    tick: (atNs) => run.take(atNs, { kind: 'tick' }),
  };
}

const turnsOf = (facts: readonly Fact[]): readonly string[] => facts.flatMap((fact) => (fact.kind === 'healthSet' ? [`${fact.from} to ${fact.to}`] : []));

/** Says a value every ten minutes, ticks seven minutes later (the hold-down is five), and lists how health went. */
function healthOver(hours: number, said: (hour: number) => Said): readonly string[] {
  const { say, tick } = device();
  const turns: string[] = [];
  for (let at = 10; at <= hours * 60; at += 10) turns.push(...turnsOf(say(at * minute, said(at / 60))), ...turnsOf(tick((at + 7) * minute)));
  return turns;
}

test('a laser beyond its end of life is suspect once, and returns when it has been exchanged', () => {
  // End of life is a bias of 1.3 of its start; the laser stays at 1.31 for two days and is as new after them.
  const turns = healthOver(60, (hour) => ({ quantity: 'biasRatio', component: rowOf('leaf0/module0/laser4'), value: hour < 48 ? 1.31 : 1 }));
  assert.deepEqual(turns, ['sound to suspect', 'suspect to sound']);
});

test('a bias that noise carries over the limit does not take a laser in and out of service', () => {
  const dice = createDice(6);
  const turns = healthOver(72, () => ({ quantity: 'biasRatio', component: rowOf('leaf0/module0/laser4'), value: 1.3 + 0.003 * dice.normal() }));
  assert.deepEqual(turns, ['sound to suspect']);
});

/** The case at which the links of a module close no more, to 0.01 K. */
function darkAtC(module: number): number {
  const [link = -1] = plant.linksOfBody(module);
  let [low, high] = [30, 125];
  while (high - low > 0.01) {
    const middle = (low + high) / 2;
    if (plant.lightAt(link, { caseC: middle, lossDb: 0 }).rateGbps.some((rate) => rate > 0)) low = middle;
    else high = middle;
  }
  return high;
}

test('heat that stands at the limit with a noisy sensor takes a module out once', () => {
  const dice = createDice(6);
  const component = rowOf('leaf0/module0');
  const limitC = darkAtC(component);
  assert.ok(limitC > 60 && limitC < 90, `${limitC} °C`);
  const turns = healthOver(72, () => ({ quantity: 'caseC', component, value: limitC + 0.3 * dice.normal() }));
  assert.deepEqual(turns.filter((turn) => turn !== 'degraded to degraded'), ['sound to degraded']);
});

test('the hold-down begins anew when light is bad again before it has passed', () => {
  const { say, tick } = device();
  const component = rowOf('leaf0/module0/port1');
  const loss = (value: number): Said => ({ quantity: 'rxLossDb', component, value });
  // Bad from minute 0 to 4 and from 4.8 to 5: five minutes after the first the light has been good for half a minute only.
  assert.deepEqual(turnsOf(say(0, loss(6))), ['sound to degraded']);
  assert.deepEqual(turnsOf(say(4 * minute, loss(0))), []);
  assert.deepEqual(turnsOf(say(4.8 * minute, loss(6))), ['degraded to degraded']);
  assert.deepEqual(turnsOf(say(5 * minute, loss(0))), []);
  assert.deepEqual(turnsOf(tick(5.5 * minute)), []);
  assert.deepEqual(turnsOf(tick(9.7 * minute)), []);
  assert.deepEqual(turnsOf(tick(9.9 * minute)), ['degraded to sound']);
});
