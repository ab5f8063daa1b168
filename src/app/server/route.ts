/** What a route of the API is: data that the server registers, the OpenAPI document describes, and the role test walks through. */

import type { z } from 'zod';
import type { Entry } from '../../control/entry.ts';
import type { Reading } from '../../control/reading.ts';
import type { State } from '../../control/state.ts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Role } from '../contract/words.ts';
import type { Principal } from './access.ts';
import type { Desk } from './desk.ts';
import type { LogIndex } from './log-index.ts';
import type { ProblemReply } from './problem.ts';

export interface Ask<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly who: Principal;
}

export interface Reply<A> {
  readonly body: A;
  /** 200 where absent. */
  readonly status?: number;
  /** Becomes the ETag. */
  readonly version?: number;
  /** Path of what was made. */
  readonly location?: string;
  /** The body holds a secret: it is not remembered for its idempotency key. */
  readonly isSecret?: boolean;
  /** For the audit: what it was before and what it is now. */
  readonly audit?: { readonly what: string; readonly before: string | null; readonly after: readonly string[] };
}

export type Answer<A> = Reply<A> | ProblemReply;

/** How much an answer costs, and so when it is shed: probes never, streams first. */
export type Weight = 'probe' | 'light' | 'heavy' | 'stream';

interface RouteFrame<P, Q, B, A> {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `:name` for parameters. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly needs: Role;
  readonly weight: Weight;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly answer: z.ZodType<A>;
  /** Status of a good answer, 200 where absent. */
  readonly status?: number;
  /** Statuses of problems beyond those that follow from what kind of route it is (`problemStatuses`). */
  readonly problems?: readonly number[];
  /** Largest body, bytes. */
  readonly bodyBytesMax?: number;
}

export interface ReadRoute<P, Q, B, A> extends RouteFrame<P, Q, B, A> {
  readonly kind: 'read';
  run(ask: Ask<P, Q, B>, desk: Desk): Answer<A> | Promise<Answer<A>>;
}

/** The state on which a write was decided: the live one, or a fork for a dry run. */
export interface Outcome {
  readonly entries: readonly Entry[];
  readonly state: State;
  readonly index: LogIndex;
  readonly dryRun: boolean;
}

/** A write that is a reading of the controller: logged with who asked, acknowledged when durable. `?dryRun=true` decides it on a fork. */
export interface TellRoute<P, Q, B, A> extends RouteFrame<P, Q, B, A> {
  readonly kind: 'tell';
  /** Version of what it changes; `null` when that does not exist. An update must name it in If-Match. */
  readonly version?: (ask: Ask<P, Q, B>, desk: Desk) => number | null;
  readonly isUpdate?: boolean;
  /** Class of traffic asked for, for shedding. */
  readonly priority?: (ask: Ask<P, Q, B>, desk: Desk) => number;
  reading(ask: Ask<P, Q, B>, desk: Desk): Reading | ProblemReply;
  reply(outcome: Outcome): Answer<A>;
}

/** Any other write. */
export interface DoRoute<P, Q, B, A> extends RouteFrame<P, Q, B, A> {
  readonly kind: 'do';
  /** Version of what it changes; `null` when that does not exist. It is held to If-Match where that is sent. */
  readonly version?: (ask: Ask<P, Q, B>, desk: Desk) => number | null;
  run(ask: Ask<P, Q, B>, desk: Desk): Answer<A> | Promise<Answer<A>>;
}

/** A route that writes its own answer: streams and probes in other formats. */
export interface RawRoute extends RouteFrame<unknown, unknown, unknown, unknown> {
  readonly kind: 'raw';
  readonly mediaType: string;
  run(request: FastifyRequest, reply: FastifyReply, desk: Desk): void | Promise<void>;
}

export type AnyRoute = ReadRoute<unknown, unknown, unknown, unknown> | TellRoute<unknown, unknown, unknown, unknown> | DoRoute<unknown, unknown, unknown, unknown> | RawRoute;

/** Bodies up to this size where a route says nothing else. */
export const bodyBytesMax = 256 * 1024;

// What a handler is given has passed the route's own schemas, so its types may be forgotten in the table.
export const readRoute = <P, Q, B, A>(route: Omit<ReadRoute<P, Q, B, A>, 'kind'>): AnyRoute => ({ ...route, kind: 'read' }) as unknown as AnyRoute;
export const tellRoute = <P, Q, B, A>(route: Omit<TellRoute<P, Q, B, A>, 'kind'>): AnyRoute => ({ ...route, kind: 'tell' }) as unknown as AnyRoute;
export const doRoute = <P, Q, B, A>(route: Omit<DoRoute<P, Q, B, A>, 'kind'>): AnyRoute => ({ ...route, kind: 'do' }) as unknown as AnyRoute;
export const rawRoute = (route: Omit<RawRoute, 'kind'>): AnyRoute => ({ ...route, kind: 'raw' });

export const isWrite = ({ kind }: AnyRoute): boolean => kind === 'tell' || kind === 'do';
