/** What the devices show of the light, in the form in which the true light of an emulation is read: for what jobs on emulated accelerators report. */

import type { FabricImage } from './fabric-image.ts';

/** Enough loss to count as darkness. */
const darkDb = 60;

/**
 * Enters darkness and lanes whose eye has closed into the image's lane table. The eye of a receiver limited by thermal noise closes in
 * proportion to the light, so its signal to noise falls by 2 dB per dB of margin; a lane whose margin is used up carries nothing.
 */
export function enterShownLight({ devices: { lanes, modules }, design }: FabricImage): void {
  for (let lane = 0; lane < lanes.count; lane++) {
    const module = modules[lanes.module[lane] ?? -1];
    const shown = module?.lanes[lane - (module?.firstLane ?? 0)];
    if (module === undefined || shown === undefined || !module.isOptical) continue;
    lanes.lossDb[lane] = shown.rxLos ? darkDb : 0;
    const lostDb = ((design.snrDb[lane] ?? 0) - shown.snrDb) / 2;
    lanes.answer.usableRateGbps[lane] = lostDb <= Math.max(0, design.marginDb[lane] ?? 0) ? design.usableGbps[lane] ?? 0 : 0;
  }
}
