/**
 * What the link model needs and no source gives: estimates that fill the gaps, each with its reasoning.
 *
 * A sourced figure always wins over a completion of the same name. `signalling`, `fec_scheme`, `medium` and `laser_source`
 * repeat in one fixed vocabulary what the sources say in words.
 */

import type { Params } from './completion-terms.ts';
import { engineCompletions } from './engine-completions.ts';
import { moduleCompletions } from './module-completions.ts';
import { plantCompletions } from './plant-completions.ts';

/** Estimates by part id. */
export const completions: Readonly<Record<string, Params>> = { ...moduleCompletions, ...engineCompletions, ...plantCompletions };
