import assert from 'node:assert/strict'
import { Fleet } from '../../../src/fleet/fleet.ts'
import { readQuery } from '../../../src/fleet/query.ts'
import { protocols } from '../../../src/peers/index.ts'
import { EndpointViewers } from '../../../src/views/endpoint-viewers.ts'
import { VIEW_PROTOCOL } from '../../../src/views/view-protocol.ts'
import { Views } from '../../../src/views/views.ts'
import type { Peer } from '../../../src/ws/index.ts'
import { makeBus } from '../../support/bus.ts'
import { FakeClock } from '../../support/fake-clock.ts'
import { refused } from '../../support/refused.ts'
import { Opened } from '../../support/session.ts'
import { forgetful } from '../fleet/memory.ts'

/** A viewer of an account, and what it was sent. */
class Viewer {
    readonly frames: any[] = []
    readonly connection: string
    readonly identity: { account?: string }
    readonly open = true

    readonly subprotocol: string

    constructor(connection: string, account?: string, subprotocol = '') {
        this.connection = connection
        this.subprotocol = subprotocol
        this.identity = account === undefined ? {} : { account }
    }

    readonly send = (frames: string | readonly string[]): boolean =>
        this.frames.push(...[frames].flat().map((frame) => JSON.parse(frame))) > 0
    readonly onDrain = (): void => {}

    get peer(): Peer {
        return this as unknown as Peer
    }
}

const { session } = new Opened(protocols.json)
const sessions = { protocol: protocols.json, of: () => session }

describe('viewers who see only what is their own', () => {
    const closing = new AbortController()
    after(() => closing.abort())

    it('learn nothing of the devices of others by their history or by remote control, not even that they exist', async () => {
        const clock = new FakeClock()
        const asked: string[] = []
        const history = (_: string, id: string) => {
            asked.push(id)
            return Promise.resolve([])
        }
        const repository = { ...forgetful(), history }
        const fleet = new Fleet({ bus: makeBus(), name: 'f', repository, clock, log: (text) => assert.fail(text) })
        const update = (id: string, x: number, owner: string | undefined) =>
            fleet.update(id, { x }, { register: true, history: false, owner })
        await update('a', 1, 'alice')
        await update('b', 1, 'bob')
        await update('n', 1, undefined)
        const views = new Views({ fleet, clock, newId: () => 'e' })
        const viewers = new EndpointViewers({ fleet, views, repository, clock, own: true, sessions, signal: closing.signal })
        const [alice, nobody] = [new Viewer('1', 'alice'), new Viewer('2')]
        assert.deepEqual([await viewers.show(alice.peer, readQuery({})), await viewers.show(nobody.peer, readQuery({}))], [1, 0])
        for (const viewer of [alice, nobody])
            for (const id of ['b', 'n', 'unknown', ...(viewer === nobody ? ['a'] : [])]) {
                const of = { id, property: 'x' }
                await assert.rejects(viewers.history(viewer.peer, { type: 'history', ...of, seconds: 9 }), refused(404, 'UNKNOWN_DEVICE'))
                assert.throws(
                    () => viewers.control(viewer.peer, { type: 'set', ...of, value: 2, request: id }),
                    refused(404, 'UNKNOWN_DEVICE'),
                )
            }
        await update('b', 2, 'bob')
        await viewers.history(alice.peer, { type: 'history', id: 'a', property: 'x', seconds: 9 })
        viewers.control(alice.peer, { type: 'set', id: 'a', property: 'x', value: 2, request: 'r' })
        assert.equal(viewers.failed('2', 'r', 'not its own'), false)
        await update('a', 2, 'alice')
        assert.deepEqual([asked, nobody.frames.length], [['a'], 1])
        const kinds = alice.frames.map(({ kind, state }) => state ?? kind)
        assert.deepEqual(kinds, ['snapshot', 'history', 'pending', 'confirmed', 'upsert'])
        assert.doesNotMatch(JSON.stringify([alice.frames, nobody.frames]), /"b"|"n"|bob/)
        viewers.leave(alice.peer)
        await update('a', 3, 'alice')
        assert.equal(alice.frames.length, 5)
    })

    it('are told what a number is now beside its history, for nobody may have kept that, or so long ago', async () => {
        const clock = new FakeClock()
        const kept: { at: number; value: number }[] = []
        const repository = { ...forgetful(), history: () => Promise.resolve([...kept]) }
        const fleet = new Fleet({ bus: makeBus(), name: 'f', repository, clock, log: (text) => assert.fail(text) })
        const update = (set: object) => fleet.update('a', set, { register: true, history: false, owner: undefined })
        const views = new Views({ fleet, clock, newId: () => 'e' })
        const viewers = new EndpointViewers({ fleet, views, repository, clock, own: false, sessions, signal: closing.signal })
        const { peer } = new Viewer('1')
        const history = (property = 'x') => viewers.history(peer, { type: 'history', id: 'a', property, seconds: 9 })
        const at = clock.now()
        await update({ x: 1, word: 'on' })
        clock.advance(60_000)
        assert.deepEqual(await history(), [{ at, value: 1 }])
        assert.deepEqual([await history('word'), await history('none')], [[], []])
        kept.push({ at, value: 1 })
        assert.deepEqual(await history(), kept)
        await update({ x: 2 })
        assert.deepEqual(await history(), [...kept, { at: at + 60_000, value: 2 }])
    })

    it('have only what they asked for last kept while they take nothing', async () => {
        const clock = new FakeClock()
        const fleet = new Fleet({ bus: makeBus(), name: 'f', repository: forgetful(), clock, log: (text) => assert.fail(text) })
        for (const id of ['a', 'b']) await fleet.update(id, { x: 1 }, { register: true, history: false })
        const views = new Views({ fleet, clock, newId: () => 'e' })
        const parts = { fleet, views, repository: forgetful(), clock, own: false, sessions }
        const viewers = new EndpointViewers({ ...parts, signal: closing.signal })
        const taken: any[] = []
        const waiting: (() => void)[] = []
        let isFull = true
        const send = (frames: string | string[]) => !isFull && taken.push(...[frames].flat().map((frame) => JSON.parse(frame))) > 0
        const peer = { connection: '1', identity: {}, send, onDrain: (run: () => void) => waiting.push(run) } as unknown as Peer
        for (let limit = 0; limit < 200; limit++) await viewers.show(peer, readQuery({ limit: limit % 50, offset: limit % 7 }))
        await viewers.show(peer, readQuery({ limit: 1, offset: 1 }))
        assert.deepEqual([waiting.length, views.size], [1, 1])
        isFull = false
        waiting.shift()!()
        assert.deepEqual([taken.length, taken[0].rows.length, taken[0].rows[0].id], [1, 1, 'b'])
        isFull = true
        await fleet.update('b', { x: 2 }, { register: true, history: false })
        assert.equal(waiting.length, 1)
        viewers.leave(peer)
    })
})

describe('viewers of all devices', () => {
    const closing = new AbortController()
    after(() => closing.abort())

    it('are told how many were refused because nobody knows them, those who see only their own are not', async () => {
        const clock = new FakeClock()
        const fleet = new Fleet({ bus: makeBus(), name: 'f', repository: forgetful(), clock, log: assert.fail })
        const views = new Views({ fleet, clock, newId: () => 'e' })
        const parts = { fleet, views, repository: forgetful(), clock, sessions, signal: closing.signal }
        const [all, own] = [new EndpointViewers({ ...parts, own: false }), new EndpointViewers({ ...parts, own: true })]
        const viewers = ['1', '2', '3', '4'].map((name, i) => new Viewer(name, 'alice', i === 2 ? '' : VIEW_PROTOCOL))
        const told = () => viewers.map(({ frames }) => frames.filter(({ kind }) => kind === 'unregistered').map(({ devices }) => devices))
        for (const viewer of [viewers[0]!, viewers[2]!]) await all.show(viewer.peer, readQuery({}))
        await own.show(viewers[3]!.peer, readQuery({}))
        for (const id of ['a', 'b']) await assert.rejects(fleet.update(id, {}, { register: false, history: false }))
        clock.advance(1000)
        assert.deepEqual(told(), [[2], [], [], []])
        await all.show(viewers[1]!.peer, readQuery({}))
        await fleet.update('a', {}, { register: true, history: false })
        clock.advance(1000)
        assert.deepEqual(told(), [[2, 1], [2, 1], [], []])
    })
})
