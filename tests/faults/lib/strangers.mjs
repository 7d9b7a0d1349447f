// Connections of nobody, in a process of their own.  Reads one line {port, n, how, rate}: `wait`
// opens n sockets, `rate` a second, each up to hello, and says nothing on them until the hub closes
// them; `churn` opens n likewise, and leaves each at another point; `drip` keeps n of one address
// open for `seconds`, on which what was begun goes on by a byte a second.  Prints what came of it.
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { sleep, spread } from '../../flow/lib/wait.mjs';

const upgrade = (port) =>
  ['GET /ws HTTP/1.1', `Host: localhost:${port}`, 'Connection: Upgrade', 'Upgrade: websocket']
    .concat('Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==')
    .concat('Sec-WebSocket-Protocol: posko.v1', '', '')
    .join('\r\n');

/** From one of four addresses: one has not enough ports for them all. */
function dial(port, i) {
  const localAddress = `127.0.0.${2 + (i % 4)}`;
  const socket = connect({ host: '127.0.0.1', port, localAddress });
  socket.on('error', () => {}); // close follows
  socket.closed_ = new Promise((done) => socket.once('close', done));
  socket.hello = new Promise((done) => {
    let text = '';
    socket.on('data', (d) => {
      text += d.toString('latin1');
      if (text.includes('"op":"hello"')) done(true);
    });
    socket.once('close', () => done(false));
  });
  return socket;
}

/** Waits until number i is due, so many a second. */
function paced(rate) {
  const from = performance.now();
  return (i) => sleep(Math.max(0, from + (1000 * i) / rate - performance.now()));
}

/** Who waits: how many were open at once, and how long the hub bore the most patient of them. */
async function wait({ port, n, rate }) {
  const due = paced(rate);
  const tally = { n, greeted: 0, most: 0, closed: 0, longest: 0 };
  let open = 0;
  const ends = [];
  await spread(n, 256, async (i) => {
    await due(i);
    const socket = dial(port, i);
    socket.write(upgrade(port));
    if (!(await socket.hello)) return;
    tally.greeted++;
    tally.most = Math.max(tally.most, ++open);
    const from = performance.now();
    ends.push(
      socket.closed_.then(() => {
        open--;
        tally.closed++;
        tally.longest = Math.max(tally.longest, Math.round(performance.now() - from));
      }),
    );
  });
  await Promise.all(ends);
  return tally;
}

const WAYS = [
  (s) => s.destroy(), // before the hub has taken it, perhaps
  (s, port) => s.end(upgrade(port).slice(0, 40)),
  (s, port) => s.write(upgrade(port), () => s.resetAndDestroy()),
  (s, port) => {
    s.write(upgrade(port));
    s.hello.then(() => s.destroy());
  },
  (s, port) => {
    s.write(upgrade(port));
    s.hello.then(() => s.end(Buffer.from([0x88, 0x80, 0, 0, 0, 0]))); // a polite close
  },
];

async function churn({ port, n, rate }) {
  const due = paced(rate);
  await spread(n, 256, async (i) => {
    await due(i);
    const socket = dial(port, i);
    socket.once('connect', () => WAYS[i % WAYS.length](socket, port));
    await socket.closed_;
  });
  return { n };
}

const BEGINNINGS = [
  () => '',
  (port) => upgrade(port).slice(0, 40),
  (port) => `POST /v1/records HTTP/1.1\r\nHost: localhost:${port}\r\nContent-Length: 900\r\n\r\n`,
];

async function drip({ port, n, seconds }) {
  const end = performance.now() + seconds * 1000;
  const tally = { opened: 0, most: 0, longest: 0 };
  let open = 0;
  await spread(n, n, async (i) => {
    while (performance.now() < end) {
      const socket = dial(port, 0);
      const from = performance.now();
      socket.write(BEGINNINGS[i % BEGINNINGS.length](port));
      const drop = setInterval(() => socket.write('x'), 1000);
      let borne = false;
      const held = setTimeout(() => {
        borne = true;
        tally.most = Math.max(tally.most, ++open);
      }, 1000);
      await socket.closed_;
      const ms = Math.round(performance.now() - from);
      clearInterval(drop);
      clearTimeout(held);
      if (borne) open--;
      tally.opened++;
      tally.longest = Math.max(tally.longest, ms);
      await sleep(300); // it may have been refused
    }
  });
  return tally;
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const job = JSON.parse(line);
  process.stdout.write(JSON.stringify(await { wait, churn, drip }[job.how](job)) + '\n');
  process.exit(0);
});
