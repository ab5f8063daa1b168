/** Runs plays: one per seed, each on a cluster that the seed draws; says what broke, and cuts a broken play down to what breaks it. */

import { createDice } from '../../base/dice.ts';
import type { Plant } from '../../control/plant.ts';
import type { PlayEvent } from './act.ts';
import { faultActs } from './act.ts';
import { firstPolicy } from './asks.ts';
import { calmDown } from './calm.ts';
import type { SimClusterName } from './clusters.ts';
import { createSimPlant, simClustersOf } from './clusters.ts';
import { drawPlay } from './draw-play.ts';
import { perform } from './perform.ts';
import type { PlaySetting } from './play-run.ts';
import { PlayBroken, PlayRun } from './play-run.ts';
import { waysOf } from './truth.ts';
import type { Broken } from './witness.ts';

/** A cluster with what plays look up of it, made once. */
export interface Stage {
  readonly name: string;
  readonly setting: PlaySetting;
}

export function stageOf(plant: Plant, name: string): Stage {
  return { name, setting: { plant, ways: waysOf(plant), policy: firstPolicy(plant.cluster.design.ocs !== null && plant.cluster.fabric.circuitOut.some((link) => link >= 0)) } };
}

/** Stages of the small clusters; each is compiled when first asked for. */
export class Stages {
  readonly #made = new Map<SimClusterName, Stage>();

  of(name: SimClusterName): Stage {
    let stage = this.#made.get(name);
    if (stage === undefined) this.#made.set(name, (stage = stageOf(createSimPlant(name), name)));
    return stage;
  }

  /** The cluster that a seed plays on. */
  drawn(seed: number): Stage {
    const names = simClustersOf(seed);
    return this.of(names[createDice(seed).fork('cluster').below(names.length)] ?? 'leaf-spine');
  }
}

export interface PlayOutcome {
  readonly events: number;
  /** Acts that were faults, and messages that were lost, repeated or held up. */
  readonly faults: number;
  readonly readings: number;
  readonly entries: number;
  /** Of every line of the log, 8 hexadecimal digits: equal for equal transcripts. */
  readonly hash: string;
  /** What broke and at which event, by its place in the play as drawn; the calm afterwards counts as the event after the last. */
  readonly broken: (Broken & { readonly at: number }) | null;
}

export const hashText = (hash: number): string => hash.toString(16).padStart(8, '0');

/** One fixed-width line per event, for whoever watches. */
export type OnEvent = (event: PlayEvent, run: PlayRun) => void;

/** A defect of the controller that throws is a broken promise like any other. */
function whatBroke(error: unknown): Broken {
  if (error instanceof PlayBroken) return error.broken;
  const text = error instanceof Error ? `${error.message} ${(error.stack ?? '').split('\n').slice(1, 3).map((line) => line.trim()).join(' ')}` : String(error);
  return { rule: 'bug', message: text };
}

/** Plays events on a fresh cluster, then lets it calm down. */
export function playEvents({ setting }: Stage, events: readonly PlayEvent[], onEvent: OnEvent | null = null): PlayOutcome {
  const run = new PlayRun(setting);
  let at = 0;
  let faults = 0;
  let broken: PlayOutcome['broken'] = null;
  try {
    for (const event of events) {
      at = event.at;
      run.dice = createDice(event.salt);
      run.advance(run.nowNs + event.laterNs);
      perform(run, event.act);
      if (faultActs.has(event.act.kind)) faults += 1;
      onEvent?.(event, run);
    }
    at = (events.at(-1)?.at ?? 0) + 1;
    calmDown(run, setting.policy);
  } catch (error) {
    broken = { ...whatBroke(error), at };
  }
  const readings = run.log.reduce((sum, { kind }) => sum + (kind === 'reading' ? 1 : 0), 0);
  return { events: events.length, faults: faults + run.mishaps, readings, entries: run.log.length, hash: hashText(run.hash), broken };
}

export const drawEvents = ({ setting, name }: Stage, seed: number, count: number): readonly PlayEvent[] =>
  drawPlay(setting.plant, createDice(seed).fork('play'), { events: count, hasNeighbours: name === 'thin-rails' });

/** The same promise broken in the same way: what is named may differ. */
export const isAlike = (one: Broken, other: Broken): boolean => one.rule === other.rule && patternOf(one.message) === patternOf(other.message);

const patternOf = (message: string): string => message.replace(/\S*\d\S*/g, '#').replace(/(?:#[ ,]*)+/g, '# ');

/** Plays tried while a broken one is cut down. */
export const shrinkTriesMax = 400;

/**
 * Leaves out as much of a broken play as it can while the same promise breaks (delta debugging, Zeller and Hildebrandt, IEEE TSE 2002):
 * halves first, then ever smaller pieces.
 */
export function shrinkPlay(stage: Stage, events: readonly PlayEvent[], broken: Broken & { readonly at: number }): readonly PlayEvent[] {
  let kept = events.filter(({ at }) => at <= broken.at);
  let pieces = 2;
  let tries = 0;
  const breaks = (play: readonly PlayEvent[]): boolean => ++tries <= shrinkTriesMax && isAlike(playEvents(stage, play).broken ?? { rule: 'bug', message: '' }, broken);
  while (kept.length > 1 && tries < shrinkTriesMax) {
    const size = Math.ceil(kept.length / pieces);
    let isShorter = false;
    for (let from = 0; from < kept.length; from += size) {
      const play = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (!breaks(play)) continue;
      kept = play;
      pieces = Math.max(2, pieces - 1);
      isShorter = true;
      break;
    }
    if (!isShorter && size === 1) break;
    if (!isShorter) pieces = Math.min(kept.length, 2 * pieces);
  }
  return kept;
}
