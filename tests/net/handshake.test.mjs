// What a stranger can say before he is a peer, and what must come of it.
import assert from 'node:assert/strict';
import http2 from 'node:http2';
import test from 'node:test';

import {
  connect, dial, exchange, refusedWith, sleep,
} from './client.mjs';
import { plain, secure, memory, post } from './setup.mjs';

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
  await reader.end(6000);
  clearInterval(timer);
  assert.ok(Date.now() - begun < 5000);
});

test('a connection that says nothing is cut at the deadline', async (t) => {
  for (const { port } of [await plain(t), await secure(t)]) {
    const { reader } = await dial({ port });
    const begun = Date.now();
    await reader.end(6000);
    assert.ok(Date.now() - begun < 5000);
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
  await reader.end(6000);
  clearInterval(timer);
  assert.ok(Date.now() - begun < 5000);
});

test('a body that does not come is cut at the deadline', async (t) => {
  const { to } = await plain(t);
  const { socket, reader } = await dial(to);
  socket.write('POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n');
  const begun = Date.now();
  const timer = setInterval(() => socket.write('b'), 100);
  await reader.end(6000);
  clearInterval(timer);
  assert.ok(Date.now() - begun < 5000);
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
  assert.ok(peer.pings >= 2 && peer.pings <= 6, `${peer.pings}`);
  peer.destroy();
});

test('a peer that is silent is cut', async (t) => {
  const { to } = await plain(t);
  const peer = await connect(to);
  peer.answerPings = false;
  const begun = Date.now();
  assert.equal(await peer.next(), null);
  assert.ok(Date.now() - begun > 900 && Date.now() - begun < 5000);
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
