/** Random lightpath questions, the rules every answer keeps, and the exact optimum by HiGHS. */

import assert from 'node:assert/strict';
import { createDice } from '../../../src/base/dice.ts';
import { createPathSearch } from '../../../src/plan/paths/find-path.ts';
import { kShortestPaths } from '../../../src/plan/paths/k-shortest.ts';
import type { LightpathAnswer } from '../../../src/plan/wavelengths/lightpath-search.ts';
import type { LightpathQuestion } from '../../../src/plan/wavelengths/lightpath-table.ts';
import { randomGraph } from '../paths/graphs.ts';
import { highs } from './solver.ts';

export interface CaseSize {
  readonly nodes: number;
  readonly cables: number;
  readonly wavelengths: number;
  readonly demands: number;
  readonly routes: number;
  /** Share of (link, wavelength) places out of service. */
  readonly deadShare: number;
  readonly weightOf: (pick: number) => number;
}

export function lightpathCase(seed: number, size: CaseSize): LightpathQuestion {
  const dice = createDice(seed);
  const graph = randomGraph(dice, size);
  const search = createPathSearch(graph);
  const residualGbps = new Float64Array(graph.linkCount).fill(1);
  const [routeFirst, linkFirst, link] = [[0], [0], [] as number[]];
  for (let demand = 0; demand < size.demands; demand++) {
    const from = dice.below(graph.nodeCount);
    const to = (from + 1 + dice.below(graph.nodeCount - 1)) % graph.nodeCount;
    for (const { links } of kShortestPaths(search, { from, to, residualGbps, needGbps: 1 }, size.routes)) {
      link.push(...links);
      linkFirst.push(link.length);
    }
    routeFirst.push(linkFirst.length - 1);
  }
  return {
    linkCount: graph.linkCount, wavelengthCount: size.wavelengths, demandCount: size.demands, routeFirst: Int32Array.from(routeFirst), linkFirst: Int32Array.from(linkFirst),
    link: Int32Array.from(link), weight: Float64Array.from({ length: size.demands }, () => size.weightOf(dice.below(1000))),
    isDead: Uint8Array.from({ length: graph.linkCount * size.wavelengths }, () => (dice.uniform() < size.deadShare ? 1 : 0)),
  };
}

const linksOf = (question: LightpathQuestion, route: number): readonly number[] => [...question.link.subarray(question.linkFirst[route] ?? 0, question.linkFirst[route + 1] ?? 0)];

/** One wavelength per lightpath on one of its own routes, no place held twice or out of service, and the sum as stated. */
export function checkLightpaths(question: LightpathQuestion, answer: Pick<LightpathAnswer, 'route' | 'wavelength' | 'served'>): void {
  const taken = new Set<number>();
  let served = 0;
  answer.route.forEach((route, demand) => {
    if (route < 0) return;
    assert.ok(route >= (question.routeFirst[demand] ?? 0) && route < (question.routeFirst[demand + 1] ?? 0));
    for (const link of linksOf(question, route)) {
      const spot = link * question.wavelengthCount + (answer.wavelength[demand] ?? -1);
      assert.ok(!taken.has(spot) && question.isDead[spot] === 0);
      taken.add(spot);
    }
    served += question.weight[demand] ?? 0;
  });
  assert.equal(answer.served, served);
}

/**
 * The optimum of the path formulation: x(demand, route, wavelength) in {0, 1}; at most one per demand and one per link and wavelength.
 * Where no place is out of service wavelengths are interchangeable, and the load of wavelength w is made no less than that of w + 1.
 */
export function optimum(question: LightpathQuestion): number {
  const { demandCount, wavelengthCount, routeFirst, isDead, weight } = question;
  const objective: string[] = [];
  const rows = new Map<string, string[]>();
  const names: string[] = [];
  const add = (row: string, name: string): void => void (rows.get(row)?.push(name) ?? rows.set(row, [name]));
  for (let demand = 0; demand < demandCount; demand++) {
    for (let route = routeFirst[demand] ?? 0; route < (routeFirst[demand + 1] ?? 0); route++) {
      for (let wavelength = 0; wavelength < wavelengthCount; wavelength++) {
        const spots = linksOf(question, route).map((link) => link * wavelengthCount + wavelength);
        if (spots.some((spot) => isDead[spot] === 1)) continue;
        const name = `x_${route}_${wavelength}`;
        names.push(name);
        objective.push(`${weight[demand] ?? 0} ${name}`);
        add(`d${demand}`, name);
        for (const spot of spots) add(`s${spot}`, name);
        if (!isDead.includes(1)) add(`w${wavelength}`, name);
      }
    }
  }
  const packing = [...rows].filter(([row]) => !row.startsWith('w')).map(([row, members]) => ` ${row}: ${members.join(' + ')} <= 1`);
  const symmetry = Array.from({ length: isDead.includes(1) ? 0 : wavelengthCount - 1 }, (_, wavelength) =>
    ` y${wavelength}: ${(rows.get(`w${wavelength}`) ?? []).join(' + ')} - ${(rows.get(`w${wavelength + 1}`) ?? []).join(' - ')} >= 0`);
  const solution = highs.solve(`Maximize\n obj: ${objective.join(' + ')}\nSubject To\n${[...packing, ...symmetry].join('\n')}\nBinary\n ${names.join(' ')}\nEnd\n`, { mip_rel_gap: 0, time_limit: 20 });
  assert.equal(solution.Status, 'Optimal');
  return Math.round(solution.ObjectiveValue);
}
