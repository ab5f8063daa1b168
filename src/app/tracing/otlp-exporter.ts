/**
 * Sends finished spans to a collector as OTLP over HTTP in JSON (OpenTelemetry Protocol 1.3, POST /v1/traces), in batches and never
 * in the way: a collector that is slow or gone costs spans, which are counted, and nothing else.
 */

import type { AttributeValue, Attributes } from '@opentelemetry/api';
import type { FinishedSpan } from './recording-tracer.ts';

/** Spans that wait for a collector; the newest are given up beyond it, so that what is told stays whole. */
export const waitingSpansMax = 20_000;
const batchSpansMax = 2000;
const flushMs = 1000;
const sendTimeoutMs = 5000;

export interface OtlpTerms {
  /** Full address, e.g. `http://collector:4318/v1/traces`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Attributes of the service itself. */
  readonly resource: Attributes;
  /** Told when the collector does not take spans, and `null` when it does again. */
  onTrouble(reason: string | null): void;
}

const nanos = (ms: number): string => `${BigInt(Math.round(ms * 1000)) * 1000n}`;

function valueOf(value: AttributeValue): Record<string, unknown> {
  if (Array.isArray(value)) return { arrayValue: { values: value.flatMap((one) => (one === null || one === undefined ? [] : [valueOf(one)])) } };
  if (typeof value === 'number') return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return { stringValue: String(value) };
}

const attributesOf = (attributes: Attributes): readonly unknown[] => Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [{ key, value: valueOf(value) }]));

/** A span in the words of the protocol; kinds count from 1 there. */
const spanOf = (span: FinishedSpan): Record<string, unknown> => ({
  traceId: span.traceId, spanId: span.spanId, ...(span.parentSpanId === null ? {} : { parentSpanId: span.parentSpanId }), name: span.name, kind: span.kind + 1,
  startTimeUnixNano: nanos(span.startMs), endTimeUnixNano: nanos(span.endMs), attributes: attributesOf(span.attributes),
  events: span.events.map(({ name, atMs, attributes }) => ({ name, timeUnixNano: nanos(atMs), attributes: attributesOf(attributes) })),
  links: span.links.map(({ context, attributes = {} }) => ({ traceId: context.traceId, spanId: context.spanId, attributes: attributesOf(attributes) })),
  status: { code: span.status.code, ...(span.status.message === undefined ? {} : { message: span.status.message }) },
});

/** The document that is posted. */
export const otlpDocument = (spans: readonly FinishedSpan[], resource: Attributes): unknown => ({
  resourceSpans: [{ resource: { attributes: attributesOf(resource) }, scopeSpans: [{ scope: { name: 'heliostat' }, spans: spans.map(spanOf) }] }],
});

/** Answers after which the protocol says to send again. */
const isLater = (status: number): boolean => [429, 502, 503, 504].includes(status);

export class OtlpExporter {
  readonly #terms: OtlpTerms;
  readonly #timer: NodeJS.Timeout;
  readonly #waiting: FinishedSpan[] = [];
  #sending: Promise<void> | null = null;
  #isTroubled = false;
  /** Spans that no collector took. */
  droppedSpans = 0;

  constructor(terms: OtlpTerms) {
    this.#terms = terms;
    this.#timer = setInterval(() => void this.flush(), flushMs);
    this.#timer.unref();
  }

  add(span: FinishedSpan): void {
    if (this.#waiting.length >= waitingSpansMax) this.droppedSpans += 1;
    else this.#waiting.push(span);
    if (this.#waiting.length >= batchSpansMax) void this.flush();
  }

  #tell(reason: string | null): void {
    if ((reason !== null) === this.#isTroubled) return;
    this.#isTroubled = reason !== null;
    this.#terms.onTrouble(reason);
  }

  async #send(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.splice(0, batchSpansMax);
      try {
        const response = await fetch(this.#terms.url, {
          method: 'POST', headers: { ...this.#terms.headers, 'content-type': 'application/json' }, body: JSON.stringify(otlpDocument(batch, this.#terms.resource)), signal: AbortSignal.timeout(sendTimeoutMs),
        });
        await response.body?.cancel();
        if (response.ok) {
          this.#tell(null);
          continue;
        }
        if (isLater(response.status)) this.#waiting.unshift(...batch);
        else this.droppedSpans += batch.length;
        this.#tell(`${this.#terms.url} answered ${response.status}`);
      } catch (fault) {
        // fetch fails with TypeError and the timeout with DOMException; whatever it is, the spans wait for the next turn.
        this.#waiting.unshift(...batch);
        this.#tell(`${this.#terms.url} cannot be reached (${fault instanceof Error ? fault.message : String(fault)})`);
      }
      return;
    }
  }

  /** Sends what waits, unless it is being sent. */
  flush(): Promise<void> {
    this.#sending ??= this.#send().finally(() => { this.#sending = null; });
    return this.#sending;
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
    this.droppedSpans += this.#waiting.length;
    this.#waiting.length = 0;
  }
}
