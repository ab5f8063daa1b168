/**
 * Which leases pass over each directed link: their rows as rings of linked cells in shared typed arrays, in the order in which they came.
 *
 * A link names its last cell and each cell the next one, the last the first, so that adding costs O(1) and removing or reading O(leases
 * on the link). Cell 0 stands for none, which makes fresh arrays empty lists; a fork is a copy of memory.
 */

/** All of it but the ids, as plain data. */
export interface LinkLeasesMemory {
  readonly last: Int32Array;
  readonly cells: Int32Array;
  readonly used: number;
  readonly free: number;
}

export class LinkLeases {
  /** Last cell by directed link, 0 for a link without leases. */
  readonly #last: Int32Array;
  /** The next cell and the lease row, by cell; free cells are chained by the first. */
  #cells: Int32Array;
  #used: number;
  #free: number;
  /** Lease ids by row. */
  readonly #ids: readonly (string | null)[];

  private constructor(last: Int32Array, cells: Int32Array, { used, free, ids }: { readonly used: number; readonly free: number; readonly ids: readonly (string | null)[] }) {
    this.#last = last;
    this.#cells = cells;
    this.#used = used;
    this.#free = free;
    this.#ids = ids;
  }

  static empty(linkCount: number, ids: readonly (string | null)[]): LinkLeases {
    return new LinkLeases(new Int32Array(linkCount), new Int32Array(128), { used: 1, free: 0, ids });
  }

  /** What a snapshot keeps; it shares its arrays with the table. */
  get memory(): LinkLeasesMemory {
    return { last: this.#last, cells: this.#cells, used: this.#used, free: this.#free };
  }

  /** The table of what a snapshot kept. */
  static of({ last, cells, used, free }: LinkLeasesMemory, ids: readonly (string | null)[]): LinkLeases {
    return new LinkLeases(last, cells, { used, free, ids });
  }

  /** A copy that reads its ids from a copy of the state's. */
  fork(ids: readonly (string | null)[]): LinkLeases {
    return new LinkLeases(this.#last.slice(), this.#cells.slice(0, 2 * this.#used), { used: this.#used, free: this.#free, ids });
  }

  #take(): number {
    const free = this.#free;
    if (free !== 0) {
      this.#free = this.#cells[2 * free] ?? 0;
      return free;
    }
    if (2 * this.#used >= this.#cells.length) {
      const wider = new Int32Array(Math.max(128, 2 * this.#cells.length));
      wider.set(this.#cells);
      this.#cells = wider;
    }
    return this.#used++;
  }

  /** A lease that came last already, by another of its paths, is not entered again. */
  add(link: number, row: number): void {
    const last = this.#last[link] ?? 0;
    if (last !== 0 && this.#cells[2 * last + 1] === row) return;
    const cell = this.#take();
    const cells = this.#cells;
    cells[2 * cell + 1] = row;
    cells[2 * cell] = last === 0 ? cell : cells[2 * last] ?? 0;
    if (last !== 0) cells[2 * last] = cell;
    this.#last[link] = cell;
  }

  /** Takes a lease off a link; one that is not there leaves it as it is. */
  remove(link: number, row: number): void {
    const last = this.#last[link] ?? 0;
    if (last === 0) return;
    const cells = this.#cells;
    for (let before = last; ;) {
      const cell = cells[2 * before] ?? 0;
      if (cells[2 * cell + 1] === row) {
        cells[2 * before] = cells[2 * cell] ?? 0;
        if (cell === last) this.#last[link] = before === cell ? 0 : before;
        cells[2 * cell] = this.#free;
        this.#free = cell;
        return;
      }
      if (cell === last) return;
      before = cell;
    }
  }

  /** Ids of the leases over a link, first come first; `undefined` where there are none. */
  get(link: number): readonly string[] | undefined {
    const last = this.#last[link] ?? 0;
    if (last === 0) return undefined;
    const cells = this.#cells;
    const found: string[] = [];
    for (let cell = last; ;) {
      cell = cells[2 * cell] ?? 0;
      const id = this.#ids[cells[2 * cell + 1] ?? -1];
      if (id != null) found.push(id);
      if (cell === last) return found;
    }
  }

  /** Whether any lease passes over a link. */
  has(link: number): boolean {
    return (this.#last[link] ?? 0) !== 0;
  }

  /** Visits the rows of the leases over a link, first come first. */
  forEachRow(link: number, visit: (row: number) => void): void {
    const last = this.#last[link] ?? 0;
    if (last === 0) return;
    const cells = this.#cells;
    for (let cell = last; ;) {
      cell = cells[2 * cell] ?? 0;
      visit(cells[2 * cell + 1] ?? -1);
      if (cell === last) return;
    }
  }

  /** Links with leases, ascending. */
  links(): readonly number[] {
    const found: number[] = [];
    this.#last.forEach((last, link) => {
      if (last !== 0) found.push(link);
    });
    return found;
  }
}
