/** The states of ISA-18.2 (IEC 62682), by the letters that the standards give them. */
export const stateNames = {
    A: 'normal',
    B: 'unacknowledged',
    C: 'acknowledged',
    D: 'returned-unacknowledged',
    E: 'latched-unacknowledged',
    F: 'latched-acknowledged',
    G: 'shelved',
    H: 'suppressed',
    I: 'out-of-service',
} as const

export type StateLetter = keyof typeof stateNames
export type StateName = (typeof stateNames)[StateLetter]

const letters = Object.keys(stateNames) as StateLetter[]

export const letterOf = (name: StateName): StateLetter => letters.find((letter) => stateNames[letter] === name)!

/**
 * Where each trigger leads to, for the states A to I in their order: a letter, a dot where nothing comes of it, and two letters where it
 * depends. Of those the first is for an alarm that does not latch, or whose condition is there.
 */
export const table = {
    raise: 'B . . B B B G H I',
    clear: '. D/E A/F . . . G H I',
    acknowledge: '. C . A F . . . .',
    reset: '. . . . . A . . .',
    'raise-again': '. . B . . . . . .',
    shelve: 'G G G G G G G . .',
    unshelve: '. . . . . . B/A . .',
    suppress: 'H H H H H H H . .',
    unsuppress: '. . . . . . . B/A .',
    'remove-from-service': 'I I I I I I I I .',
    'return-to-service': '. . . . . . . . B/A',
} as const

export type Trigger = keyof typeof table

/** The cells of the table, by trigger, for the states in their order. */
const cells = Object.fromEntries(Object.entries(table).map(([trigger, row]) => [trigger, row.split(' ')])) as Record<Trigger, string[]>

interface Which {
    isActive: boolean
    isLatching: boolean
}

/** The state that a trigger leads to; undefined if nothing comes of it in that state. */
export function after(trigger: Trigger, from: StateLetter, { isActive, isLatching }: Which): StateLetter | undefined {
    const [one, other = one] = cells[trigger][letters.indexOf(from)]!.split('/')
    const to = (trigger === 'clear' ? !isLatching : isActive) ? one : other
    return to === '.' ? undefined : (to as StateLetter)
}
