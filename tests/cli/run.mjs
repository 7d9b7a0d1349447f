// Runs the command with a folder of its own, and waits for what it prints.
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

export const POSKO = resolve(process.env.POSKO ?? 'build/test/posko')

export function home() {
  const dir = mkdtempSync(join(tmpdir(), 'posko-cli-'))
  mkdirSync(join(dir, 'posko'), { mode: 0o700 })
  return dir
}

// A key in the folder, as `posko enrol` would have left it.
export function keep(dir, hub, agency, member, key, more = {}) {
  const base = join(dir, 'posko', `${agency}.${member}`)
  writeFileSync(`${base}.pem`, key.pem, { mode: 0o600 })
  chmodSync(`${base}.pem`, 0o600)
  writeFileSync(`${base}.json`, JSON.stringify({ url: hub.url, aud: hub.aud, hub: hub.key.kid, iss: agency, act: member, kid: key.kid, ...more }))
  return `${base}.pem`
}

export function start(dir, args, { input, env = {} } = {}) {
  const child = spawn(POSKO, args, {
    env: { PATH: process.env.PATH, HOME: dir, XDG_CONFIG_HOME: dir, LANG: 'en_US.UTF-8', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const out = { child, stdout: '', stderr: '' }
  child.stdout.on('data', (d) => { out.stdout += d })
  child.stderr.on('data', (d) => { out.stderr += d })
  child.stdin.end(input ?? '')
  out.ended = new Promise((done) => child.on('close', (code) => { out.code = code; done(out) }))
  out.until = async (test, ms = 5000) => {
    for (const end = Date.now() + ms; Date.now() < end;) {
      if (test(out)) return out
      await new Promise((r) => setTimeout(r, 20))
    }
    throw new Error(`not seen in ${ms} ms; stdout: ${out.stdout}\nstderr: ${out.stderr}`)
  }
  return out
}

export const posko = (dir, args, options) => start(dir, args, options).ended

export const run = (program, args) => new Promise((done) => {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const out = { stdout: '', stderr: '' }
  child.stdout.on('data', (d) => { out.stdout += d })
  child.stderr.on('data', (d) => { out.stderr += d })
  child.on('close', (code) => done({ ...out, code }))
})
