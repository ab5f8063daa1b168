/** The affinity graph of jobs and the links they share: its groups, each with its jobs in the order of a breadth-first walk. */

import type { PhasedJob, SharedLink } from './phase-circle.ts';

export interface AffinityGroup {
  /** Rows of jobs, the heaviest first and each next to one before it. */
  readonly jobs: readonly number[];
  /** Rows of links with at least two users. */
  readonly links: readonly number[];
}

/** Groups in order of their heaviest job; of jobs equally heavy the lower row comes first. O((jobs + uses) log jobs). */
export function affinityGroups(jobs: readonly PhasedJob[], links: readonly SharedLink[]): readonly AffinityGroup[] {
  const linksOf: number[][] = jobs.map(() => []);
  for (const [at, link] of links.entries()) {
    if (link.users.length > 1) for (const user of link.users) linksOf[user.job]?.push(at);
  }
  const seen = new Uint8Array(jobs.length);
  const seenLink = new Uint8Array(links.length);
  const heaviest = [...jobs.keys()].sort((a, b) => (jobs[b]?.accelerators ?? 0) - (jobs[a]?.accelerators ?? 0) || a - b);
  const groups: AffinityGroup[] = [];
  for (const root of heaviest) {
    if (seen[root] === 1 || (linksOf[root]?.length ?? 0) === 0) continue;
    const group = { jobs: [root], links: [] as number[] };
    seen[root] = 1;
    for (let read = 0; read < group.jobs.length; read++) {
      for (const link of linksOf[group.jobs[read] ?? 0] ?? []) {
        if (seenLink[link] === 1) continue;
        seenLink[link] = 1;
        group.links.push(link);
        for (const { job } of links[link]?.users ?? []) {
          if (seen[job] === 1) continue;
          seen[job] = 1;
          group.jobs.push(job);
        }
      }
    }
    groups.push({ jobs: group.jobs, links: group.links.sort((a, b) => a - b) });
  }
  return groups;
}
