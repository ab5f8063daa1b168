/** Problem documents for what never becomes a request of a route: bytes that are no HTTP, headers that are too long, clients that are too slow. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { problem } from './problem.ts';
import type { ProblemReply } from './problem.ts';

const mediaType = 'application/problem+json';

function wireProblem(code: string | undefined): ProblemReply {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW': return problem(431, { code: 'headers-too-large', detail: 'The headers are longer than the server takes.', remedy: 'Send shorter headers' });
    case 'ERR_HTTP_REQUEST_TIMEOUT': return problem(408, { code: 'request-timeout', detail: 'The request was not complete in time.', remedy: 'Send it again, faster' });
    default: return problem(400, { code: 'not-http', detail: 'This is no HTTP request.', remedy: 'Speak HTTP/1.1' });
  }
}

/** Answers a connection whose bytes cannot be read, and closes it. */
export function answerWireError(fault: Error & { readonly code?: string }, socket: Socket): void {
  if (fault.code === 'ECONNRESET' || socket.destroyed) return;
  const { problem: body } = wireProblem(fault.code);
  const text = JSON.stringify(body);
  // Where an answer has begun already, another one would be read as part of it.
  if (socket.writable && socket.bytesWritten === 0) {
    socket.write(`HTTP/1.1 ${body.status} ${body.title}\r\nContent-Type: ${mediaType}\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`);
  }
  socket.destroySoon();
}

/** Answers an Expect header that asks for anything but `100-continue`. */
export function answerExpectation(_request: IncomingMessage, response: ServerResponse): void {
  const { problem: body } = problem(417, { code: 'unknown-expectation', detail: 'The server meets no expectation but 100-continue.', remedy: 'Send no Expect header' });
  response.writeHead(417, { 'content-type': mediaType, connection: 'close' }).end(JSON.stringify(body));
}
