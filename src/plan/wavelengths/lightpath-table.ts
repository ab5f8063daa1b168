/**
 * Lightpaths over several passive hops: a demand takes one of its candidate routes on one wavelength that is free on every link of it.
 *
 * No wavelength is converted on the way, so routing and wavelength assignment is a packing of (route, wavelength) pairs on (link,
 * wavelength) places; deciding whether all fit is NP-complete (Chlamtac, Ganz and Karmi, IEEE Trans. Communications 40, 1992).
 * First-fit and most-used are the rules of Zang, Jue and Mukherjee (Optical Networks Magazine 1, 2000): routes in their order, then
 * the lowest wavelength, or the one that most links use already.
 *
 * Bounds: `routeFirst` has an entry per demand and one more, `linkFirst` per route and one more; rows lie within the tables.
 */

/** Demands with candidate routes; demand d has routes routeFirst[d] .. routeFirst[d + 1), route r the links link[linkFirst[r] .. linkFirst[r + 1]). */
export interface LightpathQuestion {
  readonly linkCount: number;
  readonly wavelengthCount: number;
  readonly demandCount: number;
  readonly routeFirst: Int32Array;
  readonly linkFirst: Int32Array;
  readonly link: Int32Array;
  /** Worth of serving each demand; see `classWeight`. */
  readonly weight: Float64Array;
  /** 1 at link * wavelengthCount + wavelength: out of service. */
  readonly isDead: Uint8Array;
}

export interface LightpathTable extends LightpathQuestion {
  /** Demand at link * wavelengthCount + wavelength, -1 for nobody, -2 out of service. */
  readonly holder: Int32Array;
  /** Route and wavelength of each demand, -1 while it is not served. */
  readonly route: Int32Array;
  readonly wavelength: Int32Array;
  /** Links on which each wavelength is held. */
  readonly use: Int32Array;
  /** Sum of the weights served. */
  served: number;
}

/**
 * What one demand of a class is worth. Up to 31 of the next lower class are worth less, so the order of classes is strict as long as
 * fewer than 32 demands of a class would have to yield to one of a higher class, and a sum of a million stays exact.
 */
export const classWeight = (priority: number): number => 32 ** (6 - priority);

export function createLightpathTable(question: LightpathQuestion): LightpathTable {
  return {
    ...question, holder: Int32Array.from(question.isDead, (dead) => (dead === 1 ? -2 : -1)), route: new Int32Array(question.demandCount).fill(-1),
    wavelength: new Int32Array(question.demandCount).fill(-1), use: new Int32Array(question.wavelengthCount), served: 0,
  };
}

/** Serves a demand; its places must be free. */
export function place(table: LightpathTable, demand: number, route: number, wavelength: number): void {
  const { holder, link, linkFirst, wavelengthCount } = table;
  for (let at = linkFirst[route]!; at < linkFirst[route + 1]!; at++) {
    const spot = link[at]! * wavelengthCount + wavelength;
    if (holder[spot] !== -1) throw new Error(`wavelength ${wavelength} of link ${link[at]!} is not free`);
    holder[spot] = demand;
    table.use[wavelength]! += 1;
  }
  table.route[demand] = route;
  table.wavelength[demand] = wavelength;
  table.served += table.weight[demand]!;
}

/** Takes a demand's light back. */
export function lift(table: LightpathTable, demand: number): void {
  const { holder, link, linkFirst, wavelengthCount } = table;
  const route = table.route[demand]!;
  const wavelength = table.wavelength[demand]!;
  for (let at = linkFirst[route]!; at < linkFirst[route + 1]!; at++) {
    const spot = link[at]! * wavelengthCount + wavelength;
    if (holder[spot] === demand) holder[spot] = -1;
    table.use[wavelength]! -= 1;
  }
  table.route[demand] = -1;
  table.wavelength[demand] = -1;
  table.served -= table.weight[demand]!;
}

/** Whether a route is free on a wavelength, not counting what `but` holds. */
export function isClear(table: LightpathTable, route: number, wavelength: number, but = -1): boolean {
  const { holder, link, linkFirst, wavelengthCount } = table;
  for (let at = linkFirst[route]!; at < linkFirst[route + 1]!; at++) {
    const held = holder[link[at]! * wavelengthCount + wavelength]!;
    if (held !== -1 && (held !== but || but < 0)) return false;
  }
  return true;
}

/** Serves a demand by first-fit. False when nothing is free. */
export function placeFirstFit(table: LightpathTable, demand: number): boolean {
  for (let route = table.routeFirst[demand]!; route < table.routeFirst[demand + 1]!; route++) {
    for (let wavelength = 0; wavelength < table.wavelengthCount; wavelength++) {
      if (!isClear(table, route, wavelength)) continue;
      place(table, demand, route, wavelength);
      return true;
    }
  }
  return false;
}

/** Serves a demand by most-used; of equally used wavelengths the lowest. False when nothing is free. */
export function placeMostUsed(table: LightpathTable, demand: number): boolean {
  for (let route = table.routeFirst[demand]!; route < table.routeFirst[demand + 1]!; route++) {
    let best = -1;
    for (let wavelength = 0; wavelength < table.wavelengthCount; wavelength++) {
      if (isClear(table, route, wavelength) && (best < 0 || table.use[wavelength]! > table.use[best]!)) best = wavelength;
    }
    if (best < 0) continue;
    place(table, demand, route, best);
    return true;
  }
  return false;
}

/** Serves demands in order of weight, then row, by one of the two rules. */
export function placeInOrder(table: LightpathTable, placeOne: (table: LightpathTable, demand: number) => boolean): void {
  const order = Int32Array.from({ length: table.demandCount }, (_, demand) => demand).sort((left, right) => table.weight[right]! - table.weight[left]! || left - right);
  for (const demand of order) placeOne(table, demand);
}
