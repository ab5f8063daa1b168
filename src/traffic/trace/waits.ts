/** Who waits for whom, as compressed rows; whether all of it can run to its end, and a cycle where it cannot. */

/** Item i waits for before[beforeOffset[i] .. beforeOffset[i + 1]). */
export interface Waits {
  readonly beforeOffset: Int32Array;
  readonly before: Int32Array;
}

/** Groups pairs (waiting item, item it waits for) by the item that waits, in the order given. */
export function groupWaits(items: number, waiting: Int32Array, earlier: Int32Array): Waits {
  const beforeOffset = new Int32Array(items + 1);
  for (const item of waiting) beforeOffset[item + 1] = (beforeOffset[item + 1] ?? 0) + 1;
  for (let item = 0; item < items; item++) beforeOffset[item + 1] = (beforeOffset[item + 1] ?? 0) + (beforeOffset[item] ?? 0);
  const cursor = beforeOffset.slice(0, items);
  const before = new Int32Array(waiting.length);
  for (let pair = 0; pair < waiting.length; pair++) {
    const item = waiting[pair] ?? 0;
    const at = cursor[item] ?? 0;
    before[at] = earlier[pair] ?? 0;
    cursor[item] = at + 1;
  }
  return { beforeOffset, before };
}

/** Items of a cycle that are named; a longer cycle is cut there. */
export const namedCycleMax = 8;

/** Items that never start, marked 1; Kahn's algorithm (1962), O(items + dependencies). */
function findStuck({ beforeOffset, before }: Waits): { readonly stuck: Uint8Array; readonly count: number } {
  const items = beforeOffset.length - 1;
  const offset = new Int32Array(items + 1);
  for (const earlier of before) offset[earlier + 1] = (offset[earlier + 1] ?? 0) + 1;
  for (let item = 0; item < items; item++) offset[item + 1] = (offset[item + 1] ?? 0) + (offset[item] ?? 0);
  const cursor = offset.slice(0, items);
  const later = new Int32Array(before.length);
  const missing = new Int32Array(items);
  for (let item = 0; item < items; item++) {
    for (let at = beforeOffset[item] ?? 0; at < (beforeOffset[item + 1] ?? 0); at++) {
      const earlier = before[at] ?? 0;
      const place = cursor[earlier] ?? 0;
      later[place] = item;
      cursor[earlier] = place + 1;
    }
    missing[item] = (beforeOffset[item + 1] ?? 0) - (beforeOffset[item] ?? 0);
  }
  const ready = new Int32Array(items);
  let found = 0;
  for (let item = 0; item < items; item++) if (missing[item] === 0) ready[found++] = item;
  for (let done = 0; done < found; done++) {
    const item = ready[done] ?? 0;
    for (let at = offset[item] ?? 0; at < (offset[item + 1] ?? 0); at++) {
      const next = later[at] ?? 0;
      const left = (missing[next] ?? 0) - 1;
      missing[next] = left;
      if (left === 0) ready[found++] = next;
    }
  }
  return { stuck: Uint8Array.from(missing, (left) => (left > 0 ? 1 : 0)), count: items - found };
}

/** The items of one cycle, each waiting for the next, or `null` when there is none. At most `namedCycleMax` are given. */
export function findCycle(waits: Waits): readonly number[] | null {
  const { stuck, count } = findStuck(waits);
  if (count === 0) return null;
  // Every stuck item waits for another stuck one, so walking back must meet an item again.
  const seenAt = new Map<number, number>();
  const walk: number[] = [];
  let item = stuck.indexOf(1);
  while (!seenAt.has(item)) {
    seenAt.set(item, walk.length);
    walk.push(item);
    let next = item;
    for (let at = waits.beforeOffset[item] ?? 0; at < (waits.beforeOffset[item + 1] ?? 0); at++) {
      const earlier = waits.before[at] ?? 0;
      if (stuck[earlier] === 1) {
        next = earlier;
        break;
      }
    }
    item = next;
  }
  return walk.slice(seenAt.get(item) ?? 0).slice(0, namedCycleMax);
}
