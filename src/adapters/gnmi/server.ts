/** Serves a model over gNMI on loopback with mutual TLS; every client is known by the common name of its certificate. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Http2SecureServer, ServerHttp2Session } from 'node:http2';
import { createSecureServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ConnectRouter, HandlerContext } from '@connectrpc/connect';
import { createContextKey, createContextValues } from '@connectrpc/connect';
import type { ConnectNodeAdapterOptions } from '@connectrpc/connect-node';
import { connectNodeAdapter } from '@connectrpc/connect-node';
import type { Identity } from '../certificates.ts';
import { createCommitDesk } from './commit.ts';
import { gNMI } from './generated/gnmi_pb.js';
import { answerCapabilities, answerGet } from './get.ts';
import type { GnmiModel } from './model.ts';
import { answerSet } from './set.ts';
import { asError, denied, exhausted, orThrow } from './status.ts';
import { pause } from './pause.ts';
import { answerSubscribe } from './subscribe.ts';
import { subscribeBytes } from './wire-service.ts';

/** Largest request that is read. */
const requestBytesMax = 4 * 1024 * 1024;

/** Subscriptions at once, over all clients. */
const streamsMax = 1000;

export interface GnmiServer {
  readonly port: number;
  stop(): Promise<void>;
}

export interface GnmiServerOptions {
  readonly identity: Identity;
  readonly port: number;
  readonly model: GnmiModel;
  /** Common names that may change things. */
  readonly writers: readonly string[];
  /** Further services on the same address. */
  readonly routes?: (router: ConnectRouter) => void;
}

type NodeServerRequest = Parameters<NonNullable<ConnectNodeAdapterOptions['contextValues']>>[0];

const peerKey = createContextKey<string>('');

/** Common name of the caller's certificate. */
export const peerOf = (context: HandlerContext): string => context.values.get(peerKey);

function peerName(request: NodeServerRequest): string {
  const socket = 'stream' in request ? request.stream.session?.socket : request.socket;
  const subject = (socket as TLSSocket | undefined)?.getPeerCertificate().subject as { readonly CN?: string | readonly string[] } | undefined;
  return typeof subject?.CN === 'string' ? subject.CN : '';
}

/** Holds an answer back as the target's troubles have it; one that is dead never answers. */
async function asTroubled(model: GnmiModel, target: string, signal: AbortSignal): Promise<void> {
  const { dead, slowMs } = model.trouble(target);
  if (dead) await new Promise<void>((resolve) => { signal.addEventListener('abort', () => resolve()); });
  else if (slowMs > 0) await pause(slowMs, signal);
}

function gnmiRoutes(router: ConnectRouter, { model, writers }: GnmiServerOptions): { close(): void } {
  const desk = createCommitDesk(model);
  let streams = 0;
  router.rpc(gNMI.method.capabilities, (request) => orThrow(answerCapabilities(model, request)));
  router.rpc(gNMI.method.get, async (request, { signal }) => {
    await asTroubled(model, request.prefix?.target ?? '', signal);
    return orThrow(answerGet(model, request));
  });
  router.rpc(gNMI.method.set, async (request, context) => {
    if (!writers.includes(peerOf(context))) throw asError(denied(`The certificate of ${peerOf(context)} may read but not write; use that of ${writers.join(' or ')}.`));
    await asTroubled(model, request.prefix?.target ?? '', context.signal);
    return orThrow(answerSet(model, desk, request));
  });
  router.rpc(subscribeBytes, async function* subscribe(requests, { signal }) {
    if (streams >= streamsMax) throw asError(exhausted(`At most ${streamsMax} subscriptions are served at once; end one first.`));
    streams++;
    // Counted by the call's own end: a generator whose subscriber is gone may never be resumed.
    signal.addEventListener('abort', () => { streams--; }, { once: true });
    yield* answerSubscribe(model, requests, signal);
  });
  return desk;
}

function listen(server: Http2SecureServer, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Starts to serve; rejects with the system's error when the port cannot be had. */
export async function startGnmiServer(options: GnmiServerOptions): Promise<GnmiServer> {
  const { identity } = options;
  let desk: { close(): void } = { close: () => {} };
  const handler = connectNodeAdapter({
    routes(router) {
      desk = gnmiRoutes(router, options);
      options.routes?.(router);
    },
    grpc: true, grpcWeb: false, connect: false, readMaxBytes: requestBytesMax,
    contextValues: (request) => createContextValues().set(peerKey, peerName(request)),
    fallback: (_request, response) => {
      (response as { writeHead(code: number, headers: IncomingHttpHeaders): void }).writeHead(404, { 'content-type': 'text/plain' });
      response.end('This address speaks gRPC only.\n');
    },
  });
  const server = createSecureServer({ key: identity.key, cert: identity.cert, ca: identity.ca, requestCert: true, rejectUnauthorized: true, minVersion: 'TLSv1.2', allowHTTP1: false }, handler);
  const sessions = new Set<ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  // A client without a certificate of ours ends here: its handshake fails and nobody else is harmed.
  server.on('tlsClientError', (_fault, socket) => socket.destroy());
  server.on('sessionError', (_fault, session) => session.destroy());
  const port = await listen(server, options.port);
  return {
    port,
    stop: () => new Promise((resolve) => {
      desk.close();
      server.close(() => resolve());
      for (const session of sessions) session.destroy();
    }),
  };
}
