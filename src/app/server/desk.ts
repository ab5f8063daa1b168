/** Everything that a route may reach while it answers: the live controller, its plant, forks, history, requests and who the server is. */

import type { Plant } from '../../control/plant.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import type { PlacementIndex } from '../../plan/placement/placement-index.ts';
import type { Accelerator } from '../../traffic/accelerators.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ForkTable } from './forks.ts';
import type { History } from './history.ts';
import type { Identity } from './identity.ts';
import type { LiveController } from './live-controller.ts';
import type { Pressure } from './pressure.ts';
import type { RequestBook } from './request-book.ts';
import type { Streams } from './streams.ts';
import type { ClusterFrame } from './views/component-view.ts';

export interface Desk {
  readonly dir: string;
  readonly frame: ClusterFrame;
  readonly plant: Plant;
  readonly accelerator: Accelerator;
  readonly catalogue: Catalogue;
  readonly placementIndex: PlacementIndex;
  readonly live: LiveController;
  readonly identity: Identity;
  readonly requests: RequestBook;
  readonly forks: ForkTable;
  readonly history: History;
  readonly streams: Streams;
  readonly pressure: Pressure;
  readonly metrics: Metrics;
  /** True once the server takes no more requests. */
  isStopping: boolean;
}
