/** Reads network cases in the neutral format simcase/1 (plain or gzip-compressed JSON, single or in a list) into flow programs. */

import { gunzipSync } from 'node:zlib';
import type { Issue, Parsed } from '../base/issue.ts';
import { parsed, rejected } from '../base/issue.ts';
import type { ClassFloor, FlowProgram } from '../sim/flow-program.ts';
import type { RingFamily, StarFamily } from './simcase-families.ts';
import type { Fields } from './simcase-fields.ts';
import { CaseReader, isFields } from './simcase-fields.ts';
import { checkOrder, checkPaths } from './simcase-checks.ts';

/** Capacity events that hold beside a family or an explicit list. */
export interface CaseEvents {
  readonly eventNs: Float64Array;
  readonly eventLink: Int32Array;
  readonly eventRateGbps: Float64Array;
}

export interface SimCase {
  readonly name: string;
  readonly work: { readonly kind: 'explicit'; readonly program: FlowProgram } | StarFamily | RingFamily;
  /** For families; an explicit program holds its own. */
  readonly events: CaseEvents;
}

export interface SimCaseFile {
  readonly cases: readonly SimCase[];
  /** Whether the file was a list, so that the answer is one too. */
  readonly isList: boolean;
}

/** Distinct priorities in one case: as many as the flow engine has layers for (a test holds the two limits together). */
export const casePrioritiesMax = 64;
/** Hosts in a generated family. */
export const familyHostsMax = 65_536;
/** Flows of a generated family that must be written out. */
export const expandedFlowsMax = 50_000_000;
/** Bytes of one flow: 2^53 bits, up to which a double counts every single bit. */
export const sizeBytesMax = 2 ** 50;
/** Start, event and latency times, in seconds: up to 2^53 ns a double tells every nanosecond from the next. */
export const timeSMax = 9e6;
/** Weights within a factor of 10^12 of the default 1: their sums and quotients keep the digits that rates need. */
export const weightMin = 1e-12;
export const weightMax = 1e12;
/** Bytes of an unpacked case file: what one text can hold, with room to spare. A small gzip file may unpack to far more. */
export const unpackedBytesMax = 500_000_000;

const listKeys = new Set(['schema', 'name', 'description', 'notes', 'units', 'cases']);
const caseKeys = new Set(['schema', 'name', 'description', 'notes', 'units', 'nodes', 'links', 'flows', 'link_events', 'floors', 'generator', 'expected']);
const linkKeys = new Set(['id', 'src', 'dst', 'bandwidth_bps', 'latency_s']);
const flowKeys = new Set(['id', 'src', 'dst', 'start_s', 'size_bytes', 'path', 'weight', 'max_rate_bps', 'priority', 'after']);
const eventKeys = new Set(['t_s', 'link', 'bandwidth_bps']);
const floorKeys = new Set(['priority', 'share']);
const starKeys = new Set(['kind', 'rule', 'N', 'latency_s_per_link', 'nic_bps', 'nic_alt_bps', 'nic_alt_every', 'size0', 'a', 'b', 'm', 'step']);
/** Factors a and b of a star's sizes: with at most `familyHostsMax` hosts, i a + j b stays exact. */
const factorMax = 2 ** 36;
const ringKeys = new Set(['kind', 'rule', 'N', 'message_bytes', 'link_bps', 'link_latency_s', 'slow_link', 'slow_factor']);

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** JSON has no NaN or Infinity; files that hold them are read so that the issue can name the field. */
const bareNonNumber = /([:[,]\s*)(-?(?:NaN|Infinity|inf|nan))(?=\s*[,\]}])/g;

/** Characters of a text in which the place of a fault is searched: each step of the search reads up to all of it once more. */
const faultTextMax = 20_000_000;

/** The fault of a text that ends too early: what stands there is sound. */
const isCutOffFault = (fault: unknown): boolean => /end of JSON|unterminated/i.test(String(fault));

/** Where the text stops being the beginning of some JSON document: a shorter beginning fails only for being cut off. */
function faultAt(text: string): number {
  const isCutOff = (length: number): boolean => {
    try {
      JSON.parse(text.slice(0, length));
      return true;
    } catch (fault) {
      return isCutOffFault(fault);
    }
  };
  let sound = 0;
  let broken = text.length;
  while (broken - sound > 1) {
    const middle = (sound + broken) >> 1;
    if (isCutOff(middle)) sound = middle;
    else broken = middle;
  }
  return broken;
}

/** Line and column of a fault; none where the search for them would take longer than the reading. */
function placeOf(text: string, fault: unknown): Pick<Issue, 'line' | 'column'> {
  if (text.length > faultTextMax) return {};
  const before = text.slice(0, isCutOffFault(fault) ? text.length : faultAt(text));
  return { line: before.split('\n').length, column: Math.max(1, before.length - before.lastIndexOf('\n') - 1) };
}

function parseJson(text: string, file: string): Parsed<unknown> {
  try {
    return parsed(JSON.parse(text) as unknown);
  } catch (fault) {
    try {
      return parsed(JSON.parse(text.replace(bareNonNumber, '$1"$2"')) as unknown);
    } catch {
      const message = `This is not JSON: ${String(fault).replace(/^SyntaxError: /, '').split('\n')[0]?.replace(/\p{Cc}/gu, '?') ?? ''}`;
      return rejected({ code: 'not-json', message, remedy: 'Write one JSON document of schema simcase/1', file, ...placeOf(text, fault) });
    }
  }
}

/** Unpacks a gzip file, and no more of it than `unpackedBytesMax`. */
function unpack(bytes: Uint8Array, file: string): Parsed<Uint8Array> {
  const tooLarge: Issue = { code: 'too-large', message: `The case takes more than ${unpackedBytesMax} bytes when unpacked`, remedy: 'Split it into several cases, or describe it with a generator', file };
  if (!isGzip(bytes)) return bytes.length > unpackedBytesMax ? rejected(tooLarge) : parsed(bytes);
  try {
    return parsed(gunzipSync(bytes, { maxOutputLength: unpackedBytesMax }));
  } catch (fault) {
    if (fault instanceof Error && 'code' in fault && fault.code === 'ERR_BUFFER_TOO_LARGE') return rejected(tooLarge);
    return rejected({ code: 'not-gzip', message: `This file cannot be unpacked: ${fault instanceof Error ? fault.message : String(fault)}`, remedy: 'Give plain JSON or a whole gzip file', file });
  }
}

/** Reads a file's bytes. `file` is the name that issues carry. */
export function parseSimCases(bytes: Uint8Array, file: string): Parsed<SimCaseFile> {
  const unpacked = unpack(bytes, file);
  if (!unpacked.ok) return unpacked;
  const json = parseJson(new TextDecoder().decode(unpacked.value), file);
  if (!json.ok) return json;
  return readSimCases(json.value, file);
}

/** Reads an already parsed document. */
function readSimCases(document: unknown, file: string): Parsed<SimCaseFile> {
  const reader = new CaseReader(file);
  if (!isFields(document)) {
    reader.add('not-a-case', '', 'This is not a network case', 'Write an object with schema, links and flows, or with a generator', document);
    return rejected(...reader.issues);
  }
  const isList = document['cases'] !== undefined;
  const cases: SimCase[] = [];
  if (isList) {
    reader.keys(document, '', listKeys);
    const list = reader.list(document, 'cases', '', { required: true });
    if (list.length === 0 && !reader.full && reader.issues.length === 0) reader.add('empty-list', 'cases', 'This list holds no case', 'Write at least one case', document['cases']);
    list.forEach((item, index) => {
      if (isFields(item)) cases.push(readCase(reader, item, `cases[${index}].`));
      else reader.add('not-a-case', `cases[${index}]`, 'This is not a network case', 'Write an object', item);
    });
  } else cases.push(readCase(reader, document, ''));
  return reader.issues.length > 0 ? rejected(...(reader.issues as Issue[])) : parsed({ cases, isList });
}

function readCase(reader: CaseReader, fields: Fields, place: string): SimCase {
  reader.keys(fields, place.replace(/\.$/, ''), caseKeys);
  if (fields['schema'] !== undefined && fields['schema'] !== 'simcase/1') {
    reader.add('unknown-schema', `${place}schema`, 'This schema is not known here', 'Write "simcase/1"', fields['schema']);
  }
  const name = typeof fields['name'] === 'string' ? fields['name'] : 'unnamed';
  const generator = fields['generator'];
  if (generator !== undefined && generator !== null) {
    const family = readFamily(reader, generator, `${place}generator`);
    const links = family === null ? 0 : family.kind === 'ring-all-reduce' ? family.hosts : 2 * family.hosts;
    const events = readEvents(reader, fields, place, family === null ? Infinity : links);
    return { name, work: family ?? emptyWork, events };
  }
  return { name, work: { kind: 'explicit', program: readProgram(reader, fields, place) }, events: noEvents };
}

const noEvents: CaseEvents = { eventNs: new Float64Array(0), eventLink: new Int32Array(0), eventRateGbps: new Float64Array(0) };
/** Stands for a family with issues; such a file is rejected as a whole. */
const emptyWork: RingFamily = { kind: 'ring-all-reduce', hosts: 1, messageBytes: 0, linkGbps: 1, latencyNs: 0, slowLink: -1, slowFactor: 1 };

function readFamily(reader: CaseReader, generator: unknown, place: string): StarFamily | RingFamily | null {
  if (!isFields(generator)) {
    reader.add('not-a-generator', place, 'This is not a generator', 'Write an object with kind and parameters', generator);
    return null;
  }
  const number = reader.number.bind(reader, generator);
  const hosts = number('N', place, { least: 1, most: familyHostsMax, whole: true });
  if (generator['kind'] === 'star-all-to-all') {
    reader.keys(generator, place, starKeys);
    if (hosts * (hosts - 1) > expandedFlowsMax) reader.add('out-of-range', `${place}.N`, `This star has more than ${expandedFlowsMax} flows`, 'Write a smaller N', hosts);
    const altEvery = number('nic_alt_every', place, { least: 0, whole: true, absent: 0 });
    const star: StarFamily = {
      kind: 'star-all-to-all', hosts, altEvery,
      latencyNs: number('latency_s_per_link', place, { least: 0, most: timeSMax, unit: 'seconds' }) * 1e9,
      nicGbps: number('nic_bps', place, { least: 0, unit: 'bit/s' }) / 1e9,
      altNicGbps: number('nic_alt_bps', place, altEvery > 0 ? { least: 0, unit: 'bit/s' } : { absent: 0 }) / 1e9,
      size0: number('size0', place, { least: 0, most: sizeBytesMax, unit: 'bytes' }),
      a: number('a', place, { least: 0, most: factorMax, whole: true, absent: 0 }),
      b: number('b', place, { least: 0, most: factorMax, whole: true, absent: 0 }),
      m: number('m', place, { least: 1, most: sizeBytesMax, whole: true, absent: 1 }),
      step: number('step', place, { least: 0, most: sizeBytesMax, absent: 0, unit: 'bytes' }),
    };
    if (star.size0 + (star.m - 1) * star.step > sizeBytesMax) reader.add('out-of-range', `${place}.step`, `The largest of these sizes exceeds ${sizeBytesMax} bytes`, 'Write a smaller step or m', star.step);
    return star;
  }
  if (generator['kind'] === 'ring-all-reduce') {
    reader.keys(generator, place, ringKeys);
    return {
      kind: 'ring-all-reduce', hosts,
      messageBytes: number('message_bytes', place, { least: 0, most: sizeBytesMax, unit: 'bytes' }),
      linkGbps: number('link_bps', place, { least: 0, unit: 'bit/s' }) / 1e9,
      latencyNs: number('link_latency_s', place, { least: 0, most: timeSMax, unit: 'seconds' }) * 1e9,
      slowLink: number('slow_link', place, { least: -1, most: Math.max(0, hosts - 1), whole: true, absent: -1 }),
      slowFactor: number('slow_factor', place, { least: 0, absent: 1 }),
    };
  }
  reader.add('unknown-generator', `${place}.kind`, 'This generator is not known here', 'Write "star-all-to-all" or "ring-all-reduce"', generator['kind']);
  return null;
}

function readEvents(reader: CaseReader, fields: Fields, place: string, linkCount: number): CaseEvents {
  const list = reader.list(fields, 'link_events', place.replace(/\.$/, ''), { required: false });
  const events = list.map((item, index) => {
    const path = `${place}link_events[${index}]`;
    if (!isFields(item)) {
      reader.add('not-an-event', path, 'This is not a link event', 'Write an object with t_s, link and bandwidth_bps', item);
      return { atNs: 0, link: 0, rateGbps: 0 };
    }
    reader.keys(item, path, eventKeys);
    const link = reader.number(item, 'link', path, { least: 0, whole: true });
    if (link >= linkCount) reader.add('unknown-link', `${path}.link`, 'No link has this id', `Write a link id below ${linkCount}`, link);
    return {
      atNs: reader.number(item, 't_s', path, { least: 0, most: timeSMax, unit: 'seconds' }) * 1e9,
      link,
      rateGbps: reader.number(item, 'bandwidth_bps', path, { least: 0, unit: 'bit/s' }) / 1e9,
    };
  });
  // A stable sort: of two events of one link at one time, the later in the file holds.
  events.sort((before, after) => before.atNs - after.atNs);
  return {
    eventNs: Float64Array.from(events, (event) => event.atNs),
    eventLink: Int32Array.from(events, (event) => event.link),
    eventRateGbps: Float64Array.from(events, (event) => event.rateGbps),
  };
}

function readFloors(reader: CaseReader, fields: Fields, place: string): readonly ClassFloor[] {
  const floors = reader.list(fields, 'floors', place.replace(/\.$/, ''), { required: false }).filter(isFields).map((item, index) => {
    reader.keys(item, `${place}floors[${index}]`, floorKeys);
    return {
      priority: reader.number(item, 'priority', `${place}floors[${index}]`, { whole: true }),
      share: reader.number(item, 'share', `${place}floors[${index}]`, { least: 0, most: 1 }),
    };
  });
  const total = floors.reduce((sum, floor) => sum + floor.share, 0);
  if (total > 1 + 1e-9) reader.add('floors-above-capacity', `${place}floors`, 'The floors of all classes exceed the capacity', 'Write shares that sum to at most 1', total);
  if (new Set(floors.map((floor) => floor.priority)).size < floors.length) reader.add('duplicate-floor', `${place}floors`, 'A priority has two floors', 'Write one floor for each priority');
  return floors;
}

/** Takes an entry of a list as an object with known keys and its own index as id. */
type RowReader = (item: unknown, at: { readonly path: string; readonly index: number; readonly known: ReadonlySet<string> }) => Fields;

/** Links, flows and events of an explicit case. */
function readProgram(reader: CaseReader, fields: Fields, place: string): FlowProgram {
  const nodes = new Map<string, number>();
  reader.list(fields, 'nodes', place.replace(/\.$/, ''), { required: true }).forEach((node, index) => {
    if (typeof node !== 'string') reader.add('not-a-name', `${place}nodes[${index}]`, 'A node is named by a text', 'Write a text in quotes', node);
    else if (nodes.has(node)) reader.add('duplicate-id', `${place}nodes[${index}]`, `Node ${nodes.get(node) ?? 0} has this id already`, 'Give every node its own id', node);
    else nodes.set(node, index);
  });
  const links = reader.list(fields, 'links', place.replace(/\.$/, ''), { required: true });
  const flows = reader.list(fields, 'flows', place.replace(/\.$/, ''), { required: true });
  const row: RowReader = (item, { path, index, known }) => {
    if (!isFields(item)) {
      reader.add('not-an-object', path, 'This entry is not an object', 'Write an object in braces', item);
      return {};
    }
    reader.keys(item, path, known);
    if (item['id'] !== undefined && item['id'] !== index) {
      const duplicate = typeof item['id'] === 'number' && item['id'] >= 0 && item['id'] < index;
      reader.add(duplicate ? 'duplicate-id' : 'wrong-id', `${path}.id`, duplicate ? 'An earlier entry has this id' : 'An id is the entry\'s index in its list', `Write ${index}`, item['id']);
    }
    return item;
  };
  const ends = (item: Fields, path: string): { from: number; to: number } => {
    const end = (key: 'src' | 'dst'): number => {
      const node = typeof item[key] === 'string' ? nodes.get(item[key]) : undefined;
      if (node === undefined) reader.add('unknown-node', `${path}.${key}`, 'No node has this id', 'Name a node of the list "nodes"', item[key] ?? null);
      return node ?? -1;
    };
    return { from: end('src'), to: end('dst') };
  };
  const linkRateGbps = new Float64Array(links.length);
  const linkLatencyNs = new Float64Array(links.length);
  const linkFrom = new Int32Array(links.length);
  const linkTo = new Int32Array(links.length);
  links.forEach((item, index) => {
    if (reader.full) return;
    const path = `${place}links[${index}]`;
    const link = row(item, { path, index, known: linkKeys });
    const { from, to } = ends(link, path);
    linkFrom[index] = from;
    linkTo[index] = to;
    linkRateGbps[index] = reader.number(link, 'bandwidth_bps', path, { least: 0, unit: 'bit/s' }) / 1e9;
    linkLatencyNs[index] = reader.number(link, 'latency_s', path, { least: 0, most: timeSMax, absent: 0, unit: 'seconds' }) * 1e9;
  });
  const columns = readFlows(reader, flows, place, row, ends);
  checkPaths(reader, { ...columns, linkFrom, linkTo }, place);
  checkOrder(reader, columns, place);
  const floors = readFloors(reader, fields, place);
  return {
    linkCount: links.length, linkRateGbps, linkLatencyNs, flowCount: flows.length,
    flowBits: columns.flowBits, flowStartNs: columns.flowStartNs,
    flowWeight: columns.flowWeight.some((weight) => weight !== 1) ? columns.flowWeight : null,
    flowCapGbps: columns.flowCapGbps.some((cap) => cap < Infinity) ? columns.flowCapGbps : null,
    flowPriority: columns.flowPriority.some((priority) => priority !== columns.flowPriority[0]) ? columns.flowPriority : null,
    pathOffset: columns.pathOffset, pathLink: columns.pathLink,
    afterOffset: columns.afterFlow.length > 0 ? columns.afterOffset : null,
    afterFlow: columns.afterFlow.length > 0 ? columns.afterFlow : null,
    ...readEvents(reader, fields, place, links.length),
    ...(floors.length > 0 ? { classFloors: floors } : {}),
  };
}

/** Flows as columns, before their paths and their order are checked. */
export interface FlowColumns {
  readonly flowFrom: Int32Array;
  readonly flowTo: Int32Array;
  readonly flowBits: Float64Array;
  readonly flowStartNs: Float64Array;
  readonly flowWeight: Float64Array;
  readonly flowCapGbps: Float64Array;
  readonly flowPriority: Int32Array;
  readonly pathOffset: Int32Array;
  readonly pathLink: Int32Array;
  readonly afterOffset: Int32Array;
  readonly afterFlow: Int32Array;
}

function readFlows(
  reader: CaseReader, flows: readonly unknown[], place: string,
  row: RowReader, ends: (item: Fields, path: string) => { from: number; to: number },
): FlowColumns {
  const count = flows.length;
  const floats = (): Float64Array => new Float64Array(count);
  const columns = {
    flowFrom: new Int32Array(count), flowTo: new Int32Array(count), flowBits: floats(), flowStartNs: floats(), flowWeight: floats(), flowCapGbps: floats(),
    flowPriority: new Int32Array(count), pathOffset: new Int32Array(count + 1), afterOffset: new Int32Array(count + 1),
  };
  const pathLink: number[] = [];
  const afterFlow: number[] = [];
  const priorities = new Set<number>();
  flows.forEach((item, index) => {
    if (reader.full) return;
    const path = `${place}flows[${index}]`;
    const flow = row(item, { path, index, known: flowKeys });
    const { from, to } = ends(flow, path);
    columns.flowFrom[index] = from;
    columns.flowTo[index] = to;
    columns.flowBits[index] = reader.number(flow, 'size_bytes', path, { least: 0, most: sizeBytesMax, unit: 'bytes' }) * 8;
    columns.flowStartNs[index] = reader.number(flow, 'start_s', path, { least: 0, most: timeSMax, absent: 0, unit: 'seconds' }) * 1e9;
    columns.flowWeight[index] = reader.number(flow, 'weight', path, { least: weightMin, most: weightMax, absent: 1 });
    columns.flowCapGbps[index] = reader.number(flow, 'max_rate_bps', path, { least: 0, above: true, absent: Infinity, unit: 'bit/s' }) / 1e9;
    columns.flowPriority[index] = reader.number(flow, 'priority', path, { least: -(2 ** 31), most: 2 ** 31 - 1, whole: true, absent: 0 });
    priorities.add(columns.flowPriority[index]);
    for (const link of reader.list(flow, 'path', path, { required: true })) pathLink.push(typeof link === 'number' ? link : NaN);
    columns.pathOffset[index + 1] = pathLink.length;
    for (const earlier of reader.list(flow, 'after', path, { required: false })) afterFlow.push(typeof earlier === 'number' ? earlier : NaN);
    columns.afterOffset[index + 1] = afterFlow.length;
  });
  if (priorities.size > casePrioritiesMax) reader.add('too-many-priorities', `${place}flows`, `These flows have more than ${casePrioritiesMax} distinct priorities`, 'Use fewer classes', priorities.size);
  // Ids that are no rows become -1 and are reported, with their place, by the checks that follow.
  const rows = (list: readonly number[], most: number): Int32Array => Int32Array.from(list, (id) => (Number.isInteger(id) && id >= 0 && id < most ? id : -1));
  return { ...columns, pathLink: rows(pathLink, 2 ** 31 - 1), afterFlow: rows(afterFlow, count) };
}
