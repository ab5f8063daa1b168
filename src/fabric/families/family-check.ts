/** Checks that families share: counts in range, seats for all GPUs, ports of a switch. */

import type { Issue } from '../../base/issue.ts';
import type { ClusterDesign } from '../design.ts';

/** Any one count of a family, and all its switches together: more than any hall holds, so that a slip of the pen is an issue and not a memory fault. */
export const switchesMax = 65_536;

/** A parameter that must be a whole number from `min` to `max`, by default `switchesMax`. */
export function wholeNumber(field: { readonly path: string; readonly value: number; readonly min: number; readonly max?: number; readonly what: string }): readonly Issue[] {
  const { path, value, min, max = switchesMax, what } = field;
  if (Number.isInteger(value) && value >= min && value <= max) return [];
  const range = `from ${min} to ${max}`;
  return [{ code: 'out-of-range', path, value: String(value), message: `${what} must be a whole number ${range}`, remedy: `Choose a value ${range}` }];
}

/** All switches of a family together. */
export function fewEnoughSwitches(count: number, path: string): readonly Issue[] {
  if (count <= switchesMax) return [];
  return [{ code: 'too-many-switches', path, value: String(count), message: `This fabric has ${count} switches, more than ${switchesMax}`, remedy: 'Choose smaller parameters' }];
}

/** A family whose size follows from its parameters must seat every GPU. */
export function enoughSeats(design: ClusterDesign, seats: { readonly count: number; readonly path: string; readonly formula: string }): readonly Issue[] {
  if (design.gpus <= seats.count) return [];
  return [{
    code: 'too-few-seats', path: seats.path, value: String(seats.count), message: `This fabric seats ${seats.formula} = ${seats.count} GPUs and the cluster has ${design.gpus}`,
    remedy: 'Enlarge the fabric or reduce the GPUs',
  }];
}

/** A direct network has one GPU at each place, no more and no fewer. */
export function exactSeats(design: ClusterDesign, seats: { readonly count: number; readonly path: string; readonly formula: string }): readonly Issue[] {
  if (design.gpus === seats.count) return [];
  return [{
    code: 'seats-do-not-match', path: seats.path, value: String(seats.count), message: `This fabric has ${seats.formula} = ${seats.count} places and the cluster has ${design.gpus} GPUs`,
    remedy: `Ask for ${seats.count} GPUs or change the sizes`,
  }];
}

export function enoughPorts(design: ClusterDesign, ports: { readonly count: number; readonly path: string; readonly value: number; readonly formula: string }): readonly Issue[] {
  if (ports.count <= design.switch.radix) return [];
  return [{
    code: 'radix-too-small', path: ports.path, value: String(ports.value), message: `A switch needs ${ports.formula} = ${ports.count} ports and ${design.switch.name} has ${design.switch.radix}`,
    remedy: `Use a switch with at least ${ports.count} ports or smaller parameters`,
  }];
}

/** A family over circuit switches needs one in the design, with enough ports. */
export function needsOcs(design: ClusterDesign, need: { readonly ports: number; readonly formula: string }): readonly Issue[] {
  if (design.ocs === null) {
    return [{ code: 'no-circuit-switch', path: 'ocs', message: `A ${design.family.kind} fabric needs circuit switches and none is stated`, remedy: 'Name a circuit switch, e.g. `ocs: ocs-palomar-136`' }];
  }
  if (design.ocs.radix >= need.ports) return [];
  return [{
    code: 'radix-too-small', path: 'ocs.radix', value: String(design.ocs.radix), message: `A circuit switch needs ${need.ports} ports (${need.formula}) and ${design.ocs.name} has ${design.ocs.radix}`,
    remedy: `Use a circuit switch with at least ${need.ports} ports or a smaller fabric`,
  }];
}
