/** What can be wrong with a plug, and what that means; the command line's help shows it. */
export const faults = {
    silent: 'takes commands and switches, but says nothing at all',
    deaf: 'takes no commands; goes on reporting',
    slow: 'switches at once, answers late (--delay)',
    contrary: 'does the opposite of what it is told, and says so',
    offline: 'loses its connection without a goodbye: its last will is published',
    duplicate: 'says everything twice',
    'only-result': 'reports its power as JSON on RESULT only',
    'only-power': 'reports its power plainly on POWER only',
    lying: 'has a meter that says nonsense: counters far off, power below zero',
    nan: 'has a sensor that is broken: nan among its readings',
} as const

export type Fault = keyof typeof faults

export const isFault = (name: string): name is Fault => Object.hasOwn(faults, name)

/** The payload of a power command as a contrary plug takes it. */
export const contrary = (name: string, payload: string): string =>
    !/^power\d*$/i.test(name) ? payload : /^(on|1|true)$/i.test(payload) ? 'OFF' : /^(off|0|false)$/i.test(payload) ? 'ON' : payload

/** What a plug says of its readings: with those of a sensor that was taken off, or with nonsense. */
export function distorted(fault: Fault | undefined, payload: string): string {
    if (fault === 'nan') return payload.replace('"ENERGY":', '"DHT11":{"Temperature":nan,"Humidity":nan},"ENERGY":')
    if (fault !== 'lying') return payload
    return payload.replace(/"(Total|Today)":[\d.]+/g, '"$1":98765.432').replace(/"Power":[\d.]+/, '"Power":-4000')
}

/** How often a plug says something that it has to say. */
export function times(fault: Fault | undefined, leaf: string, payload: string): 0 | 1 | 2 {
    const plain = /^POWER\d*$/.test(leaf) && !payload.startsWith('{')
    const json = /^\{"POWER\d*":/.test(payload)
    if (fault === 'silent' || (fault === 'only-result' && plain) || (fault === 'only-power' && json)) return 0
    return fault === 'duplicate' ? 2 : 1
}
