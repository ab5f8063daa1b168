/** Routes of operation: faults of the emulation, what-if forks, placements, tokens, the audit. */

import { z } from 'zod';
import type { Issue } from '../../../base/issue.ts';
import type { Refusal } from '../../../base/refusal.ts';
import { isRefusal } from '../../../base/refusal.ts';
import type { Entry } from '../../../control/entry.ts';
import { faultKinds, findFaultKind } from '../../../sim/devices/device-fault.ts';
import {
  adoptedSchema, auditSchema, faultsSchema, forkDoneSchema, forkFaultSchema, forkReadingsSchema, injectedSchema, tokenMadeSchema, tokenRequestSchema, tokenViewSchema,
} from '../../contract/operate.ts';
import type { AuditRow } from '../../contract/operate.ts';
import { mapStateSchema } from '../../contract/cluster.ts';
import { comparisonSchema, faultSchema, forkSchema, placementRequestSchema, placementSchema } from '../../contract/work.ts';
import { pageOf } from '../../contract/words.ts';
import type { Principal, TokenRow } from '../access.ts';
import { createToken, readTokens, revokeToken } from '../access.ts';
import type { Desk } from '../desk.ts';
import type { ForkHandle } from '../forks.ts';
import { originOf } from '../log-index.ts';
import { placeWorkload } from '../place-workload.ts';
import { badInput, notFound, notWritten, problem, refused } from '../problem.ts';
import type { ProblemReply } from '../problem.ts';
import type { Answer, AnyRoute } from '../route.ts';
import { doRoute, readRoute } from '../route.ts';
import { unknownComponent } from '../unknown-component.ts';
import { componentName } from '../views/component-view.ts';
import { entryText } from '../views/event-words.ts';

const reads = { method: 'GET', needs: 'viewer', weight: 'light' } as const;
const id = z.object({ id: z.string().min(1).max(200) });

const noEmulation = (): ProblemReply => problem(409, { code: 'no-emulation', detail: 'The devices of this server are real; faults cannot be injected into them.', remedy: 'Fork the state and inject there' });

/** What the asker named cannot be, or the emulation does not answer, which is not the asker's to mend. */
const notInjected = (issues: readonly Issue[]): ProblemReply => (issues[0]?.code === 'twin-unreachable'
  ? problem(503, { code: 'twin-unreachable', detail: `${issues[0].message}.`, remedy: issues[0].remedy, retryAfterS: 1 }) : badInput(issues));

const injectionBody = { body: faultSchema, answer: injectedSchema } as const;

const faultRoutes: readonly AnyRoute[] = [
  readRoute({
    ...reads, tag: 'faults', path: '/api/v1/faults', summary: 'Faults that the emulated fabric has, and those it can have', answer: faultsSchema,
    run: (_ask, { live, plant }) => ({
      body: {
        kinds: faultKinds.map((kind) => ({ ...kind })),
        faults: (live.devices.emulation?.faults ?? []).map(({ component, name, by, sinceNs }) =>
          ({ component: componentName(plant, component), row: component, fault: name, by, unit: findFaultKind(name)?.unit ?? null, sinceNs })),
      },
    }),
  }),
  doRoute({
    ...injectionBody, method: 'POST', needs: 'operator', weight: 'light', tag: 'faults', path: '/api/v1/faults', summary: 'Inject a fault into the emulated fabric', status: 201,
    async run({ body }, { live }) {
      const { emulation } = live.devices;
      if (emulation === null) return noEmulation();
      const done = await emulation.inject({ device: body.component, fault: body.fault, ...(body.by === undefined ? {} : { by: body.by }) });
      if (!done.ok) return notInjected(done.issues);
      return { status: 201, body: { reached: [...done.value.reached], summary: done.value.summary }, audit: { what: `fault ${body.fault} at ${body.component}`, before: null, after: [done.value.summary] } };
    },
  }),
  doRoute({
    method: 'DELETE', needs: 'operator', weight: 'light', tag: 'faults', path: '/api/v1/faults/:component', summary: 'Take all faults of a component away',
    params: z.object({ component: z.string().min(1).max(400) }), answer: injectedSchema,
    async run({ params }, { live, plant }) {
      const { emulation } = live.devices;
      if (emulation === null) return noEmulation();
      const before = JSON.stringify(emulation.faults);
      const done = await emulation.inject({ device: params.component, fault: 'clear' });
      if (!done.ok) return done.issues[0]?.code === 'twin-unreachable' ? notInjected(done.issues) : unknownComponent(plant, params.component);
      return { body: { reached: [...done.value.reached], summary: done.value.summary }, audit: { what: `faults of ${params.component}`, before, after: [done.value.summary] } };
    },
  }),
];

function refusalsOf(entries: readonly Entry[]): Refusal[] {
  return entries.flatMap(({ body }) => (body.kind === 'setAside' || body.kind === 'leaseRefused' || body.kind === 'jobRefused' ? [body.refusal] : []));
}

const busy = ({ id: forkId }: ForkHandle): ProblemReply => problem(409, { code: 'fork-busy', detail: `Time passes in fork ${forkId}.`, remedy: 'Come back after Retry-After', retryAfterS: 1 });

/** A refusal of the forks: too many of them is the asker's to mend, a thread that is busy or gone is not. */
const noFork = (refusal: Refusal): ProblemReply => (refusal.code.startsWith('what-if')
  ? problem(503, { code: refusal.code, detail: refusal.reasons[0] ?? '', remedy: refusal.reasons[1] ?? '', doNext: refusal.remedy, reasons: refusal.reasons, retryAfterS: 1 }) : refused(refusal));

/** Tells the live controller, one after the other, what was asked in the fork; it decides on each as on any other request. */
async function adopt(fork: ForkHandle, live: Desk['live'], who: Principal): Promise<Answer<z.infer<typeof adoptedSchema>>> {
  const sent: string[] = [];
  const refusals: Refusal[] = [];
  for (const { reading, text } of fork.adoptable) {
    const told = live.tell(reading, { by: who.id, role: who.role, method: 'POST', path: `/api/v1/forks/${fork.id}/adopt`, key: null, digest: '', before: null });
    if (isRefusal(told)) return refused(told);
    const failed = await told.durable;
    if (failed !== null) return refused(failed);
    const no = refusalsOf(told.entries);
    refusals.push(...no);
    if (no.length === 0) sent.push(text);
  }
  return { body: { sent, version: live.state.n, refusals: refusals.map(({ code, remedy, reasons }) => ({ code, remedy, reasons: [...reasons] })) },
    audit: { what: `fork ${fork.id}`, before: null, after: [`adopted: ${sent.join('; ')}`] } };
}

/** Whoever adopts or goes on with a fork may name the version that was compared: another may have told it something since. */
const forkVersion = ({ params }: { readonly params: z.infer<typeof id> }, { forks }: Desk): number | null => forks.find(params.id)?.version ?? null;

const forkRoutes: readonly AnyRoute[] = [
  readRoute({ ...reads, tag: 'forks', path: '/api/v1/forks', summary: 'What-if forks', answer: pageOf(forkSchema), run: (_ask, { forks }) => ({ body: { items: [...forks.list], next: null } }) }),
  doRoute({
    method: 'POST', needs: 'scheduler', weight: 'heavy', tag: 'forks', path: '/api/v1/forks', summary: 'Fork the live state; nothing that happens in a fork reaches a device', status: 201, answer: forkSchema,
    async run({ who }, { forks }) {
      const fork = await forks.create(who.id);
      return isRefusal(fork) ? noFork(fork) : { status: 201, body: fork.view, version: fork.version, audit: { what: `fork ${fork.id}`, before: null, after: [`made at entry ${fork.view.of}`] } };
    },
  }),
  doRoute({
    method: 'POST', needs: 'scheduler', weight: 'heavy', tag: 'forks', path: '/api/v1/forks/:id/readings', summary: 'Tell a fork something',
      version: forkVersion, params: id, body: forkReadingsSchema, answer: forkDoneSchema,
    async run({ params, body, who }, { forks }) {
      const fork = forks.find(params.id);
      if (fork === null) return notFound('fork', params.id);
      if (fork.isBusy) return busy(fork);
      const told = await forks.tell(fork, body.readings, who.id);
      if (isRefusal(told)) return noFork(told);
      return told.problem ?? { body: told.done, version: told.done.version, audit: { what: `fork ${fork.id}`, before: null, after: body.readings.map(({ kind }) => kind) } };
    },
  }),
  doRoute({
    method: 'POST', needs: 'scheduler', weight: 'heavy', tag: 'forks', path: '/api/v1/forks/:id/faults', summary: 'Inject a fault into the fork and let time pass in it',
      version: forkVersion, params: id, body: forkFaultSchema,
      answer: forkDoneSchema,
    async run({ params, body }, { forks }) {
      const fork = forks.find(params.id);
      if (fork === null) return notFound('fork', params.id);
      if (fork.isBusy) return busy(fork);
      const done = await forks.perturb(fork, { device: body.component, fault: body.fault, ...(body.by === undefined ? {} : { by: body.by }) }, body.forS);
      if (isRefusal(done)) return noFork(done);
      return done.issues.length > 0 ? badInput(done.issues) : { body: done.done, version: done.done.version, audit: { what: `fork ${fork.id}`, before: null, after: [done.summary] } };
    },
  }),
  readRoute({
    ...reads, weight: 'heavy', tag: 'forks', path: '/api/v1/forks/:id/comparison', summary: 'The fork beside the live state', params: id, answer: comparisonSchema,
    async run({ params }, { forks }) {
      const fork = forks.find(params.id);
      if (fork === null) return notFound('fork', params.id);
      const { version } = fork;
      const body = await forks.compare(fork);
      return isRefusal(body) ? noFork(body) : { body, version };
    },
  }),
  readRoute({
    ...reads, weight: 'heavy', tag: 'forks', path: '/api/v1/forks/:id/map', summary: 'The state of the map in the fork', params: id, answer: mapStateSchema,
    async run({ params }, { forks }) {
      const fork = forks.find(params.id);
      if (fork === null) return notFound('fork', params.id);
      const body = await forks.map(fork);
      return isRefusal(body) ? noFork(body) : { body, version: body.version };
    },
  }),
  doRoute({
    method: 'POST', needs: 'operator', weight: 'heavy', tag: 'forks', path: '/api/v1/forks/:id/adopt', summary: 'Send what was asked in the fork (leases, releases, drains) to the live controller', params: id,
      version: forkVersion, answer: adoptedSchema,
    async run({ params, who }, { forks, live }) {
      const fork = forks.find(params.id);
      if (fork === null) return notFound('fork', params.id);
      if (fork.isBusy) return busy(fork);
      // Nothing else is done with it, and nobody adopts it a second time, while the live controller decides.
      fork.isBusy = true;
      const adopted = await adopt(fork, live, who).finally(() => { fork.isBusy = false; });
      if ('problem' in adopted) return adopted;
      forks.delete(fork.id);
      return adopted;
    },
  }),
  doRoute({
    method: 'DELETE', needs: 'scheduler', weight: 'light', tag: 'forks', path: '/api/v1/forks/:id', summary: 'Throw a fork away', version: forkVersion, params: id, answer: z.object({ deleted: z.string() }),
    run: ({ params }, { forks }) => (forks.delete(params.id) ? { body: { deleted: params.id }, audit: { what: `fork ${params.id}`, before: null, after: ['deleted'] } } : notFound('fork', params.id)),
  }),
];

const placementRoutes: readonly AnyRoute[] = [
  readRoute({
    method: 'POST', needs: 'viewer', weight: 'heavy', tag: 'placements', path: '/api/v1/placements', summary: 'Where a job fits now, and why not elsewhere; nothing is reserved', body: placementRequestSchema,
      answer: placementSchema,
    run({ body }, desk) {
      const placed = placeWorkload(desk, body);
      return placed.ok ? { body: placed.value } : badInput(placed.issues);
    },
  }),
];

const tokenView = ({ id: tokenId, name, role, createdAt, revokedAt }: TokenRow): z.infer<typeof tokenViewSchema> => ({ id: tokenId, name, role, createdAt, revokedAt });

/** Entries of the log that are looked through for one page of the audit. */
const auditedEntriesMax = 100_000;

/** Number of the last durable entry from before a time; 0 or the base where all are later. */
function lastBefore({ live }: Desk, atNs: number): number {
  let [low, high] = [live.store.baseN, live.store.headN];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((live.entry(middle)?.atNs ?? 0) < atNs) low = middle;
    else high = middle - 1;
  }
  return low;
}

interface AuditPage {
  readonly items: AuditRow[];
  readonly next: string | null;
}

/** Writes of the log up to entry `lastN`, oldest first, and the instant before which more may be found. */
function loggedWrites({ live, plant }: Desk, lastN: number): { readonly rows: readonly AuditRow[]; readonly before: string | null } {
  const epochMs = Date.parse(live.store.header.epoch);
  const atOf = (entry: Entry): string => new Date(epochMs + entry.atNs / 1e6).toISOString();
  const fromN = Math.max(live.store.baseN + 1, lastN - auditedEntriesMax);
  const rows: AuditRow[] = [];
  let group: { row: AuditRow; facts: number } | null = null;
  let before: string | null = null;
  for (const entry of fromN <= lastN ? live.entries(fromN) : []) {
    if (entry.n > lastN && entry.kind === 'reading') break;
    if (entry.n === fromN && fromN > live.store.baseN + 1) before = atOf(entry);
    if (entry.kind === 'fact') {
      if (group !== null && group.facts++ < 20) group.row.after.push(entryText(plant, entry));
      continue;
    }
    const origin = originOf(entry);
    group = null;
    if (origin === null) continue;
    const { by, role, method, path } = origin;
    const row: AuditRow = { n: entry.n, at: atOf(entry), by, role, method, path, what: entry.body.kind, before: origin.before === null ? null : `version ${origin.before}`, after: [], source: 'log' };
    group = { row, facts: 0 };
    rows.push(row);
  }
  return { rows, before };
}

/** Writes that are not in the log, newest first: so many, or all of the newest instant where those are more. */
function notedWrites(requests: Desk['requests'], before: string, most: number): ReturnType<Desk['requests']['audit']> {
  for (let asked = most; ; asked *= 2) {
    const rows = requests.audit(before, asked);
    if (isRefusal(rows) || rows.length < asked || rows.some(({ at }) => at !== rows[0]?.at)) return rows;
  }
}

/**
 * Rows of both sources together, newest first. A page ends between two instants, so that the next one, which begins before the last, leaves
 * none out; one instant that fills it is told whole.
 */
function auditPage(desk: Desk, query: { readonly before?: string | undefined; readonly limit: number }): AuditPage | Refusal {
  const { live, requests } = desk;
  const beforeNs = query.before === undefined ? Infinity : (Date.parse(query.before) - Date.parse(live.store.header.epoch)) * 1e6;
  const before = query.before === undefined ? '9999' : new Date(query.before).toISOString();
  const noted = notedWrites(requests, before, query.limit + 1);
  if (isRefusal(noted)) return noted;
  const logged = loggedWrites(desk, lastBefore(desk, beforeNs));
  const rows = [...noted.map((row): AuditRow => ({ ...row, after: [...row.after], source: 'server' })), ...logged.rows.filter(({ at }) => at < before)]
    // What lies further back than the log was looked through waits for its page.
    .filter(({ at }) => logged.before === null || at >= logged.before).sort((a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : b.n - a.n));
  if (rows.length <= query.limit) return { items: rows, next: logged.before };
  const cut = rows[query.limit]?.at;
  const whole = rows.slice(0, query.limit).filter(({ at }) => at !== cut);
  const items = whole.length > 0 ? whole : rows.filter(({ at }) => at === cut);
  return { items, next: items.at(-1)?.at ?? null };
}

const unreadableTokens = (issues: readonly Issue[]): ProblemReply =>
  problem(503, {
    code: issues[0]?.code ?? 'unreadable-file', detail: `The tokens cannot be read: ${issues.map(({ message }) => message).join('. ')}.`, remedy: issues[0]?.remedy ?? 'Look at the data folder', issues,
    retryAfterS: 60,
  });

const adminRoutes: readonly AnyRoute[] = [
  readRoute({
    method: 'GET', needs: 'admin', weight: 'heavy', tag: 'access', path: '/api/v1/audit', summary: 'Every write: who, what, before and after; the newest first',
    query: z.object({ before: z.iso.datetime().optional(), limit: z.coerce.number().int().min(1).max(1000).default(100) }), answer: pageOf(auditSchema),
    run({ query }, desk) {
      const body = auditPage(desk, query);
      return isRefusal(body) ? refused(body) : { body };
    },
  }),
  readRoute({
    method: 'GET', needs: 'admin', weight: 'light', tag: 'access', path: '/api/v1/tokens', summary: 'Tokens, without their secrets', answer: pageOf(tokenViewSchema),
    run(_ask, { dir }) {
      const tokens = readTokens(dir);
      return tokens.ok ? { body: { items: tokens.value.map(tokenView), next: null } } : unreadableTokens(tokens.issues);
    },
  }),
  doRoute({
    method: 'POST', needs: 'admin', weight: 'light', tag: 'access', path: '/api/v1/tokens', summary: 'Make a token; its secret is shown once', status: 201,
    problems: [507], body: tokenRequestSchema, answer: tokenMadeSchema,
    run({ body }, { dir }) {
      const made = createToken(dir, body);
      return made.ok ? { status: 201, isSecret: true, body: { ...tokenView(made.value.row), token: made.value.token },
        audit: { what: `token ${made.value.row.id}`, before: null, after: [`role ${body.role}`] } } : notWritten(made.issues);
    },
  }),
  doRoute({
    method: 'DELETE', needs: 'admin', weight: 'light', tag: 'access', path: '/api/v1/tokens/:id', summary: 'Revoke a token', problems: [507], params: id, answer: tokenViewSchema,
    run({ params }, { dir }) {
      const revoked = revokeToken(dir, params.id);
      if (revoked.ok) return { body: tokenView(revoked.value), audit: { what: `token ${params.id}`, before: 'valid', after: ['revoked'] } };
      return revoked.issues[0]?.code === 'unknown-token' ? notFound('token', params.id) : notWritten(revoked.issues);
    },
  }),
];

export const operateRoutes: readonly AnyRoute[] = [...faultRoutes, ...forkRoutes, ...placementRoutes, ...adminRoutes];
