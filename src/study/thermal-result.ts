/** What a thermal study answers: temperatures over time, what they do to light, times to threshold, and where every watt goes. */

import type { EvidenceKind } from '../base/figure.ts';

/** What changes at time zero, after the cluster had settled. */
export interface ThermalEvent {
  /** Change of the coolant supply; of one row's loop when `loopRow` is given. */
  readonly coolantStepK: number;
  readonly loopRow: number | null;
  /** Change of the air at the rack inlets. */
  readonly airStepK: number;
  /** Share of the design flow that fans and pumps give from then on. */
  readonly airFlow: number;
  readonly coolantFlow: number;
}

/** A limit of one package and when it is met: 0 when it is met already, `null` when never under these conditions. */
export interface LimitTime {
  readonly name: 'case limit' | 'heater exhausted' | 'link margin zero';
  /** Node that meets the limit. */
  readonly node: string;
  readonly limitC: number;
  readonly timeS: number | null;
}

export interface RingOutcome {
  readonly nowC: number;
  readonly endC: number;
  /** Drift of an unheated ring from now to the end. */
  readonly driftGhz: number;
  readonly heaterNowMw: number;
  readonly heaterEndMw: number;
  readonly exhausted: 'none' | 'hot' | 'cold';
  readonly driftLossDb: number;
}

export interface LaserOutcome {
  /** Of the surface that the laser sits on. */
  readonly nowC: number;
  readonly endC: number;
  /** Light given over light wanted at the end; `null` beyond rollover. */
  readonly changeDb: number | null;
  /** Electrical power at the end over that of now; `null` beyond rollover. */
  readonly powerRatio: number | null;
  /** Why there is no light, when there is none. */
  readonly refusal: string | null;
}

/** The package's link with the least margin, now and at the end; a dark link has no margin and no rate. */
export interface LinkOutcome {
  readonly marginDb: number | null;
  readonly preFecBer: number | null;
  readonly usableRateGbps: number;
  /** Why the link carries nothing, when it does not. */
  readonly refusal: string | null;
}

/** The die of an accelerator that is held at its power cap. */
export interface ClockOutcome {
  readonly nowC: number;
  readonly endC: number;
  /** Clock at the end over that of now; `null` when leakage takes the whole cap. */
  readonly ratio: number | null;
}

export interface PackageOutcome {
  /** Component, e.g. `site0/row0/rack2/leaf1/module3`. */
  readonly name: string;
  readonly packageType: string;
  /** Packages of the same rack, part and power, this one included: what holds for it holds for them. */
  readonly alike: number;
  readonly part: string;
  readonly powerW: number;
  readonly caseNowC: number;
  readonly caseEndC: number;
  /** After all time under the changed conditions. */
  readonly caseSettledC: number;
  readonly caseLimitC: number;
  /** Failure rate at the end over that at the start (Arrhenius); `null` where the part would have shut down before. */
  readonly hazardRatio: number | null;
  /** Where and when the part switches itself off, if it gets that hot; no failure law reaches beyond. */
  readonly shutdown: { readonly caseC: number; readonly timeS: number | null } | null;
  /** `null` for packages that end no link. */
  readonly link: { readonly now: LinkOutcome; readonly end: LinkOutcome } | null;
  readonly ring: RingOutcome | null;
  readonly laser: LaserOutcome | null;
  readonly clock: ClockOutcome | null;
  readonly limits: readonly LimitTime[];
  /** Case temperature at `timesS` of the result. */
  readonly caseC: readonly number[];
}

/** All optical wavelengths of the cluster at one time. */
export interface WavelengthSummary {
  readonly optical: number;
  /** Losing light to drift or a weak laser. */
  readonly losingLight: number;
  /** Without light: their laser is beyond rollover. */
  readonly dark: number;
  /** Carrying nothing: dark, or refused by the link model at the hotter case of their two ends. */
  readonly stopped: number;
  /** Links, both directions together, that carry nothing. */
  readonly linksStopped: number;
  /** GPUs that those links leave without the network, and those that have less of it. */
  readonly gpusCut: number;
  readonly gpusSlowed: number;
  readonly worstLossDb: number;
  /** Heaters of all sending rings together. */
  readonly heaterW: number;
}

export interface PowerLevel {
  readonly level: string;
  readonly count: number;
  readonly totalKw: number;
  readonly meanW: number;
  readonly maxW: number;
  readonly maxName: string;
}

export interface ThermalResult {
  readonly schema: 'heliostat/thermal/1';
  readonly cluster: string;
  readonly event: ThermalEvent;
  readonly durationS: number;
  readonly inlet: { readonly airC: number; readonly coolantC: number };
  readonly model: { readonly packages: number; readonly nodes: number; readonly zones: number };
  readonly timesS: readonly number[];
  /** Nearest to their case limit at the end, by package type. */
  readonly packages: readonly PackageOutcome[];
  /** Packages over their case limit at the end, of all. */
  readonly overLimit: number;
  readonly wavelengths: { readonly now: WavelengthSummary; readonly end: WavelengthSummary };
  readonly firstLimit: { readonly name: string; readonly limit: LimitTime } | null;
  readonly power: {
    readonly levels: readonly PowerLevel[];
    readonly itMw: number;
    readonly pue: number;
    readonly facilityMw: number;
    /** Heat into air and coolant once settled; sums to the IT power. */
    readonly heatToAirMw: number;
    readonly heatToCoolantMw: number;
  };
  readonly weakestKind: EvidenceKind;
  readonly assumptions: readonly string[];
}
