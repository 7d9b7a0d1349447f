// The hub that most people would write in Node: ws, pg and libsodium.  It takes and answers the
// same posts as ours and stores them durably, but knows no agencies, tickets, clocks or log-in.
// node hub.js PORT DSN-JSON KEYS natural|batched
//   natural: a pool of ten connections, a row a transaction.
//   batched: what an expert would make of it, up to 256 rows in one unnest, two under way.
import { createServer } from 'node:http';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import sodium from 'sodium-native';
import { WebSocketServer } from 'ws';

const [port, dsn, keys, mode] = process.argv.slice(2);
const pool = new pg.Pool({ ...JSON.parse(dsn), max: 10 });
const known = new Map();
for (const line of readFileSync(keys, 'utf8').trim().split('\n')) {
  const [, seed] = line.split(' ');
  const pk = Buffer.alloc(sodium.crypto_sign_PUBLICKEYBYTES);
  const sk = Buffer.alloc(sodium.crypto_sign_SECRETKEYBYTES);
  sodium.crypto_sign_seed_keypair(pk, sk, Buffer.from(seed, 'hex'));
  const jwk = `{"crv":"Ed25519","kty":"OKP","x":"${pk.toString('base64url')}"}`;
  known.set(createHash('sha256').update(jwk).digest('base64url'), pk);
}

const ROW = `INSERT INTO peer_ledger (id, ticket, kind, body, jws) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (id) DO NOTHING RETURNING seq`;
const ROWS = `INSERT INTO peer_ledger (id, ticket, kind, body, jws)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[])
  ON CONFLICT (id) DO NOTHING RETURNING seq`;
const subs = new Set();

function read(text) {
  const { ref, jws } = JSON.parse(text);
  const [header, payload, signature] = jws.split('.');
  const { kid } = JSON.parse(Buffer.from(header, 'base64url'));
  const signed = Buffer.from(`${header}.${payload}`);
  const sig = Buffer.from(signature, 'base64url');
  if (!sodium.crypto_sign_verify_detached(sig, signed, known.get(kid))) throw new Error('signature');
  const body = Buffer.from(payload, 'base64url').toString();
  const claims = JSON.parse(body);
  return [ref, [claims.jti, claims.inc ?? claims.jti, claims.kind, body, jws]];
}

function posted(ws, ref, values, seq) {
  ws.send(`{"op":"posted","ref":${ref},"id":"${values[0]}","seq":${seq}}`);
  const record = `{"op":"record","seq":${seq},"jws":"${values[4]}"}`;
  for (const sub of subs) sub.send(record);
}

async function one(ws, ref, values) {
  const { rows } = await pool.query({ name: 'row', text: ROW, values });
  posted(ws, ref, values, rows[0].seq);
}

const waiting = [];
let busy = 0;
async function flush() {
  while (waiting.length && busy < 2) {
    const batch = waiting.splice(0, 256);
    const columns = [0, 1, 2, 3, 4].map((i) => batch.map(([, , values]) => values[i]));
    busy++;
    const { rows } = await pool.query({ name: 'rows', text: ROWS, values: columns });
    batch.forEach(([ws, ref, values], i) => posted(ws, ref, values, rows[i].seq));
    busy--;
  }
}

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false, maxPayload: 65536 });
sockets.on('connection', (ws, request) => {
  if (request.url === '/sub') {
    subs.add(ws);
    ws.on('close', () => subs.delete(ws));
    return;
  }
  ws.on('message', (data) => {
    const [ref, values] = read(data);
    if (mode === 'natural') {
      one(ws, ref, values);
    } else {
      waiting.push([ws, ref, values]);
      setImmediate(flush);
    }
  });
});
await pool.query('DROP TABLE IF EXISTS peer_ledger');
await pool.query(`CREATE TABLE peer_ledger (seq bigserial PRIMARY KEY, id uuid NOT NULL UNIQUE,
  ticket uuid, kind text, body text, jws text, at timestamptz DEFAULT now())`);
server.listen(Number(port), '127.0.0.1', 4096, () => console.log('up'));
