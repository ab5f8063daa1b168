/** Ways for wavelengths that may change slot: no link overfull, and near the exact optimum of the unsplittable flow. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDice } from '../../../src/base/dice.ts';
import { createPathSearch } from '../../../src/plan/paths/find-path.ts';
import { kShortestPaths } from '../../../src/plan/paths/k-shortest.ts';
import type { WaysQuestion } from '../../../src/plan/wavelengths/choose-ways.ts';
import { chooseWays } from '../../../src/plan/wavelengths/choose-ways.ts';
import { graphOf, randomGraph } from '../paths/graphs.ts';
import { highs } from './solver.ts';

const families = ['random', 'ring', 'clos'] as const;

/** Rings, two-stage Clos and random graphs with 1 to 4 slots on a link, some links without any; 30 to 59 demands of up to 4 ways and three weights. */
function questionOf(seed: number, family: (typeof families)[number]): WaysQuestion {
  const dice = createDice(700 + seed);
  const ring = Array.from({ length: 7 }, (_, at): readonly [number, number] => [at, (at + 1) % 7]);
  const clos = Array.from({ length: 15 }, (_, at): readonly [number, number] => [at % 5, 5 + Math.floor(at / 5)]);
  const graph = family === 'random' ? randomGraph(dice, { nodes: 7, cables: 12 }) : family === 'ring' ? graphOf(7, ring) : graphOf(8, clos);
  const search = createPathSearch(graph);
  const residualGbps = new Float64Array(graph.linkCount).fill(1);
  const demandCount = 30 + dice.below(30);
  const [wayFirst, linkFirst, link] = [[0], [0], [] as number[]];
  for (let demand = 0; demand < demandCount; demand++) {
    const from = dice.below(family === 'clos' ? 5 : graph.nodeCount);
    const to = (from + 1 + dice.below((family === 'clos' ? 5 : graph.nodeCount) - 1)) % (family === 'clos' ? 5 : graph.nodeCount);
    for (const { links } of kShortestPaths(search, { from, to, residualGbps, needGbps: 1 }, 4)) {
      link.push(...links);
      linkFirst.push(link.length);
    }
    wayFirst.push(linkFirst.length - 1);
  }
  return {
    demandCount, wayFirst: Int32Array.from(wayFirst), linkFirst: Int32Array.from(linkFirst), link: Int32Array.from(link),
    capacity: Int32Array.from({ length: graph.linkCount }, () => (dice.uniform() < 0.05 ? 0 : 1 + dice.below(4))), weight: Float64Array.from({ length: demandCount }, () => 1 + dice.below(3)),
  };
}

/** x(way) in {0, 1}; one way a demand, and no link above its capacity. */
function optimum({ demandCount, wayFirst, linkFirst, link, capacity, weight }: WaysQuestion): number {
  const rows = new Map<string, { readonly members: string[]; readonly most: number }>();
  const objective: string[] = [];
  const add = (row: string, most: number, name: string): void => {
    const { members } = rows.get(row) ?? rows.set(row, { members: [], most }).get(row) ?? assert.fail();
    members.push(name);
  };
  for (let demand = 0; demand < demandCount; demand++) {
    for (let way = wayFirst[demand] ?? 0; way < (wayFirst[demand + 1] ?? 0); way++) {
      objective.push(`${weight[demand] ?? 0} x${way}`);
      add(`d${demand}`, 1, `x${way}`);
      for (const one of link.subarray(linkFirst[way], linkFirst[way + 1])) add(`l${one}`, capacity[one] ?? 0, `x${way}`);
    }
  }
  const constraints = [...rows].map(([row, { members, most }]) => ` ${row}: ${members.join(' + ')} <= ${most}`).join('\n');
  const names = objective.map((term) => term.split(' ')[1]).join(' ');
  const solution = highs.solve(`Maximize\n obj: ${objective.join(' + ')}\nSubject To\n${constraints}\nBinary\n ${names}\nEnd\n`, { mip_rel_gap: 0, time_limit: 20 });
  assert.equal(solution.Status, 'Optimal');
  return Math.round(solution.ObjectiveValue);
}

for (const family of families) {
  test(`ways on ${family} graphs are within 2 % of the exact optimum, and no link is overfull`, () => {
    let [ours, best] = [0, 0];
    for (let seed = 0; seed < 12; seed++) {
      const question = questionOf(seed, family);
      const chosen = chooseWays(question, { dice: createDice(seed) });
      assert.deepEqual(chosen, chooseWays(question, { dice: createDice(seed) }));
      const load = new Int32Array(question.capacity.length);
      chosen.forEach((way, demand) => {
        if (way < 0) return;
        assert.ok(way >= (question.wayFirst[demand] ?? 0) && way < (question.wayFirst[demand + 1] ?? 0));
        for (const link of question.link.subarray(question.linkFirst[way], question.linkFirst[way + 1])) load[link] = (load[link] ?? 0) + 1;
        ours += question.weight[demand] ?? 0;
      });
      assert.ok(load.every((on, link) => on <= (question.capacity[link] ?? 0)));
      best += optimum(question);
    }
    assert.ok(ours <= best && ours >= 0.98 * best, `${ours} of ${best}`);
  });
}
