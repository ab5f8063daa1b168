/** Bytes that are hardly HTTP, sent over bare sockets: whatever is said, the server answers with a problem or hangs up, and lives on. */

import { connect } from 'node:net';
import type { Dice } from '../../../src/base/dice.ts';
import { chance, hostileWord, pick } from './hostile-values.ts';

const starts: readonly string[] = [
  'GET / HTTP/1.1\r\n\r\n', 'GET /api/v1/cluster HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 'GET /api/v1/cluster HTTP/9.9\r\nHost: x\r\n\r\n', 'FROB / HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET http://evil.example/ HTTP/1.1\r\nHost: x\r\n\r\n',
  'CONNECT evil.example:443 HTTP/1.1\r\nHost: x\r\n\r\n', 'GET /api/v1/stream HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
  'POST /api/v1/leases HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /admin HTTP/1.1\r\n\r\n', 'POST /api/v1/leases HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
  'POST /api/v1/leases HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n', 'POST /api/v1/leases HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'POST /api/v1/leases HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n',
  'POST /api/v1/leases HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{', 'GET /healthz HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nHost x\r\n\r\n', 'GET /healthz HTTP/1.1\nHost: x\n\n',
  'GET /healthz HTTP/1.1\r\nHost: x\r\nA\u0000B: c\r\n\r\n', 'GET  /healthz  HTTP/1.1\r\n\r\n', 'GET /\u0000 HTTP/1.1\r\nHost: x\r\n\r\n',
  'GET /healthz HTTP/1.1\r\nHost: x\r\nExpect: the-unexpected\r\n\r\n', '\r\n\r\n\r\n', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003',
];

/** One conversation's bytes. */
export function drawBytes(dice: Dice): Buffer {
  const kind = dice.below(6);
  if (kind === 0) return Buffer.from(Uint8Array.from({ length: 1 + dice.below(400) }, () => dice.below(256)));
  if (kind === 1) return Buffer.from(`GET /healthz HTTP/1.1\r\nHost: x\r\n${Array.from({ length: dice.below(3000) }, (_, at) => `h${at}: v\r\n`).join('')}\r\n`);
  if (kind === 2) return Buffer.from(`GET /${'a'.repeat(dice.below(40_000))} HTTP/1.1\r\nHost: x\r\n\r\n`);
  if (kind === 3) return Buffer.from(`GET /healthz HTTP/1.1\r\nHost: x\r\nX: ${hostileWord(dice)}\r\n\r\n`, chance(dice, 0.5) ? 'utf8' : 'latin1');
  const text = Buffer.from(pick(dice, starts), 'latin1');
  if (kind === 4) for (let flips = 1 + dice.below(5); flips > 0; flips--) text[dice.below(text.length)] = dice.below(256);
  return text;
}

/** Sends bytes and resolves with what comes back until the server hangs up or says nothing for a while. */
export function converse(port: number, bytes: Buffer, quietMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    const heard: Buffer[] = [];
    const end = (): void => {
      socket.destroy();
      resolve(Buffer.concat(heard).toString('latin1'));
    };
    socket.setTimeout(quietMs, end);
    socket.on('connect', () => socket.write(bytes));
    socket.on('data', (data: Buffer) => { heard.push(data); });
    socket.on('error', end);
    socket.on('close', end);
  });
}

/** Connections that send one byte at a time and never finish; `close` lets them go. */
export function dawdle(port: number, count: number): { close(): void } {
  const text = `POST /api/v1/leases HTTP/1.1\r\nHost: x\r\nX-Slow: ${'a'.repeat(10_000)}`;
  const sockets = Array.from({ length: count }, () => connect({ host: '127.0.0.1', port }));
  for (const socket of sockets) socket.on('error', () => undefined);
  let at = 0;
  const timer = setInterval(() => {
    for (const socket of sockets) if (socket.writable) socket.write(text[at % text.length] ?? 'a');
    at += 1;
  }, 100);
  return {
    close() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
    },
  };
}
