/**
 * Circuits as they would be: which ports of which switches could join two nodes anew, and what making them breaks.
 *
 * Free ports come first, so that a circuit is made before anything is broken. Else circuits that carry nothing are broken, and then
 * those whose leases all find another way; the two ends that are left over are joined with each other where both have light. All of
 * it is written here and into a ledger, and taken back where it leads nowhere.
 */

import type { Change, Grant, GrantPath } from '../../plan/plan.ts';
import type { CrossConnect } from '../../plan/plan.ts';
import { isRefusal } from '../../base/refusal.ts';
import { planCrossConnects } from '../../plan/circuits/cross-connects.ts';
import { noteCircuitChange, portTable } from '../circuit-ports.ts';
import type { State } from '../state.ts';
import { findWayRound } from './find-way.ts';
import type { Ledger } from './ledger.ts';
import { withPaths } from './proposal.ts';

/** Two ports of one switch that could be joined, and the circuits that hold them now. */
export interface JoinablePorts {
  readonly ocs: number;
  readonly one: number;
  readonly other: number;
  /** Each with the port that it is joined with now, where it is. */
  readonly breaks: readonly (readonly [number, number])[];
  /** How many of those carry leases. */
  readonly laden: number;
}

const listed = (circuits: ReadonlyMap<number, ReadonlyMap<number, number>>, switches: ReadonlySet<number>): readonly CrossConnect[] =>
  [...switches].sort((a, b) => a - b).flatMap((ocs) => [...circuits.get(ocs) ?? []].map(([aPort, bPort]) => ({ ocs, aPort, bPort })));

export class CircuitDraft {
  /** The state with the circuits of this draft. */
  readonly state: State;
  readonly ledger: Ledger;
  /** Leases that move because their circuit is broken. */
  readonly moved = new Map<string, Grant>();
  readonly #before: State;
  readonly #avoid: (link: number) => boolean;
  readonly #circuits: Map<number, Map<number, number>>;
  readonly #switches = new Set<number>();
  /** Duplex circuits made and broken so far. */
  made = 0;
  broken = 0;

  constructor(state: State, ledger: Ledger, avoid: (link: number) => boolean) {
    this.#before = state;
    this.#circuits = new Map(state.circuits);
    this.state = { ...state, circuits: this.#circuits };
    this.ledger = ledger;
    this.#avoid = avoid;
  }

  /** The port that a port is joined with both ways, -1 where it is free, `null` where its two directions go different ways. */
  mateOf(ocs: number, port: number): number | null {
    const made = this.#circuits.get(ocs);
    const to = made?.get(port) ?? -1;
    let from = made?.get(to) === port ? to : -1;
    if (from < 0) for (const [aPort, bPort] of made ?? []) if (bPort === port) from = aPort;
    return to === from ? to : null;
  }

  /** The links of a port: what enters there and what leaves. */
  #linksAt(ocs: number, port: number): readonly number[] {
    const ports = portTable(this.state.plant).switches.get(ocs);
    return ports === undefined ? [] : [ports.entering[port] ?? -1, ports.leaving[port] ?? -1].filter((link) => link >= 0);
  }

  #isLit(ocs: number, port: number): boolean {
    const { linkWavelength } = this.state.plant.cluster.fabric;
    return this.#linksAt(ocs, port).every((link) => {
      if (this.#avoid(link)) return false;
      for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) if (this.ledger.view.gbps(row) > 0) return true;
      return false;
    });
  }

  #isIdle(ocs: number, port: number): boolean {
    const { linkWavelength } = this.state.plant.cluster.fabric;
    return this.#linksAt(ocs, port).every((link) => {
      if (this.ledger.sharedGbps(link) > 1e-6) return false;
      for (let row = linkWavelength[link] ?? 0; row < (linkWavelength[link + 1] ?? 0); row++) if (this.ledger.isHeld(row)) return false;
      return true;
    });
  }

  /** Lit ports of circuit switches at which a node's cables end, as [switch, port]. */
  #portsOf(node: number): readonly (readonly [number, number])[] {
    const { fabric } = this.state.plant.cluster;
    const { linkSwitch, linkPort } = portTable(this.state.plant);
    const found: (readonly [number, number])[] = [];
    for (const link of fabric.outLink.subarray(fabric.outOffset[node], fabric.outOffset[node + 1])) {
      const [ocs, port] = [linkSwitch[link] ?? -1, linkPort[link] ?? -1];
      if (ocs >= 0 && this.#isLit(ocs, port)) found.push([ocs, port]);
    }
    return found;
  }

  /** Pairs of ports that could join two nodes, those that break least first, then by switch and port. */
  portsBetween(from: number, to: number): readonly JoinablePorts[] {
    const ends = this.#portsOf(to);
    const found: JoinablePorts[] = [];
    for (const [ocs, one] of this.#portsOf(from)) for (const [otherOcs, other] of ends) {
      const [mate, otherMate] = [this.mateOf(ocs, one), this.mateOf(ocs, other)];
      if (otherOcs !== ocs || one === other || mate === null || otherMate === null || mate === other) continue;
      const breaks = [[one, mate] as const, [other, otherMate] as const].filter(([, with_]) => with_ >= 0);
      found.push({ ocs, one, other, breaks, laden: breaks.filter(([port]) => !this.#isIdle(ocs, port)).length });
    }
    return found.sort((a, b) => a.laden - b.laden || a.breaks.length - b.breaks.length || a.ocs - b.ocs || a.one - b.one || a.other - b.other);
  }

  /** The switch's own table of this draft: what it began with belongs to the state. */
  #ownTable(ocs: number): Map<number, number> {
    const made = this.#circuits.get(ocs) ?? new Map<number, number>();
    if (made !== this.#before.circuits.get(ocs)) return made;
    const own = new Map(made);
    this.#circuits.set(ocs, own);
    return own;
  }

  #join(ocs: number, one: number, other: number): void {
    this.#ownTable(ocs).set(one, other).set(other, one);
  }

  #part(ocs: number, one: number, other: number): void {
    const made = this.#ownTable(ocs);
    made.delete(one);
    made.delete(other);
  }

  /** Other ways for all leases over a circuit that is no longer there; false, and nothing moved, where one finds none. */
  #moveOff(ocs: number, port: number, undo: (() => void)[], stays: ReadonlySet<string>): boolean {
    const links = new Set(this.#linksAt(ocs, port));
    const ids = new Set([...links].flatMap((link) => [...this.#before.leasesOfLink.get(link) ?? []]));
    for (const id of [...ids].sort()) {
      const lease = this.#before.leases.get(id);
      const grant = this.moved.get(id) ?? lease?.grant ?? null;
      if (stays.has(id) || lease === undefined || grant === null) return false;
      const paths: GrantPath[] = [];
      for (const path of grant.paths) {
        const isOver = path.links.some((link) => links.has(link));
        const alone = path.wavelengths.some((rows) => rows.length > 0);
        const { fromRank, toRank } = lease.request;
        if (!isOver) {
          paths.push(path);
          continue;
        }
        // On links that both ways share the lease keeps its own light.
        this.ledger.release(path);
        undo.push(() => this.ledger.take(path));
        const way = findWayRound(this.state, this.ledger, { fromRank, toRank, rateGbps: path.rateGbps, alone, avoid: this.#avoid });
        if (way === null) return false;
        this.ledger.take(way);
        undo.push(() => this.ledger.release(way));
        paths.push(way);
      }
      const known = this.moved.get(id);
      this.moved.set(id, withPaths(grant, paths));
      undo.push(() => void (known === undefined ? this.moved.delete(id) : this.moved.set(id, known)));
    }
    return this.#isIdle(ocs, port);
  }

  /** Joins two ports; answers how to take it back, or `null` where a lease over what must break has no other way. Leases in `stays` may not move. */
  join({ ocs, one, other, breaks }: JoinablePorts, stays: ReadonlySet<string>): (() => void) | null {
    const undo: (() => void)[] = [];
    const takeBack = (): void => {
      for (const step of undo.toReversed()) step();
      noteCircuitChange(this.#circuits);
    };
    const before = new Map(this.#circuits.get(ocs));
    const counts = [this.made, this.broken] as const;
    const wasChanged = this.#switches.has(ocs);
    undo.push(() => {
      this.#circuits.set(ocs, before);
      [this.made, this.broken] = counts;
      if (!wasChanged) this.#switches.delete(ocs);
    });
    for (const [port, mate] of breaks) this.#part(ocs, port, mate);
    this.#join(ocs, one, other);
    // A switch may send light of a port back to it, as what it shows is accepted: such a port leaves nobody over.
    const left = breaks.flatMap(([port, mate]) => (mate === port ? [] : [mate]));
    const [first, second] = left;
    const joinsRest = first !== undefined && second !== undefined && this.#isLit(ocs, first) && this.#isLit(ocs, second);
    if (joinsRest) this.#join(ocs, first, second);
    this.made += joinsRest ? 2 : 1;
    this.broken += breaks.length;
    this.#switches.add(ocs);
    noteCircuitChange(this.#circuits);
    if (breaks.every(([port]) => this.#moveOff(ocs, port, undo, stays))) return takeBack;
    takeBack();
    return null;
  }

  /** Puts ports back as a table of circuits has them. */
  set(ocs: number, made: ReadonlyMap<number, number>): void {
    this.#circuits.set(ocs, new Map(made));
    this.#switches.add(ocs);
    noteCircuitChange(this.#circuits);
  }

  /** The order for the switches: free ports first, then removals with their successors directly behind. */
  changes(): readonly Change[] {
    const plan = planCrossConnects(listed(this.#before.circuits, this.#switches), listed(this.#circuits, this.#switches));
    if (isRefusal(plan)) throw new Error(`circuits that were drafted use a port twice: ${plan.reasons.join(' ')}`);
    return plan.changes;
  }
}
