// posko verify and posko export, run on a world's database or on a file.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { POSKOD, ROOT } from './hub.mjs';

export const POSKO = resolve(ROOT, process.env.POSKO ?? `${dirname(POSKOD)}/posko`);

function run(args) {
  if (!existsSync(POSKO)) throw new Error(`${POSKO} is not built`);
  const child = spawn(POSKO, ['--lang', 'en', '--json', ...args], {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ASAN_OPTIONS: 'detect_leaks=1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const out = { stdout: '', stderr: '' };
  child.stdout.on('data', (d) => (out.stdout += d));
  child.stderr.on('data', (d) => (out.stderr += d));
  return new Promise((done, fail) => {
    child.on('error', fail);
    child.on('close', (status) => done({ ...out, status }));
  });
}

/** What verify says: {status, problems: [{seq, what, text, follows}], ok, root, records ...}. */
export async function verify(...args) {
  const { stdout, stderr, status } = await run(['verify', ...args]);
  const lines = stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const summary = lines.find((m) => m.op === 'verified') ?? {};
  const error = lines.find((m) => m.op === 'error')?.text;
  const list = lines.filter((m) => m.op === 'problem');
  if (stderr) throw new Error(`posko verify: ${stderr}`);
  return { ...summary, status, error, problems: list };
}

/** Writes the whole ledger of a database into `file`. */
export async function exportLedger(dsn, file) {
  const { stdout, stderr, status } = await run(['export', '--database', dsn, '--ledger', file]);
  if (status !== 0) throw new Error(`posko export: ${status} ${stdout} ${stderr}`);
  return JSON.parse(stdout);
}
