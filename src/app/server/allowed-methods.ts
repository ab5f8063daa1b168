/** Which methods a path answers, for OPTIONS and for requests by another one (RFC 9110, sections 9.3.7 and 15.5.6). */

import { allRoutes } from './routes/all-routes.ts';

/** Pages and documents beside the table of routes. */
const besideRoutes = ['/', '/index.html', '/openapi.json'];

const patterns = allRoutes.map(({ method, path, weight }) => ({
  pattern: new RegExp(`^${path.replaceAll('.', '\\.').replace(/:\w+/g, '[^/]+')}$`),
  // A stream has no end, and so no head of its own either.
  methods: method === 'GET' && weight !== 'stream' ? ['GET', 'HEAD'] : [method],
}));

/** In alphabetical order; empty where nothing is at the path. */
export function allowedMethods(url: string): readonly string[] {
  const path = url.split('?')[0] ?? '';
  const methods = new Set(besideRoutes.includes(path) ? ['GET', 'HEAD'] : patterns.filter(({ pattern }) => pattern.test(path)).flatMap((one) => one.methods));
  return methods.size === 0 ? [] : [...methods, 'OPTIONS'].sort();
}
