/** Statuses of the problem documents that a route may answer, for the OpenAPI document; tests and fuzz runs hold every answer to it. */

import type { AnyRoute } from './route.ts';
import { isWrite } from './route.ts';

/** Before any route is asked: bytes that are no HTTP, a client that is too slow, a path or header that is too long, an expectation, too many requests; and a fault of the server. */
export const everywhere: readonly number[] = [400, 408, 414, 417, 429, 431, 500];

/** Asked by machines without a token. */
export const isProbe = ({ path }: AnyRoute): boolean => path === '/healthz' || path === '/readyz';

/** In rising order, each once. */
export function problemStatuses(route: AnyRoute): readonly number[] {
  const hasVersion = isWrite(route) && 'version' in route && route.version !== undefined;
  const found = new Set([
    ...everywhere, ...(route.problems ?? []),
    // Probes need no token and are never shed.
    ...(isProbe(route) ? [] : [401, 503]), ...(route.needs === 'viewer' ? [] : [403]),
    ...(route.params === undefined ? [] : [404]),
    // Bodies of any request but a GET are read before the route is asked.
    ...(route.method === 'GET' ? [] : [413, 415]),
    // Refusals, and a key that is being answered; a key that was used for something else.
    ...(isWrite(route) ? [409, 422] : []),
    ...(hasVersion ? [412] : []), ...(hasVersion && route.kind === 'tell' && route.isUpdate === true ? [428] : []),
  ]);
  return [...found].sort((a, b) => a - b);
}
