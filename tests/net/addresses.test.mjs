// Who may come in from where: limits, proxies, listeners, certificates.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import tls from 'node:tls';

import {
  connect, dial, exchange, freePort, readHead, refusedWith, sleep, startEcho, upgrade, upgradeText,
} from './client.mjs';
import { plain, secure, refusal, certificate, metric, scratch, proxyHeader } from './setup.mjs';

// ---- addresses ----

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
    assert.equal(await readHead(reader, 6000), null);
  }
  for (const part of [Buffer.alloc(0), proxyHeader('1.2.3.4').subarray(0, 20)]) {
    const { socket, reader } = await dial({ ...to, localAddress: '127.0.0.9' });
    socket.write(part);
    const begun = Date.now();
    await reader.end(6000);
    assert.ok(Date.now() - begun < 5000);
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
  const port = await freePort();
  const { to } = await secure(t, 'rate=4', `metrics=127.0.0.1:${port}`);
  const begun = Date.now();
  for (let i = 0; i < 80; i++) {
    const { socket } = await dial({ port: to.port, localAddress: '127.0.0.2' });
    socket.destroy();
  }
  const most = 40 + 4 * Math.ceil((Date.now() - begun) / 1000);
  const refused = await metric(port, 'posko_connections_refused_total{why="rate"}');
  assert.ok(refused <= 40 && refused >= 80 - most, `${refused} of 80, ${most} allowed`);
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
  const port = await freePort();
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
  const port = await freePort();
  const open = await refusal(t, `listen=0.0.0.0:${port}`);
  assert.match(open, /listen: .*tls_cert/);
  const unixOnly = await refusal(t, `listen=0.0.0.0:${port}`, 'trusted=unix');
  assert.match(unixOnly, /tls_cert/);
  assert.deepEqual(listeningAt(port), []);
});

test('on such an address only trusted proxies come in', async (t) => {
  const port = await freePort();
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
  const metrics = await refusal(t, `listen=127.0.0.1:${await freePort()}`, `metrics=0.0.0.0:${await freePort()}`);
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
  const port = await freePort();
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
  const told = await refusal(t, `listen=127.0.0.1:${await freePort()}`, 'cert=/nowhere.pem', 'key=/nowhere.key');
  assert.match(told, /tls_cert: cannot use \/nowhere\.pem/);
});
