/** A tracer behind OpenTelemetry's interface that hands every finished span on; small, since all it does is remember. */

import { randomFillSync } from 'node:crypto';
import type { Attributes, AttributeValue, Context, Exception, Link, Span, SpanContext, SpanKind, SpanOptions, SpanStatus, TimeInput, Tracer, TracerProvider } from '@opentelemetry/api';
import { INVALID_SPAN_CONTEXT, SpanKind as Kind, SpanStatusCode, TraceFlags, context as contexts, isSpanContextValid, trace } from '@opentelemetry/api';

/** A span that has ended. Times are milliseconds since 1970. */
export interface FinishedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly kind: SpanKind;
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Attributes;
  readonly events: readonly { readonly name: string; readonly atMs: number; readonly attributes: Attributes }[];
  readonly links: readonly Link[];
  readonly status: SpanStatus;
}

/** Random bytes are drawn by the page: one draw for each id costs more than the span. */
const drawn = Buffer.alloc(4096);
let used = drawn.length;

function randomHex(bytes: number): string {
  if (used + bytes > drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += bytes;
  return drawn.toString('hex', used - bytes, used);
}

/** Wall-clock time that never goes back within the process, ms. */
export const steadyNowMs = (): number => performance.timeOrigin + performance.now();

function msOf(time: TimeInput | undefined): number {
  if (time === undefined) return steadyNowMs();
  if (typeof time === 'number') return time < performance.timeOrigin / 2 ? performance.timeOrigin + time : time;
  return time instanceof Date ? time.getTime() : time[0] * 1e3 + time[1] / 1e6;
}

const isAttributes = (value: Attributes | TimeInput | undefined): value is Attributes => typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);

class RecordingSpan implements Span {
  readonly #context: SpanContext;
  readonly #parentSpanId: string | null;
  readonly #kind: SpanKind;
  readonly #startMs: number;
  readonly #attributes: Attributes;
  readonly #links: Link[];
  readonly #events: FinishedSpan['events'][number][] = [];
  readonly #finish: (span: FinishedSpan) => void;
  #name: string;
  #status: SpanStatus = { code: SpanStatusCode.UNSET };
  #isEnded = false;

  constructor(name: string, options: SpanOptions, at: { readonly context: SpanContext; readonly parentSpanId: string | null; readonly finish: (span: FinishedSpan) => void }) {
    this.#name = name;
    this.#context = at.context;
    this.#parentSpanId = at.parentSpanId;
    this.#finish = at.finish;
    this.#kind = options.kind ?? Kind.INTERNAL;
    this.#startMs = msOf(options.startTime);
    this.#attributes = { ...options.attributes };
    this.#links = [...(options.links ?? [])];
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  setAttribute(key: string, value: AttributeValue): this {
    this.#attributes[key] = value;
    return this;
  }

  setAttributes(attributes: Attributes): this {
    Object.assign(this.#attributes, attributes);
    return this;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    const attributes = isAttributes(attributesOrTime) ? attributesOrTime : {};
    this.#events.push({ name, attributes, atMs: msOf(isAttributes(attributesOrTime) ? time : attributesOrTime ?? time) });
    return this;
  }

  addLink(link: Link): this {
    this.#links.push(link);
    return this;
  }

  addLinks(links: Link[]): this {
    this.#links.push(...links);
    return this;
  }

  setStatus(status: SpanStatus): this {
    this.#status = status;
    return this;
  }

  updateName(name: string): this {
    this.#name = name;
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const text = typeof exception === 'string' ? exception : exception.message ?? '';
    this.addEvent('exception', { 'exception.message': text }, time);
  }

  isRecording(): boolean {
    return !this.#isEnded;
  }

  end(endTime?: TimeInput): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#finish({
      name: this.#name, traceId: this.#context.traceId, spanId: this.#context.spanId, parentSpanId: this.#parentSpanId, kind: this.#kind, startMs: this.#startMs, endMs: Math.max(this.#startMs, msOf(endTime)),
      attributes: this.#attributes, events: this.#events, links: this.#links, status: this.#status,
    });
  }
}

export interface RecordingTerms {
  /** Share of traces that are kept, 0 to 1, decided by the trace's id. */
  readonly sampledShare: number;
  finish(span: FinishedSpan): void;
}

/** The first 52 bits of an id as a number from 0 to 1. */
const shareOf = (traceId: string): number => Number.parseInt(traceId.slice(0, 13), 16) / 2 ** 52;

class RecordingTracer implements Tracer {
  readonly #terms: RecordingTerms;

  constructor(terms: RecordingTerms) {
    this.#terms = terms;
  }

  startSpan(name: string, options: SpanOptions = {}, context: Context = contexts.active()): Span {
    const found = options.root === true ? INVALID_SPAN_CONTEXT : trace.getSpanContext(context) ?? INVALID_SPAN_CONTEXT;
    const parent = isSpanContextValid(found) ? found : null;
    const traceId = parent?.traceId ?? randomHex(16);
    const isSampled = parent === null ? shareOf(traceId) < this.#terms.sampledShare : (parent.traceFlags & TraceFlags.SAMPLED) !== 0;
    const own: SpanContext = { traceId, spanId: randomHex(8), traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE };
    if (!isSampled) return trace.wrapSpanContext(own);
    return new RecordingSpan(name, options, { context: own, parentSpanId: parent?.spanId ?? null, finish: (span) => this.#terms.finish(span) });
  }

  startActiveSpan<F extends (span: Span) => unknown>(name: string, ...rest: readonly unknown[]): ReturnType<F> {
    const work = rest.at(-1) as F;
    const options = (rest.length > 1 ? rest[0] : {}) as SpanOptions;
    const context = (rest.length > 2 ? rest[1] : contexts.active()) as Context;
    const span = this.startSpan(name, options, context);
    return contexts.with(trace.setSpan(context, span), () => work(span)) as ReturnType<F>;
  }
}

/** A provider whose tracers all hand their spans to the same place. */
export function createRecordingProvider(terms: RecordingTerms): TracerProvider {
  const tracer = new RecordingTracer(terms);
  return { getTracer: () => tracer };
}
