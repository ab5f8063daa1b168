/**
 * Least-cost assignment of rows to columns (Kuhn 1955; the shortest-augmenting-path form of Jonker and Volgenant 1987).
 *
 * Lesson. Each row and each column carries a price; an entry costs nothing extra when its cost equals the sum of its
 * two prices. Rows enter one by one. A new row walks, like Dijkstra, over the cheapest reduced costs until it meets a
 * free column; then every row on the walk steps to the next column of the walk, and the prices move so that all
 * assigned entries stay free. After the last row no cheaper assignment exists, because the prices prove it.
 *
 * O(rows^2 columns) time, O(columns) extra memory. Cost entries must be finite. Ties go to the lower column, so the
 * result is the same on every machine. Indices stay within bounds, because every loop runs to rows or columns and the
 * arrays are sized from them on entry.
 */

/** `cost[row * columns + column]`, rows <= columns. Writes the column of every row to `columnOfRow` and returns the total cost. */
export function assignLeastCost(cost: Float64Array, rows: number, columns: number, columnOfRow: Int32Array): number {
  if (rows > columns) throw new RangeError(`${rows} rows do not fit ${columns} columns`);
  const rowPrice = new Float64Array(rows + 1);
  const columnPrice = new Float64Array(columns + 1);
  // Column 0 is a stand-in for "where the new row starts"; rows and columns count from 1 in here, 0 is none.
  const rowOfColumn = new Int32Array(columns + 1);
  const previous = new Int32Array(columns + 1);
  const slack = new Float64Array(columns + 1);
  const visited = new Uint8Array(columns + 1);
  for (let row = 1; row <= rows; row++) {
    rowOfColumn[0] = row;
    slack.fill(Infinity);
    visited.fill(0);
    let column = 0;
    do {
      visited[column] = 1;
      const from = rowOfColumn[column] ?? 0;
      const base = (from - 1) * columns - 1;
      let step = Infinity;
      let next = 0;
      for (let other = 1; other <= columns; other++) {
        if (visited[other] === 1) continue;
        const reduced = (cost[base + other] ?? 0) - (rowPrice[from] ?? 0) - (columnPrice[other] ?? 0);
        if (reduced < (slack[other] ?? 0)) {
          slack[other] = reduced;
          previous[other] = column;
        }
        const least = slack[other] ?? 0;
        if (least < step) {
          step = least;
          next = other;
        }
      }
      // Only a cost that is not finite leaves no next column; going on would never end.
      if (next === 0) throw new RangeError('an assignment cost is not finite');
      for (let other = 0; other <= columns; other++) {
        if (visited[other] === 1) {
          const owner = rowOfColumn[other] ?? 0;
          rowPrice[owner] = (rowPrice[owner] ?? 0) + step;
          columnPrice[other] = (columnPrice[other] ?? 0) - step;
        } else slack[other] = (slack[other] ?? 0) - step;
      }
      column = next;
    } while (rowOfColumn[column] !== 0);
    while (column !== 0) {
      const before = previous[column] ?? 0;
      rowOfColumn[column] = rowOfColumn[before] ?? 0;
      column = before;
    }
  }
  let total = 0;
  for (let column = 1; column <= columns; column++) {
    const row = rowOfColumn[column] ?? 0;
    if (row === 0) continue;
    columnOfRow[row - 1] = column - 1;
    total += cost[(row - 1) * columns + column - 1] ?? 0;
  }
  return total;
}
