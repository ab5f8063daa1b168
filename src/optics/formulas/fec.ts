/** Reed-Solomon FEC: what a bit error ratio becomes behind the decoder, and the time the code takes. */

import { binomialUpperTail } from '../../base/special.ts';
import type { Gbps, Nanoseconds } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import type { Formula } from './formula.ts';
import { bitErrorRatio, countFrom, defineFormula, input, nonNegative, positive } from './formula.ts';

/** A Reed-Solomon code over 10-bit symbols (IEEE 802.3 clause 91). */
export interface ReedSolomonCode {
  readonly name: string;
  /** Symbols in a codeword. */
  readonly codewordSymbols: number;
  readonly dataSymbols: number;
  /** Symbols that the decoder can mend. */
  readonly correctable: number;
}

export const reedSolomonSymbolBits = 10;
export const kp4: ReedSolomonCode = { name: 'KP4 RS(544,514)', codewordSymbols: 544, dataSymbols: 514, correctable: 15 };
export const kr4: ReedSolomonCode = { name: 'KR4 RS(528,514)', codewordSymbols: 528, dataSymbols: 514, correctable: 7 };

/** Line bits of one codeword. */
export const codewordBits = (code: ReedSolomonCode): number => code.codewordSymbols * reedSolomonSymbolBits;

/** Probability that a 10-bit symbol is wrong under independent bit errors: 1 - (1 - BER)^10, exact for any small BER. */
export const symbolErrorRatio = (ber: number): number => -Math.expm1(reedSolomonSymbolBits * Math.log1p(-ber));

/** Probability that a codeword has more wrong symbols than the code mends, independent errors. */
export const codewordLossRatio = (code: ReedSolomonCode, ber: number): number =>
  binomialUpperTail({ trials: code.codewordSymbols, probability: symbolErrorRatio(ber) }, code.correctable + 1);

export interface FrameLossSetting {
  readonly ber: number;
  /** Frames of 64 octets that fit in one group of interleaved codewords. */
  readonly framesPerGroup: number;
  /** Codewords interleaved; 2 at 400GBASE-R. */
  readonly interleavedCodewords: number;
}

/**
 * Ethernet frame loss ratio behind KP4: a lost codeword spoils every frame of its group and the one that straddles its
 * edge. Reproduces the 1.7e-12 that IEEE 802.3bs ties to a bit error ratio of 2.4e-4.
 */
export function frameLossRatio({ ber, framesPerGroup, interleavedCodewords }: FrameLossSetting): number {
  const groupLoss = -Math.expm1(interleavedCodewords * Math.log1p(-codewordLossRatio(kp4, ber)));
  return Math.min(1, (groupLoss * (1 + framesPerGroup)) / framesPerGroup);
}

/** Rate on the line of a KP4-protected 256b/257b stream (IEEE 802.3 clauses 91 and 119): 100 Gb/s becomes 106.25. */
export const kp4LineRateGbps = (payload: Gbps): Gbps => quantity(payload * (257 / 256) * (kp4.codewordSymbols / kp4.dataSymbols));

/** Line rate behind the 802.3dj inner code (128,120), before pilots. */
export const innerCodeLineRateGbps = (rate: Gbps): Gbps => quantity((rate * 128) / 120);

/** Time in which the given number of codewords passes at a line rate; bits over Gb/s is ns. */
export const codewordTimeNs = ({ codewords, lineRate }: { readonly codewords: number; readonly lineRate: Gbps }): Nanoseconds =>
  quantity((codewords * codewordBits(kp4)) / lineRate);

export interface Kp4LatencySetting {
  readonly encodeNs: number;
  readonly otherNs: number;
  readonly correctionNs: number;
  /** Codewords that must have arrived before the first can be mended. */
  readonly interleavedCodewords: number;
  readonly lineRate: Gbps;
}

/** 802.3dj task-force latency assumptions with a 1 GHz core clock. */
export const kp4LatencyNs = ({ encodeNs, otherNs, correctionNs, interleavedCodewords, lineRate }: Kp4LatencySetting): Nanoseconds =>
  quantity(encodeNs + otherNs + correctionNs + codewordTimeNs({ codewords: interleavedCodewords, lineRate }));

/** Mean seconds between uncorrectable codewords on one port. */
export const codewordLossIntervalS = ({ ber, lineRate }: { readonly ber: number; readonly lineRate: Gbps }): number =>
  codewordBits(kp4) / (lineRate * 1e9 * codewordLossRatio(kp4, ber));

const tooRare = (value: number): string | undefined => (value === 0 ? 'Below 1e-300, too rare to be told from never.' : undefined);

const clause91 = 'IEEE 802.3 clause 91';

export const fecFormulas: readonly Formula[] = [
  defineFormula({
    name: 'kp4-lane-rate', computes: 'KP4 lane rate for a payload rate', expression: 'rate = R*(257/256)*(544/514)',
    inputs: { R: input('Gb/s', positive) }, resultUnit: 'Gb/s', source: 'IEEE 802.3 clauses 91/119',
    compute: ({ R }) => kp4LineRateGbps(quantity(R)),
  }),
  defineFormula({
    name: 'rs-symbol-error', computes: 'symbol error probability of a 10-bit symbol, random bit errors', expression: 'ps = 1-(1-BER)^10',
    inputs: { BER: input('', bitErrorRatio) }, resultUnit: '', source: `${clause91} (10-bit symbols)`,
    compute: ({ BER }) => symbolErrorRatio(BER),
  }),
  defineFormula({
    name: 'kp4-codeword-loss', computes: 'KP4 uncorrectable codeword ratio', expression: 'CER = sum_{k=16}^{544} C(544,k) ps^k (1-ps)^(544-k), ps = 1-(1-BER)^10',
    inputs: { BER: input('', bitErrorRatio) }, resultUnit: '', source: 'RS(544,514,t=15); IEEE 802.3bs logic ad hoc contributions',
    compute: ({ BER }) => codewordLossRatio(kp4, BER),
    remark: tooRare,
  }),
  defineFormula({
    name: 'kr4-codeword-loss', computes: 'RS(528,514) KR4 uncorrectable codeword ratio', expression: 'sum_{k=8}^{528} binomial(528,ps), ps = 1-(1-BER)^10',
    inputs: { BER: input('', bitErrorRatio) }, resultUnit: '', source: clause91,
    compute: ({ BER }) => codewordLossRatio(kr4, BER),
    remark: tooRare,
  }),
  defineFormula({
    name: 'frame-loss-ratio', computes: '400GBASE-R frame loss ratio (2 interleaved codewords, 64-octet frames)',
    expression: 'FLR = (1-(1-CER)^2)*(1+MFC)/MFC, MFC = frames per codeword pair',
    inputs: { BER: input('', bitErrorRatio), MFC: input('frames', countFrom(1)) }, resultUnit: '',
    source: 'reproduces the 1.7e-12 frame loss ratio IEEE 802.3bs associates with BER 2.4e-4',
    compute: ({ BER, MFC }) => frameLossRatio({ ber: BER, framesPerGroup: MFC, interleavedCodewords: 2 }),
    remark: tooRare,
  }),
  defineFormula({
    name: 'codeword-block-time', computes: 'KP4 codeword block time on one lane', expression: 't = 5440/R',
    inputs: { R: input('Gb/s', positive) }, resultUnit: 'ns', source: clause91,
    compute: ({ R }) => codewordTimeNs({ codewords: 1, lineRate: quantity(R) }),
  }),
  defineFormula({
    name: 'codeword-pair-block-time', computes: 'KP4 two-codeword interleave block time', expression: 't = 10880/R',
    inputs: { R: input('Gb/s', positive) }, resultUnit: 'ns', source: 'IEEE 802.3 clause 119',
    compute: ({ R }) => codewordTimeNs({ codewords: 2, lineRate: quantity(R) }),
  }),
  defineFormula({
    name: 'inner-code-rate', computes: 'line rate behind the inner code (before pilots)', expression: 'rate = R*128/120',
    inputs: { R: input('Gb/s', positive) }, resultUnit: 'Gb/s', source: '802.3dj inner code (128,120); the standard adds pilots, giving 113.4375 GBd',
    compute: ({ R }) => innerCodeLineRateGbps(quantity(R)),
  }),
  defineFormula({
    name: 'kp4-latency', computes: '802.3dj-style KP4 latency', expression: 't = enc + misc + corr + 4*5440/R',
    inputs: { enc: input('ns', nonNegative), misc: input('ns', nonNegative), corr: input('ns', nonNegative), R: input('Gb/s', positive) }, resultUnit: 'ns',
    source: '802.3dj task force PCS latency assumptions (1 GHz core clock)',
    compute: ({ enc, misc, corr, R }) => kp4LatencyNs({ encodeNs: enc, otherNs: misc, correctionNs: corr, interleavedCodewords: 4, lineRate: quantity(R) }),
  }),
  defineFormula({
    name: 'codeword-loss-interval', computes: 'seconds between uncorrectable KP4 codewords on one port', expression: 't = 5440/(R*CER)',
    inputs: { BER: input('', bitErrorRatio), R: input('Gb/s', positive) }, resultUnit: 's', source: 'RS(544,514,t=15), random bit errors',
    compute: ({ BER, R }) => codewordLossIntervalS({ ber: BER, lineRate: quantity(R) }),
  }),
];
