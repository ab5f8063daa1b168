/** The ground of a map, laid out once however many views draw it. */

import type { ClusterMap } from '../../../src/app/contract/cluster.ts';
import type { Ground } from './scene.ts';
import { groundOf } from './scene.ts';

const known = new WeakMap<ClusterMap, Ground>();

export function groundFor(map: ClusterMap): Ground {
  const found = known.get(map);
  if (found !== undefined) return found;
  const made = groundOf(map);
  known.set(map, made);
  return made;
}
