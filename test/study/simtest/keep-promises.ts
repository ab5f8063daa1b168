/** Plays seeds from a first one on until so many faults have been played, and asks that every promise is kept. */

import assert from 'node:assert/strict';
import { simClustersOf } from '../../../src/study/simtest/clusters.ts';
import { drawEvents, playEvents, Stages } from '../../../src/study/simtest/simulate-play.ts';

export const eventsPerPlay = 400;

/** Faults of each of the four files of fixed seeds: 100,000 together. */
export const faultsPerFile = 25_000;

export function keepPromisesFrom(firstSeed: number): void {
  const stages = new Stages();
  const played = new Set<string>();
  let faults = 0;
  for (let seed = firstSeed; faults < faultsPerFile; seed++) {
    const stage = stages.drawn(seed);
    const outcome = playEvents(stage, drawEvents(stage, seed, eventsPerPlay));
    assert.equal(outcome.broken, null, `seed ${seed} on ${stage.name}: npm run simtest -- --seed ${seed} --events ${eventsPerPlay}`);
    faults += outcome.faults;
    played.add(stage.name);
  }
  assert.ok(faults >= faultsPerFile);
  assert.deepEqual([...played].sort(), [...simClustersOf(firstSeed)].sort());
}
