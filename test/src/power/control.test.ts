import assert from 'node:assert/strict'
import { once, setMaxListeners } from 'node:events'
import type { Broker, Message } from '../../../src/mqtt/index.ts'
import { Control } from '../../../src/power/control.ts'
import { Tasmota } from '../../../src/power/families/tasmota/tasmota.ts'
import { needsAnswer } from '../../../src/power/machine/commands.ts'
import { isSurelyOff } from '../../../src/power/machine/state.ts'
import { type MachineEvent, opened } from '../../../src/power/machine.ts'
import { Plug } from '../../../src/power/plug.ts'
import { FakeClock } from '../../support/fake-clock.ts'

/** What it is asked when it is there again. */
const asked = ['STATUS', 'STATUS 10']

const described = (event: MachineEvent) =>
    event.type === 'report'
        ? `${event.on ? 'on' : 'off'} ${event.how}`
        : event.type === 'will'
          ? event.isReachable
              ? 'reachable'
              : 'unreachable'
          : event.type

describe('a plug', () => {
    const open = async (subscribed = Promise.resolve()) => {
        const clock = new FakeClock()
        const closing = new AbortController()
        setMaxListeners(0, closing.signal)
        const sent: string[] = []
        const heard: string[] = []
        let listener: (message: Message) => void = () => {}
        let changed: (state: Broker['state']) => void = () => {}
        const broker = {
            state: 'connected',
            subscribe: (_: string[], tell: typeof listener) => {
                listener = tell
            },
            retained: () => {},
            subscribed: (signal: AbortSignal) =>
                Promise.race([subscribed, once(signal, 'abort').then(() => Promise.reject(signal.reason))]),
            onState: (tell: typeof changed) => {
                changed = tell
            },
            answered: () => {},
            publish: (topic: string, payload: string) => void sent.push(`${topic.slice('cmnd/plug/'.length)} ${payload}`.trim()),
        }
        const log: string[] = []
        const options = {
            broker: broker as unknown as Broker,
            family: new Tasmota({ topic: 'plug', fullTopic: '%prefix%/%topic%/', relay: 1 }),
            clock,
            confirm: 5000,
            signal: closing.signal,
            log: (text: string) => void log.push(text),
        }
        const plug: Plug = new Plug(options, {
            event(event) {
                heard.push(described(event))
                control.dispatch(event)
            },
            reading: () => void heard.push('reading'),
            named: () => {},
            isIdle: true,
        })
        const control: Control = new Control(options, plug, opened(5000, clock.monotonic(), null, false), {
            record: () => ({ written: Promise.resolve() }),
            logOn: (owner) => ({ at: clock.now(), kind: 'on', owner }),
            switchOff: () => {},
            tell: () => {},
            inReach: () => {},
            changed: () => {},
        })
        plug.listen()
        await clock.advanceAsync(0)
        const say = (topic: string, payload: string, retained = false) => listener({ topic, payload: Buffer.from(payload), retained })
        const answer = (on: boolean) => say('stat/plug/STATUS', `{"Status":{"Power":${on ? 1 : 0}}}`)
        const state = (value: Broker['state']) => {
            broker.state = value
            changed(value)
        }
        const settles = {
            isOff: () => [control.isRelay(false), isSurelyOff(control.state)],
            needsAnswer: () => needsAnswer(control.state.commands, clock.monotonic()),
        }
        const turn = (on: boolean, signal = closing.signal) => control.switch(on, 'i1', signal).then(({ outcome }) => outcome)
        return { clock, closing, sent, heard, plug, control, turn, ...settles, say, answer, state, log }
    }

    it('calls itself by a name of any length, of which enough is remembered', async () => {
        const { plug, say } = await open()
        say('stat/plug/STATUS', JSON.stringify({ Status: { DeviceName: 'x'.repeat(64_000), Power: 0 } }))
        assert.equal(plug.name, 'x'.repeat(256))
    })

    it('is asked as soon as it is connected, once for a reading, and for its state until it answers', async () => {
        const { clock, sent, control, answer } = await open()
        assert.deepEqual(sent, ['STATUS', 'STATUS 10'])
        await clock.advanceAsync(20_000)
        assert.ok(sent.length > 3 && sent.length < 7, sent.join())
        assert.equal(sent.filter((command) => command === 'STATUS 10').length, 1)
        answer(true)
        assert.deepEqual([control.relay, control.state.isReachable], ['on', true])
        await clock.advanceAsync(60_000)
        assert.equal(clock.pending, 0)
    })

    it('is asked again after a reconnect until it answers, whatever it said before', async () => {
        const { clock, sent, answer, state } = await open()
        answer(true)
        state('disconnected')
        state('connected')
        await clock.advanceAsync(200_000)
        assert.ok(sent.length > 6, sent.join())
        answer(false)
        await clock.advanceAsync(60_000)
        assert.equal(clock.pending, 0)
    })

    it('is not confirmed by an answer to an earlier question, however often it says everything', async () => {
        const { clock, sent, control, turn, say, answer } = await open()
        answer(false)
        await clock.advanceAsync(60_000)
        control.dispatch({ type: 'unclear', ask: { topic: 'cmnd/plug/StateText', payload: '' } })
        const switched = turn(true)
        await clock.advanceAsync(0)
        assert.deepEqual(sent.slice(-2), ['POWER ON', 'STATUS 10'])
        say('stat/plug/POWER', 'OFF')
        assert.equal(sent.at(-1), 'STATUS')
        answer(false)
        answer(true)
        assert.equal(await switched, 'confirmed')
    })

    it('has not come back when the broker only remembers that it is there', async () => {
        const { sent, heard, say } = await open()
        say('tele/plug/LWT', 'Online', true)
        assert.deepEqual([sent, heard.at(-1)], [asked, 'reachable'])
        say('tele/plug/LWT', 'Offline', true)
        say('tele/plug/LWT', 'Online', true)
        assert.deepEqual(sent, [...asked, ...asked])
        say('tele/plug/LWT', 'Online')
        assert.deepEqual(sent, [...asked, ...asked, ...asked])
    })

    it('is not surely off by an answer that may be older than our ON, and is asked again until it is', async () => {
        const { clock, sent, control, turn, needsAnswer, say, answer, isOff } = await open()
        answer(false)
        await clock.advanceAsync(60_000)
        // Nothing of a process before can be echoed now; what was asked before this may be answered late.
        say('tele/plug/LWT', 'Online')
        answer(false)
        const switched = turn(true)
        await clock.advanceAsync(0)
        say('stat/plug/POWER', 'OFF')
        answer(false)
        await clock.advanceAsync(5000)
        assert.equal(await switched, 'silent')
        answer(false)
        assert.deepEqual([control.relay, ...isOff()], ['off', false, false])
        const off = turn(false)
        await clock.advanceAsync(0)
        say('stat/plug/POWER', 'OFF')
        assert.equal(await off, 'confirmed')
        assert.deepEqual([...isOff(), needsAnswer()], [true, true, false])
        const before = sent.length
        await clock.advanceAsync(200_000)
        assert.ok(sent.length - before < 3)
    })

    it('is told off at once by an echo that may be that of a process before, and asked until it cannot come any more', async () => {
        const { clock, sent, turn, needsAnswer, say, answer, isOff } = await open()
        const on = turn(true)
        await clock.advanceAsync(5000)
        assert.equal(await on, 'silent')
        const off = turn(false)
        say('stat/plug/POWER', 'OFF')
        assert.equal(await off, 'confirmed')
        answer(false)
        assert.deepEqual(isOff(), [true, false])
        const before = sent.length
        await clock.advanceAsync(70_000)
        assert.ok(sent.length - before > 3, 'it is asked again')
        answer(false)
        assert.deepEqual([...isOff(), needsAnswer()], [true, true, false])
    })

    it('that another plug may have answered for is asked for as long as an answer may be late', async () => {
        const { clock, sent, turn, isOff, needsAnswer, say, answer } = await open()
        answer(false)
        answer(false)
        const on = turn(true)
        await clock.advanceAsync(0)
        say('stat/plug/POWER', 'ON')
        assert.equal(await on, 'confirmed')
        const off = turn(false)
        await clock.advanceAsync(0)
        say('stat/plug/POWER', 'OFF')
        assert.equal(await off, 'confirmed')
        assert.deepEqual([...isOff(), needsAnswer()], [true, false, true])
        const before = sent.length
        await clock.advanceAsync(70_000)
        assert.ok(sent.length - before > 3, 'it is asked again')
        answer(false)
        assert.deepEqual(isOff(), [true, true])
    })

    it('is not known when it said nothing in time, and is asked', async () => {
        const { clock, sent, control, turn, answer } = await open()
        answer(false)
        const switched = turn(true)
        await clock.advanceAsync(5000)
        assert.equal(await switched, 'silent')
        await clock.advanceAsync(0)
        assert.deepEqual([control.relay, sent.at(-1)], ['unknown', 'STATUS'])
        answer(true)
        assert.equal(control.relay, 'on')
    })

    it('is not known after a command that was cut short', async () => {
        const { clock, control, turn, answer } = await open()
        answer(false)
        const cutting = new AbortController()
        const switched = turn(true, cutting.signal)
        await clock.advanceAsync(0)
        cutting.abort(new Error('emergency'))
        await assert.rejects(switched, /emergency/)
        assert.deepEqual([control.relay, control.state.pending], ['unknown', null])
    })

    it('is told nothing while the broker is away, and asked once it is back', async () => {
        const { clock, sent, heard, control, turn, answer, state } = await open()
        answer(false)
        state('disconnected')
        assert.equal(await turn(true), 'unsent')
        await assert.rejects(control.measure(), { code: 'NO_READING' })
        control.dispatch({ type: 'pushed-off' })
        assert.deepEqual(sent, asked)
        state('connected')
        await clock.advanceAsync(0)
        assert.deepEqual(sent, [...asked, ...asked])
        assert.deepEqual(heard.slice(-2), ['disconnected', 'connected'])
    })

    it('is told nothing while it would not be heard, and nobody waits for ever', async () => {
        const { clock, sent, turn } = await open(new Promise(() => {}))
        const switched = turn(true)
        await clock.advanceAsync(5000)
        assert.equal(await switched, 'unsent')
        assert.deepEqual(sent, [])
    })

    it('gives one reading to all who ask meanwhile, or none in time', async () => {
        const { clock, sent, control, say, answer } = await open()
        answer(true)
        sent.length = 0
        const readings = [control.measure(), control.measure()]
        assert.equal(sent.filter((command) => command === 'STATUS 10').length, 1)
        say('stat/plug/STATUS10', '{"StatusSNS":{"ENERGY":{"Power":5}}}')
        assert.deepEqual(await Promise.all(readings.map(async (reading) => (await reading).power)), [5, 5])
        const late = assert.rejects(control.measure(), { code: 'NO_READING' })
        await clock.advanceAsync(5000)
        await late
    })

    it('is asked what it means by what is not understood, once until it has answered, however often it says so', async () => {
        const { clock, sent, heard, control, say, answer } = await open()
        answer(false)
        sent.length = 0
        for (let n = 0; n < 1000; n++) say('stat/plug/POWER', `EIN${n % 7}`)
        assert.deepEqual(sent, ['STATUS', 'StateText'])
        await clock.advanceAsync(20_000)
        assert.ok(sent.length > 3 && sent.length < 7, sent.join())
        answer(true)
        assert.deepEqual([control.relay, heard.slice(-2)], ['on', ['on echo', 'on answer']])
        await clock.advanceAsync(60_000)
        assert.equal(clock.pending, 0)
        say('stat/plug/POWER', 'AUS')
        assert.deepEqual(sent.slice(-2), ['STATUS', 'StateText'])
    })

    it('warns once of each command that the broker keeps, and not for ever', async () => {
        const { say, log } = await open()
        for (let n = 0; n < 3; n++) say('cmnd/plug/POWER', 'ON', true)
        assert.equal(log.length, 1)
        for (let n = 0; n < 1000; n++) say(`cmnd/plug/POWER${n}`, 'ON', true)
        assert.ok(log.length <= 40)
    })

    it('holds no timer once it is closed, whatever was under way', async () => {
        const { clock, closing, control, turn, answer } = await open()
        const gone = [assert.rejects(turn(true)), assert.rejects(control.measure())]
        await clock.advanceAsync(0)
        closing.abort()
        await Promise.all(gone)
        assert.equal(clock.pending, 0)
        answer(false)
        assert.equal(clock.pending, 0)
    })
})
