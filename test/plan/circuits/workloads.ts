/** The demand matrices of the `ocs-baseline` and `ocs-parallel` rows: sparse mixed traffic and the all-to-all of experts, in units of one row's load. */

import type { Dice } from '../../../src/base/dice.ts';
import { createDice } from '../../../src/base/dice.ts';
import type { CircuitDemand } from '../../../src/plan/circuits/circuit-demand.ts';
import { circuitDemand } from '../../../src/plan/circuits/circuit-demand.ts';

/** One row's load as light time; the rows state the dark time as a share of it. */
export const unitNs = 1_000_000;

/**
 * Workload of Solstice (CoNEXT 2015) as the rows state it: each port sends 4 large flows that share 0.7 and 12 small ones that share 0.3,
 * along random permutations, and each entry that is not zero has normal noise of 0.003.
 */
export function sparseMixedDemand(ports: number, seed: number): CircuitDemand {
  const dice = createDice(seed).fork('sparse-mixed');
  const needNs = new Float64Array(ports * ports);
  for (let flow = 0; flow < 16; flow++) {
    const target = Int32Array.from({ length: ports }, (_, port) => port);
    dice.shuffle(target);
    target.forEach((output, input) => void (needNs[input * ports + output] = (needNs[input * ports + output] ?? 0) + unitNs * (flow < 4 ? 0.7 / 4 : 0.3 / 12)));
  }
  return circuitDemand(ports, needNs.map((need) => (need > 0 ? Math.max(0, need + 0.003 * unitNs * dice.normal()) : 0)));
}

/** A gamma deviate of unit scale (Marsaglia and Tsang, ACM TOMS 26, 2000). */
function gamma(dice: Dice, shape: number): number {
  if (shape < 1) return gamma(dice, shape + 1) * (1 - dice.uniform()) ** (1 / shape);
  const d = shape - 1 / 3;
  for (;;) {
    const x = dice.normal();
    const v = (1 + x / Math.sqrt(9 * d)) ** 3;
    if (v > 0 && Math.log(1 - dice.uniform()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return d * v;
  }
}

/**
 * All-to-all of experts: each port spreads a unit by a Dirichlet draw around the Zipf 1.2 popularity of the experts, one expert per port. The
 * rows do not state the draw's concentration; between 3 and 100 per expert the four baselines' ratios hardly move.
 */
export function expertDemand(ports: number, seed: number, concentration = 10): CircuitDemand {
  const dice = createDice(seed).fork('experts');
  const rank = Int32Array.from({ length: ports }, (_, port) => port + 1);
  dice.shuffle(rank);
  const popularity = Float64Array.from(rank, (place) => place ** -1.2);
  const total = popularity.reduce((sum, share) => sum + share, 0);
  const needNs = new Float64Array(ports * ports);
  for (let input = 0; input < ports; input++) {
    const draw = popularity.map((share) => gamma(dice, (concentration * ports * share) / total));
    const sum = draw.reduce((sumSoFar, share) => sumSoFar + share, 0);
    draw.forEach((share, output) => void (needNs[input * ports + output] = (unitNs * share) / sum));
  }
  return circuitDemand(ports, needNs);
}

/** Shapes that no row names: half of the entries at random, a few large among many small, one hot port each way, four permutations of unlike weights. */
export const otherShapes: Readonly<Record<'random' | 'skewed' | 'hotPort' | 'permutations', (ports: number, seed: number) => CircuitDemand>> = {
  random(ports, seed) {
    const dice = createDice(seed).fork('random');
    return circuitDemand(ports, Float64Array.from({ length: ports * ports }, () => (dice.uniform() < 0.5 ? (2 * unitNs * dice.uniform()) / ports : 0)));
  },
  // A Pareto tail of exponent 1.25: the mean is finite, the variance is not.
  skewed(ports, seed) {
    const dice = createDice(seed).fork('skewed');
    return circuitDemand(ports, Float64Array.from({ length: ports * ports }, () => (dice.uniform() < 0.5 ? (unitNs * (1 - dice.uniform()) ** -0.8) / ports : 0)));
  },
  hotPort(ports, seed) {
    const dice = createDice(seed).fork('hot-port');
    return circuitDemand(ports, Float64Array.from({ length: ports * ports }, (_, at) => {
      const isHot = at < ports || at % ports === 0;
      return isHot || dice.uniform() < 0.2 ? ((isHot ? 2 : 1) * unitNs * dice.uniform()) / ports : 0;
    }));
  },
  permutations(ports, seed) {
    const dice = createDice(seed).fork('permutations');
    const needNs = new Float64Array(ports * ports);
    for (let flow = 0; flow < 4; flow++) {
      const target = Int32Array.from({ length: ports }, (_, port) => port);
      dice.shuffle(target);
      const weightNs = (unitNs * (0.1 + dice.uniform())) / 2;
      target.forEach((output, input) => void (needNs[input * ports + output] = (needNs[input * ports + output] ?? 0) + weightNs));
    }
    return circuitDemand(ports, needNs);
  },
};
