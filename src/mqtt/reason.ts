/** Return codes of CONNACK in MQTT 3.1.1 (section 3.2.2.3) and reason codes of MQTT 5 (section 2.4). */
const refusals: Record<number, string> = {
    1: 'the broker does not speak this version of MQTT',
    2: 'the broker refused the client id',
    3: 'the broker is not available',
    4: 'the broker refused the user name or password',
    5: 'the broker refused the user name or password',
    132: 'the broker does not speak this version of MQTT',
    133: 'the broker refused the client id',
    134: 'the broker refused the user name or password',
    135: 'the broker refused the user name or password',
    136: 'the broker is not available',
    137: 'the broker is busy',
    138: 'the broker has banned this client',
    139: 'the broker is shutting down',
    141: 'the broker heard nothing from us for too long',
    142: 'another client took over the client id',
}

/** Reason codes of SUBACK (MQTT 5, section 3.9.3); MQTT 3.1.1 has one, which says nothing more. */
const subscriptionRefusals: Record<number, string> = {
    135: 'not authorized',
    143: 'not a valid filter',
    145: 'the message id is in use',
    151: 'the quota is exceeded',
    158: 'no shared subscriptions',
    161: 'no subscription identifiers',
    162: 'no wildcards',
}

/** What a code of SUBACK adds to a text that says what was refused. */
export const subscriptionRefusal = (code: number): string => (subscriptionRefusals[code] ? ` (${subscriptionRefusals[code]})` : '')

/** In plain English, why a connection failed or ended. @param where host and port */
export function reasonOf(error: unknown, where: string, wasConnected: boolean): string {
    if (error === undefined) return wasConnected ? `the broker at ${where} closed the connection` : `${where} closed the connection at once`
    const { code, message } = parts(error)
    if (typeof code === 'number') return refusals[code] ?? `the broker refused the connection (${message || code})`
    if (code === 'ECONNREFUSED') return `nothing answers at ${where}`
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the host of ${where} is not known`
    if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH') return `${where} cannot be reached`
    if (code === 'ECONNRESET' || code === 'EPIPE') return `the connection to ${where} broke`
    if (code === 'ETIMEDOUT' || message === 'connack timeout') return `no answer from ${where}`
    if (message === 'Keepalive timeout') return `the broker at ${where} stopped answering`
    if (code.includes('CERT') || code.includes('TLS') || code.includes('SSL')) return `no secure connection to ${where}: ${message}`
    return message || code || 'unknown'
}

function parts(error: unknown): { code: string | number; message: string } {
    if (!(error instanceof Error)) return { code: '', message: String(error) }
    const code = 'code' in error ? error.code : ''
    return { code: typeof code === 'number' ? code : String(code ?? ''), message: error.message }
}
