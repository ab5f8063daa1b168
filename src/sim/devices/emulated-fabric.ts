/**
 * What an emulated fabric is: transceivers, external laser sources and circuit switches of a compiled cluster, by component row.
 *
 * Light is evaluated per receiving lane in parallel arrays (`LaneTable`); what a device shows is a readout of them, taken by its
 * own sensors, which may lie. No device knows the network: the tables say whose light a lane receives.
 */

import type { CompiledCluster } from '../../fabric/compiled.ts';
import type { Catalogue } from '../../optics/catalogue/catalogue.ts';
import type { WavelengthAnswer, WavelengthBatch } from '../../optics/link/wavelength-kernel.ts';
import type { CircuitSwitch } from './circuit-switch.ts';
import type { DeviceFault } from './device-fault.ts';
import type { LaserDriver } from './laser-drive.ts';
import type { LightModel } from './light-model.ts';
import type { ModuleHeat } from './module-heat.ts';

/** What a module shows of one lane, as its sensors last read it. Powers read `darkPowerDbm` where there is no light. */
export interface LaneReadout {
  txPowerDbm: number;
  rxPowerDbm: number;
  biasMa: number;
  laserC: number;
  /** Signal to noise at the slicer, dB; 0 without light. */
  snrDb: number;
  preFecBer: number;
  txFailure: boolean;
  rxLos: boolean;
}

/** Limits of a module, set when it was made. Alarm is beyond specification; warning comes before. */
export interface ModuleThresholds {
  readonly caseHighAlarmC: number;
  readonly caseHighWarnC: number;
  readonly caseLowAlarmC: number;
  readonly txHighAlarmDbm: number;
  readonly txHighWarnDbm: number;
  readonly txLowWarnDbm: number;
  readonly txLowAlarmDbm: number;
  readonly rxHighAlarmDbm: number;
  readonly rxLowWarnDbm: number;
  readonly rxLowAlarmDbm: number;
  readonly biasHighAlarmMa: number;
  readonly biasHighWarnMa: number;
}

export interface ModuleAlarms {
  temperatureHigh: boolean;
  txPowerLow: boolean;
  rxPowerLow: boolean;
  biasHigh: boolean;
}

/** A face-plate module, a co-packaged engine, or an external laser source. */
export interface EmulatedModule {
  readonly name: string;
  readonly component: number;
  readonly kind: 'module' | 'engine' | 'laserSource';
  readonly partId: string;
  /** Component row of the switch, adapter or server that holds it and answers for it. */
  readonly host: number;
  readonly heat: ModuleHeat | null;
  readonly driver: LaserDriver | null;
  /** First of its rows in the lane table, and how many; a laser source has none there. */
  readonly firstLane: number;
  readonly laneCount: number;
  /** Component rows of the lasers that a laser source shows as its lanes; empty for a transceiver. */
  readonly lasers: readonly number[];
  /** Power that each laser of a source must give for the engines it feeds; the dark floor for a transceiver. */
  readonly launchDbm: number;
  /** True where its links are light: copper plugs have lanes without powers. */
  readonly isOptical: boolean;
  enabled: boolean;
  readonly txEnabled: Uint8Array;
  temperatureC: number;
  readonly lanes: readonly LaneReadout[];
  thresholds: ModuleThresholds | null;
  readonly alarms: ModuleAlarms;
  /** Alarms since the module was last enabled. */
  readonly latched: ModuleAlarms;
  /** True while it shows what it once read instead of what is. */
  lies: boolean;
}

/** A switch, adapter, circuit switch or server that answers to management: one gNMI target. */
export interface EmulatedHost {
  readonly name: string;
  readonly component: number;
  readonly modules: readonly EmulatedModule[];
  readonly circuitSwitch: CircuitSwitch | null;
  dead: boolean;
  slowMs: number;
  /** Falls over halfway through its next change. */
  crashes: boolean;
  /** While it starts again after a crash, it is silent until then. */
  upAtNs: number;
}

/** Receiving lanes, one row each; the same row is the module's transmitting lane of the same number. */
export interface LaneTable {
  readonly count: number;
  readonly module: Int32Array;
  /** Directed links out of and into the module's port. */
  readonly txLink: Int32Array;
  readonly rxLink: Int32Array;
  /** Position among the wavelengths of its link. */
  readonly position: Int32Array;
  /** Loss in front of the receiver beyond the plan, and what was last entered into the batch. */
  readonly lossDb: Float64Array;
  readonly enteredKey: Float64Array;
  readonly plannedRxDbm: Float64Array;
  readonly isNrz: Uint8Array;
  readonly batch: WavelengthBatch;
  readonly answer: WavelengthAnswer;
}

export interface EmulatedFabric {
  readonly cluster: CompiledCluster;
  readonly catalogue: Catalogue;
  readonly modules: readonly EmulatedModule[];
  readonly hosts: readonly EmulatedHost[];
  readonly switches: readonly CircuitSwitch[];
  readonly lanes: LaneTable;
  /** First lane row of each directed link that leaves a module, -1 for others. */
  readonly laneOfLink: Int32Array;
  /** Row of `modules` of each component, -1 for others. */
  readonly moduleOfComponent: Int32Array;
  /** Row of `switches` and port that a directed link enters or leaves, -1 for none. */
  readonly switchOfLink: Int32Array;
  readonly portOfLink: Int32Array;
  /** Directed link that enters each switch port, by switch. */
  readonly linkInto: readonly Int32Array[];
  readonly light: LightModel;
  readonly faults: DeviceFault[];
  /** Component rows of lasers that are out, and loss by directed link, as the faults have it. */
  readonly laserOut: Uint8Array;
  readonly dirtDb: Float64Array;
  readonly flapMs: Float64Array;
  nowNs: number;
}

/** What a power sensor shows in the dark: the usual floor of a module whose register steps are 0.1 uW. */
export const darkPowerDbm = -40;

/** How long a device takes to start again after it fell over. */
export const restartNs = 5e9;
