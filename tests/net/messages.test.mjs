// What a peer can send, and what he must be able to read.
import assert from 'node:assert/strict';
import test from 'node:test';

import {
  Peer, connect, dial, readHead, sleep, upgradeText,
} from './client.mjs';
import { cpu, plain, secure } from './setup.mjs';

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

test('what came in one piece with the order to hold is not lost, and the hub does not spin', async (t) => {
  for (const start of [plain, secure]) {
    const { to, server } = await start(t);
    const peer = await connect(to);
    const frames = ['hold', ...Array.from({ length: 12 }, (_, i) => `${i} ${'z'.repeat(1000)}`)];
    peer.socket.write(Buffer.concat(frames.map((f) => peer.frame(1, f))));
    await sleep(50);
    const before = cpu(server.child.pid);
    await sleep(150);
    assert.ok(cpu(server.child.pid) - before < 100, 'it spins while it holds');
    for (let i = 0; i < 12; i++) assert.equal(parseInt((await peer.next(5000)).text), i);
    peer.destroy();
  }
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

test('whatever is spoilt in frames, the hub neither stops nor spins', async (t) => {
  for (const start of [plain, secure]) {
    const { to, server } = await start(t);
    let state = 54321; // the same run every time
    const random = (n) => (state = (state * 1103515245 + 12345) % 2147483648) % n;
    const some = (peer) => {
      const text = ['x', 'hold', 'flood 3', 'é', '', 'y'.repeat(random(3000)), 'bye 1000'][random(20) % 7];
      const opcode = [1, 1, 1, 1, 0, 0, 9, 10, 2, 8, random(16)][random(11)];
      const bytes = peer.frame(opcode, text, { fin: random(4) > 0 });
      if (random(6) === 0) bytes[random(bytes.length)] = random(256);
      if (random(12) === 0) bytes[1] &= 0x7f; // not masked
      return random(20) === 0 ? bytes.subarray(0, random(bytes.length)) : bytes;
    };
    const round = async (i) => {
      const peer = await connect(to).catch(() => null);
      if (peer === null) return;
      const frames = Array.from({ length: 1 + random(40) }, () => some(peer));
      if (i % 2) peer.socket.write(Buffer.concat(frames));
      else frames.forEach((f) => peer.socket.write(f));
      await sleep(30 + random(300));
      peer.destroy();
    };
    for (let i = 0; i < 500; i += 50)
      await Promise.all(Array.from({ length: 50 }, (_, k) => round(i + k)));
    await sleep(800);
    const before = cpu(server.child.pid);
    await sleep(500);
    assert.ok(cpu(server.child.pid) - before < 150, 'it spins');
    const peer = await connect(to);
    peer.destroy();
  }
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
