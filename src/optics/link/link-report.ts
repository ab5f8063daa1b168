/** What the link model answers: one budget, stage by stage, and what it means for bits, time, energy and failure. */

import type { EvidenceKind } from '../../base/figure.ts';
import type { Refusal } from '../../base/refusal.ts';
import type { Celsius, Db, Dbm, Gbps, Metres, Nanoseconds, PicojoulesPerBit, Watts } from '../../base/units.ts';

/** One local stage of the link, in the order in which light (or current) meets it. */
export interface StageReport {
  readonly name: string;
  /** Positive is loss, negative is gain; penalties count as loss. */
  readonly lossDb: Db;
  /** Level behind this stage; `null` for stages without a light level (copper, FEC). */
  readonly levelDbm: Dbm | null;
  readonly latencyNs: Nanoseconds;
  readonly kind: EvidenceKind;
  /** Why the stage costs what it costs, with figures and units. */
  readonly note: string;
}

/** Energy of one part of the link, both ends together, per transported bit. */
export interface EnergyShare {
  /** `laser`, `driver`, `dsp`, `tia`, `heater`, `tec`, `hostSerdes`, `module` (where only the total is known). */
  readonly name: string;
  readonly pjPerBit: PicojoulesPerBit;
  readonly kind: EvidenceKind;
}

/** One carrier of the link: a grid slot, a fibre lane or an electrical lane. */
export interface WavelengthReport {
  /** Slot in the channel plan; `null` for an electrical lane. */
  readonly slot: number | null;
  readonly marginDb: Db;
  readonly preFecBer: number;
  readonly usableRateGbps: Gbps;
  /** What the eye is made of; `null` for an electrical lane and for coherent light. */
  readonly eye: EyeReport | null;
}

/** One wavelength at the receiver. Noise is in microwatts rms of optical power on the top level. */
export interface EyeReport {
  readonly signalling: 'NRZ' | 'PAM4';
  readonly wavelengthNm: number;
  /** Mean power and outer modulation amplitude at the photodiode. */
  readonly powerDbm: Dbm;
  readonly omaDbm: Dbm;
  readonly extinctionDb: Db;
  readonly thermalUw: number;
  readonly shotUw: number;
  readonly rinUw: number;
  readonly reflectionUw: number;
  readonly crosstalkUw: number;
  /** Eye closure that is not noise: TDECQ, dispersion, equaliser, leaking neighbours. */
  readonly closureDb: Db;
  /** Half of one eye over rms noise. */
  readonly eyeQ: number;
  readonly requiredEyeQ: number;
}

/** The ring filters in front of the photodiodes, one per wavelength, all held alike. */
export interface RingFilters {
  readonly fwhmGhz: number;
  /** Loss of the dropped line at resonance. */
  readonly dropLossDb: Db;
  /** What heater range and locking loop leave between ring and line. */
  readonly detuningGhz: number;
  readonly heaterMw: number;
  readonly shiftNm: number;
  /** False where the heater cannot reach the line. */
  readonly inRange: boolean;
}

export interface ChannelSpares {
  readonly active: number;
  readonly spare: number;
  readonly failed: number;
}

/** Time from the wish for a circuit to traffic on it. */
export interface CircuitTiming {
  readonly steps: readonly { readonly name: 'drain' | 'program' | 'switch' | 'relock' | 'fec'; readonly durationNs: Nanoseconds; readonly kind: EvidenceKind }[];
  readonly totalNs: Nanoseconds;
}

export interface LinkReport {
  readonly partId: string;
  readonly lengthM: Metres;
  readonly connectors: number;
  readonly caseTemperatureC: Celsius;
  readonly stages: readonly StageReport[];
  readonly wavelengths: readonly WavelengthReport[];
  /** Margin of the worst wavelength over the receiver's limit; for copper, of the insertion loss budget. */
  readonly marginDb: Db;
  /** Worst wavelength before FEC. */
  readonly preFecBer: number;
  /** Ethernet frame loss ratio behind the FEC. */
  readonly frameLossRatio: number;
  /** Sum of usable wavelength rates, one direction. */
  readonly usableRateGbps: Gbps;
  /** One way, last bit of a codeword in to first bit decoded, including fibre. */
  readonly latencyNs: Nanoseconds;
  readonly energy: readonly EnergyShare[];
  readonly pjPerBit: PicojoulesPerBit;
  /** What `energy` includes and leaves out, in words. */
  readonly energyBoundary: string;
  /** Electrical power of the part at one end, host SerDes excluded. */
  readonly powerPerEndW: Watts;
  /** Channels in use, spares beside them, and failed ones; absent for parts without spares and without failures. */
  readonly spares?: ChannelSpares;
  /** Absent where wavelengths do not share a fibre through rings. */
  readonly filters?: RingFilters;
  /** Time to usable of the circuit switch in the path; `null` without one. */
  readonly circuit: CircuitTiming | null;
  /** `null` when the link closes; otherwise why it does not, naming the stage that cost most. */
  readonly refusal: Refusal | null;
  readonly weakestKind: EvidenceKind;
}
