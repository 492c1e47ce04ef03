/** Runs a program, and says how it is used where an option is wrong, by a `TypeError`. @param name of its file */
export function runProgram(name: string, run: () => void): void {
    try {
        run()
    } catch (error) {
        if (!(error instanceof TypeError)) throw error
        console.error(`${error.message}\nTry: node simulators/${name}.ts --help`)
        process.exitCode = 2
    }
}
