const TICK = 5

/**
 * Measures what something takes on a machine that has other things to do, too: time in which it did not let this process run counts as
 * little more than nothing, computing counts whole.
 * @returns what tells, once, how many milliseconds it were since
 */
export function stopwatch(): () => number {
    const begun = performance.now()
    const computed = process.cpuUsage()
    let waited = 0
    let last = begun
    const tick = () => {
        const now = performance.now()
        waited += Math.min(now - last, 2 * TICK)
        last = now
    }
    const timer = setInterval(tick, TICK)
    return () => {
        tick()
        clearInterval(timer)
        const { user, system } = process.cpuUsage(computed)
        return Math.min(last - begun, waited + (user + system) / 1000)
    }
}

/** @returns how many milliseconds of computing it takes to run something */
export function computing(run: () => void): number {
    const before = process.cpuUsage()
    run()
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000
}
