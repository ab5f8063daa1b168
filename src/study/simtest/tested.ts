/** What the people of a simulated cluster say of a part that passed its test: it was mended, so it works. */

export const testedDetail = 'tested';
