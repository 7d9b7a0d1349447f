// The guards under load: the hub, then PostgreSQL, is killed with SIGKILL at saturation and started
// again; what was acknowledged before and after is in the ledger once, at the number that was told.
import { execFileSync } from 'node:child_process';
import { sleep } from './rig.mjs';

const WRITERS = 32;
const KILLS = 2;
const FULL = { work: 'story', writers: WRITERS, window: 16, warm: 0, check: false, allowShort: true };
const BRIEF = { ...FULL, seconds: 0.5, pool: 10_000, check: true }; // and it takes posts again

/** The rows of acknowledged ids that are not there, or not once, or with another number. */
async function wrong(rig, notes, name, details) {
  const { count, found, rows } = await rig.compare();
  const missing = count - Math.min(found, rows);
  notes.note(name, missing, { acked: count, ...details });
  if (missing > 0 || found > count)
    throw new Error(`${name}: ${count} were acknowledged, ${found} (${rows} ids) are in the ledger`);
  const holes = 'SELECT max(seq) - count(*) AS n FROM ledger';
  if ((await rig.sql(holes))[0].n !== 0) throw new Error(`${name}: the ledger has holes`);
}

/** Nothing was shown when nobody had a post under way, or when little had been acknowledged. */
function mustHaveHurt(name, shown, text) {
  if (!shown) throw new Error(`${name} shows nothing: ${text}`);
}

async function killHub(rig, notes) {
  let away = 0;
  const r = await rig.load({ ...FULL, seconds: 2, pool: 25_000, mayLose: WRITERS }, async (when) => {
    if (when !== 'begin') return;
    await sleep(1000);
    await rig.hub.kill();
    away = Math.round(await rig.hub.start());
  });
  const open = r.posted - r.acked - r.refused;
  mustHaveHurt('G1', r.lost === WRITERS && open > 0 && r.acked > 100, JSON.stringify(r));
  await wrong(rig, notes, 'G1', { unanswered: open, away_ms: away });
  await rig.load(BRIEF);
}

/** All its processes at once: alone the postmaster would leave backends that finish what they do. */
async function killServer({ primary }) {
  const { pid } = primary.child;
  const list = execFileSync('ps', ['-o', 'pid=', '--ppid', pid], { encoding: 'utf8' });
  const pids = list.trim().split(/\s+/).map(Number);
  primary.child.kill('SIGKILL');
  for (const one of pids) {
    try {
      process.kill(one, 'SIGKILL');
    } catch (e) {
      if (e.code !== 'ESRCH') throw e; // it has ended by itself
    }
  }
  await primary.gone;
  await primary.start();
}

/** The hub lives on, and so do its sessions: what it was asked meanwhile is answered afterwards. */
async function killDatabase(rig, notes) {
  await rig.sql('CHECKPOINT'); // not the recovery of a whole benchmark
  const away = [];
  const r = await rig.load({ ...FULL, seconds: 6, pool: 60_000 }, async (when) => {
    for (let i = 0; when === 'begin' && i < KILLS; i++) {
      await sleep(1000);
      const from = performance.now();
      await killServer(rig.cluster);
      away.push(Math.round(performance.now() - from));
    }
  });
  await wrong(rig, notes, 'G2', { refused: r.refused, away_ms: away });
  mustHaveHurt('G2', away.length === KILLS && r.acked > 100, JSON.stringify(r));
  await rig.load(BRIEF);
}

export async function guards(rig, notes) {
  await killHub(rig, notes);
  await killDatabase(rig, notes);
}
