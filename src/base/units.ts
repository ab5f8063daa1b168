/**
 * Branded units: every stored quantity says what it is, and the compiler keeps a level (dBm) from being taken for a ratio (dB).
 *
 * Inside Heliostat time is ns, data is bits and rate is Gb/s, so 1 Gb/s = 1 bit/ns and 1 pJ/bit x 1 Gb/s = 1 mW:
 * hot paths carry no conversion constants. Brands cost nothing at run time. Typed arrays cannot be branded, so an
 * array carries its unit last in its name instead (`rateGbps`, `marginDb`).
 */

declare const unit: unique symbol;

/** A number that carries its unit in its type. */
export type Quantity<U extends string> = number & { readonly [unit]: U };

/** A ratio in decibels: a loss, a gain, a margin. */
export type Db = Quantity<'dB'>;
/** An absolute optical power level relative to one milliwatt. */
export type Dbm = Quantity<'dBm'>;
export type Milliwatts = Quantity<'mW'>;
export type Watts = Quantity<'W'>;
export type PicojoulesPerBit = Quantity<'pJ/bit'>;
export type Gbps = Quantity<'Gb/s'>;
export type Bits = Quantity<'bit'>;
export type Nanoseconds = Quantity<'ns'>;
export type Metres = Quantity<'m'>;
export type Celsius = Quantity<'C'>;
export type Kelvins = Quantity<'K'>;
export type Hours = Quantity<'h'>;
/** Failures in 10^9 device hours. */
export type Fit = Quantity<'FIT'>;
/** A fraction between 0 and 1. */
export type Fraction = Quantity<'1'>;

/** The one place where a bare number becomes a quantity: callers state the unit by the type they ask for. */
export const quantity = <Q extends Quantity<string>>(value: number): Q => value as Q;

export const nsToSeconds = (ns: number): number => ns / 1e9;
