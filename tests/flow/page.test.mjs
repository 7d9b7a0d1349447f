// The page over HTTP: what the hub serves of a built folder, with which headers, and to whom.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { Hub } from './lib/hub.mjs';
import { World } from './lib/world.mjs';

const SCRIPT = `export const many = '${'x'.repeat(300_000)}';`;
let world, folder;

before(async () => {
  folder = mkdtempSync('/tmp/posko-page-');
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Posko</title>');
  writeFileSync(join(folder, 'assets/a-1.js'), SCRIPT);
  writeFileSync(join(folder, 'assets/a-1.js.gz'), gzipSync(SCRIPT));
  writeFileSync(join(folder, '.env'), 'secret');
  world = await World.create({ env: { POSKO_WEB: folder } });
});
after(async () => {
  await world?.stop();
  rmSync(folder, { recursive: true });
});

const get = (path, { method = 'GET', ...headers } = {}) =>
  new Promise((done, failed) => {
    const ask = request(
      { host: '127.0.0.1', port: world.hub.port, path, method, headers: { host: world.hub.host, ...headers } },
      (answer) => {
        const parts = [];
        answer.on('data', (part) => parts.push(part));
        answer.on('end', () =>
          done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }),
        );
      },
    );
    ask.on('error', failed);
    ask.end();
  });

test('every screen is the page, asked for again each time, under a strict policy', async () => {
  for (const path of ['/', '/antrean', '/insiden/12', '/admin/anggota', '/antrean?x=1']) {
    const { status, headers, body } = await get(path);
    assert.equal(status, 200, path);
    assert.match(body.toString(), /<title>Posko/);
    assert.equal(headers['content-type'], 'text/html; charset=utf-8');
    assert.equal(headers['cache-control'], 'no-cache');
    const policy = headers['content-security-policy'];
    assert.match(policy, /^default-src 'self'; connect-src 'self' ws:\/\/localhost:\d+ wss:/);
    assert.match(policy, /require-trusted-types-for 'script'; trusted-types hub-sw$/);
    assert.equal(headers['x-content-type-options'], 'nosniff');
  }
});

test('a hashed file is kept for ever, and comes in gzip to those who take it', async () => {
  const plain = await get('/assets/a-1.js');
  assert.equal(plain.headers['content-encoding'], undefined);
  assert.equal(plain.body.toString(), SCRIPT);
  assert.match(plain.headers['cache-control'], /immutable/);
  const zipped = await get('/assets/a-1.js', { 'accept-encoding': 'br, gzip' });
  assert.equal(zipped.headers['content-encoding'], 'gzip');
  assert.equal(zipped.headers.vary, 'Accept-Encoding');
  assert.equal(zipped.headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal(gunzipSync(zipped.body).toString(), SCRIPT);
  const head = await get('/assets/a-1.js', { method: 'HEAD' });
  assert.equal(Number(head.headers['content-length']), SCRIPT.length);
  assert.equal(head.body.length, 0);
});

test('what is no file of the page is refused as JSON, never with the page', async () => {
  for (const path of ['/assets/b.js', '/.env', '/../.env', '/assets/a-1.js.gz', '/v1/nothing', '/v1/readers.x']) {
    const { status, headers, body } = await get(path);
    assert.equal(status, 404, path);
    assert.match(headers['content-security-policy'], /default-src 'none'/);
    assert.equal(JSON.parse(body).code, 'not_found');
  }
  assert.equal((await get('/', { method: 'POST', 'content-length': 0 })).status, 404);
});

test('a name that the hub does not answer to gets words in both languages, not a page that cannot log in', async () => {
  const { status, body } = await get('/antrean', { host: 'elsewhere.example' });
  assert.equal(status, 421);
  assert.match(body.toString(), /tidak mengenal nama[^]*does not answer to the name/);
  assert.equal((await get('/healthz', { host: 'elsewhere.example' })).status, 200);
});

test('a folder without a page stops the start, and says so', async () => {
  const hub = await Hub.make({ dsn: world.dsn, data: world.data, env: { ...world.env, POSKO_WEB: '/nowhere' } });
  await assert.rejects(hub.start(3000));
  assert.match(hub.errors.join('\n'), /the page cannot be served: \/nowhere: No such file/);
});
