// Rows whose fault a story of tests/net or tests/flow makes: they are run as they are.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../../flow/lib/hub.mjs';
import { Skipped } from '../lib/run.mjs';

function play(run, files) {
  const test = process.env.POSKOD_TEST;
  if (!test) throw new Skipped('POSKOD_TEST must name a hub of the test build');
  const echo = join(dirname(test), 'tests/net/echo');
  if (!existsSync(echo)) throw new Skipped(`${echo} is not built`);
  const args = ['--test', '--test-force-exit', '--test-concurrency=1', '--test-reporter=tap'];
  const env = { ...process.env, POSKOD: test, POSKO_ECHO: echo };
  const options = { cwd: ROOT, env, encoding: 'utf8', maxBuffer: 1 << 28 };
  const { stdout, status } = spawnSync(process.execPath, [...args, ...files], options);
  const [, passed] = stdout.match(/^# pass (\d+)$/m) ?? [0, 0];
  run.say(`${passed} tests of ${files.join(' ')}`);
  const bad = stdout.split('\n').filter((line) => /^\s*not ok/.test(line));
  assert.equal(status, 0, bad.join('\n') || stdout.slice(-2000));
  assert.ok(Number(passed) > 0, 'there were tests');
}

const net = (names) => names.map((name) => `tests/net/${name}.test.mjs`);

export const malformed = (run) =>
  play(run, net(['conformance', 'handshake', 'messages', 'requests', 'addresses']));
export const tamper = (run) => play(run, ['tests/flow/tamper.test.mjs']);
export const restore = (run) => play(run, ['tests/flow/restore.test.mjs']);
