import type { FleetOptions } from './fleet.ts'

/** Puts a question and gives what was answered; undefined when nobody is there any more. */
export type Ask = (question: string) => Promise<string | undefined>

/** What the seed's program asks, in its order. */
export async function askAll(ask: Ask): Promise<Partial<FleetOptions> | undefined> {
    try {
        const devices = await number(ask, 'How many SolMate instances? (whole number)', 1, 100_000)
        const strict = await yes(ask, 'Strict monoton behaviour? (y/n)')
        const sine = strict && (await yes(ask, 'sinus curve behaviour? (y/n)'))
        const max = await number(ask, 'maximum values? (whole number)', 0, 1e9)
        const minInterval = await number(ask, 'minimum sleep time between two values? (whole number of seconds)', 0, 86_400)
        const maxInterval = await number(ask, 'maximum sleep time between two values? (whole number of seconds)', minInterval, 86_400)
        // No time at all would leave none for anything else.
        const least = Math.max(minInterval, 0.001)
        return {
            devices,
            shape: strict ? (sine ? 'sine' : 'linear') : 'random',
            max,
            minInterval: least,
            maxInterval: Math.max(maxInterval, least),
        }
    } catch (error) {
        if (error instanceof NobodyThere) return
        throw error
    }
}

class NobodyThere extends Error {}

async function put<T>(ask: Ask, question: string, read: (answer: string) => T | undefined): Promise<T> {
    for (;;) {
        const answer = await ask(`>>> Please Enter: ${question} <<<\n`)
        if (answer === undefined) throw new NobodyThere()
        const value = read(answer.trim().toLowerCase())
        if (value !== undefined) return value
    }
}

const yes = (ask: Ask, question: string): Promise<boolean> =>
    put(ask, question, (answer) => (/^y(es)?$/.test(answer) ? true : /^no?$/.test(answer) ? false : undefined))

const number = (ask: Ask, question: string, least: number, most: number): Promise<number> =>
    put(ask, question, (answer) => {
        const n = /^\d+$/.test(answer) ? Number(answer) : Number.NaN
        return n >= least && n <= most ? n : undefined
    })
