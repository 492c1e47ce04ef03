import assert from 'node:assert/strict'
import type * as v from 'valibot'
import { rows } from '../src/editor/rows.ts'
import { fieldOf } from '../src/node-red/fields.ts'
import { pages } from '../src/pages.ts'
import { describeCodes } from './support/codes.ts'
import { describeDocuments } from './support/documents.ts'
import { describeImports } from './support/import-rules.ts'
import { code, entries, files, imports, json, keys, list, matches, text } from './support/pack.ts'
import { describeExports } from './support/unused-exports.ts'

/** The shape of the pack: what makes each room a node that Node-RED, its users and its other rooms can live with. */

const pkg = json('package.json')
const rooms = list('nodes')
const languages = list('locales').filter((language) => language !== 'en-US')
const common = { common: json('locales/en-US/common.json') }
const roles = ['schema.ts', 'runtime.ts', 'client.ts', 'editor.ts', 'en-US.json', 'en-US.md', 'migrate.ts']
const shown = new Set(files('examples', '.json').flatMap((file) => json(file).map((node: { type: string }) => node.type)))
/** Quoted texts that are keys of a catalogue. */
const key = /'((?:common\.)?(?:label|option|output|status|invalid|hint|placeholder|unit)\.[\w.]+)'/g
/** Rooms of configuration nodes. */
const isConfigRoom = (room: string) => /-(config|endpoint)$/.test(room)
const variables = (value: string) => matches(value, /__(\w+)__/g).sort()
const codes = (help: string) => matches(help, /`([A-Z]+(?:_[A-Z]+)*)`/g).sort()

async function exports(room: string) {
    const module: Record<string, unknown> = await import(`../nodes/${room}/schema.ts`)
    const [, config] = Object.entries(module).find(([name]) => name.endsWith('Config'))!
    const { entries: settings } = config as v.ObjectSchema<v.ObjectEntries, undefined>
    return { settings, credentials: (module.credentials as Record<string, { type: string }> | undefined) ?? {} }
}

for (const room of rooms)
    describe(`nodes/${room}`, () => {
        const own = (role: string) => text(`nodes/${room}/${role}`)
        const type = `socketworks-${room}`
        const isConfig = isConfigRoom(room)
        const catalogue = () => [...keys(json(`nodes/${room}/en-US.json`)), ...keys(common)]

        it('is listed in package.json under its bare name', () => assert.equal(pkg['node-red'].nodes[room], `dist/nodes/${room}.js`))

        it('registers under its prefixed name, as a literal that the Flow Library can read', () => {
            assert.match(own('editor.ts'), new RegExp(`registerType\\('${type}', \\{`))
            assert.match(own('runtime.ts'), new RegExp(`defineNode\\(\\s*'${room}',`))
        })

        it('has files of the known roles only', () =>
            assert.deepEqual(
                list(`nodes/${room}`).filter((file) => !roles.includes(file)),
                [],
            ))

        it('has no setting by a name that the editor itself keeps something under', async () => {
            const taken = [
                'id',
                'type',
                'x',
                'y',
                'z',
                'g',
                'd',
                'w',
                'h',
                'wires',
                'status',
                'valid',
                'changed',
                'dirty',
                'users',
                'inputs',
                'outputs',
            ]
            assert.deepEqual(
                Object.keys((await exports(room)).settings).filter((name) => taken.includes(name)),
                [],
            )
        })

        const prefix = isConfig ? 'node-config-input' : 'node-input'
        const dialog = async () => {
            const { settings, credentials } = await exports(room)
            return rows({ prefix, settings, credentials, hints: {}, folded: {}, has: (key) => catalogue().includes(key) })
        }

        it('has a form field with a label for each setting and each credential', async () => {
            const { settings, credentials } = await exports(room)
            const form = await dialog()
            for (const setting of [...Object.keys(settings), ...Object.keys(credentials)]) {
                assert.ok(form.includes(`id="${prefix}-${setting}"`), `a field for ${setting}`)
                const isNamed = new RegExp(`id="${prefix}-${setting}"[^>]*\\[aria-label\\]`).test(form)
                const isTypeOfAnother = setting.endsWith('Type') && setting.slice(0, -4) in settings
                assert.ok(isTypeOfAnother || isNamed || form.includes(`<label for="${prefix}-${setting}">`), `a label for ${setting}`)
            }
        })

        it('shows only text that exists', async () => {
            const inForm = matches(await dialog(), /data-i18n="([^"]+)"/g).flatMap((keys) => keys.replace(/\[[\w-]+\]/g, '').split(';'))
            const inCode = ['editor.ts', 'runtime.ts'].flatMap((role) => matches(code(`nodes/${room}/${role}`), key))
            assert.deepEqual(
                [...inForm, ...inCode].filter((used) => !catalogue().includes(used)),
                [],
            )
        })

        it('has no text for a setting or a choice that is gone', async () => {
            const form = await dialog()
            const own = keys(json(`nodes/${room}/en-US.json`)).filter((name) => /^(label|hint|option|placeholder|invalid)\./.test(name))
            const { settings } = await exports(room)
            const words = Object.values(settings).flatMap((setting) => {
                const field = fieldOf(setting as v.GenericSchema)
                return field.kind === 'typed' ? (field.words ?? []).map((word) => `option.${word}`) : []
            })
            const folded = matches(code(`nodes/${room}/editor.ts`), /(\w+): \['/g).map((name) => `label.${name}`)
            const inCode = [code(`nodes/${room}/editor.ts`), ...files('src/editor', '.ts').map(code)].join()
            assert.deepEqual(
                own.filter((name) => ![...words, ...folded].includes(name) && !form.includes(name) && !inCode.includes(`'${name}'`)),
                [],
            )
        })

        it('brings no form, style or colour of its own', () => {
            for (const colour of matches(own('editor.ts'), /(#[\da-f]{3,8})'/gi))
                assert.match(own('editor.ts'), new RegExp(`color: '${colour}'`))
            assert.doesNotMatch(own('editor.ts'), /<(script|style|div)|style=/)
        })

        it('is told in the same keys, with the same variables, in each language', () => {
            for (const language of languages) {
                const english = entries(json(`nodes/${room}/en-US.json`)).map(([name, value]) => [name, variables(value)])
                const theirs = entries(json(`locales/${language}/${room}.json`)).map(([name, value]) => [name, variables(value)])
                assert.deepEqual(theirs.sort(), english.sort())
            }
        })

        it('has help whose first line fits a tooltip, with the same sections and codes in each language', () => {
            const english = own('en-US.md')
            assert.match(english, /^\S.{10,180}\n\n### /)
            for (const language of languages) {
                const help = text(`locales/${language}/${room}.md`)
                assert.match(help, /^\S.{10,180}\n\n### /)
                assert.equal(matches(help, /^(### )/gm).length, matches(english, /^(### )/gm).length)
                assert.equal(matches(help, /^ *(: )/gm).length, matches(english, /^ *(: )/gm).length)
                assert.deepEqual(codes(help), codes(english))
            }
        })

        it('has help that the editor can lay out: a property, its type and one text without a colon', () => {
            for (const help of [own('en-US.md'), ...languages.map((language) => text(`locales/${language}/${room}.md`))])
                for (const line of help.split('\n').filter((line) => /^ *:/.test(line)))
                    assert.match(line, /^ *: [^:()]+ \([^:()]+\) : [^:]+$/)
        })

        if (!isConfig)
            it('has an icon, a translated palette label and labelled outputs', () => {
                const editor = own('editor.ts')
                const [icon] = matches(editor, /icon: '(socketworks-[\w-]+\.svg)'/g)
                assert.ok(icon && list('icons').includes(icon), icon)
                assert.match(editor, /\bform\('/)
                assert.match(editor, /\.\.\.outputs\(|\.\.\.doneOrRefused/)
                assert.match(editor, /category: 'socketworks'/)
            })

        if (!isConfig) it('appears in an example', () => assert.ok(shown.has(type)))
    })

describe('the pack', () => {
    const sources = ['src', 'nodes', 'simulators'].flatMap((folder) => files(folder, '.ts'))

    it('lists no node that is gone, and has no translation or icon of one', () => {
        assert.deepEqual(Object.keys(pkg['node-red'].nodes).sort(), rooms.toSorted())
        for (const language of languages)
            for (const file of list(`locales/${language}`)) {
                const room = file.replace(/\.(json|md)$/, '')
                assert.ok(room === 'common' ? file.endsWith('.json') : rooms.includes(room), `locales/${language}/${file}`)
            }
        const used = rooms.flatMap((room) => matches(text(`nodes/${room}/editor.ts`), /icon: '(\S+\.svg)'/g))
        assert.deepEqual(list('icons').sort(), used.sort())
    })

    it('has icons of the size and kind that Node-RED wants', () => {
        for (const icon of list('icons')) assert.match(text(`icons/${icon}`), /^<svg [^>]*width="40" height="60" viewBox="0 0 40 60">/)
    })

    it('says what all nodes share in each language', () => {
        const shape = (catalogue: object) =>
            entries(catalogue)
                .map(([name, value]) => [name, variables(value)])
                .sort()
        for (const language of languages) assert.deepEqual(shape(json(`locales/${language}/common.json`)), shape(common.common))
        const used = [...files('src/editor', '.ts'), ...files('src/node-red', '.ts')].flatMap((file) => matches(code(file), key))
        const shown = rooms.filter((room) => !isConfigRoom(room))
        const inEach = (name: string) => shown.every((room) => keys(json(`nodes/${room}/en-US.json`)).includes(name))
        assert.deepEqual(
            used.filter((name) => !keys(common).includes(name) && !inEach(name)),
            [],
        )
    })

    it('explains each refusal code in the help of some node', () => {
        const thrown = sources.flatMap((file) => matches(code(file), /new Refusal\(\s*\d+,\s*'(\w+)'/g))
        const explained = new Set(rooms.flatMap((room) => codes(text(`nodes/${room}/en-US.md`))))
        assert.deepEqual(
            [...new Set(thrown)].filter((name) => !explained.has(name)),
            [],
        )
    })

    it('styles nothing but its own dialogs, in colours of the theme', () => {
        const style = text('src/editor/style.ts')
        const [css = ''] = matches(style, /`([\s\S]*?)`/g)
        for (const selector of matches(css, /(?:^|\})\s*([^{}]+)\{/g).flatMap((group) => group.split(',')))
            assert.match(selector.trim(), /^\.socketworks-/)
        for (const colour of matches(css, /color:\s*([^;]+);/g)) assert.match(colour, /^var\(--red-ui-/)
        assert.doesNotMatch(css, /#[\da-f]{3}|rgb/i)
    })

    it('serves each page that web/ has, by a plugin that Node-RED loads whatever is deployed', () => {
        const folders = list('web').filter((name) => files('web', 'index.html').includes(`web/${name}/index.html`))
        assert.deepEqual([...pages].sort(), folders.sort())
        assert.deepEqual(Object.values(pkg['node-red'].plugins), ['dist/src/node-red/plugin.js'])
    })

    it('depends on six packages and no more, and uses them', () => {
        assert.deepEqual(Object.keys(pkg.dependencies).sort(), ['croner', 'jose', 'kysely', 'mqtt', 'valibot', 'ws'])
        const used = new Set(sources.flatMap(imports))
        assert.deepEqual(
            Object.keys(pkg.dependencies).filter((name) => !used.has(name)),
            [],
        )
    })
})

describeCodes()
describeDocuments()
describeExports()
describeImports()
