// Goals about time: clocks that are due, an idle hub's statements.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORES, limit, sleep, until } from './rig.mjs';
import { calm } from '../flow/lib/world.mjs';
import { quantile } from '../flow/lib/wait.mjs';

const claims = (jws) => JSON.parse(Buffer.from(jws.split('.')[1], 'base64url'));
const REPORTS = { work: 'report', writers: 4, window: 64, warm: 0, pool: 60_000 };

/** From a clock's due to its signed record in the hands of a reader. */
export async function lateness(rig, notes) {
  await rig.world.policy(calm({ ack: { within: 3 } }));
  const auditor = await rig.world.people.get('kpu/juru-0');
  const late = [];
  const on = (m) => {
    const c = m.op === 'record' && m.of === undefined && claims(m.jws);
    if (c?.kind === 'clock.lapse') late.push(Date.now() - c.due);
  };
  const s = await auditor.connect({ on, keep: false });
  await s.follow(await rig.world.head());
  const commit = limit('commit', rig.world.dsn, 'serial', 1)[0];
  const r = await rig.load({ ...REPORTS, rate: 50, seconds: 6, pool: 2000 });
  await until('all clocks have fired', () => late.length >= 2 * r.acked, 20_000);
  await s.close();
  await rig.world.policy(calm());
  const p99 = quantile(late, 0.99);
  notes.note('P12', p99 / commit, { p50: quantile(late, 0.5), p99, commit, clocks: late.length });
}

/** 5,000 tickets of two agencies each; the hub is away until all their clocks are due. */
export async function burst(rig, notes) {
  const within = 12;
  const tickets = 5000;
  await rig.world.policy(calm({ ack: { within } }));
  const head = await rig.world.head();
  const options = { ...REPORTS, rate: tickets / 5, seconds: 5, pool: 8000 };
  const { acked } = await rig.load(options);
  await rig.hub.kill();
  await sleep((within + 1) * 1000);
  await rig.hub.start();
  const fired = `SELECT at, count(*) AS n FROM ledger WHERE kind = 'clock.lapse' AND seq > ${head}
    GROUP BY at ORDER BY at`;
  const turns = await until(
    'all clocks have fired',
    async () => {
      const rows = await rig.sql(fired);
      return rows.reduce((n, row) => n + row.n, 0) >= 2 * acked && rows;
    },
    60_000,
    200,
  );
  const all = turns.reduce((n, row) => n + row.n, 0);
  const counted = all - turns.at(-1).n; // the last turn's end is not in the ledger
  const each = ((turns.at(-1).at - turns[0].at) / counted) * 1000;
  notes.note('P13', each, { clocks: all, turns: turns.length });
  await rig.world.policy(calm());
}

/** What PostgreSQL logs of a hub to which nobody speaks. */
export async function statements(rig, notes, seconds = 10) {
  const log = join(rig.cluster.folder, 'log');
  await rig.cluster.sql('postgres', "ALTER SYSTEM SET log_statement = 'all'");
  await rig.cluster.sql('postgres', 'DO $$ BEGIN PERFORM pg_reload_conf(); END $$');
  await sleep(500);
  const before = readFileSync(log, 'utf8').length;
  await sleep(seconds * 1000);
  const lines = readFileSync(log, 'utf8').slice(before).match(/LOG: {2}(execute|statement)/g) ?? [];
  await rig.cluster.sql('postgres', 'ALTER SYSTEM RESET log_statement');
  await rig.cluster.sql('postgres', 'DO $$ BEGIN PERFORM pg_reload_conf(); END $$');
  notes.note('P14', lines.length / seconds, { statements: lines.length, seconds, cores: CORES });
}
