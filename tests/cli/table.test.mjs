// Parser, help, completion and manual page come from one table; here they are held together.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { POSKO } from './run.mjs'

const COMMANDS = ('enrol invite revoke put report alert clear ack accept decline enroute onscene done note share change offer ' +
  'take merge escalate resolve close reopen duty watch history tickets who beat doctor ready completion man help version').split(' ')
const run = (args, env = {}) => spawnSync(POSKO, args, { encoding: 'utf8', env: { PATH: process.env.PATH, HOME: '/nonexistent', ...env } })
const en = (...args) => run(['--lang', 'en', ...args])
const optionsOf = (text) => [...text.matchAll(/^ {2}(--[a-z-]+)/gm)].map((m) => m[1])

test('help lists every command, in both languages', () => {
  for (const lang of ['id', 'en']) {
    const text = run(['help', '--lang', lang]).stdout
    for (const name of COMMANDS) assert.match(text, new RegExp(`^  ${name}[ \\n]`, 'm'), name)
  }
  assert.notEqual(run(['help', '--lang', 'id']).stdout, run(['help', '--lang', 'en']).stdout)
})

test('every command has help, which the parser, the manual and the completion agree with', () => {
  const man = en('man').stdout
  const completion = run(['completion', 'bash']).stdout
  for (const name of COMMANDS) {
    const help = en(name, '--help')
    assert.equal(help.status, 0, name)
    assert.equal(help.stdout, en('help', name).stdout)
    for (const option of optionsOf(help.stdout)) {
      assert.match(man, new RegExp(`^\\t?\\*${option}[ *]`, 'm'), `${name} ${option} in the manual`)
      assert.ok(completion.includes(` ${option}`), `${name} ${option} in the completion`)
      const given = en(name, `${option}=x`, '--nonsense')
      assert.doesNotMatch(given.stderr, new RegExp(`no option '${option}'`))
    }
  }
})

test('the completion is bash, and completes commands, options and words', () => {
  const script = run(['completion', 'bash']).stdout
  const complete = (...words) => spawnSync('bash', ['-c',
    `${script}\nCOMP_WORDS=(posko ${words.map((w) => `'${w}'`).join(' ')}); COMP_CWORD=${words.length}; _posko; echo "\${COMPREPLY[@]}"`],
  { encoding: 'utf8' }).stdout.trim().split(' ')
  assert.deepEqual(complete('esc'), ['escalate'])
  assert.deepEqual(complete('report', '--sev', 'ext'), ['extreme'])
  assert.deepEqual(complete('report', '--ca'), ['--cat', '--ca'])
  assert.deepEqual(complete('close', '42', 'false'), ['false_alarm'])
  assert.deepEqual(complete('duty', 'st'), ['start'])
})

test('the manual page is scdoc, where scdoc is installed', (t) => {
  for (const lang of ['id', 'en']) {
    const page = spawnSync('scdoc', { input: run(['man', '--lang', lang]).stdout, encoding: 'utf8' })
    if (page.error) { t.skip('no scdoc'); return }
    assert.equal(page.status, 0, page.stderr)
    assert.match(page.stdout, /\.TH "posko" "1"/)
  }
})

test('the language: --lang, else LC_ALL, LC_MESSAGES, LANG; English only when it starts with en', () => {
  const is = (env, args = []) => (/Pemakaian/.test(run(['help', ...args], env).stdout) ? 'id' : 'en')
  assert.equal(is({}), 'id')
  assert.equal(is({ LANG: 'C.UTF-8' }), 'id')
  assert.equal(is({ LANG: 'en_US.UTF-8' }), 'en')
  assert.equal(is({ LANG: 'en_US.UTF-8', LC_ALL: 'id_ID.UTF-8' }), 'id')
  assert.equal(is({ LANG: 'en_US.UTF-8' }, ['--lang', 'id']), 'id')
})

test('wrong usage is 2, says what is wrong, and what may have been meant', () => {
  const cases = [
    [['reprot'], /no command 'reprot'; did you mean 'report'/],
    [['report', 'x', '--to', 'a'], /--cat is missing/],
    [['ack'], /ticket is missing/],
    [['ack', '1', '2'], /one argument too many: '2'/],
    [['ack', '1', '--eta', '5m'], /no option '--eta'/],
    [['accept', '1', '--eta', 'soon'], /--eta: 'soon' is not valid/],
    [['accept', '1', '--eta'], /--eta needs a value/],
    [['report', 'x', '--cat', 'a', '--to', 'b', '--sev', 'huge'], /'huge' is none of: minor moderate severe extreme/],
    [['report', 'x', '--cat', 'a', '--cat', 'b'], /--cat is given twice/],
    [['tickets', '--all=yes'], /--all takes no value/],
    [['invite', 'sari'], /AGENCY\/MEMBER/],
    [['enrol', 'https://kpu/#enrol=short'], /not an enrolment link/],
    [['-x'], /no option/]]
  for (const [args, text] of cases) {
    const r = en(...args)
    assert.equal(r.status, 2, args.join(' '))
    assert.match(r.stderr, text)
    assert.equal(r.stdout, '')
  }
  assert.equal(run([]).status, 2)
  assert.equal(run(['--version']).status, 0)
})
