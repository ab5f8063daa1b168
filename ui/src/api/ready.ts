/** Whether the server takes writes: a disk that is full stops decisions while everything that is shown still looks well. */

import { useEffect, useState } from 'react';

const askMs = 10_000;

interface Ready { readonly status: string; readonly reasons?: readonly string[] }

/** Why the server takes no writes; empty while it does, or while it cannot be asked, which the page tells by itself. */
export function useNotReady(): readonly string[] {
  const [reasons, setReasons] = useState<readonly string[]>([]);
  useEffect(() => {
    const abort = new AbortController();
    const ask = async (): Promise<void> => {
      try {
        const answer = await fetch(new URL('readyz', document.baseURI), { signal: abort.signal });
        const told = await answer.json() as Ready;
        const why = told.status === 'notReady' ? told.reasons ?? [] : [];
        setReasons((before) => (before.join() === why.join() ? before : why));
      } catch (error) {
        // No answer at all is the business of the connection's mark: what was last heard stays until then.
        if (!(error instanceof TypeError || error instanceof SyntaxError || error instanceof DOMException)) throw error;
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), askMs);
    return () => {
      clearInterval(timer);
      abort.abort();
    };
  }, []);
  return reasons;
}
