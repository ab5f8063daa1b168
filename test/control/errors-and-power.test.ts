/** A port is judged by its light and by its errors: what costs no power, such as noise and reflections, shows in the errors alone. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compileClusterFile } from '../../src/app/cluster-input.ts';
import { createClusterPlant } from '../../src/control/cluster-plant.ts';
import type { Quantity } from '../../src/control/reading.ts';
import { createCatalogue } from '../../src/optics/catalogue/catalogue.ts';
import { play, second } from './play.ts';

const compiled = compileClusterFile(fileURLToPath(new URL('../scenarios/clusters/liquid-32.yaml', import.meta.url)));
if (!compiled.ok) throw new Error('the cluster does not compile');
const plant = createClusterPlant(compiled.value, createCatalogue());
const port = plant.cluster.fabric.findComponent('node0/nic0/module0/port0');

test('errors beyond what the light explains are believed as loss until they are gone, and errors that it explains change nothing', () => {
  const run = play(plant);
  let sequence = 0;
  const tell = (quantity: Quantity, value: number): number => {
    sequence += 1;
    run.take(sequence * second, { kind: 'telemetry', device: 'node0/nic0', sequence, deviceNs: sequence * second, quantity, components: [port], values: [value] });
    return run.state.components.lossDb[port] ?? NaN;
  };
  const link = plant.linkOfPort[port] ?? -1;
  assert.ok(link >= 0);
  // The error ratio that the link's own physics gives for a loss; believing it must lead back to that loss, to the resolution of beliefs (0.05 dB) and the step of the physics.
  const berAt = (lossDb: number): number => plant.lightAt(link, { caseC: null, lossDb }).preFecBer;
  const isAbout = (actual: number, expected: number): void => assert.ok(Math.abs(actual - expected) <= 0.11, `${actual} dB instead of ${expected} dB`);
  isAbout(tell('rxLossDb', 0), 0);
  isAbout(tell('preFecBer', berAt(1.5)), 1.5);
  // The light says again that all is well, and the errors stand.
  isAbout(tell('rxLossDb', 0.02), 1.5);
  isAbout(tell('preFecBer', 0), 0.02);
  isAbout(tell('rxLossDb', 1), 1);
  assert.equal(tell('preFecBer', berAt(1.1)), run.state.components.lossDb[port]);
  isAbout(run.state.components.lossDb[port] ?? NaN, 1);
});
