import assert from 'node:assert/strict'
import { code, files, imports } from './pack.ts'

const sources = ['src', 'nodes', 'simulators', 'web'].flatMap((folder) => files(folder, '.ts'))
const graph = new Map(sources.map((file) => [file, imports(file)]))

const isEditor = (file: string) => file.startsWith('src/editor/') || file.endsWith('/editor.ts')
/** What a file is part of: a subject of src/, a node's room, or a page. */
const partOf = (file: string) => /^(src|nodes|web)\/[\w-]+|^simulators/.exec(file)?.[0]
/** A list of names alone, which dialogs offer as a choice. */
const isNames = (file: string) => /^src\/[\w-]+\/[\w-]+\/names\.ts$/.test(file) && graph.get(file)?.length === 0
const isIn = (part: string) => (file: string) => partOf(file) === `src/${part}`

interface Rule {
    title: string
    of(file: string): boolean
    wrong(target: string, file: string): boolean
}

/** All that keeps the parts of the pack apart; what a target is, a package or a path, is as {@link imports} gives it. */
const rules: Rule[] = [
    {
        title: 'points from nodes to src, and never back',
        of: (file) => file.startsWith('src/'),
        wrong: (target) => /^(nodes|simulators|test|scripts|web)\//.test(target),
    },
    {
        title: 'of Node-RED is in src/node-red only, and in nodes',
        of: (file) => file.startsWith('src/') && !isIn('node-red')(file) && !isEditor(file),
        wrong: (target) => /^(@node-red\/|node-red$|node-red\/|src\/node-red\/)/.test(target),
    },
    {
        title: 'in src/node-red is of no subject',
        of: isIn('node-red'),
        wrong: (target) => target.startsWith('src/') && !/^src\/(node-red|lib|http)\/|^src\/pages\.ts$/.test(target),
    },
    {
        title: 'in src/store, or src/lib, is of no subject either',
        of: (file) => isIn('store')(file) || isIn('lib')(file),
        wrong: (target, file) => target.startsWith('src/') && !target.startsWith('src/lib/') && partOf(target) !== partOf(file),
    },
    {
        title: 'goes to another subject by its index',
        of: (file) => !file.startsWith('web/'),
        wrong: (target, file) =>
            /^src\/[\w-]+\//.test(target) &&
            partOf(target) !== partOf(file) &&
            !target.endsWith('/index.ts') &&
            target !== 'src/node-red/fields.ts' &&
            !isNames(target) &&
            !isEditor(target),
    },
    {
        title: "goes to another node's folder by its client.ts",
        of: (file) => file.startsWith('nodes/'),
        wrong: (target, file) => target.startsWith('nodes/') && partOf(target) !== partOf(file) && !target.endsWith('/client.ts'),
    },
    {
        title: 'in a page is of no other page, and in web/shared of packages only',
        of: (file) => file.startsWith('web/'),
        wrong: (target, file) =>
            /^(src|nodes|simulators|web)\//.test(target) &&
            partOf(target) !== partOf(file) &&
            (partOf(file) === 'web/shared' || !/^(src|web\/shared)\//.test(target)),
    },
    {
        title: 'in editor code is of nothing that needs Node.js',
        of: (file) => file.startsWith('src/editor/'),
        wrong: (target) => !/^(node-red|valibot|src\/node-red\/fields\.ts|src\/editor\/[\w-]+\.ts)$/.test(target),
    },
    {
        title: "in a node's dialog is of what all dialogs share, which is loaded once",
        of: (file) => file.endsWith('/editor.ts'),
        wrong: (target) => !/^(node-red|src\/editor\/index\.ts|nodes\/[\w-]+\/schema\.ts)$/.test(target),
    },
    {
        title: 'in what the editor and the runtime share brings neither along',
        of: (file) => /^nodes\/[\w-]+\/schema\.ts$/.test(file) || file === 'src/node-red/fields.ts',
        wrong: (target, file) => target !== (file === 'src/node-red/fields.ts' ? 'valibot' : 'src/node-red/fields.ts') && !isNames(target),
    },
    { title: 'in the runtime is of no editor code', of: (file) => !isEditor(file), wrong: isEditor },
    {
        title: 'of a database is in src/store only',
        of: (file) => !isIn('store')(file),
        wrong: (target) => /^(node:sqlite|kysely|pg)\b/.test(target),
    },
    {
        title: 'of a timer is in src/lib only, of which everybody takes a clock',
        of: (file) => !isIn('lib')(file) && !file.startsWith('simulators/'),
        wrong: (target) => /^(node:)?timers\b/.test(target),
    },
]

/** The nodes of a graph that can be reached from themselves. */
function circles(edges: ReadonlyMap<string, Iterable<string>>): string[] {
    const reach = (from: string) => {
        const seen = new Set<string>()
        const ahead = [from]
        for (let next = ahead.pop(); next !== undefined; next = ahead.pop())
            for (const target of edges.get(next) ?? [])
                if (!seen.has(target)) {
                    seen.add(target)
                    ahead.push(target)
                }
        return seen
    }
    return [...edges.keys()].filter((from) => reach(from).has(from))
}

/** What imports of all sources keep to. These rules stand nowhere else. */
export const describeImports = () =>
    describe('an import', () => {
        for (const { title, of, wrong } of rules)
            it(title, () => {
                const found = sources
                    .filter(of)
                    .flatMap((file) => graph.get(file)!.flatMap((target) => (wrong(target, file) ? `${file} imports ${target}` : [])))
                assert.deepEqual(found, [])
            })

        it('leads to no file that leads back', () => assert.deepEqual(circles(graph), []))

        it('leads to no subject that leads back', () => {
            const subjects = Map.groupBy(
                sources.filter((file) => file.startsWith('src/')),
                (file) => partOf(file)!,
            )
            const others = (name: string, all: string[]) =>
                all.flatMap((file) => graph.get(file)!.flatMap((target) => partOf(target) ?? [])).filter((part) => part !== name)
            assert.deepEqual(circles(new Map([...subjects].map(([name, all]) => [name, others(name, all)]))), [])
        })

        it('is not the only way to know a database: its name is in src/store only, too', () =>
            assert.deepEqual(
                sources.filter((file) => file.startsWith('src/') && !isIn('store')(file) && /sqlite/i.test(code(file))),
                [],
            ))

        it('is not needed for time and chance, which are parameters', () => {
            const own = /\b(Date\.now\(|new Date\(\)|performance\.now|set(Timeout|Interval|Immediate)\(|Math\.random|randomUUID\()/
            const inNodes = /\bset(Timeout|Interval|Immediate)\(/
            const found = (all: string[], wrong: RegExp) => all.filter((file) => wrong.test(code(file)))
            const runtime = sources.filter((file) => !isIn('lib')(file) && !isEditor(file))
            assert.deepEqual(
                [
                    ...found(
                        runtime.filter((file) => file.startsWith('src/')),
                        own,
                    ),
                    ...found(
                        runtime.filter((file) => file.startsWith('nodes/')),
                        inNodes,
                    ),
                ],
                [],
            )
        })
    })
