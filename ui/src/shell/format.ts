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

const yearS = 365.25 * 86_400;

/** A length of time in the unit that reads best. */
export function span(ns: number): string {
  const seconds = Math.abs(ns) / 1e9;
  const sign = ns < 0 ? '−' : '';
  if (seconds < 1e-6) return `${sign}${digits(seconds * 1e9, 0)} ns`;
  const three = (value: number): string => digits(value, value < 10 ? 2 : value < 100 ? 1 : 0);
  if (seconds < 1e-3) return `${sign}${three(seconds * 1e6)} µs`;
  if (seconds < 1) return `${sign}${three(seconds * 1e3)} ms`;
  if (seconds < 120) return `${sign}${three(seconds)} s`;
  if (seconds < 7200) return `${sign}${digits(seconds / 60, seconds < 600 ? 1 : 0)} min`;
  if (seconds < 172_800) return `${sign}${digits(seconds / 3600, seconds < 36_000 ? 1 : 0)} h`;
  return seconds < 2 * yearS ? `${sign}${digits(seconds / 86_400, seconds < 864_000 ? 1 : 0)} d` : `${sign}${digits(seconds / yearS, 1)} years`;
}

/** When the log began and what time it is there: set once the server has said so, before anything with a time is shown. */
const log = { epochMs: 0, nowNs: 0 };

/** Takes the server's words for time: the instant of its time zero (ISO 8601) and its clock, ns. */
export function setLogTime({ epoch, nowNs }: { readonly epoch: string; readonly nowNs: number }): void {
  log.epochMs = Date.parse(epoch) || 0;
  log.nowNs = nowNs;
}

const instantOf = (ns: number): Date => new Date(Math.min(log.epochMs + ns / 1e6, 8.64e15));

/** A time of the log on the wall: `03:12:09Z`, in UTC as the command line and the server's own log write it; on another day with its date. */
export function clock(ns: number): string {
  const [day = '', time = ''] = instantOf(ns).toISOString().split('T');
  const isToday = day === instantOf(log.nowNs).toISOString().slice(0, 10);
  return `${isToday ? '' : `${day} `}${time.slice(0, 8)}Z`;
}

/** The same with its date and the name of its zone: `2026-11-22 03:12:09 UTC`. */
export const longClock = (ns: number): string => `${instantOf(ns).toISOString().slice(0, 19).replace('T', ' ')} UTC`;

/** The same where the reader sits: `22 Nov 2026, 04:12:09 CET`. */
export const localClock = (ns: number): string => instantOf(ns).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'long' });

/** How long ago a time of the log is: `12 min ago`; what lies ahead is `in 8 h`. */
export function ago(ns: number): string {
  const since = log.nowNs - ns;
  return since < 0 ? `in ${span(-since)}` : since < 1e9 ? 'just now' : `${span(Math.floor(since / 1e9) * 1e9)} ago`;
}

/** How many GPUs' work: a tenth matters only while they are few. */
export const gpus = (value: number): string => `${digits(value, value < 10 ? 1 : 0)}\u00a0GPUs`;

/** Accelerator-seconds, or hours where they are many; the figure stays on one line with its unit. */
export function gpuSeconds(value: number): string {
  if (Math.abs(value) >= 36_000) return `${digits(value / 3600, 1)}\u00a0GPU\u00a0h`;
  return `${digits(value, value < 10 ? 2 : value < 1000 ? 1 : 0)}\u00a0GPU\u00a0s`;
}
