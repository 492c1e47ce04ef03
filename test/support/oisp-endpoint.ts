import { protocols, Sessions } from '../../src/peers/index.ts'
import { type Peer, peerAuthentication, Revocations, type WsEndpoint } from '../../src/ws/index.ts'
import { Port } from './endpoint.ts'
import { FakeClock } from './fake-clock.ts'
import { Issuer } from './issuer.ts'
import { OispDevice } from './oisp.ts'

export const SUBSCRIBED = { code: 200, content: 'Subscribed to ws server' }
export const PONG = { code: 202, content: 'PONG' }
export const INVALID = { code: 401, content: 'Invalid device token' }
export const WRONG = { code: 401, content: 'Wrong message format' }
const { oisp } = protocols

interface Options {
    /** What tokens are checked with: the key of {@link OispEndpoint.issuer} by default. */
    key?: { pem: string } | { url: string }
    /** The file with what was revoked. */
    revoked?: string
}

/** An endpoint with the protocol oisp and a clock that stands still, what it told, and who hands out the tokens of the device `lamp` of `acme`. */
export class OispEndpoint {
    static readonly issuer = new Issuer({ sub: 'lamp', accounts: [{ id: 'acme' }] })
    readonly clock = new FakeClock(Date.now())
    readonly told: [event: string, peer: Peer, ...more: unknown[]][] = []
    readonly logged: string[] = []
    readonly port: Port
    readonly url: string
    endpoint!: WsEndpoint
    sessions!: Sessions
    readonly #closing = new AbortController()

    private constructor(port: Port) {
        this.port = port
        this.url = `ws://127.0.0.1:${port.port}/actuation`
    }

    static async open(options: Options = {}): Promise<OispEndpoint> {
        const opened = new OispEndpoint(await Port.open())
        opened.listen(options)
        return opened
    }

    listen({ key = { pem: OispEndpoint.issuer.pem }, revoked }: Options): void {
        const { clock, told } = this
        const { signal } = this.#closing
        const log = (text: string) => this.logged.push(text)
        const revocations =
            revoked === undefined
                ? undefined
                : new Revocations({ file: revoked, clock, peers: () => this.endpoint.peers.values(), log, signal })
        const proof = { kind: 'jwt', key, issuer: '', audience: '', lasting: false, accountClaim: oisp.accountClaim! } as const
        const { check } = peerAuthentication({ proof, ask: undefined, remote: () => '::1', revocations, clock, signal })
        this.endpoint = this.port.endpoint({
            ...{ path: '/actuation', clock, subprotocols: oisp.subprotocols!, idInAddress: false, idWithin: 10_000 },
            // A clock that is moved on at once leaves nobody time to answer pings.
            ...{ badFrame: oisp.badFrame, pingInterval: 86_400_000, log },
        })
        this.sessions = new Sessions({ endpoint: this.endpoint, protocol: oisp, check, log, signal })
        this.sessions.listen(
            {
                connected: (peer) => told.push(['connected', peer]),
                message: (peer, { payload }) => told.push(['message', peer, payload]),
                commandAnswer: (peer, answer) => told.push(['answer', peer, answer]),
                unreadable: (peer, reason) => told.push(['unreadable', peer, reason]),
                disconnected: (peer, code) => told.push(['disconnected', peer, code]),
            },
            signal,
        )
    }

    async come(token: unknown, id: unknown = 'lamp', more = {}): Promise<OispDevice> {
        return await OispDevice.come(this.url, id, token, more)
    }

    /** Resolves once nobody is connected any more. */
    async empty(): Promise<void> {
        while (this.endpoint.state.connected > 0) await new Promise<void>((resolve) => this.endpoint.onState(resolve, this.#closing.signal))
    }

    async close(): Promise<void> {
        this.#closing.abort()
        await this.port.close()
    }
}
