/** Writes `docs/api.md`, the reference of the HTTP API, from the OpenAPI document that a running server serves: `node scripts/api-reference.ts URL`. */

import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The parts of JSON Schema that the server's schemas use. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly additionalProperties?: boolean | Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly default?: unknown;
  readonly description?: string;
}

type Content = Readonly<Record<string, { readonly schema: Schema }>>;

interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly required?: boolean;
  readonly schema: Schema;
  readonly description?: string;
}

interface Operation {
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

export interface OpenApi {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** Answers nested deeper than this are told by the document itself. */
const depthMax = 4;

function alternatives(schemas: readonly Schema[], depth: number): string {
  return [...new Set(schemas.map((schema) => typeText(schema, depth)))].join(' or ');
}

function objectText({ properties = {}, required = [], additionalProperties }: Schema, depth: number): string {
  const names = Object.keys(properties);
  if (names.length === 0) return typeof additionalProperties === 'object' ? `map of ${typeText(additionalProperties, depth + 1)}` : 'object';
  if (depth >= depthMax) return 'object';
  return `{${names.map((name) => `${name}${required.includes(name) ? '' : '?'}: ${typeText(properties[name] ?? {}, depth + 1)}`).join(', ')}}`;
}

/** A schema in one line, for people. */
function typeText(schema: Schema, depth = 0): string {
  const { $ref, anyOf, oneOf, type, items } = schema;
  if ($ref !== undefined) return $ref.slice($ref.lastIndexOf('/') + 1);
  if (anyOf !== undefined || oneOf !== undefined) return alternatives(anyOf ?? oneOf ?? [], depth);
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' or ');
  if (typeof type === 'object') return type.join(' or ');
  if (type === 'array') return `list of ${typeText(items ?? {}, depth)}`;
  if (type === 'object') return objectText(schema, depth);
  return type ?? 'value';
}

/** What a value may be, beyond its type. Limits that only say "a number that JSON can carry" are left out. */
function limitText({ minimum, maximum, exclusiveMinimum, maxLength, maxItems, default: preset }: Schema): string {
  const isSafeLimit = (value: number): boolean => Math.abs(value) === Number.MAX_SAFE_INTEGER;
  return [
    ...(minimum === undefined || isSafeLimit(minimum) ? [] : [`from ${minimum}`]), ...(exclusiveMinimum === undefined ? [] : [`above ${exclusiveMinimum}`]),
    ...(maximum === undefined || isSafeLimit(maximum) ? [] : [`up to ${maximum}`]), ...(maxLength === undefined ? [] : [`at most ${maxLength} characters`]),
    ...(maxItems === undefined ? [] : [`at most ${maxItems}`]), ...(preset === undefined ? [] : [`default ${JSON.stringify(preset)}`]),
  ].join(', ');
}

function row(name: string, where: string, schema: Schema, isRequired: boolean, description = schema.description ?? ''): string {
  const limits = [isRequired ? 'required' : '', limitText(schema), ...(schema.anyOf ?? []).map(limitText), description].filter((part) => part !== '').join('; ');
  return `| \`${name}\` | ${where} | ${typeText(schema)} | ${limits} |`;
}

function inputRows({ parameters = [], requestBody }: Operation): readonly string[] {
  const body = Object.values(requestBody?.content ?? {})[0]?.schema;
  const bodyRows = body === undefined ? [] : body.properties === undefined ? [row('body', 'body', body, true)]
    : Object.entries(body.properties).map(([name, schema]) => row(name, 'body', schema, body.required?.includes(name) === true));
  return [...parameters.map(({ name, in: where, schema, required, description }) => row(name, where, schema, required === true, description)), ...bodyRows];
}

function answerLines({ responses }: Operation): readonly string[] {
  const answers = Object.entries(responses).filter(([, { content }]) => content?.['application/problem+json'] === undefined);
  const answer = answers[0]?.[1];
  const status = answers.map(([code]) => code).join(' or ');
  const [mediaType, content] = Object.entries(answer?.content ?? {})[0] ?? [];
  if (mediaType === undefined || content === undefined) return [];
  if (mediaType !== 'application/json') return [`Answers ${status} with \`${mediaType}\`.`];
  const { properties } = content.schema;
  if (properties === undefined) return [`Answers ${status}: ${typeText(content.schema)}.`];
  return [`Answers ${status}:`, '', '| Field | Type |', '|---|---|', ...Object.entries(properties).map(([name, schema]) => `| \`${name}\` | ${typeText(schema, 1)} |`)];
}

const problemCodes = ({ responses }: Operation): readonly string[] => Object.keys(responses).filter((code) => responses[code]?.content?.['application/problem+json'] !== undefined);

/** Problems of an operation that not every operation has. */
function problemLine(operation: Operation, common: ReadonlySet<string>): string {
  const codes = problemCodes(operation).filter((code) => !common.has(code));
  return codes.length === 0 ? '' : ` Problems of its own: ${codes.join(', ')}.`;
}

function operationLines(method: string, path: string, operation: Operation, common: ReadonlySet<string>): readonly string[] {
  const inputs = inputRows(operation);
  return [
    `### ${method.toUpperCase()} ${path}`, '', `${operation.summary}. ${operation.description}${problemLine(operation, common)}`, '',
    ...(inputs.length === 0 ? [] : ['| Input | In | Type | |', '|---|---|---|---|', ...inputs, '']), ...answerLines(operation), '',
  ];
}

const preface = `# HTTP API

Made from the server's own \`/openapi.json\` by \`node scripts/api-reference.ts URL\`; a test holds the two together. How to use it: [scheduler.md](scheduler.md).

- Reads from the server's own computer are open unless it was started with \`--closed\`; everything else needs \`Authorization: Bearer TOKEN\`.
  Roles, each may do what those before it may: viewer, scheduler, operator, admin.
- Times are nanoseconds of the server's clock (\`...Ns\`), rates gigabits per second (\`...Gbps\`), data bits, temperatures degrees Celsius (\`...C\`).
- \`dryRun=true\` decides and tells, and changes nothing. \`Idempotency-Key\` gives the first answer again.
- Updates need \`If-Match\` with the \`ETag\` of what was read: 428 without it, 412 when it has changed since.
- Every error is a problem document (RFC 9457, \`application/problem+json\`):
  \`type\`, \`title\`, \`status\`, \`detail\`, \`code\`, \`remedy\`, \`reasons\`; \`issues\` names each bad value with its path; \`offers\` are requests that would be granted.
`;

/** The page: one section per tag, one paragraph per operation, in the order of the document. */
export function apiReference({ paths }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation })));
  const everywhere = operations.reduce<readonly string[] | null>((kept, { operation }) => problemCodes(operation).filter((code) => kept?.includes(code) ?? true), null) ?? [];
  const common = new Set(everywhere);
  const tags = [...new Set(operations.map(({ operation }) => operation.tags[0] ?? ''))];
  const sections = tags.flatMap((tag) => [
    `## ${tag}`, '', ...operations.filter(({ operation }) => operation.tags[0] === tag).flatMap(({ method, path, operation }) => operationLines(method, path, operation, common)),
  ]);
  return `${[`${preface}- Any request may be answered with ${everywhere.join(', ')}; what more an operation refuses with stands beside it.\n`, ...sections].join('\n').trimEnd()}\n`;
}

if (import.meta.main) {
  const [url = 'http://127.0.0.1:7420'] = process.argv.slice(2);
  const document = await (await fetch(`${url}/openapi.json`)).json() as OpenApi;
  writeFileSync(fileURLToPath(new URL('../docs/api.md', import.meta.url)), apiReference(document));
}
