/** Writes answers and problem documents to a reply. */

import type { FastifyReply } from 'fastify';
import type { ProblemReply } from './problem.ts';

export function sendProblem(reply: FastifyReply, { problem, retryAfterS }: ProblemReply): void {
  if (retryAfterS !== undefined) void reply.header('retry-after', String(retryAfterS));
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer realm="heliostat"');
  void reply.status(problem.status).header('content-type', 'application/problem+json').serializer((body: unknown) => JSON.stringify(body)).send({ ...problem, instance: `urn:request:${reply.request.id}` });
}
