/** Says that a component is not there, with a guess at the one that was meant. */

import type { ComponentIx } from '../../fabric/fabric.ts';
import type { Plant } from '../../control/plant.ts';
import type { ProblemReply } from './problem.ts';
import { notFound } from './problem.ts';

/** The ends of all component paths, as long as what was asked for: `leaf3` is compared with `leaf9`, not with the path to it. */
function* endsOfPaths({ cluster: { fabric } }: Plant, asked: string): Generator<string> {
  const depth = asked.split('/').length;
  const seen = new Set<string>();
  for (let row = 0; row < fabric.componentCount; row++) {
    const end = fabric.componentName(row as ComponentIx).split('/').slice(-depth).join('/');
    if (!seen.has(end)) yield end;
    seen.add(end);
  }
}

export const unknownComponent = (plant: Plant, name: string): ProblemReply => notFound('component', name, { names: endsOfPaths(plant, name.slice(0, 200)) });
