/** Power budgets: what reaches the receiver, what the standard asks of it, and what is left. */

import { amplify, attenuate, levelDifference, ratioToDb, sumLosses } from '../../base/levels.ts';
import type { Db, Dbm } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { Formula } from './formula.ts';
import { anyNumber, countFrom, defineFormula, input, nonNegative, positive } from './formula.ts';

export interface MarginSetting {
  readonly omaMinusTdecq: Dbm;
  /** Every loss and penalty between the two test points. */
  readonly losses: readonly Db[];
  /** Stressed receiver sensitivity. */
  readonly stressedSensitivity: Dbm;
  /** Stress with which that sensitivity was measured. */
  readonly secq: Db;
}

/** M = (OMA - TDECQ) - losses - (SRS - SECQ); IEEE 802.3bs and 802.3cu limits. */
export const linkMargin = ({ omaMinusTdecq, losses, stressedSensitivity, secq }: MarginSetting): Db =>
  levelDifference(attenuate(omaMinusTdecq, sumLosses(...losses)), attenuate(stressedSensitivity, secq));

/** A sensitivity line: constant up to a stress, then rising with it. */
export interface SensitivityLine {
  readonly floor: Dbm;
  /** Where the rising part would stand without stress. */
  readonly unstressed: Dbm;
}

/** 400GBASE-FR4 (IEEE 802.3cu): max(-4.6, SECQ - 6.0) dBm. */
export const fr4SensitivityLine: SensitivityLine = { floor: quantity(-4.6), unstressed: quantity(-6) };

export const sensitivityAtStress = ({ floor, unstressed }: SensitivityLine, secq: Db): Dbm => quantity(Math.max(floor, amplify(unstressed, secq)));

export interface ChannelSetting {
  readonly lossDbPerKm: number;
  readonly lengthKm: number;
  readonly connectors: number;
  readonly connectorLoss: Db;
}

/** Fibre and connectors in series (ANSI/TIA-568 style sum). */
export const channelLoss = ({ lossDbPerKm, lengthKm, connectors, connectorLoss }: ChannelSetting): Db =>
  quantity(lossDbPerKm * lengthKm + connectors * connectorLoss);

/** Ideal 1:N split, or the share of one of N comb lines. */
export const splitLoss = (ways: number): Db => ratioToDb(ways);

export interface LaserFeedSetting {
  readonly source: Dbm;
  readonly lanes: number;
  /** Connector, excess split and coupling losses between the source and the modulator. */
  readonly losses: readonly Db[];
}

/** Level at one modulator fed by an external laser source that is split over N lanes. */
export const laserLanePower = ({ source, lanes, losses }: LaserFeedSetting): Dbm => attenuate(source, sumLosses(splitLoss(lanes), ...losses));

export const combLinePower = ({ total, lines }: { readonly total: Dbm; readonly lines: number }): Dbm => attenuate(total, splitLoss(lines));

export interface DispersionSetting {
  readonly wavelengthNm: number;
  readonly zeroDispersionNm: number;
  /** ps/(nm^2 km); at most 0.093 in ITU-T G.652. */
  readonly slopePsPerNm2Km: number;
  readonly lengthKm: number;
}

/** ITU-T G.652 slope of standard single-mode fibre at its zero-dispersion wavelength, the IEEE 802.3 worst case. */
export const g652DispersionSlope = 0.093;

/** Accumulated dispersion in ps/nm: L (S0/4) l (1 - (l0/l)^4). IEEE 802.3 O-band formula, ITU-T G.652 parameters. */
export const fibreDispersionPsPerNm = ({ wavelengthNm, zeroDispersionNm, slopePsPerNm2Km, lengthKm }: DispersionSetting): number =>
  ((slopePsPerNm2Km * lengthKm) / 4) * wavelengthNm * (1 - (zeroDispersionNm / wavelengthNm) ** 4);

/** In a bidirectional link the transmitter's reflection meets a signal weakened by the path: a lossy path fails twice. */
export const signalToReflection = ({ returnLoss, pathLoss }: { readonly returnLoss: Db; readonly pathLoss: Db }): Db => quantity(returnLoss - pathLoss);

const doesNotClose = (value: number): string | undefined => (value < 0 ? 'Negative: the link does not close.' : undefined);

export const budgetFormulas: readonly Formula[] = [
  defineFormula({
    name: 'link-margin', computes: 'worst-case margin after channel loss and TDECQ', expression: 'M = (OMA-TDECQ) - IL - (SRS - SECQ)',
    inputs: { OMA_minus_TDECQ: input('dBm'), IL: input('dB', nonNegative), SRS: input('dBm'), SECQ: input('dB', nonNegative) }, resultUnit: 'dB',
    source: '400GBASE-DR4 limits (IEEE 802.3bs; Edgecore ET7502-DR4 datasheet). Remainder is the 0.1 dB MPI allocation',
    compute: ({ OMA_minus_TDECQ, IL, SRS, SECQ }) =>
      linkMargin({ omaMinusTdecq: quantity(OMA_minus_TDECQ), losses: [quantity(IL)], stressedSensitivity: quantity(SRS), secq: quantity(SECQ) }),
    remark: doesNotClose,
  }),
  defineFormula({
    name: 'ocs-link-margin', computes: 'margin through one optical circuit switch with two circulators', expression: 'M = (OMA-TDECQ) - (fibre+conn) - OCS - 2*circ - (SRS-SECQ)',
    inputs: {
      OMA_minus_TDECQ: input('dBm'), fibre_conn: input('dB', nonNegative), OCS: input('dB', nonNegative), circ: input('dB', nonNegative),
      SRS: input('dBm'), SECQ: input('dB', nonNegative),
    },
    resultUnit: 'dB', source: 'composed budget; OCS loss below 2 dB is Google Palomar class, circulator loss is an assumption',
    compute: ({ OMA_minus_TDECQ, fibre_conn, OCS, circ, SRS, SECQ }) =>
      linkMargin({
        omaMinusTdecq: quantity(OMA_minus_TDECQ), losses: [quantity(fibre_conn), quantity(OCS), quantity(circ), quantity(circ)],
        stressedSensitivity: quantity(SRS), secq: quantity(SECQ),
      }),
    remark: doesNotClose,
  }),
  defineFormula({
    name: 'sensitivity-line', computes: '400GBASE-FR4 sensitivity line', expression: 'RS = max(-4.6, SECQ-6.0)',
    inputs: { SECQ: input('dB', nonNegative) }, resultUnit: 'dBm', source: 'Edgecore ET7502-FR4 datasheet (IEEE 802.3cu)',
    compute: ({ SECQ }) => sensitivityAtStress(fr4SensitivityLine, quantity(SECQ)),
  }),
  defineFormula({
    name: 'channel-loss', computes: 'fibre and connector loss', expression: 'IL = a*L + n*Lc',
    inputs: { a: input('dB/km', nonNegative), L: input('km', nonNegative), n: input('connectors', countFrom(0)), Lc: input('dB', nonNegative) }, resultUnit: 'dB',
    source: 'ANSI/TIA-568 style loss sum; per-connector loss is an assumption',
    compute: ({ a, L, n, Lc }) => channelLoss({ lossDbPerKm: a, lengthKm: L, connectors: n, connectorLoss: quantity(Lc) }),
  }),
  defineFormula({
    name: 'els-lane-power', computes: 'external laser source to modulator, level per lane', expression: 'P = P_ELS - IL_conn - 10*log10(N) - IL_split - IL_couple',
    inputs: { P_ELS: input('dBm'), IL_conn: input('dB', nonNegative), N: input('lanes', countFrom(1)), IL_split: input('dB', nonNegative), IL_couple: input('dB', nonNegative) },
    resultUnit: 'dBm', source: 'CPO laser power split; example losses are assumptions',
    compute: ({ P_ELS, IL_conn, N, IL_split, IL_couple }) =>
      laserLanePower({ source: quantity(P_ELS), lanes: N, losses: [quantity(IL_conn), quantity(IL_split), quantity(IL_couple)] }),
  }),
  defineFormula({
    name: 'comb-line-power', computes: 'comb power per line', expression: 'P_line = P_tot - 10*log10(N)',
    inputs: { P_tot: input('dBm'), N: input('lines', countFrom(1)) }, resultUnit: 'dBm', source: 'definition',
    compute: ({ P_tot, N }) => combLinePower({ total: quantity(P_tot), lines: N }),
  }),
  defineFormula({
    name: 'fibre-dispersion', computes: 'chromatic dispersion of 2 km of G.652 fibre',
    expression: 'D*L = 0.0465*l*(1-(l0/l)^4) [ps/nm], 0.0465 = S0/4*L with S0 = 0.093 ps/nm2/km, L = 2 km',
    inputs: { l: input('nm', positive), l0: input('nm', positive) }, resultUnit: 'ps/nm', source: 'IEEE 802.3 O-band dispersion formula (ITU-T G.652 S0, lambda0)',
    compute: ({ l, l0 }) => fibreDispersionPsPerNm({ wavelengthNm: l, zeroDispersionNm: l0, slopePsPerNm2Km: g652DispersionSlope, lengthKm: 2 }),
  }),
  defineFormula({
    name: 'signal-to-reflection', computes: 'signal to reflected-transmit ratio in a circulator bidirectional OCS link', expression: 'SIR = RL - IL_path',
    inputs: { RL: input('dB', anyNumber), IL_path: input('dB', nonNegative) }, resultUnit: 'dB', source: 'return loss -46 dB typical for Palomar (Google OCS papers); difference of levels',
    compute: ({ RL, IL_path }) => signalToReflection({ returnLoss: quantity(RL), pathLoss: quantity(IL_path) }),
  }),
];
