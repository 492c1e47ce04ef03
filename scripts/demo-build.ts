// Builds dist/ for `npm start` and `npm run dev`, when its sources are newer.
import { spawn } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

export const sources = ['nodes', 'src', 'web', 'simulators', 'locales', 'icons']
const others = ['scripts/build.mjs', 'scripts/licences.mjs', 'tsconfig.json', 'tsconfig.editor.json', 'package.json']

/** @param root the folder of the repository */
export function isBuilt(root = '.'): boolean {
    // The build writes this file last.
    const built = modified(join(root, 'dist/THIRD-PARTY-LICENSES.txt'))
    return [...sources.flatMap((folder) => tree(join(root, folder))), ...others.map((file) => join(root, file))].every(
        (file) => modified(file) < built,
    )
}

/** Resolves with whether it succeeded; its errors are on the terminal. */
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
