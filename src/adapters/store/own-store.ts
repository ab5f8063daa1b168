/** Opens a store as its own owner, for upkeep that asks nothing of the cluster it belongs to. */

import type { Parsed } from '../../base/issue.ts';
import { firstFactsVersion } from './entry.ts';
import type { Store, StoreLimits } from './store.ts';
import { openReadOnly, openStore } from './store.ts';

/** As `openStore` with the cluster, plant and version of facts that the log itself names. A folder without a store is an issue. */
export function openOwnStore(dir: string, limits: Partial<StoreLimits>): Parsed<Store> {
  const reader = openReadOnly(dir);
  if (!reader.ok) return reader;
  const { header, factsSpans, close } = reader.value;
  close();
  const { cluster, fingerprint } = header;
  return openStore(dir, { cluster, fingerprint, factsVersion: factsSpans.at(-1)?.version ?? firstFactsVersion, clock: () => Date.now() * 1e6, limits });
}
