/** Installs the ends of links: NICs, modules, engines, lasers and ports, ganged as the medium says. */

import type { ComponentDraft } from './components.ts';
import type { TerminalDesign } from './design.ts';

/** One installed link end: its port and how its wavelengths are lit. */
export interface InstalledEnd {
  readonly port: number;
  /** First laser of the source that lights this end, -1 without light of its own. */
  readonly firstLaser: number;
  readonly lasers: number;
  /** Position of this link among those that the source feeds, and how many it feeds. */
  readonly slotInSource: number;
  readonly linksPerSource: number;
}

/** The laser of wavelength w of a link with `wavelengths`: a source's light is shared evenly, in order, by all it feeds. */
export function laserOf(end: InstalledEnd, wavelength: number, wavelengths: number): number {
  if (end.firstLaser < 0) return -1;
  const position = end.slotInSource * wavelengths + wavelength;
  return end.firstLaser + Math.floor((position * end.lasers) / (end.linksPerSource * wavelengths));
}

interface OpenModule {
  terminal: TerminalDesign | null;
  body: number;
  used: number;
  firstLaser: number;
}

interface Holder {
  readonly module: OpenModule;
  source: number;
  sourcePart: string;
  sourceUsed: number;
  sourceLaser: number;
  modules: number;
  sources: number;
  package: number;
}

export interface TerminalInstaller {
  /** Installs one end of one link in `holder`, a NIC, switch or accelerator component. */
  install(holder: number, terminal: TerminalDesign): InstalledEnd;
  /** A bare port: a passive switch, or an electrical lane inside a server. */
  installPort(holder: number, ordinal: number): InstalledEnd;
}

const dark = { firstLaser: -1, lasers: 0, slotInSource: 0, linksPerSource: 1 };

export function createTerminalInstaller(components: ComponentDraft): TerminalInstaller {
  const holders = new Map<number, Holder>();

  function addLasers(parent: number, count: number, part: string): number {
    let first = -1;
    for (let index = 0; index < count; index++) {
      const laser = components.add('laser', parent, index, part);
      if (index === 0) first = laser;
    }
    return first;
  }

  function nextModule(holderRow: number, holder: Holder, terminal: TerminalDesign): OpenModule {
    const open = holder.module;
    if (open.terminal !== null && open.terminal.part === terminal.part && open.used < open.terminal.linksPerModule) return open;
    open.terminal = terminal;
    open.used = 0;
    if (terminal.packaging === 'engine') {
      if (holder.package < 0) holder.package = components.add('package', holderRow, 0);
      open.body = components.add('engine', holder.package, holder.modules++, terminal.part);
    } else {
      open.body = components.add('module', holderRow, holder.modules++, terminal.part);
    }
    open.firstLaser = addLasers(open.body, terminal.lasersPerModule, terminal.part);
    return open;
  }

  function installedEnd(holderRow: number, holder: Holder, terminal: TerminalDesign, module: OpenModule): Omit<InstalledEnd, 'port'> {
    const external = terminal.externalSource;
    if (external === null) {
      if (terminal.lasersPerModule === 0) return dark;
      return { firstLaser: module.firstLaser, lasers: terminal.lasersPerModule, slotInSource: module.used, linksPerSource: terminal.linksPerModule };
    }
    if (holder.source < 0 || holder.sourcePart !== external.part || holder.sourceUsed === external.linksPerSource) {
      holder.sourcePart = external.part;
      holder.source = components.add('laserSource', holderRow, holder.sources++, external.part);
      holder.sourceUsed = 0;
      holder.sourceLaser = addLasers(holder.source, external.lasersPerSource, external.part);
    }
    return { firstLaser: holder.sourceLaser, lasers: external.lasersPerSource, slotInSource: holder.sourceUsed++, linksPerSource: external.linksPerSource };
  }

  return {
    install(holderRow, terminal) {
      let holder = holders.get(holderRow);
      if (holder === undefined) {
        holder = { module: { terminal: null, body: -1, used: 0, firstLaser: -1 }, source: -1, sourcePart: '', sourceUsed: 0, sourceLaser: -1, modules: 0, sources: 0, package: -1 };
        holders.set(holderRow, holder);
      }
      const module = nextModule(holderRow, holder, terminal);
      const light = installedEnd(holderRow, holder, terminal, module);
      const port = components.add('port', module.body, module.used++);
      return { port, ...light };
    },
    installPort: (holder, ordinal) => ({ port: components.add('port', holder, ordinal), ...dark }),
  };
}
