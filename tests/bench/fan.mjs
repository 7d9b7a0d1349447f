// Goals about many connections: fan-out in batches and alone, memory, idle crowds.
import { load, median, sleep } from './rig.mjs';
import { loadPeer, makeCertificate, natsIsThere, startNats, startRaw } from './peers.mjs';
import { Hub } from '../flow/lib/hub.mjs';

const SUBS = 1000;
const BATCHES = { work: 'note', writers: 8, window: 32, warm: 1, seconds: 3, pool: 30_000, subs: SUBS };
const LONE = { work: 'note', writers: 1, window: 1, warm: 1, seconds: 3, pool: 9000, subs: SUBS };
const RECEIVE_BYTES = 1024; // as in hub/net/net.c
const per = (cpu, r) => (cpu / r.deliveries) * 1e6;

/** How long a live note with its ticket is on the wire: what the raw server sends too. */
async function liveBytes(rig) {
  const auditor = await rig.world.people.get('kpu/juru-0');
  const seen = [];
  const s = await auditor.connect({ on: (m) => m.op === 'record' && seen.push(m) });
  await s.follow(await rig.world.head());
  await rig.load({ ...LONE, subs: 0, seconds: 0.3, pool: 3000 });
  await sleep(300);
  await s.close();
  return JSON.stringify(seen.at(-1)).length - `,"got_ms":${seen.at(-1).got_ms}`.length;
}

async function fan(rig, notes, name, options, tls) {
  const raw = await startRaw({ bytes: rig.live, rx: RECEIVE_BYTES, ...(tls ?? {}) });
  /* A few posts under way are enough for it: it writes them one by one all the same. */
  const few = { writers: 1, window: 8, tls: tls ? 1 : 0 };
  const theirs = await loadPeer(rig, raw, { ...options, ...few });
  await raw.stop();
  const hubs = tls ? { port: tls.hub.port, tls: 1 } : {};
  const watch = tls ? { watch: tls.hub.child.pid } : {};
  const ours = await rig.load({ ...options, ...hubs, ...watch });
  const hubCpu = ours.cpu(tls ? tls.hub.child.pid : rig.hub.child.pid);
  const reference = per(theirs.cpu(raw.pid), theirs);
  notes.note(name, per(hubCpu, ours) / reference, {
    us: per(hubCpu, ours),
    raw: reference,
    deliveries: ours.deliveries / ours.seconds,
    records: ours.acked / ours.seconds,
    bytes: rig.live,
  });
  return ours;
}

async function againstNats(rig, notes) {
  const nats = await startNats();
  const options = { ...BATCHES, bytes: 400, dialect: 'nats', port: nats.port, watch: nats.pid };
  const pad = Math.round(((rig.live - 700) * 3) / 4); // a record with its ticket is as long
  const theirs = await load({
    ...options,
    bytes: 400 + Math.max(0, pad),
    keys: rig.keys,
    aud: rig.world.aud,
  });
  await nats.stop();
  const ours = await rig.load(BATCHES);
  notes.note('P9', per(theirs.cpu(nats.pid), theirs) / per(ours.hubCpu, ours), {
    us: per(ours.hubCpu, ours),
    nats: per(theirs.cpu(nats.pid), theirs),
  });
}

async function startTlsHub(rig) {
  const tls = makeCertificate(rig.world.data);
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0'; // our own certificate, on loopback
  const env = { ...rig.world.env, POSKO_TLS_CERT: tls.cert, POSKO_TLS_KEY: tls.key };
  const hub = await Hub.make({ dsn: rig.world.dsn, data: rig.world.data, env });
  hub.url = hub.url.replace('http:', 'https:');
  await hub.start();
  return { ...tls, hub };
}

/** Resident bytes a connection, between none and `count`. */
async function idleBytes(count, pid, options) {
  const crowd = await load({ ...options, silent: 1, subs: count, writers: 0, watch: pid });
  await sleep(6000); // a mark or two
  const before = crowd.said.signed.cpu[pid].rss;
  const { stop } = crowd;
  await stop();
  return (crowd.said.end.cpu[pid].rss - before) / count;
}

async function memory(rig, notes, name, count, tls) {
  const hub = tls ? tls.hub : rig.hub;
  const common = { keys: rig.idleKeys, aud: rig.world.aud, tls: tls ? 1 : 0 };
  const raw = await startRaw({ bytes: rig.live, rx: RECEIVE_BYTES, ...(tls ?? {}) });
  const plain = { ...common, dialect: 'plain', port: raw.port };
  const reference = await idleBytes(count, raw.pid, plain);
  await raw.stop();
  const ours = await idleBytes(count, hub.child.pid, {
    ...common,
    port: hub.port,
  });
  notes.note(name, ours / reference, { bytes: ours, raw: reference, count });
}

/** Those who are connected and may read nothing of it: what do they cost a post of somebody else's? */
async function idle(rig, notes, count) {
  const without = [];
  const within = [];
  const crowd = { keys: rig.idleKeys, aud: rig.world.aud, port: rig.hub.port };
  const ack = async () => (await rig.load({ ...LONE, subs: 0, pool: 6000, seconds: 2 })).ack_ms.p50;
  for (let i = 0; i < 3; i++) without.push(await ack());
  const { stop } = await load({ ...crowd, silent: 1, subs: count, writers: 0 });
  for (let i = 0; i < 3; i++) within.push(await ack());
  await stop();
  without.push(await ack());
  notes.note('P11', median(within) / median(without), {
    ms: median(within),
    without: median(without),
    count,
  });
}

/** Many who follow hold still: the hub answers them all from one blob. */
export async function fanning(rig, notes, repeats, { crowd = 9500, few = 2000 } = {}) {
  rig.live = await liveBytes(rig);
  const tls = await startTlsHub(rig);
  const { wants } = notes;
  try {
    if (wants('P10')) {
      await memory(rig, notes, 'P10a', few);
      await memory(rig, notes, 'P10b', few, tls);
    }
    for (let i = 0; i < repeats; i++) {
      if (wants('P7')) {
        await fan(rig, notes, 'P7a', BATCHES);
        await fan(rig, notes, 'P7b', BATCHES, tls);
      }
      if (wants('P8')) await fan(rig, notes, 'P8', LONE);
      if (wants('P9') && natsIsThere()) await againstNats(rig, notes);
      else if (wants('P9')) console.error('no nats-server: P9 is left out');
    }
    if (wants('P11')) await idle(rig, notes, crowd);
  } finally {
    await tls.hub.stop();
  }
}
