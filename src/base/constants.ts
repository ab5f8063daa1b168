/** Physical constants with their CODATA 2018 values; those of the revised SI are exact. */

/** m/s, exact. */
export const speedOfLightMps = 299_792_458;
/** J s, exact. */
export const planckJs = 6.626_070_15e-34;
/** C, exact. */
export const elementaryChargeC = 1.602_176_634e-19;
/** J/K, exact. */
export const boltzmannJPerK = 1.380_649e-23;
/** eV/K, the Boltzmann constant divided by the elementary charge. */
export const boltzmannEvPerK = boltzmannJPerK / elementaryChargeC;
/** 0 C in kelvin, exact by definition of the Celsius scale. */
export const zeroCelsiusK = 273.15;
/** The Celsius temperature below which none exists. */
export const absoluteZeroC = -zeroCelsiusK;
/** Hours in the year of 365 days that reliability and energy figures use. */
export const hoursPerYear = 8760;
