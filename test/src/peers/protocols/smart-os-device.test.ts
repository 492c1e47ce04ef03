import assert from 'node:assert/strict'
import { smartOsDevice } from '../../../../src/peers/protocols/smart-os-device.ts'
import { Opened } from '../../../support/session.ts'

const typical =
    `{'type': 'INIT', 'message': '0000:0001:{"serial_number": "0001", "solmate_version": "v1", "_software_version": "v8.6", "_country": "DE", ` +
    `"_postcode": 7445, "_power_income": 377, "_local_time": null, "server_url": "ws://localhost:8000/update/", "connected": true, ` +
    `"message_queue": {}, "tasks": "", "charging": false, "pv_connectors": 1}'}`

const opened = new Opened(smartOsDevice)
const taken = (text: string) => opened.taken(text)
const set = (dict: string): unknown => taken(`0116:0001:${dict}`).payload.set
const answer = (header: string, outcome: string) => JSON.stringify({ type: 'INFO', message: `${header}:${outcome}` })

describe('smart-os-device', () => {
    it('greets as SMART-OS does', () =>
        assert.deepEqual(JSON.parse(opened.sent[0]!), {
            type: 'INFO',
            message: "Welcome to SMART-Server - SolMate Real-Time ObServer! - SolServerConsumer: groups ['updates']",
        }))

    it('reads the typical first message, a Python literal around JSON, and keeps null as null', () => {
        const { payload, id, reply } = taken(typical)
        assert.equal(id, '0001')
        assert.deepEqual(reply, { header: '0000:0001' })
        assert.deepEqual([payload.id, payload.kind, payload.sequence], ['0001', 'INIT', 0])
        assert.deepEqual(payload.set, {
            solmate_version: 'v1',
            software_version: 'v8.6',
            country: 'DE',
            postcode: 7445,
            power_income: 377,
            local_time: null,
            server_url: 'ws://localhost:8000/update/',
            connected: true,
            message_queue: {},
            tasks: '',
            charging: false,
            pv_connectors: 1,
        })
    })

    const update = { id: '0001', set: { power_consumption: 357 }, kind: 'UPDT', sequence: 116 }
    const spellings = [
        `{'type': 'UPDT', 'message': '0116:0001:{"power_consumption": 357}'}`,
        `{"type": "UPDT", "message": "0116:0001:{\\"power_consumption\\": 357}"}`,
        `{"type":"UPDT","message":"0116:0001:{'power_consumption': 357}"}`,
        `{"type":"UPDT","message":"0116:0001:{'_power_consumption': 357,}"}`,
        `{"message":" 0116:0001: {'_power_consumption': 357} ","type":"UPDT","more":1}`,
        `0116:0001:{"power_consumption": 357}`,
        `  0116:0001:{'_power_consumption': 357}\n`,
        `"0116:0001:{'power_consumption': 357}"`,
        `'0116:0001:{"power_consumption": 357}'`,
        `0116:0001:{"serial_number": "0001", "power_consumption": 357}`,
        `0116:0001:{"_serial_number": 1, "power_consumption": 357}`,
        `0116:0001:{"serial_number": null, "power_consumption": 357}`,
    ]
    for (const text of spellings)
        it(`reads ${text}`, () => assert.deepEqual(taken(text), { payload: update, id: '0001', reply: { header: '0116:0001' } }))

    it('sets the property of that name by the pair form', () => {
        const { payload, reply } = taken("0001:1234:{'parameter_name':'AT','_parameter_name':430}")
        assert.deepEqual([payload.set, reply], [{ AT: 430 }, { header: '0001:1234' }])
        assert.deepEqual(set("{'parameter_name':'_battery','_parameter_name':None,'_country':'DE'}"), { battery: null, country: 'DE' })
    })

    it('takes parameter_name for an ordinary name where it is not one of a pair', () => {
        assert.deepEqual(set("{'parameter_name':'AT'}"), { parameter_name: 'AT' })
        assert.deepEqual(set("{'_parameter_name':430}"), { parameter_name: 430 })
        assert.deepEqual(set("{'_parameter_name':430,'parameter_name':1}"), { parameter_name: 1 })
    })

    it('prefers what was published to what the device kept, in either order', () => {
        assert.deepEqual(set("{'country':'AT','_country':'DE'}"), { country: 'AT' })
        assert.deepEqual(set("{'_country':'DE','country':'AT'}"), { country: 'AT' })
    })

    it('strips one underscore, not all', () => assert.deepEqual(set('{"__a":1,"b_":2,"_c_d":3}'), { _a: 1, b_: 2, c_d: 3 }))

    it('takes values of any kind, odd text and names that are somebody else’s', () =>
        assert.deepEqual(set(`{"a":[1,{"b":null}],"☀ ü":"漢\\u0000😀","constructor":1,"toString":{}}`), {
            a: [1, { b: null }],
            '☀ ü': '漢\0😀',
            constructor: 1,
            toString: {},
        }))

    it('takes nothing new for a sign of life', () => assert.deepEqual(set('{}'), {}))

    it('takes serial numbers that are no four digits, and values with colons', () => {
        const { payload } = taken(`9999:SN-12_a.4:{"url":"ws://host:1/x:y:"}`)
        assert.deepEqual([payload.id, payload.sequence, payload.set], ['SN-12_a.4', 9999, { url: 'ws://host:1/x:y:' }])
    })

    it('takes serial numbers with colons within, and answers with the header it got', () => {
        for (const text of ['1101:AA:BB:CC:00:00:01:{"a": 1}', `{'type':'UPDT','message':'1101:AA:BB:CC:00:00:01: {"a": 1}'}`]) {
            const { payload, id, reply } = taken(text)
            assert.deepEqual([payload.id, id, payload.sequence, payload.set], ['AA:BB:CC:00:00:01', 'AA:BB:CC:00:00:01', 1101, { a: 1 }])
            assert.equal(opened.session.reply(reply, 200, {}), answer('1101:AA:BB:CC:00:00:01', 'OK'))
        }
    })

    it('keeps whole numbers beyond 2^53 as text, in JSON and in Python', () => {
        for (const dict of ['{"iccid":8949020000123456789,"n":[9007199254740993]}', "{'iccid':8949020000123456789,'n':[9007199254740993]}"])
            assert.deepEqual(set(dict), { iccid: '8949020000123456789', n: ['9007199254740993'] })
        assert.deepEqual(set('{"a":1e999,"b":9007199254740992,"c":1e+22,"d":"8949020000123456789","e":5e3}'), {
            a: '1e999',
            b: '9007199254740992',
            c: 1e22,
            d: '8949020000123456789',
            e: 5000,
        })
        const serial = '0008949020000123456789'
        assert.equal(taken(`0116:${serial}:{"serial_number":8949020000123456789,"a":1}`).id, serial)
    })

    it('keeps what it can of what is nearly Python or nearly JSON, and tells what became of the rest', () => {
        const dict = "{'_t': np.float64(3.3), 'h': nan, 'at': datetime.datetime(2024, 3, 17, 10, 0), 'v': Decimal('1.5'), 'x': <y>, 'b': 1}"
        const { payload, odd } = taken(`0116:0001:${dict}\0`)
        assert.deepEqual(payload.set, { t: 3.3, h: null, at: '2024-03-17 10:00:00', v: 1.5, x: '<y>', b: 1 })
        assert.deepEqual(
            odd?.map(({ path, text }) => [path, text]),
            [
                ['t', 'np.float64(3.3)'],
                ['h', 'nan'],
                ['at', 'datetime.datetime(2024, 3, 17, 10, 0)'],
                ['v', "Decimal('1.5')"],
                ['x', '<y>'],
            ],
        )
        assert.deepEqual(set('{"a":NaN,"b":[-Infinity,true],"c":"C:\\x"}'), { a: null, b: [null, true], c: 'C:\\x' })
        assert.equal('odd' in taken('0116:0001:{"a":1}'), false)
    })

    it('takes no notice of the NUL at the end of a text in C', () => {
        for (const text of ['0116:0001:{"a":1}\0', '0116:0001:{"a":1}\n\0\0', '{"type":"UPDT","message":"0116:0001:{\\"a\\":1}\\u0000"}\0'])
            assert.deepEqual(taken(text).payload.set, { a: 1 })
    })

    const wrong: [text: string, header: string][] = [
        ['', '0000:0000'],
        ['hello', '0000:0000'],
        ['{}', '0000:0000'],
        ['[]', '0000:0000'],
        ['{"type":"UPDT"}', '0000:0000'],
        ['{"type":"UPDT","message":{"a":1}}', '0000:0000'],
        ['{"type":"UPDT","message":"0116:0001"}', '0000:0000'],
        ['{"type":"UPDT","message":"116:0001:{}"}', '0000:0000'],
        ['{"type":"UPDT","message":"01160:0001:{}"}', '0000:0000'],
        ['0116::{"a":1}', '0000:0000'],
        ['0116:00 01:{"a":1}', '0000:0000'],
        [`0116:${'9'.repeat(65)}:{"a":1}`, '0000:0000'],
        ['{"type":"FILT","message":"0116:0001:{}"}', '0116:0001'],
        ['{"type":"OTHER","message":"0116:0001:{}"}', '0116:0001'],
        ['{"type":"UPDT","message":"0116:0001:{}"', '0116:0001'],
        ['{"type":"UPDT","message":"0116:0001:{\'a\':}"}', '0116:0001'],
        ['0116:0001:', '0116:0001'],
        ['0116:0001:[1]', '0116:0001'],
        ['0116:0001:7', '0116:0001'],
        ['0116:0001:None', '0116:0001'],
        ['0116:0001:{"a":1', '0116:0001'],
        ["0116:0001:{'a':nan", '0116:0001'],
        ['1101:AA:BB:CC:00:00:01:{"a": 1', '1101:AA:BB:CC:00:00:01'],
        ['{"type":"UPDT","message":"1101:AA:BB:CC:00:00:01:{\\"a\\": }"', '1101:AA:BB:CC:00:00:01'],
        ['1101::AA:{"a": 1}', '0000:0000'],
        ['1101:AA::{"a": 1}', '1101:AA'],
        ['0116:8949020000123456789:{"serial_number": 8949020000123456788}', '0116:8949020000123456789'],
        ['0116:0001:{"":1}', '0116:0001'],
        ['0116:0001:{"_":1}', '0116:0001'],
        ['0116:0001:{"a\\u0000":1}', '0116:0001'],
        ['0116:0001:{"\\ud800":1}', '0116:0001'],
        [`0116:0001:{"${'a'.repeat(129)}":1}`, '0116:0001'],
        ['0116:0001:{"__proto__":{"polluted":1}}', '0116:0001'],
        ['0116:0001:{"___proto__":{"polluted":1}}', '0116:0001'],
        ['0116:0001:{"a":[{"__proto__":1}]}', '0116:0001'],
        [`0116:0001:{"a":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, '0116:0001'],
        [`0116:0001:{'a':${'('.repeat(50_000)}`, '0116:0001'],
        ['0116:0001:{"serial_number":"0002","a":1}', '0116:0001'],
        ['0116:0001:{"_serial_number":2}', '0116:0001'],
        ['0116:0001:{"serial_number":["0001"]}', '0116:0001'],
    ]
    for (const [text, header] of wrong)
        it(`answers ${header}:ERROR to ${text.slice(0, 60)}`, () => assert.equal(opened.refusal(text).answer, answer(header, 'ERROR')))

    it('answers nothing to information, or two programs would answer each other for ever', () =>
        assert.equal(opened.read('{"type":"INFO","message":"0001:0001:ERROR"}'), undefined))

    it('answers with the header that was read', () => {
        const { reply } = taken('0116:0001:{}')
        assert.equal(opened.session.reply(reply, 200, {}), answer('0116:0001', 'OK'))
        assert.equal(opened.session.reply(reply, 404, { message: 'unknown' }), answer('0116:0001', 'ERROR'))
        assert.equal(opened.session.reply(undefined, 200, {}), answer('0000:0000', 'OK'))
    })

    it('writes what a device is told as an update', () => {
        const frame = opened.session.encode({ id: '0001', set: { country: 'DE' }, sequence: 7 })
        assert.deepEqual(JSON.parse(frame), { type: 'UPDT', message: '0007:0001:{"country":"DE"}' })
        assert.deepEqual(taken(frame).payload, { id: '0001', set: { country: 'DE' }, kind: 'UPDT', sequence: 7 })
        const changed = { id: '0002', changed: { battery: 1, _gaps: 3 }, registered: false, at: 0 }
        assert.deepEqual(JSON.parse(opened.session.encode(changed)), { type: 'UPDT', message: '0000:0002:{"battery":1}' })
        assert.deepEqual(JSON.parse(opened.session.encode({ type: 'INIT', message: [] })), { type: 'INIT', message: [] })
        assert.deepEqual(JSON.parse(opened.session.encode('hello')), { type: 'INFO', message: 'hello' })
        assert.deepEqual(JSON.parse(opened.session.encode({ some: 1 })), { type: 'INFO', message: '{"some":1}' })
        assert.deepEqual(JSON.parse(opened.session.encode(undefined)), { type: 'INFO', message: '' })
    })
})
