// dist/, when it is older than what it is made of.
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const sources = ['nodes', 'src', 'simulators', 'locales', 'icons']
const others = ['scripts/build.mjs', 'tsconfig.json', 'package.json']

export function isBuilt(): boolean {
    // The build writes these files last.
    const made = readdirSync('nodes').map((room) => modified(`dist/nodes/${room}/runtime.html`))
    return Math.min(...made) > Math.max(...[...sources.flatMap(tree), ...others].map(modified))
}

/** Whether it went well; its errors are on the terminal then. */
export function build(): Promise<boolean> {
    return new Promise((resolve) => {
        const child = spawn(process.execPath, ['scripts/build.mjs'], { stdio: 'inherit' })
        child.once('exit', (code) => resolve(code === 0))
    })
}

function tree(folder: string): string[] {
    return [folder, ...readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name))]
}

function modified(path: string): number {
    return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
