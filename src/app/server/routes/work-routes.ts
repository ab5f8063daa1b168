/** Routes of jobs, leases, placements, policies and maintenance. */

import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { parsePolicy } from '../../../adapters/spec/policy.ts';
import type { Issue } from '../../../base/issue.ts';
import type { FactEntry } from '../../../control/entry.ts';
import type { LeaseRequest } from '../../../control/reading.ts';
import { checkPolicy, defaultPolicy, unnamedTenant } from '../../../plan/policy.ts';
import { jobRequest } from '../../../study/job-request.ts';
import { checkPrecision, planOn } from '../../../adapters/spec/workload.ts';
import type { Done, Renewed } from '../../contract/operate.ts';
import { doneSchema, jobReportSchema, jobRequestSchema, leaseRenewalSchema, leaseSummarySchema, policyPutSchema, policyViewSchema, renewedSchema } from '../../contract/operate.ts';
import type { LeaseAnswer } from '../../contract/work.ts';
import { jobSchema, leaseAnswerSchema, leaseRequestSchema, leaseSchema, maintenanceRequestSchema, maintenanceSchema } from '../../contract/work.ts';
import { pageOf, shownText, trafficClassSchema } from '../../contract/words.ts';
import type { Desk } from '../desk.ts';
import { badInput, notFound, problem, refused } from '../problem.ts';
import type { ProblemReply } from '../problem.ts';
import type { Answer, AnyRoute, Outcome } from '../route.ts';
import { readRoute, tellRoute } from '../route.ts';
import { readWorkloadText } from '../workload-text.ts';
import { unknownComponent } from '../unknown-component.ts';
import { componentName } from '../views/component-view.ts';
import { factWords } from '../views/event-words.ts';
import { classSummary, jobView, leaseView, offerView, refusalView } from '../views/work-view.ts';

const id = z.object({ id: z.string().min(1).max(400) });
const dryRun = z.object({ dryRun: z.enum(['true', 'false']).default('false').describe('Decide on a copy and change nothing') });
const pageMax = 1000;
const reads = { method: 'GET', needs: 'viewer', weight: 'light' } as const;
const writes = { weight: 'light', query: dryRun } as const;

const facts = ({ entries }: Outcome): readonly FactEntry[] => entries.filter((entry) => entry.kind === 'fact');

/** The facts in words, or the refusal with which the reading was set aside. */
function done(outcome: Outcome): Answer<Done> {
  const rows = facts(outcome);
  for (const { body } of rows) {
    if (body.kind === 'setAside' || body.kind === 'jobRefused' || body.kind === 'leaseRefused') return refused(body.refusal);
  }
  const version = outcome.entries.at(-1)?.n ?? outcome.state.n;
  return {
    body: {
      version, dryRun: outcome.dryRun,
      facts: rows.slice(0, 200).map(({ n, body }) => ({ n, kind: body.kind, text: factWords(outcome.state.plant, body, n)?.text ?? body.kind })),
    },
  };
}

/** The policy may give less time than was asked, so the answer says until when the lease stands. */
function renewed(outcome: Outcome): Answer<Renewed> {
  const answer = done(outcome);
  if ('problem' in answer) return answer;
  const endNs = facts(outcome).flatMap(({ body }) => (body.kind === 'leaseRenewed' ? [body.endNs] : []))[0] ?? 0;
  return { ...answer, body: { ...answer.body, endNs } };
}

function leaseAnswer(outcome: Outcome): Answer<LeaseAnswer> {
  const { state, index, dryRun: isDry } = outcome;
  let request: LeaseRequest | null = null;
  const preempts: string[] = [];
  let changes = 0;
  for (const { body } of facts(outcome)) {
    if (body.kind === 'leaseRefused') {
      const offers = body.offers.map(offerView);
      if (!isDry) return refused(body.refusal, offers);
      return { body: { granted: false, dryRun: true, lease: null, refusal: refusalView(body.refusal), offers, preempts: [], changes: 0 } };
    }
    if (body.kind === 'leaseAccepted') request = body.request;
    if (body.kind !== 'planned' || request === null) continue;
    changes += body.plan.changes.length;
    for (const change of body.plan.changes) if ((change.kind === 'drop' && change.grant.id !== request.id)
      || (change.kind === 'move' && change.to.rateGbps < change.from.rateGbps)) preempts.push(change.kind === 'drop' ? change.grant.id : change.from.id);
  }
  const lease = state.leases.get(request?.id ?? '');
  const body = { granted: true, dryRun: isDry, lease: lease === undefined ? null : leaseView(state, index, lease), refusal: null, offers: [], preempts, changes };
  const made = body.lease === null ? {} : { version: body.lease.version, location: `/api/v1/leases/${encodeURIComponent(body.lease.id)}` };
  return { body, status: isDry ? 200 : 201, ...(isDry ? {} : made) };
}

const leaseVersion = ({ params }: { readonly params: { readonly id: string } }, { live }: Desk): number | null => (live.state.leases.has(params.id) ? live.index.data.leases.get(params.id) ?? 0 : null);
const jobVersion = ({ params }: { readonly params: { readonly id: string } }, { live }: Desk): number | null => (live.state.jobs.has(params.id) ? live.index.data.jobs.get(params.id) ?? 0 : null);

const unknownRanks = (issues: readonly Issue[]): ProblemReply =>
  problem(404, { code: 'unknown-rank', detail: issues.map(({ message }) => message).join('. '), remedy: issues[0]?.remedy ?? '', issues });

/** Ends of a lease that the cluster does not have. */
const strangeRanks = (body: Readonly<Record<'fromRank' | 'toRank', number>>, gpus: number): Issue[] => (['fromRank', 'toRank'] as const).filter((end) => body[end] >= gpus)
  .map((end) => ({ code: 'unknown-rank', path: end, value: String(body[end]), message: 'The cluster has no accelerator of this rank', remedy: `Name a rank from 0 to ${gpus - 1}` }));

const leaseRoutes: readonly AnyRoute[] = [
  readRoute({
    ...reads, tag: 'leases', path: '/api/v1/leases', summary: 'Leases by id, page by page',
    query: z.object({
      after: z.string().max(400).optional(), limit: z.coerce.number().int().min(1).max(pageMax).default(200), trafficClass: trafficClassSchema.optional(), job: z.string().max(200).optional(),
        tenant: z.string().max(200).optional(),
      short: z.enum(['true']).optional().describe('Only those that hold less than they asked for'),
    }),
    answer: pageOf(leaseSchema),
    run({ query }, { live: { state, index } }) {
      const wanted = [...state.leases].filter(([key, { request }]) => (query.after === undefined || key > query.after) && (query.trafficClass === undefined || request.trafficClass === query.trafficClass)
        && (query.job === undefined || request.job === query.job) && (query.tenant === undefined || request.tenant === query.tenant) && (query.short === undefined || state.short.has(key)));
      const keys = wanted.map(([key]) => key).sort();
      const page = keys.slice(0, query.limit);
      return { body: { items: page.flatMap((key) => { const lease = state.leases.get(key); return lease === undefined ? [] : [leaseView(state, index, lease)]; }), next: keys.length > page.length
        ? page.at(-1) ?? null : null } };
    },
  }),
  readRoute({ ...reads, tag: 'leases', path: '/api/v1/leases-by-class', summary: 'What each class asked for and holds', answer: leaseSummarySchema,
    run: (_ask, { live }) => ({ body: { classes: classSummary(live.state) } }) }),
  readRoute({
    ...reads, tag: 'leases', path: '/api/v1/leases/:id', summary: 'One lease', params: id, answer: leaseSchema,
    run({ params }, { live: { state, index } }) {
      const lease = state.leases.get(params.id);
      return lease === undefined ? notFound('lease', params.id, { names: state.leases.keys() }) : { body: leaseView(state, index, lease), version: index.data.leases.get(params.id) ?? 0 };
    },
  }),
  tellRoute({
    ...writes, method: 'POST', needs: 'scheduler', tag: 'leases', path: '/api/v1/leases', summary: 'Ask for light', status: 201, problems: [404], body: leaseRequestSchema, answer: leaseAnswerSchema,
    priority: ({ body }, { live }) => live.state.policy.classes[body.trafficClass].priority,
    reading({ body }, { live, plant }) {
      const strangers = strangeRanks(body, plant.cluster.fabric.gpuNode.length);
      if (strangers.length > 0) return unknownRanks(strangers);
      const startNs = body.startNs ?? live.clock.nowNs();
      const endNs = body.endNs ?? startNs + (body.durationS === undefined ? live.state.policy.classes[body.trafficClass].windowNs : body.durationS * 1e9);
      const { tenant, job, trafficClass, fromRank, toRank, rateGbps, bits, floorGbps } = body;
      return { kind: 'leaseAsked', request: { id: body.id ?? randomUUID(), tenant, job, trafficClass, fromRank, toRank, rateGbps, bits, floorGbps, startNs, endNs } };
    },
    reply: leaseAnswer,
  }),
  tellRoute({
    ...writes, method: 'PATCH', needs: 'scheduler', tag: 'leases', path: '/api/v1/leases/:id', summary: 'Renew a lease', params: id, body: leaseRenewalSchema, answer: renewedSchema, isUpdate: true,
    version: leaseVersion, reading: ({ params, body }) => ({ kind: 'leaseRenewed', id: params.id, endNs: body.endNs }), reply: renewed,
  }),
  tellRoute({
    ...writes, method: 'DELETE', needs: 'scheduler', tag: 'leases', path: '/api/v1/leases/:id', summary: 'Release a lease', params: id, answer: doneSchema, isUpdate: true, version: leaseVersion,
    reading: ({ params }) => ({ kind: 'leaseReleased', id: params.id }), reply: done,
  }),
];

const jobRoutes: readonly AnyRoute[] = [
  readRoute({
    ...reads, tag: 'jobs', path: '/api/v1/jobs', summary: 'Running jobs with progress, phases and what each is losing', answer: pageOf(jobSchema),
    run: (_ask, { live: { state, index } }) => ({ body: { items: [...state.jobs.values()].map((job) => jobView(state, index, job)), next: null } }),
  }),
  readRoute({
    ...reads, tag: 'jobs', path: '/api/v1/jobs/:id', summary: 'One job', params: id, answer: jobSchema,
    run({ params }, { live: { state, index } }) {
      const job = state.jobs.get(params.id);
      return job === undefined ? notFound('job', params.id, { names: state.jobs.keys() }) : { body: jobView(state, index, job), version: index.data.jobs.get(params.id) ?? 0 };
    },
  }),
  tellRoute({
    ...writes, weight: 'heavy', method: 'POST', needs: 'scheduler', tag: 'jobs', path: '/api/v1/jobs', summary: 'Start a training job on given ranks, with light for all of its collectives or not at all', status: 201,
    body: jobRequestSchema, answer: doneSchema, bodyBytesMax: 8 * 2 ** 20,
    reading({ body }, { plant, accelerator }) {
      const workload = readWorkloadText(body.workload);
      if (!workload.ok) return badInput(workload.issues);
      const plan = planOn(workload.value, body.ranks.length);
      const issues: readonly Issue[] = [...(plan.ok ? [] : plan.issues), ...checkPrecision(workload.value, accelerator)];
      const gpus = plant.cluster.fabric.gpuNode.length;
      const stranger = body.ranks.find((rank) => rank >= gpus);
      if (stranger !== undefined) return badInput([...issues,
        { code: 'unknown-rank', path: 'ranks', message: `The cluster has accelerators 0 to ${gpus - 1}`, remedy: 'Name ranks of the cluster', value: String(stranger) }]);
      if (!plan.ok || issues.length > 0) return badInput(issues);
      const { restartNs, checkpointNs } = defaultPolicy.costs;
      const terms = { id: body.id, tenant: body.tenant, ranks: body.ranks, steps: body.steps, checkpointNs, restartNs, checkpointEverySteps: 100, shareOfRate: body.shareOfRate };
      return { kind: 'jobAsked', job: jobRequest(plant.cluster, { model: workload.value.model, plan: plan.value, accelerator }, terms) };
    },
    reply(outcome) {
      const answer = done(outcome);
      if ('problem' in answer || outcome.dryRun) return answer;
      const made = facts(outcome).flatMap(({ body }) => (body.kind === 'jobAdmitted' ? [body.job.id] : []))[0] ?? '';
      const version = outcome.index.data.jobs.get(made);
      return { ...answer, status: 201, location: `/api/v1/jobs/${encodeURIComponent(made)}`, ...(version === undefined ? {} : { version }) };
    },
  }),
  tellRoute({
    ...writes, method: 'POST', needs: 'scheduler', tag: 'jobs', path: '/api/v1/jobs/:id/reports', summary: 'Report where a job stands', params: id, body: jobReportSchema, answer: doneSchema,
    reading({ params, body }, { live }) {
      // A typing error would make every later report one of the past.
      const asked = live.state.jobs.get(params.id)?.request.steps ?? Infinity;
      if (body.steps > asked) return badInput([{ code: 'too-many-steps', path: 'steps', value: String(body.steps), message: `The job was asked for ${asked} steps`, remedy: 'Report the steps that are done' }]);
      return { kind: 'jobReported', id: params.id, ...body };
    },
    reply: done,
  }),
  tellRoute({
    ...writes, method: 'DELETE', needs: 'scheduler', tag: 'jobs', path: '/api/v1/jobs/:id', summary: 'End a job and release its light', params: id, answer: doneSchema, isUpdate: true, version: jobVersion,
    reading: ({ params }) => ({ kind: 'jobEnded', id: params.id }), reply: done,
  }),
];

const policyRoutes: readonly AnyRoute[] = [
  readRoute({
    ...reads, tag: 'policies', path: '/api/v1/policies', summary: 'The policy in force', answer: policyViewSchema,
    run: (_ask, { live }) => ({ body: { policy: { ...live.state.policy }, version: live.index.data.policy }, version: live.index.data.policy }),
  }),
  tellRoute({
    ...writes, method: 'PUT', needs: 'operator', tag: 'policies', path: '/api/v1/policies', summary: 'Put another policy into force', body: policyPutSchema, answer: doneSchema, isUpdate: true,
    version: (_ask, { live }) => live.index.data.policy,
    reading({ body }) {
      const policy = parsePolicy(body.policy, 'policy', { base: defaultPolicy, unnamedTenant, check: checkPolicy });
      if (!policy.ok) return badInput(policy.issues);
      const shown = shownText(200).safeParse(policy.value.name);
      if (!shown.success) return badInput([{ code: 'bad-value', path: 'policy.name', message: shown.error.issues[0]?.message ?? 'The name cannot be shown', remedy: 'Give the policy a name of one line' }]);
      return { kind: 'policySet', policy: policy.value };
    },
    reply: done,
  }),
];

const verifiedSchema = z.strictObject({ component: z.string().min(1).max(400), passed: z.boolean(), detail: shownText(2000).default('') }).meta({ examples: [{ component: 'spine1', passed: true }] });

function maintainedVersion({ body }: { readonly body: { readonly component: string } }, { live, plant }: Desk): number | null {
  const row = plant.cluster.fabric.findComponent(body.component);
  return row < 0 ? null : live.index.data.components.get(row) ?? 0;
}

const maintenanceRoutes: readonly AnyRoute[] = [
  readRoute({
    ...reads, tag: 'maintenance', path: '/api/v1/maintenance', summary: 'Components in maintenance', answer: pageOf(maintenanceSchema),
    run: (_ask, { live: { state, index } }) => ({
      body: { items: [...state.maintenance].map(([row, { stage, by, sinceNs }]) => ({ component: componentName(state.plant, row), row, stage, by, sinceNs, version: index.data.components.get(row) ?? 0 })), next: null },
    }),
  }),
  tellRoute({
    ...writes, method: 'POST', needs: 'operator', tag: 'maintenance', path: '/api/v1/maintenance', summary: 'Drain, repair, verify, return or cancel', problems: [404], body: maintenanceRequestSchema, answer: doneSchema,
    version: maintainedVersion,
    reading({ body, who }, { plant }) {
      const component = plant.cluster.fabric.findComponent(body.component);
      return component < 0 ? unknownComponent(plant, body.component) : { kind: 'maintenanceAsked', component, action: body.action, by: who.id, ...(body.note === '' ? {} : { note: body.note }) };
    },
    reply: done,
  }),
  tellRoute({
    ...writes, method: 'POST', needs: 'operator', tag: 'maintenance', path: '/api/v1/maintenance/verified', summary: 'Say what the test of a repaired component found',
    body: verifiedSchema, answer: doneSchema, problems: [404], version: maintainedVersion,
    reading({ body }, { plant }) {
      const component = plant.cluster.fabric.findComponent(body.component);
      return component < 0 ? unknownComponent(plant, body.component) : { kind: 'verified', component, passed: body.passed, detail: body.detail };
    },
    reply: done,
  }),
];

export const workRoutes: readonly AnyRoute[] = [...leaseRoutes, ...jobRoutes, ...policyRoutes, ...maintenanceRoutes];
