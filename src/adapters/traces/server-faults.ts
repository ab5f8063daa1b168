/** Reads a record of server faults in the form of the InfiniteHBD trace: a JSON list of fault starts and ends per server, times in days. */

import { z } from 'zod';
import type { Issue, Parsed } from '../../base/issue.ts';
import { parsed, rejected } from '../../base/issue.ts';
import type { ServerFaults } from '../../plan/placement/fault-replay.ts';
import { readRegularFile } from '../regular-file.ts';
import { parseDocument } from './json-document.ts';
import { traceIssuesMax, writtenValue } from './trace-file.ts';

/** Events of one record. */
export const faultEventsMax = 2_000_000;

const eventShape = z.object({
  node_id: z.string().min(1),
  event_time: z.number().finite().min(0),
  event_type: z.enum(['fault_start', 'fault_end']),
});

const remedies: Readonly<Record<string, string>> = {
  node_id: 'Name the server', event_time: 'Write the days since the record began, at least 0', event_type: 'Write `fault_start` or `fault_end`',
};

interface Event { readonly day: number; readonly server: number; readonly change: 1 | -1 }

/** Rows of the list as events; every row that is not one is an issue with its place. */
function readEvents(rows: readonly unknown[], file: string, names: string[]): { readonly events: Event[]; readonly issues: Issue[] } {
  const rowOf = new Map<string, number>();
  const events: Event[] = [];
  const issues: Issue[] = [];
  for (const [at, row] of rows.entries()) {
    if (issues.length >= traceIssuesMax) break;
    const read = eventShape.safeParse(row);
    if (!read.success) {
      const [problem] = read.error.issues;
      const field = String(problem?.path[0] ?? '');
      const value = typeof row === 'object' && row !== null && field !== '' ? (row as Readonly<Record<string, unknown>>)[field] : row;
      issues.push({
        code: 'not-a-fault-event', file, path: `[${at}]${field === '' ? '' : `.${field}`}`, message: problem?.message ?? 'This is no fault event',
        remedy: remedies[field] ?? 'Write an object with node_id, event_time and event_type', value: writtenValue(value),
      });
      continue;
    }
    const { node_id: name, event_time: day, event_type: type } = read.data;
    let server = rowOf.get(name);
    if (server === undefined) {
      rowOf.set(name, (server = names.length));
      names.push(name);
    }
    events.push({ day, server, change: type === 'fault_start' ? 1 : -1 });
  }
  return { events, issues };
}

/** A fault that ends without having started leaves a server that nobody can tell up from down. */
function endsWithoutStart(events: readonly Event[], names: readonly string[], file: string): readonly Issue[] {
  const open = new Int32Array(names.length);
  for (const { server, change, day } of events) {
    open[server] = (open[server] ?? 0) + change;
    if ((open[server] ?? 0) >= 0) continue;
    return [{
      code: 'fault-ends-unstarted', file, value: names[server] ?? '', message: `A fault of this server ends on day ${day} and none has started`,
      remedy: 'Add its start, at day 0 if the server was down when the record began',
    }];
  }
  return [];
}

/** Issue codes: those of a regular file, `not-json`, `not-a-fault-list`, `not-a-fault-event`, `fault-ends-unstarted`, `too-many-events`. */
export function readServerFaults(path: string): Parsed<ServerFaults> {
  const read = readRegularFile(path, { bytesMax: 512 * 1024 ** 2, wanted: 'a record of server faults' });
  if (!('bytes' in read)) return rejected({ ...read, file: path });
  const document = parseDocument({ name: path, bytes: read.bytes });
  if (!document.ok) return document;
  const rows = document.value;
  if (!Array.isArray(rows) || rows.length === 0) {
    return rejected({
      code: 'not-a-fault-list', file: path, message: 'A record of faults is a list of events with at least one',
      remedy: 'Write [{"node_id": ..., "event_time": days, "event_type": "fault_start"}, ...]', value: writtenValue(rows),
    });
  }
  if (rows.length > faultEventsMax) return rejected({ code: 'too-many-events', file: path, message: `A record may have ${faultEventsMax} events`, remedy: 'Cut it to a shorter time', value: String(rows.length) });
  const serverNames: string[] = [];
  const { events, issues } = readEvents(rows, path, serverNames);
  if (issues.length > 0) return { ok: false, issues };
  // At one moment starts come before ends, so that an interruption of no length is none.
  events.sort((a, b) => a.day - b.day || b.change - a.change);
  const unstarted = endsWithoutStart(events, serverNames, path);
  if (unstarted.length > 0) return { ok: false, issues: unstarted };
  const spanDays = events.at(-1)?.day ?? 0;
  if (!(spanDays > 0)) return rejected({ code: 'not-a-fault-list', file: path, message: 'The record spans no time', remedy: 'Write events at more than one time', value: `${spanDays} days` });
  return parsed({
    serverNames, spanDays,
    eventDays: Float64Array.from(events, ({ day }) => day), eventServer: Int32Array.from(events, ({ server }) => server), eventChange: Int8Array.from(events, ({ change }) => change),
  });
}
