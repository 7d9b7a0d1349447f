// RFC 6455, case by case, against the echo: tests/net/conformance.mjs is the table.
import assert from 'node:assert/strict';
import test from 'node:test';

import { connect, sleep } from './client.mjs';
import { TEXT, cases, frame } from './conformance.mjs';
import { plain } from './setup.mjs';

const KINDS = { 1: 'text', 2: 'binary', 9: 'ping', 10: 'pong' };
const LAST = 'the last message of a case';
const short = (heard) => heard.map((h) => (h.length > 60 ? `${h.slice(0, 40)}... (${h.length})` : h));

// All that the hub says, to its close or to the echo of the last message.
async function hear(peer) {
  const heard = [];
  for (;;) {
    const f = await peer.next(10000);
    if (f === null) return [...heard, 'end'];
    if (f.opcode === 8) {
      await peer.reader.end(10000);
      return [...heard, `close ${f.code ?? 'none'}`];
    }
    if (f.opcode === TEXT && f.text === LAST) return heard;
    heard.push(`${KINDS[f.opcode]} ${f.data ? f.data.toString() : f.text}`);
  }
}

// Are all of `few` in `many`, in order?
function lies(few, many) {
  let i = 0;
  for (const one of many) if (one === few[i]) i++;
  return i === few.length;
}

async function send(peer, { send: frames, step = 0, open = false }) {
  const all = Buffer.concat(open ? frames : [...frames, frame(TEXT, LAST)]);
  if (!step) {
    peer.socket.write(all);
    return;
  }
  peer.answerPings = false; // a pong would fall into the frame that is under way
  for (let i = 0; i < all.length && !peer.reader.ended; i += step) {
    peer.socket.write(all.subarray(i, i + step));
    if (all.length < 2000 || i % 20 === 0) await sleep(0);
  }
}

test('RFC 6455, case by case', async (t) => {
  const { to } = await plain(t, 'rate=100000', 'open=1000');
  for (const c of cases) {
    await t.test(`${c.id} ${c.name}${c.differs ? `: ${c.differs.why}` : ''}`, async () => {
      const peer = await connect(to);
      const sent = send(peer, c).catch(() => {}); // the hub may have closed
      const heard = await hear(peer);
      await sent;
      peer.destroy();
      if (c.some && lies(heard, c.hears) && lies(c.differs.hears, heard)) return;
      assert.deepEqual(short(heard), short(c.differs?.hears ?? c.hears));
    });
  }
});
