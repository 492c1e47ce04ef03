import { once } from 'node:events'
import { WebSocket } from 'ws'

export type Frame = Record<string, any>

/** A robot of the job server, by the `ws` package, which does and says what the test wants. */
export class JobRobot {
    readonly frames: Frame[] = []
    readonly client: WebSocket
    /** How it was closed, once it was. */
    closed: number | undefined
    #more = () => {}

    private constructor(url: string) {
        this.client = new WebSocket(url)
        this.client.on('error', () => {})
        this.client.on('message', (data) => {
            this.frames.push(JSON.parse(String(data)))
            this.#more()
        })
        this.client.on('close', (code) => {
            this.closed = code
            this.#more()
        })
    }

    /** Connects, and says who it is. */
    static async come(url: string, robotAddress: string, more: object = {}): Promise<JobRobot> {
        const robot = new JobRobot(url)
        await once(robot.client, 'open')
        robot.say({ robotName: `Robot ${robotAddress}`, robotAddress, userID: 4, ...more })
        return robot
    }

    say(frame: object): void {
        this.client.send(JSON.stringify(frame))
    }

    /** Says what came of something, as a robot of the seed. */
    tell(value: unknown, more: object = {}): void {
        this.say({ event: 'client robot message', value, ...more })
    }

    /** Resolves with the frames that it was sent, once there are so many. */
    async hears(count: number): Promise<Frame[]> {
        while (this.frames.length < count)
            await new Promise<void>((resolve) => {
                this.#more = resolve
            })
        return this.frames
    }

    async gone(): Promise<number> {
        while (this.closed === undefined)
            await new Promise<void>((resolve) => {
                this.#more = resolve
            })
        return this.closed
    }

    async leave(): Promise<void> {
        this.client.terminate()
        await this.gone()
    }
}
