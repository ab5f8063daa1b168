/**
 * How many accelerators of a machine with dead servers can still work: groups are cut from what is whole, and what is left over is stranded.
 *
 * Three machines are known in closed form (InfiniteHBD, SIGCOMM 2025): switched domains, in which any healthy accelerators form a
 * group; cubes whose groups are aligned blocks; and a ring whose links reach `hops` servers ahead, so that up to hops - 1 dead
 * servers in a row are passed by. `cutLine` is the cut of a ring or of any other line of servers; placement uses it too.
 */

/** A machine as the cut sees it. Servers are numbered in the order in which domains, cubes or the ring hold them. */
export type GroupMachine =
  | { readonly kind: 'domains'; readonly serversPerDomain: number }
  | { readonly kind: 'cubes'; readonly serversPerCube: number }
  | { readonly kind: 'ring'; readonly hops: number };

/** Accelerators of one server, and of one group that must stand together. */
export interface GroupSize {
  readonly gpusPerServer: number;
  readonly gpusPerGroup: number;
}

const wholeGroups = (gpus: number, { gpusPerGroup }: GroupSize): number => Math.floor(gpus / gpusPerGroup) * gpusPerGroup;

/** Any healthy accelerators of a domain form groups; a last domain may be smaller. */
function usableInDomains(isUp: Uint8Array, serversPerDomain: number, size: GroupSize): number {
  let usable = 0;
  for (let first = 0; first < isUp.length; first += serversPerDomain) {
    let up = 0;
    for (let server = first; server < Math.min(isUp.length, first + serversPerDomain); server++) up += isUp[server] ?? 0;
    usable += wholeGroups(up * size.gpusPerServer, size);
  }
  return usable;
}

/** A group is an aligned block of servers of one cube, and works when all of them do; a last cube may be smaller. */
function usableInCubes(isUp: Uint8Array, serversPerCube: number, size: GroupSize): number {
  const perGroup = Math.max(1, Math.ceil(size.gpusPerGroup / size.gpusPerServer));
  let usable = 0;
  for (let first = 0; first < isUp.length; first += serversPerCube) {
    for (let block = first; block + perGroup <= Math.min(isUp.length, first + serversPerCube); block += perGroup) {
      let up = 0;
      for (let server = block; server < block + perGroup; server++) up += isUp[server] ?? 0;
      if (up === perGroup) usable += wholeGroups(perGroup * size.gpusPerServer, size);
    }
  }
  return usable;
}

/** Which of two usable servers, the second the next usable one after the first, have a link of their own. */
export type Joined = (from: number, to: number) => boolean;

/**
 * The lines of a closed order: maximal runs of usable servers of which each is joined to the next, the order's last to its first.
 * One run through the servers; lines come in the order of their first server after the first break.
 */
export function cutLines(isUp: Uint8Array, joined: Joined): readonly (readonly number[])[] {
  const up: number[] = [];
  for (let server = 0; server < isUp.length; server++) if (isUp[server] === 1) up.push(server);
  if (up.length === 0) return [];
  /** First place behind a break; without any break the ring is one line from its first server. */
  let start = 0;
  for (let at = 0; at < up.length; at++) {
    if (up.length > 1 && joined(up[(at + up.length - 1) % up.length] ?? 0, up[at] ?? 0)) continue;
    start = at;
    break;
  }
  const lines: number[][] = [];
  for (let step = 0; step < up.length; step++) {
    const server = up[(start + step) % up.length] ?? 0;
    const line = lines.at(-1);
    if (step > 0 && line !== undefined && joined(line.at(-1) ?? 0, server)) line.push(server);
    else lines.push([server]);
  }
  return lines;
}

/** Servers ahead from one to the other round a ring. */
const ahead = (from: number, to: number, servers: number): number => (to - from + servers) % servers;

function usableOnRing(isUp: Uint8Array, hops: number, size: GroupSize): number {
  const lines = cutLines(isUp, (from, to) => ahead(from, to, isUp.length) <= hops);
  return lines.reduce((sum, line) => sum + wholeGroups(line.length * size.gpusPerServer, size), 0);
}

/** Accelerators that groups can use while the servers marked 1 are up. */
export function usableGpus(machine: GroupMachine, isUp: Uint8Array, size: GroupSize): number {
  switch (machine.kind) {
    case 'domains': return usableInDomains(isUp, machine.serversPerDomain, size);
    case 'cubes': return usableInCubes(isUp, machine.serversPerCube, size);
    case 'ring': return usableOnRing(isUp, machine.hops, size);
  }
}
