// What befalls the network, in a namespace of the row's own, by nftables on its loopback: cuts of
// one direction or both between clients, hubs and database; loss.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { freePort } from '../../flow/lib/hub.mjs';
import { quantile, sleep, until } from '../../flow/lib/wait.mjs';
import { sessionsAt } from '../lib/figures.mjs';
import { Skipped } from '../lib/run.mjs';

function nft(text) {
  execFileSync('nft', ['-f', '-'], { input: text, stdio: ['pipe', 'ignore', 'pipe'] });
}

function filter() {
  try {
    nft('add table inet fault; add chain inet fault in { type filter hook input priority 0; }');
  } catch (e) {
    throw new Skipped(`nftables does not work here: ${e.stderr ?? e.message}`);
  }
}

const drop = (match) => nft(`add rule inet fault in ${match} drop`);
const heal = () => nft('flush chain inet fault in');
const to = (...ports) => `tcp dport { ${ports.join(', ')} }`;
const from = (...ports) => `tcp sport { ${ports.join(', ')} }`;

async function worldOverTcp(run) {
  filter();
  const port = await freePort();
  const settings = `listen_addresses = '127.0.0.1'\nport = ${port}\n`;
  const world = await run.world({ hubs: 0, settings, port });
  world.dsn = world.dsn.replace(/host=\S+/, `host=127.0.0.1 port=${port}`);
  for (let i = 0; i < 2; i++) await world.addHub();
  world.readDemo();
  return { world, port };
}

/** 6: each direction alone, both; of a hub's clients, and of the database. */
export async function cut(run) {
  const { world, port } = await worldOverTcp(run);
  const load = await run.load(world);
  const [hub] = world.hubs;
  await sleep(1500);
  for (const match of [to(hub.port), from(hub.port)]) {
    await run.during(async () => {
      drop(match);
      await run.heardAgain(load, 'posted by the other hub', { bound: 20_000 });
      await sleep(3000);
      heal();
      await run.heardAgain(load, 'posted after the cut');
    });
  }
  for (const match of [to(port), from(port)]) {
    await run.during(async () => {
      drop(match);
      await sleep(6000);
      heal();
      await run.heardAgain(load, 'posted with the database back');
    });
  }
  await deadPeers(run, load, hub);
  await run.check(load);
  for (const h of world.hubs) assert.ok(h.alive(), 'the hubs ran on');
}

/** Half open: nothing comes through either way; the hub gives its peers up within 45 s. */
async function deadPeers(run, load, hub) {
  await until('somebody sits at this hub', async () => (await sessionsAt(hub)) > 0, 30_000, 200);
  await run.during(async () => {
    drop(to(hub.port));
    drop(from(hub.port));
    const began = performance.now();
    const nobody = async () => (await sessionsAt(hub)) === 0;
    await until('the hub gives its peers up', nobody, 60_000, 200);
    run.recovered('dead peers were found', performance.now() - began, 45_000);
    heal();
    await run.heardAgain(load, 'posted after the half-open connections');
  });
}

/** 7: a fifth of all segments between clients and hubs is lost. */
export async function lose(run) {
  const { world } = await worldOverTcp(run);
  const load = await run.load(world, { pause: 30, silence: 3000 });
  await sleep(1500);
  const ports = world.hubs.map((h) => h.port);
  const seconds = run.size(30, 10);
  await run.during(async () => {
    const heard = load.posted.length;
    for (const match of [to(...ports), from(...ports)])
      drop(`${match} numgen random mod 100 < 20`);
    await sleep(seconds * 1000);
    heal();
    const times = load.posted.slice(heard).map((p) => p.ms);
    run.say(
      `${times.length} posted at 20 % loss, after ${quantile(times, 0.5).toFixed(0)} ms (p50), ` +
        `${quantile(times, 0.99).toFixed(0)} ms (p99)`,
    );
    run.recovered('posted (p99)', quantile(times, 0.99));
  });
  await run.check(load);
}
