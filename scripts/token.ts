// npm run token -- lamp demo: prints a token for the device or caller `lamp` of the account `demo`, for the actuation gateway of `npm start`.
import { makeToken } from './demo-keys.ts'

const [sub, account = 'demo', days = '365'] = process.argv.slice(2)
if (sub !== undefined && !sub.startsWith('-') && Number(days) > 0) {
    console.log(await makeToken('.node-red/keys', sub, account, Number(days)))
} else {
    console.error('npm run token -- <device or caller> [account, default demo] [days until it expires, default 365]')
    process.exitCode = 2
}
