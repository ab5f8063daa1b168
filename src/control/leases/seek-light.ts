/**
 * Finds light for a lease: over one way where one has the room, else over several; and where the policy lets its class, by taking
 * what lower classes hold above their floors.
 *
 * Ways are tried widest first, equal ones in the order of the fabric's hashes. A class that holds whole wavelengths gets the lowest
 * free rows of each link; through circuit switches, which convert nothing, the same place in the grid all along.
 */

import type { Change, Grant, GrantPath } from '../../plan/plan.ts';
import type { Refusal } from '../../base/refusal.ts';
import { refuse } from '../../base/refusal.ts';
import { Ledger } from '../ladder/ledger.ts';
import type { LightView } from '../ladder/view.ts';
import { viewTold, viewWith } from '../ladder/view.ts';
import { askedGbps, floorGbpsOf, holdsAlone, rateStepGbps } from '../lease-terms.ts';
import type { LeaseRequest } from '../reading.ts';
import type { State } from '../state.ts';
import { onwardLink } from '../circuit-ports.ts';
import { candidateRoutes } from './routes.ts';
import { trustedFirst } from './trusted-first.ts';
import { makeRoom } from './yielding.ts';

/** What the changes collected so far would leave: light by the ledger, grants by lease. Seekers of one decision share it. */
export class Draft {
  readonly state: State;
  readonly ledger: Ledger;
  readonly #grants = new Map<string, Grant | null>();

  /** `dark` are wavelengths to do without; `view` the light where no fact has told the state of it yet. */
  constructor(state: State, dark: ReadonlySet<number> | null = null, view: LightView = viewWith(state, [])) {
    this.state = state;
    this.ledger = new Ledger(state, dark === null ? view : viewTold(state, view, (row) => (dark.has(row) ? 0 : view.gbps(row))));
  }

  grantOf(id: string): Grant | null {
    return this.#grants.has(id) ? this.#grants.get(id) ?? null : this.state.leases.get(id)?.grant ?? null;
  }

  /** Replaces what a lease holds and says so as a change. */
  regrant(id: string, to: Grant | null): Change | null {
    const from = this.grantOf(id);
    if (from !== null) this.ledger.releaseAll(from);
    for (const path of to?.paths ?? []) this.ledger.take(path);
    this.#grants.set(id, to);
    if (from === null) return to === null ? null : { kind: 'add', grant: to };
    return to === null ? { kind: 'drop', grant: from } : { kind: 'move', from, to };
  }
}

export interface Found {
  readonly kind: 'found';
  /** What others give up first, then the grant. */
  readonly changes: readonly Change[];
  readonly grant: Grant;
}

export interface NotFound {
  readonly kind: 'notFound';
  readonly refusal: Refusal;
  /** What could be granted at once without taking from anybody. */
  readonly availableGbps: number;
}

/** Free whole wavelengths on every link of a way that together carry up to `rateGbps`; `null` when there is not one. */
function alonePath({ ledger, state }: Pick<Draft, 'ledger' | 'state'>, links: readonly number[], rateGbps: number): GrantPath | null {
  const { linkWavelength } = state.plant.cluster.fabric;
  const isPassedOn = (at: number): boolean => at > 0 && onwardLink(state.plant, state.circuits, links[at - 1] ?? -1) === links[at];
  const wavelengths: number[][] = [];
  let least = rateGbps;
  let isPassive = false;
  for (let at = 0; at < links.length; at++) {
    const link = links[at] ?? 0;
    const first = linkWavelength[link] ?? 0;
    const passed = isPassedOn(at) ? wavelengths[at - 1] ?? noRows : null;
    const firstBefore = linkWavelength[links[at - 1] ?? 0] ?? 0;
    if (passed !== null) isPassive = true;
    const count = passed === null ? (linkWavelength[link + 1] ?? first) - first : passed.length;
    const room = ledger.freeGbps(link);
    const own: number[] = [];
    let found = 0;
    for (let turn = 0; turn < count && found < least - rateStepGbps; turn++) {
      const row = first + (passed === null ? turn : (passed[turn] ?? 0) - firstBefore);
      const gbps = ledger.view.gbps(row);
      if (gbps <= 0 || found + gbps > room + rateStepGbps || ledger.isHeld(row)) continue;
      own.push(row);
      found += gbps;
    }
    wavelengths.push(own);
    least = Math.min(least, found);
    if (least <= rateStepGbps) return null;
  }
  // A later link of a passive way may take fewer places than the one before: all links of the way keep the same ones.
  if (isPassive) for (let at = links.length - 1; at > 0; at--) if (isPassedOn(at)) {
    const apart = (linkWavelength[links[at] ?? 0] ?? 0) - (linkWavelength[links[at - 1] ?? 0] ?? 0);
    wavelengths[at - 1] = (wavelengths[at - 1] ?? []).filter((row) => wavelengths[at]?.includes(row + apart));
  }
  return { links, rateGbps: least, wavelengths };
}

const noRows: readonly number[] = [];

/** As much of `rateGbps` as one way has. */
export function pathOver({ state, ledger }: Pick<Draft, 'ledger' | 'state'>, links: readonly number[], want: { readonly rateGbps: number; readonly alone: boolean }): GrantPath | null {
  if (want.alone) return alonePath({ state, ledger }, links, want.rateGbps);
  let least = want.rateGbps;
  for (const link of links) {
    least = Math.min(least, ledger.freeGbps(link));
    if (least <= rateStepGbps) return null;
  }
  return { links, rateGbps: least, wavelengths: links.map(() => noRows) };
}

interface Ways {
  readonly routes: readonly (readonly number[])[];
  readonly alone: boolean;
}

/** Widest ways first; several are used only when no single one has the room. Takes what it finds from the ledger. */
export function gather(draft: Draft, { routes, alone }: Ways, rateGbps: number): readonly GrantPath[] {
  const paths: GrantPath[] = [];
  let left = rateGbps;
  const open = routes.map((links, order) => ({ links, order }));
  while (left > rateStepGbps && open.length > 0) {
    let best = -1;
    let bestPath: GrantPath | null = null;
    for (let at = 0; at < open.length; at++) {
      const path = pathOver(draft, open[at]?.links ?? [], { rateGbps: left, alone });
      if (path !== null && path.rateGbps > (bestPath?.rateGbps ?? 0) + rateStepGbps) [best, bestPath] = [at, path];
      if (bestPath !== null && bestPath.rateGbps >= left - rateStepGbps) break;
    }
    if (bestPath === null) break;
    draft.ledger.take(bestPath);
    paths.push(bestPath);
    open.splice(best, 1);
    left -= bestPath.rateGbps;
  }
  return paths;
}

const sumGbps = (paths: readonly GrantPath[]): number => paths.reduce((sum, { rateGbps }) => sum + rateGbps, 0);

/** Which ways may be used; `null` or nothing for all. */
export type MayUse = ((links: readonly number[]) => boolean) | null;

/**
 * Light for all that a request asks (or for `rateGbps` of it), or why not. `draft` is written only when it is found. A lease that
 * holds something already is sought as if it held nothing, and moves.
 */
export function seekLight(draft: Draft, request: LeaseRequest, options: { readonly mayPreempt: boolean; readonly rateGbps?: number; readonly mayUse?: MayUse }): Found | NotFound {
  const { state, ledger } = draft;
  const asked = options.rateGbps ?? askedGbps(request);
  const own = state.policy.classes[request.trafficClass];
  const ways = trustedFirst(state, candidateRoutes(state, request));
  const routes = options.mayUse == null ? ways : ways.filter(options.mayUse);
  if (routes.length === 0) {
    return { kind: 'notFound', availableGbps: 0, refusal: refuse('no-way', 'wait', `No present route leads from rank ${request.fromRank} to rank ${request.toRank}.`) };
  }
  const held = draft.grantOf(request.id);
  if (held !== null) ledger.releaseAll(held);
  const restore = (): void => void held?.paths.forEach((path) => ledger.take(path));
  const wanted = { routes, alone: holdsAlone(state, { trafficClass: request.trafficClass, rateGbps: asked }, routes) };
  let paths = gather(draft, wanted, asked);
  const availableGbps = sumGbps(paths);
  for (const path of paths) ledger.release(path);
  const yielded: Change[] = [];
  if (availableGbps < asked - rateStepGbps) {
    const room = options.mayPreempt ? makeRoom(draft, { routes, rateGbps: asked, alone: wanted.alone, priority: own.priority, asker: request.id }) : null;
    restore();
    if (room === null) return { kind: 'notFound', availableGbps, refusal: shortage(state, request, { asked, availableGbps }) };
    const before = room.map(({ id }) => ({ id, from: draft.grantOf(id) }));
    for (const { id, to } of room) {
      const change = draft.regrant(id, to);
      if (change !== null) yielded.push(change);
    }
    if (held !== null) ledger.releaseAll(held);
    paths = gather(draft, wanted, asked);
    for (const path of paths) ledger.release(path);
    if (sumGbps(paths) < asked - rateStepGbps) {
      // On a passive way the free places of its links may not be the same ones, however many there are.
      restore();
      for (const { id, from } of before) draft.regrant(id, from);
      return { kind: 'notFound', availableGbps, refusal: shortage(state, request, { asked, availableGbps }) };
    }
  }
  restore();
  const grant: Grant = {
    id: request.id, tenant: request.tenant, job: request.job, trafficClass: request.trafficClass, rateGbps: asked,
    floorGbps: floorGbpsOf(state.policy, request), startNs: request.startNs, endNs: Math.max(request.endNs, state.leases.get(request.id)?.endNs ?? 0), paths,
  };
  const change = draft.regrant(request.id, grant);
  return { kind: 'found', grant, changes: change === null ? yielded : [...yielded, change] };
}

/** All that a request asks or, when that is not there, as much as is free, as long as it is worth having: its floor at least, and more than it holds. */
export function seekMost(draft: Draft, request: LeaseRequest, options: { readonly mayPreempt: boolean; readonly aboveGbps: number; readonly mayUse?: MayUse }): Found | NotFound {
  const all = seekLight(draft, request, options);
  if (all.kind === 'found') return all;
  const floorGbps = floorGbpsOf(draft.state.policy, request);
  const isWorth = all.availableGbps > options.aboveGbps + rateStepGbps && all.availableGbps >= floorGbps - rateStepGbps;
  if (isWorth) return seekLight(draft, request, { ...options, mayPreempt: false, rateGbps: all.availableGbps });
  if (options.aboveGbps > 0 || floorGbps <= rateStepGbps || !options.mayPreempt) return all;
  return seekLight(draft, request, { ...options, rateGbps: floorGbps });
}

/** `never` when the demand is more than the widest ways carry with nobody on them. */
function shortage(state: State, request: LeaseRequest, { asked, availableGbps }: { readonly asked: number; readonly availableGbps: number }): Refusal {
  const { linkWavelength, wavelengthRateGbps } = state.plant.cluster.fabric;
  const designed = (link: number): number => wavelengthRateGbps.subarray(linkWavelength[link], linkWavelength[link + 1]).reduce((sum, gbps) => sum + gbps, 0);
  const firstHop = new Set<number>();
  for (const links of candidateRoutes(state, request)) firstHop.add(links[0] ?? -1);
  const mostGbps = [...firstHop].reduce((sum, link) => sum + designed(link), 0);
  if (asked > mostGbps + rateStepGbps) {
    return refuse('beyond-the-fabric', 'never', `${request.id} asks for ${asked} Gb/s and the links that leave rank ${request.fromRank} that way carry ${mostGbps} Gb/s by design.`);
  }
  return refuse('no-light', 'wait', `${request.id} asks for ${asked} Gb/s from rank ${request.fromRank} to rank ${request.toRank}; ${availableGbps} Gb/s are free and no lower class holds enough above its floor.`);
}
