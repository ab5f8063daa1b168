/** Traffic classes as words and as colours, the same in every table and chart. */

import type { Ink } from './charts/palette.ts';

interface ClassLook {
  readonly words: string;
  readonly colour: number;
}

const looks: Readonly<Record<string, ClassLook>> = {
  allReduce: { words: 'all-reduce', colour: 1 },
  allToAll: { words: 'all-to-all', colour: 5 },
  inferenceFanout: { words: 'inference fan-out', colour: 3 },
  parameterSync: { words: 'parameter sync', colour: 4 },
  checkpoint: { words: 'checkpoint', colour: 2 },
  background: { words: 'background', colour: 6 },
};

const lookOf = (trafficClass: string): ClassLook | undefined => (Object.hasOwn(looks, trafficClass) ? looks[trafficClass] : undefined);

/** A class that is not in the default table keeps the name its policy gives it. */
export const classWords = (trafficClass: string): string => lookOf(trafficClass)?.words ?? trafficClass;

/** Hatched, because exposed communication is time in which accelerators wait. */
export const classInk = (trafficClass: string): Ink => ({ colour: lookOf(trafficClass)?.colour ?? 3, hatched: true });

/** Known classes in order of priority, then the others in order of first appearance. */
export function classOrder(present: Iterable<string>): readonly string[] {
  const seen = new Set(present);
  return [...Object.keys(looks).filter((name) => seen.has(name)), ...[...seen].filter((name) => lookOf(name) === undefined)];
}
