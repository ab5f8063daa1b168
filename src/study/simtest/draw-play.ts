/** Draws plays: what happens to a cluster, event by event, from a seed and the cluster's own parts. */

import type { Dice } from '../../base/dice.ts';
import type { Plant } from '../../control/plant.ts';
import type { ComponentKind } from '../../fabric/components.ts';
import { kindOf } from '../../fabric/components.ts';
import { trafficClassNames } from '../../traffic/classes.ts';
import type { Act, PlayEvent } from './act.ts';

const second = 1e9;
const minute = 60 * second;
const hour = 60 * minute;

/** Rows that acts choose from. */
interface Cast {
  readonly ranks: number;
  /** More is asked for than there is light, with floors: classes take from each other. */
  readonly isCrowded: boolean;
  /** Accelerators share their uplinks two by two. */
  readonly hasNeighbours: boolean;
  readonly rows: Readonly<Record<'parts' | 'bodies' | 'loops' | 'racks' | 'ways' | 'lasers', readonly number[]>>;
}

/** How often parts of a kind are drawn against others: what holds many others fails seldom, or nothing would be left to play with. */
const weightOf: Readonly<Partial<Record<ComponentKind, number>>> = {
  row: 1, rack: 1, powerShelf: 1, coolantLoop: 1, node: 2, leaf: 3, spine: 4, ocs: 2, scaleUpSwitch: 2, package: 2, gpu: 3, nic: 4,
  engine: 6, module: 10, laserSource: 8, laser: 10, port: 12, cable: 12,
};
const weightTotal = Object.values(weightOf).reduce((sum, weight) => sum + weight, 0);

/** Parts that a play returns to again and again: what fails twice meets what the first time left behind. */
const familiarParts = 10;
const familiarShare = 0.6;

const pick = <T>(dice: Dice, from: readonly T[], none: T): T => from[dice.below(from.length)] ?? none;

/** A kind is drawn by its weight, then one of it. */
function anyPart(dice: Dice, byKind: ReadonlyMap<ComponentKind, readonly number[]>): number {
  for (;;) {
    let left = dice.below(weightTotal);
    for (const [kind, weight] of Object.entries(weightOf) as [ComponentKind, number][]) {
      left -= weight;
      if (left >= 0) continue;
      const rows = byKind.get(kind);
      if (rows !== undefined) return pick(dice, rows, 0);
      break;
    }
  }
}

function castOf(plant: Plant, dice: Dice): Omit<Cast, 'hasNeighbours'> {
  const { fabric } = plant.cluster;
  const byKind = new Map<ComponentKind, number[]>();
  for (let row = 0; row < fabric.componentCount; row++) {
    const kind = kindOf(fabric.components, row);
    const rows = byKind.get(kind);
    if (rows === undefined) byKind.set(kind, [row]);
    else rows.push(row);
  }
  const of = (...kinds: readonly ComponentKind[]): readonly number[] => kinds.flatMap((kind) => byKind.get(kind) ?? []);
  const bodies = of('engine', 'module', 'laserSource').filter((row) => plant.bodyOf(row) !== null);
  const familiar = Array.from({ length: familiarParts }, () => anyPart(dice, byKind));
  // As many draws of familiar parts as make up their share.
  const parts = Array.from({ length: 400 }, (_, at) => (at < familiarShare * 400 ? familiar[at % familiarParts] ?? 0 : anyPart(dice, byKind)));
  const few = (rows: readonly number[]): readonly number[] => [...rows, ...Array.from({ length: rows.length }, (_, at) => rows[(at % 4) * 7 % rows.length] ?? 0)];
  return {
    ranks: fabric.gpuNode.length, isCrowded: dice.fork('crowd').uniform() < crowdedShare,
    rows: { parts, bodies: few(bodies), loops: of('coolantLoop'), racks: of('rack', 'row'), ways: few(of('port', 'cable')), lasers: few(of('laser')) },
  };
}

/** Share of plays in which more is asked for than there is. */
const crowdedShare = 0.4;
/** They ask for ways between these first ranks only. */
const crowdRanks = 4;

type Draw = (dice: Dice, cast: Cast) => Act;

const quantityOf = { caseC: [20, 120], rxLossDb: [0, 6], txLossDb: [0, 6], preFecBer: [0, 1e-3], biasRatio: [0.9, 1.6] } as const;

function lie(dice: Dice, cast: Cast): Act {
  const quantity = pick(dice, Object.keys(quantityOf) as (keyof typeof quantityOf)[], 'caseC');
  const [min, max] = quantityOf[quantity];
  const rows = quantity === 'caseC' ? cast.rows.bodies : quantity === 'biasRatio' ? cast.rows.lasers : cast.rows.ways;
  return { kind: 'lie', component: pick(dice, rows, 0), quantity, value: min + (max - min) * dice.uniform() };
}

function leaseAsked(dice: Dice, { ranks, isCrowded }: Cast): Act {
  return {
    kind: 'leaseAsked', trafficClass: pick(dice, trafficClassNames, 'background'), fromRank: dice.below(isCrowded ? crowdRanks : ranks), toRank: dice.below(isCrowded ? crowdRanks : ranks),
    rateGbps: pick(dice, isCrowded ? [100, 150, 200, 200, 300, 300, 400] : [10, 33.3, 50, 100, 200, 300, 400], 50), isAmount: dice.uniform() < 0.1, afterNs: dice.uniform() < 0.2 ? dice.below(120) * minute : 0,
    forNs: pick(dice, [minute, hour, 3 * hour, 5 * hour], hour), floorShare: pick(dice, isCrowded ? [0, 0.2, 0.4, 0.6] : [0, 0, 0.3, 1], 0), name: dice.below(40),
  };
}

function jobAsked(dice: Dice, { ranks, isCrowded }: Cast): Act {
  const size = pick(dice, [2, 4, ranks], 2);
  const first = dice.below(Math.max(1, ranks - size + 1));
  const classes = trafficClassNames.filter(() => dice.uniform() < 0.4);
  return {
    kind: 'jobAsked', name: dice.below(8), ranks: Array.from({ length: size }, (_, at) => first + at), classes: classes.length === 0 ? ['allReduce'] : classes,
    rateGbps: pick(dice, isCrowded ? [50, 100, 200, 400] : [25, 50, 100, 200], 50), replicas: pick(dice, [1, 2, size], 1),
  };
}

const below = (dice: Dice): number => dice.below(1 << 20);

/** How often each act comes, and what it is. */
const draws: readonly (readonly [number, Draw])[] = [
  [12, (dice, cast) => ({ kind: 'part', component: pick(dice, cast.rows.parts, 0), isDead: dice.uniform() < 0.5 })],
  [14, (dice) => ({ kind: 'mend', pick: below(dice) })],
  [3, (dice, cast) => ({ kind: 'supply', loop: pick(dice, cast.rows.loops, 0), byK: pick(dice, [0, 0, 2, 6, 15, 30], 0) })],
  [5, (dice, cast) => ({ kind: 'warmth', body: pick(dice, cast.rows.bodies, 0), byK: pick(dice, [0, 0, 4, 12, 25, 40], 0) })],
  [3, (dice, cast) => ({ kind: 'flow', component: pick(dice, cast.rows.racks, 0), share: pick(dice, [1, 1, 0.8, 0.5], 1) })],
  [6, (dice, cast) => ({ kind: 'dirt', component: pick(dice, cast.rows.ways, 0), lossDb: pick(dice, [0, 0, 0.4, 1.2, 2.5, 5], 0) })],
  [4, (dice, cast) => ({ kind: 'wear', laser: pick(dice, cast.rows.lasers, 0), ratio: 1 + 0.4 * dice.uniform() })],
  [4, lie],
  [2, (dice, cast) => ({ kind: 'falseAlarm', component: pick(dice, cast.rows.parts, 0) })],
  [4, (dice) => ({ kind: 'nonsense', pick: below(dice), of: pick(dice, ['value', 'component', 'shape', 'clock', 'sequence', 'circuits'] as const, 'value') })],
  [3, (dice) => ({ kind: 'silent', pick: below(dice), isSilent: dice.uniform() < 0.5 })],
  [1, (dice) => ({ kind: 'deviceClock', pick: below(dice), offNs: (dice.uniform() - 0.5) * pick(dice, [1, 1, 4, 16], 1) * minute })],
  [2, (dice) => ({ kind: 'deviceCrash', pick: below(dice) })],
  [3, (dice) => ({ kind: 'circuitsLost', pick: below(dice), port: below(dice) })],
  [2, (dice) => ({ kind: 'portStuck', pick: below(dice), port: below(dice), isStuck: dice.uniform() < 0.4 })],
  [1, (dice) => ({ kind: 'controllerClock', offNs: (dice.uniform() - 0.5) * pick(dice, [1, 1, 4, 16], 1) * minute })],
  [2, (dice) => ({ kind: 'controllerCrash', share: dice.uniform() })],
  [4, (dice) => ({ kind: 'retell', pick: below(dice) })],
  [18, leaseAsked],
  [1, (dice) => ({ kind: 'foolishLease', pick: below(dice) })],
  [5, (dice) => ({ kind: 'renew', pick: below(dice), forNs: dice.uniform() * 2 * hour })],
  [3, (dice) => ({ kind: 'release', pick: below(dice) })],
  [6, jobAsked],
  [1, (dice) => ({ kind: 'jobReport', pick: below(dice), steps: dice.below(50) })],
  [3, (dice) => ({ kind: 'jobEnd', pick: below(dice) })],
  [1, (dice) => ({ kind: 'policy', pick: below(dice) })],
  [3, (dice, cast) => ({ kind: 'maintain', component: pick(dice, cast.rows.parts, 0), action: pick(dice, ['drain', 'drain', 'repair', 'verify', 'return', 'cancel'] as const, 'drain') })],
  [8, (dice) => ({ kind: 'tend', pick: below(dice), passed: dice.uniform() < 0.8 })],
  [1, (dice) => ({ kind: 'verified', pick: below(dice), passed: dice.uniform() < 0.7 })],
  [14, () => ({ kind: 'tick' })],
];

/** Where it is crowded, people are quick to ask for light that has just come back. */
const crowdDraws: typeof draws = [
  ...draws,
  [16, (dice) => ({
    kind: 'scavenge', pick: below(dice), trafficClass: pick(dice, ['background', 'checkpoint', 'parameterSync', 'allReduce'], 'background'), rateGbps: pick(dice, [100, 200, 300, 400], 200),
    floorShare: pick(dice, [0.1, 0.3, 0.5], 0.3), name: dice.below(40),
  })],
];

/** Where two accelerators share an uplink, jobs of neighbours exchange over it, and its lines fail: what they shared is then too little for both at once. */
const neighbourDraws: typeof draws = [
  ...draws.filter(([, draw]) => draw !== leaseAsked),
  [4, leaseAsked],
  [14, (dice, { ranks }) => {
    const first = 2 * dice.below(ranks >> 1);
    return { kind: 'jobAsked', name: dice.below(8), ranks: [first, first + 1], classes: ['allToAll'], rateGbps: pick(dice, [150, 200, 200, 200], 200), replicas: 1 };
  }],
  [4, (dice, cast) => ({ kind: 'part', component: pick(dice, cast.rows.lasers, 0), isDead: true })],
  [24, (dice) => ({ kind: 'mend', pick: below(dice) })],
];

const tables = { usual: draws, crowd: crowdDraws, neighbours: neighbourDraws } as const;

const totalOf = (table: typeof draws): number => table.reduce((sum, [weight]) => sum + weight, 0);

function drawAct(dice: Dice, cast: Cast): Act {
  const table = tables[cast.hasNeighbours ? 'neighbours' : cast.isCrowded ? 'crowd' : 'usual'];
  let left = dice.below(totalOf(table));
  for (const [weight, draw] of table) {
    if (left < weight) return draw(dice, cast);
    left -= weight;
  }
  return { kind: 'tick' };
}

/** Most events come close together, some after a lull. */
const laters = [0, 0.001, 0.01, 0.1, 0.5, 1, 1, 2, 2, 5, 10, 60, 400].map((s) => s * second);

/** `events` events for a plant; `hasNeighbours` where accelerators share their uplinks two by two. */
export function drawPlay(plant: Plant, dice: Dice, { events, hasNeighbours }: { readonly events: number; readonly hasNeighbours: boolean }): readonly PlayEvent[] {
  const cast = { ...castOf(plant, dice.fork('cast')), hasNeighbours };
  return Array.from({ length: events }, (_, at): PlayEvent => ({ at, laterNs: pick(dice, laters, 0), salt: dice.below(2 ** 31), act: drawAct(dice, cast) }));
}
