/** A port is judged by its light and by its errors: what costs no power, such as noise and reflections, shows in the errors alone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compileClusterFile } from '../../src/app/cluster-input.ts';
import { createClusterPlant } from '../../src/control/cluster-plant.ts';
import type { Quantity, Reading } from '../../src/control/reading.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import { play, second } from './play.ts';

const compiled = compileClusterFile(fileURLToPath(new URL('../scenarios/clusters/liquid-32.yaml', import.meta.url)));
if (!compiled.ok) throw new Error('the cluster does not compile');
const plant = createClusterPlant(compiled.value, createCatalogue());
const port = plant.cluster.fabric.findComponent('node0/nic0/module0/port0');
const link = plant.linkOfPort[port] ?? -1;
assert.ok(link >= 0);

/** The error ratio that the link's own physics gives for a loss; believing it must lead back to that loss, to the resolution of beliefs (0.05 dB) and the step of the physics. */
const berAt = (lossDb: number): number => plant.lightAt(link, { caseC: null, lossDb }).preFecBer;

/** A play in which the port's device tells a value each second; telling answers the loss that is then believed of the port. */
function listening() {
  const run = play(plant);
  let sequence = 0;
  const take = (reading: Reading): void => void run.take(sequence * second, reading);
  const tell = (quantity: Quantity, value: number): number => {
    sequence += 1;
    take({ kind: 'telemetry', device: 'node0/nic0', sequence, deviceNs: sequence * second, quantity, components: [port], values: [value] });
    return run.state.components.lossDb[port] ?? NaN;
  };
  return { state: run.state, take, tell };
}

test('errors beyond what the light explains are believed as loss until they are gone, and errors that it explains change nothing', () => {
  const { state, tell } = listening();
  const isAbout = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) <= 0.11, `${actual} dB instead of ${expected} dB`);
  isAbout(tell('rxLossDb', 0), 0);
  isAbout(tell('preFecBer', berAt(1.5)), 1.5);
  // The light says again that all is well, and the errors stand.
  isAbout(tell('rxLossDb', 0.02), 1.5);
  isAbout(tell('preFecBer', 0), 0.02);
  isAbout(tell('rxLossDb', 1), 1);
  assert.equal(tell('preFecBer', berAt(1.1)), state.components.lossDb[port]);
  isAbout(state.components.lossDb[port] ?? NaN, 1);
});

// Cleaning a connector brings the light back at once; errors are averaged over a while and fall behind it. A port that somebody has
// returned to service meanwhile must not be taken out again for errors of the time before. Errors that rise are news, whatever was before.
test('after a repair errors that still fall take no port out again, and errors that rise do', () => {
  const { state, take, tell } = listening();
  const healthNow = (): number => state.components.health[port] ?? NaN;
  tell('rxLossDb', 3);
  tell('preFecBer', berAt(3));
  assert.notEqual(healthNow(), 0);
  // People say that it is mended before its devices do: it is believed as good as new.
  for (const action of ['drain', 'repair', 'verify'] as const) take({ kind: 'maintenanceAsked', component: port, action, by: 'ada' });
  take({ kind: 'verified', component: port, passed: true, detail: 'cleaned' });
  assert.equal(healthNow(), 0);
  assert.equal(tell('rxLossDb', 0), 0);
  assert.equal(tell('rxLossDb', 0.1), Math.fround(0.1));
  for (const lossDb of [2.8, 2.5, 2.2]) assert.ok(tell('preFecBer', berAt(lossDb)) <= 0.11, `errors of ${lossDb} dB`);
  assert.equal(healthNow(), 0);
  assert.ok(Math.abs(tell('preFecBer', berAt(2.6)) - 2.6) <= 0.11);
  assert.notEqual(healthNow(), 0);
});
