/**
 * Splits demands over several paths each so that the fullest link is as empty as it can be (maximum concurrent flow).
 *
 * Minimises a soft maximum of the links' utilisation u, log sum exp(beta u / u_max) / beta, by moving rate from each demand's dear
 * paths to its cheapest one; a link's price is exp(beta (u / u_max - 1)) / capacity and a move's length is one Newton step along the
 * pair of paths. beta grows in stages until the soft maximum is within ln(links) / beta of the hard one. Prices like these are those
 * of Shahrokhi and Matula (J. ACM 37, 1990) and of the multiplicative-weights methods after them (Garg and Koenemann, FOCS 1998);
 * pairwise moves converge faster in practice and keep few paths.
 *
 * Any prices prove a lower bound on the maximum utilisation of every split: sum over demands of (rate x cheapest price to its end),
 * over the sum of price x capacity (linear programming duality). Where the caller gives `cheapest`, new paths come in as prices ask
 * for them and the bound holds over all paths of the graph; else over the candidates given.
 *
 * Paths lie behind one another in arrays: those of demand d are rows `pathAt[d]` to `pathAt[d + 1]`, the links of path p are
 * `links[linkAt[p]]` to `links[linkAt[p + 1]]`. A sweep costs the links of all paths.
 *
 * Bounds: links are rows of `capacityGbps`; `paths`, `share` and demands have one entry per demand; rows of paths as above.
 */

export interface BalanceQuestion {
  /** Per directed link; no candidate path may use a link of capacity 0. */
  readonly capacityGbps: Float64Array;
  readonly demandGbps: Float64Array;
  /** At least one candidate path (its links) per demand. */
  readonly paths: readonly (readonly (readonly number[])[])[];
  /** The cheapest path of a demand at these prices per link, where the graph is small enough to ask. */
  cheapest?(demand: number, price: Float64Array): readonly number[] | null;
}

/** Whether demands fit, rather than how empty the fullest link can be. */
export interface FitQuestion extends Omit<BalanceQuestion, 'cheapest'> {
  /** The search ends once the fullest link is no fuller than this, or once it is proven that no split gets there and by how much it fails. */
  readonly enoughUtilisation: number;
  /** Parts of each demand on its paths to begin with, summing to 1; `null` for equal ones. */
  readonly start: readonly (ArrayLike<number> | null)[];
}

export interface Balance {
  readonly paths: readonly (readonly (readonly number[])[])[];
  /** Part of each demand on each of its paths; each demand's parts sum to 1. */
  readonly share: readonly Float64Array[];
  readonly maxUtilisation: number;
  /** No split has a lower maximum utilisation than this. */
  readonly boundUtilisation: number;
}

export interface Fit {
  /** Part of each demand on each of its candidate paths, in their order. */
  readonly share: readonly Float64Array[];
  readonly maxUtilisation: number;
  readonly boundUtilisation: number;
  /** By link, the prices that prove the bound. */
  readonly price: Float64Array;
}

/** The balance is good enough when the fullest link is within this share of what the bound allows. */
const gapWanted = 0.002;
/** Where demands do not fit, the bound says how far they have to come down: it is worth this much of precision. */
const misfitGap = 0.01;

const stages: readonly number[] = [12, 48, 192, 768, 2048];
const sweepsPerStage = 40;
/** Where the question is only whether a split is good enough, half the stages and sweeps tell nearly as much. */
const quickStages: readonly number[] = [48, 384, 2048];
const quickSweeps = 24;
/** Parts smaller than this are given up at the end: a path for one packet in two hundred is not worth a table entry. */
const smallestPart = 0.005;

/** A move may make a link fuller than the fullest by this over beta: prices stay within e^2 of the highest, whatever a link's capacity. */
const blurred = 2;

interface Work {
  readonly capacityGbps: Float64Array;
  readonly demandGbps: Float64Array;
  readonly load: Float64Array;
  readonly price: Float64Array;
  /** By link, the last path of which it was said to be one. */
  readonly named: Int32Array;
  names: number;
  pathAt: Int32Array;
  linkAt: Int32Array;
  links: Int32Array;
  /** Gb/s by path. */
  rate: Float64Array;
  /** Links that some path uses. */
  used: Int32Array;
}

type Paths = readonly (readonly (readonly number[])[])[];

/** Lays the paths behind one another. Rates are 0. */
function layOut(work: Work, paths: Paths): void {
  let [pathCount, linkCount] = [0, 0];
  for (const list of paths) {
    pathCount += list.length;
    for (const links of list) linkCount += links.length;
  }
  work.pathAt = new Int32Array(paths.length + 1);
  work.linkAt = new Int32Array(pathCount + 1);
  work.links = new Int32Array(linkCount);
  work.rate = new Float64Array(pathCount);
  const { pathAt, linkAt, links: all, named } = work;
  const name = (work.names += 1);
  const used: number[] = [];
  let [path, at] = [0, 0];
  for (let demand = 0; demand < paths.length; demand++) {
    for (const links of paths[demand]!) {
      for (let hop = 0; hop < links.length; hop++) {
        const link = links[hop]!;
        all[at++] = link;
        if (named[link] !== name) used.push(link);
        named[link] = name;
      }
      linkAt[++path] = at;
    }
    pathAt[demand + 1] = path;
  }
  work.used = Int32Array.from(used).sort();
}

function startWork({ capacityGbps, demandGbps, paths }: BalanceQuestion, start: readonly (ArrayLike<number> | null)[] = []): Work {
  const none = new Int32Array(0);
  const count = capacityGbps.length;
  const work: Work = {
    capacityGbps, demandGbps, load: new Float64Array(count), price: new Float64Array(count), named: new Int32Array(count), names: 0,
    pathAt: none, linkAt: none, links: none, rate: new Float64Array(0), used: none,
  };
  layOut(work, paths);
  const { pathAt, rate } = work;
  for (let demand = 0; demand < paths.length; demand++) {
    const first = pathAt[demand]!;
    const parts = start[demand] ?? null;
    for (let path = first; path < pathAt[demand + 1]!; path++) rate[path] = parts === null ? demandGbps[demand]! / (pathAt[demand + 1]! - first) : demandGbps[demand]! * parts[path - first]!;
  }
  addLoads(work);
  return work;
}

function addLoads({ load, linkAt, links, rate }: Work): void {
  load.fill(0);
  for (let path = 0; path < rate.length; path++) {
    const gbps = rate[path]!;
    if (gbps > 0) for (let at = linkAt[path]!; at < linkAt[path + 1]!; at++) load[links[at]!]! += gbps;
  }
}

function fullest({ used, load, capacityGbps }: Work): number {
  let most = 0;
  for (let at = 0; at < used.length; at++) {
    const utilisation = load[used[at]!]! / capacityGbps[used[at]!]!;
    if (utilisation > most) most = utilisation;
  }
  return most;
}

interface Soft {
  readonly beta: number;
  readonly full: number;
}

const priceOf = ({ capacityGbps, load }: Work, link: number, { beta, full }: Soft): number => {
  const capacity = capacityGbps[link]!;
  return Math.exp(beta * (load[link]! / capacity / full - 1)) / capacity;
};

function costOf({ linkAt, links, price }: Work, path: number): number {
  let cost = 0;
  for (let at = linkAt[path]!; at < linkAt[path + 1]!; at++) cost += price[links[at]!]!;
  return cost;
}

/** Names the links of a path, so that others tell which of theirs are among them. */
function nameLinks(work: Work, path: number): number {
  const { linkAt, links, named } = work;
  const name = (work.names += 1);
  for (let at = linkAt[path]!; at < linkAt[path + 1]!; at++) named[links[at]!] = name;
  return name;
}

/** Adds to the load of a path's links without the named ones, and prices them anew. */
function addBeside(work: Work, path: number, { name, gbps }: { readonly name: number; readonly gbps: number }, soft: Soft): void {
  const { linkAt, links, named, load, price } = work;
  for (let at = linkAt[path]!; at < linkAt[path + 1]!; at++) {
    const link = links[at]!;
    if (named[link] === name) continue;
    load[link]! += gbps;
    price[link] = priceOf(work, link, soft);
  }
}

/** By how much the price of a path grows for each Gb/s, on its links without the named ones; times `soft.full` / `soft.beta`. */
function curvatureBeside({ linkAt, links, named, price, capacityGbps }: Work, path: number, name: number): number {
  let curvature = 0;
  for (let at = linkAt[path]!; at < linkAt[path + 1]!; at++) if (named[links[at]!] !== name) curvature += price[links[at]!]! / capacityGbps[links[at]!]!;
  return curvature;
}

/** What a path can take on its links without the named ones until one of them is fuller than the fullest by as much as the soft maximum blurs. */
function roomBeside({ linkAt, links, named, load, capacityGbps }: Work, path: number, name: number, { beta, full }: Soft): number {
  const most = full * (1 + blurred / beta);
  let room = Infinity;
  for (let at = linkAt[path]!; at < linkAt[path + 1]!; at++) if (named[links[at]!] !== name) room = Math.min(room, capacityGbps[links[at]!]! * most - load[links[at]!]!);
  return Math.max(0, room);
}

/** Moves rate from one path of a demand to another by a Newton step on the soft maximum; true when the other had no room for all of it. */
function shift(work: Work, { from, to }: { readonly from: number; readonly to: number }, soft: Soft): boolean {
  const gain = costOf(work, from) - costOf(work, to);
  if (gain <= 0) return false;
  const ofCheap = nameLinks(work, to);
  let curvature = curvatureBeside(work, from, ofCheap);
  const ofDear = nameLinks(work, from);
  curvature += curvatureBeside(work, to, ofDear);
  const wanted = Math.min(work.rate[from]!, (gain * soft.full) / (soft.beta * curvature));
  const step = Math.min(wanted, roomBeside(work, to, ofDear, soft));
  work.rate[from]! -= step;
  work.rate[to]! += step;
  addBeside(work, to, { name: ofDear, gbps: step }, soft);
  addBeside(work, from, { name: nameLinks(work, to), gbps: -step }, soft);
  return step < wanted;
}

function cheapestOf(work: Work, demand: number): number {
  const { pathAt } = work;
  let best = pathAt[demand]!;
  let bestCost = Infinity;
  for (let path = best; path < pathAt[demand + 1]!; path++) {
    const cost = costOf(work, path);
    if (cost >= bestCost) continue;
    best = path;
    bestCost = cost;
  }
  return best;
}

/** The best split so far. */
interface Best {
  full: number;
  rate: Float64Array;
}

const bestAtFirst = (work: Work): Best => ({ full: fullest(work), rate: work.rate.slice() });

function keepBest(work: Work, best: Best): void {
  const full = fullest(work);
  if (full >= best.full) return;
  best.full = full;
  best.rate.set(work.rate);
}

interface Search {
  readonly question: BalanceQuestion;
  /** Candidates of each demand, with those that came in. */
  readonly paths: (readonly number[])[][];
  readonly best: Best;
}

/** Adds paths behind those of each demand; their rate is 0, in `best` too. */
function addPaths(work: Work, { paths, best }: Search, added: readonly (readonly number[] | null)[]): void {
  const { rate, pathAt } = work;
  added.forEach((path, demand) => { if (path !== null) paths[demand]!.push(path); });
  layOut(work, paths);
  const bestRate = new Float64Array(work.rate.length);
  for (let demand = 0; demand < paths.length; demand++) {
    const [first, end, at] = [pathAt[demand]!, pathAt[demand + 1]!, work.pathAt[demand]!];
    work.rate.set(rate.subarray(first, end), at);
    bestRate.set(best.rate.subarray(first, end), at);
  }
  best.rate = bestRate;
}

/** What the present prices prove. */
function provenBy(work: Work, cheapest: (demand: number) => number): number {
  const { demandGbps, price, capacityGbps } = work;
  let [paid, worth] = [0, 0];
  for (let demand = 0; demand < demandGbps.length; demand++) paid += cheapest(demand) * demandGbps[demand]!;
  for (let link = 0; link < price.length; link++) worth += price[link]! * capacityGbps[link]!;
  return paid / worth;
}

/** What the present prices prove over all paths of the graph; those that they ask for are taken in. */
function proveOverAll(work: Work, search: Search): number {
  const { price } = work;
  const added: (readonly number[] | null)[] = [];
  const bound = provenBy(work, (demand) => {
    const cost = costOf(work, cheapestOf(work, demand));
    const path = search.question.cheapest?.(demand, price) ?? null;
    const pathCost = path === null ? Infinity : path.reduce((sum, link) => sum + price[link]!, 0);
    const isNew = pathCost < cost * (1 - 1e-9);
    added.push(isNew ? path : null);
    return isNew ? pathCost : cost;
  });
  if (added.some((path) => path !== null)) addPaths(work, search, added);
  return bound;
}

/** Prices of the links of all paths, or of all links: an oracle may lead over links that no path uses yet. */
function setPrices(work: Work, soft: Soft, isOverAll: boolean): void {
  const { capacityGbps, price, used } = work;
  if (isOverAll) for (let link = 0; link < capacityGbps.length; link++) price[link] = capacityGbps[link]! > 0 ? priceOf(work, link, soft) : 0;
  else for (let at = 0; at < used.length; at++) price[used[at]!] = priceOf(work, used[at]!, soft);
}

/** One Newton step for every path that is not its demand's cheapest. */
function sweepOver(work: Work, soft: Soft): void {
  const { pathAt, rate, demandGbps } = work;
  for (let demand = 0; demand < demandGbps.length; demand++) {
    let to = cheapestOf(work, demand);
    for (let from = pathAt[demand]!; from < pathAt[demand + 1]!; from++) if (from !== to && rate[from]! > 0 && shift(work, { from, to }, soft)) to = cheapestOf(work, demand);
  }
}

/** Gives up small parts and spreads them over the demand's other paths; loads after it. */
function prune(work: Work): void {
  const { pathAt, rate, demandGbps } = work;
  for (let demand = 0; demand < demandGbps.length; demand++) {
    const [first, end, whole] = [pathAt[demand]!, pathAt[demand + 1]!, demandGbps[demand]!];
    let most = 0;
    for (let path = first; path < end; path++) most = Math.max(most, rate[path]! / whole);
    let kept = 0;
    for (let path = first; path < end; path++) {
      if (rate[path]! / whole < Math.min(smallestPart, most)) rate[path] = 0;
      kept += rate[path]! / whole;
    }
    for (let path = first; path < end; path++) rate[path] = rate[path]! / kept;
  }
  addLoads(work);
}

const partsOf = ({ pathAt, rate, demandGbps }: Work): readonly Float64Array[] =>
  Array.from(demandGbps, (whole, demand) => rate.slice(pathAt[demand]!, pathAt[demand + 1]!).map((gbps) => gbps / whole));

/** The balanced split. About 200 sweeps over all demands' paths at most, fewer once the bound is met; with `cheapest` one question per demand every fourth sweep. */
export function balancePaths(question: BalanceQuestion): Balance {
  const paths = question.paths.map((list) => [...list]);
  const work = startWork({ ...question, paths });
  const isOverAll = question.cheapest !== undefined;
  let bound = 0;
  const best = bestAtFirst(work);
  const search: Search = { question, paths, best };
  for (const beta of stages) {
    for (let sweep = 0; sweep < sweepsPerStage && best.full > bound * (1 + gapWanted); sweep++) {
      const soft = { beta, full: fullest(work) };
      setPrices(work, soft, isOverAll);
      if (sweep % 4 === 0) bound = Math.max(bound, isOverAll ? proveOverAll(work, search) : provenBy(work, (demand) => costOf(work, cheapestOf(work, demand))));
      sweepOver(work, soft);
      keepBest(work, best);
    }
  }
  work.rate.set(best.rate);
  prune(work);
  const share = partsOf(work);
  return {
    paths: paths.map((list, demand) => list.filter((_, path) => share[demand]![path]! > 0)), share: share.map((parts) => parts.filter((part) => part > 0)),
    maxUtilisation: fullest(work), boundUtilisation: bound,
  };
}

/** A split under which the fullest link is full enough at most, or prices that prove that there is none. At most 72 sweeps. */
export function fitPaths(question: FitQuestion): Fit {
  const work = startWork(question, question.start);
  const { enoughUtilisation: enough } = question;
  let bound = 0;
  let price = work.price;
  const best = bestAtFirst(work);
  const isOpen = (): boolean => best.full > Math.max(enough, bound * (1 + (bound > enough ? misfitGap : gapWanted)));
  for (const beta of quickStages) {
    for (let sweep = 0; sweep < quickSweeps && isOpen(); sweep++) {
      const soft = { beta, full: fullest(work) };
      setPrices(work, soft, false);
      if (sweep % 4 === 0) {
        const proven = provenBy(work, (demand) => costOf(work, cheapestOf(work, demand)));
        if (proven > bound) [bound, price] = [proven, work.price.slice()];
      }
      sweepOver(work, soft);
      keepBest(work, best);
    }
  }
  work.rate.set(best.rate);
  prune(work);
  return { share: partsOf(work), maxUtilisation: fullest(work), boundUtilisation: bound, price };
}
