/** Growth of leases of several tenants on the tree plant against max-min programming, as light of a higher class comes back piece by piece. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dice } from '../../src/base/dice.ts';
import { createDice } from '../../src/base/dice.ts';
import { checkInvariants } from '../../src/control/invariants.ts';
import { defaultPolicy } from '../../src/plan/policy.ts';
import type { TenantPolicy } from '../../src/plan/policy.ts';
import type { FairCase } from '../plan/admission/fair-oracle.ts';
import { fairestLevels, wholeShare } from '../plan/admission/fair-oracle.ts';
import type { Play } from './play.ts';
import { ask, play, second } from './play.ts';
import { treePlant } from './plants.ts';

/** Ranks of one leaf: between two of them there is one way, up from the one and down to the other. */
const ranks = 4;
const linkGbps = 400;

interface Low {
  readonly id: string;
  readonly tenant: string;
  readonly ends: readonly [number, number];
  readonly askedGbps: number;
}

interface Growth {
  readonly now: Play;
  readonly tenants: Readonly<Record<string, TenantPolicy>>;
  readonly lows: readonly Low[];
  /** By high lease that still stands, its ends; each holds 100 Gb/s. */
  readonly highs: Map<string, readonly [number, number]>;
}

/** Links are counted here: ranks up first, then ranks down. */
const linksOf = ([from, to]: readonly [number, number]): readonly number[] => [from, ranks + to];

const pick = <T>(dice: Dice, items: readonly T[]): T => items[dice.below(items.length)] as T;

/** Low leases of some tenants have all they ask for; then a higher class takes all light of all ranks. */
function begin(dice: Dice): Growth {
  const names = ['a', 'b', 'c', 'd'].slice(0, 2 + dice.below(3));
  const tenants = Object.fromEntries(names.map((name) => [name, { weight: pick(dice, [1, 1, 2, 3]), shareCap: pick(dice, [0.5, 1, 1, 1]) }]));
  const now = play(treePlant());
  now.take(second, { kind: 'policySet', policy: { ...defaultPolicy, tenants } });
  const lows: Low[] = [];
  const load = new Array<number>(2 * ranks).fill(0);
  for (let at = 0; at < 30 && lows.length < 7; at++) {
    const from = dice.below(ranks);
    const low: Low = { id: `low${at}`, tenant: pick(dice, names), ends: [from, (from + 1 + dice.below(ranks - 1)) % ranks], askedGbps: 20 * (1 + dice.below(10)) };
    if (linksOf(low.ends).some((link) => (load[link] ?? 0) + low.askedGbps > linkGbps)) continue;
    now.take(second, ask(low.id, 'background', low.askedGbps, [...low.ends], { tenant: low.tenant }));
    // What is beyond a tenant's cap is refused.
    if (!now.state.leases.has(low.id)) continue;
    for (const link of linksOf(low.ends)) load[link] = (load[link] ?? 0) + low.askedGbps;
    lows.push(low);
  }
  const highs = new Map<string, readonly [number, number]>();
  for (let rank = 0; rank < ranks; rank++) for (let at = 0; at < linkGbps / 100; at++) {
    const ends = [rank, (rank + 1) % ranks] as const;
    now.take(second, ask(`high${rank}${at}`, 'allReduce', 100, [...ends]));
    highs.set(`high${rank}${at}`, ends);
  }
  return { now, tenants, lows, highs };
}

const heldGbps = ({ now }: Growth, { id }: Low): number => now.state.leases.get(id)?.grant?.rateGbps ?? 0;

/** What each lease should have after one turn: leases with some room on their way wish for what they miss, and their tenants share it. */
function expected(growth: Growth, near: readonly number[]): { readonly rates: ReadonlyMap<string, number>; readonly contenders: number } {
  const free = new Array<number>(2 * ranks).fill(linkGbps);
  for (const ends of growth.highs.values()) for (const link of linksOf(ends)) free[link] = (free[link] ?? 0) - 100;
  for (const low of growth.lows) for (const link of linksOf(low.ends)) free[link] = (free[link] ?? 0) - heldGbps(growth, low);
  const wishes = growth.lows.filter((low) => low.askedGbps - heldGbps(growth, low) > 1e-6 && linksOf(low.ends).every((link) => (free[link] ?? 0) > 1e-6) && linksOf(low.ends).some((link) => near.includes(link)));
  const wished = new Set(wishes.flatMap(({ ends }) => linksOf(ends)));
  const names = [...new Set(wishes.map(({ tenant }) => tenant))];
  const one: FairCase = {
    room: { capacityGbps: new Float64Array(2 * ranks).fill(linkGbps), freeGbps: Float64Array.from(free) },
    contenders: names.map((tenant) => {
      const askGbps = new Float64Array(2 * ranks);
      for (const low of wishes) if (low.tenant === tenant) for (const link of linksOf(low.ends)) askGbps[link] = (askGbps[link] ?? 0) + low.askedGbps - heldGbps(growth, low);
      const held = new Float64Array(2 * ranks);
      for (const low of growth.lows) if (low.tenant === tenant) for (const link of linksOf(low.ends)) held[link] = (held[link] ?? 0) + heldGbps(growth, low);
      const { weight = 1, shareCap = 1 } = growth.tenants[tenant] ?? {};
      const capGbps = held.map((gbps) => (shareCap < 1 ? shareCap * linkGbps - gbps : Infinity));
      return { tenant, weight, askGbps, capGbps, heldShare: Math.max(0, ...[...wished].map((link) => (held[link] ?? 0) / linkGbps)) };
    }),
  };
  const levels = fairestLevels(one);
  const rates = new Map(growth.lows.map((low) => {
    const at = names.indexOf(low.tenant);
    const contender = one.contenders[at];
    if (contender === undefined || !wishes.includes(low)) return [low.id, heldGbps(growth, low)];
    const part = ((levels.get(at) ?? 0) * contender.weight - contender.heldShare) / wholeShare(contender, one.room);
    return [low.id, heldGbps(growth, low) + Math.max(0, Math.min(1, part)) * (low.askedGbps - heldGbps(growth, low))];
  }));
  return { rates, contenders: names.length };
}

/** Takes a reading, and compares what leases then have; growth of less than a hundredth of what was asked waits. How many tenants wished, 0 where nothing was to be compared. */
function compareTurn(growth: Growth, near: readonly number[], what: string, turn: () => void): number {
  const before = new Map(growth.lows.map((low) => [low.id, heldGbps(growth, low)]));
  const { rates, contenders } = expected(growth, near);
  turn();
  const growths = growth.lows.map((low) => ({ low, was: before.get(low.id) ?? 0, is: heldGbps(growth, low), should: rates.get(low.id) ?? 0 }));
  const isEnough = ({ low, was, should }: { readonly low: Low; readonly was: number; readonly should: number }): boolean => should - was >= 0.01 * low.askedGbps;
  // One tenant alone takes what there is, and so does everybody where no fair part is worth a change.
  if (contenders < 2 || !growths.some(isEnough)) return 0;
  for (const one of growths) if ((isEnough(one) || one.is !== one.was) && Math.abs(one.is - one.should) > 1e-4) {
    assert.fail(`${what}: ${one.low.id} of ${one.low.tenant} has ${one.is} for ${one.should} Gb/s, before ${one.was}, asked ${one.low.askedGbps}`);
  }
  return contenders;
}

test('as light comes back, leases of several tenants have after each turn what max-min programming says, and in the end all they asked for', () => {
  let compared = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const dice = createDice(seed);
    const growth = begin(dice);
    const all = Array.from({ length: 2 * ranks }, (_, link) => link);
    for (let atNs = 2 * second; growth.highs.size > 0; atNs += second) {
      const id = pick(dice, [...growth.highs.keys()]);
      const freed = linksOf(growth.highs.get(id) ?? [0, 0]);
      growth.highs.delete(id);
      const contenders = compareTurn(growth, freed, `seed ${seed}, ${id} back`, () => void growth.now.take(atNs, { kind: 'leaseReleased', id }));
      const later = compareTurn(growth, all, `seed ${seed}, tick after ${id}`, () => void growth.now.take(atNs + second / 2, { kind: 'tick' }));
      compared += Number(contenders > 1) + Number(later > 1);
    }
    for (const low of growth.lows) assert.ok(Math.abs(heldGbps(growth, low) - low.askedGbps) <= 0.01 * low.askedGbps);
    assert.deepEqual(checkInvariants(growth.now.state, growth.now.log), []);
  }
  assert.ok(compared >= 200, `${compared} turns were compared`);
});
