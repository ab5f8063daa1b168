/**
 * A ledger of light: who would hold what if the changes written so far were made. Rungs write into one of their own and throw it
 * away when they fail, so nothing here touches the state.
 */

import { RowNumbers } from '../../base/row-numbers.ts';
import type { Grant, GrantPath } from '../../plan/plan.ts';
import type { Enclosures } from '../../plan/paths/enclosures.ts';
import { createEnclosures, forget, noteRoom } from '../../plan/paths/enclosures.ts';
import { keptAhead, keptBehind } from '../../plan/paths/kept-hops.ts';
import { countedGbps } from '../evolve/grants.ts';
import { keepLast } from '../kept.ts';
import type { State } from '../state.ts';
import type { LightView } from './view.ts';

/** Rates within this share of each other are equal: sums of doubles. */
export const rateSlack = 1e-9;

/** Hops of a path, from the first one up to and without the end. */
interface Hops {
  readonly first: number;
  readonly end: number;
}

export class Ledger {
  readonly #state: State;
  readonly view: LightView;
  /** Shared rate by link where it differs from the state's. */
  readonly #shared = new RowNumbers();
  /** What is free beside the links that the searches of a decision avoid, as far as they have asked, stands in the plant under this number. */
  #turn = 0;
  #avoid: ((link: number) => boolean) | null = null;
  /** What searches with these residuals found shut. */
  readonly #enclosures = createEnclosures();
  readonly #residualOf = (link: number): number => {
    const { gbps, turn } = this.#state.plant.freeLight;
    if (turn[link] !== this.#turn) {
      turn[link] = this.#turn;
      gbps[link] = this.#avoid?.(link) === true ? 0 : Math.max(0, this.freeGbps(link));
    }
    return gbps[link] ?? 0;
  };
  /** 1 held, 0 free, by wavelength where it differs from the state's. */
  readonly #held = new RowNumbers();
  /** Links with such wavelengths. */
  readonly #heldLinks = new Set<number>();

  constructor(state: State, view: LightView) {
    this.#state = state;
    this.view = view;
    keepLast(state, 'ledger', this);
  }

  isHeld(wavelength: number): boolean {
    const own = this.#held.get(wavelength);
    return own === undefined ? (this.#state.wavelengths.holder[wavelength] ?? -1) >= 0 : own === 1;
  }

  sharedGbps(link: number): number {
    return this.#shared.get(link) ?? this.#state.links.sharedGbps[link] ?? 0;
  }

  /** What wavelengths that nobody holds can carry. */
  sharedCapacityGbps(link: number): number {
    if (this.#heldLinks.size === 0 || !this.#heldLinks.has(link)) return this.view.poolGbps(link);
    const { linkWavelength } = this.#state.plant.cluster.fabric;
    let sum = 0;
    for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) if (!this.isHeld(row)) sum += this.view.gbps(row);
    return sum;
  }

  /** Negative where more is granted than there is light. What jobs that take turns send beyond their grants is not free. */
  freeGbps(link: number): number {
    const free = this.sharedCapacityGbps(link) - this.sharedGbps(link);
    const heldBack = free > 0 ? this.#state.heldBackGbps.get(link) : undefined;
    return heldBack === undefined ? free : Math.max(0, free - heldBack);
  }

  /** Lowest free rows of a link that together carry `rateGbps`, or null; what is left must still carry what is shared. */
  freeWavelengths(link: number, rateGbps: number): readonly number[] | null {
    const { linkWavelength } = this.#state.plant.cluster.fabric;
    const rows: number[] = [];
    let found = 0;
    for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0) && found < rateGbps * (1 - rateSlack); row++) {
      const gbps = this.view.gbps(row);
      if (gbps <= 0 || this.isHeld(row)) continue;
      rows.push(row);
      found += gbps;
    }
    return found >= rateGbps * (1 - rateSlack) && this.freeGbps(link) >= found - rateSlack * found ? rows : null;
  }

  /**
   * What is free on a directed link, 0 where `avoid` says so. Kept for one `avoid` and up to date after: a search costs the links
   * that it visits, the next one those that are new.
   */
  residualGbps(avoid: (link: number) => boolean): (link: number) => number {
    if (this.#avoid !== avoid) {
      this.#avoid = avoid;
      this.#turn = this.#state.plant.freeLight.last += 1;
      forget(this.#enclosures);
      keepLast(this.#state, 'residuals', this);
    }
    return this.#residualOf;
  }

  /** What searches over the last residuals have found shut. */
  get enclosures(): Enclosures {
    return this.#enclosures;
  }

  /** Writes the hops from `first` up to and without `end`. */
  #write({ links, wavelengths, rateGbps }: GrantPath, { first, end }: Hops, sign: 1 | -1): void {
    const { turn } = this.#state.plant.freeLight;
    // Counted as the state counts it: else what is given back here is a little less than was taken there.
    const shared = sign * countedGbps(rateGbps);
    for (let hop = first; hop < end; hop++) {
      const link = links[hop] ?? 0;
      const rows = wavelengths[hop];
      if (rows === undefined || rows.length === 0) this.#shared.set(link, this.sharedGbps(link) + shared);
      else {
        this.#heldLinks.add(link);
        for (let at = 0; at < rows.length; at++) this.#held.set(rows[at] ?? 0, sign === 1 ? 1 : 0);
      }
      if (this.#avoid !== null && turn[link] === this.#turn) turn[link] = 0;
    }
  }

  #takeHops(path: GrantPath, hops: Hops): void {
    this.#write(path, hops, 1);
  }

  #releaseHops(path: GrantPath, hops: Hops): void {
    this.#write(path, hops, -1);
    for (let hop = hops.first; hop < hops.end; hop++) noteRoom(this.#enclosures, this.#state.plant.cluster.fabric, path.links[hop] ?? 0);
  }

  take(path: GrantPath): void {
    this.#takeHops(path, { first: 0, end: path.links.length });
  }

  release(path: GrantPath): void {
    this.#releaseHops(path, { first: 0, end: path.links.length });
  }

  /** Releases one path and takes another; what both hold is not touched. */
  move(from: GrantPath, to: GrantPath): void {
    const first = keptAhead(from, to);
    const behind = keptBehind(from, to, first);
    this.#releaseHops(from, { first, end: from.links.length - behind });
    this.#takeHops(to, { first, end: to.links.length - behind });
  }

  releaseAll({ paths }: Grant): void {
    for (const path of paths) this.release(path);
  }
}
