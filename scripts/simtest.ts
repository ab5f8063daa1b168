/**
 * Plays whole clusters with random faults under the production controller and checks every promise after every reading:
 * `npm run simtest -- --seed 1 --events 100000`. On failure it prints the seed, the event and a shrunken play.
 */

import { parseArgs } from 'node:util';
import { compileClusterFile } from '../src/app/cluster-input.ts';
import { createClusterPlant } from '../src/control/cluster-plant.ts';
import { createCatalogue } from '../src/optics/catalogue/catalogue.ts';
import { formatIssue } from '../src/base/issue.ts';
import type { PlayEvent } from '../src/study/simtest/act.ts';
import type { PlayRun } from '../src/study/simtest/play-run.ts';
import type { SimClusterName } from '../src/study/simtest/clusters.ts';
import { simClusterNames } from '../src/study/simtest/clusters.ts';
import type { Stage } from '../src/study/simtest/simulate-play.ts';
import { drawEvents, hashText, playEvents, shrinkPlay, Stages, stageOf } from '../src/study/simtest/simulate-play.ts';

const usage = `Usage: npm run simtest -- [options]
  --seed S          first seed (default: drawn from the clock); each play takes the next one
  --events N        events in all (default 20000)
  --play N          events per play (default 400)
  --cluster FILE    a cluster file, or one of ${simClusterNames.join(', ')}; else the seed draws one of these
  --only A,B,...    plays only these events of the first seed: replays a shrunken play
  --until-fails     goes on with new seeds until a promise breaks
  --whole           does not shrink a play that breaks a promise
  --twice           plays every seed twice and compares the transcripts
  --quiet           one line per play instead of one per event`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' }, events: { type: 'string', default: '20000' }, play: { type: 'string', default: '400' }, cluster: { type: 'string' }, only: { type: 'string' },
    'until-fails': { type: 'boolean', default: false }, twice: { type: 'boolean', default: false },
    whole: { type: 'boolean', default: false }, quiet: { type: 'boolean', default: false }, help: { type: 'boolean', default: false },
  },
});

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}

function count(name: 'seed' | 'events' | 'play', text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0 || (name !== 'seed' && value === 0)) fail(`--${name} ${text}: write a whole number${name === 'seed' ? '' : ' above 0'}.`);
  return value;
}

const stages = new Stages();

function chosenStage(cluster: string): Stage {
  if ((simClusterNames as readonly string[]).includes(cluster)) return stages.of(cluster as SimClusterName);
  const compiled = compileClusterFile(cluster);
  return compiled.ok ? stageOf(createClusterPlant(compiled.value, createCatalogue()), cluster) : fail(compiled.issues.map(formatIssue).join('\n'));
}

const cell = (text: string | number, width: number): string => String(text).slice(0, width).padStart(width);

function printEvent(seed: number): (event: PlayEvent, run: PlayRun) => void {
  return ({ at, act }, { nowNs, state, hash, mishaps }) => {
    const dark = state.components.isDead.reduce((sum, one) => sum + one, 0);
    console.log([
      cell(seed, 10), cell(at, 6), `${cell((nowNs / 1e9).toFixed(3), 11)} s`, act.kind.padEnd(16), `n ${cell(state.n, 6)}`, `leases ${cell(state.leases.size, 4)}`, `short ${cell(state.short.size, 4)}`,
      `jobs ${cell(state.jobs.size, 2)}`, `dead ${cell(dark, 3)}`, `plans ${cell(state.openPlans.size, 3)}`, `mishaps ${cell(mishaps, 4)}`, hashText(hash),
    ].join(' '));
  };
}

const seed = values.seed === undefined ? Date.now() % 1_000_000_000 : count('seed', values.seed);
const [wanted, perPlay] = [count('events', values.events), count('play', values.play)];
if (values.help) {
  console.log(usage);
  process.exit(0);
}
const only = values.only === undefined ? null : new Set(values.only.split(',').map(Number));
const started = performance.now();
const sums = { events: 0, faults: 0, readings: 0, entries: 0 };

/** One play; true when it kept every promise. */
function playSeed(own: number): boolean {
  const stage = values.cluster === undefined ? stages.drawn(own) : chosenStage(values.cluster);
  const size = only === null ? Math.min(perPlay, wanted - (values['until-fails'] ? 0 : sums.events)) : perPlay;
  const drawn = drawEvents(stage, own, size);
  const events = only === null ? drawn : drawn.filter(({ at }) => only.has(at));
  const outcome = playEvents(stage, events, values.quiet ? null : printEvent(own));
  sums.events += outcome.events;
  sums.faults += outcome.faults;
  sums.readings += outcome.readings;
  sums.entries += outcome.entries;
  console.log([
    cell(own, 10), stage.name.padEnd(12), `events ${cell(outcome.events, 6)}`, `faults ${cell(outcome.faults, 6)}`, `readings ${cell(outcome.readings, 6)}`, `entries ${cell(outcome.entries, 7)}`,
    outcome.hash, outcome.broken === null ? 'kept' : 'BROKEN',
  ].join(' '));
  if (values.twice && playEvents(stage, events).hash !== outcome.hash) {
    console.log(`seed ${own}: the same play twice gave two transcripts`);
    return false;
  }
  if (outcome.broken === null) return true;
  const { rule, at, message } = outcome.broken;
  console.log(`\nseed ${own}, event ${at}: promise ${rule} is broken: ${message}`);
  if (only !== null || values.whole) return false;
  const shrunken = shrinkPlay(stage, events, outcome.broken);
  const end = playEvents(stage, shrunken).broken;
  console.log(`shrunken from ${events.length} to ${shrunken.length} events, which end in: ${end?.message ?? 'nothing'}`);
  for (const event of shrunken) console.log(`  ${event.at} after ${event.laterNs / 1e9} s: ${JSON.stringify(event.act)}`);
  const cluster = values.cluster === undefined ? '' : ` --cluster ${values.cluster}`;
  console.log(`replay: npm run simtest -- --seed ${own} --play ${perPlay}${cluster} --only ${shrunken.map(({ at: place }) => place).join(',')}`);
  return false;
}

let isKept = true;
for (let own = seed; isKept && (only === null || own === seed) && (values['until-fails'] || sums.events < wanted); own++) isKept = playSeed(own);
const tookS = (performance.now() - started) / 1e3;
const rates = `${(sums.events / tookS).toFixed(0)} events/s, ${(sums.faults / tookS).toFixed(0)} faults/s`;
console.log(`${sums.events} events, ${sums.faults} faults, ${sums.readings} readings, ${sums.entries} log entries from seed ${seed} in ${tookS.toFixed(1)} s: ${rates}`);
process.exitCode = isKept ? 0 : 1;
