/** Routes that read the cluster: figures, map, components, wavelengths, circuits, alarms, events, decisions, history. */

import { z } from 'zod';
import { isRefusal } from '../../../base/refusal.ts';
import { portTable } from '../../../control/circuit-ports.ts';
import { healthNames } from '../../../control/fact.ts';
import { kindOf } from '../../../fabric/components.ts';
import { circuitsSchema, clusterSchema, componentRowSchema, componentSchema, mapSchema, mapStateSchema, wavelengthRowSchema, wavelengthsSchema } from '../../contract/cluster.ts';
import { streamEventSchema } from '../../contract/operate.ts';
import type { StreamEvent } from '../../contract/operate.ts';
import { alarmSchema, decisionRowSchema, decisionSchema } from '../../contract/work.ts';
import type { AlarmView, DecisionRow } from '../../contract/work.ts';
import { healthSchema, pageOf } from '../../contract/words.ts';
import type { Desk } from '../desk.ts';
import { notFound, problem } from '../problem.ts';
import type { AnyRoute } from '../route.ts';
import { readRoute } from '../route.ts';
import { unknownComponent } from '../unknown-component.ts';
import { circuitsView, clusterView, componentName, componentRow, componentView, wavelengthsView, wavelengthView } from '../views/component-view.ts';
import { decisionRow, decisionView } from '../views/decision-view.ts';
import { eventOf } from '../views/event-words.ts';
import { mapStateView, mapView } from '../views/map-view.ts';

const tag = 'cluster';
const pageMax = 500;
/** Entries looked through for one page of events. */
const scannedEntriesMax = 20_000;

const rowText = z.string().regex(/^\d{1,10}$/).transform(Number);
const limit = z.coerce.number().int().min(1).max(pageMax).default(100);

const reads = { method: 'GET', needs: 'viewer', weight: 'light', tag } as const;

/** Alarms told at once; the worst come first. */
const alarmsMax = 2000;

/** Components that are not sound, worst first, and devices that do not speak or are not believed. */
function alarmRows({ state, index, devices, clock }: Pick<Desk['live'], 'state' | 'index' | 'devices' | 'clock'>): AlarmView[] {
  const { plant, components } = state;
  const rows: AlarmView[] = [];
  for (let row = 0; row < components.health.length; row++) {
    const health = healthNames[components.health[row] ?? 0] ?? 'sound';
    if (health === 'sound') continue;
    const jobs = new Set<string>();
    for (const link of plant.linksOfBody(row)) for (const id of state.leasesOfLink.get(link) ?? []) for (const job of [state.leases.get(id)?.request.job ?? null]) if (job !== null) jobs.add(job);
    rows.push({ component: componentName(plant, row), row, health, reason: index.data.reasons.get(row) ?? '', sinceNs: components.sinceNs[row] ?? 0, jobs: [...jobs].sort(), runbook: `component-${health}` });
  }
  for (const [device, { link, atNs }] of state.devices) {
    if (link === 'up') continue;
    const component = plant.cluster.fabric.findComponent(device);
    rows.push({ component: device, row: component, health: link, reason: index.data.deviceReasons.get(device) ?? '', sinceNs: atNs, jobs: [], runbook: `device-${link}` });
  }
  for (const { device, link, reason, sinceMs } of devices.standings ?? []) {
    if ((link !== 'late' && link !== 'lying') || state.devices.get(device)?.link !== 'up') continue;
    const sinceNs = Math.max(0, clock.nowNs() - (Date.now() - sinceMs) * 1e6);
    rows.push({ component: device, row: plant.cluster.fabric.findComponent(device), health: link, reason, sinceNs, jobs: [], runbook: `device-${link}` });
  }
  const severity = (health: string): number => ['failed', 'lying', 'silent', 'stale', 'late', 'degraded', 'suspect'].indexOf(health) + 1 || 9;
  return rows.sort((a, b) => severity(a.health) - severity(b.health) || a.row - b.row).slice(0, alarmsMax);
}

interface EventQuery {
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly limit: number;
  readonly level?: string | undefined;
  readonly component?: string | undefined;
  readonly job?: string | undefined;
}

const levels = ['info', 'notice', 'warning', 'alarm'] as const;

function eventMatcher({ level, component, job }: EventQuery): (event: StreamEvent) => boolean {
  const least = levels.findIndex((name) => name === level);
  return (event) => levels.indexOf(event.level) >= least && (component === undefined || event.component?.includes(component) === true) && (job === undefined || event.job === job);
}

/** With `after`, older events first from there; otherwise the newest first, down from `before`. */
function eventPage({ live, plant }: Pick<Desk, 'live' | 'plant'>, query: EventQuery): { items: StreamEvent[]; next: string | null } {
  const matches = eventMatcher(query);
  const { baseN, headN } = live.store;
  const items: StreamEvent[] = [];
  const isForward = query.after !== undefined;
  let scanned = 0;
  if (isForward) {
    let last = Math.max(query.after ?? 0, baseN);
    for (const entry of last < headN ? live.entries(last + 1) : []) {
      last = entry.n;
      const event = eventOf(plant, entry);
      if (event !== null && matches(event)) items.push(event);
      if (items.length >= query.limit || ++scanned >= scannedEntriesMax) break;
    }
    return { items, next: last < headN ? String(last) : null };
  }
  const chunk = 2000;
  let before = Math.min(query.before ?? headN + 1, headN + 1);
  while (before - 1 > baseN && items.length < query.limit && scanned < scannedEntriesMax) {
    const fromN = Math.max(baseN + 1, before - chunk);
    const found: StreamEvent[] = [];
    for (const entry of live.entries(fromN)) {
      if (entry.n >= before) break;
      scanned += 1;
      const event = eventOf(plant, entry);
      if (event !== null && matches(event)) found.push(event);
    }
    const wanted = found.reverse().slice(0, query.limit - items.length);
    items.push(...wanted);
    before = wanted.length < found.length ? wanted.at(-1)?.n ?? fromN : fromN;
  }
  return { items, next: before - 1 > baseN ? String(before) : null };
}

/** A decision is told once it is durable, as everything of the log is. */
function decisionPage({ live }: Pick<Desk, 'live'>, query: { readonly before?: number | undefined; readonly limit: number; readonly job?: string | undefined }): { items: DecisionRow[]; next: string | null } {
  const rows = [...live.index.data.decisions.values()].reverse()
    .filter(({ n, jobs }) => n <= live.store.headN && n < (query.before ?? Infinity) && (query.job === undefined || jobs.includes(query.job)));
  const items = rows.slice(0, query.limit).map(decisionRow);
  return { items, next: rows.length > items.length ? String(items.at(-1)?.n ?? 0) : null };
}

/** Rows of a long table from behind `after` on that pass, and the row behind which the next page begins. */
function rowPage<T>({ after, limit: most }: { readonly after?: number | undefined; readonly limit: number }, bounds: { readonly from: number; readonly to: number }, told: (row: number) => T | null):
{ items: T[]; next: string | null } {
  const items: T[] = [];
  for (let row = Math.max(bounds.from, (after ?? -1) + 1); row < bounds.to; row++) {
    const item = told(row);
    if (item === null) continue;
    if (items.length === most) return { items, next: String(row - 1) };
    items.push(item);
  }
  return { items, next: null };
}

const rowQuery = { after: z.coerce.number().int().min(0).optional().describe('Row behind which the page begins'), limit: z.coerce.number().int().min(1).max(1000).default(200) };

const clusterRoutes: readonly AnyRoute[] = [
  readRoute({ ...reads, path: '/api/v1/cluster', summary: 'The cluster in figures', answer: clusterSchema,
    run: (_ask, { live, frame, history }) => ({ body: clusterView(live.state, frame, history), version: live.state.n }) }),
  readRoute({ ...reads, path: '/api/v1/clusters', summary: 'The clusters of this server', answer: pageOf(clusterSchema),
    run: (_ask, { live, frame, history }) => ({ body: { items: [clusterView(live.state, frame, history)], next: null } }) }),
  readRoute({ ...reads, path: '/api/v1/clusters/:id', summary: 'One cluster of this server', params: z.object({ id: z.string().min(1).max(400) }), answer: clusterSchema,
    run: ({ params }, { live, frame, history }) => (params.id === frame.id ? { body: clusterView(live.state, frame, history), version: live.state.n } : notFound('cluster', params.id, { names: [frame.id] })) }),
  readRoute({ ...reads, weight: 'heavy', path: '/api/v1/map', summary: 'The fixed tables of the map', answer: mapSchema, run: (_ask, { plant }) => ({ body: mapView(plant) }) }),
  readRoute({ ...reads, weight: 'heavy', path: '/api/v1/map/state', summary: 'The state of every link and component, column by column', answer: mapStateSchema,
    run: (_ask, { live }) => ({ body: mapStateView(live.state), version: live.state.n }) }),
  readRoute({
    ...reads, weight: 'heavy', path: '/api/v1/history', summary: 'The state of the map after an earlier entry of the log',
    query: z.object({ at: z.coerce.number().int().min(0) }), answer: mapStateSchema, problems: [404, 410],
    async run({ query }, { history }) {
      const body = await history.look(query.at, mapStateView);
      if (!isRefusal(body)) return { body, version: body.version };
      const { code, reasons: [detail = '', remedy = 'Ask for an entry that the log still has'], remedy: doNext, reasons } = body;
      const statuses: Readonly<Record<string, number>> = { 'not-yet': 404, 'history-busy': 503 };
      const status = statuses[code] ?? 410;
      return problem(status, { code, detail, remedy, doNext, reasons, ...(status === 503 ? { retryAfterS: 1 } : {}) });
    },
  }),
];

const listRoutes: readonly AnyRoute[] = [
  readRoute({
    ...reads, weight: 'heavy', path: '/api/v1/components', summary: 'Components by row, page by page',
    query: z.object({ ...rowQuery, kind: z.string().max(200).optional(), health: healthSchema.optional(), part: z.string().max(200).optional() }), answer: pageOf(componentRowSchema),
    run({ query }, { live: { state, index }, plant: { cluster: { fabric } } }) {
      const { kind, health, part } = query;
      const wanted = health === undefined ? -1 : healthNames.indexOf(health);
      return {
        body: rowPage(query, { from: 0, to: fabric.componentCount }, (row) => {
          if ((wanted >= 0 && state.components.health[row] !== wanted) || (kind !== undefined && kindOf(fabric.components, row) !== kind)) return null;
          if (part !== undefined && fabric.components.parts[fabric.components.part[row] ?? 0] !== part) return null;
          return componentRow(state, index, row);
        }),
      };
    },
  }),
  readRoute({
    ...reads, weight: 'heavy', path: '/api/v1/wavelengths', summary: 'Wavelengths by row, page by page; those of one link stand together',
    query: z.object({
      ...rowQuery, link: z.coerce.number().int().min(0).optional().describe('Of this directed link'), lease: z.string().max(400).optional().describe('Held alone by this lease'),
      dark: z.enum(['true']).optional().describe('Only those that carry nothing'),
    }),
    answer: pageOf(wavelengthRowSchema),
    run({ query }, { live: { state }, plant: { cluster: { fabric } } }) {
      const { link: wanted, lease, dark } = query;
      if (wanted !== undefined && wanted >= fabric.linkCount) return notFound('link', String(wanted), { place: 'querystring.link' });
      return {
        body: rowPage(query, { from: wanted === undefined ? 0 : fabric.linkWavelength[wanted] ?? 0, to: wanted === undefined ? fabric.wavelengthCount : fabric.linkWavelength[wanted + 1] ?? 0 }, (row) => {
          if (lease !== undefined && state.leaseRows[state.wavelengths.holder[row] ?? -1] !== lease) return null;
          const told = wavelengthView(state, row);
          return dark !== undefined && !told.isDark ? null : { ...told, link: fabric.wavelengthLink[row] ?? -1 };
        }),
      };
    },
    problems: [404],
  }),
];

const componentRoutes: readonly AnyRoute[] = [
  readRoute({
    ...reads, path: '/api/v1/components/:name', summary: 'A component by its path (slashes encoded) or row, with its fault domain, leases and jobs',
    params: z.object({ name: z.string().min(1).max(400) }), answer: componentSchema,
    run({ params }, { live, plant }) {
      const row = /^\d{1,10}$/.test(params.name) ? Number(params.name) : plant.cluster.fabric.findComponent(params.name);
      if (row < 0 || row >= plant.cluster.fabric.componentCount) return unknownComponent(plant, params.name);
      const body = componentView(live.state, live.index, row);
      return { body, version: body.version };
    },
  }),
  readRoute({
    ...reads, path: '/api/v1/links/:row/wavelengths', summary: 'The wavelengths of a directed link', params: z.object({ row: rowText }), answer: wavelengthsSchema,
    run: ({ params }, { live, plant }) => (params.row < plant.cluster.fabric.linkCount ? { body: wavelengthsView(live.state, params.row) } : notFound('link', String(params.row))),
  }),
  readRoute({
    ...reads, path: '/api/v1/circuits', summary: 'Cross-connects of every circuit switch', answer: pageOf(circuitsSchema),
    run: (_ask, { live, plant }) => ({ body: { items: [...portTable(plant).switches.keys()].map((ocs) => circuitsView(live.state, live.index, ocs)), next: null } }),
  }),
  readRoute({
    ...reads, path: '/api/v1/circuits/:name', summary: 'Cross-connects of one circuit switch', params: z.object({ name: z.string().min(1).max(400) }), answer: circuitsSchema,
    run({ params }, { live, plant }) {
      const ocs = plant.cluster.fabric.findComponent(params.name);
      if (!portTable(plant).switches.has(ocs)) return notFound('circuit-switch', params.name);
      const body = circuitsView(live.state, live.index, ocs);
      return { body, version: body.version };
    },
  }),
  readRoute({ ...reads, path: '/api/v1/alarms', summary: 'What is not sound, worst first', answer: pageOf(alarmSchema), run: (_ask, { live }) => ({ body: { items: alarmRows(live), next: null } }) }),
];

const logRoutes: readonly AnyRoute[] = [
  readRoute({
    ...reads, weight: 'heavy', path: '/api/v1/events', summary: 'The log in words: the newest first, or from an entry on with `after`',
    query: z.object({
      after: z.coerce.number().int().min(0).optional(), before: z.coerce.number().int().min(1).optional(), limit,
      level: z.enum(levels).optional().describe('This level and above'), component: z.string().max(400).optional(), job: z.string().max(200).optional(),
    }),
    answer: pageOf(streamEventSchema), run: ({ query }, desk) => ({ body: eventPage(desk, query) }),
  }),
  readRoute({
    ...reads, path: '/api/v1/decisions', summary: 'Decisions, the newest first', query: z.object({ before: z.coerce.number().int().min(1).optional(), limit, job: z.string().max(200).optional() }),
    answer: pageOf(decisionRowSchema), run: ({ query }, desk) => ({ body: decisionPage(desk, query) }),
  }),
  readRoute({
    ...reads, weight: 'heavy', path: '/api/v1/decisions/:n', summary: 'A decision with its chain and every plan that was weighed', params: z.object({ n: rowText }), answer: decisionSchema,
    problems: [410],
    run({ params }, { live, plant }) {
      const note = live.index.data.decisions.get(params.n);
      if (note === undefined || params.n > live.store.headN) return notFound('decision', String(params.n));
      const entry = live.entry(params.n);
      if (entry?.kind !== 'fact') return problem(410, {
        code: 'decision-archived', detail: `Decision ${params.n} is archived.`, remedy: 'Look it up in an exported log or a backup, with "heliostat explain"', doNext: 'never',
      });
      return { body: decisionView({ plant, note, entry, read: (n) => live.entry(n) }), version: note.related.at(-1) ?? note.n };
    },
  }),
];

export const readingRoutes: readonly AnyRoute[] = [...clusterRoutes, ...listRoutes, ...componentRoutes, ...logRoutes];
