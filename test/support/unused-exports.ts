import assert from 'node:assert/strict'
import { dirname, join, normalize } from 'node:path'
import { code, files, matches } from './pack.ts'

const sources = new Map(
    ['src', 'nodes', 'simulators', 'web', 'scripts', 'bench'].flatMap((folder) => files(folder, '.ts')).map((file) => [file, code(file)]),
)

interface Use {
    /** The name of an export, and its file: `src/lib/index.ts name`. */
    of: string
    /** Whether it is only passed on, by `export … from`. */
    isPassedOn: boolean
}

/** What a file uses of others. */
const uses = (file: string, source: string): Use[] =>
    [...source.matchAll(/\b(import|export)\s[^'"]*?\{([^}]*)\}\s*from '(\.[^'\n]+)'/g)].flatMap(([, kind, list, target]) =>
        names(list!).map((name) => ({ of: `${normalize(join(dirname(file), target!))} ${name}`, isPassedOn: kind === 'export' })),
    )

const names = (list: string): string[] => matches(list, /(?:^|,)\s*(?:type\s+)?(\w+)/g)

/** Values and types that a file exports by name. */
function exported(file: string, source: string): string[] {
    const declared = matches(source, /^export (?:async |abstract )*(?:const|function\*?|class|interface|type|enum) (\w+)/gm)
    // A type that describes another export of its file need not be named elsewhere.
    const isType = (name: string) => new RegExp(`^export (?:interface|type) ${name}\\b`, 'm').test(source)
    const isDescribing = (name: string) => isType(name) && matches(source, new RegExp(`\\b(${name})\\b`, 'g')).length > 1
    const passedOn = uses(file, source).filter(({ isPassedOn }) => isPassedOn)
    return [...declared.filter((name) => !isDescribing(name)), ...passedOn.map(({ of }) => of.split(' ')[1]!)]
}

/** Exports that nothing but tests uses, or all such of an index, and why they are there. */
const reasons: Record<string, string> = {
    'src/tasks/index.ts': 'a kind of task may name all of what it is made with',
    'src/http/body.ts LIMITS': 'tests go to the limits',
    'src/stores.ts storeModules': 'tests choose modules',
    'src/alarms/table.ts table': 'docs/alarm-states.md shows it',
    'src/store/sqlite/engine.ts columnTypes': 'tests make an engine that fails',
}

/** An export that only tests use is dead code, or need not be exported. */
export const describeExports = () =>
    describe('an export', () => {
        const used = [...sources].flatMap(([file, source]) => uses(file, source)).map(({ of }) => of)
        const unused = [...sources]
            .filter(([file]) => /^(src|nodes|simulators|web)\//.test(file))
            .flatMap(([file, source]) => exported(file, source).map((name) => `${file} ${name}`))
            .filter((name) => !used.includes(name))

        const isExcused = (name: string, reason: string) => name === reason || name.startsWith(`${reason} `)

        it('is used by another file, other than tests', () => {
            assert.ok(used.length > 1000)
            assert.deepEqual(
                unused.filter((name) => !Object.keys(reasons).some((reason) => isExcused(name, reason))),
                [],
            )
        })

        it('has a reason only where it needs one', () =>
            assert.deepEqual(
                Object.keys(reasons).filter((reason) => !unused.some((name) => isExcused(name, reason))),
                [],
            ))
    })
