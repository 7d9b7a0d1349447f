// Small disks of memory, which a test fills.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Skipped } from './run.mjs';

/** A folder that is a disk of so many MiB until the run ends. */
export function disk(run, mebibytes, who = {}) {
  const folder = mkdtempSync('/tmp/pt-');
  const args = ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder];
  const made = spawnSync('mount', args, { encoding: 'utf8' });
  if (made.status !== 0) throw new Skipped(`no tmpfs can be mounted here: ${made.stderr.trim()}`);
  chmodSync(folder, 0o755);
  if (who.uid) chownSync(folder, who.uid, who.gid);
  const drop = () => {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', drop);
  run.last(drop);
  return folder;
}

/** Takes all but `spare` bytes of what is left. */
export function fill(folder, spare = 0) {
  const { bavail, bsize } = statfsSync(folder);
  const size = Math.max(0, bavail * bsize - spare);
  const piece = Buffer.alloc(1 << 20);
  try {
    writeFileSync(join(folder, 'filler'), Buffer.alloc(size), { flag: 'a' });
    while (spare === 0) writeFileSync(join(folder, 'filler'), piece, { flag: 'a' });
  } catch (e) {
    if (e.code !== 'ENOSPC') throw e;
  }
}

export const free = (folder) => {
  if (existsSync(join(folder, 'filler'))) rmSync(join(folder, 'filler'));
};
