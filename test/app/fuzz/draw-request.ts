/** Draws requests from the server's own OpenAPI document: mostly of the right shape, so that they go deep, and wrong in one or two places. */

import type { Dice } from '../../../src/base/dice.ts';
import { chance, damagedJson, hostileJson, hostileNumber, hostileWord, pick } from './hostile-values.ts';

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema?: JsonSchema;
}

export interface Operation {
  readonly method: string;
  /** With `{name}` for parameters. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: JsonSchema | null;
}

interface OpenApiOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: JsonSchema }>> };
}

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, OpenApiOperation>>>>;
}

export function operationsOf(document: OpenApiDocument): readonly Operation[] {
  return Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, { parameters = [], requestBody }]) =>
    ({ method: method.toUpperCase(), path, parameters, body: requestBody?.content?.['application/json']?.schema ?? null })));
}

/** What the server itself has told: names that lead somewhere. */
export class Names {
  readonly #pools = new Map<string, string[]>();

  add(pool: string, name: string): void {
    const names = this.#pools.get(pool) ?? [];
    if (names.length === 0) this.#pools.set(pool, names);
    if (names.length < 500) names.push(name);
    else names[names.length - 1 - (name.length % 100)] = name;
  }

  /** A name that was told for this field, or a made-up one. */
  draw(dice: Dice, field: string): string {
    const names = this.#pools.get(field) ?? this.#pools.get('any') ?? [];
    return names.length === 0 || chance(dice, 0.08) ? hostileWord(dice) : pick(dice, names);
  }
}

export interface Drawn {
  readonly operation: Operation | null;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
}

const texts: Readonly<Record<string, readonly string[]>> = {
  workload: ['mixtral', 'llama-405b', 'deepseek-v3', 'kind: Workload\nversion: 1\nname: w\nmodel: {preset: llama-3.1-405b}\n', 'a: &a [*a]',
    `a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\nd: [*c,*c,*c]\n${'e: *c\n'.repeat(50)}`,
    '{{{{', '? !!js/function "x"', '- '.repeat(5000)],
  policy: ['kind: Policy\nversion: 1\nname: p\n', 'kind: Policy\nversion: 1\nclasses: {background: {priority: 1e309}}', 'x: !!binary AAAA', '[]', 'null'],
};

function drawText(dice: Dice, field: string, names: Names): string {
  const own = texts[field];
  if (own !== undefined && chance(dice, 0.9)) return pick(dice, own);
  return JSON.stringify(names.draw(dice, field)).slice(1, -1);
}

function drawNumber(dice: Dice, { minimum = 0, maximum = 1e6, type }: JsonSchema, { field, wrongShare }: { readonly field: string; readonly wrongShare: number }): string {
  if (chance(dice, 0.01 + wrongShare)) return hostileNumber(dice);
  if (/rank/i.test(field)) return String(dice.below(70));
  // Times of the log, in ns: soon after it began.
  if (/Ns$/.test(field)) return String(dice.below(1e13));
  if (field === 'forS') return String(1 + dice.below(20));
  const value = minimum + dice.uniform() ** 4 * (Math.min(maximum, 1e6) - minimum);
  return type === 'integer' ? String(Math.round(value)) : String(value);
}

/** The text of a value of a schema; one part in `wrongShare` is something else. */
function drawValue(dice: Dice, schema: JsonSchema, field: string, { names, wrongShare }: { readonly names: Names; readonly wrongShare: number }): string {
  const terms = { names, wrongShare };
  if (chance(dice, wrongShare)) return hostileJson(dice);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return drawValue(dice, pick(dice, choices), field, terms);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return JSON.stringify(pick(dice, schema.enum));
  const type = typeof schema.type === 'string' ? schema.type : pick(dice, schema.type ?? ['object']);
  switch (type) {
    case 'object': {
      const required = new Set(schema.required ?? []);
      const parts = Object.entries(schema.properties ?? {}).flatMap(([name, part]) => (
        chance(dice, required.has(name) ? 0.02 : 0.6) ? [] : [`${JSON.stringify(name)}:${drawValue(dice, part, name, terms)}`]));
      if (chance(dice, wrongShare)) parts.push(`${JSON.stringify(hostileWord(dice))}:${hostileJson(dice)}`);
      return `{${parts.join(',')}}`;
    }
    case 'array': return `[${Array.from({ length: dice.below(5) }, () => drawValue(dice, schema.items ?? {}, field, terms)).join(',')}]`;
    case 'string': return `"${drawText(dice, field, names)}"`;
    case 'boolean': return chance(dice, 0.5) ? 'true' : 'false';
    case 'null': return 'null';
    default: return drawNumber(dice, schema, { field, wrongShare });
  }
}

const encoded = (dice: Dice, text: string): string => {
  if (chance(dice, 0.05)) return text.replace(/[^\x21-\x7e]/g, '%');
  return encodeURIComponent(text.toWellFormed());
};

/** The pool that a path parameter draws from: what the path is about. */
const poolOf = (path: string, name: string): string => (name === 'id' ? /\/api\/v1\/([a-z]+)/.exec(path)?.[1] ?? 'any' : name);

function drawUrl(dice: Dice, { path, parameters }: Operation, names: Names): string {
  const place = path.replace(/\{(\w+)\}/g, (_, name: string) => encoded(dice, names.draw(dice, poolOf(path, name))) || '%20');
  const query = parameters.filter((one) => one.in === 'query' && (one.required === true || chance(dice, 0.4))).map(({ name, schema = {} }) => {
    const text = drawValue(dice, schema, name, { names, wrongShare: 0.1 });
    return `${name}=${encoded(dice, text.startsWith('"') ? text.slice(1, -1) : text)}`;
  });
  if (chance(dice, 0.03)) query.push(pick(dice, ['__proto__=x', 'dryRun=maybe', 'limit=-1', 'limit=1e9', 'after=%ff', '=', '&&&', 'a[]=1&a[]=2', `q=${'x'.repeat(4000)}`]));
  return `${place}${query.length > 0 ? '?' : ''}${query.join('&')}`.slice(0, 12_000);
}

const strangeHeaders: readonly string[] = ['x-forwarded-for', 'x-http-method-override', 'x-original-url', 'accept', 'accept-encoding', 'origin', 'range', 'expect', 'forwarded', 'cookie'];

function drawHeaders(dice: Dice, method: string, hasBody: boolean): Record<string, string> {
  const headers: Record<string, string> = {};
  if (hasBody) headers['content-type'] = chance(dice, 0.95) ? 'application/json' : pick(dice,
    ['text/plain', 'application/xml', 'application/json; charset=utf-16', 'multipart/form-data; boundary=x', 'application/json;;;', '']);
  if (method !== 'GET') {
    if (chance(dice, 0.4)) headers['idempotency-key'] = chance(dice, 0.7) ? `key-${dice.below(50)}` : hostileWord(dice).replace(/[^\x20-\x7e]/g, 'x');
    if (chance(dice, 0.7)) headers['if-match'] = chance(dice, 0.6) ? '*' : pick(dice, ['"0"', '"1"', 'W/"3"', '""', '"-1"', '"999999999999999"', '"1", "2"', 'x', `"${'9'.repeat(400)}"`]);
  }
  if (chance(dice, 0.1)) headers['last-event-id'] = pick(dice, ['0', '1', '-1', '999999999999999', '1e3', 'abc', '9'.repeat(300), '%00', '0x1']);
  if (chance(dice, 0.02)) headers[pick(dice, strangeHeaders)] = pick(dice, ['127.0.0.1', 'DELETE', '/api/v1/tokens', '*/*;q=9', 'gzip', 'null', 'bytes=0-1e9', '100-continue']);
  if (chance(dice, 0.01)) headers['x-long'] = 'y'.repeat(dice.below(30_000));
  return headers;
}

const strangePaths: readonly string[] = [
  '/', '/index.html', '/../admin.token', '/..%2fadmin.token', '/%2e%2e/%2e%2e/etc/passwd', '//etc/passwd', '/assets/../../../package.json',
  '/api', '/api/', '/api/v1', '/api/v1/', '/api/v2/leases', '/API/V1/LEASES', '/api/v1/leases/', '/api/v1//leases',
  '/api/v1/leases/%', '/api/v1/leases/%zz', '/api/v1/leases/%00', '/api/v1/leases/%ff%fe', `/api/v1/leases/${'a'.repeat(2000)}`, '/api/v1/leases;a=b', '/openapi.json', '/healthz', '/readyz', '/metrics',
  '/.git/config', '/admin.token', '/tokens.json', '/%5c..%5cwin.ini', '/*', '/?',
  '/api/v1/stream?kinds=nothing', '/api/v1/stream?after=-1', '/api/v1/stream?after=999999999', '/documentation/json',
];

/** One request, without who asks. */
export function drawRequest(dice: Dice, operations: readonly Operation[], names: Names): Drawn {
  if (chance(dice, 0.08)) {
    const method = pick(dice, ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND']);
    const body = method === 'POST' && chance(dice, 0.5) ? hostileJson(dice) : null;
    return { operation: null, method, url: pick(dice, strangePaths), headers: drawHeaders(dice, method, body !== null), body };
  }
  const operation = pick(dice, operations);
  const method = chance(dice, 0.03) ? pick(dice, ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD']) : operation.method;
  let body = operation.body === null ? null : drawValue(dice, operation.body, '', { names, wrongShare: chance(dice, 0.5) ? 0 : 0.08 });
  if (body !== null && chance(dice, 0.08)) body = damagedJson(dice, body);
  if (body === null && method !== 'GET' && chance(dice, 0.1)) body = hostileJson(dice);
  // Larger than any route takes, now and then.
  if (body !== null && chance(dice, 0.001)) body = JSON.stringify('z'.repeat(9 * 2 ** 20));
  return { operation: method === operation.method ? operation : null, method, url: drawUrl(dice, operation, names), headers: drawHeaders(dice, method, body !== null), body };
}
