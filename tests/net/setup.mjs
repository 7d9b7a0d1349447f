// What the tests of this folder share: echo servers in their usual forms, and what can be seen of them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';

import { exchange, freePort, startEcho } from './client.mjs';

export const scratch = mkdtempSync(join(tmpdir(), 'posko-net-'));
test.after(() => rmSync(scratch, { recursive: true }));

export async function plain(t, ...args) {
  const port = await freePort();
  const server = await startEcho(t, [`listen=127.0.0.1:${port}`, ...args]);
  return { ...server, server, port, to: { port } };
}

// Why it does not open.
export const refusal = async (t, ...args) => (await startEcho(t, args, { mayRefuse: true })).refusal;

export function certificate(name) {
  const cert = join(scratch, `${name}.pem`);
  const key = join(scratch, `${name}.key`);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', key, '-out', cert],
  { stdio: 'ignore' });
  return { cert, key };
}

export async function secure(t, ...args) {
  const { cert, key } = certificate('hub.test');
  const port = await freePort();
  const server = await startEcho(t, [`listen=127.0.0.1:${port}`, `cert=${cert}`, `key=${key}`, ...args]);
  return { server, port, cert, key, to: { port, tls: {} } };
}

export const memory = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
export const cpu = (pid) => {
  const parts = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(parts[11]) + Number(parts[12])) * 10; // ms, at 100 Hz
};
export const metric = async (port, name) => {
  const answer = await exchange({ port }, 'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const line = answer.body.split('\n').find((l) => l.startsWith(name));
  return Number(line.split(' ').at(-1));
};

export const post = (length, body = '') => `POST /echo HTTP/1.1\r\nHost: x\r\n${length}\r\n${body}`;

// Header of PROXY v2; `from` is dotted or colons.
export function proxyHeader(from, { version = 0x21, family, extra = Buffer.alloc(0), length } = {}) {
  const v6 = from.includes(':');
  const address = v6
    ? Buffer.concat([Buffer.from(from.split(':').map((h) => h.padStart(4, '0')).join(''), 'hex'),
      Buffer.alloc(16, 1), Buffer.from([0x10, 0, 0, 80])])
    : Buffer.from([...from.split('.').map(Number), 127, 0, 0, 1, 0x10, 0, 0, 80]);
  const rest = Buffer.concat([address, extra]);
  const head = Buffer.from('0d0a0d0a000d0a515549540a00000000', 'hex');
  head[12] = version;
  head[13] = family ?? (v6 ? 0x21 : 0x11);
  head.writeUInt16BE(length ?? rest.length, 14);
  return Buffer.concat([head, rest]);
}
