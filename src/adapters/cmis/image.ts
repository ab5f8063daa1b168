/** What was read from a module's memory: the lower 128 bytes and any of its upper pages by bank and number. */

import type { Page } from './coding.ts';

export interface CmisImage {
  /** Management name of the device that holds the module, and the module's own. */
  readonly device: string;
  readonly component: string;
  readonly atNs: bigint;
  readonly lower: Page;
  /** Keys from `pageKey`. */
  readonly pages: ReadonlyMap<number, Page>;
  /** True for an external laser source (ELSFP), whose pages 1Ah and 1Bh take the place of 10h to 13h. */
  readonly isLaserSource?: boolean;
}

export const pageKey = (bank: number, page: number): number => bank * 256 + page;

/** Banks that a module may have, each of eight lanes. */
export const banksMax = 4;

export const lanesPerBank = 8;
