/** A button that copies a name to the clipboard, for a ticket or the command line, and says that it did. */

import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Icon } from './icons.tsx';

const toldMs = 1500;

/** The browser's clipboard is there on this computer and over TLS; elsewhere the older way is tried, which needs a field that is selected. */
async function copyText(text: string): Promise<boolean> {
  if (globalThis.isSecureContext) return navigator.clipboard.writeText(text).then(() => true, () => false);
  const field = document.createElement('textarea');
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  return done;
}

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  const [told, setTold] = useState('');
  useEffect(() => {
    if (told === '') return;
    const timer = setTimeout(() => setTold(''), toldMs);
    return () => clearTimeout(timer);
  }, [told]);
  const copy = (): void => void copyText(text).then((done) => setTold(done ? 'copied' : 'not allowed'));
  return <span className="copy"><button type="button" className="copy-button" aria-label={`Copy ${what}`} title={`Copy ${text}`} onClick={copy}><Icon name="copy" /></button>
    <span className="small dim" role="status">{told}</span></span>;
}
