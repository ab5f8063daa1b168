/**
 * Holds answers to the OpenAPI document that the same server serves: the status is documented for the route, the media type for the
 * status, and the body fits the schema. Where no route answers, only a problem document may come.
 */

import { z } from 'zod';

type JsonSchema = Readonly<Record<string, unknown>>;

interface ResponseObject {
  readonly content?: Readonly<Record<string, { readonly schema: JsonSchema }>>;
}

interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly responses: Readonly<Record<string, ResponseObject>> }>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

export interface HeardAnswer {
  readonly method: string;
  /** Path with or without a query. */
  readonly path: string;
  readonly status: number;
  readonly contentType: string;
  readonly text: string;
}

/** What the server answers beside the routes of its document: the page with its files, and the document itself. */
const besideRoutes = /^\/(?:openapi\.json|index\.html|assets\/.*|favicon\.\w+)?$/;

function fits(schema: z.ZodType, text: string): string | null {
  const found = schema.safeParse(JSON.parse(text));
  return found.success ? null : z.prettifyError(found.error);
}

interface Documented {
  readonly pattern: RegExp;
  /** More fixed parts go first: `/leases/verified` is no lease. */
  readonly fixed: number;
  readonly methods: Readonly<Record<string, { readonly responses: Readonly<Record<string, ResponseObject>> }>>;
}

export class AnswerBook {
  readonly #document: OpenApiDocument;
  readonly #paths: readonly Documented[];
  /** Schemas as they were needed. */
  readonly #schemas = new Map<JsonSchema, z.ZodType>();
  /** Every documented status that was answered, as `METHOD path status`. */
  readonly seen = new Set<string>();

  constructor(document: unknown) {
    this.#document = document as OpenApiDocument;
    this.#paths = Object.entries(this.#document.paths).map(([path, methods]) => ({
      pattern: new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]*')}$`), fixed: path.split('/').filter((part) => !part.startsWith('{')).length, methods,
    })).sort((a, b) => b.fixed - a.fixed);
  }

  #schema(schema: JsonSchema): z.ZodType {
    let known = this.#schemas.get(schema);
    if (known === undefined) {
      const whole = JSON.parse(JSON.stringify({ ...schema, $defs: this.#document.components.schemas }).replaceAll('#/components/schemas/', '#/$defs/')) as Parameters<typeof z.fromJSONSchema>[0];
      this.#schemas.set(schema, (known = z.fromJSONSchema(whole)));
    }
    return known;
  }

  #body({ contentType, text, method }: HeardAnswer, content: Readonly<Record<string, { readonly schema: JsonSchema }>>): string | null {
    const mediaType = contentType.split(';')[0]?.trim() ?? '';
    const documented = content[mediaType];
    if (documented === undefined) return `the media type "${mediaType}" is not documented, only ${Object.keys(content).join(', ')}`;
    if (method === 'HEAD' || !mediaType.endsWith('json')) return null;
    return fits(this.#schema(documented.schema), text);
  }

  /** What is wrong with an answer, or `null`. */
  wrongWith(heard: HeardAnswer): string | null {
    const path = heard.path.split(/[?#]/)[0] ?? '';
    const asked = heard.method === 'HEAD' ? 'get' : heard.method.toLowerCase();
    // A stream has no end, and so no head of its own.
    const isHeadless = (methods: Documented['methods']): boolean => heard.method === 'HEAD' && methods['get']?.responses['200']?.content?.['text/event-stream'] !== undefined;
    const found = this.#paths.find(({ pattern, methods }) => pattern.test(path) && methods[asked] !== undefined && !isHeadless(methods));
    if (found === undefined) {
      // Every path that answers anything tells which methods it answers.
      if (asked === 'options' && heard.status === 204) return null;
      if (besideRoutes.test(path) && heard.status < 400) return null;
      const problem = this.#document.components.schemas['Problem'] ?? {};
      return heard.status < 400 ? `no route is documented, and it answered ${heard.status}` : this.#body(heard, { 'application/problem+json': { schema: problem } });
    }
    const { responses } = found.methods[asked] ?? { responses: {} };
    const documented = responses[String(heard.status)];
    if (documented === undefined) return `the status ${heard.status} is not documented, only ${Object.keys(responses).join(', ')}: ${heard.text.slice(0, 300)}`;
    this.seen.add(`${asked.toUpperCase()} ${path} ${heard.status}`);
    return this.#body(heard, documented.content ?? {});
  }
}
