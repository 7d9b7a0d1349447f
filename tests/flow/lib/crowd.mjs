// Many sockets that follow and say nothing: a process of its own, so that the one that measures is
// not slowed by it.  Reads one line {n, after, host, ws, keys}, prints ready; "count" prints lost N.
import { createInterface } from 'node:readline';
import { Session } from './session.mjs';
import { keyFromPkcs8 } from './jose.mjs';
import { spread } from './wait.mjs';

let lost = 0;

async function open(job) {
  const hub = { host: job.host, ws: job.ws };
  const keys = await Promise.all(job.keys.map((k) => keyFromPkcs8(Buffer.from(k.pkcs8, 'base64'))));
  await spread(job.n, 48, async (i) => {
    const localAddress = `127.0.0.${2 + (i % 4)}`; // more ports than one address has
    const s = await Session.dial(hub, { keep: false, localAddress });
    await s.auth(keys[Math.floor(i / 4)]);
    const live = s.wait((m) => m.op === 'live', { ms: 60_000, what: 'live' });
    s.send({ op: 'follow', after: job.after });
    await live;
    s.closed.then(() => lost++);
  });
  process.stdout.write('ready\n');
}

createInterface({ input: process.stdin }).on('line', (line) => {
  if (line === 'count') process.stdout.write(`lost ${lost}\n`);
  else open(JSON.parse(line));
});
