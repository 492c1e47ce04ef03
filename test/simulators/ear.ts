import type { MqttClient } from 'mqtt'

/** Hears everything, sends commands, and waits for what it is told to. */
export class Ear {
    readonly heard: string[] = []
    readonly #client: MqttClient
    #check = () => {}

    constructor(client: MqttClient) {
        this.#client = client
        client.on('message', (topic, payload) => {
            if (!topic.startsWith('cmnd/')) this.heard.push(`${topic.replace('/smart-socket', '')} ${payload}`)
            this.#check()
        })
    }

    send(command: string, payload = ''): void {
        this.#client.publish(`cmnd/smart-socket/${command}`, payload)
    }

    /** The first message, heard already or not, that begins with the text. */
    hears(start: string): Promise<string> {
        return new Promise((resolve) => {
            this.#check = () => {
                const found = this.heard.find((line) => line.startsWith(start))
                if (found !== undefined) resolve(found)
            }
            this.#check()
        })
    }

    async json(start: string): Promise<any> {
        const line = await this.hears(start)
        return JSON.parse(line.slice(line.indexOf('{')))
    }

    /** Sends a command and gives what was said until the plug has answered a question after it. */
    async ask(command: string, payload = ''): Promise<string[]> {
        this.heard.length = 0
        this.send(command, payload)
        this.send('SetOption0')
        await this.hears('stat/RESULT {"SetOption0"')
        return this.heard.filter((line) => !line.includes('SetOption0'))
    }
}
