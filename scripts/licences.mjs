// The licences of what esbuild has put into our files: they ask to be passed on with every copy.
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'

/** The folder of the package that a file belongs to, if it is not ours: `node_modules/x`, `node_modules/@a/b`, also below another one. */
const folderOf = (file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1]

/** @param metafiles what esbuild says of each bundle @returns the folders of the packages in them */
export function bundled(metafiles) {
    const files = metafiles.flatMap(({ outputs }) =>
        Object.values(outputs).flatMap(({ inputs }) => Object.keys(inputs).filter((file) => inputs[file].bytesInOutput > 0)),
    )
    return [...new Set(files.map(folderOf).filter((folder) => folder !== undefined))].sort()
}

/** @throws when a package comes without the text of its licence: it cannot be shipped then */
async function licence(folder) {
    const { name, version, license, homepage } = JSON.parse(await readFile(`${folder}/package.json`, 'utf8'))
    const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|copying|notice)/i.test(file)).sort()
    if (files.length === 0) throw new Error(`${name} ${version} (${license}) is bundled, and has no file with its licence in ${folder}`)
    const texts = await Promise.all(files.map((file) => readFile(`${folder}/${file}`, 'utf8')))
    return [`${name} ${version} (${license})`, homepage, '', ...texts.map((text) => text.trim())]
        .filter((line) => line !== undefined)
        .join('\n')
}

/** One text with the licences of all packages. */
export async function licences(folders) {
    const missing = folders.find((folder) => !existsSync(`${folder}/package.json`))
    if (missing) throw new Error(`${missing} is bundled, and is no package`)
    const texts = await Promise.all(folders.map(licence))
    const head = 'The editors of the nodes and the pages hold parts of these packages. Their licences:'
    return `${[head, ...texts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}
