/**
 * What frame loss leaves of a rate: retransmission lowers goodput smoothly and monotonically, down to zero at total loss.
 *
 * Frames are lost independently with probability p (after FEC). With selective repeat only lost frames are sent again, so the
 * share of useful frames is 1 - p. With go-back-N a loss also throws away what was in flight behind it: with W frames in a
 * round trip, goodput is (1 - p) / (1 + (W - 1) p). (Bertsekas and Gallager, Data Networks, 2nd edition 1992, section 2.4;
 * Lin, Costello and Miller, IEEE Communications Magazine 22(12), 1984.) Both assume a sender that always has data
 * and timers that never wait longer than the round trip; deadlocks of real stacks are not modelled.
 */

import type { Bits, Fraction, Gbps, Nanoseconds } from '../base/units.ts';
import { quantity } from '../base/units.ts';

export type Retransmission =
  | { readonly kind: 'selectiveRepeat' }
  | { readonly kind: 'goBackN'; readonly roundTripNs: Nanoseconds; readonly frameBits: Bits };

/** RoCE's usual case: an Ethernet frame of 4 KiB payload and 66 bytes of headers, one round trip in a data hall. */
export const roceGoBackN: Retransmission = { kind: 'goBackN', roundTripNs: quantity(8_000), frameBits: quantity((4096 + 66) * 8) };

/** Share of the rate that arrives as goodput, 0 to 1. `frameLossRatio` outside 0..1 is taken as the nearer end; NaN as total loss. */
export function goodputFactor(frameLossRatio: number, rateGbps: Gbps, retransmission: Retransmission): Fraction {
  const loss = frameLossRatio >= 0 ? Math.min(1, frameLossRatio) : frameLossRatio < 0 ? 0 : 1;
  if (retransmission.kind === 'selectiveRepeat') return quantity(1 - loss);
  // Frames in flight: at least the one being sent. Gb/s x ns = bit.
  const inFlight = Math.max(1, (rateGbps * retransmission.roundTripNs) / retransmission.frameBits);
  return quantity((1 - loss) / (1 + (inFlight - 1) * loss));
}

/** A wavelength's usable rate: its line rate times what retransmission leaves; 0 when it is dark. */
export const usableRateGbps = (rateGbps: Gbps, frameLossRatio: number, retransmission: Retransmission): Gbps =>
  quantity(rateGbps > 0 ? rateGbps * goodputFactor(frameLossRatio, rateGbps, retransmission) : 0);
