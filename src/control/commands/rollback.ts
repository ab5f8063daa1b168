/**
 * Takes back a plan that its devices did not carry out: its changes reversed, as far as what was before can still be had.
 *
 * Since the plan was made, light may have failed, leases ended and others been granted. A lease returns to its former light where
 * that still carries it; else it lets go and waits for light again.
 */

import type { Change, CrossConnect, Grant } from '../../plan/plan.ts';
import { reverse } from '../../plan/plan.ts';
import { linksOf, onwardLink } from '../circuit-ports.ts';
import { sameGrant } from '../evolve/grants.ts';
import { Ledger } from '../ladder/ledger.ts';
import { viewTold, viewWith } from '../ladder/view.ts';
import type { State } from '../state.ts';

/** What would be so after the changes that are kept. */
class Aftermath {
  readonly #state: State;
  readonly #ledger: Ledger;
  readonly #grants = new Map<string, Grant | null>();
  readonly #circuits = new Map<number, Map<number, number>>();
  readonly #rates = new Map<number, number>();
  readonly #tuning = new Map<number, number>();
  readonly kept: Change[] = [];

  constructor(state: State) {
    this.#state = state;
    const view = viewWith(state, []);
    this.#ledger = new Ledger(state, viewTold(state, view, (row) => Math.min(view.physicsGbps(row), this.#rates.get(row) ?? state.wavelengths.rateGbps[row] ?? 0)));
  }

  #held(id: string): Grant | null | undefined {
    return this.#grants.has(id) ? this.#grants.get(id) : this.#state.leases.get(id)?.grant;
  }

  #circuitsOf(ocs: number): Map<number, number> {
    let own = this.#circuits.get(ocs);
    if (own === undefined) this.#circuits.set(ocs, (own = new Map(this.#state.circuits.get(ocs))));
    return own;
  }

  #fits({ paths }: Grant): boolean {
    return paths.every(({ links, wavelengths, rateGbps }) => links.every((link, at) => {
      const rows = wavelengths[at] ?? [];
      return rows.length === 0
        ? this.#ledger.freeGbps(link) >= rateGbps - 1e-6
        : rows.every((row) => !this.#ledger.isHeld(row) && this.#ledger.view.gbps(row) > 0) && this.#ledger.freeGbps(link) >= rows.reduce((sum, row) => sum + this.#ledger.view.gbps(row), 0) - 1e-6;
    }));
  }

  /** From what a lease holds to what it held before; `null` is no light. */
  regrant(id: string, from: Grant | null, to: Grant | null): void {
    const held = this.#held(id);
    if (held === undefined || (held === null) !== (from === null) || (held !== null && from !== null && !sameGrant(held, from))) return;
    if (held !== null) this.#ledger.releaseAll(held);
    const next = to !== null && this.#fits(to) ? to : null;
    if (next !== null) for (const path of next.paths) this.#ledger.take(path);
    this.#grants.set(id, next);
    if (held !== null && next !== null) this.kept.push({ kind: 'move', from: held, to: next });
    else if (held !== null) this.kept.push({ kind: 'drop', grant: held });
    else if (next !== null) this.kept.push({ kind: 'add', grant: next });
  }

  connect(circuit: CrossConnect): void {
    const made = this.#circuitsOf(circuit.ocs);
    if (made.has(circuit.aPort) || [...made.values()].includes(circuit.bPort)) return;
    made.set(circuit.aPort, circuit.bPort);
    this.kept.push({ kind: 'connect', circuit });
  }

  disconnect(circuit: CrossConnect): void {
    const made = this.#circuitsOf(circuit.ocs);
    if (made.get(circuit.aPort) !== circuit.bPort) return;
    this.#letGo(circuit);
    made.delete(circuit.aPort);
    this.kept.push({ kind: 'disconnect', circuit });
  }

  /** Whoever came onto a circuit while it was being made does without it. */
  #letGo(circuit: CrossConnect): void {
    const links = linksOf(this.#state.plant, circuit);
    if (links === null) return;
    for (const id of [...this.#state.leasesOfLink.get(links.entering) ?? []].sort()) {
      const held = this.#held(id) ?? null;
      const isOver = held?.paths.some((path) => path.links.some((link, at) => link === links.entering && path.links[at + 1] === links.leaving)) === true;
      if (held !== null && isOver) this.regrant(id, held, null);
    }
  }

  /** Lets go of what was given back over a circuit that could not be had again. */
  finish(): void {
    const circuits = new Map<number, ReadonlyMap<number, number>>([...this.#state.circuits, ...this.#circuits]);
    for (const [id, grant] of [...this.#grants]) {
      const isJoined = grant === null || grant.paths.every(({ links }) => links.every((link, at) => {
        const onward = onwardLink(this.#state.plant, circuits, link);
        return onward === null || onward === links[at + 1];
      }));
      if (!isJoined) this.regrant(id, grant, null);
    }
  }

  setRate(change: Extract<Change, { kind: 'setRate' }>): void {
    if ((this.#rates.get(change.wavelength) ?? this.#state.wavelengths.rateGbps[change.wavelength]) !== change.fromGbps) return;
    this.#rates.set(change.wavelength, change.toGbps);
    this.kept.push(change);
  }

  tune(change: Extract<Change, { kind: 'tune' }>): void {
    if ((this.#tuning.get(change.wavelength) ?? this.#state.wavelengths.tunedNm[change.wavelength]) !== Math.fround(change.fromNm)) return;
    this.#tuning.set(change.wavelength, Math.fround(change.toNm));
    this.kept.push(change);
  }
}

/** Changes that undo `changes` on the present state. */
export function rollbackChanges(state: State, changes: readonly Change[]): readonly Change[] {
  const after = new Aftermath(state);
  for (const change of reverse({ changes, reasons: [] }).changes) {
    switch (change.kind) {
      case 'add': after.regrant(change.grant.id, null, change.grant); break;
      case 'drop': after.regrant(change.grant.id, change.grant, null); break;
      case 'move': after.regrant(change.from.id, change.from, change.to); break;
      case 'connect': after.connect(change.circuit); break;
      case 'disconnect': after.disconnect(change.circuit); break;
      case 'setRate': after.setRate(change); break;
      case 'tune': after.tune(change); break;
    }
  }
  after.finish();
  return after.kept;
}
