/**
 * Translates the changes of a plan into what devices are told, in stages: the next one goes out when every device has done the one before.
 *
 * The first stage makes: new circuits on ports that are free, rates and tuning. The second breaks: circuits that are no longer
 * wanted, and in the same order to the switch those that need their ports, removed then created, so that light is dark for one
 * reconfiguration only.
 */

import type { Change, CrossConnect } from '../../plan/plan.ts';
import { kindOf } from '../../fabric/components.ts';
import { nodeKinds } from '../../fabric/fabric.ts';
import type { ComponentIx } from '../../fabric/fabric.ts';
import type { DeviceAction } from '../fact.ts';
import type { Plant } from '../plant.ts';

export interface Instruction {
  readonly device: string;
  readonly action: DeviceAction;
}

type Ports = Omit<CrossConnect, 'ocs'>;

interface SwitchWork {
  readonly remove: Map<number, number>;
  readonly create: Map<number, number>;
}

/** Net work per switch: a circuit that the same plan makes and breaks is no work. */
function switchWork(changes: readonly Change[]): Map<number, SwitchWork> {
  const work = new Map<number, SwitchWork>();
  for (const change of changes) {
    if (change.kind !== 'connect' && change.kind !== 'disconnect') continue;
    const { ocs, aPort, bPort } = change.circuit;
    let own = work.get(ocs);
    if (own === undefined) work.set(ocs, (own = { remove: new Map(), create: new Map() }));
    const [into, against] = change.kind === 'connect' ? [own.create, own.remove] : [own.remove, own.create];
    if (against.get(aPort) === bPort) against.delete(aPort);
    else into.set(aPort, bPort);
  }
  return work;
}

const portList = (ports: ReadonlyMap<number, number>): readonly Ports[] => [...ports].map(([aPort, bPort]) => ({ aPort, bPort })).sort((a, b) => a.aPort - b.aPort);

function circuitStages(plant: Plant, changes: readonly Change[]): { readonly make: Instruction[]; readonly breakThenMake: Instruction[] } {
  const make: Instruction[] = [];
  const breakThenMake: Instruction[] = [];
  for (const [ocs, { remove, create }] of [...switchWork(changes)].sort(([a], [b]) => a - b)) {
    const device = deviceOf(plant, ocs);
    const freedB = new Set(remove.values());
    const onFreePorts = new Map([...create].filter(([aPort, bPort]) => !remove.has(aPort) && !freedB.has(bPort)));
    const onFreedPorts = new Map([...create].filter(([aPort]) => !onFreePorts.has(aPort)));
    if (onFreePorts.size > 0) make.push({ device, action: { kind: 'crossConnect', ocs, remove: [], create: portList(onFreePorts) } });
    if (remove.size > 0) breakThenMake.push({ device, action: { kind: 'crossConnect', ocs, remove: portList(remove), create: portList(onFreedPorts) } });
  }
  return { make, breakThenMake };
}

/** A component is spoken to by its own name. */
export const deviceOf = (plant: Plant, component: number): string => plant.cluster.fabric.componentName(component as ComponentIx);

const passive = new Set([nodeKinds.indexOf('ocs'), nodeKinds.indexOf('awgr')]);

/** What answers for the module or engine at the sending end of a directed link, past the package that holds an engine: a switch, or an adapter of a server; -1 where light only passes through. */
export function speakerOf({ cluster: { fabric } }: Plant, link: number): number {
  const node = fabric.linkSource[link] ?? -1;
  if (passive.has(fabric.nodeKind[node] ?? -1)) return -1;
  const { components, componentParent } = fabric;
  const body = componentParent[fabric.linkPort[link] ?? -1] ?? -1;
  const isBody = body >= 0 && (kindOf(components, body) === 'module' || kindOf(components, body) === 'engine');
  // Copper leaves its node by no module.
  if (!isBody) return fabric.nodeComponent[node] ?? -1;
  const above = componentParent[body] ?? -1;
  return above >= 0 && kindOf(components, above) === 'package' ? (componentParent[above] ?? above) : above;
}

/** What a wavelength's orders go to. */
const senderOf = (plant: Plant, wavelength: number): number => speakerOf(plant, plant.cluster.fabric.wavelengthLink[wavelength] ?? -1);

interface SenderWork {
  readonly rates: Map<number, number>;
  readonly tuning: Map<number, number>;
}

/** Rates and tuning by sender: the last word on each wavelength counts. */
function senderStage(plant: Plant, changes: readonly Change[]): readonly Instruction[] {
  const work = new Map<number, SenderWork>();
  for (const change of changes) {
    if (change.kind !== 'setRate' && change.kind !== 'tune') continue;
    const sender = senderOf(plant, change.wavelength);
    if (sender < 0) continue;
    let own = work.get(sender);
    if (own === undefined) work.set(sender, (own = { rates: new Map(), tuning: new Map() }));
    if (change.kind === 'setRate') own.rates.set(change.wavelength, change.toGbps);
    else own.tuning.set(change.wavelength, change.toNm);
  }
  return [...work].sort(([a], [b]) => a - b).flatMap(([sender, { rates, tuning }]): readonly Instruction[] => {
    const device = deviceOf(plant, sender);
    return [
      ...(tuning.size > 0 ? [{ device, action: { kind: 'tune', wavelengths: [...tuning.keys()], nm: [...tuning.values()] } as const }] : []),
      ...(rates.size > 0 ? [{ device, action: { kind: 'setRates', wavelengths: [...rates.keys()], gbps: [...rates.values()] } as const }] : []),
    ];
  });
}

/** The rates and tuning among changes that one device carries out. */
export const ordersOf = (plant: Plant, changes: readonly Change[], device: string): readonly Change[] => changes.filter((change) => {
  if (change.kind !== 'setRate' && change.kind !== 'tune') return false;
  const sender = senderOf(plant, change.wavelength);
  return sender >= 0 && deviceOf(plant, sender) === device;
});

/** Stages of a change set; none when it tells no device anything. */
export function stagesOf(plant: Plant, changes: readonly Change[]): readonly (readonly Instruction[])[] {
  if (!changes.some(({ kind }) => kind === 'connect' || kind === 'disconnect' || kind === 'setRate' || kind === 'tune')) return [];
  const { make, breakThenMake } = circuitStages(plant, changes);
  return [[...make, ...senderStage(plant, changes)], breakThenMake].filter((stage) => stage.length > 0);
}
