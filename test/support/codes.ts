import assert from 'node:assert/strict'
import { code, files, list, matches, text } from './pack.ts'

/** Codes with their statuses, each pair once: `BAD_INPUT 422`. */
const pairs = (from: string, pattern: RegExp) => [...from.matchAll(pattern)].map(({ groups }) => `${groups!.code} ${groups!.status}`)
const ofRefusals = /new Refusal\(\s*(?<status>\d{3}),\s*'(?<code>[A-Z_]+)'/g
const ofTables = /^\| `(?<code>[A-Z_]+)` *\| (?<status>\d{3}) /gm

/** What every code of a refusal keeps to, and docs/errors.md with it. */
export const describeCodes = () =>
    describe('a code of a refusal', () => {
        const sources = ['src', 'nodes'].flatMap((folder) => files(folder, '.ts'))
        const thrown = [...new Set(sources.flatMap((file) => pairs(code(file), ofRefusals)))].sort()

        it('has one HTTP status, wherever it occurs', () => {
            const names = thrown.map((pair) => pair.split(' ')[0])
            assert.ok(names.length > 30)
            assert.deepEqual(
                names.filter((name, i) => names.indexOf(name) !== i),
                [],
            )
        })

        it('and its status are given as they are, or passed on from another refusal', () => {
            const isPassedOn = /new Refusal\(\s*(?:(?<of>[\w.]+)\.status,\s*\k<of>\.code|status, code),/g
            const isOfSettings = /new Refusal\(Number\(code\), `HTTP_\$\{code\}`/g
            for (const file of sources) {
                const others = code(file).replace(ofRefusals, '').replace(isPassedOn, '').replace(isOfSettings, '')
                assert.doesNotMatch(others, /new Refusal\(/, file)
            }
        })

        it('is listed in docs/errors.md with that status', () => {
            assert.deepEqual(pairs(text('docs/errors.md'), ofTables).sort(), thrown)
        })

        it('comes with its meaning and with what to do', () => {
            const rows = matches(text('docs/errors.md'), /^(\| `.+)$/gm)
            for (const row of rows) assert.match(row, /^\| `[A-Z_]+` +\| \d{3} +\| \S.+ \| \S.+ \|$/)
        })

        it('has that status in the help, in every language', () => {
            const helps = list('nodes').flatMap((room) => [
                `nodes/${room}/en-US.md`,
                ...list('locales').flatMap((language) => (language === 'en-US' ? [] : `locales/${language}/${room}.md`)),
            ])
            for (const help of helps)
                assert.deepEqual(
                    pairs(text(help), ofTables).filter((pair) => !thrown.includes(pair)),
                    [],
                    help,
                )
        })
    })
