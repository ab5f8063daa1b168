/**
 * Folds a symmetric program: flows that must all behave alike become one, and so do links, and the small program is run instead.
 *
 * THE LESSON. Colour flows and links so that equal colours look alike and see alike: two flows of one colour have equal sizes,
 * starts, weights, caps and priorities, cross links of equal colours and wait for flows of equal colours; two links of one colour
 * have equal capacity, latency and events and carry equally many flows of each colour (an *equitable partition*; found by colour
 * refinement, Weisfeiler and Leman 1968). Then one flow for each colour, on one link for each colour that it loads as often as
 * its colour crosses such a link, has the same rates: give every flow its colour's rate, and every link is as full as its
 * colour, every flow has the same bottleneck, and a max-min allocation is unique. So the quotient's completions are everyone's.
 *
 * EXAMPLE. All-to-all of N hosts on a star, equal sizes: one colour of flows, two of links (up, down), each crossed N - 1 times.
 * The quotient has one flow that loads two links N - 1 fold, whatever N is.
 *
 * Colours are found by hashing and then *checked* for the property above, flow by flow and link by link: a hash collision can
 * cost the fold, never an answer. Cost: O(hops) a round, and rounds are few; random programs are given up after a sample.
 * Bounds for `!`: rows of the program; groups are numbered by their first member.
 */

import type { FlowOutcome, FlowProgram } from './flow-program.ts';

export interface Fold {
  readonly program: FlowProgram;
  /** Row of the quotient for each flow and each link. */
  readonly flowGroup: Int32Array;
  readonly linkGroup: Int32Array;
}

/** A fold must shrink the program at least by this factor to be worth its making. */
const foldFactorMin = 4;
/** Programs smaller than this run at once. */
const foldedFlowsMin = 256;
const sampleFlows = 256;
const roundsMax = 24;

/** One step of a 32-bit mixing function (multiply and add, then the finaliser of MurmurHash3, Appleby 2011). */
function mix(hash: number, value: number): number {
  let mixed = Math.imul((Math.imul(hash, 0x9e3779b1) + value + 0x7f4a7c15) | 0, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

const floatBits = new Float64Array(1);
const intBits = new Int32Array(floatBits.buffer);
function mixFloat(hash: number, value: number): number {
  floatBits[0] = value;
  return mix(mix(hash, intBits[0]!), intBits[1]!);
}

/** Numbers hashes 0, 1, 2 ... by first appearance, in place. Returns how many there are. */
function number(colour: Int32Array): number {
  let bits = 4;
  while (1 << bits < colour.length * 2) bits += 1;
  const mask = (1 << bits) - 1;
  const slotHash = new Int32Array(1 << bits);
  const slotId = new Int32Array(1 << bits).fill(-1);
  let next = 0;
  for (let row = 0; row < colour.length; row++) {
    const hash = colour[row]!;
    let slot = Math.imul(hash, 0x9e3779b1) >>> (32 - bits) & mask;
    while (slotId[slot]! >= 0 && slotHash[slot] !== hash) slot = (slot + 1) & mask;
    if (slotId[slot]! < 0) {
      slotId[slot] = next++;
      slotHash[slot] = hash;
    }
    colour[row] = slotId[slot]!;
  }
  return next;
}

/** What a flow looks like by itself. */
function flowLook(program: FlowProgram, flow: number): number {
  let hash = mixFloat(mixFloat(1, program.flowBits[flow]!), program.flowStartNs[flow]!);
  if (program.flowWeight !== null) hash = mixFloat(hash, program.flowWeight[flow]!);
  if (program.flowCapGbps !== null) hash = mixFloat(hash, program.flowCapGbps[flow]!);
  if (program.flowPriority !== null) hash = mix(hash, program.flowPriority[flow]!);
  return hash;
}

function linkLooks(program: FlowProgram): Int32Array {
  const look = new Int32Array(program.linkCount);
  for (let link = 0; link < look.length; link++) look[link] = mixFloat(mixFloat(2, program.linkRateGbps[link]!), program.linkLatencyNs[link]!);
  for (let event = 0; event < program.eventNs.length; event++) {
    const link = program.eventLink[event]!;
    look[link] = mixFloat(mixFloat(look[link]!, program.eventNs[event]!), program.eventRateGbps[event]!);
  }
  return look;
}

/** Whether every flow waits only for flows of lower rows, so that one pass in row order follows whole chains. */
function isOrdered(program: FlowProgram): boolean {
  const { afterOffset, afterFlow, flowCount } = program;
  if (afterOffset === null || afterFlow === null) return true;
  for (let flow = 0; flow < flowCount; flow++) {
    for (let at = afterOffset[flow]!; at < afterOffset[flow + 1]!; at++) if (afterFlow[at]! >= flow) return false;
  }
  return true;
}

interface Colours {
  readonly flow: Int32Array;
  readonly link: Int32Array;
  readonly flowGroups: number;
  readonly linkGroups: number;
}

/** Refines until no colour splits; `null` when too many colours appear for a fold to pay. */
function refine(program: FlowProgram): Colours | null {
  const { flowCount, pathOffset, pathLink, afterOffset, afterFlow } = program;
  const ordered = isOrdered(program);
  let flow = new Int32Array(flowCount);
  for (let row = 0; row < flowCount; row++) flow[row] = flowLook(program, row);
  let link = linkLooks(program);
  let flowGroups = number(flow);
  let linkGroups = number(link);
  for (let round = 0; round < roundsMax; round++) {
    if (flowGroups * foldFactorMin > flowCount) return null;
    const nextLink = link.slice();
    for (let row = 0; row < nextLink.length; row++) nextLink[row] = mix(3, nextLink[row]!);
    const nextFlow = flow.map((colour) => mix(4, colour));
    for (let row = 0; row < flowCount; row++) {
      const own = nextFlow[row]!;
      for (let at = pathOffset[row]!; at < pathOffset[row + 1]!; at++) nextLink[pathLink[at]!]! += own;
    }
    const nextLinkGroups = number(nextLink);
    // Flows see what this round has found of their links: half as many rounds tell that a program has no symmetry.
    const linkSeen = nextLink.map((colour) => mix(5, colour));
    for (let row = 0; row < flowCount; row++) {
      let seen = 0;
      for (let at = pathOffset[row]!; at < pathOffset[row + 1]!; at++) seen += linkSeen[pathLink[at]!]!;
      if (afterOffset !== null && afterFlow !== null) {
        for (let at = afterOffset[row]!; at < afterOffset[row + 1]!; at++) seen += mix(6, (ordered ? nextFlow : flow)[afterFlow[at]!]!);
      }
      nextFlow[row] = mix(nextFlow[row]!, seen | 0);
    }
    const nextFlowGroups = number(nextFlow);
    const settled = nextFlowGroups === flowGroups && nextLinkGroups === linkGroups;
    flow = nextFlow;
    link = nextLink;
    flowGroups = nextFlowGroups;
    linkGroups = nextLinkGroups;
    if (settled) return { flow, link, flowGroups, linkGroups };
  }
  return null;
}

/** First member of each group. */
function representatives(group: Int32Array, groups: number): Int32Array {
  const first = new Int32Array(groups).fill(-1);
  for (let row = 0; row < group.length; row++) if (first[group[row]!]! < 0) first[group[row]!] = row;
  return first;
}

/** Compares two rows of a compressed list as bags of groups. `tally` is all zero before and after. */
function sameBag(list: { readonly offset: Int32Array; readonly item: Int32Array }, group: Int32Array, tally: Int32Array, rows: { readonly one: number; readonly other: number }): boolean {
  const { offset, item } = list;
  const first = offset[rows.one]!;
  const second = offset[rows.other]!;
  const length = offset[rows.one + 1]! - first;
  if (offset[rows.other + 1]! - second !== length) return false;
  for (let at = 0; at < length; at++) {
    tally[group[item[first + at]!]!]! += 1;
    tally[group[item[second + at]!]!]! -= 1;
  }
  let same = true;
  for (let at = 0; at < length; at++) {
    if (tally[group[item[first + at]!]!] !== 0 || tally[group[item[second + at]!]!] !== 0) same = false;
  }
  if (!same) for (let at = 0; at < length; at++) tally[group[item[first + at]!]!] = tally[group[item[second + at]!]!] = 0;
  return same;
}

/** Flows on each link, once for each crossing. */
function flowsOfLinks(program: FlowProgram): { readonly offset: Int32Array; readonly item: Int32Array } {
  const { linkCount, flowCount, pathOffset, pathLink } = program;
  const offset = new Int32Array(linkCount + 1);
  for (let at = 0; at < pathOffset[flowCount]!; at++) offset[pathLink[at]! + 1]! += 1;
  for (let link = 0; link < linkCount; link++) offset[link + 1]! += offset[link]!;
  const cursor = offset.slice(0, linkCount);
  const item = new Int32Array(pathOffset[flowCount]!);
  for (let flow = 0; flow < flowCount; flow++) {
    for (let at = pathOffset[flow]!; at < pathOffset[flow + 1]!; at++) item[cursor[pathLink[at]!]!++] = flow;
  }
  return { offset, item };
}

const equalAt = (array: Float64Array | Int32Array | null, one: number, other: number): boolean => array === null || array[one] === array[other];

/** Events of each link, in time order, as rows of the program's event arrays. */
function eventsOfLinks(program: FlowProgram): Map<number, number[]> {
  const events = new Map<number, number[]>();
  program.eventLink.forEach((link, event) => {
    const list = events.get(link);
    if (list === undefined) events.set(link, [event]);
    else list.push(event);
  });
  return events;
}

/** The exact check: whether the colours are an equitable partition of this program. */
function isEquitable(program: FlowProgram, colours: Colours, onLinks: { readonly offset: Int32Array; readonly item: Int32Array }): boolean {
  const { flowCount, linkCount, afterOffset, afterFlow } = program;
  const flowFirst = representatives(colours.flow, colours.flowGroups);
  const linkFirst = representatives(colours.link, colours.linkGroups);
  const flowTally = new Int32Array(colours.flowGroups);
  const linkTally = new Int32Array(colours.linkGroups);
  const paths = { offset: program.pathOffset, item: program.pathLink };
  for (let flow = 0; flow < flowCount; flow++) {
    const rows = { one: flowFirst[colours.flow[flow]!]!, other: flow };
    if (rows.one === flow) continue;
    for (const column of [program.flowBits, program.flowStartNs, program.flowWeight, program.flowCapGbps, program.flowPriority]) if (!equalAt(column, rows.one, flow)) return false;
    if (!sameBag(paths, colours.link, linkTally, rows)) return false;
    if (afterOffset !== null && afterFlow !== null && !sameBag({ offset: afterOffset, item: afterFlow }, colours.flow, flowTally, rows)) return false;
  }
  const events = eventsOfLinks(program);
  for (let link = 0; link < linkCount; link++) {
    const rows = { one: linkFirst[colours.link[link]!]!, other: link };
    if (rows.one === link) continue;
    if (!equalAt(program.linkRateGbps, rows.one, link) || !equalAt(program.linkLatencyNs, rows.one, link)) return false;
    if (!sameBag(onLinks, colours.flow, flowTally, rows)) return false;
    const [mine, theirs] = [events.get(link) ?? [], events.get(rows.one) ?? []];
    if (mine.length !== theirs.length || mine.some((event, at) => !equalAt(program.eventNs, event, theirs[at]!) || !equalAt(program.eventRateGbps, event, theirs[at]!))) return false;
  }
  return true;
}

const pick = (column: Float64Array, rows: Int32Array): Float64Array => Float64Array.from(rows, (row) => column[row]!);

/** One flow and one link for each colour. */
function createQuotient(program: FlowProgram, colours: Colours, onLinks: { readonly offset: Int32Array; readonly item: Int32Array }): FlowProgram {
  const flowFirst = representatives(colours.flow, colours.flowGroups);
  const linkFirst = representatives(colours.link, colours.linkGroups);
  const pathOffset = new Int32Array(colours.flowGroups + 1);
  const pathLink: number[] = [];
  const pathLoad: number[] = [];
  const afterOffset = new Int32Array(colours.flowGroups + 1);
  const afterFlow: number[] = [];
  // How often flows of each colour cross a link of each colour.
  const crossings = Array.from(linkFirst, (link) => {
    const count = new Map<number, number>();
    for (let at = onLinks.offset[link]!; at < onLinks.offset[link + 1]!; at++) {
      const group = colours.flow[onLinks.item[at]!]!;
      count.set(group, (count.get(group) ?? 0) + 1);
    }
    return count;
  });
  for (let group = 0; group < colours.flowGroups; group++) {
    const flow = flowFirst[group]!;
    const links = Array.from(program.pathLink.subarray(program.pathOffset[flow], program.pathOffset[flow + 1]), (link) => colours.link[link]!);
    for (const link of links) {
      // A path that meets a colour k times keeps k entries, for its latency, and each carries a k-th of the load.
      const times = links.filter((other) => other === link).length;
      pathLink.push(link);
      pathLoad.push((crossings[link]?.get(group) ?? 0) / times);
    }
    pathOffset[group + 1] = pathLink.length;
    if (program.afterOffset !== null && program.afterFlow !== null) {
      afterFlow.push(...new Set(Array.from(program.afterFlow.subarray(program.afterOffset[flow], program.afterOffset[flow + 1]), (earlier) => colours.flow[earlier]!)));
    }
    afterOffset[group + 1] = afterFlow.length;
  }
  const kept: number[] = [];
  program.eventLink.forEach((link, event) => {
    if (linkFirst[colours.link[link]!] === link) kept.push(event);
  });
  const events = Int32Array.from(kept);
  return {
    linkCount: colours.linkGroups, linkRateGbps: pick(program.linkRateGbps, linkFirst), linkLatencyNs: pick(program.linkLatencyNs, linkFirst),
    flowCount: colours.flowGroups, flowBits: pick(program.flowBits, flowFirst), flowStartNs: pick(program.flowStartNs, flowFirst),
    flowWeight: program.flowWeight === null ? null : pick(program.flowWeight, flowFirst),
    flowCapGbps: program.flowCapGbps === null ? null : pick(program.flowCapGbps, flowFirst),
    flowPriority: program.flowPriority === null ? null : Int32Array.from(flowFirst, (flow) => program.flowPriority![flow]!),
    pathOffset, pathLink: Int32Array.from(pathLink), pathLoad: Float64Array.from(pathLoad),
    afterOffset: program.afterOffset === null ? null : afterOffset, afterFlow: program.afterFlow === null ? null : Int32Array.from(afterFlow),
    eventNs: pick(program.eventNs, events), eventLink: Int32Array.from(events, (event) => colours.link[program.eventLink[event]!]!), eventRateGbps: pick(program.eventRateGbps, events),
    ...(program.classFloors === undefined ? {} : { classFloors: program.classFloors }),
  };
}

/** The folded program, or `null` when the program is small, not symmetric enough, or already folded. */
export function foldProgram(program: FlowProgram): Fold | null {
  const { flowCount } = program;
  if (flowCount < foldedFlowsMin || program.pathLoad !== undefined) return null;
  const looks = new Set<number>();
  for (let sample = 0; sample < sampleFlows; sample++) looks.add(flowLook(program, Math.floor((sample * flowCount) / sampleFlows)));
  if (looks.size * 2 > sampleFlows) return null;
  const colours = refine(program);
  if (colours === null) return null;
  const onLinks = flowsOfLinks(program);
  if (!isEquitable(program, colours, onLinks)) return null;
  return { program: createQuotient(program, colours, onLinks), flowGroup: colours.flow, linkGroup: colours.link };
}

/** Everyone's completions from their groups'. */
export function unfoldOutcome(fold: Fold, outcome: FlowOutcome): FlowOutcome {
  const { flowGroup } = fold;
  const completionNs = new Float64Array(flowGroup.length);
  const durationNs = new Float64Array(flowGroup.length);
  for (let flow = 0; flow < flowGroup.length; flow++) {
    completionNs[flow] = outcome.completionNs[flowGroup[flow]!]!;
    durationNs[flow] = outcome.durationNs[flowGroup[flow]!]!;
  }
  return { ...outcome, completionNs, durationNs };
}
