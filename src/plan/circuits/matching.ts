/**
 * Heaviest perfect matching between the inputs and the outputs of a switch, by shortest augmenting paths over dual prices.
 *
 * The method is the Hungarian method as Jonker and Volgenant (Computing 38, 1987) run it: prices u of inputs and v of outputs keep
 * u[i] + v[j] <= -weight[i][j] for every pair, matched pairs hold it with equality, and each input left over is matched along the cheapest
 * alternating path. A schedule asks for many matchings of nearly the same weights, so the output prices of the last answer are kept:
 * any prices are a valid start, old ones leave few inputs to match by search. The same prices bound the weight of the next answer from
 * above in one pass, which often makes solving it unnecessary. O(ports^3) at worst for one answer.
 *
 * Bounds: `weight` holds ports x ports entries row by row, every array below holds ports + 1 entries, inputs and outputs count from 1
 * inside (0 is "none"), and every index is one of these.
 */

export interface Matcher {
  /** Output of each input after `solve`; every input has one, also where the weight is zero. */
  readonly output: Int32Array;
  /** Finds the heaviest perfect matching of non-negative weights and returns its weight. Equal calls in equal order give equal answers. */
  solve(weight: Float64Array): number;
  /** No perfect matching of these weights weighs more. O(ports^2). */
  upperBound(weight: Float64Array): number;
}

interface Search {
  readonly ports: number;
  readonly inputPrice: Float64Array;
  readonly outputPrice: Float64Array;
  /** Input matched to each output. */
  readonly inputOf: Int32Array;
  readonly cameFrom: Int32Array;
  readonly distance: Float64Array;
  readonly todo: Int32Array;
}

/** Prices every input as low as its outputs allow and takes the outputs that are free. Inputs left over go into `left`; returns how many. */
function startFromPrices(search: Search, weight: Float64Array, left: Int32Array): number {
  const { ports, inputPrice, outputPrice, inputOf } = search;
  inputOf.fill(0);
  let leftCount = 0;
  for (let input = 1; input <= ports; input++) {
    const row = (input - 1) * ports - 1;
    let least = Infinity;
    let at = 0;
    for (let output = 1; output <= ports; output++) {
      const reduced = -weight[row + output]! - outputPrice[output]!;
      if (reduced < least || (reduced === least && inputOf[at] !== 0 && inputOf[output] === 0)) {
        least = reduced;
        at = output;
      }
    }
    inputPrice[input] = least;
    if (inputOf[at] === 0) inputOf[at] = input;
    else left[leftCount++] = input;
  }
  return leftCount;
}

/**
 * Matches one more input along the cheapest alternating path (Dijkstra's search over reduced weights). Output 0 stands for the input itself;
 * outputs at the front of `todo` are not yet settled, settled ones gather behind them.
 */
function augment(search: Search, weight: Float64Array, start: number): void {
  const { ports, inputPrice, outputPrice, inputOf, cameFrom, distance, todo } = search;
  inputOf[0] = start;
  for (let at = 0; at < ports; at++) todo[at] = at + 1;
  distance.fill(Infinity);
  distance[0] = 0;
  let open = ports;
  let output = 0;
  let least = 0;
  do {
    const input = inputOf[output]!;
    const row = (input - 1) * ports - 1;
    const before = least - inputPrice[input]!;
    let nextAt = 0;
    let nextLeast = Infinity;
    for (let at = 0; at < open; at++) {
      const other = todo[at]!;
      const length = before - weight[row + other]! - outputPrice[other]!;
      let known = distance[other]!;
      if (length < known) {
        known = length;
        distance[other] = length;
        cameFrom[other] = output;
      }
      if (known < nextLeast) {
        nextLeast = known;
        nextAt = at;
      }
    }
    output = todo[nextAt]!;
    least = nextLeast;
    open -= 1;
    todo[nextAt] = todo[open]!;
    todo[open] = output;
  } while (inputOf[output] !== 0);
  inputPrice[start]! += least;
  for (let at = open + 1; at < ports; at++) {
    const settled = todo[at]!;
    const rise = least - distance[settled]!;
    inputPrice[inputOf[settled]!]! += rise;
    outputPrice[settled]! -= rise;
  }
  while (output !== 0) {
    const from = cameFrom[output]!;
    inputOf[output] = inputOf[from]!;
    output = from;
  }
}

/** A matcher for switches of this many ports; it owns its arrays, so that a schedule allocates them once. */
export function createMatcher(ports: number): Matcher {
  const floats = (): Float64Array => new Float64Array(ports + 1);
  const search: Search = {
    ports, inputPrice: floats(), outputPrice: floats(), inputOf: new Int32Array(ports + 1), cameFrom: new Int32Array(ports + 1), distance: floats(), todo: new Int32Array(ports + 1),
  };
  const output = new Int32Array(ports);
  const left = new Int32Array(ports);
  return {
    output,
    solve(weight) {
      const leftCount = startFromPrices(search, weight, left);
      for (let at = 0; at < leftCount; at++) augment(search, weight, left[at]!);
      let total = 0;
      for (let other = 1; other <= ports; other++) {
        const input = search.inputOf[other]! - 1;
        output[input] = other - 1;
        total += weight[input * ports + other - 1]!;
      }
      return total;
    },
    upperBound(weight) {
      const { outputPrice } = search;
      let bound = 0;
      for (let input = 0; input < ports; input++) {
        const row = input * ports - 1;
        let most = -Infinity;
        for (let other = 1; other <= ports; other++) {
          const worth = weight[row + other]! + outputPrice[other]!;
          if (worth > most) most = worth;
        }
        bound += most - outputPrice[input + 1]!;
      }
      return bound;
    },
  };
}
