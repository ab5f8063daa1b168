/** Which components are not sound: a tick asks for them, and there are few among more than a million. */

import type { State } from '../state.ts';

/** By table of health, filled by one look over it when it is first asked for, and kept from then on. */
const known = new WeakMap<Uint8Array, Set<number>>();

/** Components in any health but sound, ascending. */
export function unsoundParts({ components: { health } }: State): Int32Array {
  let rows = known.get(health);
  if (rows === undefined) {
    rows = new Set();
    for (let component = 0; component < health.length; component++) if (health[component] !== 0) rows.add(component);
    known.set(health, rows);
  }
  return Int32Array.from(rows).sort();
}

/** To be told by whoever writes the health of a component. */
export function noteHealth({ components: { health } }: State, component: number): void {
  const rows = known.get(health);
  if (health[component] === 0) rows?.delete(component);
  else rows?.add(component);
}
