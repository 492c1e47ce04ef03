import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, resolve } from 'node:path'

/** The pack's files, as text, for the tests of its shape. Paths are relative to its root, with slashes. */
const root = resolve(import.meta.dirname, '../..')

export const text = (path: string): string => readFileSync(join(root, path), 'utf8')
export const json = (path: string) => JSON.parse(text(path))
export const list = (folder: string): string[] => readdirSync(join(root, folder))

export const files = (folder: string, ending: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith(ending))
        .map((file) => join(folder, file))

/** `{ label: { name: '…' } }` as `['label.name']`. */
export const keys = (catalogue: object, prefix = ''): string[] =>
    Object.entries(catalogue).flatMap(([key, value]) =>
        typeof value === 'object' && value !== null ? keys(value, `${prefix}${key}.`) : `${prefix}${key}`,
    )

/** The same with the texts. */
export const entries = (catalogue: object, prefix = ''): [key: string, text: string][] =>
    Object.entries(catalogue).flatMap(([key, value]): [string, string][] =>
        typeof value === 'object' && value !== null ? entries(value, `${prefix}${key}.`) : [[`${prefix}${key}`, String(value)]],
    )

export const matches = (from: string, pattern: RegExp): string[] => [...from.matchAll(pattern)].map((match) => match[1]!)

/** A source without its comments. */
export const code = (path: string): string => text(path).replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, '')

/** What a source imports: packages by name, files by path. */
export const imports = (path: string): string[] =>
    matches(code(path), /(?:\bfrom |^\s*import |\bimport\()'([^'\n]+)'/gm).map((target) =>
        target.startsWith('.') ? normalize(join(dirname(path), target)) : target,
    )
