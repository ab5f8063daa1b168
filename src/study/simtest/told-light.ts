/**
 * Invariant 2 against the truth: once the controller has been told, it has no traffic on light that is gone.
 *
 * A wavelength with a cause of darkness that was told must be empty whatever else is known; one that heat or loss puts out, when all
 * that matters to it has been told. Light is worked out only for links where something is not as designed: the others have theirs.
 */

import type { Plant } from '../../control/plant.ts';
import type { State } from '../../control/state.ts';
import type { Condition, Orders, PlantWays, Told, Ways } from './truth.ts';
import { isSent, lightIn } from './truth.ts';
import type { Broken } from './witness.ts';

const slackGbps = 1e-3;

/** What is really so. */
interface World {
  readonly truth: Condition;
  /** What devices have done of what they were told. */
  readonly orders: Orders;
}

/**
 * Whether every lane of some bodies stands as the controller intends, or is to go dark by an order on its way: one that differs and is
 * not being set right is unknown to it, and how warm a body stands when a lane has been lit again it hears when that has been done.
 */
function areLanesKnown({ plant, wavelengths, commands }: State, orders: Orders, bodies: readonly number[]): boolean {
  const { linkWavelength } = plant.cluster.fabric;
  const underWay = new Set<number>();
  // A device may have lit a lane before anybody hears of it, and what it said of its warmth may be from before.
  const beingLit = new Set<number>();
  for (const { action } of commands.values()) {
    if (action.kind !== 'setRates' && action.kind !== 'tune') continue;
    action.wavelengths.forEach((wavelength, at) => {
      underWay.add(wavelength);
      if (action.kind === 'setRates' && (action.gbps[at] ?? 0) > 0) beingLit.add(wavelength);
    });
  }
  return bodies.every((body) => plant.linksOfBody(body).every((link) => {
    for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) {
      const [now, then] = [orders.rateGbps[row] ?? 0, wavelengths.rateGbps[row] ?? 0];
      const differs = now !== then || orders.tunedNm[row] !== wavelengths.tunedNm[row];
      if ((beingLit.has(row) || (differs && (now < then || !underWay.has(row)))) && isSent(plant, row)) return false;
    }
    return true;
  }));
}

export class ToldLight {
  readonly #plant: Plant;
  readonly #ways: PlantWays;
  /** By component: 1 where its heat or loss is not as designed, or its lanes are told otherwise; 1 where something of it has not been told as it is. */
  readonly #isTroubled: Uint8Array;
  readonly #isUnknown: Uint8Array;

  constructor(plant: Plant, ways: PlantWays) {
    this.#plant = plant;
    this.#ways = ways;
    this.#isTroubled = new Uint8Array(plant.cluster.fabric.componentCount);
    this.#isUnknown = new Uint8Array(plant.cluster.fabric.componentCount);
  }

  /** Marks components; answers whether any death at all has been told. */
  #look({ condition, lies }: Told, { truth, orders }: World): boolean {
    const { fabric } = this.#plant.cluster;
    let hasDeath = false;
    for (let row = 0; row < this.#isTroubled.length; row++) {
      const isDesigned = truth.ownK[row] === 0 && truth.supplyK[row] === 0 && truth.flow[row] === 1 && truth.lossDb[row] === 0;
      this.#isTroubled[row] = isDesigned ? 0 : 1;
      const isTold = condition.isDead[row] === truth.isDead[row] && condition.lossDb[row] === truth.lossDb[row] && condition.ownK[row] === truth.ownK[row]
        && condition.supplyK[row] === truth.supplyK[row] && condition.flow[row] === truth.flow[row] && lies.ofDeath[row] === 0 && lies.ofCase[row] === 0 && lies.ofLoss[row] === 0;
      this.#isUnknown[row] = isTold ? 0 : 1;
      hasDeath ||= condition.isDead[row] === 1;
    }
    for (let row = 0; row < orders.rateGbps.length; row++) {
      if (orders.rateGbps[row] === fabric.wavelengthRateGbps[row] && orders.tunedNm[row] === 0) continue;
      this.#isTroubled[fabric.componentParent[fabric.linkPort[fabric.wavelengthLink[row] ?? 0] ?? 0] ?? 0] = 1;
    }
    return hasDeath;
  }

  /** Whether every cause that matters to a link's light has been told as it is. */
  #isTold({ darkeners, concerns }: Ways, link: number): boolean {
    return concerns[link]?.every((part) => this.#isUnknown[part] === 0) === true && darkeners[link]?.every((part) => this.#isUnknown[part] === 0) === true;
  }

  /** By wavelength of a link: 1 where heat or loss has put it out, and the controller knows all there is to know; `null` where none is. */
  #putOut(state: State, ways: Ways, { truth, orders }: World, link: number): Uint8Array | null {
    if (ways.concerns[link]?.some((part) => this.#isTroubled[part] === 1) !== true) return null;
    const now = lightIn(this.#plant, ways, { condition: truth, orders }, link);
    if (!now.includes(0) || !this.#isTold(ways, link)) return null;
    // A decision that cools or tunes a body is in force once its devices have done it: light is gone only if it is so by both orders.
    const then = lightIn(this.#plant, ways, { condition: truth, orders: state.wavelengths }, link);
    const gone = Uint8Array.from(now, (gbps, row) => (gbps === 0 && then[row] === 0 ? 1 : 0));
    return gone.includes(1) && areLanesKnown(state, orders, ways.bodies[link] ?? []) ? gone : null;
  }

  check(state: State, told: Told, world: World): readonly Broken[] {
    const { wavelengths, links } = state;
    const { fabric } = this.#plant.cluster;
    const ways = this.#ways.over(state.circuits);
    const hasDeath = this.#look(told, world);
    const { isDead } = told.condition;
    const found: Broken[] = [];
    for (const link of state.leasesOfLink.links()) {
      const first = fabric.linkWavelength[link] ?? 0;
      const end = fabric.linkWavelength[link + 1] ?? first;
      const putOut = this.#putOut(state, ways, world, link);
      let sharedGbps = 0;
      for (let row = first; row < end; row++) {
        const cause = hasDeath ? ways.causes[row]?.find((part) => isDead[part] === 1) : undefined;
        const isGone = cause !== undefined || putOut?.[row - first] === 1;
        const holder = wavelengths.holder[row] ?? -1;
        if (holder < 0 && !isGone) sharedGbps += fabric.wavelengthRateGbps[row] ?? 0;
        if (holder < 0 || !isGone) continue;
        const why = cause === undefined ? 'below its FEC limit' : `dark because component ${cause} is`;
        found.push({ rule: '2', message: `${state.leaseRows[holder] ?? ''} stays on wavelength ${row} of link ${link}, which is ${why}, as was told` });
      }
      const granted = links.sharedGbps[link] ?? 0;
      if (granted > sharedGbps + slackGbps) found.push({ rule: '2', message: `link ${link} shares ${granted} Gb/s of the ${sharedGbps} Gb/s that it was told to have left` });
    }
    return found;
  }
}
