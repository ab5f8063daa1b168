/**
 * The light of an assignment together, as the plan room asks for it: links as rows, leases as demands, and who stands in the way.
 *
 * Members hold nothing in the draft; everybody else holds what he has. A link has two rows: the one that all share, and the one for the
 * turn of group 0, in which that group streams alone. Leases come in while the assignment asks for them, up to `togetherLeasesMax`.
 */

import type { Bystander, Bystanders, TogetherDemand, TogetherQuestion } from '../../plan/paths/together-question.ts';
import type { Grant } from '../../plan/plan.ts';
import { askedGbps, rateStepGbps } from '../lease-terms.ts';
import { Draft } from '../leases/seek-light.ts';
import type { Lease } from '../state.ts';
import type { Links, Member, Scope } from './together-members.ts';
import { mayMove, member, sameLinks } from './together-members.ts';

/** Leases that are assigned together at most: the work grows with leases times ways. */
export const togetherLeasesMax = 768;
/** A link that is full still has this much, so that it has a price, which says who stands in the way. */
const leastRoomGbps = 1e-3;

export interface Grouping {
  readonly groups: number;
  groupOf(lease: Lease): number;
}

/** What a lease sends in its turn over what it is granted. */
const turnRatio = ({ request }: Lease, held: Grant | null): number => (held === null || held.rateGbps <= 0 ? 0 : askedGbps(request) / held.rateGbps);

export class TogetherLight implements Bystanders {
  readonly scope: Scope;
  readonly draft: Draft;
  readonly members: Member[];
  /** Those that ask for something and have a way, in the order of the demands. */
  readonly placed: Member[] = [];
  /** Leases that were asked for beyond the most that are assigned together. */
  leftOut = 0;
  readonly #grouping: Grouping;
  readonly #hasTurns: boolean;
  readonly #ids: Set<string>;
  readonly #rows = new Map<number, number>();
  readonly #links: number[] = [];
  readonly #capacityGbps: number[] = [];
  /** By link of the question, whether a lease of group 0 has a way over it: others have no turn to carry. */
  readonly #carriesTurn: boolean[] = [];
  /** By lease row: 0 not looked at yet, 1 of group 0 and no member, 2 another. */
  readonly #standsInTurn: Uint8Array;
  /** Leases that may come in and those that may not, as far as they were asked about. */
  readonly #known = new Map<string, Member | null>();
  readonly #byRow = new Map<number, Member>();

  constructor(scope: Scope, members: readonly Member[], { grouping, hasTurns }: { readonly grouping: Grouping; readonly hasTurns: boolean }) {
    this.scope = scope;
    this.draft = new Draft(scope.question.state, null, scope.question.view);
    this.members = [...members];
    this.#ids = new Set(members.map(({ lease }) => lease.request.id));
    this.#grouping = grouping;
    this.#hasTurns = hasTurns;
    this.#standsInTurn = new Uint8Array(scope.question.state.leaseRows.length);
    for (const { lease, held } of members) if (held !== null) this.draft.regrant(lease.request.id, null);
  }

  /** The question of all members, or the first that must have light and has no way. */
  question(): TogetherQuestion | { readonly wayless: Member } {
    const seeking = this.members.filter(({ wantsGbps }) => wantsGbps > rateStepGbps);
    for (const one of seeking) {
      if (one.ways.length > 0) this.placed.push(one);
      else if (one.leastGbps > 0) return { wayless: one };
    }
    return this.#asked(this.placed.map((one) => this.#demandOf(one)));
  }

  #asked(demands: readonly TogetherDemand[]): TogetherQuestion {
    const isTurn = Uint8Array.from(this.#capacityGbps, (_, row) => row & 1);
    return { capacityGbps: Float64Array.from(this.#capacityGbps), isTurn, demands, bystanders: this, groups: this.#grouping.groups };
  }

  #demandOf({ lease, held, ways, leastGbps, wantsGbps }: Member): TogetherDemand {
    const group = this.#grouping.groupOf(lease);
    const hasTurn = this.#hasTurns && group === 0;
    const onNow = (way: Links): boolean => held?.paths.some(({ links }) => sameLinks(links, way)) === true;
    const paths = ways.map((links) => {
      const rows = links.map((link) => this.#rowOf(link));
      return hasTurn ? [...rows, ...rows.map((row) => this.#turnRowOf(row))] : rows;
    });
    return { paths, presentPaths: ways.filter(onNow).length, leastGbps, wantsGbps, group };
  }

  #rowOf(link: number): number {
    let row = this.#rows.get(link);
    if (row === undefined) {
      this.#rows.set(link, (row = this.#capacityGbps.length));
      this.#links.push(link);
      this.#capacityGbps.push(0, 0);
      this.#carriesTurn.push(false);
      this.#measure(link, row);
    }
    return row;
  }

  /** The row of the turn of a link whose row is given. */
  #turnRowOf(row: number): number {
    if (this.#carriesTurn[row >> 1] === false) {
      this.#carriesTurn[row >> 1] = true;
      this.#measureTurn(this.#links[row >> 1] ?? 0, row);
    }
    return row + 1;
  }

  #measure(link: number, row: number): void {
    this.#capacityGbps[row] = Math.max(leastRoomGbps, this.draft.ledger.freeGbps(link));
    if (this.#carriesTurn[row >> 1] === true) this.#measureTurn(link, row);
  }

  #measureTurn(link: number, row: number): void {
    this.#capacityGbps[row + 1] = Math.max(leastRoomGbps, this.#litGbps(link) - this.#standingGbps(link));
  }

  /** All the light of a link. */
  #litGbps(link: number): number {
    const { question: { state, view } } = this.scope;
    const { linkWavelength } = state.plant.cluster.fabric;
    let gbps = 0;
    for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) gbps += view.gbps(row);
    return gbps;
  }

  /** What leases of group 0 that are no members send over a link when they stream alone. */
  #standingGbps(link: number): number {
    const { state } = this.scope.question;
    const stands = this.#standsInTurn;
    let gbps = 0;
    state.leasesOfLink.forEachRow(link, (row) => {
      if (stands[row] === 2) return;
      const id = state.leaseRows[row] ?? '';
      const lease = state.leases.get(id);
      if (stands[row] === 0) stands[row] = lease?.grant != null && this.#grouping.groupOf(lease) === 0 && !this.#ids.has(id) ? 1 : 2;
      if (lease?.grant == null || stands[row] === 2) return;
      for (const path of lease.grant.paths) if (path.links.includes(link)) gbps += path.rateGbps * turnRatio(lease, lease.grant);
    });
    return gbps;
  }

  /** A lease that could come in, with its ways. */
  #candidate(id: string): Member | null {
    let known = this.#known.get(id);
    if (known === undefined) {
      const lease = this.scope.question.state.leases.get(id);
      known = lease?.grant == null || this.#ids.has(id) || !mayMove(this.scope, lease, lease.grant) ? null : member(this.scope, lease, lease.grant);
      this.#known.set(id, known);
      if (known !== null) this.#byRow.set(known.lease.row, known);
    }
    return known;
  }

  #costOf(links: Links, price: Float64Array, turn: 0 | 1): number {
    let cost = 0;
    for (const link of links) {
      const row = this.#rows.get(link);
      if (row !== undefined) cost += price[row + turn] ?? 0;
    }
    return cost;
  }

  /** What the light of a grant costs: of wavelengths that it holds alone all that they carry. */
  #paysFor({ lease, held }: Member, price: Float64Array, turn: 0 | 1): number {
    const { view } = this.scope.question;
    let paid = 0;
    for (const { links, wavelengths, rateGbps } of held?.paths ?? []) {
      for (let hop = 0; hop < links.length; hop++) {
        const row = this.#rows.get(links[hop] ?? -1);
        const cost = row === undefined ? 0 : price[row + turn] ?? 0;
        if (cost > 0) paid += cost * (turn === 1 ? rateGbps * turnRatio(lease, held) : (wavelengths[hop] ?? []).reduce((sum, own) => sum + view.gbps(own), 0) || rateGbps);
      }
    }
    return paid;
  }

  #bystander(one: Member, price: Float64Array): Bystander {
    const { lease, leastGbps, wantsGbps } = one;
    const group = this.#grouping.groupOf(lease);
    const hasTurn = this.#hasTurns && group === 0;
    const cheapest = one.ways.reduce((least, links) => Math.min(least, this.#costOf(links, price, 0) + (hasTurn ? this.#costOf(links, price, 1) : 0)), Infinity);
    return { row: lease.row, pays: this.#paysFor(one, price, 0), paysTurn: hasTurn ? this.#paysFor(one, price, 1) : 0, cheapest, leastGbps, wantsGbps, group };
  }

  at(price: Float64Array): readonly Bystander[] {
    const { state } = this.scope.question;
    const isKnown = new Uint8Array(state.leaseRows.length);
    const found: Bystander[] = [];
    const look = (row: number): void => {
      if (isKnown[row] === 1) return;
      isKnown[row] = 1;
      const one = this.#candidate(state.leaseRows[row] ?? '');
      if (one !== null) found.push(this.#bystander(one, price));
    };
    this.#links.forEach((link, at) => {
      if ((price[2 * at] ?? 0) > 0 || (price[2 * at + 1] ?? 0) > 0) state.leasesOfLink.forEachRow(link, look);
    });
    return found;
  }

  join(question: TogetherQuestion, rows: readonly number[]): TogetherQuestion | null {
    const room = Math.max(0, togetherLeasesMax - this.members.length);
    this.leftOut = Math.max(0, rows.length - room);
    const joining = rows.slice(0, room).flatMap((row) => this.#byRow.get(row) ?? []);
    if (joining.length === 0) return null;
    const freed = new Set<number>();
    for (const one of joining) {
      const { id } = one.lease.request;
      this.members.push(one);
      this.#ids.add(id);
      this.#standsInTurn[one.lease.row] = 2;
      this.#known.set(id, null);
      this.draft.regrant(id, null);
      for (const { links } of one.held?.paths ?? []) for (const link of links) freed.add(link);
    }
    for (const link of freed) {
      const row = this.#rows.get(link);
      if (row !== undefined) this.#measure(link, row);
    }
    const demands = [...question.demands];
    for (const one of joining) {
      if (one.wantsGbps <= rateStepGbps) continue;
      this.placed.push(one);
      demands.push(this.#demandOf(one));
    }
    return this.#asked(demands);
  }
}
