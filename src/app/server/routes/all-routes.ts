/** The route table: everything that the server answers. */

import type { AnyRoute } from '../route.ts';
import { readingRoutes } from './cluster-routes.ts';
import { operateRoutes } from './operate-routes.ts';
import { serviceRoutes } from './service-routes.ts';
import { workRoutes } from './work-routes.ts';

export const allRoutes: readonly AnyRoute[] = [...serviceRoutes, ...readingRoutes, ...workRoutes, ...operateRoutes];
