/** A number as a sentence carries it: at most six significant digits, without the noise of binary fractions. */

const digits = 6;

/** `56.44437528360314` is `56.4444`, `0.1 + 0.2` is `0.3`; whole numbers of more digits stay whole. */
export const plainNumber = (value: number): string => (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(digits))));
