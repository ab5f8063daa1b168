/** Fabrics that reach other racks by light alone: wavelength gratings with tunable lasers, and rotor switches with fixed schedules. */

import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';
import type { NodeIx } from '../fabric.ts';
import { chooseOf } from '../routing/hash.ts';
import { enoughPorts, enoughSeats, needsOcs, wholeNumber } from './family-check.ts';
import type { AwgrDesign, RotorDesign } from './family-design.ts';
import { opponentOf, roundsOf } from './matchings.ts';
import type { FamilyPlan, Plot, RankRoute } from './plan.ts';
import { addAccess, addSwitches } from './plan.ts';

interface Base {
  readonly switches: number;
  readonly gpusPerSwitch: number;
  readonly uplinksPerSwitch: number;
}

function checkBase(design: ClusterDesign, base: Base): readonly Issue[] {
  const { switches, gpusPerSwitch, uplinksPerSwitch } = base;
  return [
    ...wholeNumber({ path: 'fabric.switches', value: switches, min: 2, what: 'The number of switches' }),
    ...wholeNumber({ path: 'fabric.gpusPerSwitch', value: gpusPerSwitch, min: 1, what: 'The GPUs per switch' }),
    ...wholeNumber({ path: 'fabric.uplinksPerSwitch', value: uplinksPerSwitch, min: 1, what: 'The uplinks per switch' }),
    ...enoughPorts(design, { count: gpusPerSwitch + uplinksPerSwitch, path: 'switch.radix', value: design.switch.radix, formula: 'gpusPerSwitch + uplinksPerSwitch' }),
    ...enoughSeats(design, { count: switches * gpusPerSwitch, path: 'fabric.switches', formula: 'switches x gpusPerSwitch' }),
    ...needsOcs(design, { ports: switches, formula: 'one port per switch' }),
  ];
}

/** Uplink u of switch s goes to optical device u; its cable is at s * uplinks + u. */
function drawBase(plot: Plot, base: Base, kind: 'ocs' | 'awgr'): { readonly leaf: Int32Array; readonly access: Int32Array; readonly uplink: Int32Array } {
  const { switches, gpusPerSwitch, uplinksPerSwitch } = base;
  const leaf = addSwitches(plot, 'leaf', switches, (index) => index);
  const device = addSwitches(plot, kind, uplinksPerSwitch, () => -1);
  const access = addAccess(plot, (index) => leaf[Math.floor(index / gpusPerSwitch)] ?? 0);
  const uplink = new Int32Array(switches * uplinksPerSwitch);
  for (let at = 0; at < uplink.length; at++) {
    const near = (leaf[Math.floor(at / uplinksPerSwitch)] ?? 0) as NodeIx;
    uplink[at] = plot.draft.addCable({ near, far: (device[at % uplinksPerSwitch] ?? 0) as NodeIx, tier: 'core' });
  }
  return { leaf, access, uplink };
}

/**
 * Tunable lasers over arrayed waveguide gratings (Sirius, SIGCOMM 2020): wavelength (out - in) mod N leads from port in to port out,
 * so every pair of switches is one optical hop apart over any grating; the flow's hash picks the grating.
 */
export function planAwgr(design: ClusterDesign, family: AwgrDesign): Parsed<FamilyPlan> {
  const issues = checkBase(design, family);
  if (issues.length > 0) return { ok: false, issues };
  const { gpusPerSwitch, uplinksPerSwitch: uplinks } = family;
  return parsed({
    summary: `wavelength gratings: ${family.switches} switches over ${uplinks} gratings`,
    zoneOf: (server) => Math.floor((server * design.gpusPerNode) / gpusPerSwitch),
    draw(plot) {
      const { leaf, access, uplink } = drawBase(plot, family, 'awgr');
      return {
        hopsMax: 4, routingName: 'one grating', top: leaf,
        createRoute: () => (from, to, flowHash, into, at) => {
          const [source, target] = [from - plot.firstRank, to - plot.firstRank];
          const [fromSwitch, toSwitch] = [Math.floor(source / gpusPerSwitch), Math.floor(target / gpusPerSwitch)];
          let next = at;
          into[next++] = 2 * (access[source] ?? 0);
          if (fromSwitch !== toSwitch) {
            const grating = chooseOf(uplinks, flowHash, 0);
            into[next++] = 2 * (uplink[fromSwitch * uplinks + grating] ?? 0);
            into[next++] = 2 * (uplink[toSwitch * uplinks + grating] ?? 0) + 1;
          }
          into[next++] = 2 * (access[target] ?? 0) + 1;
          return next;
        },
      };
    },
  });
}

/** Share of time in which a rotor's circuits carry data: what reconfiguration leaves of a slot (Mellette et al., SIGCOMM 2017). */
export const rotorDutyCycle = (slot: { readonly slotNs: number; readonly reconfigureNs: number }): number => Math.max(0, 1 - slot.reconfigureNs / slot.slotNs);

/** Matching that rotor `rotor` shows in slot `slot`: rotors are staggered evenly through the cycle. */
export const rotorMatching = (schedule: { readonly switches: number; readonly rotors: number; readonly rotor: number; readonly slot: number }): number => {
  const rounds = roundsOf(schedule.switches);
  return (schedule.slot + Math.floor((schedule.rotor * rounds) / schedule.rotors)) % rounds;
};

/**
 * Each rotor shows one matching of all switches in the stated slot. Between switches that no present circuit joins, traffic goes
 * through switches that are joined, on a shortest path over the present circuits (as Opera routes its expander, NSDI 2020);
 * uplinks that sit out are dark.
 */
export function planRotor(design: ClusterDesign, family: RotorDesign): Parsed<FamilyPlan> {
  const issues = [...checkBase(design, family), ...wholeNumber({ path: 'fabric.slot', value: family.slot, min: 0, what: 'The slot' })];
  if (!(family.slotNs > family.reconfigureNs && family.reconfigureNs >= 0)) {
    issues.push({ code: 'out-of-range', path: 'fabric.slotNs', value: String(family.slotNs), message: 'A slot must be longer than the reconfiguration inside it', remedy: `Use a slot above ${family.reconfigureNs} ns` });
  }
  const next = issues.length > 0 ? [] : rotorSteps(family);
  const unreached = next.length === 0 ? -1 : (next[0] ?? []).findIndex((step, to) => to !== 0 && step < 0);
  if (unreached >= 0) {
    issues.push({
      code: 'disconnected', path: 'fabric.uplinksPerSwitch', value: String(family.uplinksPerSwitch),
      message: `In slot ${family.slot} the circuits do not join switch 0 and switch ${unreached}`, remedy: 'Use more rotors',
    });
  }
  if (issues.length > 0) return { ok: false, issues };
  return parsed({
    summary: `rotor: ${family.switches} switches over ${family.uplinksPerSwitch} rotors, slot ${family.slot}, duty ${(100 * rotorDutyCycle(family)).toFixed(1)} %`,
    zoneOf: (server) => Math.floor((server * design.gpusPerNode) / family.gpusPerSwitch),
    draw(plot) {
      const { leaf, access, uplink } = drawBase(plot, family, 'ocs');
      const { switches, uplinksPerSwitch: rotors } = family;
      for (let rotor = 0; rotor < rotors; rotor++) {
        const round = rotorMatching({ switches, rotors, rotor, slot: family.slot });
        for (let one = 0; one < switches; one++) {
          const other = opponentOf(switches, one, round);
          if (other > one) plot.draft.addCircuit({ one: uplink[one * rotors + rotor] ?? 0, other: uplink[other * rotors + rotor] ?? 0 });
        }
      }
      return { hopsMax: 2 + 2 * switches, routingName: 'present circuits', top: leaf, createRoute: () => rotorRoute(plot, family, { access, uplink, next }) };
    },
  });
}

/** For every destination switch, the rotor to take from each switch; -1 without a way. Rotor fabrics are small: switches are bounded by a rotor's ports. */
function rotorSteps(family: RotorDesign): number[][] {
  const { switches, uplinksPerSwitch: rotors, slot } = family;
  const peer = Array.from({ length: switches }, (_, one) => Array.from({ length: rotors }, (_unused, rotor) => opponentOf(switches, one, rotorMatching({ switches, rotors, rotor, slot }))));
  return Array.from({ length: switches }, (_, to) => {
    const rotorTo = new Array<number>(switches).fill(-1);
    const queue = [to];
    const seen = new Set(queue);
    for (const here of queue) {
      (peer[here] ?? []).forEach((from, rotor) => {
        if (from < 0 || seen.has(from)) return;
        seen.add(from);
        rotorTo[from] = rotor;
        queue.push(from);
      });
    }
    return rotorTo;
  });
}

function rotorRoute(plot: Plot, family: RotorDesign, tables: { readonly access: Int32Array; readonly uplink: Int32Array; readonly next: readonly number[][] }): RankRoute {
  const { switches, gpusPerSwitch, uplinksPerSwitch: rotors, slot } = family;
  return (from, to, _flowHash, into, at) => {
    const [source, target] = [from - plot.firstRank, to - plot.firstRank];
    const toSwitch = Math.floor(target / gpusPerSwitch);
    let here = Math.floor(source / gpusPerSwitch);
    let next = at;
    into[next++] = 2 * (tables.access[source] ?? 0);
    while (here !== toSwitch) {
      const rotor = tables.next[toSwitch]?.[here] ?? -1;
      if (rotor < 0) return -1;
      const there = opponentOf(switches, here, rotorMatching({ switches, rotors, rotor, slot }));
      into[next++] = 2 * (tables.uplink[here * rotors + rotor] ?? 0);
      into[next++] = 2 * (tables.uplink[there * rotors + rotor] ?? 0) + 1;
      here = there;
    }
    into[next++] = 2 * (tables.access[target] ?? 0) + 1;
    return next;
  };
}
