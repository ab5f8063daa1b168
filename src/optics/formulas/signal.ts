/** From eye opening to bit error ratio and back, for NRZ, PAM4 and 16QAM, and the levels that go with an eye. */

import { attenuate, amplify, dbToRatio, ratioToDb } from '../../base/levels.ts';
import { inverseQFunction, qFunction } from '../../base/special.ts';
import type { Db, Dbm } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { Formula } from './formula.ts';
import { anyNumber, countFrom, defineFormula, input, nonNegative, openEyeBer, positive } from './formula.ts';
import { opticalReferenceBandwidthGhz } from './spectrum.ts';

/** Pre-FEC bit error ratio up to which RS(544,514) keeps its promise (IEEE 802.3 clause 120). */
export const kp4BerLimit = 2.4e-4;
/** Pre-FEC limit of the 802.3dj inner code (128,120) in front of KP4; recalled from task-force contributions. */
export const innerFecBerLimit = 4.8e-3;
/** Pre-FEC limit of the OIF 400ZR concatenated FEC. */
export const cfecBerLimit = 1.25e-2;
/** The eye Q that IEEE 802.3 clause 121.8.5 uses for TDECQ: symbol error ratio 4.8e-4. */
export const tdecqEyeQ = 3.414;

/** NRZ: BER = Q(Q). Agrawal, Fiber-Optic Communication Systems (2010) sec. 4.6. */
export const nrzBer = (eyeQ: number): number => qFunction(eyeQ);

/** The NRZ eye Q that a bit error ratio needs, the inverse of `nrzBer`. */
export const nrzEyeQ = (ber: number): number => inverseQFunction(ber);

/** PAM4, Gray coded: six of eight half-decisions err, each wrong symbol costs one of two bits. IEEE 802.3 clause 121.8.5. */
export const pam4Ber = (eyeQ: number): number => 0.75 * qFunction(eyeQ);

export const pam4EyeQ = (ber: number): number => inverseQFunction(ber / 0.75);

/** What the eyes of an M-level signal lose against two levels of the same amplitude. Sackinger (2005). */
export const multilevelPenalty = (levels: number): Db => ratioToDb(levels - 1);

/** (ER + 1)/(ER - 1) with the linear extinction ratio: how much mean power twice the half-modulation takes. */
const meanPerHalfOma = (extinction: Db): number => {
  const ratio = dbToRatio(extinction);
  return (ratio + 1) / (ratio - 1);
};

/** IEEE 802.3: Pavg = OMA/2 (ER+1)/(ER-1). Never average in decibels. */
export const averagePowerFromOma = ({ oma, extinction }: { readonly oma: Dbm; readonly extinction: Db }): Dbm =>
  amplify(oma, ratioToDb(meanPerHalfOma(extinction) / 2));

export const omaFromAveragePower = ({ average, extinction }: { readonly average: Dbm; readonly extinction: Db }): Dbm =>
  attenuate(average, ratioToDb(meanPerHalfOma(extinction) / 2));

/** Square 16QAM with Gray labels, nearest neighbours only: BER = 3/8 erfc(sqrt(SNR/10)). Proakis, Digital Communications. */
export const qam16Ber = (snr: Db): number => 0.75 * qFunction(Math.sqrt(dbToRatio(snr) / 5));

/** The SNR per symbol at which 16QAM reaches a bit error ratio: the inverse of `qam16Ber`. */
export const qam16RequiredSnr = (ber: number): Db => ratioToDb(5 * inverseQFunction(ber / 0.75) ** 2);

/** Signal-bandwidth SNR to OSNR in the 0.1 nm (12.5 GHz) reference bandwidth. */
export const snrToOsnr = ({ snr, symbolRateGbd }: { readonly snr: Db; readonly symbolRateGbd: number }): Db =>
  quantity(snr + ratioToDb(symbolRateGbd / opticalReferenceBandwidthGhz));

/** With thermal noise alone the eye Q follows the optical power. */
export const eyeQAfterLoss = ({ eyeQ, loss }: { readonly eyeQ: number; readonly loss: Db }): number => eyeQ / dbToRatio(loss);

/** Optical margin between two eye Qs at fixed thermal noise; negative when `eyeQ` is the smaller. */
export const eyeQMargin = ({ eyeQ, requiredEyeQ }: { readonly eyeQ: number; readonly requiredEyeQ: number }): Db => ratioToDb(eyeQ / requiredEyeQ);

/** Optical margin that a measured pre-FEC error ratio leaves to a FEC limit, PAM4, thermal noise alone. */
export const marginFromBer = ({ ber, limitBer }: { readonly ber: number; readonly limitBer: number }): Db =>
  eyeQMargin({ eyeQ: pam4EyeQ(ber), requiredEyeQ: pam4EyeQ(limitBer) });

const ieee8023 = 'IEEE 802.3 clause 121.8.5 TDECQ uses Qt = 3.414 for SER 4.8e-4 (BER 2.4e-4)';
const sackinger = 'E. Sackinger, Broadband Circuits for Optical Fiber Communication (Wiley 2005)';
const openExtinction = { ...positive, says: 'above 0 dB, because at 0 dB there is no modulation' };

export const signalFormulas: readonly Formula[] = [
  defineFormula({
    name: 'nrz-ber', computes: 'NRZ bit error ratio from Q', expression: 'BER = 0.5*erfc(Q/sqrt(2))',
    inputs: { Q: input('', nonNegative) }, resultUnit: '',
    source: 'G. P. Agrawal, Fiber-Optic Communication Systems (Wiley, 4th ed. 2010) sec. 4.6',
    compute: ({ Q }) => nrzBer(Q),
  }),
  defineFormula({
    name: 'pam4-ber', computes: 'PAM4 Gray-coded bit error ratio from eye Q', expression: 'BER = 0.75*Qfunc(x), x = (half inner-eye)/sigma = OMA_outer/(6 sigma)',
    inputs: { x: input('', nonNegative) }, resultUnit: '', source: ieee8023,
    compute: ({ x }) => pam4Ber(x),
  }),
  defineFormula({
    name: 'pam4-eye-q', computes: 'PAM4 eye Q that a bit error ratio needs', expression: 'x = Qinv(BER/0.75)',
    inputs: { BER: input('', openEyeBer) }, resultUnit: '', source: ieee8023,
    compute: ({ BER }) => pam4EyeQ(BER),
  }),
  defineFormula({
    name: 'fec-optical-gain', computes: 'optical gain of an inner FEC at fixed thermal noise', expression: 'gain = 10*log10(x_KP4/x_inner), x = Qinv(BER/0.75)',
    inputs: { BER_KP4: input('', openEyeBer), BER_inner: input('', openEyeBer) }, resultUnit: 'dB',
    source: 'closed form from the PAM4 eye Q (ignores the 6.7 % baud increase)',
    compute: ({ BER_KP4, BER_inner }) => marginFromBer({ ber: BER_KP4, limitBer: BER_inner }),
  }),
  defineFormula({
    name: 'multilevel-penalty', computes: 'M-level against NRZ level penalty, same baud and noise', expression: '10*log10(M-1)',
    inputs: { M: input('', countFrom(2)) }, resultUnit: 'dB', source: `${sackinger} (multi-level eye spacing)`,
    compute: ({ M }) => multilevelPenalty(M),
  }),
  defineFormula({
    name: 'average-power-from-oma', computes: 'average power from OMA and extinction ratio', expression: 'Pavg = OMA/2*(ER+1)/(ER-1), ER linear',
    inputs: { OMA: input('dBm', anyNumber), ER: input('dB', openExtinction) }, resultUnit: 'dBm', source: `IEEE 802.3 definitions; ${sackinger}`,
    compute: ({ OMA, ER }) => averagePowerFromOma({ oma: quantity(OMA), extinction: quantity(ER) }),
  }),
  defineFormula({
    name: 'oma-from-average-power', computes: 'OMA from average power and extinction ratio', expression: 'OMA = 2*Pavg*(ER-1)/(ER+1)',
    inputs: { Pavg: input('dBm', anyNumber), ER: input('dB', openExtinction) }, resultUnit: 'dBm', source: 'IEEE 802.3 definitions',
    compute: ({ Pavg, ER }) => omaFromAveragePower({ average: quantity(Pavg), extinction: quantity(ER) }),
  }),
  defineFormula({
    name: 'qam16-ber', computes: '16QAM Gray-coded bit error ratio at an SNR per symbol', expression: 'BER = 3/8*erfc(sqrt(SNR/10))',
    inputs: { SNR: input('dB', anyNumber) }, resultUnit: '', source: 'Proakis, Digital Communications (square QAM, nearest neighbour)',
    compute: ({ SNR }) => qam16Ber(quantity(SNR)),
  }),
  defineFormula({
    name: 'qam16-required-osnr', computes: '16QAM theoretical OSNR (0.1 nm) at a bit error ratio', expression: 'solve 3/8*erfc(sqrt(SNR/10)) = BER; OSNR = SNR + 10*log10(Rs/12.5 GHz)',
    inputs: { BER: input('', openEyeBer), Rs: input('GBd', positive) }, resultUnit: 'dB',
    source: 'OIF 400ZR IA: limit BER 1.25e-2, required OSNR 26 dB, so the implementation penalty is the difference',
    compute: ({ BER, Rs }) => snrToOsnr({ snr: qam16RequiredSnr(BER), symbolRateGbd: Rs }),
  }),
  defineFormula({
    name: 'snr-bandwidth-convert', computes: 'signal-bandwidth SNR to OSNR in 0.1 nm', expression: 'OSNR_0.1nm = SNR_bw + 10*log10(Rs/12.5)',
    inputs: { SNR_bw: input('dB', anyNumber), Rs: input('GBd', positive) }, resultUnit: 'dB',
    source: 'Telecominfraproject/oopt-gnpy (BSD-3-Clause), commit d65865b (2026-06-25): transmission_main_example reports 31.17',
    compute: ({ SNR_bw, Rs }) => snrToOsnr({ snr: quantity(SNR_bw), symbolRateGbd: Rs }),
  }),
  defineFormula({
    name: 'ber-after-loss', computes: 'pre-FEC bit error ratio after an extra optical loss (thermal-noise limited)', expression: 'x1 = x0*10^(-L/10); BER = 0.75*Qfunc(x1)',
    inputs: { x0: input('', nonNegative), L: input('dB', anyNumber) }, resultUnit: '', source: `PAM4 eye Q with optical power scaling; ${ieee8023}`,
    compute: ({ x0, L }) => pam4Ber(eyeQAfterLoss({ eyeQ: x0, loss: quantity(L) })),
  }),
  defineFormula({
    name: 'margin-from-ber', computes: 'optical margin from a measured pre-FEC bit error ratio', expression: 'm = 10*log10(Qinv(BER/0.75)/Qinv(2.4e-4/0.75))',
    inputs: { BER: input('', openEyeBer) }, resultUnit: 'dB', source: 'closed form, thermal-noise limited',
    compute: ({ BER }) => marginFromBer({ ber: BER, limitBer: kp4BerLimit }),
    remark: (value) => (value < 0 ? 'Negative: the error ratio is above the KP4 limit of 2.4e-4, so the link has failed.' : undefined),
  }),
];
