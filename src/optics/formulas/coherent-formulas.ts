/** The coherent formulas as citizens. */

import { dbToRatio, dbmToMilliwatts } from '../../base/levels.ts';
import type { Db } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { FibreChannel } from './coherent.ts';
import {
  amplifiedOsnr, amplifiedSpanSnr, beta2Ps2PerKm, combineSnr, effectiveLengthKm, gnInterferenceW, gnpyExampleSpan, nonlinearityPerWKm, optimumLaunchPower,
} from './coherent.ts';
import type { Formula } from './formula.ts';
import { anyNumber, countFrom, countWithin, defineFormula, input, keyIssue, nonNegative, positive } from './formula.ts';

const poggiolini = 'P. Poggiolini et al., arXiv:1209.0394 (2012), eq. 120-123';
const gnpy = 'Telecominfraproject/oopt-gnpy (BSD-3-Clause), commit d65865b (2026-06-25)';
/** Channels of one comb beyond this do not fit in the optical spectrum. */
const channelCountMax = 20_000;
/** The span that the formula `gn-nli-power` is stated for. */
const statedSpanKm = 80;
/** The widest amplifier bands today, C and L together, are about 12 THz. */
const bandWidthThzMax = 12;
const nonZero = { says: 'other than 0, because without dispersion the model has no answer', holds: (value: number): boolean => value !== 0 };

interface CombInputs {
  readonly Pch_in: number; readonly B: number; readonly spacing: number; readonly f0: number; readonly ch: number; readonly loss: number;
  readonly D: number; readonly gamma: number; readonly con_out: number; readonly n_ch: number;
}

function combInterferenceW({ Pch_in, B, spacing, f0, ch, loss, D, gamma, con_out, n_ch }: CombInputs): number {
  const powerW = dbmToMilliwatts(quantity(Pch_in)) * 1e-3;
  const channels: FibreChannel[] = [];
  for (let row = 0; row < n_ch; row++) channels.push({ frequencyThz: f0 + (row * spacing) / 1e3, symbolRateGbd: B, powerW });
  const span = { lengthKm: statedSpanKm, lossDbPerKm: loss, dispersionPsPerNmKm: D };
  const atInputW = gnInterferenceW({ channels, channel: ch - 1, span, gammaPerWKm: gamma });
  return atInputW / dbToRatio(quantity<Db>(loss * statedSpanKm + con_out));
}

export const coherentFormulas: readonly Formula[] = [
  defineFormula({
    name: 'amplified-osnr', computes: 'OSNR of identical amplified spans (0.1 nm)', expression: 'OSNR = Pch - NF - L - 10*log10(N) - 10*log10(h*f*B/1mW), B = 12.5 GHz',
    inputs: { Pch: input('dBm', anyNumber), NF: input('dB', nonNegative), L: input('dB', nonNegative), N: input('spans', countFrom(1)), f: input('THz', positive) }, resultUnit: 'dB',
    source: 'standard OSNR formula (58 dB rule); GNPy amplifier tests use 58',
    compute: ({ Pch, NF, L, N, f }) => amplifiedOsnr({ launch: quantity(Pch), noiseFigure: quantity(NF), spanLoss: quantity(L), spans: N, frequencyThz: f }),
  }),
  defineFormula({
    name: 'effective-length', computes: 'effective length of a lossy fibre', expression: 'Leff = (1-exp(-a*L))/a',
    inputs: { loss: input('dB/km', nonNegative), L: input('km', nonNegative) }, resultUnit: 'km', source: poggiolini,
    compute: ({ loss, L }) => effectiveLengthKm({ lossDbPerKm: loss, lengthKm: L }),
  }),
  defineFormula({
    name: 'beta2', computes: 'group-velocity dispersion beta2 from D', expression: 'b2 = -D*l^2/(2*pi*c)',
    inputs: { D: input('ps/nm/km', anyNumber), l: input('nm', positive) }, resultUnit: 'ps2/km', source: poggiolini,
    compute: ({ D, l }) => beta2Ps2PerKm({ dispersionPsPerNmKm: D, wavelengthNm: l }),
  }),
  defineFormula({
    name: 'fibre-nonlinearity', computes: 'fibre nonlinear coefficient', expression: 'g = 2*pi*n2/(l*Aeff)',
    inputs: { n2: input('m2/W', positive), Aeff: input('um2', positive), l: input('nm', positive) }, resultUnit: '1/W/km', source: `${poggiolini}; n2 as in GNPy`,
    compute: ({ n2, Aeff, l }) => nonlinearityPerWKm({ n2M2PerW: n2, effectiveAreaUm2: Aeff, wavelengthNm: l }),
  }),
  defineFormula({
    name: 'gn-nli-power', computes: 'nonlinear interference power of one channel of a comb behind a single 80 km span (GN model)',
    expression:
      'P_NLI = sum over channels n of w*gamma^2*Leff^2*Pn^2*Pi/B^2 * [asinh(pi^2*La*|b2|*B*(d+B/2)) - asinh(pi^2*La*|b2|*B*(d-B/2))] / (4*pi*|b2|*La), '
      + 'd = |f_n - f_i|, w = 16/27 for n = i else 32/27, a = loss per m, La = 1/a, Leff = (1-exp(-a*L))/a, L = 80 km, b2 from D at 1550 nm, Pn = launch power per channel '
      + 'in the fibre, gamma at the channel\'s own frequency; then times span loss and output connector',
    inputs: {
      Pch_in: input('dBm', anyNumber), B: input('GBd', positive), spacing: input('GHz', positive), f0: input('THz', positive), ch: input('1-based channel number', countFrom(1)),
      loss: input('dB/km', positive), D: input('ps/nm/km', nonZero), gamma: input('1/W/km', positive), con_out: input('dB', nonNegative), n_ch: input('count', countWithin(1, channelCountMax)),
    },
    resultUnit: 'W', source: `${gnpy}: tests/data/test_fiber_fix_expected_results.csv; ${poggiolini}`,
    compute: combInterferenceW,
    check: ({ B, spacing, ch, n_ch }) => [
      ...(ch <= n_ch ? [] : [keyIssue('ch', `There is no channel ${ch} among ${n_ch}`, 'Count channels from 1 to n_ch', ch)]),
      ...(spacing >= B || n_ch === 1 ? [] : [keyIssue('spacing', `Channels of ${B} GBd overlap at this spacing`, 'Space them by at least their symbol rate B', spacing)]),
    ],
  }),
  defineFormula({
    name: 'combine-snr', computes: 'GSNR from ASE and nonlinear interference', expression: '1/GSNR = 1/SNR_ase + 1/SNR_nli (linear)',
    inputs: { SNR_ase: input('dB', anyNumber), SNR_nli: input('dB', anyNumber) }, resultUnit: 'dB', source: 'GN model; GNPy',
    compute: ({ SNR_ase, SNR_nli }) => combineSnr(quantity(SNR_ase), quantity(SNR_nli)),
  }),
  defineFormula({
    name: 'optimum-launch-power', computes: 'optimum launch power', expression: 'P = (P_ase/(2*eta))^(1/3)',
    inputs: { P_ase: input('W', positive), eta: input('1/W2', positive) }, resultUnit: 'dBm', source: 'GN model (ASE = 2 x NLI at optimum); Poggiolini 2012',
    compute: ({ P_ase, eta }) => optimumLaunchPower({ aseW: P_ase, etaPerW2: eta }),
  }),
  defineFormula({
    name: 'single-span-gsnr', computes: 'GSNR behind one 80 km span and its amplifier, mean over the channels',
    expression:
      '1/GSNR = 1/OSNR_tx + 1/OSNR_ase + 1/SNR_nli; 80 km SSMF 0.2 dB/km, D 16.7 ps/nm/km, Aeff 83 um2, connectors 0.5+0.5 dB, EDFA NF 6.62 dB, 32 GBd from 191.35 THz, GN model with '
      + 'gamma at each channel\'s frequency',
    inputs: { Pch: input('dBm', anyNumber), n_ch: input('', countWithin(1, channelCountMax)), spacing: input('GHz', positive), tx_OSNR: input('dB', anyNumber) }, resultUnit: 'dB (0.1 nm)',
    source: `${gnpy}: tests/invocation/transmission_main_example; OSNR ASE 33.29 dB`,
    compute: ({ Pch, n_ch, spacing, tx_OSNR }) =>
      amplifiedSpanSnr({ ...gnpyExampleSpan, launch: quantity(Pch), channelCount: n_ch, spacingGhz: spacing, transmitterOsnr: quantity(tx_OSNR) }).gsnr,
    check: ({ spacing, n_ch }) => {
      const symbolRateGbd = gnpyExampleSpan.symbolRateGbd;
      if (spacing < symbolRateGbd && n_ch > 1) return [keyIssue('spacing', `Channels of ${symbolRateGbd} GBd overlap at this spacing`, `Space them by at least ${symbolRateGbd} GHz`, spacing)];
      const widthThz = ((n_ch - 1) * spacing) / 1e3;
      if (widthThz <= bandWidthThzMax) return [];
      return [keyIssue('n_ch', `${n_ch} channels at ${spacing} GHz span ${widthThz.toPrecision(4)} THz, more than one amplifier carries`, `Keep the comb within ${bandWidthThzMax} THz`, n_ch)];
    },
  }),
];
