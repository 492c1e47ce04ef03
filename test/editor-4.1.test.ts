import { editorOf } from './support/editor-nodes.ts'

editorOf('4.1')
