import { type Fault, type Recovery, Unusable } from '../engine.ts'

/** What SQLSTATE codes, or classes of them, tell of the server rather than of the query: https://www.postgresql.org/docs/current/errcodes-appendix.html */
const faults: Record<string, readonly [recovery: Recovery, reason: string, isTold?: boolean]> = {
    '08': ['anew', 'the connection to the database server was lost'],
    '25006': ['anew', 'the database server takes reads only'],
    '28': ['anew', 'the database server refuses the user', true],
    '3D000': ['anew', 'the database server has no such database', true],
    '3F000': ['anew', 'the tables of the database are gone'],
    '40001': ['soon', 'the database is busy with what others write'],
    '40P01': ['soon', 'the database is busy with what others write'],
    '42501': ['anew', 'the database server does not allow this user to keep anything', true],
    '42P01': ['anew', 'the tables of the database are gone'],
    '53': ['here', 'the database server lacks something', true],
    '53100': ['here', 'the disk of the database server is full'],
    '53200': ['here', 'the database server is out of memory'],
    '53300': ['soon', 'the database server has too many connections'],
    '55P03': ['soon', 'the database is locked by somebody else'],
    '57014': ['soon', 'the database server cancelled what it was asked for', true],
    '57P': ['anew', 'the database server is going down or coming up', true],
    '58': ['anew', 'the disk of the database server reports an error', true],
    XX001: ['anew', 'the database is damaged', true],
    XX002: ['anew', 'the database is damaged', true],
}

/** What an error of the driver says about the server; nothing if the query was wrong. */
export function postgresFault(error: unknown): Fault | undefined {
    if (error instanceof Unusable) return error.fault
    if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
    const { code, message } = error
    const known = faults[code] ?? faults[code.slice(0, 3)] ?? faults[code.slice(0, 2)]
    if (!known || code.length !== 5) return undefined
    const [recovery, reason, isTold] = known
    return { recovery, reason: isTold ? `${reason}: ${message}` : reason }
}

/** In words, also where one name stood for several addresses, each of which refused. */
export function reasonIn(error: unknown): string {
    if (error instanceof AggregateError && error.errors.length > 0) return reasonIn(error.errors[0])
    return error instanceof Error ? error.message : String(error)
}
