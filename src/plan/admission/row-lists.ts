/**
 * Short unordered lists of rows, one per key, as linked cells in shared typed arrays: which leases cross a link.
 *
 * Adding costs O(1), removing O(length of the key's list), copying is a copy of memory. Bounds: `first` has one entry per key, and
 * every cell index lies below `used`, the number of cells ever made.
 */

export interface RowLists {
  /** First cell of a key, -1 for an empty list. */
  readonly first: Int32Array;
  /** The cell after this one, -1 at the end; free cells are chained the same way. */
  next: Int32Array;
  row: Int32Array;
  used: number;
  firstFree: number;
}

export const createRowLists = (keyCount: number): RowLists => ({ first: new Int32Array(keyCount).fill(-1), next: new Int32Array(64), row: new Int32Array(64), used: 0, firstFree: -1 });

export const forkRowLists = (lists: RowLists): RowLists => ({ ...lists, first: lists.first.slice(), next: lists.next.slice(0, lists.used), row: lists.row.slice(0, lists.used) });

export const rowListsBytes = (lists: RowLists): number => 4 * lists.first.length + 8 * lists.next.length;

const doubled = (cells: Int32Array): Int32Array => {
  const wider = new Int32Array(Math.max(64, 2 * cells.length));
  wider.set(cells);
  return wider;
};

function takeCell(lists: RowLists): number {
  if (lists.firstFree >= 0) {
    const cell = lists.firstFree;
    lists.firstFree = lists.next[cell]!;
    return cell;
  }
  if (lists.used === lists.next.length) {
    lists.next = doubled(lists.next);
    lists.row = doubled(lists.row);
  }
  return lists.used++;
}

export function addRow(lists: RowLists, key: number, row: number): void {
  const cell = takeCell(lists);
  lists.row[cell] = row;
  lists.next[cell] = lists.first[key]!;
  lists.first[key] = cell;
}

/** Takes out one cell with the row; a row that is not there is a bug of the caller. */
export function removeRow(lists: RowLists, key: number, row: number): void {
  let before = -1;
  for (let cell = lists.first[key]!; cell >= 0; cell = lists.next[cell]!) {
    if (lists.row[cell] === row) {
      if (before < 0) lists.first[key] = lists.next[cell]!;
      else lists.next[before] = lists.next[cell]!;
      lists.next[cell] = lists.firstFree;
      lists.firstFree = cell;
      return;
    }
    before = cell;
  }
  throw new Error(`row ${row} is not in the list of ${key}`);
}

/** Adds the rows of a key to a set. */
export function collectRows(lists: RowLists, key: number, into: Set<number>): void {
  for (let cell = lists.first[key]!; cell >= 0; cell = lists.next[cell]!) into.add(lists.row[cell]!);
}

/** Distinct rows of a key, in ascending order: the order of the cells depends on history and must decide nothing. */
export function rowsAt(lists: RowLists, key: number): readonly number[] {
  const rows = new Set<number>();
  collectRows(lists, key, rows);
  return [...rows].sort((a, b) => a - b);
}
