// The independent client itself: it agrees with the published cases, and notices what is wrong.
import test from 'node:test';
import { once } from 'node:events';
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocketServer } from 'ws';
import {
  keyFromSeed,
  lapseJti,
  leafHash,
  newKey,
  signJws,
  thumbprint,
  verifyJws,
  TYP,
} from './lib/jose.mjs';
import { ROOT } from './lib/hub.mjs';
import { Session } from './lib/session.mjs';
import { View } from './lib/view.mjs';

const VECTORS = join(ROOT, '../shared/design/vectors.json');

test('the client makes what the published cases hold', { skip: !existsSync(VECTORS) }, async () => {
  const v = JSON.parse(readFileSync(VECTORS, 'utf8'));
  const key = await keyFromSeed(Buffer.from(v.key.seed_hex, 'hex'));
  assert.equal(key.kid, v.key.kid);
  assert.equal(thumbprint(v.key.jwk), v.key.kid);
  assert.ok(await verifyJws(v.record.jws, v.key.jwk));
  assert.ok(await verifyJws(v.auth.jws, v.key.jwk));
  assert.equal(lapseJti(v.clock), v.clock.jti);
  assert.equal(leafHash(v.leaf.at, TYP.record, v.record.jws), v.leaf.hash_hex);
});

test('a session finds the answer by its ref, and is told of a close', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  server.on('connection', (ws) => {
    ws.send(JSON.stringify({ op: 'hello', aud: 'a', nonce: 'n', at: 1, version: '0' }));
    ws.on('message', (data) => {
      const m = JSON.parse(data);
      if (m.op === 'beat') ws.close(4400, 'bad_frame');
      else ws.send(JSON.stringify({ op: 'posted', ref: m.ref, id: 'x', seq: m.ref, at: 1 }));
    });
  });
  const { port } = server.address();
  const s = await Session.dial({ ws: `ws://127.0.0.1:${port}/ws`, host: `127.0.0.1:${port}` });
  const answers = await Promise.all([1, 2, 3].map(() => s.ask({ op: 'post', jws: '' })));
  assert.deepEqual(
    answers.map((a) => a.seq),
    [1, 2, 3],
  );
  const last = s.ask({ op: 'beat' });
  assert.equal((await last).op, 'closed');
  assert.equal((await s.end()).code, 4400);
  server.close();
});

test('a view notices a lost record, a disorder and a forged signature', async () => {
  const key = await newKey();
  const view = new View(key.kid);
  view.begin();
  const claims = { kind: 'hub.key', kid: key.kid, jwk: key.jwk, iss: 'hub' };
  const jws = await signJws(key, TYP.event, claims);
  view.accept({ op: 'record', seq: 1, at: 1, jws });
  assert.equal(await view.verify(), 1);
  view.accept({ op: 'mark', head: 2, sent: 2, at: 1 });
  view.accept({ op: 'record', seq: 1, at: 2, jws });
  view.accept({ op: 'record', seq: 0, at: 2, jws });
  assert.equal(view.wrong.length, 3);
  const forged = jws.slice(0, -6) + 'AAAAAA';
  await assert.rejects(view.verify([{ seq: 3, at: 3, jws: forged }]), /signature/);
});
