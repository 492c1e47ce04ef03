// Emits dist/ as Node-RED's loader wants it: tsc for the runtime, one inline script for each node's editor.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { build } from 'esbuild'
import { bundled, licences } from './licences.mjs'

const tsc = 'node_modules/typescript/bin/tsc'
const text = (path) => readFile(path, 'utf8').catch(() => '')
const json = async (path) => JSON.parse((await text(path)) || '{}')

/** What esbuild says of each bundle it has made. */
const metafiles = []

/** tsc tells its errors itself: all that is left to do is to end with its exit code. */
function types(project, ...flags) {
    const { status } = spawnSync(process.execPath, [tsc, '-p', project, ...flags], { stdio: 'inherit' })
    if (status !== 0) process.exitCode = 1
    return status === 0
}

async function room(name, languages) {
    const out = `dist/nodes/${name}`
    const { outputFiles, metafile } = await build({
        entryPoints: [`nodes/${name}/editor.ts`],
        bundle: true,
        write: false,
        format: 'iife',
        target: 'es2022',
        charset: 'utf8',
        metafile: true,
    })
    metafiles.push(metafile)
    const type = `socketworks-${name}`
    await writeFile(
        `${out}/runtime.html`,
        `<script type="text/javascript">\n${outputFiles[0].text}</script>\n<script type="text/html" data-template-name="${type}">\n${await text(`nodes/${name}/editor.html`)}</script>\n`,
    )
    for (const language of languages) {
        const own = language === 'en-US' ? `nodes/${name}/en-US` : `locales/${language}/${name}`
        const catalogue = { ...(await json(`${own}.json`)), common: await json(`locales/${language}/common.json`) }
        await mkdir(`${out}/locales/${language}`, { recursive: true })
        await writeFile(`${out}/locales/${language}/runtime.json`, JSON.stringify(catalogue))
        const help = await text(`${own}.md`)
        if (help)
            await writeFile(
                `${out}/locales/${language}/runtime.html`,
                `<script type="text/markdown" data-help-name="${type}">\n${help}</script>\n`,
            )
    }
    await cp('icons', `${out}/icons`, { recursive: true })
}

/** A page: everything it needs in two files beside its HTML, so that it asks no other host for anything. */
async function page(name) {
    const out = `dist/web/${name}`
    const { metafile } = await build({
        entryPoints: [`web/${name}/main.ts`],
        outdir: out,
        bundle: true,
        minify: true,
        format: 'esm',
        target: 'es2022',
        charset: 'utf8',
        // The notices of the bundled libraries go with them.
        legalComments: 'eof',
        logLevel: 'warning',
        metafile: true,
    })
    metafiles.push(metafile)
    await cp(`web/${name}/index.html`, `${out}/index.html`)
}

/** Every folder of web/ with an index.html is a page. */
async function pages() {
    const names = (await readdir('web')).filter((name) => existsSync(`web/${name}/index.html`))
    await Promise.all(names.map(page))
}

if (process.argv.includes('--check')) {
    types('tsconfig.json', '--noEmit')
    types('tsconfig.editor.json')
    types('web/tsconfig.json')
    types('tsconfig.test.json')
} else {
    await rm('dist', { recursive: true, force: true })
    if (types('tsconfig.editor.json') && types('web/tsconfig.json') && types('tsconfig.json')) {
        const languages = await readdir('locales')
        await Promise.all([...(await readdir('nodes')).map((name) => room(name, languages)), pages()])
        await writeFile('dist/THIRD-PARTY-LICENSES.txt', await licences(bundled(metafiles)))
    }
}
