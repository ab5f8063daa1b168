/** The faults that an emulated fabric takes: what each does, and the unit of its amount. */

export interface FaultKind {
  readonly name: string;
  /** Unit of the amount, or `null` for a fault that knows none. */
  readonly unit: 'K' | 'dB' | 'ms' | null;
  /** What the fault does, for help pages. */
  readonly does: string;
  /** Amount when none is given; `null` where one must be given or none is known. */
  readonly usual: number | null;
  /** Largest amount that is still the emulated physics. */
  readonly most: number;
}

/** Every fault by name, in the order of the help page. */
export const faultKinds = [
  { name: 'warm', unit: 'K', does: 'warms the air or coolant that reaches every module of the component', usual: null, most: 60 },
  { name: 'dirty', unit: 'dB', does: 'adds loss at the connectors of the component, both ways', usual: null, most: 60 },
  { name: 'laser-dead', unit: null, does: 'puts out every laser of the component', usual: null, most: 0 },
  { name: 'flapping', unit: 'ms', does: 'puts the light of the component out and on, half a period each', usual: 1000, most: 3_600_000 },
  { name: 'stuck', unit: null, does: 'keeps ports of a circuit switch where they are', usual: null, most: 0 },
  { name: 'lie', unit: null, does: 'freezes what the component reports, whatever happens to it', usual: null, most: 0 },
  { name: 'slow', unit: 'ms', does: 'delays every answer of the device', usual: 500, most: 600_000 },
  { name: 'dead', unit: null, does: 'silences the device: nothing is answered', usual: null, most: 0 },
  { name: 'crash', unit: null, does: 'makes the device fall over halfway through its next change', usual: null, most: 0 },
] as const satisfies readonly FaultKind[];

export type FaultName = (typeof faultKinds)[number]['name'];

export const findFaultKind = (name: string): FaultKind | null => faultKinds.find((kind) => kind.name === name) ?? null;

/** One injected fault; `by` is in the unit of its kind, 0 where it has none. */
export interface DeviceFault {
  readonly component: number;
  readonly name: FaultName;
  readonly by: number;
  readonly sinceNs: number;
}
