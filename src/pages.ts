/** The pages of the pack: each is a folder of web/ and has its name in `<httpNodeRoot>/socketworks/<name>/`. */
export const pages: readonly string[] = ['brewery', 'jobs', 'observer', 'sockets']
