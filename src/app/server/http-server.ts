/** The HTTP face: registers the route table with its schemas, roles, limits and headers, and serves the browser application. */

import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import fastify from 'fastify';
import { createJsonSchemaTransform, createJsonSchemaTransformObject, hasZodFastifySchemaValidationErrors, validatorCompiler } from 'fastify-type-provider-zod';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Issue } from '../../base/issue.ts';
import { problemSchema, roleSchema } from '../contract/words.ts';
import { packageVersion } from '../package-version.ts';
import type { Principal } from './access.ts';
import { allowedMethods } from './allowed-methods.ts';
import { answerRoute, etagOf } from './answer-route.ts';
import type { Desk } from './desk.ts';
import { everywhere, isProbe, problemStatuses } from './documented-problems.ts';
import { badInput, isProblem, problem, titleOf } from './problem.ts';
import type { ProblemReply } from './problem.ts';
import type { AnyRoute, Ask } from './route.ts';
import { bodyBytesMax, isWrite } from './route.ts';
import { allRoutes } from './routes/all-routes.ts';
import { sendProblem } from './send.ts';
import { answerExpectation, answerWireError } from './wire-errors.ts';

/** Requests of one address per minute; a scheduler that asks for thousands of leases per second stays below it. */
export const requestsPerMinuteMax = 600_000;
/** Refused tokens of one address per minute, so that nobody guesses at leisure. */
export const refusalsPerMinuteMax = 6000;
export const urlCharsMax = 8192;
const requestTimeoutMs = 60_000;
const uiFolder = fileURLToPath(new URL('../../../ui/dist/', import.meta.url));

export interface HttpTerms {
  readonly log: Logger;
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | null;
}

/** What the document tells of schemas beyond their shape: the descriptions and examples that they carry, and the name of the one that it names once. */
const namedSchemas = z.globalRegistry;
namedSchemas.add(problemSchema, { ...namedSchemas.get(problemSchema), id: 'Problem' });

const whoAsked = new WeakMap<FastifyRequest, Principal>();

const problemAnswer = (status: number): Record<string, unknown> => ({ description: titleOf(status), content: { 'application/problem+json': { schema: problemSchema } } });

/** Statuses of good answers: a dry run makes nothing and answers 200, and readiness tells in one shape that it is ready or not. */
function goodStatuses(route: AnyRoute): readonly number[] {
  const status = route.status ?? 200;
  if (route.path === '/readyz') return [status, 503];
  return route.kind === 'tell' && status !== 200 ? [200, status] : [status];
}

/** What a caller must know beyond the schemas. */
function describe(route: AnyRoute): string {
  const isOpen = route.needs === 'viewer' && !isWrite(route);
  return [
    isProbe(route) ? 'Needs no token.' : `Needs the role ${route.needs}${isOpen ? '; open to this computer unless the server is closed' : ''}.`,
    ...('isUpdate' in route && route.isUpdate === true ? ['Send If-Match with the ETag.'] : []),
    ...(isWrite(route) ? ['An Idempotency-Key makes repeating harmless.'] : []),
  ].join(' ');
}

/** Headers that writes take; whatever else is sent stays as it is. */
const keyHeader = { 'idempotency-key': z.string().optional().describe('Repeating a request with its key gives the first answer again') };
const writeHeaders = z.looseObject(keyHeader);
const updateHeaders = z.looseObject({ ...keyHeader, 'if-match': z.string().optional().describe('ETag of what is changed; 428 without it') });
const versionedHeaders = z.looseObject({ ...keyHeader, 'if-match': z.string().optional().describe('ETag of what is changed; where it is sent, 412 when that has changed since') });

function headersOf(route: AnyRoute): z.ZodType {
  if ((route.kind !== 'tell' && route.kind !== 'do') || route.version === undefined) return writeHeaders;
  return route.kind === 'tell' && route.isUpdate === true ? updateHeaders : versionedHeaders;
}

/** What is asked by a name that nobody knows is refused: a dry run with a typing error in its name must not become the change itself. Probes are asked by machines that add their own. */
function queryOf({ weight, query }: AnyRoute): z.ZodType | undefined {
  if (weight === 'probe') return query;
  if (query === undefined) return z.strictObject({});
  return query instanceof z.ZodObject ? query.strict() : query;
}

function securityOf(route: AnyRoute): readonly Readonly<Record<string, readonly string[]>>[] {
  if (isProbe(route)) return [];
  return route.needs === 'viewer' && !isWrite(route) ? [{ bearer: [] }, {}] : [{ bearer: [] }];
}

function schemaOf(route: AnyRoute): Record<string, unknown> {
  const query = queryOf(route);
  const content = route.kind === 'raw' ? { [route.mediaType]: { schema: route.answer } } : { 'application/json': { schema: route.answer } };
  return {
    summary: route.summary, tags: [route.tag], operationId: `${route.method.toLowerCase()}${route.path.replace(/[^A-Za-z0-9]+(.)?/g, (_, next: string | undefined) => (next ?? '').toUpperCase())}`,
    description: describe(route),
    security: securityOf(route), ...(isWrite(route) ? { headers: headersOf(route) } : {}),
    ...(route.params === undefined ? {} : { params: route.params }), ...(query === undefined ? {} : { querystring: query }), ...(route.body === undefined ? {} : { body: route.body }),
    response: {
      ...Object.fromEntries(goodStatuses(route).map((status) => [status, { description: route.summary, content }])),
      ...Object.fromEntries(problemStatuses(route).map((status) => [status, problemAnswer(status)])),
    },
  };
}

/** The document tells of itself too; it is open to everybody. */
const documentSchema: Record<string, unknown> = {
  summary: 'This document', tags: ['service'], operationId: 'getOpenapiJson', description: 'Needs no token.', security: [],
  response: {
    200: { description: 'This document', content: { 'application/json': { schema: z.record(z.string(), z.unknown()) } } },
    ...Object.fromEntries(everywhere.map((status) => [status, problemAnswer(status)])),
  },
};

const failuresOf = new Map<string, { count: number; untilMs: number }>();
/** Addresses that are counted at once; all are forgotten beyond it. */
const countedAddressesMax = 10_000;

/** Counts a refused token; true when its address has had too many in this minute. */
function isGuessing(address: string): boolean {
  const nowMs = Date.now();
  let row = failuresOf.get(address);
  if (row === undefined || row.untilMs < nowMs) {
    if (failuresOf.size >= countedAddressesMax) failuresOf.clear();
    failuresOf.set(address, (row = { count: 0, untilMs: nowMs + 60_000 }));
  }
  row.count += 1;
  return row.count > refusalsPerMinuteMax;
}

async function admit(route: AnyRoute, request: FastifyRequest, desk: Desk): Promise<ProblemReply | null> {
  // Probes are asked by machines without a token; they tell nothing that a stranger may not know.
  if (isProbe(route)) return null;
  const address = request.socket.remoteAddress ?? '';
  const who = await desk.identity.admit({ header: request.headers.authorization, address, role: route.needs, isWrite: isWrite(route) });
  if (!isProblem(who)) {
    whoAsked.set(request, who);
    return null;
  }
  // Whoever holds a good token is answered whatever others try from the same address.
  if (who.problem.code !== 'bad-token' || !isGuessing(address)) return who;
  return problem(429, { code: 'too-many-refusals', detail: 'Too many refused tokens came from this address.', remedy: 'Come back after Retry-After', retryAfterS: 60 });
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function handle(route: AnyRoute, request: FastifyRequest, reply: FastifyReply, desk: Desk): Promise<FastifyReply | void> {
  const who = whoAsked.get(request) ?? { id: 'loopback', role: roleSchema.enum.viewer };
  const ask: Ask<unknown, unknown, unknown> = { params: request.params, query: request.query, body: request.body, who };
  const priority = route.kind === 'tell' ? route.priority?.(ask, desk) ?? null : null;
  // Trying out a write changes nothing and costs a copy of the state: it is shed as a heavy read is.
  const isDry = (request.query as { readonly dryRun?: string } | undefined)?.dryRun === 'true';
  const shed = desk.pressure.shedOr(isDry ? { weight: 'heavy', isWrite: false, priority: null } : { weight: route.weight, isWrite: isWrite(route), priority });
  if (shed !== null) return sendProblem(reply, shed);
  if (route.kind === 'raw') return route.run(request, reply, desk);
  const answer = await answerRoute(route, ask, desk, { method: request.method, url: request.url, idempotencyKey: headerOf(request, 'idempotency-key'), ifMatch: headerOf(request, 'if-match') });
  if (isProblem(answer)) return sendProblem(reply, answer);
  const etag = etagOf(answer);
  if (etag !== null) void reply.header('etag', etag);
  if (answer.location !== undefined) void reply.header('location', answer.location);
  return reply.status(answer.status ?? 200).send(answer.body);
}

function register(app: FastifyInstance, route: AnyRoute, desk: Desk): void {
  app.route({
    method: route.method, url: route.path, schema: schemaOf(route), bodyLimit: route.bodyBytesMax ?? bodyBytesMax,
    // A stream has no end, and so no head of its own either.
    exposeHeadRoute: route.weight !== 'stream',
    onRequest: async (request, reply) => {
      const no = await admit(route, request, desk);
      if (no !== null) {
        sendProblem(reply, no);
        return reply;
      }
      return undefined;
    },
    handler: (request, reply) => handle(route, request, reply, desk),
  });
}

const shownValueCharsMax = 100;

/** What stood at a place of a request, as JSON; nothing where nothing stood, or where much did. */
function valueAt(part: unknown, place: readonly string[]): string | undefined {
  let value = part;
  for (const name of place) value = typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  if (value === undefined || (typeof value === 'object' && value !== null)) return undefined;
  const text = JSON.stringify(value);
  return text.length > shownValueCharsMax ? `${text.slice(0, shownValueCharsMax)}...` : text;
}

/** Every problem of a request's shape, each with its place and the value that stood there. */
function shapeIssues(fault: FastifyError, { body, query, params }: FastifyRequest): readonly Issue[] {
  const remedy = 'See /openapi.json for the shape';
  if (!hasZodFastifySchemaValidationErrors(fault)) return [{ code: 'bad-request', message: fault.message, remedy }];
  const parts: Readonly<Record<string, unknown>> = { body, querystring: query, params };
  const context = fault.validationContext ?? '';
  return fault.validation.map(({ instancePath, message }) => {
    const place = instancePath.split('/').filter((part) => part !== '');
    const value = valueAt(parts[context], place);
    return { code: 'bad-value', path: [context, ...place].filter((part) => part !== '').join('.'), message: message ?? 'This does not fit', remedy, ...(value === undefined ? {} : { value }) };
  });
}

const remedies: Readonly<Record<number, string>> = { 413: 'Send less at once', 415: 'Send application/json', 429: 'Come back after Retry-After' };

function problemOf(fault: FastifyError, log: Logger, request: FastifyRequest): ProblemReply {
  if (fault.validation !== undefined) return badInput(shapeIssues(fault, request));
  const status = fault.statusCode ?? 500;
  if (status < 500) return problem(status, { code: (fault.code ?? 'bad-request').replace(/^FST_(?:ERR_)?/, '').toLowerCase().replaceAll('_', '-'), detail: fault.message,
    remedy: remedies[status] ?? 'See /openapi.json' });
  log.error({ fault: { message: fault.message, stack: fault.stack }, request: request.id, route: request.routeOptions.url }, 'a request failed');
  return problem(500, { code: 'server-fault', detail: 'The server failed to answer.', remedy: 'Report it with the id of the request' });
}

/** Nothing is at the path, or it does not answer this method. */
function answerNoRoute({ method, url }: FastifyRequest, reply: FastifyReply): FastifyReply | void {
  const allowed = allowedMethods(url);
  if (allowed.length === 0) return sendProblem(reply, problem(404, { code: 'unknown-route', detail: `There is nothing at ${method} ${url.slice(0, 200)}.`, remedy: 'See /openapi.json' }));
  void reply.header('allow', allowed.join(', '));
  if (method === 'OPTIONS') return reply.status(204).send();
  return sendProblem(reply, problem(405, { code: 'wrong-method', detail: `${url.slice(0, 200)} does not answer ${method}.`, remedy: `Use ${allowed.join(', ')}` }));
}

async function addPlugins(app: FastifyInstance, hasTls: boolean): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: { useDefaults: true,
      directives: { 'default-src': ["'self'"], 'script-src': ["'self'"], 'connect-src': ["'self'"], 'img-src': ["'self'", 'data:'], 'frame-ancestors': ["'none'"], 'upgrade-insecure-requests': null } },
    hsts: hasTls,
  });
  await app.register(rateLimit, {
    max: requestsPerMinuteMax, timeWindow: 60_000,
    errorResponseBuilder: (_request, { after }) =>
      Object.assign(new Error(`More than ${requestsPerMinuteMax} requests came from this address in a minute; come back after ${after}.`), { statusCode: 429, code: 'too-many-requests' }),
  });
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0', info: { title: 'Heliostat', version: packageVersion, description: 'Makes light a schedulable resource in AI clusters. Errors are problem documents of RFC 9457.',
        license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' } },
      servers: [{ url: '/' }], components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
    },
    transform: createJsonSchemaTransform({ schemaRegistry: namedSchemas }), transformObject: createJsonSchemaTransformObject({ schemaRegistry: namedSchemas }),
  });
  if (existsSync(uiFolder)) await app.register(fastifyStatic, { root: uiFolder, wildcard: false, index: ['index.html'] });
}

/** The server with every route, not yet listening. */
export async function createHttpServer(desk: Desk, { log, tls }: HttpTerms): Promise<FastifyInstance> {
  const app = fastify({
    clientErrorHandler: answerWireError, frameworkErrors: (fault: FastifyError, request: FastifyRequest, reply: FastifyReply) => sendProblem(reply, problemOf(fault, log, request)),
    logger: false, bodyLimit: bodyBytesMax, requestTimeout: requestTimeoutMs, forceCloseConnections: true, return503OnClosing: false, genReqId: () => globalThis.crypto.randomUUID(),
    routerOptions: { maxParamLength: 1000, ignoreTrailingSlash: false }, http: { maxHeaderSize: 2 * urlCharsMax }, ...(tls === null ? {} : { https: { ...tls, minVersion: 'TLSv1.2' as const } }),
  } as Parameters<typeof fastify>[0]) as unknown as FastifyInstance;
  app.server.on('checkExpectation', answerExpectation);
  app.setValidatorCompiler(validatorCompiler as Parameters<FastifyInstance['setValidatorCompiler']>[0]);
  // Answers are held to their schemas by the tests; checking each again would cost more than making it.
  app.setSerializerCompiler(() => (body: unknown) => JSON.stringify(body));
  app.setErrorHandler((fault: FastifyError, request, reply) => sendProblem(reply, problemOf(fault, log, request)));
  app.setNotFoundHandler(answerNoRoute);
  // A body of text is refused like any other that is no JSON.
  app.removeContentTypeParser('text/plain');
  await addPlugins(app, tls !== null);
  for (const route of allRoutes) register(app, route, desk);
  app.get('/openapi.json', { schema: documentSchema }, async (_request, reply) => reply.send(app.swagger()));
  return app;
}

