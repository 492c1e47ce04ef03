/** An event of a stream; `data` is blank for none. */
export interface StreamEvent {
    event: string
    data: string
}

/** Reads server-sent events out of text that comes in pieces (WHATWG HTML, 9.2.6). */
export class EventParser {
    /** Of the last event that was complete. */
    lastId = ''
    /** Milliseconds that the server wants a reader to wait before it comes back. */
    retry = 0
    #rest = ''
    #id = ''
    #event = ''
    #data: string[] = []

    /** A new connection begins; what was not complete is lost. */
    begin(): void {
        this.#rest = this.#event = ''
        this.#id = this.lastId
        this.#data = []
    }

    /** @returns the events that are complete by now */
    read(text: string): StreamEvent[] {
        const lines = (this.#rest + text).split('\n')
        this.#rest = lines.pop()!
        return lines.flatMap((line) => this.#line(line.replace(/\r$/, '')) ?? [])
    }

    #line(line: string): StreamEvent | undefined {
        if (line === '') return this.#end()
        const [, field = '', value = ''] = /^([^:]*):? ?(.*)$/s.exec(line) ?? []
        if (field === 'event') this.#event = value
        else if (field === 'data') this.#data.push(value)
        else if (field === 'id') this.#id = value
        else if (field === 'retry' && /^\d+$/.test(value)) this.retry = Number(value)
        return undefined
    }

    #end(): StreamEvent | undefined {
        const told = this.#data.length > 0 ? { event: this.#event || 'message', data: this.#data.join('\n') } : undefined
        this.lastId = this.#id
        this.#event = ''
        this.#data = []
        return told
    }
}
