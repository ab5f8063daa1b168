/** The token for writes: kept for this tab only, never in the page's address or in storage that outlives it. */

const key = 'heliostat-token';
const listeners = new Set<() => void>();

export const readToken = (): string | null => sessionStorage.getItem(key);

export function setToken(token: string | null): void {
  if (token === null || token === '') sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, token.trim());
  for (const listener of listeners) listener();
}

const wanted = new Set<() => void>();

/** Opens the form for the token, wherever on the page it stands. */
export const askForToken = (): void => wanted.forEach((open) => open());

export function watchWanted(open: () => void): () => void {
  wanted.add(open);
  return () => wanted.delete(open);
}

export function watchToken(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
