import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { code, files, imports, json, list, matches, text } from './pack.ts'

/** The part of the pack that a file is in, as docs/architecture.md draws it. */
function partOf(file: string): string | undefined {
    const [, folder, first = ''] = /^(src|nodes|web)\/([\w-]+(?:\.ts)?)/.exec(file) ?? []
    if (folder === 'src') return first === 'pages.ts' ? first : first.replace(/\.ts$/, '')
    return folder === 'web' && first === 'shared' ? 'web/shared' : folder
}

/** All imports from one part to another, as `from --> to`; all may import lib. */
function realArrows(): string[] {
    const sources = ['src', 'nodes', 'web'].flatMap((folder) => files(folder, '.ts'))
    const arrows = sources.flatMap((file) => imports(file).map((target) => [partOf(file), partOf(target)] as const))
    const between = arrows.filter(([from, to]) => to !== undefined && to !== 'lib' && from !== to)
    return [...new Set(between.map(([from, to]) => `${from} --> ${to}`))].sort()
}

/** The arrows of a Mermaid flowchart, with the members of a box in place of the box. */
function drawnArrows(chart: string): string[] {
    const boxes = new Map<string, string[]>()
    const names = (text: string) => text.split('&').map((name) => name.trim())
    for (const [, box, members] of chart.matchAll(/subgraph (\S+)\n\s*(.+)\n\s*end/g)) boxes.set(box!, names(members!))
    const all = (text: string) => names(text).flatMap((name) => boxes.get(name) ?? [name])
    const lines = matches(chart, /^ *(.+ --> .+)$/gm).map((line) => line.split(' --> ') as [string, string])
    return lines.flatMap(([from, to]) => all(from).flatMap((one) => all(to).map((other) => `${one} --> ${other}`))).sort()
}

const documents = [...list('docs').flatMap((file) => (file.endsWith('.md') ? `docs/${file}` : [])), 'CONTRIBUTING.md', 'README.md']
const path = /`((?:src|nodes|web|test|scripts|simulators|locales|icons|examples|docs|bench)\/[\w./<>*-]+)`/g

const root = resolve(import.meta.dirname, '../..')

/** Rows of a document's tables, as lists of cells. */
const rows = (document: string, isWanted: (cells: string[]) => boolean): string[][] =>
    matches(document, /^\| (?!-)(.+) \|$/gm)
        .map((line) => line.split('|').map((cell) => cell.trim()))
        .filter(isWanted)

/** What documents say of the code. */
export const describeDocuments = () =>
    describe('the documents', () => {
        const architecture = text('docs/architecture.md')
        const glossary = text('docs/glossary.md')

        it('draw the imports that there are: see the flowchart in docs/architecture.md', () => {
            const [chart = ''] = matches(architecture, /```mermaid\n([\s\S]*?)```/g)
            assert.deepEqual(drawnArrows(chart), realArrows())
        })

        it('name files that there are', () => {
            for (const file of documents) {
                const missing = matches(text(file), path).filter(
                    (named) => globSync(named.replace(/<\w+>/g, '*'), { cwd: root }).length === 0,
                )
                assert.deepEqual(missing, [], file)
            }
        })

        it('list each node in README.md', () => {
            const shown = list('nodes').flatMap((room) => json(`nodes/${room}/en-US.json`).label?.palette ?? [])
            assert.ok(shown.length > 10)
            const [listed = ''] = matches(text('README.md'), /^## Nodes\n([\s\S]*?)^## /gm)
            const names = matches(listed, /^\| (\w[\w ]*?) +\|/gm).filter((name) => name !== 'node')
            assert.deepEqual(names.sort(), shown.sort())
        })

        it('name functions where they are', () => {
            const steps = [...architecture.matchAll(/^\d+\. `([\w./-]+)`(?: `([\w.#]+)`)?:/gm)]
            assert.ok(steps.length >= 30)
            for (const [, file = '', names = ''] of steps)
                for (const name of names.split('.')) assert.match(code(file), new RegExp(`(?<![\\w#])${name}\\b`), `${file} has ${name}`)
            const source = ['src', 'nodes']
                .flatMap((folder) => files(folder, '.ts'))
                .map(code)
                .join()
            for (const names of matches(architecture, /`([A-Z][a-z]+[A-Za-z]*(?:\.#?\w+)?)`/g))
                for (const name of names.split('.')) assert.match(source, new RegExp(`(?<![\\w#])${name}\\b`), names)
        })

        it('show interfaces with the members that they have', () => {
            const shown = [...architecture.matchAll(/```ts\n\/\/ (\S+)\n([\s\S]*?)```/g)]
            assert.equal(shown.length, 6)
            for (const [, file = '', excerpt = ''] of shown)
                for (const name of matches(excerpt, /^ *(?:worker\.|interface )?(\w+)[(:<]/gm))
                    assert.match(code(file), new RegExp(`\\b${name}\\b`), `${file} has ${name}`)
        })

        it('define words that occur: in the code, and in the German texts', () => {
            const words = rows(glossary, (cells) => cells.length === 4 && cells[0] !== 'word')
            assert.ok(words.length > 60)
            const source = ['src', 'nodes']
                .flatMap((folder) => files(folder, '.ts'))
                .map(code)
                .join()
            const german = [...files('locales/de', ''), 'web/observer/texts.ts']
                .filter((file) => /\.\w+$/.test(file))
                .map(text)
                .join()
            for (const [word, translation = '', term = ''] of words) {
                assert.match(german, new RegExp(`\\b${translation}`), `${word}: ${translation}`)
                const [name] = matches(term, /^`(\w+)`$/g)
                assert.ok(name, `${word}: a name in the code`)
                assert.match(source, new RegExp(`\\b${name}\\b`), `${word}: ${term}`)
            }
            const names = words.map(([word]) => word)
            assert.deepEqual(names, [...new Set(names)])
        })

        it('list names that are not used, nor are they', () => {
            const names = rows(glossary, (cells) => cells.length === 2 && cells[0] !== 'not').flatMap(([cell = '']) =>
                matches(cell, /`(\w+)`/g),
            )
            assert.ok(names.length > 10)
            const isUsed = new RegExp(`\\b(${names.join('|')})\\b`, 'g')
            const quoted = /'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g
            const sources = ['src', 'nodes', 'web', 'simulators', 'scripts'].flatMap((folder) => files(folder, '.ts'))
            const used = sources.flatMap((file) => matches(code(file).replace(quoted, "''"), isUsed).map((name) => `${file} ${name}`))
            assert.deepEqual(used, [])
        })
    })
