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
 * Bounds: links are rows of `capacityGbps`; `paths`, `share` and demands have one entry per demand.
 */

export interface BalanceQuestion {
  /** Per directed link; no candidate path may use a link of capacity 0. */
  readonly capacityGbps: Float64Array;
  readonly demandGbps: Float64Array;
  /** At least one candidate path (its links) per demand. */
  readonly paths: readonly (readonly (readonly number[])[])[];
  /** The search ends once the fullest link is no fuller than this, or once it is proven that no split gets there; 0 asks for the best. */
  readonly enoughUtilisation?: number;
  /** The cheapest path of a demand at these prices per link, where the graph is small enough to ask. */
  cheapest?(demand: number, price: Float64Array): readonly number[] | null;
}

export interface Balance {
  readonly paths: readonly (readonly (readonly number[])[])[];
  /** Part of each demand on each of its paths; each demand's parts sum to 1. */
  readonly share: readonly Float64Array[];
  readonly maxUtilisation: number;
  /** No split has a lower maximum utilisation than this. */
  readonly boundUtilisation: number;
}

/** The balance is good enough when the fullest link is within this share of what the bound allows. */
const gapWanted = 0.002;

const stages: readonly number[] = [12, 48, 192, 768, 2048];
const sweepsPerStage = 40;
/** Where the question is only whether a split is good enough, half the stages and sweeps tell nearly as much. */
const quickStages: readonly number[] = [48, 384, 2048];
const quickSweeps = 24;
/** Parts smaller than this are given up at the end: a path for one packet in two hundred is not worth a table entry. */
const smallestPart = 0.005;

interface Work {
  readonly question: BalanceQuestion;
  readonly paths: (readonly number[])[][];
  /** Gb/s of each demand on each of its paths. */
  readonly rate: number[][];
  readonly load: Float64Array;
  readonly price: Float64Array;
  /** Links with capacity that some path uses. */
  used: Int32Array;
}

const usedLinks = (paths: readonly (readonly (readonly number[])[])[]): Int32Array => Int32Array.from(new Set(paths.flat(2))).sort();

function startWork(question: BalanceQuestion): Work {
  const links = question.capacityGbps.length;
  const paths = question.paths.map((list) => [...list]);
  const work: Work = {
    question, paths, rate: paths.map((list, demand) => list.map(() => question.demandGbps[demand]! / list.length)), load: new Float64Array(links),
    price: new Float64Array(links), used: usedLinks(paths),
  };
  addLoads(work);
  return work;
}

function addLoads(work: Work): void {
  work.load.fill(0);
  work.paths.forEach((list, demand) => list.forEach((links, path) => {
    for (const link of links) work.load[link]! += work.rate[demand]![path]!;
  }));
}

function fullest(work: Work): number {
  let most = 0;
  for (const link of work.used) most = Math.max(most, work.load[link]! / work.question.capacityGbps[link]!);
  return most;
}

const priceOf = (work: Work, link: number, beta: number, full: number): number => {
  const capacity = work.question.capacityGbps[link]!;
  return Math.exp(beta * (work.load[link]! / capacity / full - 1)) / capacity;
};

function costOf(work: Work, links: readonly number[]): number {
  let cost = 0;
  for (const link of links) cost += work.price[link]!;
  return cost;
}

/** Moves rate from one path of a demand to another by a Newton step on the soft maximum. */
function shift(work: Work, demand: number, pair: { readonly from: number; readonly to: number }, soft: { readonly beta: number; readonly full: number }): void {
  const { load, price, paths, rate, question } = work;
  const [dear, cheap] = [paths[demand]![pair.from]!, paths[demand]![pair.to]!];
  const gain = costOf(work, dear) - costOf(work, cheap);
  if (gain <= 0) return;
  let curvature = 0;
  for (const link of dear) if (!cheap.includes(link)) curvature += price[link]! / question.capacityGbps[link]!;
  for (const link of cheap) if (!dear.includes(link)) curvature += price[link]! / question.capacityGbps[link]!;
  const step = Math.min(rate[demand]![pair.from]!, (gain * soft.full) / (soft.beta * curvature));
  rate[demand]![pair.from]! -= step;
  rate[demand]![pair.to]! += step;
  for (const link of dear) {
    load[link]! -= step;
    price[link] = priceOf(work, link, soft.beta, soft.full);
  }
  for (const link of cheap) {
    load[link]! += step;
    price[link] = priceOf(work, link, soft.beta, soft.full);
  }
}

function cheapestOf(work: Work, demand: number): number {
  let best = 0;
  let bestCost = Infinity;
  work.paths[demand]!.forEach((links, path) => {
    const cost = costOf(work, links);
    if (cost >= bestCost) return;
    best = path;
    bestCost = cost;
  });
  return best;
}

/** What the present prices prove; new paths that they ask for are taken in. */
function proveBound(work: Work): number {
  const { question, paths, rate, price } = work;
  let paid = 0;
  let hasNew = false;
  paths.forEach((list, demand) => {
    let cost = costOf(work, list[cheapestOf(work, demand)]!);
    const path = question.cheapest?.(demand, price) ?? null;
    if (path !== null && costOf(work, path) < cost * (1 - 1e-9)) {
      cost = costOf(work, path);
      list.push(path);
      rate[demand]!.push(0);
      hasNew = true;
    }
    paid += cost * question.demandGbps[demand]!;
  });
  let worth = 0;
  for (let link = 0; link < price.length; link++) worth += price[link]! * question.capacityGbps[link]!;
  if (hasNew) work.used = usedLinks(paths);
  return paid / worth;
}

/** Prices of all links that may be used: an oracle may lead over links that no path uses yet. */
function setPrices(work: Work, beta: number, full: number): void {
  const { capacityGbps } = work.question;
  if (work.question.cheapest === undefined) for (const link of work.used) work.price[link] = priceOf(work, link, beta, full);
  else for (let link = 0; link < capacityGbps.length; link++) work.price[link] = capacityGbps[link]! > 0 ? priceOf(work, link, beta, full) : 0;
}

/** Gives up small parts and spreads them over the demand's other paths. */
function prune(work: Work): Balance['share'] {
  const kept: Float64Array[] = [];
  work.paths.forEach((list, demand) => {
    const parts = work.rate[demand]!.map((rate) => rate / work.question.demandGbps[demand]!);
    const most = Math.max(...parts);
    const keep = list.map((_, path) => path).filter((path) => parts[path]! >= Math.min(smallestPart, most));
    const sum = keep.reduce((total, path) => total + parts[path]!, 0);
    kept.push(Float64Array.from(keep, (path) => parts[path]! / sum));
    work.paths[demand] = keep.map((path) => list[path]!);
    work.rate[demand] = keep.map((path) => (parts[path]! / sum) * work.question.demandGbps[demand]!);
  });
  addLoads(work);
  return kept;
}

/** The balanced split. About 200 sweeps over all demands' paths at most, fewer once the bound is met; with `cheapest` one question per demand every fourth sweep. */
export function balancePaths(question: BalanceQuestion): Balance {
  const work = startWork(question);
  const enough = question.enoughUtilisation ?? 0;
  let bound = 0;
  let best = { full: fullest(work), rate: work.rate.map((rates) => [...rates]) };
  for (const beta of enough > 0 ? quickStages : stages) {
    for (let sweep = 0; sweep < (enough > 0 ? quickSweeps : sweepsPerStage) && best.full > Math.max(enough, bound * (1 + gapWanted)) && (enough === 0 || bound <= enough); sweep++) {
      const full = fullest(work);
      setPrices(work, beta, full);
      if (sweep % 4 === 0) bound = Math.max(bound, proveBound(work));
      for (let demand = 0; demand < work.paths.length; demand++) {
        const to = cheapestOf(work, demand);
        for (let from = 0; from < work.paths[demand]!.length; from++) if (from !== to && work.rate[demand]![from]! > 0) shift(work, demand, { from, to }, { beta, full });
      }
      const now = fullest(work);
      if (now < best.full) best = { full: now, rate: work.rate.map((rates) => [...rates]) };
    }
  }
  work.rate.forEach((rates, demand) => rates.splice(0, rates.length, ...rates.map((_, path) => best.rate[demand]![path] ?? 0)));
  const share = prune(work);
  return { paths: work.paths, share, maxUtilisation: fullest(work), boundUtilisation: bound };
}
