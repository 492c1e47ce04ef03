import type { Reading } from './repository.ts'

/** What a plug said. */
export type Report =
    | {
          kind: 'relay'
          on: boolean
          /** `echo`: as it happened, be it by a command or by a button. `answer`: to our query. `periodic`: now and then. */
          how: 'echo' | 'answer' | 'periodic'
      }
    | { kind: 'reading'; reading: Omit<Reading, 'at'> }
    | { kind: 'reachable'; reachable: boolean }
    | { kind: 'name'; name: string }
    /** It said something about the relay that is not understood: its state has to be asked for, and perhaps what it meant. */
    | { kind: 'unclear'; ask: Command }
    /** Something that will make the plug do what nobody wants. */
    | { kind: 'hazard'; text: string }

/** An MQTT message to a plug. */
export interface Command {
    topic: string
    payload: string
}

/** How plugs of one make are spoken to over MQTT: one relay of one plug. It learns how the plug speaks, and knows nothing of its state. */
export interface Family {
    /** The topic filters its reports arrive under. */
    readonly filters: string[]
    /** Those under which some plugs tell more; a broker may refuse them. */
    readonly extras: string[]
    /** Those under which the broker may keep commands that the plug would obey whenever it connects; it may refuse these, too. */
    readonly commands: string[]
    /** Asks for the state of the relay, without side effects. */
    readonly query: Command
    /** Asks for a reading of the meter. */
    readonly measure: Command
    /** Switches the relay. */
    switch(on: boolean): Command
    /** Tells the plug to switch itself off after so many seconds, or with 0 no longer to; they may be fewer than asked for. */
    guard(seconds: number): { command: Command; seconds: number }
    read(topic: string, payload: Buffer, retained: boolean): Report[]
}
