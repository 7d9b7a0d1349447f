// A WebSocket client of our own, so small that it can misbehave in every way, and the echo server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash, randomBytes } from 'node:crypto';
import net from 'node:net';
import tls from 'node:tls';

export const ECHO = process.env.POSKO_ECHO ?? 'build/test/tests/net/echo';
let nextPort = Number(process.env.POSKO_PORT ?? 21000 + (process.pid % 900));
// One that nobody listens at; runs beside each other begin at different ones.
export async function freePort() {
  for (;;) {
    const port = nextPort++;
    const probe = net.createServer();
    const free = await new Promise((done) => {
      probe.on('error', () => done(false));
      probe.listen(port, '127.0.0.1', () => probe.close(() => done(true)));
    });
    if (free) return port;
  }
}
export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// None is left behind, even when the runner is cut short.
const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(1));

// Starts the echo server; `refusal` is set when it does not open.  It is stopped after the test,
// and must then end in order: the address sanitizer's word is its exit code.
export async function startEcho(t, args, { stdio = [], mayRefuse = false } = {}) {
  const child = spawn(ECHO, args, { stdio: ['ignore', 'pipe', 'pipe', ...stdio] });
  children.add(child);
  const server = { child, log: '', refusal: null };
  child.stderr.on('data', (d) => (server.log += d));
  let out = '';
  const exited = once(child, 'exit');
  await Promise.race([
    new Promise((done) => child.stdout.on('data', (d) => {
      out += d;
      if (out.includes('\n')) done();
    })),
    exited,
  ]);
  if (mayRefuse && out.startsWith('refused')) server.refusal = out.trim();
  else if (!out.startsWith('ready')) throw new Error(`echo: ${out}${server.log}`);
  server.stop = async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const [code, signal] = await exited;
    children.delete(child);
    if (server.refusal === null && code !== 0)
      throw new Error(`echo ended with ${code} ${signal}: ${server.log}`);
  };
  t.after(server.stop);
  return server;
}

// Reads a socket as a stream of exact pieces.
class Reader {
  constructor(socket) {
    this.socket = socket;
    this.have = Buffer.alloc(0);
    this.ended = false;
    this.error = null;
    this.waiters = [];
    const wake = () => this.waiters.splice(0).forEach((w) => w());
    socket.on('data', (d) => { this.have = Buffer.concat([this.have, d]); wake(); });
    socket.on('end', () => { this.ended = true; wake(); });
    socket.on('error', (e) => { this.error = e; this.ended = true; wake(); });
    socket.on('close', () => { this.ended = true; wake(); });
  }
  async until(ready, ms = 15000) {
    const last = Date.now() + ms;
    for (;;) {
      const value = ready(this.have);
      if (value !== undefined) return value;
      if (this.ended) return undefined;
      const left = last - Date.now();
      if (left <= 0) throw new Error(`nothing came within ${ms} ms`);
      await Promise.race([new Promise((w) => this.waiters.push(w)), sleep(left)]);
    }
  }
  take(n, ms) {
    return this.until((have) => {
      if (have.length < n) return undefined;
      this.have = have.subarray(n);
      return have.subarray(0, n);
    }, ms);
  }
  end(ms) { return this.until((_) => (this.ended ? true : undefined), ms); }
}

// A plain or TLS socket with a reader.  `to`: {port, host, path, localAddress, tls: {...}}.
export async function dial(to) {
  const { tls: tlsOptions, ...where } = to;
  if (where.port !== undefined) where.host ??= '127.0.0.1';
  const socket = tlsOptions
    ? tls.connect({ ...where, rejectUnauthorized: false, ...tlsOptions })
    : net.connect(where);
  socket.setNoDelay?.(true);
  const reader = new Reader(socket);
  await Promise.race([once(socket, tlsOptions ? 'secureConnect' : 'connect').catch(() => {}),
    reader.end()]);
  return { socket, reader };
}

export async function readHead(reader, ms) {
  const text = await reader.until((have) => {
    const at = have.indexOf('\r\n\r\n');
    if (at < 0) return undefined;
    reader.have = have.subarray(at + 4);
    return have.subarray(0, at).toString('latin1');
  }, ms);
  if (text === undefined) return null;
  const [line, ...rest] = text.split('\r\n');
  const headers = Object.fromEntries(rest.map((h) => {
    const colon = h.indexOf(':');
    return [h.slice(0, colon).toLowerCase(), h.slice(colon + 1).trim()];
  }));
  return { status: Number(line.split(' ')[1]), line, headers };
}

// One HTTP exchange, byte for byte as given; null when the hub closes without an answer.
export async function exchange(to, bytes, ms) {
  const { socket, reader } = await dial(to);
  socket.write(bytes);
  const head = await readHead(reader, ms);
  if (head) {
    const body = await reader.take(Number(head.headers['content-length'] ?? 0), ms);
    head.body = body?.toString();
  }
  socket.destroy();
  return head;
}

export const upgradeText = (changes = {}, line = 'GET /ws HTTP/1.1') => {
  const headers = {
    Host: 'hub.test',
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Protocol': 'posko.v1',
    ...changes,
  };
  const lines = Object.entries(headers).filter(([, v]) => v !== null).map(([k, v]) => `${k}: ${v}`);
  return `${line}\r\n${lines.join('\r\n')}\r\n\r\n`;
};

export class Peer {
  constructor(socket, reader, head) {
    Object.assign(this, { socket, reader, head, answerPings: true, pings: 0 });
  }
  frame(opcode, payload, { fin = true, mask = randomBytes(4) } = {}) {
    const data = Buffer.from(payload);
    const head = [(fin ? 0x80 : 0) | opcode];
    if (data.length < 126) head.push(0x80 | data.length);
    else if (data.length < 65536) head.push(0x80 | 126, data.length >> 8, data.length & 255);
    else {
      head.push(0x80 | 127);
      for (let i = 7; i >= 0; i--) head.push(Math.floor(data.length / 2 ** (8 * i)) & 255);
    }
    for (let i = 0; i < data.length; i++) data[i] ^= mask[i & 3];
    return Buffer.concat([Buffer.from(head), mask, data]);
  }
  send(text) { this.socket.write(this.frame(1, text)); }
  // The next frame: {opcode, text, code}; null at the end of the stream.
  async next(ms) {
    for (;;) {
      const head = await this.reader.take(2, ms);
      if (head === undefined) return null;
      let length = head[1] & 0x7f;
      if (length === 126) length = (await this.reader.take(2, ms)).readUInt16BE();
      else if (length === 127) length = Number((await this.reader.take(8, ms)).readBigUInt64BE());
      const data = length > 0 ? await this.reader.take(length, ms) : Buffer.alloc(0);
      if (data === undefined) return null;
      const opcode = head[0] & 15;
      if (opcode === 9) {
        this.pings++;
        if (this.answerPings) this.socket.write(this.frame(10, data));
        continue;
      }
      if (opcode === 8) {
        this.socket.write(this.frame(8, data.subarray(0, 2)));
        return { opcode, code: data.length >= 2 ? data.readUInt16BE() : null,
          text: data.subarray(2).toString() };
      }
      return { opcode, first: head[0], text: data.toString(), data };
    }
  }
  async closeCode(ms) {
    for (;;) {
      const f = await this.next(ms);
      if (f === null) return null;
      if (f.opcode === 8) return f.code;
    }
  }
  destroy() { this.socket.destroy(); }
}

// Opens a WebSocket; throws the answer when it is refused.  `from` is what the server saw.
export async function connect(to, changes, line) {
  const { socket, reader } = await dial(to);
  return upgrade(socket, reader, changes, line);
}

export async function upgrade(socket, reader, changes, line) {
  const request = upgradeText(changes, line);
  socket.write(request);
  const head = await readHead(reader);
  if (head?.status !== 101) {
    socket.destroy();
    throw Object.assign(new Error(`refused: ${head?.line ?? 'closed'}`), { status: head?.status ?? 0 });
  }
  const key = /Sec-WebSocket-Key: (.*)\r/.exec(request)[1];
  const want = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
  if (head.headers['sec-websocket-accept'] !== want) throw new Error('wrong accept');
  const peer = new Peer(socket, reader, head);
  const first = await peer.next();
  peer.from = first.text;
  return peer;
}

export const refusedWith = async (to, changes, line) => {
  try {
    const peer = await connect(to, changes, line);
    peer.destroy();
    return 101;
  } catch (e) {
    return e.status ?? e;
  }
};
