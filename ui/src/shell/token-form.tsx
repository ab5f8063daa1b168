/** Entering and forgetting the token for writes. */

import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { askForToken, readToken, setToken, watchToken, watchWanted } from '../api/token.ts';
import { Icon } from './icons.tsx';

const useToken = (): string | null => useSyncExternalStore(watchToken, readToken);

/** Below what writes, while no token is entered: why it would be refused, and the way to change that. */
export function ReadOnlyNote(): ReactNode {
  return useToken() === null ? <p className="small dim">Read only so far: <button type="button" className="linkish" onClick={askForToken}>enter a token</button> to do this.</p> : null;
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
