/**
 * Ports of circuit switches: port p of a switch is its p-th cable in the order of the fabric's tables. Light enters at side A over
 * the cable's link to the switch and leaves at side B over its twin, so a duplex circuit between two ports is two cross-connects.
 */

import type { CrossConnect } from '../plan/plan.ts';
import { nodeKinds } from '../fabric/fabric.ts';
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
  const ports = switches.get(linkSwitch[link] ?? -1);
  const port = linkPort[link] ?? -1;
  if (ports === undefined || ports.entering[port] !== link) return null;
  return ports.leaving[circuits.get(ports.ocs)?.get(port) ?? -1] ?? -1;
}
