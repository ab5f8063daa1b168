/** The direction table: which rooms a room may import, as data that the layer test holds and the architecture page prints. */

/** How a room may use another: everything it exports, or only its types and constructors. */
export type Reach = 'all' | 'types';

export interface Room {
  readonly name: string;
  /** One sentence: what the room owns. */
  readonly owns: string;
  /** Pure rooms import no package, no Node module, and use no clock, disk or network. */
  readonly pure: boolean;
  readonly mayImport: Readonly<Record<string, Reach>>;
}

const all = (...names: readonly string[]): Record<string, Reach> => Object.fromEntries(names.map((name) => [name, 'all' as const]));
const types = (...names: readonly string[]): Record<string, Reach> => Object.fromEntries(names.map((name) => [name, 'types' as const]));

export const rooms: readonly Room[] = [
  { name: 'base', owns: 'units, ids, seeded dice, issues and refusals, heap, graph rows', pure: true, mayImport: {} },
  { name: 'optics', owns: 'device physics and the parts catalogue', pure: true, mayImport: all('base') },
  { name: 'thermal', owns: 'packages, heat network, drift, power', pure: true, mayImport: all('base', 'optics') },
  { name: 'fabric', owns: 'builders to one compiled fabric, routes, fault domains', pure: true, mayImport: all('base', 'optics', 'thermal') },
  { name: 'traffic', owns: 'classes, collectives, jobs and phases as flows', pure: true, mayImport: all('base', 'optics', 'thermal', 'fabric') },
  { name: 'sim', owns: 'event engine, max-min kernel, circuits, faults', pure: true, mayImport: all('base', 'optics', 'thermal', 'fabric', 'traffic') },
  { name: 'plan', owns: 'wavelengths, circuits, admission, degradation ladder, placement', pure: true, mayImport: all('base', 'optics', 'thermal', 'fabric', 'traffic') },
  { name: 'control', owns: 'decide, evolve, health, leases, recovery, explanation', pure: true, mayImport: all('base', 'optics', 'thermal', 'fabric', 'traffic', 'plan') },
  { name: 'study', owns: 'control inside sim; design comparison, economics, sweeps', pure: true, mayImport: all('base', 'optics', 'thermal', 'fabric', 'traffic', 'sim', 'plan', 'control') },
  {
    name: 'adapters', owns: 'spec files, traces, devices, stores: all parsing, sockets and disks', pure: false,
    mayImport: { ...all('base', 'optics', 'thermal', 'fabric', 'traffic'), ...types('sim', 'plan', 'control', 'study') },
  },
  {
    name: 'app', owns: 'command line, server, reports, the contract shared with the browser', pure: false,
    mayImport: all('base', 'optics', 'thermal', 'fabric', 'traffic', 'sim', 'plan', 'control', 'study', 'adapters'),
  },
  {
    name: 'ui', owns: 'the browser application (in `ui/`, outside `src/`)', pure: false,
    mayImport: { ...all('app/words'), ...types('app/contract', 'base', 'optics', 'thermal', 'fabric', 'traffic', 'plan', 'control') },
  },
];

/** The table as Markdown, exactly as `docs/architecture.md` shows it. */
export function directionAsMarkdown(): string {
  const rows = rooms.map((room) => {
    const reach = Object.entries(room.mayImport).map(([name, kind]) => (kind === 'all' ? name : `${name} (types)`));
    return `| \`${room.name}\` | ${room.owns} | ${room.pure ? 'yes' : 'no'} | ${reach.join(', ') || 'nothing'} |`;
  });
  return ['| Room | Owns | Pure | May import |', '|---|---|---|---|', ...rows].join('\n');
}
