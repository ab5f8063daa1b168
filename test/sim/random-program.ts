/** Random small flow programs from a seed, with any mix of the engine's features. */

import type { Dice } from '../../src/base/dice.ts';
import { createDice } from '../../src/base/dice.ts';
import type { FlowProgram } from '../../src/sim/flow-program.ts';

export interface Features {
  readonly weights: boolean;
  readonly caps: boolean;
  readonly priorities: boolean;
  readonly floors: boolean;
  readonly order: boolean;
  readonly events: boolean;
  /** Few distinct sizes and rates, so that ties abound. */
  readonly ties: boolean;
}

export const plain: Features = { weights: false, caps: false, priorities: false, floors: false, order: false, events: false, ties: false };

function randomPath(dice: Dice, linkCount: number): number[] {
  const links = new Set<number>();
  const hops = dice.below(Math.min(5, linkCount + 1));
  while (links.size < hops) links.add(dice.below(linkCount));
  return [...links];
}

/** Links that go to zero always come back, so no random program stalls. */
export function randomProgram(seed: number, features: Features): FlowProgram {
  const dice = createDice(seed);
  const linkCount = 1 + dice.below(8);
  const flowCount = 1 + dice.below(24);
  const amount = (low: number, high: number): number => (features.ties ? low * (1 + dice.below(2)) : low + (high - low) * dice.uniform());
  const pathOffset = new Int32Array(flowCount + 1);
  const pathLink: number[] = [];
  const afterOffset = new Int32Array(flowCount + 1);
  const afterFlow: number[] = [];
  for (let flow = 0; flow < flowCount; flow++) {
    pathLink.push(...randomPath(dice, linkCount));
    pathOffset[flow + 1] = pathLink.length;
    if (features.order && flow > 0 && dice.uniform() < 0.3) afterFlow.push(...new Set([dice.below(flow), dice.below(flow)]));
    afterOffset[flow + 1] = afterFlow.length;
  }
  const floats = (length: number, value: () => number): Float64Array => Float64Array.from({ length }, value);
  const linkRateGbps = floats(linkCount, () => amount(50, 400));
  const events: { ns: number; link: number; rate: number }[] = [];
  if (features.events) {
    for (let count = dice.below(4); count > 0; count--) {
      const link = dice.below(linkCount);
      const ns = dice.uniform() * 50;
      events.push({ ns, link, rate: dice.uniform() < 0.5 ? 0 : amount(20, 100) }, { ns: ns + 1 + dice.uniform() * 30, link, rate: amount(20, 300) });
    }
    events.sort((a, b) => a.ns - b.ns);
    // Every link ends with capacity, whatever the order of the random events was.
    for (let link = 0; link < linkCount; link++) events.push({ ns: 200, link, rate: 100 });
  }
  return {
    linkCount, linkRateGbps, linkLatencyNs: floats(linkCount, () => (features.ties ? 0 : dice.uniform())), flowCount,
    flowBits: floats(flowCount, () => (dice.uniform() < 0.05 ? 0 : amount(1000, 9000))), flowStartNs: floats(flowCount, () => (dice.uniform() < 0.5 ? 0 : amount(1, 60))),
    flowWeight: features.weights ? floats(flowCount, () => amount(1, 4)) : null,
    flowCapGbps: features.caps ? floats(flowCount, () => (dice.uniform() < 0.5 ? Infinity : amount(5, 80))) : null,
    flowPriority: features.priorities ? Int32Array.from({ length: flowCount }, () => dice.below(3) - 1) : null,
    pathOffset, pathLink: Int32Array.from(pathLink),
    afterOffset: features.order ? afterOffset : null, afterFlow: features.order ? Int32Array.from(afterFlow) : null,
    eventNs: Float64Array.from(events, (event) => event.ns), eventLink: Int32Array.from(events, (event) => event.link), eventRateGbps: Float64Array.from(events, (event) => event.rate),
    ...(features.floors ? { classFloors: [{ priority: -1, share: 0.1 }, { priority: 0, share: 0.25 }, { priority: 1, share: 0.3 }] } : {}),
  };
}
