// The floor of the coverage, in .c8rc.json, only rises. As a program: raises it to what the last `npm test` has measured.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'

const file = '.c8rc.json'
const kinds = ['lines', 'statements', 'functions', 'branches'] as const
type Floor = Record<(typeof kinds)[number], number>

/** What is lower than in `git` (a commit), one text for each; none where there is no history to compare with. */
export function floorFell(git = process.env.FLOOR_BASE || 'HEAD'): string[] {
    const now: Floor = JSON.parse(readFileSync(file, 'utf8'))
    const before = committed(git)
    return kinds
        .filter((kind) => before && now[kind] < before[kind])
        .map((kind) => `the coverage floor of ${kind} in ${file} is lower than in ${git}: ${now[kind]} % instead of ${before?.[kind]} %`)
}

function committed(git: string): Floor | undefined {
    try {
        return JSON.parse(execFileSync('git', ['show', `${git}:${file}`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
    } catch {
        return undefined
    }
}

function raise(): void {
    const { total } = JSON.parse(readFileSync('coverage/coverage-summary.json', 'utf8'))
    let settings = readFileSync(file, 'utf8')
    for (const kind of kinds) {
        const raised = (_: string, key: string, floor: string) => key + Math.max(Number(floor), Math.floor(total[kind].pct))
        settings = settings.replace(new RegExp(`("${kind}": )([\\d.]+)`), raised)
    }
    writeFileSync(file, settings)
    console.log(settings)
}

if (import.meta.main) raise()
