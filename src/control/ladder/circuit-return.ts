/**
 * Back to the circuits of the design: what stood in for them is undone when they have been sound for the hold-down.
 *
 * Health returns with hysteresis, so a part that flaps keeps its stand-in. A switch goes back only when every lease on its stand-ins
 * finds its full rate elsewhere, and is asked no more often than once a minute, so that one which cannot is not asked for ever.
 */

import type { Change, Grant, GrantPath } from '../../plan/plan.ts';
import type { ExtraCircuit } from '../circuit-ports.ts';
import { designedCircuits, extraCircuits, linksOf } from '../circuit-ports.ts';
import { partName } from '../explain/name-parts.ts';
import type { Fact } from '../fact.ts';
import type { State } from '../state.ts';
import { CircuitDraft } from './circuit-draft.ts';
import { findWayRound } from './find-way.ts';
import { unfit } from './fitness.ts';
import { Ledger } from './ledger.ts';
import { propose, withPaths } from './proposal.ts';
import { viewWith } from './view.ts';

/** No plan stands open for less than this after the switch was last told anything. */
const restNs = 60e9;

type Ports = ReadonlyMap<number, number>;

/** The circuits of a switch without the extra ones, and with those of the design whose ports these had taken. */
function returned(designed: Ports, present: Ports, extra: readonly ExtraCircuit[]): Map<number, number> {
  const after = new Map(present);
  const [freedA, freedB] = [new Set(extra.map(({ aPort }) => aPort)), new Set(extra.map(({ bPort }) => bPort))];
  for (const aPort of freedA) after.delete(aPort);
  for (const [aPort, bPort] of designed) {
    const wasTaken = freedA.has(aPort) || freedB.has(bPort);
    if (wasTaken && !after.has(aPort) && ![...after.values()].includes(bPort)) after.set(aPort, bPort);
  }
  return after;
}

/** Whether every circuit that the design has between the ends of the extra ones is made or to be made, of sound parts. */
function isSoundAgain(state: State, avoid: (link: number) => boolean, extra: readonly ExtraCircuit[]): boolean {
  const { fabric } = state.plant.cluster;
  return extra.every(({ entering, leaving }) => {
    const from = fabric.linkSource[entering] ?? 0;
    for (const link of fabric.outLink.subarray(fabric.outOffset[from], fabric.outOffset[from + 1])) {
      const onward = fabric.circuitOut[link] ?? -1;
      if (onward >= 0 && fabric.linkTarget[onward] === fabric.linkTarget[leaving] && (avoid(link) || avoid(onward))) return false;
    }
    return true;
  });
}

/** The ladder joins two ports both ways; what a switch shows by itself and was believed in is not undone. */
const isStandIn = ({ circuits }: State, { ocs, aPort, bPort }: ExtraCircuit): boolean => aPort !== bPort && circuits.get(ocs)?.get(bPort) === aPort;

/** Whether a plan is still to change circuits of a switch, or is at it. */
function isAwaited({ openPlans }: State, ocs: number): boolean {
  for (const { changes } of openPlans.values()) if (changes.some((change) => (change.kind === 'connect' || change.kind === 'disconnect') && change.circuit.ocs === ocs)) return true;
  return false;
}

/** Leases over circuits that go, on other ways, which are there before these go; `null` where one would lose light. */
function movedOff(draft: CircuitDraft, avoid: (link: number) => boolean, gone: ReadonlySet<number>): Map<string, Grant> | null {
  const { state, ledger } = draft;
  const grants = new Map<string, Grant>();
  const ids = new Set([...gone].flatMap((link) => [...state.leasesOfLink.get(link) ?? []]));
  for (const id of [...ids].sort()) {
    const lease = state.leases.get(id);
    if (lease?.grant == null) continue;
    const paths: GrantPath[] = [];
    for (const path of lease.grant.paths) {
      const isOver = path.links.some((link) => gone.has(link));
      const alone = path.wavelengths.some((rows) => rows.length > 0);
      const { fromRank, toRank } = lease.request;
      if (isOver) ledger.release(path);
      const way = isOver ? findWayRound(state, ledger, { fromRank, toRank, rateGbps: path.rateGbps, alone, avoid }) : path;
      if (way === null) return null;
      if (isOver) ledger.take(way);
      paths.push(way);
    }
    grants.set(id, withPaths(lease.grant, paths));
  }
  return grants;
}

function changesBack(state: State, ocs: number, extra: readonly ExtraCircuit[], designed: Ports): readonly Change[] | null {
  const view = viewWith(state, []);
  const avoid = unfit(state, view);
  if (!isSoundAgain(state, avoid, extra)) return null;
  const draft = new CircuitDraft(state, new Ledger(state, view), avoid);
  const present = state.circuits.get(ocs) ?? new Map<number, number>();
  const after = returned(designed, present, extra);
  draft.set(ocs, after);
  const gone = new Set<number>();
  for (const [aPort, bPort] of present) {
    const links = after.get(aPort) === bPort ? null : linksOf(state.plant, { ocs, aPort, bPort });
    for (const link of links === null ? [] : [links.entering, links.leaving]) gone.add(link);
  }
  const grants = movedOff(draft, (link) => gone.has(link) || avoid(link), gone);
  const answer = grants === null ? null : propose(state, grants, [], { last: draft.changes() });
  return answer?.ok === true ? answer.proposal.changes : null;
}

/** At a tick: one switch after another goes back to its design where it can. Promised leases over a stand-in keep it until they have begun. */
export function decideCircuitReturn(state: State, atNs: number): readonly Fact[] {
  const extra = extraCircuits(state.plant, state.circuits).filter((circuit) => isStandIn(state, circuit));
  if (extra.length === 0) return [];
  const designed = designedCircuits(state.plant);
  for (const ocs of new Set(extra.map((circuit) => circuit.ocs))) {
    const own = extra.filter((circuit) => circuit.ocs === ocs);
    const last = state.reconfigured.get(ocs)?.at(-1) ?? -Infinity;
    const isPromised = [...state.promised].some((id) => state.leases.get(id)?.promised?.paths.some(({ links }) => own.some(({ entering }) => links.includes(entering))) === true);
    if (atNs - last < restNs || isPromised || isAwaited(state, ocs)) continue;
    const changes = changesBack(state, ocs, own, designed.get(ocs) ?? new Map());
    if (changes === null || changes.length === 0) continue;
    const reasons = [`${partName(state.plant, ocs)} gives up ${own.length} cross-connects that stood in for others.`];
    return [{ kind: 'planned', plan: { changes, reasons }, reason: 'The circuits of the design are sound again.' }];
  }
  return [];
}
