/** Spans and a collector that is pressed, wrong, or gone: nothing waits for it, and what it did not take is counted. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ROOT_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import { OtlpExporter, otlpDocument, waitingSpansMax } from '../../../src/app/tracing/otlp-exporter.ts';
import type { FinishedSpan } from '../../../src/app/tracing/recording-tracer.ts';
import { createRecordingProvider } from '../../../src/app/tracing/recording-tracer.ts';

/** A collector that answers with these statuses in turn, the last for ever, and counts the spans of each request. */
async function collectorWith(...statuses: readonly number[]): Promise<{ readonly server: Server; readonly url: string; readonly taken: number[] }> {
  const taken: number[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (piece: Buffer) => { text += piece.toString('utf8'); }).on('end', () => {
      const body = JSON.parse(text) as { readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly unknown[] }[] }[] };
      taken.push(body.resourceSpans[0]?.scopeSpans[0]?.spans.length ?? 0);
      response.writeHead(statuses[Math.min(taken.length, statuses.length) - 1] ?? 200).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, taken, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces` };
}

function finished(count: number): readonly FinishedSpan[] {
  const spans: FinishedSpan[] = [];
  const tracer = createRecordingProvider({ sampledShare: 1, finish: (span) => spans.push(span) }).getTracer('test');
  for (let at = 0; at < count; at++) tracer.startSpan(`span ${at}`).end();
  return spans;
}

async function sent(statuses: readonly number[], flushes: number): Promise<{ readonly taken: readonly number[]; readonly dropped: number; readonly troubles: readonly (string | null)[] }> {
  const { server, url, taken } = await collectorWith(...statuses);
  const troubles: (string | null)[] = [];
  const exporter = new OtlpExporter({ url, headers: {}, resource: {}, onTrouble: (reason) => troubles.push(reason?.replace(url, 'it') ?? null) });
  for (const span of finished(3)) exporter.add(span);
  for (let at = 0; at < flushes; at++) await exporter.flush();
  await exporter.stop();
  server.close();
  return { taken, dropped: exporter.droppedSpans, troubles };
}

test('spans that a pressed collector sends back are sent again', async () => {
  assert.deepEqual(await sent([503, 200], 2), { taken: [3, 3], dropped: 0, troubles: ['it answered 503', null] });
});

test('spans that a collector calls wrong are dropped and counted', async () => {
  assert.deepEqual(await sent([400], 2), { taken: [3], dropped: 3, troubles: ['it answered 400'] });
});

test('without a collector spans wait up to the limit, and the trouble is told once', async () => {
  const troubles: (string | null)[] = [];
  const exporter = new OtlpExporter({ url: 'http://127.0.0.1:1/v1/traces', headers: {}, resource: {}, onTrouble: (reason) => troubles.push(reason) });
  for (const span of finished(waitingSpansMax + 7)) exporter.add(span);
  await exporter.flush();
  await exporter.flush();
  assert.equal(troubles.length, 1);
  await exporter.stop();
  assert.equal(exporter.droppedSpans, waitingSpansMax + 7);
});

/* opentelemetry-proto: times are 64-bit and so text in JSON; kinds count from 1 (INTERNAL); status 2 is ERROR. */
test('a span in the words of the protocol', () => {
  const spans: FinishedSpan[] = [];
  const tracer = createRecordingProvider({ sampledShare: 1, finish: (span) => spans.push(span) }).getTracer('test');
  const root = tracer.startSpan('root', { startTime: 1_700_000_000_000.5, attributes: { whole: 3, part: 0.5, yes: true, names: ['a', 'b'] } });
  const child = tracer.startSpan('child', { startTime: 1_700_000_000_001 }, trace.setSpan(ROOT_CONTEXT, root));
  child.setStatus({ code: SpanStatusCode.ERROR, message: 'no light' }).end(1_700_000_000_002);
  root.end(1_700_000_000_003);
  const { traceId, spanId } = root.spanContext();
  assert.deepEqual(otlpDocument(spans, { 'service.name': 'x' }), {
    resourceSpans: [{
      resource: { attributes: [{ key: 'service.name', value: { stringValue: 'x' } }] },
      scopeSpans: [{
        scope: { name: 'heliostat' },
        spans: [
          {
            traceId, spanId: child.spanContext().spanId, parentSpanId: spanId, name: 'child', kind: 1, startTimeUnixNano: '1700000000001000000', endTimeUnixNano: '1700000000002000000',
            attributes: [], events: [], links: [], status: { code: 2, message: 'no light' },
          },
          {
            traceId, spanId, name: 'root', kind: 1, startTimeUnixNano: '1700000000000500000', endTimeUnixNano: '1700000000003000000', events: [], links: [], status: { code: 0 },
            attributes: [
              { key: 'whole', value: { intValue: '3' } }, { key: 'part', value: { doubleValue: 0.5 } }, { key: 'yes', value: { boolValue: true } },
              { key: 'names', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
            ],
          },
        ],
      }],
    }],
  });
});

test('a share of traces is kept whole or not at all', () => {
  const spans: FinishedSpan[] = [];
  const tracer = createRecordingProvider({ sampledShare: 0.25, finish: (span) => spans.push(span) }).getTracer('test');
  for (let at = 0; at < 4000; at++) {
    const root = tracer.startSpan('root');
    tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, root)).end();
    root.end();
  }
  const traces = new Map<string, number>();
  for (const { traceId } of spans) traces.set(traceId, (traces.get(traceId) ?? 0) + 1);
  assert.ok([...traces.values()].every((count) => count === 2));
  // 1,000 are expected; the standard deviation of 4,000 draws at a quarter is 27.
  assert.ok(Math.abs(traces.size - 1000) < 6 * 27.4, String(traces.size));
});
