import { fieldIn } from './dialog.ts'

/** The names of a secret: its credential, and the setting that names a variable of the environment in its place. */
export interface Secret {
    credential: string
    variable: string
}

const sourceOf = (node: { id: string }, { credential }: Secret) => fieldIn(node, `${credential}-source`)!

/** Shows where a secret comes from, and the one field for that: what is typed in comes first. */
export function prepareSecret(node: { id: string }, secret: Secret): void {
    const typed = fieldIn(node, secret.credential)!
    const variable = fieldIn(node, secret.variable)!
    const source = sourceOf(node, secret)
    const saved = variable.val() !== '' && typed.val() === '' ? 'env' : 'typed'
    const show = () => {
        typed.toggle(source.val() === 'typed')
        variable.toggle(source.val() === 'env')
    }
    source.val(saved).data('saved', saved).on('change', show)
    show()
}

/** Whether only a variable will do. */
export function restrictSecret(node: { id: string }, secret: Secret, isVariableOnly: boolean): void {
    const source = sourceOf(node, secret)
    if (isVariableOnly === source.prop('disabled')) return
    source.prop('disabled', isVariableOnly)
    source.val(isVariableOnly ? 'env' : source.data('saved')).trigger('change')
}

/** Leaves nothing behind of a secret that comes from somewhere else now. */
export function saveSecret(node: { id: string }, secret: Secret): void {
    const source = sourceOf(node, secret)
    if (source.val() === source.data('saved')) return
    fieldIn(node, source.val() === 'env' ? secret.credential : secret.variable)!.val('')
}
