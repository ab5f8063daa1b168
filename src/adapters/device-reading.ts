/** A value that a device reported, in terms of no protocol: what decoders and clients of devices hand on. */

const deviceQuantities = [
  'temperature', 'laserTemperature', 'bias', 'txPower', 'rxPower', 'preFecBer', 'snr', 'supplyVoltage', 'laserAge', 'tecCurrent', 'frequencyError',
  'txFailure', 'rxLos', 'txLos', 'cdrLossOfLock', 'fault', 'enabled', 'txEnabled', 'moduleState', 'lanePathState',
  'temperatureHighAlarm', 'temperatureHighWarning', 'temperatureLowAlarm', 'txPowerHighAlarm', 'txPowerHighWarning', 'txPowerLowWarning', 'txPowerLowAlarm',
  'rxPowerHighAlarm', 'rxPowerLowWarning', 'rxPowerLowAlarm', 'biasHighAlarm', 'biasHighWarning', 'circuitPort', 'crossConnect',
] as const;

export type DeviceQuantity = (typeof deviceQuantities)[number];

/** Inner units: C, mA, dBm, dB, V, %, MHz; '1' for ratios; 'flag' is 0 or 1; 'state' is text. */
export type ReadingUnit = 'C' | 'mA' | 'dBm' | 'dB' | 'V' | '%' | 'MHz' | '1' | 'flag' | 'state';

export interface DeviceReading {
  /** gNMI target or management name of the device that reported. */
  readonly device: string;
  /** Component, such as a module, or a port (`4A`) or cross-connect (`1A-2B`) of a circuit switch. */
  readonly component: string;
  /** Lane of the component, -1 for the whole. */
  readonly lane: number;
  readonly quantity: DeviceQuantity;
  readonly value: number | string;
  readonly unit: ReadingUnit;
  /** Nanoseconds since 1970, as the device says. */
  readonly atNs: bigint;
}
