/** Round-robin matchings: all pairs of n players in the fewest rounds, and which round joins two of them. */

/** Rounds needed: n - 1 for even n; n for odd n, where one player sits out each round. */
export const roundsOf = (players: number): number => (players % 2 === 0 ? players - 1 : players);

/**
 * The round in which two different players meet (circle method, Kirkman 1847): for odd n players i and j meet in the round m with
 * 2m = i + j (mod n); for even n the last player meets player m in round m.
 */
export function roundOf(players: number, one: number, other: number): number {
  const rounds = roundsOf(players);
  if (players % 2 === 0 && one === players - 1) return other;
  if (players % 2 === 0 && other === players - 1) return one;
  // (rounds + 1) / 2 is the inverse of 2 modulo the odd number of rounds.
  return ((one + other) * ((rounds + 1) / 2)) % rounds;
}

/** Whom a player meets in a round, -1 when it sits out. */
export function opponentOf(players: number, player: number, round: number): number {
  const rounds = roundsOf(players);
  const isEven = players % 2 === 0;
  if (isEven && player === players - 1) return round;
  const other = (((2 * round - player) % rounds) + rounds) % rounds;
  if (other !== player) return other;
  return isEven ? players - 1 : -1;
}
