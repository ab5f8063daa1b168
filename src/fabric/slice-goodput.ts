/** Expected goodput of slices cut from blocks that fail: with circuits that join any good blocks, and with fixed partitions. */

export interface SliceQuestion {
  readonly blocks: number;
  readonly blocksPerSlice: number;
  /** Hosts of one block; the block is good when all are. */
  readonly hostsPerBlock: number;
  /** 0 to 1. */
  readonly hostAvailability: number;
}

/**
 * Shares of all blocks that are in working slices, in expectation. With circuits, any `blocksPerSlice` good blocks form a slice:
 * the number of good blocks is binomial over the block availability a^hosts. Without, only fixed aligned partitions count
 * (the model behind Jouppi et al., TPU v4, ISCA 2023, figure 4).
 */
export function sliceGoodput(question: SliceQuestion): { readonly withCircuits: number; readonly fixed: number } {
  const { blocks, blocksPerSlice, hostsPerBlock, hostAvailability } = question;
  const good = hostAvailability ** hostsPerBlock;
  let withCircuits = 0;
  // The binomial weights are built in logarithms, so that neither tail underflows for thousands of blocks.
  let logChoose = 0;
  for (let count = 0; count <= blocks; count++) {
    if (count > 0) logChoose += Math.log((blocks - count + 1) / count);
    const logGood = count === 0 ? 0 : count * Math.log(good);
    const logBad = count === blocks ? 0 : (blocks - count) * Math.log1p(-good);
    withCircuits += Math.exp(logChoose + logGood + logBad) * Math.floor(count / blocksPerSlice) * blocksPerSlice;
  }
  const aligned = Math.floor(blocks / blocksPerSlice) * blocksPerSlice;
  return { withCircuits: withCircuits / blocks, fixed: (aligned / blocks) * good ** blocksPerSlice };
}
