/** Level arithmetic: the only file in which dB (a ratio) and dBm (a level) meet. */

import type { Db, Dbm, Milliwatts } from './units.ts';
import { quantity } from './units.ts';

/** P(mW) = 10^(P(dBm)/10), by definition of the dBm. */
export const dbmToMilliwatts = (level: Dbm): Milliwatts => quantity(10 ** (level / 10));

/** P(dBm) = 10 log10 P(mW); no light at all is minus infinity, which every later sum preserves. */
export const milliwattsToDbm = (power: Milliwatts): Dbm => quantity(10 * Math.log10(power));

/** The linear ratio that a number of decibels stands for. */
export const dbToRatio = (ratio: Db): number => 10 ** (ratio / 10);

export const ratioToDb = (ratio: number): Db => quantity(10 * Math.log10(ratio));

/** A level after a loss (a positive loss lowers the level). */
export const attenuate = (level: Dbm, loss: Db): Dbm => quantity(level - loss);

/** A level after a gain. */
export const amplify = (level: Dbm, gain: Db): Dbm => quantity(level + gain);

/** How far one level stands above another. */
export const levelDifference = (upper: Dbm, lower: Dbm): Db => quantity(upper - lower);

/** The sum of losses in series. */
export const sumLosses = (...losses: readonly Db[]): Db => quantity(losses.reduce((sum, loss) => sum + loss, 0));
