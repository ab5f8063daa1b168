/**
 * One trace for each reading that led to a plan, a command, a refusal or a held job: reading -> decide -> store commit, then each
 * command until its device answered, the answer's own decide and store commit below it, and the confirmation. Numbers of log entries
 * stand in the attributes, so that a trace leads to `heliostat explain` and back.
 */

import type { Attributes, Context, Span, Tracer } from '@opentelemetry/api';
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Entry, FactEntry, ReadingEntry } from '../../control/entry.ts';
import type { Fact, FactKind } from '../../control/fact.ts';
import { causeOf } from '../metrics/observe-entries.ts';
import type { EntryLatencies } from '../metrics/observe-entries.ts';
import { steadyNowMs } from './recording-tracer.ts';

/** Facts for which a reading is worth a trace; telemetry that changes nothing is not. */
const traced: ReadonlySet<FactKind> = new Set<FactKind>([
  'decided', 'planned', 'commandIssued', 'commandEnded', 'confirmed', 'rolledBack', 'leaseAccepted', 'leaseRefused', 'jobAdmitted', 'jobRefused', 'jobHeld', 'policySet', 'maintenanceSet',
]);

/** Plans and commands whose traces are open; the oldest are ended beyond it. */
const openTracesMax = 10_000;

interface OpenCommand {
  readonly span: Span;
  readonly context: Context;
  readonly of: number;
}

interface OpenTrace {
  readonly root: Span;
  readonly context: Context;
  readonly confirm: Span;
}

/** A decision with the ids of its trace, for the structured log. */
export interface TracedDecision {
  readonly n: number;
  readonly rung: string;
  readonly because: string;
  readonly lostGpuS: number;
  readonly jobs: readonly string[];
  readonly traceId: string;
  readonly spanId: string;
}

interface Times {
  readonly heardMs: number;
  readonly decidedMs: number;
  readonly durableMs: number;
}

function readingAttributes({ n, atNs, body }: ReadingEntry): Attributes {
  return {
    'heliostat.entry': n, 'heliostat.at_ns': atNs, 'heliostat.reading': body.kind, 'heliostat.cause': causeOf(body),
    ...('device' in body ? { 'heliostat.device': body.device } : {}), ...('command' in body ? { 'heliostat.command': body.command } : {}),
  };
}

function decideAttributes(facts: readonly FactEntry[]): Attributes {
  const [first] = facts.flatMap(({ n, body }) => (body.kind === 'decided' ? [{ n, ...body.decision }] : []));
  if (first === undefined) return { 'heliostat.facts': facts.length };
  const { n, rung, because, price, impact } = first;
  return { 'heliostat.facts': facts.length, 'heliostat.decision': n, 'heliostat.rung': rung, 'heliostat.because': because, 'heliostat.lost_gpu_seconds': price.lostGpuS, 'heliostat.jobs': [...impact.jobs] };
}

export class TraceReadings {
  readonly #tracer: Tracer;
  readonly #onDecision: (decision: TracedDecision) => void;
  readonly #commands = new Map<number, OpenCommand>();
  readonly #plans = new Map<number, OpenTrace>();

  constructor(tracer: Tracer, onDecision: (decision: TracedDecision) => void) {
    this.#tracer = tracer;
    this.#onDecision = onDecision;
  }

  #child(name: string, parent: Context, span: { readonly fromMs: number; readonly toMs: number; readonly attributes?: Attributes }): void {
    this.#tracer.startSpan(name, { startTime: span.fromMs, attributes: span.attributes ?? {} }, parent).end(span.toMs);
  }

  #begin(reading: ReadingEntry, facts: readonly FactEntry[], { heardMs, decidedMs, durableMs }: Times): { readonly root: Span; readonly context: Context } {
    const answered = reading.body.kind === 'commandAnswered' ? this.#commands.get(reading.body.command) : undefined;
    const kind = answered === undefined ? SpanKind.CONSUMER : SpanKind.INTERNAL;
    const name = answered === undefined ? `reading ${causeOf(reading.body)}` : 'device answer';
    const root = this.#tracer.startSpan(name, { startTime: heardMs, kind, attributes: readingAttributes(reading) }, answered?.context ?? ROOT_CONTEXT);
    const context = trace.setSpan(ROOT_CONTEXT, root);
    this.#child('decide', context, { fromMs: heardMs, toMs: decidedMs, attributes: decideAttributes(facts) });
    this.#child('store commit', context, { fromMs: decidedMs, toMs: durableMs, attributes: { 'heliostat.entries': facts.length + 1, 'heliostat.last_entry': facts.at(-1)?.n ?? reading.n } });
    return { root, context };
  }

  #issued(n: number, { of, device, action, stage, attempt, resends }: Extract<Fact, { kind: 'commandIssued' }>, context: Context, atMs: number): void {
    if (resends !== null) {
      this.#commands.get(resends)?.span.addEvent('resend', { 'heliostat.entry': n, 'heliostat.attempt': attempt }, atMs);
      return;
    }
    const attributes = { 'heliostat.command': n, 'heliostat.plan': of, 'heliostat.device': device, 'heliostat.action': action.kind, 'heliostat.stage': stage };
    const span = this.#tracer.startSpan(`command ${action.kind}`, { kind: SpanKind.CLIENT, startTime: atMs, attributes }, context);
    this.#commands.set(n, { span, of, context: trace.setSpan(context, span) });
    this.#forget();
  }

  #ended({ command, outcome, detail }: Extract<Fact, { kind: 'commandEnded' }>, atMs: number): void {
    const open = this.#commands.get(command);
    if (open === undefined) return;
    this.#commands.delete(command);
    open.span.setAttribute('heliostat.outcome', outcome);
    if (outcome !== 'done') open.span.setStatus({ code: SpanStatusCode.ERROR, message: detail });
    open.span.end(atMs);
  }

  #closed({ kind, of }: Extract<Fact, { kind: 'confirmed' | 'rolledBack' }>, n: number, atMs: number): void {
    const open = this.#plans.get(of);
    if (open === undefined) return;
    this.#plans.delete(of);
    open.confirm.setAttributes({ 'heliostat.entry': n, 'heliostat.status': kind });
    if (kind === 'rolledBack') for (const span of [open.confirm, open.root]) span.setStatus({ code: SpanStatusCode.ERROR, message: 'rolled back' });
    open.confirm.end(atMs);
    open.root.end(atMs);
  }

  /** Keeps what is open bounded: whatever never ends is ended, and says so. */
  #forget(): void {
    for (const [n, { span }] of this.#commands) {
      if (this.#commands.size <= openTracesMax) break;
      span.setAttribute('heliostat.outcome', 'notFollowed').end();
      this.#commands.delete(n);
    }
    for (const [n, { root, confirm }] of this.#plans) {
      if (this.#plans.size <= openTracesMax) break;
      for (const span of [confirm, root]) span.setAttribute('heliostat.status', 'notFollowed').end();
      this.#plans.delete(n);
    }
  }

  /** To be called with the entries of one reading when they are durable and their commands are being sent. */
  observe([reading, ...rest]: readonly Entry[], took: EntryLatencies): void {
    const facts = rest.filter((entry) => entry.kind === 'fact');
    if (reading?.kind !== 'reading' || !facts.some(({ body }) => traced.has(body.kind))) return;
    const durableMs = steadyNowMs();
    const decidedMs = durableMs - took.commitS * 1000;
    const heardMs = decidedMs - took.decideS * 1000;
    const { root, context } = this.#begin(reading, facts, { heardMs, decidedMs, durableMs });
    let isOpen = false;
    for (const { n, body } of facts) {
      if (body.kind === 'decided') {
        const { traceId, spanId } = root.spanContext();
        const { rung, because, price, impact } = body.decision;
        this.#onDecision({ n, rung, because, lostGpuS: price.lostGpuS, jobs: impact.jobs, traceId, spanId });
      } else if (body.kind === 'commandIssued') {
        // Later stages of a plan belong to the trace that began it.
        const plan = this.#plans.get(body.of);
        if (plan === undefined) {
          const confirm = this.#tracer.startSpan('confirm', { startTime: durableMs, attributes: { 'heliostat.plan': body.of } }, context);
          this.#plans.set(body.of, { root, context, confirm });
          isOpen = true;
        }
        this.#issued(n, body, plan?.context ?? context, durableMs);
      } else if (body.kind === 'commandEnded') this.#ended(body, heardMs);
      else if (body.kind === 'confirmed' || body.kind === 'rolledBack') this.#closed(body, n, durableMs);
    }
    if (!isOpen) root.end(durableMs);
  }
}
