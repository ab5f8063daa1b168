/**
 * Ports of circuit switches: port p of a switch is its p-th cable in the order of the fabric's tables. Light enters at side A over
 * the cable's link to the switch and leaves at side B over its twin, so a duplex circuit between two ports is two cross-connects.
 */

import type { CrossConnect } from '../plan/plan.ts';
import { nodeKinds } from '../fabric/fabric.ts';
import type { PathSearch } from '../plan/paths/find-path.ts';
import { createPathSearch } from '../plan/paths/find-path.ts';
import type { Plant } from './plant.ts';

export interface SwitchPorts {
  /** Component row of the switch. */
  readonly ocs: number;
  /** By port: the link that enters the switch, and the one that leaves it. */
  readonly entering: Int32Array;
  readonly leaving: Int32Array;
}

interface PortTable {
  readonly switches: ReadonlyMap<number, SwitchPorts>;
  /** By link: component row of the circuit switch at one of its ends and the port there; -1 for links without one. */
  readonly linkSwitch: Int32Array;
  readonly linkPort: Int32Array;
}

const ocsKind = nodeKinds.indexOf('ocs');

function readPorts({ cluster: { fabric } }: Plant): PortTable {
  const switches = new Map<number, SwitchPorts>();
  const linkSwitch = new Int32Array(fabric.linkCount).fill(-1);
  const linkPort = new Int32Array(fabric.linkCount).fill(-1);
  for (let node = 0; node < fabric.nodeCount; node++) {
    if (fabric.nodeKind[node] !== ocsKind) continue;
    const leaving = fabric.outLink.slice(fabric.outOffset[node], fabric.outOffset[node + 1]);
    const entering = leaving.map((link) => fabric.linkReverse[link] ?? -1);
    const ocs = fabric.nodeComponent[node] ?? -1;
    for (const rows of [leaving, entering]) {
      rows.forEach((link, port) => {
        linkSwitch[link] = ocs;
        linkPort[link] = port;
      });
    }
    switches.set(ocs, { ocs, entering, leaving });
  }
  return { switches, linkSwitch, linkPort };
}

/** Ports follow from the plant alone, which never changes. */
const tables = new WeakMap<Plant, PortTable>();

export function portTable(plant: Plant): PortTable {
  let table = tables.get(plant);
  if (table === undefined) tables.set(plant, (table = readPorts(plant)));
  return table;
}

/** The cross-connects that the fabric is built with, by switch: A port to B port. */
export function designedCircuits(plant: Plant): Map<number, Map<number, number>> {
  const { switches, linkPort } = portTable(plant);
  const circuits = new Map<number, Map<number, number>>();
  for (const { ocs, entering } of switches.values()) {
    const made = new Map<number, number>();
    entering.forEach((link, port) => {
      const out = plant.cluster.fabric.circuitOut[link] ?? -1;
      if (out >= 0) made.set(port, linkPort[out] ?? -1);
    });
    circuits.set(ocs, made);
  }
  return circuits;
}

/** The links that a cross-connect joins, or `null` where the switch or a port does not exist. */
export function linksOf(plant: Plant, { ocs, aPort, bPort }: CrossConnect): { readonly entering: number; readonly leaving: number } | null {
  const ports = portTable(plant).switches.get(ocs);
  const entering = ports?.entering[aPort];
  const leaving = ports?.leaving[bPort];
  return entering === undefined || leaving === undefined ? null : { entering, leaving };
}

/** Where the present cross-connects send light that enters over a link: the link that leaves, -1 for nowhere, `null` where the link enters no circuit switch. */
export function onwardLink(plant: Plant, circuits: ReadonlyMap<number, ReadonlyMap<number, number>>, link: number): number | null {
  const { switches, linkSwitch, linkPort } = portTable(plant);
  const ocs = linkSwitch[link] ?? -1;
  const ports = ocs < 0 ? undefined : switches.get(ocs);
  const port = linkPort[link] ?? -1;
  if (ports === undefined || ports.entering[port] !== link) return null;
  return ports.leaving[circuits.get(ports.ocs)?.get(port) ?? -1] ?? -1;
}

/** Intended cross-connects by switch: A port to B port. */
export type CircuitTable = ReadonlyMap<number, ReadonlyMap<number, number>>;

/** Where the present cross-connects take the light from that leaves by a link: the link that enters, -1 for nowhere or where no circuit switch is left. */
function inwardLink(plant: Plant, circuits: CircuitTable, link: number): number {
  const { switches, linkSwitch, linkPort } = portTable(plant);
  const ports = switches.get(linkSwitch[link] ?? -1);
  const port = linkPort[link] ?? -1;
  if (ports === undefined || ports.leaving[port] !== link) return -1;
  const made = circuits.get(ports.ocs);
  // Most circuits are duplex: the port's own A side leads back to where its light comes from.
  const usual = made?.get(port) ?? -1;
  if (made?.get(usual) === port) return ports.entering[usual] ?? -1;
  for (const [aPort, bPort] of made ?? []) if (bPort === port) return ports.entering[aPort] ?? -1;
  return -1;
}

/** The directed links that light on a link passes over the circuits as they stand, first to last: the link alone where it meets no circuit switch. */
export function lightWay(plant: Plant, circuits: CircuitTable, link: number): readonly number[] {
  const { linkSwitch } = portTable(plant);
  if ((linkSwitch[link] ?? -1) < 0) return [link];
  const way = [link];
  // A port is in at most one circuit, so no link comes twice unless the circuits close a ring of switches; none of those sends light.
  for (let before = inwardLink(plant, circuits, link); before >= 0 && !way.includes(before); before = inwardLink(plant, circuits, before)) way.unshift(before);
  for (let after = onwardLink(plant, circuits, link) ?? -1; after >= 0 && !way.includes(after); after = onwardLink(plant, circuits, after) ?? -1) way.push(after);
  return way;
}

/** A circuit that the fabric was not designed with: the link that enters and the one that leaves. */
export interface ExtraCircuit extends CrossConnect {
  readonly entering: number;
  readonly leaving: number;
}

/** What follows from a table of circuits as it is after so many changes; the search, which is dear, only once somebody searches. */
interface Derived {
  readonly changes: number;
  readonly extra: ReadonlyMap<number, readonly ExtraCircuit[]>;
  /** Shared by copies of the table. */
  readonly paths: { search: PathSearch | null };
}

/** How often each table of circuits has changed since it was made, and what followed from it at one of those changes. */
const changesOf = new WeakMap<CircuitTable, number>();
const known = new WeakMap<CircuitTable, Derived>();

/** To be told by whoever changes a table of circuits in place: what follows from it is worked out anew. */
export const noteCircuitChange = (circuits: CircuitTable): void => void changesOf.set(circuits, circuitChanges(circuits) + 1);

/** How often this very table has changed, for whoever keeps what follows from it. */
export const circuitChanges = (circuits: CircuitTable): number => changesOf.get(circuits) ?? 0;

function derive(plant: Plant, circuits: CircuitTable, changes: number): Derived {
  const { fabric } = plant.cluster;
  const extra = new Map<number, ExtraCircuit[]>();
  for (const { ocs, entering: into, leaving: outOf } of portTable(plant).switches.values()) for (const [aPort, bPort] of circuits.get(ocs) ?? []) {
    const [entering, leaving] = [into[aPort] ?? -1, outOf[bPort] ?? -1];
    if (fabric.circuitOut[entering] === leaving) continue;
    const between = (fabric.linkSource[entering] ?? 0) * fabric.nodeCount + (fabric.linkTarget[leaving] ?? 0);
    extra.set(between, [...extra.get(between) ?? [], { ocs, aPort, bPort, entering, leaving }]);
  }
  return { changes, extra, paths: { search: null } };
}

function derivedFrom(plant: Plant, circuits: CircuitTable): Derived {
  const changes = circuitChanges(circuits);
  let derived = known.get(circuits);
  if (derived?.changes !== changes) known.set(circuits, (derived = derive(plant, circuits, changes)));
  return derived;
}

/** A copy that knows what followed from the table it is made of. */
export function copyCircuits(circuits: ReadonlyMap<number, ReadonlyMap<number, number>>): Map<number, Map<number, number>> {
  const copy = new Map([...circuits].map(([ocs, ports]) => [ocs, new Map(ports)] as const));
  const derived = known.get(circuits);
  if (derived !== undefined && derived.changes === circuitChanges(circuits)) known.set(copy, { ...derived, changes: 0 });
  return copy;
}

function searchOver(plant: Plant, circuits: CircuitTable): PathSearch {
  const { fabric } = plant.cluster;
  const circuitOut = new Int32Array(fabric.linkCount).fill(-1);
  for (const { ocs, entering, leaving } of portTable(plant).switches.values()) for (const [aPort, bPort] of circuits.get(ocs) ?? []) circuitOut[entering[aPort] ?? -1] = leaving[bPort] ?? -1;
  return circuitOut.every((out, link) => out === fabric.circuitOut[link]) ? plant.paths : createPathSearch({ ...fabric, circuitOut });
}

/** A path search over the circuits as they stand; the plant's own where they are those of the design. */
export function pathsOver(plant: Plant, circuits: CircuitTable): PathSearch {
  if (portTable(plant).switches.size === 0) return plant.paths;
  const { paths } = derivedFrom(plant, circuits);
  return (paths.search ??= searchOver(plant, circuits));
}

/** All circuits that the fabric was not designed with, by switch and port. */
export const extraCircuits = (plant: Plant, circuits: CircuitTable): readonly ExtraCircuit[] => [...derivedFrom(plant, circuits).extra.values()].flat().sort((a, b) => a.ocs - b.ocs || a.aPort - b.aPort);

/** The ways of a route with circuits that stand in for its own: from the same node to the same node, over other ports. */
export function standInWays(plant: Plant, circuits: CircuitTable, links: readonly number[]): readonly (readonly number[])[] {
  const { switches, linkSwitch } = portTable(plant);
  if (switches.size === 0) return [];
  const { extra } = derivedFrom(plant, circuits);
  if (extra.size === 0) return [];
  const { fabric } = plant.cluster;
  return links.flatMap((link, at) => {
    const next = links[at + 1];
    if (next === undefined || (linkSwitch[link] ?? -1) < 0 || onwardLink(plant, circuits, link) === null) return [];
    const between = (fabric.linkSource[link] ?? 0) * fabric.nodeCount + (fabric.linkTarget[next] ?? 0);
    return (extra.get(between) ?? []).map(({ entering, leaving }) => links.toSpliced(at, 2, entering, leaving));
  });
}
