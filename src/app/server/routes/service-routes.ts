/** Routes about the service itself: probes, metrics, the OpenAPI document, and the stream of events. */

import { z } from 'zod';
import { healthAnswerSchema, streamKinds, whoAmISchema } from '../../contract/operate.ts';
import type { StreamKind, WhoAmI } from '../../contract/operate.ts';
import { packageVersion } from '../../package-version.ts';
import { problem } from '../problem.ts';
import type { AnyRoute, Reply } from '../route.ts';
import { rawRoute, readRoute } from '../route.ts';
import { sendProblem } from '../send.ts';
import { renderMetrics } from '../metrics.ts';
import { streamsMax } from '../streams.ts';

const probe = { method: 'GET', needs: 'viewer', weight: 'probe', tag: 'service' } as const;

const streamQuery = z.object({
  kinds: z.string().max(200).default('').describe(`Comma-separated classes of events, all where absent: ${streamKinds.join(', ')}`),
    after: z.coerce.number().int().min(0).optional().describe('As Last-Event-ID, for clients that cannot set it'),
});

export const serviceRoutes: readonly AnyRoute[] = [
  readRoute({
    ...probe, path: '/healthz', summary: 'Whether the process is alive', answer: healthAnswerSchema,
    run: (): Reply<z.output<typeof healthAnswerSchema>> => ({ body: { status: 'ok', version: packageVersion, reasons: [] } }),
  }),
  readRoute({
    ...probe, path: '/readyz', summary: 'Whether requests are answered and writes are taken', answer: healthAnswerSchema,
    run(_ask, { live, isStopping }): Reply<z.output<typeof healthAnswerSchema>> {
      const reasons = [...(isStopping ? ['The server stops.'] : []), ...(live.trouble?.reasons ?? [])];
      return { status: reasons.length > 0 ? 503 : 200, body: { status: reasons.length > 0 ? 'notReady' : 'ready', version: packageVersion, reasons } };
    },
  }),
  readRoute({
    method: 'GET', needs: 'viewer', weight: 'light', tag: 'service', path: '/api/v1/whoami', summary: 'Who asks, and what that role may do', answer: whoAmISchema,
    run: ({ who }, { identity }): Reply<WhoAmI> => ({ body: identity.tell(who) }),
  }),
  rawRoute({
    ...probe, path: '/metrics', summary: 'Metrics for Prometheus', mediaType: 'text/plain', answer: z.string(),
    async run(_request, reply, desk) {
      const { contentType, text } = await renderMetrics(desk);
      await reply.header('content-type', contentType).send(text);
    },
  }),
  rawRoute({
    method: 'GET', needs: 'viewer', weight: 'stream', tag: 'service', path: '/api/v1/stream', summary: 'Events as they become durable; the id of each is its log entry, and Last-Event-ID goes on behind one',
    mediaType: 'text/event-stream', query: streamQuery, answer: z.string(),
    run(request, reply, { streams }) {
      const query = request.query as z.output<typeof streamQuery>;
      const named = query.kinds.split(',').map((kind) => kind.trim()).filter((kind) => kind !== '');
      const unknown = named.find((kind) => !(streamKinds as readonly string[]).includes(kind));
      if (unknown !== undefined) return sendProblem(reply,
        problem(400, { code: 'unknown-stream', detail: `There is no class of events called ${unknown.slice(0, 100)}.`, remedy: `Name some of ${streamKinds.join(', ')}` }));
      if (streams.count >= streamsMax) return sendProblem(reply, problem(503, { code: 'too-many-streams', detail: `${streamsMax} streams are open.`, remedy: 'Come back after Retry-After', retryAfterS: 10 }));
      const header = request.headers['last-event-id'];
      const lastN = typeof header === 'string' && /^\d{1,15}$/.test(header) ? Number(header) : query.after ?? null;
      reply.hijack();
      for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value);
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      streams.add(reply.raw, new Set((named.length === 0 ? streamKinds : named) as readonly StreamKind[]), lastN);
    },
  }),
];
