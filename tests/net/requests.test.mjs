// Small HTTP: what is refused, and that one connection is one request.
import assert from 'node:assert/strict';
import test from 'node:test';

import {
  Peer, connect, dial, exchange, freePort, readHead, refusedWith, sleep, upgradeText,
} from './client.mjs';
import { plain, secure, cpu, post } from './setup.mjs';

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
  await reader.end(6000);
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
  const get = (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  const five = post('Content-Length: 5\r\n', 'hello');
  const firsts = [[get('/echo/1'), 'GET /echo/1 [] [] 0 '], [get('/later'), 'late'],
    [five, 'POST /echo [] [] 5 hello']];
  for (const { to, server } of [await plain(t), await secure(t)]) {
    const before = cpu(server.child.pid);
    for (const [first, body] of firsts) {
      for (const more of [get('/echo/2'), five, upgradeText(), 'x'.repeat(10000), five.repeat(20)]) {
        const { socket, reader } = await dial(to);
        socket.write(first + more);
        const head = await readHead(reader);
        assert.equal(head.headers.connection, 'close');
        assert.equal((await reader.take(Number(head.headers['content-length']))).toString(), body);
        await reader.end(6000);
        assert.equal(reader.have.length, 0);
        socket.destroy();
      }
    }
    assert.ok(cpu(server.child.pid) - before < 500, 'it spins');
  }
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
  const port = await freePort();
  const { to } = await plain(t, `metrics=127.0.0.1:${port}`);
  const get = (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;
  assert.match((await exchange({ port }, get('/metrics'))).body, /posko_sessions 0/);
  assert.equal((await exchange({ port }, get('/echo'))).status, 404);
  assert.equal((await exchange(to, get('/metrics'))).status, 404);
  assert.notEqual(await refusedWith({ port }), 101);
});
