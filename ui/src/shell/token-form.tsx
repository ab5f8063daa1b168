/** Entering and forgetting the token for writes. */

import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { ReactNode } from 'react';
import { readToken, setToken, watchToken } from '../api/token.ts';
import { Icon } from './icons.tsx';

export function TokenForm(): ReactNode {
  const token = useSyncExternalStore(watchToken, readToken);
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  useEffect(() => setText(''), [token]);
  return (
    <>
      <button type="button" className="icon" aria-label={token === null ? 'Enter a token for writes' : 'Token entered; change or forget it'} title={token === null
        ? 'Read only: enter a token to write' : 'Writes are allowed by your token'} onClick={() => dialog.current?.showModal()}>
        <Icon name="key" />
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
