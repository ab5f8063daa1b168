/** Views by the part of the address after `#`: `#/decisions/412` is a view and its words. */

import { useSyncExternalStore } from 'react';

export interface Route { readonly view: string; readonly words: readonly string[] }

const watch = (listener: () => void): (() => void) => {
  globalThis.addEventListener('hashchange', listener);
  return () => globalThis.removeEventListener('hashchange', listener);
};

/** A word of an address that somebody mistyped stays as it is. */
function decoded(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch (error) {
    if (error instanceof URIError) return word;
    throw error;
  }
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(watch, () => globalThis.location.hash);
  const [view = '', ...words] = hash.replace(/^#\/?/, '').split('/').map(decoded);
  return { view: view === '' ? 'map' : view, words };
}

export const linkTo = (view: string, ...words: readonly (string | number)[]): string => `#/${[view, ...words].map((word) => encodeURIComponent(String(word))).join('/')}`;
export const goTo = (view: string, ...words: readonly (string | number)[]): void => { globalThis.location.hash = linkTo(view, ...words); };
