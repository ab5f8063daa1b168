/** The FEC schemes a link can run: limit, what is lost behind the decoder, line rate and latency. */

import type { Gbps, Nanoseconds } from '../../base/units.ts';
import { quantity } from '../../base/units.ts';
import { codewordLossRatio, codewordTimeNs, frameLossRatio, innerCodeLineRateGbps, kp4LatencyNs, kp4LineRateGbps, kr4 } from '../formulas/fec.ts';
import { cfecBerLimit, innerFecBerLimit, kp4BerLimit } from '../formulas/signal.ts';

export const fecSchemes = ['kp4', 'kp4+inner', 'kr4', 'cfec', 'none'] as const;
export type FecScheme = (typeof fecSchemes)[number];

export const isFecScheme = (text: string): text is FecScheme => (fecSchemes as readonly string[]).includes(text);

/** Bit error ratio that KR4 mends to a frame loss near 1e-10 (IEEE 802.3 clause 108 class). */
const kr4BerLimit = 5e-5;
/** Uncoded links promise this unless the part says otherwise. */
const uncodedBerLimit = 1e-12;

export const limitBerOf = (scheme: FecScheme): number =>
  ({ kp4: kp4BerLimit, 'kp4+inner': innerFecBerLimit, kr4: kr4BerLimit, cfec: cfecBerLimit, none: uncodedBerLimit })[scheme];

/** A 64-octet Ethernet frame with preamble and gap, on the wire. */
const wireBitsPerFrame = 672;
/** Frames of 64 octets per pair of KP4 codewords (IEEE 802.3bs: 1.7e-12 at 2.4e-4). */
const framesPerPair = 16;
/** Frames of 64 octets per KR4 codeword. */
const framesPerKr4Codeword = 8;
/** Error ratio that the OIF 400ZR agreement promises behind CFEC while the line stays below its limit. */
const cfecOutputBer = 1e-15;

const uncodedFrameLoss = (ber: number): number => -Math.expm1(wireBitsPerFrame * Math.log1p(-ber));

/**
 * Ethernet frame loss ratio behind the decoder, independent bit errors.
 * The inner code's soft gain has no closed form, so behind it the error ratio is scaled from its limit to KP4's; 802.3dj
 * chose 4.8e-3 so that exactly KP4's 2.4e-4 is left.
 */
export function frameLossOf(scheme: FecScheme, ber: number): number {
  switch (scheme) {
    case 'kp4': return frameLossRatio({ ber, framesPerGroup: framesPerPair, interleavedCodewords: 2 });
    case 'kp4+inner': return frameLossRatio({ ber: Math.min(0.5, (ber * kp4BerLimit) / innerFecBerLimit), framesPerGroup: framesPerPair, interleavedCodewords: 2 });
    case 'kr4': return Math.min(1, (codewordLossRatio(kr4, ber) * (1 + framesPerKr4Codeword)) / framesPerKr4Codeword);
    case 'cfec': return ber <= cfecBerLimit ? uncodedFrameLoss(cfecOutputBer) : 1;
    case 'none': return uncodedFrameLoss(ber);
  }
}

/** Line rate that carries a payload. */
export function lineRateOf(scheme: FecScheme, payload: Gbps): Gbps {
  switch (scheme) {
    case 'kp4': return kp4LineRateGbps(payload);
    case 'kp4+inner': return innerCodeLineRateGbps(kp4LineRateGbps(payload));
    case 'kr4': return quantity((payload * 66) / 64);
    case 'cfec':
    case 'none': return payload;
  }
}

/** 802.3dj task-force latency assumptions with a 1 GHz core clock (check F12). */
const encodeNs = 3;
const otherNs = 3;
const correctionNs = 31;
/** Midpoint of the catalogue's estimate for the inner code. */
const innerCodeNs = 40;
/** KR4 over 25G lanes: block time and a shorter decoder. */
const kr4CorrectionNs = 20;

/** Codewords interleaved by port rate: 1 to 200G, 2 at 200G and 400G, 4 above (IEEE 802.3 clauses 91, 119, 172). */
const interleavedCodewords = (portRate: Gbps): number => (portRate < 200 ? 1 : portRate <= 400 ? 2 : 4);

/** Encoder, block and decoder, one way. CFEC itself is counted in the latency of its module; the host lanes in front of it are KP4. */
export function fecLatencyNs(scheme: FecScheme, portRate: Gbps): Nanoseconds {
  const lineRate = kp4LineRateGbps(portRate);
  const kp4Ns = kp4LatencyNs({ encodeNs, otherNs, correctionNs, interleavedCodewords: interleavedCodewords(portRate), lineRate });
  switch (scheme) {
    case 'kp4': return kp4Ns;
    case 'kp4+inner': return quantity(kp4Ns + innerCodeNs);
    case 'kr4': return quantity(encodeNs + otherNs + kr4CorrectionNs + codewordTimeNs({ codewords: 1, lineRate: lineRateOf('kr4', portRate) }));
    case 'cfec': return kp4Ns;
    case 'none': return quantity(0);
  }
}
