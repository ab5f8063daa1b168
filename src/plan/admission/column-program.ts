/**
 * A small linear program whose columns are made when they are wanted: the most worth within the rooms of some rows.
 *
 * The revised simplex method (Dantzig and Orchard-Hays 1954, Mathematical Tables and Other Aids to Computation 8, 64 to 67) with the
 * whole inverse of the basis, and with columns priced by the caller (Gilmore and Gomory 1961, Operations Research 9, 849 to 859). Every
 * room is 0 or more, so that taking nothing is the first basis. Among rows that would leave together the lexicographically least one
 * does (Dantzig, Orden and Wolfe 1955, Pacific Journal of Mathematics 5, 183 to 195): no basis comes twice, whatever column enters.
 *
 * The prices of rows at the end prove the answer: no column is worth more than it costs, and all rooms at their prices cost what the
 * answer is worth. With m rows, one exchange costs O(m^2) and a call of `enter`.
 *
 * Bounds: rows are below m = `room.length`; the inverse is kept by rows, m x m.
 */

export interface Column {
  readonly worth: number;
  readonly rows: readonly number[];
  /** What one of this column takes of each of its rows; 1 of each where there is no list. Negative where it gives. */
  readonly takes?: readonly number[];
}

export interface Program {
  /** By row, 0 or more; of the order of 1, because gains below `leastGain` count as none. */
  readonly room: Float64Array;
  /** The column that gains most at prices of rows, `null` where none gains. Every column takes of a row with a limit. */
  readonly enter: (price: Float64Array) => Column | null;
}

export interface Optimum {
  readonly worth: number;
  readonly parts: readonly { readonly column: Column; readonly amount: number }[];
  readonly price: Float64Array;
  /** False where `exchangesMax` or rounding came first: the parts fit, and more might. */
  readonly isProven: boolean;
}

const leastGain = 1e-9;
/** Exchanges of the basis, for each row, before the answer is taken as it is. */
const exchangesPerRow = 12;

export const gainOf = ({ worth, rows, takes }: Column, price: Float64Array): number => rows.reduce((left, row, at) => left - price[row]! * (takes?.[at] ?? 1), worth);

class Basis {
  readonly size: number;
  readonly inverse: Float64Array;
  readonly amount: Float64Array;
  readonly price: Float64Array;
  /** By row, the column whose amount it has; `null` for what is left of a row. */
  readonly column: (Column | null)[];
  readonly #change: Float64Array;

  constructor(room: Float64Array) {
    this.size = room.length;
    this.inverse = new Float64Array(this.size * this.size);
    for (let row = 0; row < this.size; row++) this.inverse[row * this.size + row] = 1;
    this.amount = room.slice();
    this.price = new Float64Array(this.size);
    this.column = new Array<Column | null>(this.size).fill(null);
    this.#change = new Float64Array(this.size);
  }

  /** Enters a column, or where there is none what is left of a row; false where rounding leaves no row that it could take the place of. */
  exchange(column: Column | null, slack: number): boolean {
    const { size, inverse, amount, price } = this;
    const change = this.#change;
    const rows = column?.rows ?? [slack];
    for (let row = 0; row < size; row++) {
      let sum = 0;
      for (let at = 0; at < rows.length; at++) sum += inverse[row * size + rows[at]!]! * (column?.takes?.[at] ?? 1);
      change[row] = sum;
    }
    const gain = column === null ? -price[slack]! : gainOf(column, price);
    const leaving = this.#leaving();
    if (leaving < 0) return false;
    const scale = 1 / change[leaving]!;
    const start = leaving * size;
    for (let at = 0; at < size; at++) inverse[start + at]! *= scale;
    amount[leaving]! *= scale;
    for (let row = 0; row < size; row++) {
      const part = change[row]!;
      if (row === leaving || part === 0) continue;
      for (let at = 0; at < size; at++) inverse[row * size + at]! -= part * inverse[start + at]!;
      amount[row] = Math.max(0, amount[row]! - part * amount[leaving]!);
    }
    for (let at = 0; at < size; at++) price[at]! += gain * inverse[start + at]!;
    this.column[leaving] = column;
    return true;
  }

  /** The row that is used up first as the column comes in, -1 where it takes of none. */
  #leaving(): number {
    const { size, inverse, amount } = this;
    const change = this.#change;
    let best = -1;
    for (let row = 0; row < size; row++) {
      if (change[row]! <= leastGain) continue;
      if (best < 0) {
        best = row;
        continue;
      }
      let differs = amount[row]! / change[row]! - amount[best]! / change[best]!;
      if (Math.abs(differs) <= Number.EPSILON) differs = 0;
      for (let at = 0; at < size && differs === 0; at++) differs = inverse[row * size + at]! / change[row]! - inverse[best * size + at]! / change[best]!;
      if (differs < 0) best = row;
    }
    return best;
  }
}

/** The most worth that columns have together within the rooms. */
export function solveColumns({ room, enter }: Program): Optimum {
  const basis = new Basis(room);
  const exchangesMax = exchangesPerRow * room.length;
  let isProven = false;
  for (let exchanges = 0; exchanges < exchangesMax; exchanges++) {
    const { price } = basis;
    let slack = -1;
    for (let row = 0; row < room.length; row++) if (price[row]! < -leastGain && (slack < 0 || price[row]! < price[slack]!)) slack = row;
    const column = slack < 0 ? enter(price) : null;
    if (slack < 0 && (column === null || gainOf(column, price) <= leastGain)) {
      isProven = true;
      break;
    }
    if (!basis.exchange(column, slack)) break;
  }
  const parts = basis.column.flatMap((column, row) => (column !== null && basis.amount[row]! > 0 ? [{ column, amount: basis.amount[row]! }] : []));
  return { worth: parts.reduce((sum, { column, amount }) => sum + column.worth * amount, 0), parts, price: basis.price, isProven };
}
