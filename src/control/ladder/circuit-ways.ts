/**
 * The reroute rung's other half: a new circuit where no present path has the light, through free ports of circuit switches or through
 * ports of circuits that can be spared.
 *
 * Each dead or threatened hop through a switch is replaced by a circuit between the same two nodes over other ports, of the same
 * switch or of another. Make before break wherever two ports are free; else removal and creation go to the switch in one order, so
 * that light is dark for one switching time. A lease whose light is gone waits for that time; the price counts what of it falls
 * outside the phase gaps of its job.
 */

import { actText, countText } from '../../base/number-text.ts';
import type { Change, Grant, GrantPath } from '../../plan/plan.ts';
import { onwardLink } from '../circuit-ports.ts';
import { partName } from '../explain/name-parts.ts';
import { pathOver } from '../leases/seek-light.ts';
import type { Affected } from './affected.ts';
import { CircuitDraft } from './circuit-draft.ts';
import { busyNs, expectedStallNs } from './circuit-stall.ts';
import { unfit } from './fitness.ts';
import type { Ledger } from './ledger.ts';
import { rateSlack } from './ledger.ts';
import { stepNowNs } from './price.ts';
import type { LadderQuestion, RungAnswer } from './proposal.ts';
import { cannot, propose, withPaths } from './proposal.ts';

/** New circuits of one plan: beyond this a decision would take too long, and other rungs serve. */
const newCircuitsMax = 256;
/** Circuits that one path has replaced: planes of switches that are lost together. */
const newHopsMax = 4;
/** Pairs of ports whose circuits carry leases that are tried for all new circuits of a plan: each costs searches for other ways. */
const ladenPairsMax = 32;

interface Wanted {
  readonly draft: CircuitDraft;
  readonly avoid: (link: number) => boolean;
  /** Leases that must not be moved for others: they are moving themselves. */
  readonly stays: ReadonlySet<string>;
  /** Pairs of ports with leases that have been tried. */
  ladenTried: number;
}

/** All of the rate over these links under the draft's circuits, or nothing. */
function wholeWay({ draft, avoid }: Wanted, links: readonly number[], path: GrantPath): GrantPath | null {
  if (links.some(avoid)) return null;
  const alone = path.wavelengths.some((rows) => rows.length > 0);
  const way = pathOver(draft, links, { rateGbps: path.rateGbps, alone });
  return way !== null && way.rateGbps >= path.rateGbps * (1 - rateSlack) ? way : null;
}

/** A way with a hop through a switch that has to be replaced, whose links are at `at` and behind it. */
interface BadHop {
  readonly links: readonly number[];
  readonly at: number;
  /** Places of links that are replaced later: they are not looked at yet. */
  readonly later: ReadonlySet<number>;
}

/** The links of the way led over a new circuit between the same nodes. */
function overNewCircuit(wanted: Wanted, path: GrantPath, { links, at, later }: BadHop): readonly number[] | null {
  const { draft } = wanted;
  const { fabric } = draft.state.plant.cluster;
  const [entering, leaving] = [links[at] ?? -1, links[at + 1] ?? -1];
  const [from, to] = [fabric.linkSource[entering] ?? -1, fabric.linkTarget[leaving] ?? -1];
  const led = (onto: readonly [number, number]): readonly number[] | null => {
    const way = links.toSpliced(at, 2, ...onto);
    return wholeWay(wanted, way.filter((_, place) => !later.has(place)), path) === null ? null : way;
  };
  const joined = (): readonly number[] | null => {
    for (const link of fabric.outLink.subarray(fabric.outOffset[from], fabric.outOffset[from + 1])) {
      const onward = onwardLink(draft.state.plant, draft.state.circuits, link) ?? -1;
      const way = onward < 0 || fabric.linkTarget[onward] !== to ? null : led([link, onward]);
      if (way !== null) return way;
    }
    return null;
  };
  let way = joined();
  if (way === null && draft.made < newCircuitsMax) {
    for (const ports of draft.portsBetween(from, to)) {
      if (ports.laden > 0 && ++wanted.ladenTried > ladenPairsMax) break;
      const takeBack = draft.join(ports, wanted.stays);
      if (takeBack === null) continue;
      way = joined();
      if (way !== null) break;
      takeBack();
    }
  }
  return way;
}

/** Another way for a path that is short of light, by new circuits alone, one for each hop that lost it; `null` where its trouble is elsewhere or no ports serve. */
function replaced(wanted: Wanted, path: GrantPath): GrantPath | null {
  const { plant, circuits } = wanted.draft.state;
  const bad = path.links.flatMap((link, at) => {
    const onward = onwardLink(plant, circuits, link);
    return onward !== null && path.links[at + 1] !== undefined && (wanted.avoid(link) || wanted.avoid(path.links[at + 1] ?? link)) ? [at] : [];
  });
  // Light that passes two switches without anybody between them is one circuit more than can be replaced hop by hop.
  const isChain = bad.some((at, turn) => bad[turn + 1] === at + 1);
  if (bad.length === 0 || bad.length > newHopsMax || isChain) return null;
  let { links } = path;
  for (const [turn, at] of bad.entries()) {
    const later = new Set(bad.slice(turn + 1).flatMap((hop) => [hop, hop + 1]));
    const next = overNewCircuit(wanted, path, { links, at, later });
    if (next === null) return null;
    links = next;
  }
  return wholeWay(wanted, links, path);
}

/** New circuits for every short or threatened path of a lease; `null` where one of them finds none. */
function rescued(wanted: Wanted, { grant, short, atRisk }: Affected): Grant | null {
  const paths: GrantPath[] = [];
  for (const [row, path] of grant.paths.entries()) {
    if (!short.includes(row) && !atRisk.includes(row)) {
      paths.push(path);
      continue;
    }
    // On links that both ways share the lease keeps its own light.
    wanted.draft.ledger.release(path);
    const way = replaced(wanted, path);
    if (way === null) return null;
    wanted.draft.ledger.take(way);
    paths.push(way);
  }
  return withPaths(grant, paths);
}

/** What jobs lose while leases whose light is gone wait for their circuits. */
function pauses({ state }: LadderQuestion, waiting: readonly Affected[]): ReadonlyMap<string, number> {
  const pauseNs = new Map<string, number>();
  for (const { grant } of waiting) {
    const job = grant.job === null ? undefined : state.jobs.get(grant.job);
    if (job === undefined) continue;
    const stepNs = stepNowNs(state, job);
    const stallNs = expectedStallNs({ darkNs: state.plant.circuitReadyNs, stepNs, busyNs: busyNs(job, grant.trafficClass, stepNs) });
    pauseNs.set(job.request.id, Math.max(pauseNs.get(job.request.id) ?? 0, stallNs));
  }
  return pauseNs;
}

function reasonOf({ state }: LadderQuestion, changes: readonly Change[], { draft, rescuedCount }: { readonly draft: CircuitDraft; readonly rescuedCount: number }): string {
  if (changes.length === 0) return `${actText(rescuedCount, 'lease', 'move')} to other circuits that stand already, at full rate, made before the old ways are broken.`;
  const switches = [...new Set(changes.flatMap((change) => (change.kind === 'connect' ? [change.circuit.ocs] : [])))].sort((a, b) => a - b).map((ocs) => partName(state.plant, ocs));
  const how = draft.broken === 0
    ? 'made on free ports before anything is broken'
    : `for which ${countText(draft.broken, 'circuit')} that can be spared ${draft.broken === 1 ? 'is' : 'are'} broken first, in the same order to the switch`;
  const moved = draft.moved.size === 0 ? '' : ` ${countText(draft.moved.size, 'lease')} on those ${draft.moved.size === 1 ? 'moves' : 'move'} to other paths.`;
  const light = `light is back ${(state.plant.circuitReadyNs / 1e6).toFixed(1)} ms after the order`;
  return `${actText(rescuedCount, 'lease', 'move')} over ${countText(draft.made, 'new circuit')} of ${switches.join(', ')}, ${how}; ${light}.${moved}`;
}

/** Serves the leases that found no other path by new circuits, beside the grants of those that did; names the first that finds none. */
export function overNewCircuits(question: LadderQuestion, ledger: Ledger, found: { readonly grants: ReadonlyMap<string, Grant>; readonly stuck: readonly Affected[] }): RungAnswer {
  const { state, view } = question;
  if (state.circuits.size === 0) return cannot();
  const avoid = unfit(state, view);
  const draft = new CircuitDraft(state, ledger, avoid);
  const wanted: Wanted = { draft, avoid, stays: new Set([...found.grants.keys(), ...found.stuck.map(({ id }) => id)]), ladenTried: 0 };
  const grants = new Map(found.grants);
  for (const one of found.stuck) {
    const grant = rescued(wanted, one);
    if (grant === null) return cannot(`No free ports of a circuit switch, and no circuits that can be spared, would give lease ${one.id} a new circuit.`);
    grants.set(one.id, grant);
  }
  for (const [id, grant] of draft.moved) grants.set(id, grant);
  const changes = draft.changes();
  const others = found.grants.size === 0 ? [] : [`${actText(found.grants.size, 'lease', 'move')} to other paths at full rate, made before the old ones are broken.`];
  const reasons = [reasonOf(question, changes, { draft, rescuedCount: found.stuck.length }), ...others];
  // Nobody waits for circuits that stand already.
  const waiting = changes.length === 0 ? [] : found.stuck.filter(({ short }) => short.length > 0);
  return propose(state, grants, reasons, { first: changes, pauseNs: pauses(question, waiting) });
}
