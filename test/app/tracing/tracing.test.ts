/** Traces as a collector receives them from a real server, and metrics as Prometheus scrapes them from it. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { z } from 'zod';
import { packageTest } from '../../packages.ts';
import { sampledShare, tracesUrl } from '../../../src/app/tracing/start-tracing.ts';
import type { ServerProcess } from '../server/server-process.ts';
import { removeFolder, startSmall, temporaryFolder } from '../server/server-process.ts';

const valueSchema = z.union([
  z.strictObject({ stringValue: z.string() }), z.strictObject({ intValue: z.string().regex(/^-?\d+$/) }), z.strictObject({ doubleValue: z.number() }),
  z.strictObject({ boolValue: z.boolean() }), z.strictObject({ arrayValue: z.unknown() }),
]);
const attributesSchema = z.array(z.strictObject({ key: z.string(), value: valueSchema }));
const hex = (digits: number): z.ZodString => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const nanos = z.string().regex(/^\d{19}$/);
const spanSchema = z.strictObject({
  traceId: hex(32), spanId: hex(16), parentSpanId: hex(16).optional(), name: z.string().min(1), kind: z.int().min(1).max(5), startTimeUnixNano: nanos, endTimeUnixNano: nanos, attributes: attributesSchema,
  events: z.array(z.unknown()), links: z.array(z.unknown()), status: z.strictObject({ code: z.int().min(0).max(2), message: z.string().optional() }),
});
/** The JSON of opentelemetry-proto's ExportTraceServiceRequest: ids in hex, 64-bit numbers as text, fields in lowerCamelCase. */
const requestSchema = z.strictObject({
  resourceSpans: z.array(z.strictObject({
    resource: z.strictObject({ attributes: attributesSchema }), scopeSpans: z.array(z.strictObject({ scope: z.object({ name: z.string() }), spans: z.array(spanSchema) })),
  })),
});
type SpanRow = z.infer<typeof spanSchema>;

const spans: SpanRow[] = [];
const services = new Set<string>();
const wrong: string[] = [];
const collector = createServer((request, response) => {
  let text = '';
  request.on('data', (piece: Buffer) => { text += piece.toString('utf8'); }).on('end', () => {
    const body = requestSchema.safeParse(JSON.parse(text));
    if (request.url !== '/v1/traces' || request.headers['content-type'] !== 'application/json' || request.headers['x-tenant'] !== 'lab') wrong.push(`${request.url ?? ''} ${JSON.stringify(request.headers)}`);
    if (!body.success) wrong.push(body.error.message);
    for (const { resource, scopeSpans } of body.data?.resourceSpans ?? []) {
      for (const { key, value } of resource.attributes) if (key === 'service.name' && 'stringValue' in value) services.add(value.stringValue);
      spans.push(...scopeSpans.flatMap((scope) => scope.spans));
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  });
});

const dir = temporaryFolder();
let server: ServerProcess;

before(async () => {
  await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
  process.env['OTEL_EXPORTER_OTLP_HEADERS'] = 'x-tenant=lab';
  server = await startSmall(dir, ['--log-level', 'info']);
});
after(async () => {
  await server.stop();
  collector.close();
  removeFolder(dir);
});

async function soon<T>(find: () => T | undefined): Promise<T> {
  for (const endMs = Date.now() + 30_000; Date.now() < endMs; await new Promise((resolve) => setTimeout(resolve, 100))) {
    const found = find();
    if (found !== undefined) return found;
  }
  return assert.fail(`nothing came; spans: ${[...new Set(spans.map(({ name }) => name))].join(', ')}`);
}

const attribute = ({ attributes }: SpanRow, key: string): unknown => Object.values(attributes.find((row) => row.key === key)?.value ?? {})[0];

test('a trace leads from the reading over decision and disk to the command, the answer and the confirmation', async () => {
  await server.ask('/api/v1/leases', { method: 'POST', body: { id: 'big', tenant: 'lab', trafficClass: 'allToAll', fromRank: 0, toRank: 32, rateGbps: 150, durationS: 600 } });
  // Laser sources feed the spines' and leaves' engines: light that is lost there is derated, which tells devices.
  for (const component of ['leaf0', 'leaf1', 'spine0', 'spine1']) {
    const { status } = await server.ask('/api/v1/faults', { method: 'POST', body: { component: `${component}/lasersource0`, fault: 'laser-dead' } });
    assert.ok(status === 201 || status === 400, String(status));
  }
  const confirm = await soon(() => spans.find(({ name, attributes }) => name === 'confirm' && attributes.some(({ key }) => key === 'heliostat.status')));
  const own = await soon(() => {
    const found = spans.filter(({ traceId }) => traceId === confirm.traceId);
    return found.some(({ parentSpanId }) => parentSpanId === undefined) ? found : undefined;
  });
  const root = own.find(({ parentSpanId }) => parentSpanId === undefined) ?? assert.fail();
  const under = (name: RegExp, parent: SpanRow): SpanRow => own.find((span) => name.test(span.name) && span.parentSpanId === parent.spanId) ?? assert.fail(`no ${name.source} below ${parent.name}`);
  const decide = under(/^decide$/, root);
  const commit = under(/^store commit$/, root);
  const command = under(/^command (?:setRates|crossConnect|tune|enable)$/, root);
  const answer = under(/^device answer$/, command);
  under(/^store commit$/, answer);
  assert.equal(confirm.parentSpanId, root.spanId);
  const order = [root.startTimeUnixNano, decide.endTimeUnixNano, commit.endTimeUnixNano, command.endTimeUnixNano, confirm.endTimeUnixNano];
  assert.deepEqual(order, order.toSorted());
  assert.equal(root.endTimeUnixNano, confirm.endTimeUnixNano);
  assert.equal(attribute(command, 'heliostat.outcome'), 'done');
  assert.equal(attribute(answer, 'heliostat.command'), attribute(command, 'heliostat.command'));
  assert.deepEqual([wrong, [...services]], [[], ['heliostat']]);
});

test('a decision stands in the structured log with the trace that explains it', async () => {
  const decided = await soon(() => spans.find(({ name, attributes }) => name === 'decide' && attributes.some(({ key }) => key === 'heliostat.rung')));
  const line = await soon(() => server.output.split('\n').find((text) => text.includes(`"trace_id":"${decided.traceId}"`)));
  const { msg, n, rung } = JSON.parse(line) as { readonly msg: string; readonly n: number; readonly rung: string };
  assert.deepEqual([msg, String(n), rung], ['decided', attribute(decided, 'heliostat.decision'), attribute(decided, 'heliostat.rung')]);
});

test('telemetry that changes nothing makes no trace', () => {
  assert.deepEqual(spans.filter(({ name, attributes }) => name === 'decide' && attributes.every(({ key, value }) => key !== 'heliostat.facts' || ('intValue' in value && value.intValue === '0'))), []);
});

packageTest('promtool finds nothing to object to in what the server serves', 'promtool', async (promtool) => {
  const { body, headers } = await server.ask('/metrics', { token: null });
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  const run = spawnSync(promtool, ['check', 'metrics'], { input: String(body['text']), encoding: 'utf8' });
  assert.deepEqual([run.status, run.stdout + run.stderr], [0, '']);
  assert.match(String(body['text']), /^heliostat_command_answer_seconds_count\{action="\w+"\} [1-9]/m);
});

test('OpenTelemetry\'s own variables say where traces go and how many', () => {
  assert.equal(tracesUrl({}), null);
  assert.equal(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318/' }), 'http://c:4318/v1/traces');
  assert.equal(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://t/in' }), 'http://t/in');
  assert.equal(tracesUrl({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://c:4318', OTEL_SDK_DISABLED: 'true' }), null);
  assert.deepEqual([sampledShare({}), sampledShare({ OTEL_TRACES_SAMPLER: 'always_off' }), sampledShare({ OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' })], [1, 0, 0.25]);
});
