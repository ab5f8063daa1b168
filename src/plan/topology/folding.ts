/**
 * Boxes of a torus in which the rings of a job close without a detour: as asked, turned, or folded to a box of another shape with
 * the same neighbours (homomorphic shapes; the class of RFold, arXiv 2510.03891).
 *
 * A ring of n lies straight along a dimension and closes over a circuit from its last place to its first, or it is folded into a
 * loop through a grid of p x q or p x q x r = n places with an even side, which closes by itself.
 */

export type Triple = readonly [number, number, number];

export interface Folding {
  readonly box: Triple;
  /** Dimensions whose two ends a circuit must join. */
  readonly closed: readonly [boolean, boolean, boolean];
  readonly rings: readonly number[];
  /** How each ring lies, for `placesOf`. */
  readonly laid: readonly LaidRing[];
  /** E.g. `18 folded to 3x6`. */
  readonly name: string;
}

/** A closed walk through all places of a grid of `rows` x `columns`, rows even and columns at least 2: out through columns 1 .., back through column 0. */
function gridLoop(rows: number, columns: number): readonly (readonly [number, number])[] {
  const walk: (readonly [number, number])[] = [[0, 0]];
  for (let row = 0; row < rows; row++) {
    for (let at = 1; at < columns; at++) walk.push([row, row % 2 === 0 ? at : columns - at]);
  }
  for (let row = rows - 1; row > 0; row--) walk.push([row, 0]);
  return walk;
}

/** An open walk through all places of a grid, row by row, back and forth. */
const gridWalk = (rows: number, columns: number): readonly (readonly [number, number])[] =>
  Array.from({ length: rows * columns }, (_, at) => {
    const row = Math.floor(at / columns);
    return [row, row % 2 === 0 ? at % columns : columns - 1 - (at % columns)] as const;
  });

/** A closed walk through a box of two or three sides, as coordinates; `null` where there is none. */
export function boxLoop(sides: readonly number[]): readonly (readonly number[])[] | null {
  if (sides.some((side) => side < 2) || sides.length < 2) return null;
  const [p = 1, q = 1, r = 1] = sides;
  if (sides.length === 2) {
    if (p % 2 === 0) return gridLoop(p, q);
    return q % 2 === 0 ? gridLoop(q, p).map(([row, column]) => [column, row]) : null;
  }
  const inner = gridWalk(q, r);
  const spread = (row: number, at: number): readonly number[] => [row, ...(inner[at] ?? [0, 0])];
  if (p % 2 === 0) return gridLoop(p, q * r).map(([row, at]) => spread(row, at));
  return (q * r) % 2 === 0 ? gridLoop(q * r, p).map(([at, row]) => spread(row, at)) : null;
}

/** Products of `parts` factors of at least 2, in every order. */
function factorings(n: number, parts: number): readonly (readonly number[])[] {
  if (parts === 1) return n >= 2 ? [[n]] : [];
  const found: (readonly number[])[] = [];
  for (let factor = 2; factor * 2 ** (parts - 1) <= n; factor++) {
    if (n % factor === 0) for (const rest of factorings(n / factor, parts - 1)) found.push([factor, ...rest]);
  }
  return found;
}

/** One ring laid out: the dimensions it takes, its length along each, and its walk. */
export interface LaidRing { readonly dimensions: readonly number[]; readonly sides: readonly number[]; readonly walk: readonly (readonly number[])[]; readonly isClosed: boolean }

function layRing(length: number, dimensions: readonly number[]): readonly LaidRing[] {
  if (dimensions.length === 1) return [{ dimensions, sides: [length], walk: Array.from({ length }, (_, at) => [at]), isClosed: length > 2 }];
  return factorings(length, dimensions.length).flatMap((sides) => {
    const walk = boxLoop(sides);
    return walk === null ? [] : [{ dimensions, sides, walk, isClosed: false }];
  });
}

/** Ways to give each ring one or more of the three dimensions, none twice. */
function assignments(rings: number, free: readonly number[]): readonly (readonly (readonly number[])[])[] {
  if (rings === 0) return [[]];
  const found: (readonly (readonly number[])[])[] = [];
  for (let pick = 1; pick < 8; pick++) {
    const own = [0, 1, 2].filter((dimension) => ((pick >> dimension) & 1) === 1);
    if (own.some((dimension) => !free.includes(dimension)) || free.length - own.length < rings - 1) continue;
    for (const rest of assignments(rings - 1, free.filter((dimension) => !own.includes(dimension)))) found.push([own, ...rest]);
  }
  return found;
}

function combine(rings: readonly number[], laid: readonly LaidRing[]): Folding {
  const box: [number, number, number] = [1, 1, 1];
  const closed: [boolean, boolean, boolean] = [false, false, false];
  for (const { dimensions, sides, isClosed } of laid) {
    dimensions.forEach((dimension, at) => {
      box[dimension] = sides[at] ?? 1;
      closed[dimension] = isClosed;
    });
  }
  const folded = laid.flatMap(({ dimensions, sides }, ring) => (dimensions.length > 1 ? [`${rings[ring] ?? 1} folded to ${sides.join('x')}`] : []));
  return { box, closed, rings, laid, name: folded.length > 0 ? folded.join(', ') : `straight ${box.join('x')}` };
}

/** Place of the box, row by row with the last dimension fastest, for each coordinate of the job's rings, row by row alike. */
export function placesOf({ box, rings, laid }: Folding): Int32Array {
  const stride = [box[1] * box[2], box[2], 1];
  const count = rings.reduce((product, length) => product * length, 1);
  const places = new Int32Array(count);
  for (let index = 0; index < count; index++) {
    let rest = index;
    let place = 0;
    for (let ring = rings.length - 1; ring >= 0; ring--) {
      const length = rings[ring] ?? 1;
      const { dimensions, walk } = laid[ring] ?? { dimensions: [], walk: [] };
      walk[rest % length]?.forEach((coordinate, at) => { place += coordinate * (stride[dimensions[at] ?? 0] ?? 0); });
      rest = Math.floor(rest / length);
    }
    places[index] = place;
  }
  return places;
}

/** A side fits cubes of `side` when it stays inside one or fills whole ones, and closes only over whole ones. */
const fitsCubes = (length: number, isClosed: boolean, side: number): boolean => length % side === 0 || (!isClosed && length < side);

/** Every box in which all rings close, unfolded ones first; rings of length 1 take no dimension. At most three may be longer. */
export function foldings(rings: readonly number[], side: number): readonly Folding[] {
  const long = rings.filter((length) => length > 1);
  if (long.length > 3) return [];
  const seen = new Set<string>();
  const found: Folding[] = [];
  const visit = (dimensionsOf: readonly (readonly number[])[], laid: readonly LaidRing[]): void => {
    if (laid.length < long.length) {
      for (const next of layRing(long[laid.length] ?? 1, dimensionsOf[laid.length] ?? [])) visit(dimensionsOf, [...laid, next]);
      return;
    }
    const isSound = laid.every(({ sides, isClosed }) => sides.every((length) => fitsCubes(length, isClosed, side)));
    if (!isSound) return;
    const key = laid.map(({ dimensions, sides }) => `${dimensions.join('')}:${sides.join('x')}`).join(' ');
    if (seen.has(key)) return;
    seen.add(key);
    found.push(combine(long, laid));
  };
  for (const dimensionsOf of assignments(long.length, [0, 1, 2])) visit(dimensionsOf, []);
  return found.sort((a, b) => Number(a.name.includes('folded')) - Number(b.name.includes('folded')));
}
