/** One of four files that play 100,000 faults on fixed seeds together, so that they run beside each other; these seeds draw from every family of clusters. */

import { test } from 'node:test';
import { faultsPerFile, keepPromisesFrom } from './keep-promises.ts';

test(`every promise is kept through at least ${faultsPerFile} faults from seed 30052000 on`, () => keepPromisesFrom(30_052_000));
