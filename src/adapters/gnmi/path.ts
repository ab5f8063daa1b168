/** gNMI paths: from messages and from text such as `/components/component[name=leaf3/module0]/state`, and whether one covers another. */

import type { MessageInitShape } from '@bufbuild/protobuf';
import type { Path, PathSchema } from './generated/gnmi_pb.js';
import type { GnmiStatus } from './status.ts';
import { invalid, isStatus } from './status.ts';

export interface Elem {
  readonly name: string;
  readonly key?: Readonly<Record<string, string>>;
}

/** Where a path leads: which device, which tree, which node. */
export interface FullPath {
  /** Empty for none, `*` for every target. */
  readonly target: string;
  readonly origin: 'openconfig' | 'sonic-db';
  readonly elems: readonly Elem[];
}

const pathElemsMax = 64;

/** The element that stands for any number of levels, none included. */
export const anyLevels = '...';

/** Such elements in one path: each multiplies the ways in which a path can match. */
const anyLevelsMax = 4;

/** Names may carry their module (`openconfig-platform:components`), which a path does not need. */
const bareName = (name: string): string => name.slice(name.indexOf(':') + 1);

const noKeys: Readonly<Record<string, string>> = {};

export const keysOf = ({ key }: Elem): Readonly<Record<string, string>> => key ?? noKeys;

function originOf(...paths: readonly (Path | undefined)[]): FullPath['origin'] | GnmiStatus {
  const named = [...new Set(paths.map((path) => path?.origin ?? '').filter((origin) => origin !== ''))];
  if (named.length > 1) return invalid(`Prefix and path name two origins, ${named.join(' and ')}; name one.`);
  const origin = named[0] ?? 'openconfig';
  return origin === 'openconfig' || origin === 'sonic-db' ? origin : invalid(`Origin ${origin} is not served here; use openconfig or sonic-db.`);
}

/** Joins prefix and path. Statuses: deprecated elements, a target outside the prefix, an unknown origin, an element without a name, too many elements or `...`. */
export function fullPath(prefix: Path | undefined, path: Path | undefined): FullPath | GnmiStatus {
  const origin = originOf(prefix, path);
  if (isStatus(origin)) return origin;
  if ((prefix?.element.length ?? 0) + (path?.element.length ?? 0) > 0) return invalid('The path uses the deprecated field element; use elem.');
  if ((path?.target ?? '') !== '' && path?.target !== prefix?.target) return invalid('A target belongs in the prefix, not in a path.');
  const elems = [...(prefix?.elem ?? []), ...(path?.elem ?? [])].map(({ name, key }): Elem => ({ name: bareName(name), key }));
  if (elems.filter(({ name }) => name === anyLevels).length > anyLevelsMax) return invalid(`A path has at most ${anyLevelsMax} wildcards over several levels (${anyLevels}).`);
  if (elems.some(({ name }) => name === '')) return invalid('A path element has no name.');
  if (elems.length > pathElemsMax) return invalid(`A path has at most ${pathElemsMax} elements.`);
  return { target: prefix?.target ?? '', origin, elems };
}

/** An identity may be named with its module or, as most clients do, without. */
const isSameKey = (asked: string, has: string | undefined): boolean => asked === has || (has !== undefined && has.startsWith('openconfig-') && has.slice(has.indexOf(':') + 1) === asked);

/** An element of a query covers one of the tree: `*` is any name, a missing or `*` key is any value. */
export function covers(query: Elem, elem: Elem): boolean {
  if (query.name !== '*' && query.name !== elem.name) return false;
  for (const [key, value] of Object.entries(keysOf(query))) if (value !== '*' && !isSameKey(value, keysOf(elem)[key])) return false;
  return true;
}

/** How many levels of `elems` a query takes up from level `from` on, counted from the root: the fewest where `...` leaves a choice; -1 where it does not lead there. */
export function levelsTaken(query: readonly Elem[], elems: readonly Elem[], at = 0, from = 0): number {
  let level = from;
  for (let next = at; next < query.length; next++, level++) {
    const asked = query[next];
    if (asked?.name === anyLevels) {
      for (let skipped = level; skipped <= elems.length; skipped++) {
        const taken = levelsTaken(query, elems, next + 1, skipped);
        if (taken >= 0) return taken;
      }
      return -1;
    }
    const elem = elems[level];
    if (asked === undefined || elem === undefined || !covers(asked, elem)) return -1;
  }
  return level;
}

/** The path as a message; module prefixes are not needed in paths. */
export const pathMessage = (elems: readonly Elem[], where: { readonly origin?: string; readonly target?: string } = {}): MessageInitShape<typeof PathSchema> => ({
  origin: where.origin ?? '', target: where.target ?? '', elem: elems.map(({ name, key }) => ({ name, key: { ...key } })),
});

/** Text of a path, for messages to people. */
export const pathText = (elems: readonly Elem[]): string =>
  `/${elems.map(({ name, key = {} }) => `${name}${Object.entries(key).map(([at, value]) => `[${at}=${value.replace(/[\\\]]/g, '\\$&')}]`).join('')}`).join('/')}`;

/** Reads a path from text; slashes inside brackets belong to the key. `null` for text that is no path. */
export function parsePath(text: string): readonly Elem[] | null {
  const elems: Elem[] = [];
  let rest = text.replace(/^\//, '');
  while (rest !== '') {
    const name = /^[^/[\]]+/.exec(rest)?.[0] ?? '';
    if (name === '') return null;
    rest = rest.slice(name.length);
    const key: Record<string, string> = {};
    for (let found = /^\[([^=\]]+)=((?:\\.|[^\]\\])*)\]/.exec(rest); found !== null; found = /^\[([^=\]]+)=((?:\\.|[^\]\\])*)\]/.exec(rest)) {
      key[found[1] ?? ''] = (found[2] ?? '').replace(/\\(.)/g, '$1');
      rest = rest.slice(found[0].length);
    }
    elems.push(Object.keys(key).length > 0 ? { name: bareName(name), key } : { name: bareName(name) });
    if (rest !== '' && !rest.startsWith('/')) return null;
    rest = rest.slice(1);
  }
  return elems;
}
