/** Numbers and times as operators read them, always with their unit. */

const digits = (value: number, places: number): string => value.toLocaleString('en-US', { minimumFractionDigits: 0, maximumFractionDigits: places });

export const count = (value: number): string => digits(value, 0);

export function gbps(value: number): string {
  if (value >= 1_000_000) return `${digits(value / 1_000_000, 2)} Pb/s`;
  return value >= 10_000 ? `${digits(value / 1000, 1)} Tb/s` : `${digits(value, value < 10 ? 2 : value < 100 ? 1 : 0)} Gb/s`;
}

export const percent = (share: number): string => `${digits(share * 100, share > 0.999 && share < 1 ? 2 : 1)} %`;
export const celsius = (value: number | null | undefined): string => (value === null || value === undefined ? 'not measured' : `${value.toFixed(1)} °C`);
export const decibel = (value: number | null | undefined): string => (value === null || value === undefined ? 'not judged' : `${value.toFixed(2)} dB`);

/** A length of time in the unit that reads best. */
export function span(ns: number): string {
  const seconds = Math.abs(ns) / 1e9;
  const sign = ns < 0 ? '−' : '';
  if (seconds < 1e-6) return `${sign}${digits(seconds * 1e9, 0)} ns`;
  if (seconds < 1e-3) return `${sign}${digits(seconds * 1e6, 1)} µs`;
  if (seconds < 1) return `${sign}${digits(seconds * 1e3, 1)} ms`;
  if (seconds < 120) return `${sign}${digits(seconds, seconds < 10 ? 2 : 1)} s`;
  if (seconds < 7200) return `${sign}${digits(seconds / 60, 1)} min`;
  return seconds < 172_800 ? `${sign}${digits(seconds / 3600, 1)} h` : `${sign}${digits(seconds / 86_400, 1)} d`;
}

/** Time of the log as hours, minutes and seconds since it began. */
export function clock(ns: number): string {
  const seconds = Math.max(0, ns) / 1e9;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const days = Math.floor(seconds / 86_400);
  return `${days > 0 ? `${days} d ` : ''}${two((seconds / 3600) % 24)}:${two((seconds / 60) % 60)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`;
}

/** Accelerator-seconds. */
export function gpuSeconds(value: number): string {
  if (Math.abs(value) >= 36_000) return `${digits(value / 3600, 1)} GPU·h`;
  return `${digits(value, value < 10 ? 2 : value < 1000 ? 1 : 0)} GPU·s`;
}
