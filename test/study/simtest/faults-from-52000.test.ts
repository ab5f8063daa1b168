/** One of four files that play 100,000 faults on fixed seeds together, so that they run beside each other. */

import { test } from 'node:test';
import { faultsPerFile, keepPromisesFrom } from './keep-promises.ts';

test(`every promise is kept through at least ${faultsPerFile} faults from seed 52000 on`, () => keepPromisesFrom(52_000));
