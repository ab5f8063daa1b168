/** Names and counts of parts as people say them, shared by the browser and the command line: the short end of a path, and a number with its noun. */

/** Parts of a path that say which tray it is. */
const trayWords = /^(?:node|leaf|spine|core|ocs|gateway|memory|coolantloop|powershelf)\d+$/;

/** The tray and the part of a path: `leaf0 engine32` of `site0/row0/rack8/leaf0/package0/engine32`. */
export function shortPath(path: string): string {
  const words = path.split('/');
  const at = words.findIndex((word) => trayWords.test(word));
  if (at < 0) return words.at(-1) ?? path;
  return words.slice(at).filter((word) => !word.startsWith('package')).join(' ');
}

/** `1 link`, `2 links`, `1,024 links`. */
export const counted = (value: number, one: string, many = `${one}s`): string => `${value.toLocaleString('en-US', { maximumFractionDigits: 0 })} ${value === 1 ? one : many}`;

/** Kinds whose names in paths are not what people say. */
const kindWords: Readonly<Record<string, string>> = { nic: 'NIC', gpu: 'GPU', lasersource: 'laser source', coolantloop: 'coolant loop', powershelf: 'power shelf', scaleupswitch: 'scale-up switch', cdu: 'CDU' };

/** A kind as people say it: `laser source` of `laserSource`. */
export const wordOf = (kind: string): string => kindWords[kind.toLowerCase()] ?? kind;

/** What a set of parts is, by the last words of their paths: `32 engines`, `24 NICs, 8 modules`. */
export function kindsOf(paths: readonly string[]): string {
  const kinds = new Map<string, number>();
  for (const path of paths) {
    const word = path.split('/').at(-1)?.replace(/\d+$/, '') ?? 'part';
    const kind = wordOf(word);
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  return [...kinds].sort((a, b) => b[1] - a[1]).slice(0, 3).map(([kind, held]) => counted(held, kind, /(?:ch|sh|s)$/.test(kind) ? `${kind}es` : `${kind.replace(/lf$/, 'lve').replace(/leaf$/, 'leave')}s`)).join(', ');
}

/** Where a set of parts stands: the trays, or where there are many, their racks. */
export function placesOf(paths: readonly string[]): string {
  const trays = new Set(paths.map((path) => path.split('/').find((word) => trayWords.test(word)) ?? ''));
  const racks = new Set(paths.map((path) => path.split('/').find((word) => /^rack\d+$/.test(word)) ?? ''));
  const listed = (names: ReadonlySet<string>): string => [...names].filter((name) => name !== '').slice(0, 4).join(', ');
  const inTrays = trays.size <= 4 ? listed(trays) : counted(trays.size, 'tray');
  const inRacks = racks.size <= 3 ? listed(racks) : counted(racks.size, 'rack');
  return [inTrays, inRacks].filter((text) => text !== '').join(' in ');
}
