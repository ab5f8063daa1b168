/**
 * An indexed binary min-heap over typed arrays: items are small integers, each held at most once, and keys can change in place.
 *
 * Bounds: `place` and `order` have one entry per item and 0 <= size <= itemCount, so every index below is in range.
 */

export interface IndexedHeap {
  /** Key of each item; meaningful while the item is held. */
  readonly key: Float64Array;
  /** Where an item stands in `order`, -1 when it is not held. */
  readonly place: Int32Array;
  /** Items in heap order; the first `size` are held. */
  readonly order: Int32Array;
  size: number;
}

/** An empty heap for the items 0 .. itemCount - 1. Memory: 16 bytes an item. */
export const createHeap = (itemCount: number): IndexedHeap => ({
  key: new Float64Array(itemCount),
  place: new Int32Array(itemCount).fill(-1),
  order: new Int32Array(itemCount),
  size: 0,
});

function siftUp(heap: IndexedHeap, item: number, from: number): void {
  const { key, place, order } = heap;
  const itemKey = key[item]!;
  let at = from;
  while (at > 0) {
    const parentAt = (at - 1) >> 1;
    const parent = order[parentAt]!;
    if (key[parent]! <= itemKey) break;
    order[at] = parent;
    place[parent] = at;
    at = parentAt;
  }
  order[at] = item;
  place[item] = at;
}

function siftDown(heap: IndexedHeap, item: number, from: number): void {
  const { key, place, order, size } = heap;
  const itemKey = key[item]!;
  let at = from;
  for (let childAt = 2 * at + 1; childAt < size; childAt = 2 * at + 1) {
    let child = order[childAt]!;
    if (childAt + 1 < size) {
      const right = order[childAt + 1]!;
      if (key[right]! < key[child]!) {
        child = right;
        childAt += 1;
      }
    }
    if (key[child]! >= itemKey) break;
    order[at] = child;
    place[child] = at;
    at = childAt;
  }
  order[at] = item;
  place[item] = at;
}

/** Adds an item, or moves it when it is already held. Equal keys keep the order in which the same calls always leave them. */
export function setKey(heap: IndexedHeap, item: number, key: number): void {
  const at = heap.place[item]!;
  if (at < 0) {
    heap.key[item] = key;
    siftUp(heap, item, heap.size++);
    return;
  }
  const before = heap.key[item]!;
  heap.key[item] = key;
  if (key < before) siftUp(heap, item, at);
  else if (key > before) siftDown(heap, item, at);
}

/** Takes an item out; nothing happens when it is not held. */
export function removeItem(heap: IndexedHeap, item: number): void {
  const at = heap.place[item]!;
  if (at < 0) return;
  heap.place[item] = -1;
  heap.size -= 1;
  if (at === heap.size) return;
  const last = heap.order[heap.size]!;
  const parentAt = (at - 1) >> 1;
  if (at > 0 && heap.key[heap.order[parentAt]!]! > heap.key[last]!) siftUp(heap, last, at);
  else siftDown(heap, last, at);
}

/** Places of all items at or below `limit`: they form a connected top of the heap, and `into` serves as the list of places to visit. */
function findUpTo(heap: IndexedHeap, limit: number, into: Int32Array): number {
  const { key, order, size } = heap;
  into[0] = 0;
  let found = 1;
  for (let read = 0; read < found; read++) {
    const childAt = 2 * into[read]! + 1;
    if (childAt < size && key[order[childAt]!]! <= limit) into[found++] = childAt;
    if (childAt + 1 < size && key[order[childAt + 1]!]! <= limit) into[found++] = childAt + 1;
  }
  return found;
}

function placesToItems(heap: IndexedHeap, places: Int32Array, count: number): void {
  for (let at = 0; at < count; at++) places[at] = heap.order[places[at]!]!;
}

/** Drops the items that no longer have a place and restores the order of the rest. */
function rebuild(heap: IndexedHeap): void {
  const { order, place } = heap;
  let kept = 0;
  for (let at = 0; at < heap.size; at++) {
    const item = order[at]!;
    if (place[item]! >= 0) order[kept++] = item;
  }
  heap.size = kept;
  for (let at = 0; at < kept; at++) place[order[at]!] = at;
  for (let at = (kept >> 1) - 1; at >= 0; at--) siftDown(heap, order[at]!, at);
}

function removeMany(heap: IndexedHeap, items: Int32Array, count: number): void {
  for (let at = 0; at < count; at++) heap.place[items[at]!] = -1;
  rebuild(heap);
}

function removeFew(heap: IndexedHeap, items: Int32Array, count: number): void {
  for (let at = 0; at < count; at++) removeItem(heap, items[at]!);
}

/**
 * Takes out every item whose key is at most `limit`, in rising order of item, into `into`, and returns how many.
 * `into` has room for all held items. Costs O(taken x log held), or O(held) when most are taken at once.
 *
 * The steps are functions of their own because one long function is compiled in the middle of its first, unusual run and then
 * thrown away again and again.
 */
export function takeUpTo(heap: IndexedHeap, limit: number, into: Int32Array): number {
  if (heap.size === 0) return 0;
  const top = heap.order[0]!;
  if (heap.key[top]! > limit) return 0;
  const taken = findUpTo(heap, limit, into);
  if (taken === 1) {
    into[0] = top;
    removeItem(heap, top);
    return 1;
  }
  placesToItems(heap, into, taken);
  if (taken * 8 < heap.size) removeFew(heap, into, taken);
  else removeMany(heap, into, taken);
  into.subarray(0, taken).sort();
  return taken;
}
