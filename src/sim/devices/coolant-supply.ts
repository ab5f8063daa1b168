/** What the coolant loops of an emulated fabric supply: the design's temperature, and what faults add. */

import { kindOf } from '../../fabric/components.ts';
import { typicalInlet } from '../../thermal/steady.ts';
import type { EmulatedFabric } from './emulated-fabric.ts';

/** Component rows of the coolant loops. */
export const coolantLoops = ({ cluster: { fabric } }: EmulatedFabric): readonly number[] =>
  Array.from({ length: fabric.componentCount }, (_, row) => row).filter((row) => kindOf(fabric.components, row) === 'coolantLoop');

/** Supply of a loop as it is. */
export const coolantSupplyC = ({ faults }: EmulatedFabric, loop: number): number =>
  typicalInlet.coolantC.value + faults.reduce((sum, fault) => sum + (fault.component === loop && fault.name === 'warm' ? fault.by : 0), 0);

/** Name of the device of its own that reads a loop's supply, because no module knows it. */
export const supplyDeviceOf = (loopName: string): string => `${loopName}/cdu`;
