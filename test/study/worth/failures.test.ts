/** Llama 3's interruptions: the table, runs worked by hand, Daly's closed form, and faults judged by the real ladder at 16,384 accelerators. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { failureStudy } from '../../../src/study/worth/failures.ts';
import { drawInterruptions, reportedCauses, reportedDays } from '../../../src/study/worth/interruptions.ts';
import { runThrough } from '../../../src/study/worth/run-through.ts';
import { goodput } from '../../../src/traffic/checkpoint.ts';
import { groundOf } from './ground.ts';

test('the table has 419 interruptions, 42 of them of the network, and a draw has them all within 54 days', () => {
  const sum = (network: boolean): number => reportedCauses.reduce((total, { count, isNetwork }) => total + (isNetwork === network ? count : 0), 0);
  assert.deepEqual([sum(true), sum(false)], [42, 377]);
  const drawn = drawInterruptions(createDice(5));
  assert.deepEqual([drawn.length, drawn.filter(({ cause }) => cause === 'nic').length, drawn.filter(({ cause }) => cause === 'other').length], [419, 7, 377]);
  assert.ok(drawn.every(({ atS }, row) => atS >= (drawn[row - 1]?.atS ?? 0) && atS < reportedDays * 86_400));
});

test('a run of 1,000 s with a failure keeps what was saved and does the rest again', () => {
  const terms = { spanS: 1000, intervalS: 90, costS: 10, restartS: 50 };
  // Ten cycles of 90 + 10 s.
  assert.equal(runThrough(terms, []).effective, 0.9);
  // At 250 s two cycles are saved and 50 s of work are lost; from 300 s on seven cycles: 180 + 630 = 810 s.
  assert.deepEqual(runThrough(terms, [{ atS: 250, kind: 'restart' }]), { effective: 0.81, restarts: 1, slowLostS: 0 });
  // A second failure 20 s into the restart begins it anew at 270 s: work from 320 s on, six cycles and 80 s: 180 + 540 + 80.
  assert.equal(runThrough(terms, [{ atS: 250, kind: 'restart' }, { atS: 270, kind: 'restart' }]).effective, 0.8);
  // A pause of 2 s and half speed for 100 s cost 52 s.
  assert.equal(runThrough(terms, [{ atS: 500, kind: 'slow', pauseS: 2, speed: 0.5, forS: 100 }]).effective, 0.9 - 0.052);
});

test('runs through Poisson failures average to the closed form', () => {
  const [mtbfS, costS, restartS, intervalS] = [11_000, 60, 600, 1100];
  const dice = createDice(11);
  const spanS = 400 * mtbfS;
  const runs = Array.from({ length: 40 }, (_, draw) => {
    const times = dice.fork(`draw${draw}`);
    const hits: { atS: number; kind: 'restart' }[] = [];
    for (let atS = mtbfS * times.exponential(); atS < spanS; atS += mtbfS * times.exponential()) hits.push({ atS, kind: 'restart' });
    return runThrough({ spanS, intervalS, costS, restartS }, hits).effective;
  });
  const mean = runs.reduce((sum, one) => sum + one, 0) / runs.length;
  // The standard deviation of one run is about half a point, of the mean of forty less than a tenth.
  assert.ok(Math.abs(mean - goodput({ mtbfS, costS, restartS }, intervalS)) < 0.003, `${mean}`);
});

test('no switch, cable or adapter restarts the job, and effective training time is that of Daly without those causes', () => {
  const ground = groundOf('worth/cluster-16384', 'worth/workload-llama-16384');
  const study = failureStudy({ plant: ground.plant, job: ground.request(0.6), seed: 3, judgedMax: 2 });
  assert.equal(study.faults.length, 42);
  assert.ok(study.faults.every(({ restarts, stands }) => restarts === 0 && !stands));
  // Leaves and adapters cut accelerators from their rail, so the arms differ.
  assert.ok(study.faults.some(({ gpusCut }) => gpusCut > 0));
  for (const { arms, dalyWithout, gainPoints } of study.terms) {
    const [restart, , ours] = arms;
    assert.ok(Math.abs((ours?.effective ?? 0) - dalyWithout) < 0.005, `${ours?.effective} ${dalyWithout}`);
    assert.ok(Math.abs((ours?.meanEffective ?? 0) - dalyWithout) < 0.001);
    assert.ok(Math.abs((restart?.meanEffective ?? 0) - (restart?.daly ?? 0)) < 0.001);
    assert.ok(gainPoints > 0);
  }
});
