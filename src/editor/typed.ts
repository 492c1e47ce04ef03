/** Where a value of an action node may come from. */
const everywhere = ['msg', 'flow', 'global', 'env', 'jsonata']

/** Turns the inputs of a dialog's typed settings into typed inputs. @param literals the literal types a setting takes too */
export function typedInputs(settings: Record<string, string[]>): void {
    for (const [key, literals] of Object.entries(settings))
        ($(`#node-input-${key}`) as JQuery & { typedInput(options: object): void }).typedInput({
            default: 'msg',
            types: [...everywhere, ...literals],
            typeField: $(`#node-input-${key}Type`),
        })
}
