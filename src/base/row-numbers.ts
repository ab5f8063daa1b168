/**
 * Numbers for a few rows of a large table, without an object per number: open addressing with linear probing (Knuth, The Art of
 * Computer Programming, volume 3, section 6.4, algorithm L), at most half full.
 *
 * Bounds: slots are masked by the size of the table, which is a power of two.
 */

const firstSlots = 128;

export class RowNumbers {
  #rows = new Int32Array(0);
  #values = new Float64Array(0);
  #count = 0;

  /** The slot of a row, or the free one where it would stand. */
  #slot(row: number): number {
    const rows = this.#rows;
    const mask = rows.length - 1;
    // Fibonacci hashing (the same volume, page 518) spreads neighbours.
    let slot = (Math.imul(row, 0x9e3779b1) >>> 8) & mask;
    // Rows are kept counted from 1, so that 0 is free.
    while (rows[slot]! !== 0 && rows[slot]! !== row + 1) slot = (slot + 1) & mask;
    return slot;
  }

  /** `undefined` where nothing was set. */
  get(row: number): number | undefined {
    if (this.#count === 0) return undefined;
    const slot = this.#slot(row);
    return this.#rows[slot]! === 0 ? undefined : this.#values[slot]!;
  }

  set(row: number, value: number): void {
    if (2 * (this.#count + 1) > this.#rows.length) this.#grow();
    const slot = this.#slot(row);
    if (this.#rows[slot]! === 0) {
      this.#rows[slot] = row + 1;
      this.#count += 1;
    }
    this.#values[slot] = value;
  }

  #grow(): void {
    const [rows, values] = [this.#rows, this.#values];
    const slots = Math.max(firstSlots, 4 * rows.length);
    this.#rows = new Int32Array(slots);
    this.#values = new Float64Array(slots);
    for (let at = 0; at < rows.length; at++) {
      if (rows[at]! === 0) continue;
      const slot = this.#slot(rows[at]! - 1);
      this.#rows[slot] = rows[at]!;
      this.#values[slot] = values[at]!;
    }
  }
}
