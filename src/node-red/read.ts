import * as v from 'valibot'
import { SocketworksError } from './errors.ts'

/** Reads what a schema describes out of a node's settings, or says which setting is wrong. */
export function readConfig<S extends v.GenericSchema>(schema: S, from: unknown): v.InferOutput<S> {
    const result = v.safeParse(schema, from)
    if (result.success) return result.output
    const [first] = result.issues
    throw new SocketworksError('BAD_CONFIG', `${v.getDotPath(first) ?? 'setting'}: ${first.message}`)
}
