import type { Reading } from '../repository.ts'

/** What a plug said. */
export type PlugReport =
    | {
          kind: 'relay'
          on: boolean
          /** `echo`: as it happened, be it by a command or by a button. `answer`: to a query. `periodic`: by itself, now and then. */
          how: 'echo' | 'answer' | 'periodic'
          /** The number of the query that it answers, if the plug says so. */
          answers?: number
      }
    /** `isCounterOfAll`: its energy is that of other relays as well. */
    | { kind: 'reading'; reading: Omit<Reading, 'at'>; isCounterOfAll?: true }
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

/** MQTT topic filters. */
export interface FamilyTopics {
    /** Its reports arrive under these. */
    readonly reports: string[]
    /** Some plugs tell more under these; a broker may refuse them. */
    readonly optional: string[]
    /** The broker may keep commands under these that the plug would obey whenever it connects; it may refuse these, too. */
    readonly commands: string[]
}

/** How plugs of one make are spoken to over MQTT: one relay of one plug. It learns how the plug speaks, and knows nothing of its state. */
export interface Family {
    readonly topics: FamilyTopics
    /** Asks for the state of the relay, without side effects. @param id the number that the answer is to repeat, if the plug can do so */
    query(id: number): Command
    /** Asks for a reading of the meter. */
    readonly measure: Command
    /** Switches the relay. */
    switch(on: boolean): Command
    /**
     * Has the plug switch itself off after so many seconds, or with 0 no longer. It says nothing about on or off: a plug that somebody
     * has switched off meanwhile stays off. A plug that is off keeps the time, and begins it when it goes on. @returns the seconds, which may be fewer than asked for
     */
    offAfter(seconds: number): { command: Command; seconds: number }
    read(topic: string, payload: Buffer, retained: boolean): PlugReport[]
}

/** A family as it is chosen in a socket's settings. */
export interface FamilyKind<Settings> {
    /** What is wrong with settings that are each right, beginning with the setting's name; undefined if nothing is. */
    faultIn(settings: Settings): string | undefined
    open(settings: Settings): Family
}
