/** Groups rows by a key into compressed sparse rows: two flat arrays instead of a list of lists. */

/** Rows of group g are row[offset[g] .. offset[g + 1]), in ascending order. */
export interface Csr {
  readonly offset: Int32Array;
  readonly row: Int32Array;
}

/**
 * Counting sort of the rows 0..keys.length by key; negative keys belong to no group. O(rows + groups), two passes.
 * Keys must be below `groupCount`.
 */
export function groupRows(keys: Int32Array, groupCount: number): Csr {
  const offset = new Int32Array(groupCount + 1);
  for (const key of keys) if (key >= 0) offset[key + 1] = (offset[key + 1] ?? 0) + 1;
  for (let group = 0; group < groupCount; group++) offset[group + 1] = (offset[group + 1] ?? 0) + (offset[group] ?? 0);
  const next = offset.slice(0, groupCount);
  const row = new Int32Array(offset[groupCount] ?? 0);
  keys.forEach((key, index) => {
    if (key < 0) return;
    const at = next[key] ?? 0;
    row[at] = index;
    next[key] = at + 1;
  });
  return { offset, row };
}

/** The rows of one group, as a view. */
export const rowsOf = (csr: Csr, group: number): Int32Array => csr.row.subarray(csr.offset[group] ?? 0, csr.offset[group + 1] ?? 0);
