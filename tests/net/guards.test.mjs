// What a stranger can send to the hub's sockets, and what must come of it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import tls from 'node:tls';

import {
  Peer, connect, dial, exchange, freePort, readHead, refusedWith, sleep, startEcho, upgrade,
  upgradeText,
} from './client.mjs';

const scratch = mkdtempSync(join(tmpdir(), 'posko-net-'));
test.after(() => rmSync(scratch, { recursive: true }));

async function plain(t, ...args) {
  const port = freePort();
  const server = await startEcho(t, [`listen=127.0.0.1:${port}`, ...args]);
  return { ...server, server, port, to: { port } };
}

// Why it does not open.
const refusal = async (t, ...args) => (await startEcho(t, args, { mayRefuse: true })).refusal;

function certificate(name) {
  const cert = join(scratch, `${name}.pem`);
  const key = join(scratch, `${name}.key`);
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
    '-nodes', '-days', '2', '-subj', `/CN=${name}`, '-keyout', key, '-out', cert],
  { stdio: 'ignore' });
  return { cert, key };
}

async function secure(t, ...args) {
  const { cert, key } = certificate('hub.test');
  const port = freePort();
  const server = await startEcho(t, [`listen=127.0.0.1:${port}`, `cert=${cert}`, `key=${key}`, ...args]);
  return { server, port, cert, key, to: { port, tls: {} } };
}

const memory = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
const cpu = (pid) => {
  const parts = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(parts[11]) + Number(parts[12])) * 10; // ms, at 100 Hz
};
const metric = async (port, name) => {
  const answer = await exchange({ port }, 'GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  const line = answer.body.split('\n').find((l) => l.startsWith(name));
  return Number(line.split(' ').at(-1));
};

// ---- the ordinary ----

test('a text message comes back, over plain and TLS', async (t) => {
  for (const start of [plain, secure]) {
    const { to } = await start(t);
    const peer = await connect(to);
    for (const text of ['hello', 'é€😀', 'x'.repeat(65536)]) {
      peer.send(text);
      assert.equal((await peer.next()).text, text);
    }
    peer.destroy();
  }
});

test('messages of every size class arrive framed right and in order', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  const sizes = [0, 1, 125, 126, 127, 65535, 65536, 98304, 3];
  for (const size of sizes) peer.send(`big ${size}`);
  for (const size of sizes) {
    const f = await peer.next();
    assert.equal(f.first, 0x81);
    assert.equal(f.data.length, size);
  }
  peer.send('flood 900');
  for (let i = 0; i < 900; i++) assert.equal(Number((await peer.next()).text.slice(0, 9)), i);
  peer.destroy();
});

test('the hub says what waits, then closes with the code and the reason', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  peer.send('bye 4403');
  for (let i = 0; i < 50; i++) assert.equal((await peer.next()).opcode, 1);
  const close = await peer.next();
  assert.deepEqual([close.opcode, close.code, close.text], [8, 4403, 'as asked']);
  await peer.reader.end();
});

test('a peer that does not take the close is cut', async (t) => {
  const { to } = await plain(t);
  const { socket, reader } = await dial(to);
  socket.write(upgradeText());
  const peer = new Peer(socket, reader);
  await readHead(reader);
  socket.pause();
  socket.write(peer.frame(1, 'big 98304'));
  for (let i = 0; i < 9; i++) socket.write(peer.frame(1, 'flood 100'));
  socket.write(peer.frame(1, 'bye 1000'));
  await sleep(900);
  socket.write('x');
  socket.resume();
  await reader.end();
});

test('a session on hold is not read, and loses nothing', async (t) => {
  for (const start of [plain, secure]) {
    const { to } = await start(t);
    const peer = await connect(to);
    peer.send('hold');
    await sleep(50);
    const before = Date.now();
    for (let i = 0; i < 200; i++) peer.send(`${i} ${'y'.repeat(500)}`);
    for (let i = 0; i < 200; i++) assert.equal(parseInt((await peer.next()).text), i);
    assert.ok(Date.now() - before > 150);
    peer.destroy();
  }
});

// ---- HTTP/2 ----

test('ALPN offers http/1.1 and nothing else', async (t) => {
  const { port } = await secure(t);
  for (const [offer, want] of [[['h2', 'http/1.1'], 'http/1.1'], [['http/1.1'], 'http/1.1']]) {
    const { socket } = await dial({ port, tls: { ALPNProtocols: offer } });
    assert.equal(socket.alpnProtocol, want);
    socket.destroy();
  }
  const { socket } = await dial({ port, tls: { ALPNProtocols: ['h2'] } });
  assert.equal(socket.alpnProtocol, false);
  socket.destroy();
  const client = http2.connect(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
  client.on('error', () => {});
  await assert.rejects(new Promise((done, fail) => {
    const request = client.request({ ':path': '/echo' });
    request.on('response', done).on('error', fail).on('close', () => fail(new Error('closed')));
  }));
  client.destroy();
});

test('an h2c upgrade is refused', async (t) => {
  const { to } = await plain(t);
  for (const upgradeTo of ['h2c', 'websocket, h2c', 'h2c, websocket', 'websockets', 'foo']) {
    const status = await refusedWith(to, { Upgrade: upgradeTo,
      Connection: 'Upgrade, HTTP2-Settings', 'HTTP2-Settings': 'AAMAAABkAAQAoAAAAAIAAAAA' });
    assert.ok([0, 400, 403].includes(status), `${upgradeTo}: ${status}`);
  }
  const peer = await connect(to, { Upgrade: 'WebSocket' });
  peer.destroy();
});

test('a bare HTTP/2 preface is refused', async (t) => {
  for (const { to } of [await plain(t), await secure(t)]) {
    const answer = await exchange(to, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0');
    assert.ok(answer === null || answer.status >= 400);
  }
});

test('CONNECT does not make a raw socket', async (t) => {
  const { to } = await plain(t);
  const answer = await exchange(to, 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\nhello there\r\n');
  assert.ok(answer === null || answer.status >= 400);
});

// ---- the upgrade ----

test('only an Origin of ours may open a WebSocket', async (t) => {
  const { to } = await plain(t, 'hosts=hub.test', 'hosts=localhost:8080');
  for (const origin of ['https://hub.test', 'http://hub.test', 'http://localhost:8080', null]) {
    assert.equal(await refusedWith(to, { Origin: origin }), 101, origin);
  }
  for (const origin of ['https://evil.test', 'https://hub.test.evil.test', 'https://hub.test:444',
    'null', 'file://hub.test', 'https://hub.test/', 'hub.test', 'https://localhost:8081',
    'https://hub.test, https://hub.test'])
    assert.equal(await refusedWith(to, { Origin: origin }), 403, origin);
});

test('another Origin may not post either', async (t) => {
  const { to } = await plain(t, 'hosts=hub.test');
  const post = (origin) => exchange(to, `POST /echo HTTP/1.1\r\nHost: x\r\nOrigin: ${origin}\r\n` +
    'Content-Length: 2\r\n\r\nhi');
  assert.equal((await post('https://hub.test')).status, 200);
  assert.equal((await post('https://evil.test')).status, 403);
});

test('a WebSocket without the subprotocol is refused', async (t) => {
  const { to } = await plain(t);
  for (const protocol of [null, 'posko.v2', 'posko.v11', 'POSKO.V1', '(http)', '', 'chat, superchat'])
    assert.notEqual(await refusedWith(to, { 'Sec-WebSocket-Protocol': protocol }), 101, protocol);
  const peer = await connect(to, { 'Sec-WebSocket-Protocol': 'posko.v2, posko.v1' });
  assert.equal(peer.head.headers['sec-websocket-protocol'], 'posko.v1');
  peer.destroy();
});

test('a WebSocket at another path, by another method or version is refused', async (t) => {
  const { to } = await plain(t);
  for (const line of ['GET / HTTP/1.1', 'GET /ws/ HTTP/1.1', 'GET /wsx HTTP/1.1', 'POST /ws HTTP/1.1',
    'GET /w HTTP/1.1', 'GET ws HTTP/1.1'])
    assert.notEqual(await refusedWith(to, {}, line), 101, line);
  assert.equal(await refusedWith(to, { 'Sec-WebSocket-Version': '8' }), 426);
  assert.notEqual(await refusedWith(to, { Connection: 'close' }), 101);
  assert.notEqual(await refusedWith(to, { 'Sec-WebSocket-Key': null }), 101);
});

test('permessage-deflate is offered and not taken', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to, {
    'Sec-WebSocket-Extensions': 'permessage-deflate; client_max_window_bits, x-webkit-deflate-frame' });
  assert.equal(peer.head.headers['sec-websocket-extensions'], undefined);
  const compressed = peer.frame(1, 'hello');
  compressed[0] |= 0x40;
  peer.socket.write(compressed);
  assert.equal(await peer.closeCode(), 1002);
});

// ---- slowness ----

test('headers at one byte at a time are cut at the deadline', async (t) => {
  const { to } = await plain(t);
  const { socket, reader } = await dial(to);
  const begun = Date.now();
  const timer = setInterval(() => socket.write('G'), 50);
  socket.write('GET /ws HTTP/1.1\r\nX-Slow: ');
  await reader.end(2000);
  clearInterval(timer);
  assert.ok(Date.now() - begun < 1500);
});

test('a connection that says nothing is cut at the deadline', async (t) => {
  for (const { port } of [await plain(t), await secure(t)]) {
    const { reader } = await dial({ port });
    const begun = Date.now();
    await reader.end(2000);
    assert.ok(Date.now() - begun < 1500);
  }
});

test('a slow ClientHello is cut at the deadline and holds nobody up', async (t) => {
  const { port, to } = await secure(t);
  const { socket, reader } = await dial({ port });
  const hello = Buffer.from('16030100c8010000c40303', 'hex');
  let at = 0;
  const timer = setInterval(() => socket.write(hello.subarray(at++ % hello.length).subarray(0, 1)), 60);
  const begun = Date.now();
  const good = await connect(to);
  good.send('meanwhile');
  assert.equal((await good.next()).text, 'meanwhile');
  good.destroy();
  await reader.end(2000);
  clearInterval(timer);
  assert.ok(Date.now() - begun < 1500);
});

test('a body that does not come is cut at the deadline', async (t) => {
  const { to } = await plain(t);
  const { socket, reader } = await dial(to);
  socket.write('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n');
  const begun = Date.now();
  const timer = setInterval(() => socket.write('b'), 100);
  await reader.end(2000);
  clearInterval(timer);
  assert.ok(Date.now() - begun < 1500);
});

test('slow peers do not use up what good ones need', async (t) => {
  const { to } = await plain(t);
  const slow = await Promise.all(Array.from({ length: 300 }, () => dial(to)));
  for (const { socket } of slow) socket.write('GET /ws HTTP/1.1\r\nX-Slow: ');
  await sleep(700);
  const peer = await connect(to);
  peer.destroy();
  slow.forEach(({ socket }) => socket.destroy());
});

test('200 readers who take nothing are closed at the limit, and others do not feel it', async (t) => {
  const { to, server } = await plain(t);
  const slow = await Promise.all(Array.from({ length: 200 }, () => connect(to)));
  const before = memory(server.child.pid);
  for (const peer of slow) {
    peer.socket.pause();
    peer.socket.write(peer.frame(1, 'flood 3000'));
  }
  const good = await connect(to);
  let worst = 0;
  for (let i = 0; i < 20; i++) {
    const begun = Date.now();
    good.send(`still here ${i}`);
    assert.equal((await good.next(10000)).text, `still here ${i}`);
    worst = Math.max(worst, Date.now() - begun);
    await sleep(20);
  }
  await sleep(1500);
  const grown = memory(server.child.pid) - before;
  t.diagnostic(`worst echo beside them ${worst} ms, memory +${grown} kB (sanitized build)`);
  assert.ok(grown < 200 * 4096, `${grown} kB`);
  slow.forEach((peer) => peer.destroy());
  good.destroy();
});

test('what is paced by `drained` arrives whole', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  peer.send('paced 30');
  for (let i = 0; i < 31 * 100; i++) assert.equal(Number((await peer.next()).text.slice(0, 9)), i % 100);
  peer.destroy();
});

test('the hub pings, and a peer that answers stays', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  const timer = setTimeout(() => peer.send('done'), 1800);
  assert.equal((await peer.next()).text, 'done');
  clearTimeout(timer);
  assert.ok(peer.pings >= 3 && peer.pings <= 5, `${peer.pings}`);
  peer.destroy();
});

test('a peer that is silent is cut', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  peer.answerPings = false;
  const begun = Date.now();
  assert.equal(await peer.next(), null);
  assert.ok(Date.now() - begun > 900 && Date.now() - begun < 2000);
  assert.ok(peer.pings >= 1);
});

test("a peer's ping is answered with its own payload", async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  peer.socket.write(peer.frame(9, 'are you there'));
  const pong = await peer.next();
  assert.deepEqual([pong.opcode, pong.text], [10, 'are you there']);
  peer.destroy();
});

// ---- messages ----

test('a message of 70 KB is closed with 1009', async (t) => {
  const { to } = await plain(t);
  for (const size of [65537, 70000, 1 << 20]) {
    const peer = await connect(to);
    peer.socket.on('error', () => {});
    peer.send('x'.repeat(size));
    const code = await peer.closeCode();
    assert.ok(code === 1009 || (code === null && size > 100000), `${size}: ${code}`);
  }
});

test('fragments add up to the same limit', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  peer.socket.write(peer.frame(1, 'a'.repeat(40000), { fin: false }));
  peer.socket.write(peer.frame(0, 'b'.repeat(25536)));
  assert.equal((await peer.next()).text.length, 65536);
  peer.socket.write(peer.frame(1, 'a'.repeat(40000), { fin: false }));
  peer.socket.write(peer.frame(0, 'b'.repeat(25537)));
  assert.equal(await peer.closeCode(), 1009);
});

test('a message of 1-byte fragments is put together, up to a number of them', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  const shred = (text) => {
    for (let i = 0; i < text.length; i++)
      peer.socket.write(peer.frame(i === 0 ? 1 : 0, text[i], { fin: i === text.length - 1 }));
  };
  shred('abcdefghij');
  assert.equal((await peer.next()).text, 'abcdefghij');
  shred('x'.repeat(64));
  assert.equal((await peer.next()).text.length, 64);
  shred('x'.repeat(65));
  assert.equal(await peer.closeCode(), 1009);
});

test('empty fragments without end are closed', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  peer.socket.write(peer.frame(1, '', { fin: false }));
  for (let i = 0; i < 100; i++) peer.socket.write(peer.frame(0, '', { fin: false }));
  assert.equal(await peer.closeCode(), 1009);
});

test('bytes that trickle in make one message', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  for (const byte of peer.frame(1, 'drip')) {
    peer.socket.write(Buffer.from([byte]));
    await sleep(5);
  }
  assert.equal((await peer.next()).text, 'drip');
  peer.destroy();
});

test('bad UTF-8 is closed with 1007', async (t) => {
  const { to } = await plain(t);
  const cases = [[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82]];
  for (const bytes of cases) {
    const peer = await connect(to);
    peer.socket.write(peer.frame(1, Buffer.from(bytes)));
    assert.equal(await peer.closeCode(), 1007, bytes.join());
  }
  const peer = await connect(to); // cut off by an empty last fragment
  peer.socket.write(peer.frame(1, Buffer.from([0xe2, 0x82]), { fin: false }));
  peer.socket.write(peer.frame(0, ''));
  assert.equal(await peer.closeCode(), 1007);
});

test('a character may be split between fragments', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  peer.socket.write(peer.frame(1, Buffer.from([0xe2, 0x82]), { fin: false }));
  peer.socket.write(peer.frame(0, Buffer.from([0xac])));
  assert.equal((await peer.next()).text, '€');
  peer.destroy();
});

test('a binary message is closed with 4400', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  peer.socket.write(peer.frame(2, 'x'));
  assert.equal(await peer.closeCode(), 4400);
});

test('frames against the protocol are closed', async (t) => {
  const { to } = await plain(t);
  const wrong = [
    (p) => p.frame(3, 'x'), (p) => p.frame(0, 'x'), (p) => p.frame(9, 'x', { fin: false }),
    (p) => p.frame(9, 'x'.repeat(126)), (p) => Buffer.from([0x81, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0]),
    (p) => Buffer.concat([p.frame(1, 'x', { fin: false }), p.frame(1, 'y')]),
  ];
  for (const make of wrong) {
    const peer = await connect(to);
    peer.socket.write(make(peer));
    assert.ok([1002, null].includes(await peer.closeCode()), make.toString());
  }
});

// ---- requests ----

const post = (length, body = '') => `POST /echo HTTP/1.1\r\nHost: x\r\n${length}\r\n${body}`;

test('a Content-Length that is no plain number is refused', async (t) => {
  const { to } = await plain(t);
  for (const value of ['-1', '-5', '+5', '5x', '0x5', ' ', '5, 5', '1e3', '99999999999999999999',
    '18446744073709551615', '4294967301']) {
    const answer = await exchange(to, post(`Content-Length: ${value}\r\n`, 'hello'));
    assert.ok([400, 411, 413].includes(answer.status), `${value}: ${answer.status}`);
  }
  const twice = await exchange(to, post('Content-Length: 5\r\nContent-Length: 6\r\n', 'hello'));
  assert.equal(twice.status, 400);
  assert.equal((await exchange(to, post('Content-Length: 5\r\n', 'hello'))).body,
    'POST /echo [] [] 5 hello');
  assert.equal((await exchange(to, post('Content-Length: 0\r\n'))).status, 200);
});

test('a POST without a length, or chunked, is refused', async (t) => {
  const { to } = await plain(t);
  assert.equal((await exchange(to, post(''))).status, 411);
  assert.equal((await exchange(to, post('Transfer-Encoding: chunked\r\n', '0\r\n\r\n'))).status, 400);
  assert.equal((await exchange(to,
    post('Transfer-Encoding: chunked\r\nContent-Length: 5\r\n', '0\r\n\r\n'))).status, 400);
});

test('a body of 70 KB is answered 413, and the peer can read the answer', async (t) => {
  for (const { to } of [await plain(t), await secure(t)]) {
    const answer = await exchange(to, post('Content-Length: 70000\r\n', 'x'.repeat(70000)));
    assert.equal(answer.status, 413);
    const most = await exchange(to, post('Content-Length: 65536\r\n', 'x'.repeat(65536)));
    assert.equal(most.status, 200);
    assert.equal(most.body.length, 'POST /echo [] [] 65536 '.length + 65536);
  }
});

test('a body that is refused cannot go on for ever', async (t) => {
  const { to } = await plain(t);
  const { socket, reader } = await dial(to);
  socket.write(post('Content-Length: 900000000\r\n'));
  const timer = setInterval(() => socket.write('x'.repeat(10000)), 20);
  await reader.end(2000);
  clearInterval(timer);
});

test('headers over 4 KB are refused', async (t) => {
  const { to } = await plain(t);
  const get = (header) => exchange(to, `GET /echo HTTP/1.1\r\nHost: x\r\n${header}\r\n\r\n`);
  assert.equal((await get(`Filler: ${'a'.repeat(2000)}`)).status, 200);
  for (const header of [`Filler: ${'a'.repeat(5000)}`, `Origin: ${'a'.repeat(1000)}`,
    Array.from({ length: 300 }, (_, i) => `Filler-${i}: ${'a'.repeat(10)}`).join('\r\n')]) {
    const answer = await get(header);
    assert.ok(answer === null || answer.status >= 400);
  }
  const long = await exchange(to, `GET /${'a'.repeat(600)} HTTP/1.1\r\nHost: x\r\n\r\n`);
  assert.ok(long === null || long.status === 404);
});

test('other methods are refused, HEAD has no body', async (t) => {
  const { to } = await plain(t);
  for (const method of ['PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
    const answer = await exchange(to, `${method} /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    assert.ok(answer === null || answer.status === 405, method);
  }
  for (const method of ['TRACE', 'FOO', 'get']) {
    const answer = await exchange(to, `${method} /echo HTTP/1.1\r\nHost: x\r\n\r\n`);
    assert.ok(answer === null || answer.status >= 400 || method === 'get', method);
  }
  const { socket, reader } = await dial(to);
  socket.write('HEAD /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  assert.equal((await readHead(reader)).status, 200);
  await reader.end();
  assert.equal(reader.have.length, 0);
});

test('path, query and token come to the app decoded', async (t) => {
  const { to } = await plain(t);
  const answer = await exchange(to, 'GET /echo/a?to=a,b&tlp=amber%2Bstrict&x=1 HTTP/1.1\r\nHost: x\r\n' +
    'Authorization: Bearer abc.def\r\n\r\n');
  assert.equal(answer.body, 'GET /echo/a [to=a,b&tlp=amber+strict&x=1] [abc.def] 0 ');
  assert.equal(answer.headers['x-content-type-options'], 'nosniff');
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.headers['referrer-policy'], 'no-referrer');
});

test('one connection is one request, whatever came with it', async (t) => {
  const { to, server } = await plain(t);
  const get = (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const five = post('Content-Length: 5\r\n', 'hello');
  for (const [first, body] of [[get('/echo/1'), 'GET /echo/1 [] [] 0 '], [get('/later'), 'late'],
    [five, 'POST /echo [] [] 5 hello']]) {
    for (const more of [get('/echo/2'), five, upgradeText(), 'x'.repeat(30000), five.repeat(20)]) {
      const { socket, reader } = await dial(to);
      socket.write(first + more);
      const head = await readHead(reader);
      assert.equal(head.headers.connection, 'close');
      assert.equal((await reader.take(Number(head.headers['content-length']))).toString(), body);
      await reader.end(2000);
      assert.equal(reader.have.length, 0);
      socket.destroy();
    }
  }
  const before = cpu(server.child.pid);
  await sleep(300);
  assert.ok(cpu(server.child.pid) - before < 150, 'it spins');
});

test('a message that came with the upgrade is not lost', async (t) => {
  const { to } = await plain(t);
  const { socket, reader } = await dial(to);
  const peer = new Peer(socket, reader);
  socket.write(Buffer.concat([Buffer.from(upgradeText()), peer.frame(1, 'at once'), peer.frame(1, 'and again')]));
  assert.equal((await readHead(reader)).status, 101);
  assert.match((await peer.next()).text, /^from/);
  assert.equal((await peer.next()).text, 'at once');
  assert.equal((await peer.next()).text, 'and again');
  peer.destroy();
});

test('whatever is spoilt in a request, the hub neither stops nor spins', async (t) => {
  const { to, server } = await plain(t);
  const texts = [upgradeText(), post('Content-Length: 5\r\n', 'hello'),
    'GET /echo?a=b&c=d HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\n\r\n'];
  let state = 12345; // the same run every time
  const random = (n) => (state = (state * 1103515245 + 12345) % 2147483648) % n;
  const round = async (i) => {
    let bytes = Buffer.from(texts[i % texts.length] + (i % 2 ? texts[random(3)] : ''), 'latin1');
    for (let k = 0; k <= i % 5; k++) {
      const at = random(bytes.length);
      switch (random(4)) {
        case 0: bytes[at] = random(256); break;
        case 1: bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + random(8))]); break;
        case 2: bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(random(at + 1))]); break;
        default: bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from(':\r\n &%\0?/.'.slice(random(10))),
          bytes.subarray(at)]);
      }
    }
    const { socket } = await dial(to);
    const cut = random(bytes.length + 1);
    socket.write(bytes.subarray(0, cut));
    if (i % 3) await sleep(2);
    socket.write(bytes.subarray(cut));
    await sleep(20);
    socket.destroy();
  };
  for (let i = 0; i < 2000; i += 20) await Promise.all(Array.from({ length: 20 }, (_, k) => round(i + k)));
  const before = cpu(server.child.pid);
  await sleep(800);
  assert.ok(cpu(server.child.pid) - before < 200, 'it spins');
  const peer = await connect(to);
  peer.destroy();
});

test('a peer that leaves before the answer harms nobody', async (t) => {
  const { to, server } = await plain(t);
  for (const end of ['destroy', 'end', 'resetAndDestroy']) {
    const { socket } = await dial(to);
    socket.write('GET /later HTTP/1.1\r\nHost: x\r\n\r\n');
    await sleep(50);
    const before = cpu(server.child.pid);
    socket[end]();
    await sleep(400);
    assert.ok(cpu(server.child.pid) - before < 150, 'it spins on a peer that has left');
  }
  assert.equal((await exchange(to, 'GET /echo HTTP/1.1\r\nHost: x\r\n\r\n')).status, 200);
});

test('a big answer arrives whole', async (t) => {
  for (const { to } of [await plain(t), await secure(t)]) {
    const answer = await exchange(to, 'GET /big HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.equal(answer.body.length, 4000000);
  }
});

test('metrics have their own listener, which serves nothing else', async (t) => {
  const port = freePort();
  const { to } = await plain(t, `metrics=127.0.0.1:${port}`);
  const get = (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  assert.match((await exchange({ port }, get('/metrics'))).body, /posko_sessions 0/);
  assert.equal((await exchange({ port }, get('/echo'))).status, 404);
  assert.equal((await exchange(to, get('/metrics'))).status, 404);
  assert.notEqual(await refusedWith({ port }), 101);
});

// ---- addresses ----

// Header of PROXY v2; `from` is dotted or colons.
function proxyHeader(from, { version = 0x21, family, extra = Buffer.alloc(0), length } = {}) {
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

test('the address is the one that a trusted proxy gives', async (t) => {
  const { to } = await plain(t, 'trusted=127.0.0.9');
  const through = async (header, pieces = 1) => {
    const { socket, reader } = await dial({ ...to, localAddress: '127.0.0.9' });
    for (let i = 0; i < pieces; i++) {
      const step = Math.ceil(header.length / pieces);
      socket.write(header.subarray(i * step, (i + 1) * step));
      if (pieces > 1) await sleep(10);
    }
    const peer = await upgrade(socket, reader);
    peer.destroy();
    return peer.from;
  };
  assert.match(await through(proxyHeader('198.51.100.7')), /198\.51\.100\.7$/);
  assert.match(await through(proxyHeader('198.51.100.7'), 7), /198\.51\.100\.7$/);
  assert.match(await through(proxyHeader('198.51.100.7', { extra: Buffer.from('0300041234abcd', 'hex') })),
    /198\.51\.100\.7$/);
  assert.match(await through(proxyHeader('2001:db8:1:2:3:4:5:6')), /^from 2001:0db8:0001:0002 0\.0\.0\.0$/);
  assert.match(await through(proxyHeader('1.2.3.4', { version: 0x20 })), /127\.0\.0\.9$/);
  assert.match(await through(proxyHeader('1.2.3.4', { family: 0 })), /127\.0\.0\.9$/);
});

test('a PROXY header that is wrong, late or missing closes the connection', async (t) => {
  const { to } = await plain(t, 'trusted=127.0.0.9');
  const v1 = 'PROXY TCP4 1.2.3.4 127.0.0.1 1 2\r\n';
  for (const bytes of [v1, upgradeText(), proxyHeader('1.2.3.4', { version: 0x22 }),
    proxyHeader('1.2.3.4', { version: 0x11 }), proxyHeader('1.2.3.4', { family: 0x12 }),
    proxyHeader('1.2.3.4', { family: 0x21 }), proxyHeader('1.2.3.4', { family: 0x55 }),
    proxyHeader('1.2.3.4', { length: 4 }), proxyHeader('1.2.3.4', { length: 60000 })]) {
    const { socket, reader } = await dial({ ...to, localAddress: '127.0.0.9' });
    socket.write(bytes);
    socket.write(upgradeText());
    assert.equal(await readHead(reader, 1000), null);
  }
  for (const part of [Buffer.alloc(0), proxyHeader('1.2.3.4').subarray(0, 20)]) {
    const { socket, reader } = await dial({ ...to, localAddress: '127.0.0.9' });
    socket.write(part);
    const begun = Date.now();
    await reader.end(1500);
    assert.ok(Date.now() - begun < 1000);
  }
});

test('a stranger cannot give himself an address', async (t) => {
  const { to } = await plain(t, 'trusted=127.0.0.9');
  const { socket, reader } = await dial({ ...to, localAddress: '127.0.0.8' });
  socket.write(proxyHeader('198.51.100.7'));
  socket.write(upgradeText());
  const head = await readHead(reader);
  assert.ok(head === null || head.status >= 400);
  const peer = await connect({ ...to, localAddress: '127.0.0.8' });
  assert.match(peer.from, /127\.0\.0\.8$/);
  peer.destroy();
});

test('TLS comes after the PROXY header', async (t) => {
  const { port } = await secure(t, 'trusted=127.0.0.0/28');
  const { socket: raw } = await dial({ port, localAddress: '127.0.0.9' });
  raw.removeAllListeners('data');
  raw.write(proxyHeader('203.0.113.5'));
  const { socket, reader } = await dial({ socket: raw, tls: {} });
  const peer = await upgrade(socket, reader);
  assert.match(peer.from, /203\.0\.113\.5$/);
  peer.destroy();
  raw.destroy();
});

test('an address has so many connections a second, before TLS', async (t) => {
  const port = freePort();
  const { to } = await secure(t, 'rate=4', `metrics=127.0.0.1:${port}`);
  let open = 0;
  const begun = Date.now();
  for (let i = 0; i < 40; i++) {
    const { socket, reader } = await dial({ port: to.port, localAddress: '127.0.0.2' });
    await sleep(5);
    open += reader.ended ? 0 : 1;
    socket.destroy();
  }
  const most = 4 + 4 * Math.ceil((Date.now() - begun) / 1000);
  assert.ok(open >= 4 && open <= most, `${open} of ${most}`);
  assert.equal(await metric(port, 'posko_connections_refused_total{why="rate"}'), 40 - open);
  const other = await connect({ ...to, localAddress: '127.0.0.3' }); // nobody else pays for it
  other.destroy();
  await sleep(600);
  const again = await connect({ ...to, localAddress: '127.0.0.2' });
  again.destroy();
});

test('an address has so many connections open', async (t) => {
  const { to } = await plain(t, 'open=5');
  const from = { ...to, localAddress: '127.0.0.4' };
  const peers = [];
  for (let i = 0; i < 5; i++) peers.push(await connect(from));
  assert.equal(await refusedWith(from), 0);
  const other = await connect({ ...to, localAddress: '127.0.0.5' });
  other.destroy();
  peers.pop().destroy();
  await sleep(100);
  peers.push(await connect(from));
  peers.forEach((p) => p.destroy());
});

test("limits count a proxy's clients, and an IPv6 client by its /64", async (t) => {
  const { to } = await plain(t, 'trusted=127.0.0.9', 'open=2');
  const through = async (address) => {
    const { socket, reader } = await dial({ ...to, localAddress: '127.0.0.9' });
    socket.write(proxyHeader(address));
    return upgrade(socket, reader).catch(() => null);
  };
  const peers = [];
  for (const a of ['198.51.100.7', '198.51.100.7', '198.51.100.8', '2001:db8:1:2:3:4:5:6',
    '2001:db8:1:2:ffff:4:5:6', '2001:db8:1:3:3:4:5:6'])
    peers.push(await through(a));
  assert.ok(peers.every(Boolean));
  assert.equal(await through('198.51.100.7'), null);
  assert.equal(await through('2001:db8:1:2:9:9:9:9'), null);
  peers.forEach((p) => p.destroy());
});

// ---- listeners ----

function listeningAt(port) {
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((f) => readFileSync(f, 'utf8').split('\n').slice(1));
  return rows.map((r) => r.trim().split(/\s+/)).filter((r) => r[3] === '0A')
    .map((r) => r[1].split(':')).filter(([, p]) => parseInt(p, 16) === port).map(([a]) => a).sort();
}

test('localhost is bound on loopback and nowhere else', async (t) => {
  const port = freePort();
  await startEcho(t, [`listen=localhost:${port}`]);
  const bound = listeningAt(port);
  assert.ok(bound.length >= 1);
  for (const address of bound)
    assert.ok(['0100007F', '00000000000000000000000001000000'].includes(address), address);
  for (const host of ['127.0.0.1', ...(bound.length > 1 ? ['::1'] : [])]) {
    const peer = await connect({ port, host });
    assert.match(peer.from, /127\.0\.0\.1$/); // one machine, one address
    peer.destroy();
  }
});

test('plain WebSockets on an address that others can reach are refused', async (t) => {
  const port = freePort();
  const open = await refusal(t, `listen=0.0.0.0:${port}`);
  assert.match(open, /listen: .*tls_cert/);
  const unixOnly = await refusal(t, `listen=0.0.0.0:${port}`, 'trusted=unix');
  assert.match(unixOnly, /tls_cert/);
  assert.deepEqual(listeningAt(port), []);
});

test('on such an address only trusted proxies come in', async (t) => {
  const port = freePort();
  await startEcho(t, [`listen=0.0.0.0:${port}`, 'trusted=127.0.0.9']);
  assert.equal(await refusedWith({ port, localAddress: '127.0.0.8' }), 0);
  const { socket, reader } = await dial({ port, localAddress: '127.0.0.9' });
  socket.write(proxyHeader('198.51.100.7'));
  const peer = await upgrade(socket, reader);
  peer.destroy();
});

test('an address that is taken or nonsense is told by name', async (t) => {
  const { port } = await plain(t);
  for (const [listen, why] of [[`127.0.0.1:${port}`, /in use/], ['127.0.0.1', /ADDRESS:PORT/],
    ['::1:80', /ADDRESS:PORT/], ['no-such-host.invalid:80', /cannot listen on no-such-host/],
    ['unix:', /path/]]) {
    assert.match(await refusal(t, `listen=${listen}`), why);
  }
  const metrics = await refusal(t, `listen=127.0.0.1:${freePort()}`, `metrics=0.0.0.0:${freePort()}`);
  assert.match(metrics, /loopback/);
});

test('a Unix socket serves, and its stale file is no obstacle', async (t) => {
  const path = join(scratch, 'hub.sock');
  const first = await startEcho(t, [`listen=unix:${path}`]);
  assert.equal(statSync(path).mode & 0o777, 0o660);
  assert.match(await refusal(t, `listen=unix:${path}`), /in use/);
  const peer = await connect({ path });
  assert.match(peer.from, /^from 0000:0000:0000:0000 0\.0\.0\.0$/);
  peer.destroy();
  first.child.kill('SIGKILL');
  first.stop = async () => {};
  first.refusal = 'killed';
  await sleep(100);
  assert.ok(existsSync(path));
  const third = await startEcho(t, [`listen=unix:${path}`]);
  const again = await connect({ path });
  again.destroy();
  await third.stop();
  assert.ok(!existsSync(path));
  writeFileSync(path, 'mine');
  assert.match(await refusal(t, `listen=unix:${path}`), /no socket/);
  assert.equal(readFileSync(path, 'utf8'), 'mine');
});

test('a proxy may come by Unix socket', async (t) => {
  const path = join(scratch, 'proxy.sock');
  await startEcho(t, [`listen=unix:${path}`, 'trusted=unix']);
  const { socket, reader } = await dial({ path });
  socket.write(proxyHeader('198.51.100.9'));
  const peer = await upgrade(socket, reader);
  assert.match(peer.from, /198\.51\.100\.9$/);
  peer.destroy();
  assert.equal(await refusedWith({ path }), 0);
});

test('a socket that was handed over serves', async (t) => {
  const port = freePort();
  const listener = net.createServer();
  await new Promise((done) => listener.listen(port, '127.0.0.1', done));
  const handle = listener._handle.fd;
  await startEcho(t, ['inherit=3'], { stdio: [handle] });
  listener.close();
  const peer = await connect({ port });
  peer.destroy();
  assert.match(await refusal(t, 'inherit=77'), /descriptor 77/);
});

// ---- TLS ----

test('TLS below 1.2 and weak ciphers are refused', async (t) => {
  const { port } = await secure(t);
  const attempt = (options) => new Promise((done) => {
    const s = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ...options });
    s.on('secureConnect', () => { done(`${s.getProtocol()} ${s.getCipher().name}`); s.destroy(); });
    s.on('error', () => done('refused'));
  });
  assert.match(await attempt({}), /^TLSv1\.3 /);
  assert.match(await attempt({ maxVersion: 'TLSv1.2' }), /^TLSv1\.2 ECDHE-.*(GCM|CHACHA)/);
  assert.equal(await attempt({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0' }), 'refused');
  assert.equal(await attempt({ maxVersion: 'TLSv1.2', ciphers: 'AES128-SHA:ECDHE-ECDSA-AES128-SHA' }),
    'refused');
});

test('plain HTTP on a TLS port is refused', async (t) => {
  const { port } = await secure(t);
  assert.equal(await exchange({ port }, 'GET /echo HTTP/1.1\r\nHost: x\r\n\r\n'), null);
});

test('a new certificate is loaded while sockets stay open', async (t) => {
  const { port, to, server, cert, key } = await secure(t);
  const name = () => new Promise((done, fail) => {
    const s = tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      done(s.getPeerCertificate().subject.CN);
      s.destroy();
    });
    s.on('error', fail);
  });
  const peer = await connect(to);
  assert.equal(await name(), 'hub.test');
  const fresh = certificate('second.test');
  writeFileSync(cert, readFileSync(fresh.cert));
  writeFileSync(key, readFileSync(fresh.key));
  server.child.kill('SIGHUP');
  await sleep(200);
  assert.equal(await name(), 'second.test');
  writeFileSync(key, 'garbage'); // a bad file changes nothing
  server.child.kill('SIGHUP');
  await sleep(200);
  assert.equal(await name(), 'second.test');
  assert.match(server.log, /cannot use .*key/);
  peer.send('still the same socket');
  assert.equal((await peer.next()).text, 'still the same socket');
  peer.destroy();
});

test('a certificate that cannot be read is told at the start', async (t) => {
  const told = await refusal(t, `listen=127.0.0.1:${freePort()}`, 'cert=/nowhere.pem', 'key=/nowhere.key');
  assert.match(told, /tls_cert: cannot use \/nowhere\.pem/);
});

// ---- the end ----

test('the hub ends in order with peers in every state', async (t) => {
  for (const start of [plain, secure]) {
    const { to, port, server } = await start(t, 'trusted=127.0.0.9');
    const peers = [await connect(to), await connect(to)];
    peers[1].socket.pause();
    peers[1].send('flood 900');
    peers[0].socket.write(peers[0].frame(1, 'half', { fin: false }));
    const raw = await Promise.all([dial({ port }), dial({ port, localAddress: '127.0.0.9' }), dial(to)]);
    raw[2].socket.write('GET /never HTTP/1.1\r\nHost: x\r\n\r\n');
    await sleep(100);
    await server.stop();
    await peers[0].reader.end();
    raw.forEach(({ socket }) => socket.destroy());
    peers.forEach((p) => p.destroy());
  }
});
