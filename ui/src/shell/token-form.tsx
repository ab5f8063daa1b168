/** Entering and forgetting the token for writes. */

import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import type { WhoAmI } from '../../../src/app/contract/operate.ts';
import type { Role } from '../../../src/app/contract/words.ts';
import { paths } from '../api/paths.ts';
import { read } from '../api/request.ts';
import { askForToken, readToken, setToken, watchToken, watchWanted } from '../api/token.ts';
import { Icon } from './icons.tsx';

const useToken = (): string | null => useSyncExternalStore(watchToken, readToken);

/** Whose token this is, as the server says; `null` until it has, and without one. */
function useWho(token: string | null): WhoAmI | null {
  const [who, setWho] = useState<WhoAmI | null>(null);
  useEffect(() => {
    setWho(null);
    if (token === null) return undefined;
    const leave = new AbortController();
    // A token that nobody knows is told by the first answer that needs it.
    read<WhoAmI>(paths.whoAmI, leave.signal).then(setWho, () => undefined);
    return () => leave.abort();
  }, [token]);
  return who;
}

/** Below what writes, while no token is entered or its role is not enough: why it would be refused, and the way to change that. */
export function ReadOnlyNote({ needs }: { readonly needs: Role }): ReactNode {
  const token = useToken();
  const who = useWho(token);
  const enter = (words: string): ReactNode => <button type="button" className="linkish" onClick={askForToken}>{words}</button>;
  if (token === null) return <p className="small dim">Read only so far: {enter('enter a token')} to do this.</p>;
  if (who === null || who.may.includes(needs)) return null;
  return <p className="small warn-text">This needs the role {needs}; the token of {who.name} has the role {who.role}: {enter('enter another')}.</p>;
}

export function TokenForm(): ReactNode {
  const token = useToken();
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  useEffect(() => setText(''), [token]);
  useEffect(() => watchWanted(() => dialog.current?.showModal()), []);
  return (
    <>
      <button type="button" className={token === null ? 'with-words' : 'icon'} aria-label={token === null ? 'Read only: enter a token for writes' : 'Token entered; change or forget it'} title={token === null
        ? 'Read only: enter a token to write' : 'Writes are allowed by your token'} onClick={() => dialog.current?.showModal()}>
        <Icon name="key" />{token === null && <span>read only</span>}
      </button>
      <dialog ref={dialog} className="panel token" aria-labelledby="token-title">
        <form method="dialog" onSubmit={() => { if (text !== '') setToken(text); }}>
          <h2 id="token-title">Token for writes</h2>
          <p className="dim">{token === null
            ? 'Reading is open. To change anything, give a token of the role scheduler, operator or admin.' : 'A token is entered for this tab.'} It is kept until the tab is closed.</p>
          <label htmlFor="token">Token</label>
          <input id="token" type="password" autoComplete="off" spellCheck={false} value={text} onChange={(event) => setText(event.currentTarget.value)} />
          <div className="line token-tools">
            {token !== null && <button type="button" onClick={() => { setToken(null); dialog.current?.close(); }}>Forget</button>}
            <button type="button" className="push" onClick={() => dialog.current?.close()}>Cancel</button>
            <button type="submit" className="primary">Use token</button>
          </div>
        </form>
      </dialog>
    </>
  );
}
