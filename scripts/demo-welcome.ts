// What `npm start` prints once Node-RED is up.

interface Demo {
    host: string
    port: number
    /** One line for the broker and the plugs. */
    power: string
    /** Below which there are further services, such as `washing-machine`. */
    slugs: readonly string[]
    /** One line for the devices. */
    fleet: string
    flowsRun: boolean
}

export function welcome({ host, port, power, slugs, fleet, flowsRun }: Demo): string {
    const shown = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host.includes(':') ? `[${host}]` : host
    const url = `http://${shown}:${port}`
    const query = slugs.length > 0 ? `?${['', ...slugs.map((slug) => `/${slug}`)].map((path) => `api=${path}/api/`).join('&')}` : ''
    const local = ['127.0.0.1', 'localhost', '::1'].includes(host)
    return `
${flowsRun ? 'Socketworks is running.' : 'Node-RED is up, but its flows have not started: see above for what they wait for.'}

  Editor   ${url}/
  MQTT     ${power}
  Sockets  ${url}/socketworks/sockets/${query}
           shows what they draw, and switches them${slugs.length > 0 ? '; what they did before the first start is made up (instances demo-…)' : ''}
  Fleet    ${url}/observer shows it live: ${fleet}
  Robots   ${url}/robots shows two simulated ones and their jobs
  Brewery  ${url}/brewery shows a simulated fermenter that follows a profile
  ${local ? 'Only this machine can reach it; HOST=0.0.0.0 npm start opens it to the network, without a password.' : 'Open to the network WITHOUT A PASSWORD.'}

  Try the smart socket service:
    curl -X POST ${url}/api/instance                              switches the plug on, gives the instance
    curl ${url}/api/server/status                                 what it draws
    curl -X PUT ${url}/api/instance/<instanceId>                  stops the instance
    curl -X POST '${url}/api/start-wait-stop?duration=10'         all of that in one
    curl -X POST ${url}/api/emergency-stop                        off, and off it stays
    curl -X PUT ${url}/api/recover                                until this

  Have a simulated robot do something on Christmas Eve, or at once:
    curl -H 'Content-Type: application/json' ${url}/jobs \\
      -d '{"Package":{"package_name":"report","path":"report.std"},"Robot":{"robot_name":"LAPTOP-TAUNF8FD","robot_address":"001AFFDB45C2"},"Schedule":{"date":"24-12","time":"21:00"}}'
    curl -X POST ${url}/jobs/<jobId>/force

  Raise an alarm in the brewery, and acknowledge it:
    curl -H 'Content-Type: application/json' ${url}/channels/alarms -d '{"id":"lid","text":"the lid is open","priority":"high"}'
    curl -X POST ${url}/alarms/lid/ack

  Give a command to a simulated device of the actuation gateway (npm run token -- caller <id>, or device <id>, makes more tokens):
    curl -X POST -H "Authorization: Bearer $(cat .node-red/keys/caller.token)" -H 'Content-Type: application/json' \\
      -d '{"componentId":"led","command":"LED.v1.0","params":[{"name":"LED","value":"1"}]}' '${url}/api/actuation/demo/lamp?wait=5'

  Ctrl-C ends it.
`
}
