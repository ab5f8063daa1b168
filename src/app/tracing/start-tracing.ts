/** Turns tracing on where the environment names a collector, by OpenTelemetry's own variables; otherwise decisions are only logged. */

import { trace } from '@opentelemetry/api';
import type { Logger } from 'pino';
import type { Entry } from '../../control/entry.ts';
import type { EntryLatencies } from '../metrics/observe-entries.ts';
import { packageVersion } from '../package-version.ts';
import { OtlpExporter } from './otlp-exporter.ts';
import { createRecordingProvider } from './recording-tracer.ts';
import { TraceReadings } from './trace-readings.ts';

export interface Tracing {
  /** To be called with the entries of one reading when they are durable. */
  observe(entries: readonly Entry[], took: EntryLatencies): void;
  stop(): Promise<void>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** `key1=value1,key2=value2`, values percent-encoded (OpenTelemetry specification, W3C Baggage format). */
function pairsOf(text: string | undefined): Record<string, string> {
  return Object.fromEntries((text ?? '').split(',').flatMap((pair) => {
    const at = pair.indexOf('=');
    if (at <= 0) return [];
    const value = pair.slice(at + 1).trim();
    try {
      return [[pair.slice(0, at).trim(), decodeURIComponent(value)]];
    } catch {
      // What is not percent-encoded stands for itself.
      return [[pair.slice(0, at).trim(), value]];
    }
  }));
}

/** Where traces go: the address for traces as it is, or the one for all signals with its usual path; `null` for nowhere. */
export function tracesUrl(environment: Environment): string | null {
  if (environment['OTEL_SDK_DISABLED'] === 'true' || environment['OTEL_TRACES_EXPORTER'] === 'none') return null;
  const own = environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] ?? '';
  if (own !== '') return own;
  const base = environment['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '';
  return base === '' ? null : `${base.replace(/\/$/, '')}/v1/traces`;
}

/** Share of traces that are kept, by OTEL_TRACES_SAMPLER and its argument. */
export function sampledShare(environment: Environment): number {
  const sampler = environment['OTEL_TRACES_SAMPLER'] ?? 'parentbased_always_on';
  if (sampler.endsWith('always_off')) return 0;
  const share = Number(environment['OTEL_TRACES_SAMPLER_ARG'] ?? 1);
  return sampler.endsWith('traceidratio') && share >= 0 && share <= 1 ? share : 1;
}

export function startTracing({ environment, log }: { readonly environment: Environment; readonly log: Logger }): Tracing {
  const url = tracesUrl(environment);
  const exporter = url === null ? null : new OtlpExporter({
    url, headers: { ...pairsOf(environment['OTEL_EXPORTER_OTLP_HEADERS']), ...pairsOf(environment['OTEL_EXPORTER_OTLP_TRACES_HEADERS']) },
    resource: { 'service.name': environment['OTEL_SERVICE_NAME'] ?? 'heliostat', 'service.version': packageVersion, ...pairsOf(environment['OTEL_RESOURCE_ATTRIBUTES']) },
    onTrouble: (reason) => (reason === null ? log.info('traces are taken again') : log.warn({ reason }, 'traces are not taken')),
  });
  // Without a provider the interface's own tracer makes spans of nothing, with ids of zeros.
  const provider = exporter === null ? trace.getTracerProvider() : createRecordingProvider({ sampledShare: sampledShare(environment), finish: (span) => exporter.add(span) });
  const readings = new TraceReadings(provider.getTracer('heliostat', packageVersion), ({ traceId, spanId, ...decision }) => {
    log.info({ ...decision, ...(exporter === null ? {} : { trace_id: traceId, span_id: spanId }) }, 'decided');
  });
  const isWanted = exporter !== null || log.isLevelEnabled('info');
  return { observe: (entries, took) => (isWanted ? readings.observe(entries, took) : undefined), stop: async () => exporter?.stop() };
}
