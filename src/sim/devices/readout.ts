/** What a module's sensors read of its light and heat, and the alarms it raises from that. */

import type { Dice } from '../../base/dice.ts';
import type { Figure } from '../../base/figure.ts';
import { figureOf } from '../../optics/catalogue/catalogue.ts';
import { darkLossDb } from '../../thermal/wavelength-heat.ts';
import { laserSurfaceC, sourceLossDb, txLossDb } from './lane-light.ts';
import type { EmulatedFabric, EmulatedModule, LaneReadout, ModuleThresholds } from './emulated-fabric.ts';
import { darkPowerDbm } from './emulated-fabric.ts';
import { caseC } from './module-heat.ts';

/** How much the sensors of a module scatter from one reading to the next. */
const sensorNoise = {
  temperatureK: { value: 0.03, unit: 'K', kind: 'estimate', source: 'digital diagnostics resolve 1/256 K and scatter over a few steps' },
  powerDb: { value: 0.02, unit: 'dB', kind: 'estimate', source: 'monitor photodiodes repeat within hundredths of a decibel; their absolute accuracy is 3 dB' },
  biasMa: { value: 0.05, unit: 'mA', kind: 'estimate', source: 'bias monitors step 2 uA to 8 uA and scatter over some steps' },
} as const satisfies Record<string, Figure>;

/** How makers set limits around the operating point. */
const limits = {
  txAlarmDb: { value: 3, unit: 'dB', kind: 'estimate', source: 'usual transmit power limits: 3 dB around the nominal launch' },
  txWarnDb: { value: 2, unit: 'dB', kind: 'estimate', source: 'warning one decibel inside the alarm' },
  rxWarnDb: { value: 1, unit: 'dB', kind: 'estimate', source: 'warning one decibel before the FEC limit' },
  caseWarnK: { value: 5, unit: 'K', kind: 'estimate', source: 'case warning 5 K below the case limit' },
  biasWarnShare: { value: 0.9, unit: '1', kind: 'estimate', source: 'bias warning at 90 % of the largest current' },
} as const satisfies Record<string, Figure>;

/** Time over which a module counts errors for one reading. */
const berWindowS = 1;

/** Loss beyond which nothing is left to see. */
const unseenDb = darkLossDb / 2;

/** Rx power at the limit is the planned power less the margin: the light at which the FEC gives up. */
function thresholdsOf(fabric: EmulatedFabric, module: EmulatedModule): ModuleThresholds {
  const { lanes, catalogue } = fabric;
  const part = catalogue.find(module.partId);
  const tx = txPlanDbm(fabric, module);
  const cases = part === undefined ? null : figureOf(part, 'temp_case');
  const caseHighC = module.heat?.package.type.caseLimitC.value ?? cases?.high ?? Infinity;
  let plannedRx = Infinity;
  let margin = 0;
  for (let lane = module.firstLane; lane < module.firstLane + module.laneCount; lane++) {
    const rx = lanes.plannedRxDbm[lane] ?? 0;
    if (rx >= plannedRx) continue;
    plannedRx = rx;
    margin = (lanes.answer.marginDb[lane] ?? 0) + (lanes.lossDb[lane] ?? 0);
  }
  const biasMaxMa = module.driver?.biasMaxMa ?? Infinity;
  return {
    caseHighAlarmC: caseHighC, caseHighWarnC: caseHighC - limits.caseWarnK.value, caseLowAlarmC: cases?.low ?? -Infinity,
    txHighAlarmDbm: tx + limits.txAlarmDb.value, txHighWarnDbm: tx + limits.txWarnDb.value, txLowWarnDbm: tx - limits.txWarnDb.value, txLowAlarmDbm: tx - limits.txAlarmDb.value,
    rxHighAlarmDbm: tx + limits.txAlarmDb.value, rxLowWarnDbm: plannedRx - margin + limits.rxWarnDb.value, rxLowAlarmDbm: plannedRx - margin,
    biasHighAlarmMa: biasMaxMa, biasHighWarnMa: biasMaxMa * limits.biasWarnShare.value,
  };
}

/** Launch power of the weakest lane when all is well; of a laser source, what each of its lasers gives. */
function txPlanDbm(fabric: EmulatedFabric, module: EmulatedModule): number {
  if (module.kind === 'laserSource') return module.launchDbm;
  const powers = txPowersOf(fabric, module, module.firstLane);
  return powers.length === 0 ? darkPowerDbm : Math.min(...powers);
}

const txPowersOf = ({ lanes, light, cluster: { fabric } }: EmulatedFabric, module: EmulatedModule, lane: number): readonly number[] =>
  light.at(fabric.cableUse[(lanes.txLink[lane] ?? 0) >> 1] ?? -1, module.heat === null ? module.temperatureC : caseC(module.heat)).txPowerDbm;

/** Mean of the signal over the noise at the slicer: levels of PAM4 stand at 1 and 3 half eyes (mean square 5), those of NRZ at 1. */
const snrDb = (eyeQ: number, isNrz: boolean): number => (eyeQ <= 0 ? 0 : 10 * Math.log10((isNrz ? 1 : 5) * eyeQ * eyeQ));

/** Counted errors scatter as the square root of their number (Poisson). */
function countedBer(ber: number, rateGbps: number, dice: Dice): number {
  const errors = ber * rateGbps * 1e9 * berWindowS;
  return errors <= 0 ? 0 : Math.min(0.5, Math.max(0, ber * (1 + dice.normal() / Math.sqrt(errors))));
}

const read = (value: number, noise: Figure, dice: Dice): number => value + noise.value * dice.normal();

function readLane(fabric: EmulatedFabric, module: EmulatedModule, at: number, drive: { readonly biasMa: number; readonly surfaceC: number }, dice: Dice): void {
  const shown = module.lanes[at];
  const lane = module.firstLane + at;
  if (shown === undefined) return;
  const { lanes } = fabric;
  const lossDb = lanes.lossDb[lane] ?? 0;
  const sentLossDb = txLossDb(fabric, lane);
  const launchDbm = txPowersOf(fabric, module, lane)[lanes.position[lane] ?? 0] ?? darkPowerDbm;
  readTransmitter(shown, { powerDbm: launchDbm - sentLossDb, isDark: sentLossDb >= unseenDb, isWanted: module.enabled && module.txEnabled[at] === 1, ...drive }, dice);
  const isDark = lossDb >= unseenDb;
  const eyeQ = lanes.answer.eyeQ[lane] ?? 0;
  shown.rxPowerDbm = isDark ? darkPowerDbm : Math.max(darkPowerDbm, read((lanes.plannedRxDbm[lane] ?? 0) - lossDb, sensorNoise.powerDb, dice));
  shown.rxLos = isDark;
  shown.snrDb = isDark ? 0 : Math.max(0, snrDb(eyeQ, lanes.isNrz[lane] === 1));
  shown.preFecBer = isDark ? 0.5 : countedBer(lanes.answer.preFecBer[lane] ?? 0, lanes.batch.laneRateGbps[lane] ?? 0, dice);
}

interface Sent {
  readonly powerDbm: number;
  readonly isDark: boolean;
  readonly isWanted: boolean;
  readonly biasMa: number;
  readonly surfaceC: number;
}

function readTransmitter(shown: LaneReadout, sent: Sent, dice: Dice): void {
  shown.txPowerDbm = sent.isDark ? darkPowerDbm : Math.max(darkPowerDbm, read(sent.powerDbm, sensorNoise.powerDb, dice));
  shown.txFailure = sent.isDark && sent.isWanted;
  shown.biasMa = sent.isDark && !sent.isWanted ? 0 : Math.max(0, read(sent.biasMa, sensorNoise.biasMa, dice));
  shown.laserC = read(sent.surfaceC, sensorNoise.temperatureK, dice);
}

function readSourceLane(fabric: EmulatedFabric, source: EmulatedModule, at: number, drive: { readonly biasMa: number; readonly surfaceC: number }, dice: Dice): void {
  const shown = source.lanes[at];
  if (shown === undefined) return;
  const lossDb = sourceLossDb(fabric, source, source.lasers[at] ?? -1);
  readTransmitter(shown, { powerDbm: source.launchDbm - lossDb, isDark: lossDb >= unseenDb, isWanted: source.enabled && source.txEnabled[at] === 1, ...drive }, dice);
}

function raiseAlarms(module: EmulatedModule): void {
  const { thresholds: limit, alarms, latched, lanes } = module;
  if (limit === null) return;
  const isSource = module.kind === 'laserSource';
  alarms.temperatureHigh = module.temperatureC > limit.caseHighAlarmC;
  alarms.txPowerLow = module.isOptical && lanes.some((lane, at) => module.txEnabled[at] === 1 && lane.txPowerDbm < limit.txLowAlarmDbm);
  alarms.rxPowerLow = module.isOptical && !isSource && lanes.some(({ rxPowerDbm }) => rxPowerDbm < limit.rxLowAlarmDbm);
  alarms.biasHigh = lanes.some(({ biasMa }) => biasMa > limit.biasHighAlarmMa);
  latched.temperatureHigh ||= alarms.temperatureHigh;
  latched.txPowerLow ||= alarms.txPowerLow;
  latched.rxPowerLow ||= alarms.rxPowerLow;
  latched.biasHigh ||= alarms.biasHigh;
}

/** Takes one reading of everything a module measures; one that lies keeps showing what it last read. */
export function readModule(fabric: EmulatedFabric, module: EmulatedModule, dice: Dice): void {
  module.thresholds ??= thresholdsOf(fabric, module);
  if (module.lies) return;
  if (module.heat !== null) module.temperatureC = read(caseC(module.heat), sensorNoise.temperatureK, dice);
  const surfaceC = laserSurfaceC(module);
  const drive = { surfaceC, biasMa: module.driver === null ? 0 : module.driver.driveAt(surfaceC).biasMa };
  for (let at = 0; at < module.lanes.length; at++) {
    if (module.kind === 'laserSource') readSourceLane(fabric, module, at, drive, dice);
    else readLane(fabric, module, at, drive, dice);
  }
  raiseAlarms(module);
}

/** Error ratio over all lanes together, as the FEC behind them meets it. */
export const moduleBer = ({ lanes }: EmulatedModule): number => (lanes.length === 0 ? 0 : lanes.reduce((sum, { preFecBer }) => sum + preFecBer, 0) / lanes.length);

/** Forgets latched alarms, as a module does when it is enabled again. */
export function clearLatched({ latched }: EmulatedModule): void {
  latched.temperatureHigh = latched.txPowerLow = latched.rxPowerLow = latched.biasHigh = false;
}
