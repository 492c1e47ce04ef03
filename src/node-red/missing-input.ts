import type { NodeMessage } from 'node-red'
import { Refusal } from '../lib/index.ts'
import { nameOf } from './inputs.ts'

/** What an input is to be, in words, and where else it may be found. */
export type InputHints = Record<string, { what: string; from: string }>

/** Says of an input that is missing where it was looked for, unless it was somebody outside who left it out: they know nothing of flows. */
export function explainMissing(refusal: Refusal, msg: NodeMessage, config: Record<string, unknown>, hints: InputHints = {}): Refusal {
    const { status, code, message, details } = refusal
    const { req, peer } = msg as { req?: unknown; peer?: unknown }
    const [first]: { path?: unknown; message?: unknown }[] = Array.isArray(details.errors) ? details.errors : []
    if (first?.message !== 'is required' || req || peer) return refusal
    const key = Object.keys(config).find((one) => `${one}Type` in config && nameOf(config, one) === first.path)
    if (key === undefined) return refusal
    const { what, from } = hints[key] ?? {}
    const text = `${message}: no ${what ?? first.path} at ${placeOf(config, key)}${from === undefined ? '' : `; ${from}`}`
    return new Refusal(status, code, text, details, refusal)
}

/** Where a typed input is read from. */
function placeOf(config: Record<string, unknown>, key: string): string {
    const [value, type] = [String(config[key]), String(config[`${key}Type`])]
    if (type === 'msg' || type === 'flow' || type === 'global') return `${type}.${value}`
    if (type === 'request') return `${value} of the body or the query`
    if (type === 'env') return `the environment variable ${value}`
    return type === 'jsonata' ? `what ${value} gives` : 'its setting'
}
